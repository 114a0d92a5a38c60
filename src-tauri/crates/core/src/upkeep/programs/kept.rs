//! What a program printed, kept as a file of the day: whole or not at all, beside what was there before, never through a link.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::clock::Zone;
use crate::error::{Error, ErrorKind, Result};
use crate::hold::Hold;
use crate::upkeep::places::{FOLDER, Sight, Tree, flush, in_words};

/// So many outputs of one second are kept beside each other.
const MOST_BESIDE: u32 = 100;

/// A file that has no name that counts yet.
pub(super) struct Draft {
    folder: OwnedFd,
    file: File,
    /// What it is called meanwhile.
    draft: String,
    /// What it will be called.
    name: String,
    /// The same below the root.
    below: PathBuf,
    done: bool,
}

/// Holds the ecosystem, so that one program runs at a time.
pub(super) fn lock(tree: &Tree, root: &Path) -> Result<Hold> {
    let folder = tree.handle().try_clone().map_err(|error| Error::io("lock", root, error))?;
    Hold::try_on(File::from(folder), root)?.ok_or_else(|| {
        Error::new(ErrorKind::Busy, "another program is being run; this one was not started")
            .at(root)
            .hint("Two at once would measure each other. Try again when it is done.")
    })
}

impl Draft {
    /// Begins the file at `below` the root: what would keep it from being written is told now, not after an hour.
    ///
    /// # Errors
    /// When its folder lies behind a link or cannot be written, or something else than a file has its name.
    pub(super) fn begin(tree: &Tree, root: &Path, below: &Path) -> Result<Self> {
        let path = root.join(below);
        let refuse = |what: &str| {
            let text = format!("{} {what}: nothing was run", path.display());
            Error::new(ErrorKind::Denied, text)
                .at(&path)
                .hint("Name another file as the program's `output` in the profile.")
        };
        let cannot = |errno: Errno| match errno {
            Errno::NOTDIR | Errno::LOOP | Errno::INVAL => refuse(&in_words(errno)),
            errno => Error::io("write into the folder of", &path, errno.into()),
        };
        make_folders(tree, below.parent().unwrap_or(Path::new(""))).map_err(cannot)?;
        let (folder, name) = tree.parent(below).map_err(cannot)?;
        match Sight::at(&folder, name) {
            Ok(seen) if seen.is_file() => {}
            Ok(seen) if seen.kind == rustix::fs::FileType::Symlink => return Err(refuse("is a link")),
            Ok(_) => return Err(refuse("is no regular file")),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(cannot(errno)),
        }
        let draft = format!(".{name}.caretaker-draft");
        // One that is there was left by a run that was killed: whoever holds the lock may take it away.
        match rustix::fs::unlinkat(&folder, &draft, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(cannot(errno)),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle =
            rustix::fs::openat(&folder, &draft, flags, Mode::from_raw_mode(0o600)).map_err(cannot)?;
        // Whatever the umask is.
        rustix::fs::fchmod(&handle, Mode::from_raw_mode(0o600)).map_err(cannot)?;
        let (name, below) = (name.to_owned(), below.to_owned());
        Ok(Self { folder, file: File::from(handle), draft, name, below, done: false })
    }

    /// Writes it and gives it its name; where what had the name before is now.
    ///
    /// # Errors
    /// When it cannot be written: what was there before is there still.
    pub(super) fn keep(mut self, parts: &[&[u8]], zone: Zone) -> Result<Option<PathBuf>> {
        let cannot = |error: std::io::Error| Error::io("write", &self.below, error);
        for part in parts {
            self.file.write_all(part).map_err(cannot)?;
        }
        self.file.sync_all().map_err(cannot)?;
        let earlier = put_beside(&self.folder, &self.name, zone).map_err(|errno| cannot(errno.into()))?;
        rustix::fs::renameat(&self.folder, &self.draft, &self.folder, &self.name)
            .map_err(|errno| cannot(errno.into()))?;
        flush(&self.folder).map_err(|errno| cannot(errno.into()))?;
        self.done = true;
        Ok(earlier.map(|name| self.below.with_file_name(name)))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.done {
            let _ = rustix::fs::unlinkat(&self.folder, &self.draft, AtFlags::empty());
        }
    }
}

/// Makes the folders on the way that are missing, each from the one before.
fn make_folders(tree: &Tree, below: &Path) -> rustix::io::Result<()> {
    let mut at = tree.folder(Path::new(""))?;
    for part in below.components() {
        let name = part.as_os_str();
        match rustix::fs::mkdirat(&at, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            // Where it is there already nobody minds that it could not be made.
            Err(errno) if rustix::fs::openat(&at, name, FOLDER, Mode::empty()).is_err() => return Err(errno),
            Err(_) => {}
        }
        at = rustix::fs::openat(&at, name, FOLDER, Mode::empty())?;
    }
    Ok(())
}

/// Gives what is called `name` a second name that says when it was written; at no time it is without one.
fn put_beside(folder: &OwnedFd, name: &str, zone: Zone) -> rustix::io::Result<Option<String>> {
    let seen = match Sight::at(folder, name) {
        Ok(seen) => seen,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    let written = DateTime::from_timestamp(seen.modified.0, 0).unwrap_or_default();
    let at = zone.local(written).format("%H-%M-%S").to_string();
    let (stem, ending) =
        name.rsplit_once('.').map_or((name, String::new()), |(stem, end)| (stem, format!(".{end}")));
    for number in 1..=MOST_BESIDE {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let beside = format!("{stem}_{at}{more}{ending}");
        match link(folder, name, &beside) {
            Ok(()) => return Ok(Some(beside)),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::EXIST)
}

/// A second name; where the volume has no such thing, another name.
fn link(folder: impl AsFd, from: &str, to: &str) -> rustix::io::Result<()> {
    let folder = folder.as_fd();
    match rustix::fs::linkat(folder, from, folder, to, AtFlags::empty()) {
        Err(Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::MLINK) => {
            rustix::fs::renameat_with(folder, from, folder, to, rustix::fs::RenameFlags::NOREPLACE)
        }
        other => other,
    }
}
