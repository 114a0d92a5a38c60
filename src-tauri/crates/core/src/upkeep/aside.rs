//! Data and settings copied aside as they are: what is damaged is evidence, and all there is of the time since the last backup.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{FileType, Mode, openat, readlinkat};
use serde::Serialize;

use super::places::{FILE, Sight, Tree};
use super::space::space;
use super::visit::{Visited, visit};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::judge::words;
use crate::profile::Profile;
use crate::progress::Progress;

/// The folder in the root that holds what was kept aside: on the same volume, and in no backup.
pub const ASIDE: &str = ".caretaker-aside";
/// What a copy that is being made is called.
const UNFINISHED: &str = ".part";

/// Copies data and settings of one ecosystem aside.
pub struct Aside {
    root: PathBuf,
    /// The folders that are kept, below the root.
    kept: Vec<PathBuf>,
    zone: Zone,
}

/// What would be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsidePlan {
    /// The folders, below the root.
    pub folders: Vec<PathBuf>,
    /// How many files they hold.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Free bytes of the volume.
    pub free: u64,
}

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptAside {
    /// Its name in the folder of all.
    pub name: String,
    /// How many files were copied.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What could not be copied, and why.
    pub left: Vec<String>,
}

impl Aside {
    /// Data and settings of `profile`.
    pub fn new(profile: &Profile, zone: Zone) -> Self {
        let below = |path: &Path| path.strip_prefix(&profile.root).ok().map(Path::to_owned);
        let mut kept: Vec<PathBuf> =
            [&profile.data_dir, &profile.config_dir].into_iter().filter_map(|path| below(path)).collect();
        // One that lies in the other comes with it; the whole root cannot be copied into itself.
        kept.retain(|path| !path.as_os_str().is_empty());
        let all = kept.clone();
        kept.retain(|path| !all.iter().any(|other| other != path && path.starts_with(other)));
        kept.dedup();
        Self { root: profile.root.clone(), kept, zone }
    }

    /// What would be kept; changes nothing.
    ///
    /// # Errors
    /// When there is nothing to keep, or the volume has no room for it.
    pub fn plan(&self) -> Result<AsidePlan> {
        let mut plan = AsidePlan { folders: Vec::new(), files: 0, bytes: 0, free: 0 };
        for folder in &self.kept {
            let path = self.root.join(folder);
            if path.symlink_metadata().is_ok_and(|is| is.is_dir()) {
                let taken = space(&path)?.taken;
                plan.files += taken.files;
                plan.bytes += taken.bytes;
                plan.folders.push(folder.clone());
            }
        }
        if plan.folders.is_empty() {
            return Err(
                Error::new(ErrorKind::NotFound, "there is neither data nor settings to keep").at(&self.root)
            );
        }
        plan.free = fsio::room(&self.root)
            .map_err(|error| Error::io("look at the volume of", &self.root, error))?
            .free;
        if plan.free < plan.bytes + plan.bytes / 50 {
            let (needs, has) = (words::bytes(plan.bytes), words::bytes(plan.free));
            let what =
                format!("keeping it aside takes {needs}, and the volume has {has} left; nothing was changed");
            return Err(Error::new(ErrorKind::System, what)
                .at(&self.root)
                .hint("Make room on it, or leave this step out."));
        }
        Ok(plan)
    }

    /// Copies it, under a name that does not count until all of it is there.
    ///
    /// # Errors
    /// As [`Aside::plan`]; when it was cancelled, or the copy cannot be written. Nothing of it stays then.
    pub fn keep(&self, now: Instant, progress: &dyn Progress) -> Result<KeptAside> {
        let plan = self.plan()?;
        progress.step("Copying what is there");
        let tree = Tree::open(&self.root)?;
        let all = self.root.join(ASIDE);
        fsio::create_private_dir(&all)?;
        self.sweep(&all);
        let name = self.free_name(&all, now);
        let unfinished = all.join(format!("{name}{UNFINISHED}"));
        let done = self.copy(&tree, &plan, &unfinished, progress);
        let (files, bytes, left) = match done {
            Ok(done) => done,
            Err(error) => {
                let _ = fs::remove_dir_all(&unfinished);
                return Err(error);
            }
        };
        let to = all.join(&name);
        fs::rename(&unfinished, &to).map_err(|error| Error::io("name", &to, error))?;
        fsio::flush_folder(&all)?;
        Ok(KeptAside { name, files, bytes, left })
    }

    /// Lets go of what was kept under `name`.
    ///
    /// # Errors
    /// When nothing is kept under it, or it cannot be removed.
    pub fn let_go(&self, name: &str) -> Result<()> {
        let path = self.root.join(ASIDE).join(name);
        let ours = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !ours || !path.symlink_metadata().is_ok_and(|is| is.is_dir()) {
            return Err(Error::new(ErrorKind::NotFound, format!("nothing is kept aside as “{name}”")));
        }
        fs::remove_dir_all(&path).map_err(|error| Error::io("remove", &path, error))?;
        // The last one takes the folder of all with it; while another is there this does nothing.
        let _ = fs::remove_dir(self.root.join(ASIDE));
        Ok(())
    }

    /// What a kill left half done never counted.
    fn sweep(&self, all: &Path) {
        let Ok(entries) = fs::read_dir(all) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(UNFINISHED)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn free_name(&self, all: &Path, now: Instant) -> String {
        let stamp = self.zone.local(now).format("%Y%m%d-%H%M%S").to_string();
        let mut name = stamp.clone();
        let mut number = 2;
        while all.join(&name).symlink_metadata().is_ok() {
            name = format!("{stamp}-{number}");
            number += 1;
        }
        name
    }

    fn copy(
        &self,
        tree: &Tree,
        plan: &AsidePlan,
        to: &Path,
        progress: &dyn Progress,
    ) -> Result<(u64, u64, Vec<String>)> {
        fsio::create_new_private_dir(to)?;
        let (mut files, mut bytes, mut left) = (0, 0, Vec::new());
        let mut lost = Vec::new();
        for top in &plan.folders {
            let target = to.join(top);
            fs::create_dir_all(&target).map_err(|error| Error::io("create the folder", &target, error))?;
            visit(
                tree,
                top,
                &mut |seen| {
                    progress.go_on()?;
                    match one(&seen, &to.join(seen.path))? {
                        Copied::File(size) => {
                            (files, bytes) = (files + 1, bytes + size);
                            progress.bytes(bytes, plan.bytes.max(bytes));
                        }
                        Copied::Nothing(why) => left.push(format!("{} {why}", seen.path.display())),
                        Copied::Frame => {}
                    }
                    Ok(())
                },
                &mut |path, error| lost.push(format!("{}: {error}", path.display())),
            )?;
        }
        left.extend(lost);
        Ok((files, bytes, left))
    }
}

/// What became of one thing.
enum Copied {
    /// So many bytes of a file.
    File(u64),
    /// A folder or a link.
    Frame,
    /// It was not copied, and why.
    Nothing(String),
}

/// Copies one thing; only a copy that cannot be written is an error.
fn one(seen: &Visited<'_>, to: &Path) -> Result<Copied> {
    let cannot = |error| Error::io("write", to, error);
    match seen.sight.kind {
        FileType::Directory => fs::create_dir(to).map(|()| Copied::Frame).map_err(cannot),
        FileType::Symlink => {
            let Ok(target) = readlinkat(seen.folder, seen.name, Vec::new()) else {
                return Ok(Copied::Nothing("is a link that cannot be read".into()));
            };
            use std::os::unix::ffi::OsStrExt;
            symlink(std::ffi::OsStr::from_bytes(target.as_bytes()), to)
                .map(|()| Copied::Frame)
                .map_err(cannot)
        }
        FileType::RegularFile => {
            let opened = openat(seen.folder, seen.name, FILE, Mode::empty());
            let mut from = match opened {
                Ok(handle) => File::from(handle),
                Err(errno) => {
                    return Ok(Copied::Nothing(format!("cannot be read: {}", std::io::Error::from(errno))));
                }
            };
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(cannot)?;
            let size = std::io::copy(&mut from, &mut file).map_err(cannot)?;
            finish(&file, &seen.sight).map_err(cannot)?;
            Ok(Copied::File(size))
        }
        _ => Ok(Copied::Nothing("is neither file, folder nor link".into())),
    }
}

/// Gives a copy the time and the mode of what it is a copy of, and flushes it.
fn finish(file: &File, sight: &Sight) -> std::io::Result<()> {
    let (seconds, nanos) = sight.modified;
    if let Ok(seconds) = u64::try_from(seconds) {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_nanos(nanos);
        file.set_times(FileTimes::new().set_modified(modified))?;
    }
    file.set_permissions(fs::Permissions::from_mode(sight.mode & 0o777))?;
    file.sync_all()
}
