//! The ecosystem's folder held open: everything below it is reached from handle to handle, never through a link.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// How a folder is opened.
pub(super) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);
/// How a file is opened: a FIFO is not waited for.
pub(super) const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// What tells a file from every other one, and one state of it from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    /// The volume.
    pub device: u64,
    /// The number on it.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// When its content changed: seconds and nanoseconds since 1970.
    pub modified: (i64, u64),
    /// How many names it has.
    pub names: u64,
    /// What it is.
    pub kind: FileType,
    /// Whose it is.
    pub owner: u32,
    /// Who may do what.
    pub mode: u32,
}

impl Sight {
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        clippy::cast_lossless,
        clippy::useless_conversion,
        reason = "the fields have other widths on macOS than on Linux"
    )]
    fn of(stat: &rustix::fs::Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u64),
            names: stat.st_nlink as u64,
            kind: FileType::from_raw_mode(stat.st_mode as rustix::fs::RawMode),
            owner: stat.st_uid,
            mode: stat.st_mode as u32 & 0o7777,
        }
    }

    /// What an open file or folder is.
    pub(super) fn open(handle: impl AsFd) -> rustix::io::Result<Self> {
        rustix::fs::fstat(handle).map(|stat| Self::of(&stat))
    }

    /// What `name` in `folder` is, itself and not what it leads to.
    pub(super) fn at(folder: impl AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<Self> {
        rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| Self::of(&stat))
    }

    /// Whether it is a regular file.
    pub(super) fn is_file(&self) -> bool {
        self.kind == FileType::RegularFile
    }
}

/// The ecosystem's folder.
pub(super) struct Tree {
    handle: OwnedFd,
    /// Its volume.
    pub device: u64,
}

impl Tree {
    /// Opens it. Its own path may hold links: that is where the user says it is.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let cannot = |errno: Errno| Error::io("open the folder", root, errno.into());
        let flags = FOLDER.difference(OFlags::NOFOLLOW);
        let handle = rustix::fs::open(root, flags, Mode::empty()).map_err(cannot)?;
        let device = Sight::open(&handle).map_err(cannot)?.device;
        Ok(Self { handle, device })
    }

    /// Its handle.
    pub(super) fn handle(&self) -> &OwnedFd {
        &self.handle
    }

    /// Opens a folder below it, each from the one before, so that none can be swapped for a link.
    ///
    /// # Errors
    /// What the system says; `NOTDIR` or `LOOP` where something on the way is a link.
    pub(super) fn folder(&self, below: &Path) -> rustix::io::Result<OwnedFd> {
        let mut at = rustix::fs::openat(&self.handle, ".", FOLDER, Mode::empty())?;
        for part in below.components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) => at = rustix::fs::openat(&at, name, FOLDER, Mode::empty())?,
                _ => return Err(Errno::INVAL),
            }
        }
        Ok(at)
    }

    /// Opens the folder that holds the file at `below`, and gives its name there.
    pub(super) fn parent<'p>(&self, below: &'p Path) -> rustix::io::Result<(OwnedFd, &'p str)> {
        let name = below.file_name().and_then(|name| name.to_str()).ok_or(Errno::INVAL)?;
        Ok((self.folder(below.parent().unwrap_or(Path::new("")))?, name))
    }
}

/// Makes what happened in a folder durable. Some network volumes cannot, and have flushed it already.
pub(super) fn flush(folder: &OwnedFd) -> rustix::io::Result<()> {
    match rustix::fs::fsync(folder) {
        Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        other => other,
    }
}

/// Opens a regular file in `folder`; whatever else stands there is refused.
pub(super) fn open_file(folder: &OwnedFd, name: &str) -> rustix::io::Result<(File, Sight)> {
    let handle = rustix::fs::openat(folder, name, FILE, Mode::empty())?;
    let sight = Sight::open(&handle)?;
    if sight.is_file() { Ok((File::from(handle), sight)) } else { Err(Errno::INVAL) }
}

/// What the system says, in words for a list.
pub(super) fn in_words(errno: Errno) -> String {
    match errno {
        Errno::NOENT => "is gone".into(),
        Errno::NOTDIR | Errno::LOOP => "lies behind a link, or a folder on the way to it is none".into(),
        Errno::XDEV => "lies on another volume".into(),
        other => std::io::Error::from(other).to_string(),
    }
}
