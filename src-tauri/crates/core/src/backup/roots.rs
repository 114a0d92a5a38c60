//! The folders that are kept, held open: everything below them is opened from there, never through a link.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::tree::{FileTime, TreePath};
use crate::error::{Error, ErrorKind, Result};

/// How a folder is opened.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// How a file is opened: a FIFO is not waited for.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// What the system tells of a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// The volume.
    pub device: u64,
    /// The number on it.
    pub inode: u64,
    /// Kind and permissions.
    pub(super) raw_mode: u32,
    /// Bytes.
    pub size: u64,
    /// When the content changed.
    pub mtime: FileTime,
    /// When the inode changed.
    pub ctime: FileTime,
    /// Whose it is.
    pub owner: (u32, u32),
}

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A socket, FIFO or device.
    Special,
}

impl Stat {
    /// Takes what the system says.
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_lossless,
        reason = "the fields have other widths on macOS than on Linux; permissions and nanoseconds fit everywhere"
    )]
    pub fn of(stat: &rustix::fs::Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            raw_mode: stat.st_mode as u32,
            size: stat.st_size as u64,
            mtime: FileTime { seconds: stat.st_mtime as i64, nanos: stat.st_mtime_nsec as u32 },
            ctime: FileTime { seconds: stat.st_ctime as i64, nanos: stat.st_ctime_nsec as u32 },
            owner: (stat.st_uid, stat.st_gid),
        }
    }

    /// What a file would have that Caretaker writes itself.
    pub fn for_file(mode: u32, seconds: i64) -> Self {
        let time = FileTime { seconds, nanos: 0 };
        let raw_mode = 0o100_000 | mode;
        Self { device: 0, inode: 0, raw_mode, size: 0, mtime: time, ctime: time, owner: (0, 0) }
    }

    /// Permission bits.
    pub fn mode(&self) -> u32 {
        self.raw_mode & 0o7777
    }

    /// What it is.
    pub fn sort(&self) -> Sort {
        #[allow(clippy::useless_conversion, reason = "the width differs on macOS")]
        match rustix::fs::FileType::from_raw_mode(self.raw_mode as rustix::fs::RawMode) {
            rustix::fs::FileType::RegularFile => Sort::File,
            rustix::fs::FileType::Directory => Sort::Folder,
            rustix::fs::FileType::Symlink => Sort::Link,
            _ => Sort::Special,
        }
    }
}

/// One of the folders that are kept.
pub struct Top {
    /// Its name in the tree.
    pub name: TreePath,
    /// Where it really is; elsewhere if its name is a link.
    pub real: PathBuf,
    handle: OwnedFd,
}

/// The folders that are kept.
pub struct Roots {
    tops: Vec<Top>,
}

impl Roots {
    /// Opens those of `names` that are there, below `root`. A name may be a link: what it leads to is kept.
    ///
    /// # Errors
    /// When one of them is no folder or cannot be opened, or none is there.
    pub fn open(root: &Path, names: &[TreePath]) -> Result<Self> {
        let mut tops = Vec::new();
        for name in names {
            let path = root.join(name.as_path());
            let real = match path.canonicalize() {
                Ok(real) => real,
                Err(error)
                    if error.kind() == std::io::ErrorKind::NotFound && path.symlink_metadata().is_err() =>
                {
                    continue;
                }
                Err(error) => return Err(Error::io("open", &path, error)),
            };
            let handle = rustix::fs::open(&real, FOLDER | OFlags::NOFOLLOW, Mode::empty())
                .map_err(|errno| Error::io("open the folder", &path, errno.into()))?;
            tops.push(Top { name: name.clone(), real, handle });
        }
        if tops.is_empty() {
            let all: Vec<String> = names.iter().map(ToString::to_string).collect();
            let what =
                format!("there is nothing to keep in {}: it has no {}", root.display(), all.join(", no "));
            return Err(Error::new(ErrorKind::NotFound, what)
                .at(root)
                .hint("Name the folders to keep in [backups] of the profile, as `keep`."));
        }
        Ok(Self { tops })
    }

    /// The folders, in the order of the profile.
    pub fn tops(&self) -> &[Top] {
        &self.tops
    }

    /// Opens a file below one of the folders, through no link on the way.
    ///
    /// # Errors
    /// What the system says; `LOOP` where something on the way is a link.
    pub fn open_file(&self, path: &TreePath) -> rustix::io::Result<(File, Stat)> {
        let (top, below) = self.locate(path)?;
        let file = File::from(open_below(&top.handle, below, FILE)?);
        let stat = Stat::of(&rustix::fs::fstat(&file)?);
        Ok((file, stat))
    }

    /// Where a file below one of the folders really is, if it is in one.
    pub fn real(&self, path: &TreePath) -> Option<PathBuf> {
        let (top, below) = self.locate(path).ok()?;
        Some(top.real.join(OsStr::from_bytes(below)))
    }

    /// The folder that a path lies in, and the rest of the path.
    fn locate<'a>(&'a self, path: &'a TreePath) -> rustix::io::Result<(&'a Top, &'a [u8])> {
        let top = self.tops.iter().find(|top| path.is_within(&top.name)).ok_or(Errno::NOENT)?;
        let below = path.bytes().get(top.name.bytes().len() + 1..).ok_or(Errno::ISDIR)?;
        Ok((top, below))
    }
}

impl Top {
    /// A handle of its own to the folder.
    pub(super) fn handle(&self) -> rustix::io::Result<OwnedFd> {
        rustix::fs::openat(&self.handle, ".", FOLDER, Mode::empty())
    }
}

/// Opens a folder that lies in another one; a link is refused.
pub(super) fn open_folder(parent: impl AsFd, name: &std::ffi::CStr) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(parent, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
}

#[cfg(target_os = "linux")]
fn open_below(folder: &OwnedFd, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::ResolveFlags;
    let strict = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(folder, path, flags | OFlags::NOFOLLOW, Mode::empty(), strict) {
        // Kernels before 5.6, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(folder, path, flags),
        // Renamed while it was looked up.
        Err(Errno::AGAIN) => step_by_step(folder, path, flags),
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn open_below(folder: &OwnedFd, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    step_by_step(folder, path, flags)
}

/// Each folder on the way is opened from the one before, so that none can be swapped for a link.
fn step_by_step(folder: &OwnedFd, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let mut names = path.split(|byte| *byte == b'/');
    let last = names.next_back().ok_or(Errno::NOENT)?;
    let mut at = rustix::fs::openat(folder, ".", FOLDER, Mode::empty())?;
    for name in names {
        at = rustix::fs::openat(&at, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    }
    rustix::fs::openat(&at, last, flags | OFlags::NOFOLLOW, Mode::empty())
}
