//! An archive while it is written: under a name that never counts, gone again unless it is finished.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::backup::gzip;
use crate::backup::pack::Sink;
use crate::error::{Error, Result};
use crate::fsio;

/// Bytes that are moved at once.
const AT_ONCE: usize = 4 << 20;

/// An unfinished archive; removed when it is dropped.
pub(super) struct Draft {
    path: PathBuf,
    file: File,
    finished: bool,
}

impl Draft {
    /// Makes the file; one that is there already is a leftover of a job that no longer runs.
    pub fn begin(path: PathBuf) -> Result<Self> {
        let _ = std::fs::remove_file(&path);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(|error| Error::io("create", &path, error))?;
        Ok(Self { path, file, finished: false })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all of it.
    pub fn write(&self, parts: &[Vec<u8>]) -> Result<()> {
        let mut at = 0;
        for part in parts {
            self.put(part, at)?;
            at += part.len() as u64;
        }
        self.flush()
    }

    /// What is appended from byte `room` on.
    pub fn body_after(&self, room: u64) -> Body<'_> {
        Body { draft: self, begin: room, length: 0 }
    }

    /// Puts the manifest into the room that was left for it, and fills the rest with padding; where it is larger (thousands of
    /// flaws were found), the `length` bytes of the body that follow move on first.
    pub fn put_manifest(&self, members: &[Vec<u8>], room: u64, length: u64) -> Result<()> {
        let mut head = members.concat();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let fits = |rest: &usize| *rest == 0 || *rest >= gzip::SMALLEST_PADDING;
        match room.checked_sub(head.len()).filter(fits) {
            Some(rest) => gzip::pad(rest, &mut head)?,
            None => {
                gzip::pad(gzip::SMALLEST_PADDING, &mut head)?;
                self.move_on(room as u64, head.len() as u64, length)?;
            }
        }
        self.put(&head, 0)?;
        self.flush()
    }

    /// Moves `length` bytes at `from` to `to`, which lies behind it.
    fn move_on(&self, from: u64, to: u64, length: u64) -> Result<()> {
        let mut piece = vec![0; AT_ONCE];
        let mut left = length;
        // The last ones first: the two places overlap.
        while left > 0 {
            let count = left.min(AT_ONCE as u64);
            left -= count;
            let piece = &mut piece[..usize::try_from(count).unwrap_or(AT_ONCE)];
            self.file
                .read_exact_at(piece, from + left)
                .map_err(|error| Error::io("read", &self.path, error))?;
            self.put(piece, to + left)?;
        }
        Ok(())
    }

    /// Gives it its name, which nothing may have yet, durably.
    pub fn finish(mut self, name: &Path) -> Result<()> {
        // A link is refused where the name is taken; a rename would replace.
        let named = rustix::fs::renameat_with(
            rustix::fs::CWD,
            &self.path,
            rustix::fs::CWD,
            name,
            rustix::fs::RenameFlags::NOREPLACE,
        );
        match named {
            Ok(()) => {}
            // Volumes that do not know the call.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
                std::fs::hard_link(&self.path, name).map_err(|error| Error::io("name", name, error))?;
                let _ = std::fs::remove_file(&self.path);
            }
            Err(errno) => return Err(Error::io("name", name, errno.into())),
        }
        self.finished = true;
        fsio::flush_folder(name.parent().unwrap_or(Path::new(".")))
    }

    fn put(&self, bytes: &[u8], at: u64) -> Result<()> {
        self.file.write_all_at(bytes, at).map_err(|error| Error::io("write", &self.path, error))
    }

    fn flush(&self) -> Result<()> {
        self.file.sync_all().map_err(|error| Error::io("flush", &self.path, error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The members after the manifest, in the file.
pub(super) struct Body<'a> {
    draft: &'a Draft,
    begin: u64,
    length: u64,
}

impl Sink for Body<'_> {
    fn append(&mut self, members: &[u8]) -> Result<()> {
        self.draft.put(members, self.begin + self.length)?;
        self.length += members.len() as u64;
        Ok(())
    }

    fn length(&self) -> u64 {
        self.length
    }

    fn back_to(&mut self, length: u64) -> Result<()> {
        self.length = length;
        let end = self.begin + length;
        self.draft.file.set_len(end).map_err(|error| Error::io("write", &self.draft.path, error))
    }
}

/// The members after the manifest, in memory.
#[derive(Default)]
pub(super) struct Memory(pub Vec<u8>);

impl Sink for Memory {
    fn append(&mut self, members: &[u8]) -> Result<()> {
        self.0.extend_from_slice(members);
        Ok(())
    }

    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn back_to(&mut self, length: u64) -> Result<()> {
        self.0.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }
}
