//! What was put aside: one folder a clean-up in the ecosystem's own, on its volume, that only its owner can enter.
//!
//! Each holds a list, written before anything is moved, and `files/`. What lies in `files/` under the number and with the
//! inode of the list was moved; what does not was not, or was brought back. So nobody needs to know where a crash came.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::SubsecRound;
use rustix::fs::{AtFlags, Dir, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{Left, Move};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::upkeep::places::{FOLDER, Sight, Tree, flush, in_words, open_file};

/// The folder of all, in the ecosystem's root.
pub const QUARANTINE: &str = ".caretaker-quarantine";

const LIST: &str = "list.json";
/// The list while it is written.
const DRAFT: &str = "list.draft";
const FILES: &str = "files";
/// Lists are small.
const LARGEST: u64 = 256 << 20;

/// One clean-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    schema: u32,
    at: Instant,
    files: Vec<Entry>,
}

/// A file that is to be moved, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Where it belongs, below the root.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
    /// Its number on the volume.
    pub inode: u64,
}

/// The folder of all.
pub(super) struct Quarantine {
    handle: OwnedFd,
    path: PathBuf,
}

/// One of them, held open.
pub(super) struct Batch {
    /// Its name.
    pub id: String,
    /// When it was made.
    pub at: Instant,
    /// What was to be moved.
    pub entries: Vec<Entry>,
    folder: OwnedFd,
    /// Where the files lie; nothing where they were removed already.
    pub files: Option<OwnedFd>,
}

impl Quarantine {
    /// Opens it, if it is there.
    ///
    /// # Errors
    /// When what is there is a link, or another user's, or others can write into it.
    pub(super) fn open(tree: &Tree, root: &Path) -> Result<Option<Self>> {
        let path = root.join(QUARANTINE);
        let handle = match rustix::fs::openat(tree.handle(), QUARANTINE, FOLDER, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(strange(&path, "is not a folder")),
            Err(errno) => return Err(Error::io("open", &path, errno.into())),
        };
        let seen = Sight::open(&handle).map_err(|errno| Error::io("look at", &path, errno.into()))?;
        if seen.owner != rustix::process::geteuid().as_raw() || seen.mode & 0o022 != 0 {
            return Err(strange(&path, "belongs to another user, or others can write into it"));
        }
        if seen.device != tree.device {
            return Err(strange(&path, "lies on another volume"));
        }
        Ok(Some(Self { handle, path }))
    }

    /// The same; makes it where it is not there.
    pub(super) fn open_or_make(tree: &Tree, root: &Path) -> Result<Self> {
        let path = root.join(QUARANTINE);
        match rustix::fs::mkdirat(tree.handle(), QUARANTINE, Mode::RWXU) {
            Ok(()) => flush(tree.handle()).map_err(|errno| Error::io("flush", root, errno.into()))?,
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(Error::io("create the folder", &path, errno.into())),
        }
        Self::open(tree, root)?.ok_or_else(|| strange(&path, "was taken away"))
    }

    /// Keeps every other clean-up out until it is dropped, or this process ends. Waits for a second at most: a program that
    /// this process starts holds the lock too until it is loaded.
    pub(super) fn lock(&self) -> Result<()> {
        let mut tries = 0;
        loop {
            match rustix::fs::flock(&self.handle, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(()),
                Err(Errno::WOULDBLOCK) if tries < 40 => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(25));
                }
                Err(Errno::WOULDBLOCK) => {
                    let busy =
                        Error::new(ErrorKind::Busy, "another clean-up is at work; nothing was changed");
                    return Err(busy.at(&self.path).hint("Try again when it is done."));
                }
                Err(errno) => return Err(Error::io("lock", &self.path, errno.into())),
            }
        }
    }

    /// All clean-ups, oldest first, and what cannot be understood.
    pub(super) fn batches(&self) -> Result<(Vec<Batch>, Vec<Left>)> {
        let cannot = |errno: Errno| Error::io("look into", &self.path, errno.into());
        let dir = rustix::fs::openat(&self.handle, ".", FOLDER, Mode::empty()).and_then(Dir::new);
        let mut names: Vec<String> = dir
            .map_err(cannot)?
            .flatten()
            .filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned))
            .filter(|name| is_id(name))
            .collect();
        names.sort_by_key(|name| {
            name.split_once('.').map_or((name.clone(), 0), |(day, n)| (day.into(), n.parse().unwrap_or(0)))
        });
        let (mut batches, mut left) = (Vec::new(), Vec::new());
        for name in names {
            match self.batch(&name) {
                Ok(Some(batch)) => batches.push(batch),
                // Without a list nothing was moved yet.
                Ok(None) => {}
                Err(why) => left.push(Left::new(&Path::new(QUARANTINE).join(&name), why)),
            }
        }
        batches.sort_by_key(|batch| batch.at);
        Ok((batches, left))
    }

    fn batch(&self, id: &str) -> Result<Option<Batch>, String> {
        let folder = rustix::fs::openat(&self.handle, id, FOLDER, Mode::empty()).map_err(in_words)?;
        let file = match open_file(&folder, LIST) {
            Ok((file, seen)) if seen.size <= LARGEST => file,
            Ok(_) => return Err("has a list that is too long".into()),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(in_words(errno)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        let list: List =
            serde_json::from_slice(&bytes).map_err(|error| format!("has a list that is damaged: {error}"))?;
        let files = match rustix::fs::openat(&folder, FILES, FOLDER, Mode::empty()) {
            Ok(files) => Some(files),
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(in_words(errno)),
        };
        Ok(Some(Batch { id: id.to_owned(), at: list.at, entries: list.files, folder, files }))
    }

    /// Makes a new one and writes down, durably, what is about to be moved into it.
    pub(super) fn begin(&self, moves: &[Move], at: Instant, zone: Zone) -> Result<Batch> {
        let cannot = |errno: Errno| Error::io("write into", &self.path, errno.into());
        let moment = zone.local(at).format("%Y%m%d-%H%M%S").to_string();
        let free = (1..1000).map(|n| if n == 1 { moment.clone() } else { format!("{moment}.{n}") });
        let mut made = None;
        for id in free {
            match rustix::fs::mkdirat(&self.handle, &id, Mode::RWXU) {
                Ok(()) => {
                    made = Some(id);
                    break;
                }
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(cannot(errno)),
            }
        }
        let id = made.ok_or_else(|| cannot(Errno::EXIST))?;
        let write = || -> std::io::Result<(OwnedFd, OwnedFd, List)> {
            let folder = rustix::fs::openat(&self.handle, &id, FOLDER, Mode::empty())?;
            rustix::fs::mkdirat(&folder, FILES, Mode::RWXU)?;
            let files = rustix::fs::openat(&folder, FILES, FOLDER, Mode::empty())?;
            let entry =
                |one: &Move| Entry { path: one.path.clone(), bytes: one.bytes, inode: one.seen.inode };
            let list = List { schema: 1, at: at.trunc_subsecs(0), files: moves.iter().map(entry).collect() };
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            let mode = Mode::RUSR | Mode::WUSR;
            let mut draft = File::from(rustix::fs::openat(&folder, DRAFT, flags, mode)?);
            draft.write_all(&serde_json::to_vec(&list)?)?;
            draft.sync_all()?;
            rustix::fs::renameat_with(&folder, DRAFT, &folder, LIST, RenameFlags::NOREPLACE)?;
            flush(&folder)?;
            flush(&self.handle)?;
            Ok((folder, files, list))
        };
        match write() {
            Ok((folder, files, list)) => {
                Ok(Batch { id, at: list.at, entries: list.files, folder, files: Some(files) })
            }
            Err(error) => {
                self.clear(&id);
                Err(Error::io("write into", &self.path, error).hint("Nothing was moved."))
            }
        }
    }

    /// Clears away what a clean-up left that was killed before its list was written: its own names, and only if nothing else is there.
    pub(super) fn sweep(&self) {
        let dir = rustix::fs::openat(&self.handle, ".", FOLDER, Mode::empty()).and_then(Dir::new);
        let Ok(dir) = dir else { return };
        let names = dir.flatten().filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned));
        for name in names.filter(|name| is_id(name)) {
            if matches!(self.batch(&name), Ok(None)) {
                self.clear(&name);
            }
        }
    }

    fn clear(&self, id: &str) {
        if let Ok(folder) = rustix::fs::openat(&self.handle, id, FOLDER, Mode::empty()) {
            let _ = rustix::fs::unlinkat(&folder, DRAFT, AtFlags::empty());
            let _ = rustix::fs::unlinkat(&folder, FILES, AtFlags::REMOVEDIR);
        }
        let _ = rustix::fs::unlinkat(&self.handle, id, AtFlags::REMOVEDIR);
    }

    /// Removes one for good: the files of its list that are still the ones that were put there, then the folders if nothing
    /// else is in them, the list last.
    ///
    /// # Errors
    /// Why it cannot be removed wholly, in words; the next clean-up goes on with it.
    pub(super) fn remove(&self, batch: Batch) -> Result<(), String> {
        let (id, there) = (batch.id.clone(), batch.there());
        if let Some(files) = &batch.files {
            for (name, _) in &there {
                rustix::fs::unlinkat(files, name, AtFlags::empty()).map_err(in_words)?;
            }
            rustix::fs::unlinkat(&batch.folder, FILES, AtFlags::REMOVEDIR).map_err(|errno| match errno {
                Errno::NOTEMPTY | Errno::EXIST => {
                    "holds something that Caretaker did not put there".to_owned()
                }
                errno => in_words(errno),
            })?;
        }
        rustix::fs::unlinkat(&batch.folder, LIST, AtFlags::empty()).map_err(in_words)?;
        rustix::fs::unlinkat(&self.handle, &id, AtFlags::REMOVEDIR).map_err(in_words)?;
        flush(&self.handle).map_err(in_words)
    }
}

impl Batch {
    /// What lies there now, with the name it has there: what was moved and not brought back.
    pub(super) fn there(&self) -> Vec<(String, &Entry)> {
        let Some(files) = &self.files else { return Vec::new() };
        let numbered = self.entries.iter().enumerate().map(|(at, entry)| ((at + 1).to_string(), entry));
        numbered
            .filter(|(name, entry)| {
                Sight::at(files, name).is_ok_and(|seen| seen.is_file() && seen.inode == entry.inode)
            })
            .collect()
    }
}

/// `20251216-120000`, or `20251216-120000.2`.
pub(super) fn is_id(name: &str) -> bool {
    let (moment, count) = name.split_once('.').unwrap_or((name, "2"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    moment
        .split_once('-')
        .is_some_and(|(day, time)| day.len() == 8 && time.len() == 6 && digits(day) && digits(time))
        && count.len() <= 3
        && digits(count)
}

fn strange(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Denied, format!("{} {what}; nothing was changed", path.display()))
        .at(path)
        .hint("Look what it is, and move it away.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_never_a_path() {
        for good in ["20251216-120000", "20251216-120000.2", "20251216-120000.999"] {
            assert!(is_id(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "20251216",
            "20251216-12000",
            "20251216-120000.",
            "20251216-120000/..",
            "a-b",
            "20251216-120000.1000",
            "20251216-120000.x",
        ] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
