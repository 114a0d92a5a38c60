//! Entries of the tar stream: written with the `tar` library, read back header by header.

use std::io;

use tar::{Builder, EntryType, Header};

use super::roots::Stat;
use super::tree::{FileTime, TreePath};
use crate::error::{Error, ErrorKind, Result};

/// A tar stream is made of blocks of this size.
pub const BLOCK: u64 = 512;

/// Writes entries into a buffer.
pub struct Scribe(Builder<Vec<u8>>);

impl Default for Scribe {
    fn default() -> Self {
        Self(Builder::new(Vec::new()))
    }
}

impl Scribe {
    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.0.get_mut())
    }

    /// Bytes written since the last [`Scribe::take`].
    pub fn len(&mut self) -> usize {
        self.0.get_mut().len()
    }

    /// A folder.
    ///
    /// # Errors
    /// When its name cannot be written.
    pub fn folder(&mut self, path: &TreePath, stat: &Stat) -> Result<()> {
        self.head(path, stat, 0, EntryType::Directory).map_err(|error| unwritable(path, error))
    }

    /// A whole file.
    ///
    /// # Errors
    /// When its name cannot be written.
    pub fn file(&mut self, path: &TreePath, stat: &Stat, content: &[u8]) -> Result<()> {
        self.begin_file(path, stat, content.len() as u64)?;
        self.content(content);
        self.end_file(content.len() as u64);
        Ok(())
    }

    /// The head of a file whose content of `size` bytes follows.
    ///
    /// # Errors
    /// When its name cannot be written.
    pub fn begin_file(&mut self, path: &TreePath, stat: &Stat, size: u64) -> Result<()> {
        self.head(path, stat, size, EntryType::Regular).map_err(|error| unwritable(path, error))
    }

    /// A piece of a file's content.
    pub fn content(&mut self, piece: &[u8]) {
        self.0.get_mut().extend_from_slice(piece);
    }

    /// Fills the last block of a file.
    pub fn end_file(&mut self, size: u64) {
        let rest = padding(size);
        let buffer = self.0.get_mut();
        buffer.resize(buffer.len() + rest, 0);
    }

    /// The end of the stream.
    pub fn end(&mut self) {
        let buffer = self.0.get_mut();
        buffer.resize(buffer.len() + 1024, 0);
    }

    fn head(&mut self, path: &TreePath, stat: &Stat, size: u64, sort: EntryType) -> io::Result<()> {
        if stat.mtime.nanos != 0 || stat.mtime.seconds < 0 {
            let exact = format!("{}.{:09}", stat.mtime.seconds, stat.mtime.nanos);
            self.0.append_pax_extensions([("mtime", exact.trim_end_matches('0').as_bytes())])?;
        }
        let mut header = Header::new_gnu();
        header.set_entry_type(sort);
        header.set_mode(stat.mode());
        header.set_uid(stat.owner.0.into());
        header.set_gid(stat.owner.1.into());
        header.set_mtime(u64::try_from(stat.mtime.seconds).unwrap_or(0));
        header.set_size(size);
        // Long names get an entry of their own before this one; the content is added by hand.
        self.0.append_data(&mut header, path.as_path(), io::empty())
    }
}

fn unwritable(path: &TreePath, error: io::Error) -> Error {
    Error::new(ErrorKind::System, format!("{path} cannot be written into an archive")).because(error)
}

/// Bytes that fill the last block of a file.
#[allow(clippy::cast_possible_truncation, reason = "less than a block")]
pub fn padding(size: u64) -> usize {
    (size.wrapping_neg() % BLOCK) as usize
}

/// One entry as it stands in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHead {
    /// Its name.
    pub path: TreePath,
    /// Permission bits.
    pub mode: u32,
    /// When its content changed.
    pub mtime: FileTime,
    /// Bytes of content that follow; `None` for a folder.
    pub size: Option<u64>,
}

/// What comes next in a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// An entry, and the bytes that its head took.
    Entry(EntryHead, usize),
    /// The end: two blocks of nothing.
    End,
}

/// Reads the head of the entry that `bytes` begins with.
///
/// # Errors
/// What is wrong with it, in words; anything but plain files and folders is wrong.
pub fn read_head(bytes: &[u8]) -> Result<Next, String> {
    let (mut at, mut name, mut mtime) = (0, None, None);
    loop {
        let block = bytes.get(at..at + 512).ok_or("an entry is cut short")?;
        if block.iter().all(|byte| *byte == 0) {
            let last =
                bytes.get(at + 512..at + 1024).is_some_and(|block| block.iter().all(|byte| *byte == 0));
            return if last && at == 0 {
                Ok(Next::End)
            } else {
                Err("there is a hole between two entries".into())
            };
        }
        let header = Header::from_byte_slice(block);
        let sum = header.cksum().map_err(|_| "an entry has no checksum")?;
        if sum != checksum(block) {
            return Err("an entry has another checksum than it says".into());
        }
        at += 512;
        let size = header.size().map_err(|_| "an entry has no length")?;
        let mut extension = || -> Result<&[u8], String> {
            let length = usize::try_from(size)
                .ok()
                .filter(|size| *size <= 1 << 16)
                .ok_or("an extension is too long")?;
            let content = bytes.get(at..at + length).ok_or("an extension is cut short")?;
            at += length + padding(size);
            Ok(content)
        };
        match header.entry_type() {
            EntryType::GNULongName if name.is_none() => {
                let content = extension()?;
                name = Some(content.strip_suffix(b"\0").ok_or("a long name does not end")?.to_vec());
            }
            EntryType::XHeader if name.is_none() && mtime.is_none() => mtime = Some(pax_time(extension()?)?),
            EntryType::Regular | EntryType::Directory => {
                let folder = header.entry_type() == EntryType::Directory;
                let bytes = name.unwrap_or_else(|| header.path_bytes().to_vec());
                let plain = if folder { bytes.strip_suffix(b"/").unwrap_or(&bytes) } else { &bytes };
                let path = TreePath::new(plain)
                    .map_err(|wrong| format!("the name {:?} {wrong}", String::from_utf8_lossy(&bytes)))?;
                if folder && size != 0 {
                    return Err(format!("the folder {path} has content"));
                }
                let seconds = header.mtime().map_err(|_| "an entry has no time")?;
                let seconds = i64::try_from(seconds).map_err(|_| "an entry has no time")?;
                let mode = header.mode().map_err(|_| "an entry has no mode")?;
                let mtime = mtime.unwrap_or(FileTime { seconds, nanos: 0 });
                let head = EntryHead { path, mode: mode & 0o7777, mtime, size: (!folder).then_some(size) };
                return Ok(Next::Entry(head, at));
            }
            other => return Err(format!("there is an entry of a kind that is never kept ({other:?})")),
        }
    }
}

fn checksum(block: &[u8]) -> u32 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    sum(&block[..148]) + 8 * 32 + sum(&block[156..])
}

/// The time of a pax extension that holds nothing else: `28 mtime=1765710000.123456789\n`.
fn pax_time(content: &[u8]) -> Result<FileTime, String> {
    let wrong = || "an extension holds something else than a time".to_owned();
    let text = std::str::from_utf8(content).map_err(|_| wrong())?;
    let (length, rest) = text.split_once(' ').ok_or_else(wrong)?;
    if length.parse() != Ok(content.len()) {
        return Err(wrong());
    }
    let value = rest.strip_prefix("mtime=").and_then(|rest| rest.strip_suffix('\n')).ok_or_else(wrong)?;
    let (seconds, fraction) = value.split_once('.').ok_or_else(wrong)?;
    if fraction.is_empty() && !value.ends_with('.') || fraction.len() > 9 {
        return Err(wrong());
    }
    let nanos = format!("{fraction:0<9}").parse().map_err(|_| wrong())?;
    Ok(FileTime { seconds: seconds.parse().map_err(|_| wrong())?, nanos })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn stat(mode: u32, seconds: i64, nanos: u32) -> Stat {
        let mtime = FileTime { seconds, nanos };
        Stat { device: 1, inode: 2, raw_mode: mode, size: 0, mtime, ctime: mtime, owner: (1000, 1000) }
    }

    fn path(text: &str) -> TreePath {
        TreePath::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn heads_are_read_as_they_are_written_and_tar_reads_them_too() {
        let long = path(&format!("data/{}/{}", "x".repeat(200), "ü".repeat(100)));
        let mut scribe = Scribe::default();
        scribe.folder(&path("data"), &stat(0o40_755, 1_765_710_000, 0)).unwrap();
        scribe.file(&long, &stat(0o100_640, 1_765_710_000, 123_000_000), b"content").unwrap();
        scribe.file(&path("data/old"), &stat(0o100_600, -5, 500_000_000), b"").unwrap();
        scribe.end();
        let bytes = scribe.take();
        let mut at = 0;
        let mut heads = Vec::new();
        while let Next::Entry(head, taken) = read_head(&bytes[at..]).unwrap() {
            at += taken + head.size.map_or(0, |size| size as usize + padding(size));
            heads.push(head);
        }
        assert_eq!(heads.len(), 3);
        assert_eq!(heads[1].path, long);
        assert_eq!(heads[1].mtime, FileTime { seconds: 1_765_710_000, nanos: 123_000_000 });
        assert_eq!(heads[2].mtime, FileTime { seconds: -5, nanos: 500_000_000 });
        assert_eq!((heads[0].mode, heads[0].size), (0o755, None));
        let mut archive = tar::Archive::new(&bytes[..]);
        let names: Vec<_> =
            archive.entries().unwrap().map(|entry| entry.unwrap().path_bytes().into_owned()).collect();
        assert_eq!(names[1], long.bytes());
    }

    #[test]
    fn what_is_no_plain_file_or_folder_is_refused() {
        for sort in
            [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char, EntryType::GNUSparse]
        {
            let mut header = Header::new_gnu();
            header.set_path("data/x").unwrap();
            header.set_entry_type(sort);
            header.set_size(0);
            header.set_mode(0o644);
            header.set_cksum();
            assert!(read_head(header.as_bytes()).is_err(), "{sort:?}");
        }
        assert!(read_head(&[0; 512]).is_err());
        assert_eq!(read_head(&[0; 1024]), Ok(Next::End));
    }
}
