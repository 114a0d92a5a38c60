//! One walk through the tree for all checks: by all cores, from handle to handle, never through a link.

use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{Dir, FileType, Mode, OFlags, openat};
use rustix::io::Errno;

use super::ExaminationKind;
use super::audit::access;
use super::known::KnownOfIt;
use super::read::{self, Piece, Reader};
use super::seen::{Of, Seen};
use super::sort::{Sort, Sorter};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::hands::{Board, hands};
use crate::progress::Progress;
use crate::upkeep::places::{FILE, FOLDER};
use crate::upkeep::space::space;

/// So many names are looked at in all.
const MOST: u64 = 2_000_000;
/// So many names of one folder make one task.
const AT_ONCE: usize = 64;
/// Of so many folders that are left out it is said how much is in them.
const MOST_MEASURED: usize = 200;

/// What the system says of something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks {
    pub kind: FileType,
    pub mode: u32,
    pub owner: u32,
    pub group: u32,
    pub size: u64,
    pub on_disk: u64,
    pub modified: Instant,
}

impl Looks {
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        clippy::cast_lossless,
        clippy::useless_conversion,
        reason = "the fields have other widths on macOS than on Linux"
    )]
    pub(super) fn of(stat: &rustix::fs::Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode as rustix::fs::RawMode),
            mode: stat.st_mode as u32 & 0o7777,
            owner: stat.st_uid,
            group: stat.st_gid,
            size: stat.st_size as u64,
            on_disk: (stat.st_blocks as u64).saturating_mul(512),
            modified: Instant::from_timestamp(stat.st_mtime as i64, 0).unwrap_or_default(),
        }
    }
}

/// Something that was found, with where it is.
pub(super) struct Found<'a> {
    /// From the root, or absolute where it lies outside.
    pub shown: &'a str,
    /// Absolute.
    pub path: &'a Path,
    pub name: &'a [u8],
    pub looks: Looks,
    /// To whom the root belongs.
    pub owner: u32,
}

enum Task {
    /// A folder, opened only when it is looked at: few are open at a time. Without a handle it is one to begin with.
    Folder(Option<Arc<OwnedFd>>, CString, PathBuf),
    Files(Arc<OwnedFd>, PathBuf, Vec<CString>),
    Piece(Arc<File>, Piece),
}

/// One walk, for all hands that are at it.
struct Walk<'a> {
    kind: ExaminationKind,
    known: &'a KnownOfIt<'a>,
    progress: &'a dyn Progress,
    tasks: Board<Task>,
    sorter: Sorter,
    devices: Vec<u64>,
    owner: u32,
    looked_at: AtomicU64,
    read: AtomicU64,
    total: AtomicU64,
}

/// Walks through the root, and through the folders of the profile that lie elsewhere.
///
/// # Errors
/// When the root cannot be opened.
pub(super) fn walk(kind: ExaminationKind, known: &KnownOfIt<'_>, progress: &dyn Progress) -> Result<Seen> {
    let profile = known.profile;
    let mut tops = vec![profile.root.clone()];
    let mut seen = Seen::default();
    for folder in [&profile.data_dir, &profile.logs_dir, &profile.config_dir] {
        if !tops.iter().any(|top| folder.starts_with(top)) && folder.is_dir() {
            tops.push(folder.clone());
        }
    }
    let mut handles = Vec::new();
    let (mut devices, mut owner) = (Vec::new(), None);
    for top in &tops {
        let cannot = |errno: Errno| Error::io("look into", top, errno.into());
        // Where the user says that it is may be a link.
        let handle =
            rustix::fs::open(top, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty()).map_err(cannot)?;
        let stat = rustix::fs::fstat(&handle).map_err(cannot)?;
        #[allow(clippy::unnecessary_cast, reason = "another width on macOS")]
        devices.push(stat.st_dev as u64);
        owner.get_or_insert(stat.st_uid);
        handles.push((handle, top.clone()));
    }
    let mut begin: Vec<Task> = handles
        .into_iter()
        .map(|(handle, top)| Task::Folder(Some(Arc::new(handle)), CString::default(), top))
        .collect();
    let Some(first) = begin.pop() else { return Ok(seen) };
    let walk = Walk {
        kind,
        known,
        progress,
        tasks: Board::new(first),
        sorter: Sorter::new(profile),
        devices,
        owner: owner.unwrap_or_default(),
        looked_at: AtomicU64::new(0),
        read: AtomicU64::new(0),
        total: AtomicU64::new(0),
    };
    walk.tasks.add(&mut begin);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..hands()).map(|_| scope.spawn(|| walk.work())).collect();
        seen.add(walk.work());
        for hand in others {
            match hand.join() {
                Ok(more) => seen.add(more),
                Err(_) => seen.cannot_list("", "one of the hands broke off"),
            }
        }
    });
    measure_left_out(&mut seen, &profile.root);
    read::find_lines(&mut seen, &profile.root);
    Ok(seen)
}

fn measure_left_out(seen: &mut Seen, root: &Path) {
    for one in seen.folders_left_out().iter_mut().take(MOST_MEASURED) {
        // What cannot be measured is left out all the same.
        if let Ok(space) = space(&root.join(&one.path)) {
            (one.files, one.bytes) = (space.taken.files, space.taken.bytes);
        }
    }
}

impl Walk<'_> {
    fn work(&self) -> Seen {
        let mut seen = Seen::default();
        let mut reader = Reader::new(self.kind);
        while let Some(task) = self.tasks.take() {
            let mut found = Vec::new();
            if !self.progress.cancelled() {
                self.look(task, &mut seen, &mut reader, &mut found);
                self.progress.bytes(self.read.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
            }
            self.tasks.done(found);
        }
        seen
    }

    fn look(&self, task: Task, seen: &mut Seen, reader: &mut Reader, found: &mut Vec<Task>) {
        match task {
            Task::Folder(Some(top), name, path) if name.is_empty() => {
                self.list(top, &path, seen, reader, found);
            }
            Task::Folder(Some(parent), name, path) => match openat(&parent, &name, FOLDER, Mode::empty()) {
                Ok(handle) => self.list(Arc::new(handle), &path, seen, reader, found),
                // Gone, or swapped for a link, since it was listed.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(errno) => seen.cannot_list(&self.shown(&path), &in_words(errno)),
            },
            Task::Folder(None, ..) => {}
            Task::Files(folder, path, names) => {
                for name in names {
                    if self.progress.cancelled() {
                        return;
                    }
                    self.file(&folder, &path, &name, seen, reader, found);
                }
            }
            Task::Piece(file, piece) => {
                self.read.fetch_add(piece.length, Ordering::Relaxed);
                reader.piece(&file, &piece, seen, self.progress);
            }
        }
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.known.profile.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    fn list(
        &self,
        handle: Arc<OwnedFd>,
        path: &Path,
        seen: &mut Seen,
        reader: &mut Reader,
        found: &mut Vec<Task>,
    ) {
        let names = openat(&handle, ".", FOLDER, Mode::empty()).and_then(Dir::new);
        let names = match names {
            Ok(names) => names,
            Err(errno) => return seen.cannot_list(&self.shown(path), &in_words(errno)),
        };
        let at_root = path == self.known.profile.root;
        let (mut folders, mut files, mut environment) = (Vec::new(), Vec::new(), false);
        for entry in names {
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) => {
                    seen.cannot_list(&self.shown(path), &in_words(errno));
                    break;
                }
            };
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if self.looked_at.fetch_add(1, Ordering::Relaxed) >= MOST {
                seen.cannot_list(&self.shown(path), "more lies here than is looked through");
                break;
            }
            environment |= name.to_bytes() == b"pyvenv.cfg";
            match entry.file_type() {
                FileType::Directory => folders.push(name.to_owned()),
                _ => files.push(name.to_owned()),
            }
        }
        if environment && !at_root {
            let shown = self.shown(path);
            seen.leave_out(&shown, "packages of others");
            seen.environments.push(shown);
            return;
        }
        if at_root {
            let name = |name: &CString| name.to_string_lossy().into_owned();
            seen.at_root.extend(folders.iter().map(|one| name(one) + "/").chain(files.iter().map(name)));
        }
        for name in folders {
            self.folder(&handle, path, name, seen, found);
        }
        let mut rest = files;
        while rest.len() > AT_ONCE {
            let names = rest.split_off(rest.len() - AT_ONCE);
            found.push(Task::Files(Arc::clone(&handle), path.to_owned(), names));
        }
        if !found.is_empty() {
            self.tasks.add(found);
        }
        for name in rest {
            self.file(&handle, path, &name, seen, reader, found);
        }
    }

    /// Looks at a folder itself, and has it listed later.
    fn folder(
        &self,
        parent: &Arc<OwnedFd>,
        above: &Path,
        name: CString,
        seen: &mut Seen,
        found: &mut Vec<Task>,
    ) {
        let path = above.join(OsStr::from_bytes(name.to_bytes()));
        let shown = self.shown(&path);
        let Some((looks, device)) = looks_at(parent, &name, &shown, seen) else { return };
        if looks.kind != FileType::Directory {
            return;
        }
        access::look(
            &Found { shown: &shown, path: &path, name: name.to_bytes(), looks, owner: self.owner },
            self.known,
            Sort::Other,
            seen,
        );
        if let Some(why) = self.sorter.never(&path, name.to_bytes()) {
            return seen.leave_out(&shown, why);
        }
        if !self.devices.contains(&device) {
            return seen.leave_out(&shown, "another volume");
        }
        found.push(Task::Folder(Some(Arc::clone(parent)), name, path));
    }

    fn file(
        &self,
        folder: &Arc<OwnedFd>,
        above: &Path,
        name: &CStr,
        seen: &mut Seen,
        reader: &mut Reader,
        found: &mut Vec<Task>,
    ) {
        let path = above.join(OsStr::from_bytes(name.to_bytes()));
        let shown = self.shown(&path);
        let Some((looks, _)) = looks_at(folder, name, &shown, seen) else { return };
        if looks.kind == FileType::Directory {
            // Systems that do not say what an entry is.
            return self.folder(folder, above, name.to_owned(), seen, found);
        }
        let sort = self.sorter.sort(&path, above == self.known.profile.root);
        let file = Found { shown: &shown, path: &path, name: name.to_bytes(), looks, owner: self.owner };
        if looks.kind == FileType::Symlink {
            access::link(&file, folder, self.known, seen);
            return;
        }
        access::look(&file, self.known, sort, seen);
        if looks.kind != FileType::RegularFile {
            return;
        }
        seen.add_one(Of::Anything);
        seen.add_one(sort.of());
        self.total.fetch_add(looks.size, Ordering::Relaxed);
        let opened = match openat(folder, name, FILE, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(Errno::NOENT | Errno::LOOP) => return,
            Err(errno) => return seen.cannot_read(sort.of(), &shown, &in_words(errno)),
        };
        // It may be something else by now: a FIFO would be read for ever.
        if !opened.metadata().is_ok_and(|now| now.is_file()) {
            return;
        }
        let opened = Arc::new(opened);
        let pieces = reader.file(&opened, &file, sort, self.known, seen, self.progress);
        if pieces.is_empty() {
            self.read.fetch_add(looks.size, Ordering::Relaxed);
        }
        // The newest task is taken first: from the beginning of the file, as it lies on the disk.
        found.extend(pieces.into_iter().rev().map(|piece| Task::Piece(Arc::clone(&opened), piece)));
    }
}

/// What something is, itself and not what it leads to; what is gone by now is no matter.
fn looks_at(folder: &OwnedFd, name: &CStr, shown: &str, seen: &mut Seen) -> Option<(Looks, u64)> {
    match rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => {
            #[allow(clippy::unnecessary_cast, reason = "another width on macOS")]
            let device = stat.st_dev as u64;
            Some((Looks::of(&stat), device))
        }
        Err(Errno::NOENT) => None,
        Err(errno) => {
            seen.cannot_list(shown, &in_words(errno));
            None
        }
    }
}

fn in_words(errno: Errno) -> String {
    std::io::Error::from(errno).to_string()
}
