//! From members back to files: unpacked and hashed by all cores, each held against the manifest as it comes.

mod pieces;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::sync::PoisonError;

use self::pieces::Group;
use super::assembly::{Chain, hash, in_order};
use super::gzip::{self, Part, Unpacker};
use super::manifest::{MEMBER, Manifest};
use super::segments::{Content, Place, Segment, groups};
use super::stream::{EntryHead, Next, padding, read_head};
use super::tree::{Entry, FileEntry, Hash, What};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Progress;

/// The manifest of a tree takes no more than this.
const LARGEST_MANIFEST: u64 = 96 << 20;

/// Takes what is unpacked; every file was held against its hash before it is whole.
pub trait Target: Sync {
    /// Whether the content of this file is wanted.
    fn wants(&self, entry: &Entry) -> bool;

    /// A whole file, proven.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn file(&self, entry: &Entry, content: &[u8]) -> Result<()>;

    /// A piece of a large file, not proven yet.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn piece(&self, entry: &Entry, offset: u64, piece: &[u8]) -> Result<()>;

    /// A large file is whole and proven.
    ///
    /// # Errors
    /// When it cannot be finished.
    fn whole(&self, entry: &Entry) -> Result<()>;
}

/// Wants to know only whether everything is as it should be.
pub struct Nothing;

impl Target for Nothing {
    fn wants(&self, _: &Entry) -> bool {
        false
    }
    fn file(&self, _: &Entry, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn piece(&self, _: &Entry, _: u64, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn whole(&self, _: &Entry) -> Result<()> {
        Ok(())
    }
}

/// An archive whose manifest was read.
pub struct Opened {
    file: File,
    body: Vec<Segment>,
    /// Segments before the body.
    head: Vec<Segment>,
    /// What it lists.
    pub manifest: Manifest,
    /// The manifest's own bytes.
    pub text: Vec<u8>,
    size: u64,
}

/// An archive that was read to its last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// The SHA-256 of all its bytes.
    pub archive: Hash,
    /// Bytes.
    pub size: u64,
    /// Files in it.
    pub files: u64,
    /// Bytes of their content.
    pub bytes: u64,
}

/// What is wrong with an archive.
pub fn damaged(says: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Damaged, format!("the archive is damaged: {says}"))
}

/// Reads the manifest of an archive of ours, whose segments are known.
///
/// # Errors
/// `Damaged`, with what is wrong.
pub fn open(file: File, size: u64, segments: Vec<Segment>) -> Result<Opened> {
    let mut text = Vec::new();
    let used = manifest_text(&file, &segments, |length, piece| {
        text.reserve_exact(length - text.len());
        text.extend_from_slice(piece);
        Ok(())
    })?;
    let manifest = Manifest::parse(&text)?;
    opened(file, size, segments, used, (manifest, text))
}

/// The same for an archive that was just written: its manifest must be the one that is known.
///
/// # Errors
/// `Damaged`, with what is wrong.
pub fn open_known(
    file: File,
    size: u64,
    segments: Vec<Segment>,
    manifest: Manifest,
    text: Vec<u8>,
) -> Result<Opened> {
    let another = || damaged("its manifest is not the one that was written");
    let mut rest = &text[..];
    let used = manifest_text(&file, &segments, |_, piece| {
        rest = rest.strip_prefix(piece).ok_or_else(another)?;
        Ok(())
    })?;
    if !rest.is_empty() {
        return Err(another());
    }
    opened(file, size, segments, used, (manifest, text))
}

/// Gives the text of the manifest piece by piece, each with the length of all of it; how many segments it takes.
fn manifest_text(
    file: &File,
    segments: &[Segment],
    mut take: impl FnMut(usize, &[u8]) -> Result<()>,
) -> Result<usize> {
    let (mut unpacker, mut raw, mut content) = (Unpacker::default(), Vec::new(), Vec::new());
    // Bytes of the text and of the padding behind it that are still to come.
    let mut left: Option<(usize, usize)> = None;
    let mut all = 0;
    for (index, segment) in segments.iter().enumerate() {
        let Content::Member(length, part) = segment.what else {
            return Err(damaged("its manifest is not whole"));
        };
        read(file, segment, &mut raw)?;
        unpacker
            .unpack(&raw, length, &mut content)
            .map_err(|wrong| damaged(format!("its manifest {wrong}")))?;
        let mut rest = &content[..];
        let (text, zeros) = match &mut left {
            Some(left) => left,
            None => {
                let (length, padding, taken) = manifest_head(rest)?;
                all = length;
                rest = &rest[taken..];
                left.insert((length, padding))
            }
        };
        let (piece, behind) = rest.split_at(rest.len().min(*text));
        take(all, piece)?;
        *text -= piece.len();
        *zeros = zeros.checked_sub(behind.len()).ok_or_else(another_length)?;
        if behind.iter().any(|byte| *byte != 0) {
            return Err(another_length());
        }
        if matches!(part, Part::Whole | Part::Last) {
            return if (*text, *zeros) == (0, 0) { Ok(index + 1) } else { Err(another_length()) };
        }
    }
    Err(damaged("its manifest is not whole"))
}

/// Length and padding of the manifest that a stream begins with, and the bytes that its head takes.
fn manifest_head(stream: &[u8]) -> Result<(usize, usize, usize)> {
    let none = || damaged("it does not begin with its manifest");
    let Ok(Next::Entry(head, taken)) = read_head(stream) else { return Err(none()) };
    let size = head.size.filter(|size| head.path.bytes() == MEMBER.as_bytes() && *size <= LARGEST_MANIFEST);
    let size = size.ok_or_else(none)?;
    Ok((usize::try_from(size).map_err(|_| none())?, padding(size), taken))
}

fn another_length() -> Error {
    damaged("its manifest has another length than it says")
}

fn opened(
    file: File,
    size: u64,
    segments: Vec<Segment>,
    used: usize,
    (manifest, text): (Manifest, Vec<u8>),
) -> Result<Opened> {
    let mut raw = Vec::new();
    let paddings = segments[used..].iter().take_while(|segment| segment.what == Content::Padding).count();
    let (head, body) = segments.split_at(used + paddings);
    for padding in &head[used..] {
        read(&file, padding, &mut raw)?;
        if !gzip::is_pure_padding(&raw) {
            return Err(damaged("there is something in its padding"));
        }
    }
    Ok(Opened { body: body.to_vec(), head: head.to_vec(), file, manifest, text, size })
}

impl Opened {
    /// Bytes of the archive.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file itself, and the members that hold the tree.
    pub fn members(&self) -> (&File, &[Segment]) {
        (&self.file, &self.body)
    }

    /// Reads everything, holds it against the manifest and gives what is wanted to `target`.
    ///
    /// # Errors
    /// `Damaged` with the first thing that is wrong; errors of the target; a person cancelled.
    pub fn unpack(&self, target: &dyn Target, progress: &dyn Progress) -> Result<Proof> {
        let raw_chain = Chain::default();
        let mut raw = Vec::new();
        for (index, segment) in self.head.iter().enumerate() {
            read(&self.file, segment, &mut raw)?;
            raw_chain.add(index, &raw);
        }
        let (places, count) = groups(&self.body).map_err(damaged)?;
        let groups: Vec<Group> = std::iter::repeat_with(Group::default).take(count).collect();
        let seen = Seen::new(&self.manifest);
        let job =
            Job { opened: self, places: &places, groups: &groups, seen: &seen, target, chain: &raw_chain };
        let give_up = || {
            raw_chain.give_up();
            groups.iter().for_each(Group::give_up);
        };
        let mut done: u64 = self.head.iter().map(|segment| segment.packed as u64).sum();
        in_order(
            &self.body,
            || (Unpacker::default(), Vec::new(), Vec::new()),
            |(unpacker, raw, content), index, segment| {
                let result = progress.go_on().and_then(|()| job.work(unpacker, raw, content, index, segment));
                result.inspect_err(|_| give_up())
            },
            |_, packed| {
                done += packed;
                progress.bytes(done, self.size);
                Ok(())
            },
        )?;
        seen.complete()?;
        let (files, bytes) = self.manifest.totals_here();
        Ok(Proof { archive: raw_chain.finish(), size: self.size, files, bytes })
    }
}

struct Job<'a> {
    opened: &'a Opened,
    places: &'a [Place],
    groups: &'a [Group],
    seen: &'a Seen<'a>,
    target: &'a dyn Target,
    chain: &'a Chain,
}

impl Job<'_> {
    fn work(
        &self,
        unpacker: &mut Unpacker,
        raw: &mut Vec<u8>,
        content: &mut Vec<u8>,
        index: usize,
        segment: &Segment,
    ) -> Result<u64> {
        read(&self.opened.file, segment, raw)?;
        let Content::Member(length, part) = segment.what else {
            return Err(damaged("there is padding in it"));
        };
        unpacker
            .unpack(raw, length, content)
            .map_err(|wrong| damaged(format!("the member at byte {} {wrong}", segment.offset)))?;
        let is_end = index + 1 == self.opened.body.len();
        match self.places[index] {
            None => self.entries(content, is_end)?,
            Some((group, piece)) => {
                if is_end {
                    return Err(damaged("its end is missing"));
                }
                self.groups[group].take(piece, part == Part::Last, content, self.seen, self.target)?;
            }
        }
        self.chain.add(self.opened.head.len() + index, raw);
        Ok(segment.packed as u64)
    }

    /// A member of whole entries; the last one ends with the end of the stream.
    fn entries(&self, mut content: &[u8], is_end: bool) -> Result<()> {
        while !content.is_empty() {
            match read_head(content).map_err(damaged)? {
                Next::End if is_end && content.len() == 1024 => return Ok(()),
                Next::End => return Err(damaged("it ends before its end")),
                Next::Entry(head, taken) => {
                    content = &content[taken..];
                    let entry = self.seen.meet(&head)?;
                    let Some(size) = head.size else { continue };
                    let size = usize::try_from(size).ok().filter(|size| *size <= content.len());
                    let size = size.ok_or_else(|| damaged(format!("{} is cut short", head.path)))?;
                    let (file, rest) = content.split_at(size);
                    self.seen.prove(entry, hash(file))?;
                    if self.target.wants(entry) {
                        self.target.file(entry, file)?;
                    }
                    content = skip_padding(rest, size as u64)?;
                }
            }
        }
        if is_end { Err(damaged("its end is missing")) } else { Ok(()) }
    }
}

fn skip_padding(bytes: &[u8], size: u64) -> Result<&[u8]> {
    match bytes.split_at_checked(padding(size)) {
        Some((zeros, rest)) if zeros.iter().all(|byte| *byte == 0) => Ok(rest),
        _ => Err(damaged("the last block of a file is not as it should be")),
    }
}

fn read(file: &File, segment: &Segment, raw: &mut Vec<u8>) -> Result<()> {
    raw.resize(segment.packed, 0);
    file.read_exact_at(raw, segment.offset)
        .map_err(|error| Error::new(ErrorKind::System, "the archive cannot be read").because(error))
}

/// Which entries of the manifest were met in the stream.
struct Seen<'a> {
    manifest: &'a Manifest,
    met: Mutex<Vec<bool>>,
}

impl<'a> Seen<'a> {
    fn new(manifest: &'a Manifest) -> Self {
        Self { manifest, met: Mutex::new(vec![false; manifest.entries.len()]) }
    }

    /// The entry of the manifest that a head in the stream is about.
    fn meet(&self, head: &EntryHead) -> Result<&'a Entry> {
        let entries = &self.manifest.entries;
        let stranger = || damaged(format!("{} is in it, and not in its manifest", head.path));
        let index = entries.binary_search_by(|entry| entry.path.cmp(&head.path)).map_err(|_| stranger())?;
        let entry = &entries[index];
        let same = match (&entry.what, head.size) {
            (What::Folder, None) => true,
            (What::File(FileEntry { size, held: None, .. }), Some(there)) => *size == there,
            _ => false,
        };
        if !same || entry.mode != head.mode || entry.mtime != head.mtime {
            return Err(damaged(format!("{} is not what the manifest says it is", head.path)));
        }
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut met[index], true) {
            return Err(damaged(format!("{} is in it twice", head.path)));
        }
        Ok(entry)
    }

    fn prove(&self, entry: &Entry, hash: Hash) -> Result<()> {
        if entry.file().is_some_and(|file| file.hash == hash) {
            return Ok(());
        }
        Err(damaged(format!("{} has another content than the manifest says", entry.path)))
    }

    /// Everything that its archive holds was there; of an increment the folders that did not change are not.
    fn complete(&self) -> Result<()> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = self.manifest.entries.iter().zip(&*met).find(|(entry, met)| {
            !**met
                && match &entry.what {
                    What::Folder => self.manifest.parent.is_none(),
                    What::File(file) => file.held.is_none(),
                }
        });
        missing.map_or(Ok(()), |(entry, _)| Err(damaged(format!("{} is missing from it", entry.path))))
    }
}
