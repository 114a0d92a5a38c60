//! Follows one log by inode and offset through rotation, truncation and copies.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::scan::Place;
use super::stamp::Millis;
use crate::fsio::Stamp;

/// Bytes at a file's head by which it is recognised.
const HEAD: u64 = 256;
/// Bytes just before the offset by which it is recognised.
const TAIL: u64 = 128;
/// Files of one log that are followed at most, and looks that a vanished one is remembered for.
const FILES_MAX: usize = 64;
const MISSES_MAX: u8 = 8;

/// How far one file was read, and how it is recognised again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    device: u64,
    inode: u64,
    pub offset: u64,
    pub skipping: bool,
    /// The file's first bytes, as far as they were read.
    head: Vec<u8>,
    /// The bytes just before the offset.
    tail: Vec<u8>,
    misses: u8,
}

impl Cursor {
    fn is_of(&self, stamp: &Stamp) -> bool {
        (self.device, self.inode) == (stamp.device, stamp.inode)
    }
}

/// A rotated predecessor that is compressed and therefore not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Archive {
    name: String,
    inode: u64,
    modified: i64,
    /// Whether its contents were read before it was compressed.
    read_before: bool,
}

impl Archive {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// When it was last written, in milliseconds since 1970.
    pub(super) fn modified(&self) -> Millis {
        self.modified.saturating_mul(1000)
    }
}

/// A file of which something is to be read.
#[derive(Debug)]
pub(super) struct Due {
    pub file: File,
    pub path: PathBuf,
    pub size: u64,
    /// Index into [`Followed::cursors`].
    pub cursor: usize,
    /// Whether the file was not known before.
    pub new: bool,
}

/// The files of one log: the one that is written and its predecessors.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    pub cursors: Vec<Cursor>,
    archives: Vec<Archive>,
    marks: [Option<Stamp>; 2],
    settled: bool,
    /// What could not be read at the last look.
    pub gaps: Vec<String>,
    /// The one of them that says why the current file is there and cannot be read.
    pub refused: Option<String>,
    /// Whether any file of this log could be read.
    pub readable: bool,
}

/// The part of [`Followed`] that is kept over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    cursors: Vec<Cursor>,
    archives: Vec<Archive>,
}

impl Followed {
    pub(super) fn keep(&self) -> Kept {
        Kept { cursors: self.cursors.clone(), archives: self.archives.clone() }
    }

    pub(super) fn from_kept(kept: Kept) -> Self {
        Self { cursors: kept.cursors, archives: kept.archives, ..Self::default() }
    }

    /// Whether the current file holds more than a record that may still be unfinished.
    pub(super) fn holds_something(&self) -> bool {
        const UNFINISHED: u64 = 4096;
        let read = |mark: &Stamp| self.cursors.iter().any(|c| c.is_of(mark) && c.offset > 0);
        self.marks[0].is_some_and(|mark| mark.size > UNFINISHED || read(&mark))
    }

    /// Finds what is to be read now. Where nothing changed this costs two `stat` calls.
    ///
    /// `oldest` is the time before which a file's last change makes it uninteresting.
    pub(super) fn due(&mut self, path: &Path, oldest: Millis) -> Vec<Due> {
        let mark = |path: &Path| fs::metadata(path).ok().map(|meta| Stamp::of(&meta));
        let marks = [mark(path), mark(&numbered(path, 1))];
        if marks == self.marks && self.settled {
            return Vec::new();
        }
        // Timestamps are coarse: only a second look that finds the same is trusted.
        self.settled = marks == self.marks;
        let only_current = marks[1] == self.marks[1] && self.marks[0].is_some() && self.gaps.is_empty();
        self.marks = marks;
        if only_current && let Some(due) = self.appended(path) {
            return due;
        }
        self.all(path, oldest)
    }

    /// The common case: the same file as before, perhaps longer. `None` where it is not the same.
    fn appended(&self, path: &Path) -> Option<Vec<Due>> {
        let (file, mark) = open(path).ok()?;
        let cursor = self.cursors.iter().position(|c| c.is_of(&mark) && recognises(c, &file, mark.size))?;
        let due = Due { file, path: path.to_owned(), size: mark.size, cursor, new: false };
        Some(if mark.size > self.cursors[cursor].offset { vec![due] } else { Vec::new() })
    }

    /// Looks through the current file and all predecessors and tells which is which.
    fn all(&mut self, path: &Path, oldest: Millis) -> Vec<Due> {
        self.gaps.clear();
        self.refused = None;
        self.readable = false;
        self.cursors.retain(|c| c.misses <= MISSES_MAX);
        let mut files = Vec::new();
        let (predecessors, archives) = family(path);
        for candidate in std::iter::once(path.to_owned()).chain(predecessors) {
            let is_current = candidate == path;
            match open(&candidate) {
                Ok((file, mark)) => {
                    self.readable |= is_current;
                    let known = self.cursors.iter().any(|c| c.is_of(&mark));
                    let old = !is_current && !known && mark.modified.0.saturating_mul(1000) < oldest;
                    let twice = files.iter().any(|(_, _, other): &(PathBuf, File, Stamp)| {
                        (other.device, other.inode) == (mark.device, mark.inode)
                    });
                    if !old && !twice && files.len() < FILES_MAX {
                        files.push((candidate, file, mark));
                    }
                }
                // A predecessor may move on at any moment; the next look finds it.
                Err(e) if !is_current && e.kind() == io::ErrorKind::NotFound => self.settled = false,
                Err(e) => {
                    self.settled = e.kind() == io::ErrorKind::NotFound;
                    let refusal = refusal(&candidate, &e);
                    if is_current && e.kind() != io::ErrorKind::NotFound {
                        self.refused = Some(refusal.clone());
                    }
                    self.gaps.push(refusal);
                }
            }
        }
        self.readable |= !files.is_empty();
        let due = self.recognise(files, path);
        self.note_archives(archives, oldest);
        due
    }

    /// Remembers how far a file was read and what it looks like there.
    pub(super) fn advance(&mut self, due: &Due, place: Place) {
        let cursor = &mut self.cursors[due.cursor];
        (cursor.offset, cursor.skipping) = (place.offset, place.skipping);
        if (cursor.head.len() as u64) < HEAD {
            cursor.head = bytes(&due.file, 0, place.offset.min(HEAD)).unwrap_or_default();
        }
        let length = place.offset.min(TAIL);
        cursor.tail = bytes(&due.file, place.offset - length, length).unwrap_or_default();
    }

    /// Names the compressed predecessors whose contents were never read.
    fn note_archives(&mut self, found: Vec<Archive>, oldest: Millis) {
        // A file that is gone now and a new archive: the one became the other.
        let mut vanished = self.cursors.iter().filter(|c| c.misses == 1).count();
        let mut archives = Vec::new();
        for mut archive in found.into_iter().filter(|a| a.modified() >= oldest) {
            match self.archives.iter().find(|a| a.inode == archive.inode && a.modified == archive.modified) {
                Some(known) => archive.read_before = known.read_before,
                None if vanished > 0 => {
                    vanished -= 1;
                    archive.read_before = true;
                }
                None => {}
            }
            if !archive.read_before {
                self.gaps.push(format!("{} is compressed and was not read", archive.name));
            }
            archives.push(archive);
        }
        self.archives = archives;
    }

    /// Gives every file its cursor: by inode, else by content, else a new one.
    fn recognise(&mut self, files: Vec<(PathBuf, File, Stamp)>, current: &Path) -> Vec<Due> {
        let mut taken = vec![false; self.cursors.len()];
        let mut whose: Vec<Option<usize>> = Vec::with_capacity(files.len());
        for (_, file, mark) in &files {
            let found = self.cursors.iter().position(|c| c.is_of(mark) && recognises(c, file, mark.size));
            if let Some(found) = found {
                taken[found] = true;
            }
            whose.push(found);
        }
        let known = taken.len();
        let mut due = Vec::new();
        for ((path, file, mark), by_inode) in files.into_iter().zip(whose) {
            let mut new = false;
            let cursor = match by_inode {
                Some(cursor) => cursor,
                None => {
                    let like = |i: &usize| {
                        self.cursors[*i].offset > 0 && recognises(&self.cursors[*i], &file, mark.size)
                    };
                    if let Some(moved) = (0..known).filter(|i| !taken[*i]).find(like) {
                        // The contents went on living in another file: copied, then cut.
                        taken[moved] = true;
                        (self.cursors[moved].device, self.cursors[moved].inode) = (mark.device, mark.inode);
                        moved
                    } else if path != current && (0..known).any(|i| like(&i)) {
                        // A copy beside its original, which is counted there.
                        self.settled = false;
                        continue;
                    } else {
                        new = true;
                        taken.push(true);
                        self.cursors.push(Cursor {
                            device: mark.device,
                            inode: mark.inode,
                            offset: 0,
                            skipping: false,
                            head: Vec::new(),
                            tail: Vec::new(),
                            misses: 0,
                        });
                        self.cursors.len() - 1
                    }
                }
            };
            due.push(Due { file, path, size: mark.size, cursor, new });
        }
        for (cursor, taken) in self.cursors.iter_mut().zip(&taken) {
            cursor.misses = if *taken { 0 } else { cursor.misses.saturating_add(1) };
        }
        due
    }
}

impl Cursor {
    /// Where reading goes on.
    pub(super) fn place(&self) -> Place {
        Place { offset: self.offset, skipping: self.skipping }
    }
}

/// Whether `file` still holds what was read up to the cursor.
fn recognises(cursor: &Cursor, file: &File, size: u64) -> bool {
    let same = |at: u64, print: &[u8]| {
        print.is_empty() || bytes(file, at, print.len() as u64).is_some_and(|found| found == print)
    };
    size >= cursor.offset
        && same(0, &cursor.head)
        && same(cursor.offset.saturating_sub(cursor.tail.len() as u64), &cursor.tail)
}

fn bytes(file: &File, at: u64, length: u64) -> Option<Vec<u8>> {
    let mut found = vec![0; usize::try_from(length.min(HEAD)).ok()?];
    file.read_exact_at(&mut found, at).ok()?;
    Some(found)
}

/// Opens a regular file for reading; nothing else is ever opened, so nothing can block.
pub(super) fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let refuse = |meta: &Metadata| {
        let what = if meta.is_dir() { "it is a folder" } else { "it is not a regular file" };
        io::Error::new(io::ErrorKind::InvalidInput, what)
    };
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(refuse(&meta));
    }
    // Between the two calls the file may have become something else.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let flags = i32::try_from(flags).map_err(io::Error::other)?;
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() { Ok((file, meta)) } else { Err(refuse(&meta)) }
}

fn open(path: &Path) -> io::Result<(File, Stamp)> {
    let (file, meta) = open_regular(path)?;
    Ok((file, Stamp::of(&meta)))
}

/// Says why a log was not read.
pub(super) fn refusal(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{} is missing", path.display()),
        io::ErrorKind::PermissionDenied => format!("{} may not be read by this user", path.display()),
        _ => format!("{} cannot be read: {error}", path.display()),
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// The predecessors of a log beside it: `NAME.1`, `NAME.2025-12-16`, and compressed ones.
pub(super) fn family(path: &Path) -> (Vec<PathBuf>, Vec<Archive>) {
    let (mut plain, mut archives) = (Vec::new(), Vec::new());
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str())) else {
        return (plain, archives);
    };
    let Ok(entries) = fs::read_dir(folder) else { return (plain, archives) };
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let Some(suffix) = file_name.to_str().and_then(|n| n.strip_prefix(name)) else { continue };
        let Some(suffix) = suffix.strip_prefix(['.', '-']) else { continue };
        let compressed = [".gz", ".bz2", ".xz", ".zst"].iter().find_map(|end| suffix.strip_suffix(end));
        if !is_rotation(compressed.unwrap_or(suffix)) {
            continue;
        }
        if compressed.is_none() {
            plain.push(entry.path());
        } else if let Ok(meta) = entry.metadata() {
            archives.push(Archive {
                name: entry.path().display().to_string(),
                inode: meta.ino(),
                modified: meta.mtime(),
                read_before: false,
            });
        }
    }
    plain.sort();
    archives.sort_by(|a, b| a.name.cmp(&b.name));
    (plain, archives)
}

/// Whether what follows a log's name is what rotation appends: a number or a date.
fn is_rotation(suffix: &str) -> bool {
    suffix.starts_with(|c: char| c.is_ascii_digit())
        && suffix.len() <= 24
        && suffix.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '_' | ':' | 'T'))
}
