//! A tree built up again from archives, in a folder that nobody else uses: proven while it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Permissions};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, Timespec, Timestamps};

use super::archive::{Archive, Expected};
use super::assembly::{Chain, in_order};
use super::foreign::Foreign;
use super::id::ArchiveId;
use super::manifest::Manifest;
use super::pack::PIECE;
use super::tree::{Entry, FileTime, TreePath, What};
use super::unpack::{Target, damaged};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Progress;

/// Which part of a tree is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Everything,
    /// One folder with everything in it, or one file.
    Only(TreePath),
}

impl Part {
    /// Whether a path belongs to it.
    pub fn holds(&self, path: &TreePath) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(part) => path.is_within(part),
        }
    }
}

/// Where an archive lies, and what is known of it.
pub struct Holder {
    /// Its file.
    pub path: PathBuf,
    /// What it must be.
    pub expected: Expected,
    /// The archive itself where another program wrote it, already read through once.
    pub foreign: Option<Foreign>,
}

/// Builds `part` of the tree that `manifest` lists in `folder`, which must be empty; `holders` are the archives that hold it.
///
/// # Errors
/// `Damaged` where an archive is not as it was written, or something is missing; errors of writing.
pub fn stage(
    manifest: &Manifest,
    holders: &BTreeMap<ArchiveId, Holder>,
    part: &Part,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<u64> {
    let entries: Vec<&Entry> = manifest.entries.iter().filter(|entry| part.holds(&entry.path)).collect();
    if entries.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("the backup {} holds nothing of that", manifest.id),
        ));
    }
    make_folders(manifest, part, folder)?;
    let files = || entries.iter().filter_map(|entry| entry.file());
    let needed: BTreeSet<ArchiveId> = files().map(|file| file.held.unwrap_or(manifest.id)).collect();
    let expected = files().count() as u64;
    let mut staged = 0;
    for id in needed {
        let holder = holders
            .get(&id)
            .ok_or_else(|| damaged(format!("the archive {id}, which it needs, is not there")))?;
        let target =
            Into { manifest, from: id, part, folder, files: AtomicU64::new(0), open: Mutex::default() };
        match &holder.foreign {
            Some(foreign) => foreign.unpack(&target, progress)?,
            None => drop(Archive::open(&holder.path)?.unpack(holder.expected, &target, progress)?),
        }
        staged += target.files.into_inner();
    }
    if staged != expected {
        return Err(damaged(format!("{} of its files are in none of its archives", expected - staged)));
    }
    set_up_folders(manifest, part, folder)?;
    Ok(staged)
}

/// Makes the folders of `part`, and those on the way to it.
///
/// # Errors
/// When one cannot be made.
pub(super) fn make_folders(manifest: &Manifest, part: &Part, folder: &Path) -> Result<()> {
    for entry in manifest.entries.iter().filter(|entry| part.holds(&entry.path)) {
        match (&entry.what, entry.path.parent()) {
            (What::Folder, _) => make_folder(folder, &entry.path)?,
            (_, Some(parent)) if !part.holds(&parent) => make_folder(folder, &parent)?,
            _ => {}
        }
    }
    Ok(())
}

/// Gives the folders of `part` the modes and times that the tree had.
///
/// # Errors
/// When they cannot be set.
pub(super) fn set_up_folders(manifest: &Manifest, part: &Part, folder: &Path) -> Result<()> {
    let folders =
        manifest.entries.iter().filter(|entry| entry.what == What::Folder && part.holds(&entry.path));
    // The deepest first: what is made in a folder changes its time.
    for entry in folders.rev() {
        let path = folder.join(entry.path.as_path());
        std::fs::set_permissions(&path, Permissions::from_mode(entry.mode))
            .map_err(|error| Error::io("set up", &path, error))?;
        set_time(&path, entry.mtime)?;
    }
    Ok(())
}

/// Creates the file at `path` below `folder`; nothing may be there.
///
/// # Errors
/// When it cannot be created.
pub(super) fn create_file(folder: &Path, path: &TreePath) -> Result<(File, PathBuf)> {
    let full = folder.join(path.as_path());
    let file = File::options().write(true).create_new(true).mode(0o600).open(&full);
    Ok((file.map_err(|error| Error::io("create", &full, error))?, full))
}

/// Gives a file that is written the mode and time it had.
///
/// # Errors
/// When they cannot be set.
pub(super) fn set_up(file: &File, path: &Path, mode: u32, mtime: FileTime) -> Result<()> {
    file.set_permissions(Permissions::from_mode(mode)).map_err(|error| Error::io("set up", path, error))?;
    rustix::fs::futimens(file, &times(mtime))
        .map_err(|errno| Error::io("set the time of", path, errno.into()))
}

/// Reads everything that was staged and holds it against the manifest once more.
///
/// # Errors
/// The first file that is not what it should be.
pub fn compare(manifest: &Manifest, part: &Part, folder: &Path, progress: &dyn Progress) -> Result<()> {
    let entries: Vec<&Entry> = manifest.entries.iter().filter(|entry| part.holds(&entry.path)).collect();
    let total = entries.iter().filter_map(|entry| entry.file()).map(|file| file.size).sum();
    let mut done = 0;
    in_order(
        &entries,
        || vec![0; PIECE],
        |buffer, _, entry| {
            progress.go_on()?;
            let path = folder.join(entry.path.as_path());
            let found = path.symlink_metadata().map_err(|error| Error::io("look at", &path, error))?;
            let differs =
                |what: &str| damaged(format!("{} came back with another {what}", entry.path)).at(&path);
            if found.permissions().mode() & 0o7777 != entry.mode {
                return Err(differs("mode"));
            }
            let Some(file) = entry.file() else { return Ok(0) };
            let opened = File::open(&path).map_err(|error| Error::io("open", &path, error))?;
            let chain = Chain::default();
            let mut at = 0;
            loop {
                let read = opened.read_at(buffer, at).map_err(|error| Error::io("read", &path, error))?;
                if read == 0 {
                    break;
                }
                chain.add(0, &buffer[..read]);
                at += read as u64;
            }
            if at != file.size || chain.finish() != file.hash {
                return Err(differs("content"));
            }
            Ok(at)
        },
        |_, bytes| {
            done += bytes;
            progress.bytes(done, total);
            Ok(())
        },
    )
}

/// Makes what was written durable.
///
/// # Errors
/// When the volume cannot keep it.
pub fn flush(folder: &Path) -> Result<()> {
    let handle = File::open(folder).map_err(|error| Error::io("open", folder, error))?;
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(&handle).map_err(|errno| Error::io("flush", folder, errno.into()))?;
    #[cfg(not(target_os = "linux"))]
    {
        rustix::fs::sync();
        handle.sync_all().map_err(|error| Error::io("flush", folder, error))?;
    }
    Ok(())
}

/// Makes a folder below `folder`, and those on the way to it.
///
/// # Errors
/// When it cannot be made.
pub(super) fn make_folder(folder: &Path, path: &TreePath) -> Result<()> {
    let full = folder.join(path.as_path());
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&full)
        .map_err(|error| Error::io("create the folder", &full, error))
}

fn times(mtime: FileTime) -> Timestamps {
    let time = Timespec { tv_sec: mtime.seconds, tv_nsec: mtime.nanos.into() };
    Timestamps { last_access: time, last_modification: time }
}

fn set_time(path: &Path, mtime: FileTime) -> Result<()> {
    rustix::fs::utimensat(rustix::fs::CWD, path, &times(mtime), AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|errno| Error::io("set the time of", path, errno.into()))
}

/// Writes the files that one archive holds.
struct Into<'a> {
    manifest: &'a Manifest,
    from: ArchiveId,
    part: &'a Part,
    folder: &'a Path,
    files: AtomicU64,
    /// Large files of which some pieces are written.
    open: Mutex<BTreeMap<TreePath, std::sync::Arc<File>>>,
}

impl Into<'_> {
    fn create(&self, entry: &Entry) -> Result<(File, PathBuf)> {
        create_file(self.folder, &entry.path)
    }

    /// Mode and time as the tree had them, which may be others than those in an older archive.
    fn finish(&self, file: &File, path: &Path, entry: &Entry) -> Result<()> {
        let wanted = self.manifest.find(&entry.path).unwrap_or(entry);
        set_up(file, path, wanted.mode, wanted.mtime)?;
        self.files.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl Target for Into<'_> {
    fn wants(&self, entry: &Entry) -> bool {
        let Some(file) = entry.file().filter(|_| self.part.holds(&entry.path)) else { return false };
        let wanted = self.manifest.find(&entry.path).and_then(Entry::file);
        wanted.is_some_and(|wanted| {
            wanted.held.unwrap_or(self.manifest.id) == self.from
                && (wanted.hash, wanted.size) == (file.hash, file.size)
        })
    }

    fn file(&self, entry: &Entry, content: &[u8]) -> Result<()> {
        let (file, path) = self.create(entry)?;
        file.write_all_at(content, 0).map_err(|error| Error::io("write", &path, error))?;
        self.finish(&file, &path, entry)
    }

    fn piece(&self, entry: &Entry, offset: u64, piece: &[u8]) -> Result<()> {
        let file = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            match open.get(&entry.path) {
                Some(file) => std::sync::Arc::clone(file),
                None => {
                    let file = std::sync::Arc::new(self.create(entry)?.0);
                    open.insert(entry.path.clone(), std::sync::Arc::clone(&file));
                    file
                }
            }
        };
        let path = || self.folder.join(entry.path.as_path());
        file.write_all_at(piece, offset).map_err(|error| Error::io("write", &path(), error))
    }

    fn whole(&self, entry: &Entry) -> Result<()> {
        let file = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry.path);
        let path = self.folder.join(entry.path.as_path());
        match file {
            Some(file) => self.finish(&file, &path, entry),
            None => Err(damaged(format!("{} has no content", entry.path))),
        }
    }
}
