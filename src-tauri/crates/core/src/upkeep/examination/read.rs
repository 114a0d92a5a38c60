//! Files read once, in pieces: what is in them is looked at by what they are.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::ExaminationKind;
use super::known::KnownOfIt;
use super::seen::{Later, Of, Seen};
use super::sort::Sort;
use super::walk::Found;
use super::{code, documents, packages, python, settings};
use crate::database::{self, Wholeness};
use crate::fsio;
use crate::mask;
use crate::progress::Progress;

/// Files up to this size are read whole.
pub(super) const WHOLE: u64 = 4 << 20;
/// Longer ones are searched in such pieces, each by whoever is free.
const PIECE: u64 = 32 << 20;
/// So much of a piece is in memory at a time.
const WINDOW: usize = 1 << 20;
/// A secret that begins before the end of a window is seen whole in the next one, if it is no longer than this.
const OVERLAP: usize = 32 << 10;
/// What stands before a secret tells whether it is one.
const BEFORE: usize = 64;
/// A file that has a zero byte here is no text.
const BEGINNING: usize = 8 << 10;
/// Secrets of one file that are noted.
const MOST_SECRETS: usize = 50;
/// Databases up to this size are looked through.
const LARGEST_DATABASE: u64 = 1 << 30;
/// A file with holes that is longer than this is not read.
const LARGEST_SPARSE: u64 = 256 << 20;
/// Places in long files whose lines are counted.
const MOST_LINES_FOUND: usize = 500;

/// A piece of a long file.
pub(super) struct Piece {
    pub shown: String,
    pub sort: Sort,
    pub offset: u64,
    pub length: u64,
}

/// Reads files with a buffer of its own.
pub(super) struct Reader {
    kind: ExaminationKind,
    /// Grows and never shrinks: to clear it for each file again takes as long as a part of the search.
    buffer: Vec<u8>,
    filled: usize,
}

/// The check that a secret in such a file fails.
fn secret_in(sort: Sort) -> &'static str {
    match sort {
        Sort::Code | Sort::Script => "code/secrets",
        Sort::Settings => "configuration/secrets",
        Sort::Log => "privacy/secrets-in-logs",
        Sort::Report => "privacy/secrets-in-reports",
        Sort::Data | Sort::Other => "data/secrets",
    }
}

impl Reader {
    pub(super) fn new(kind: ExaminationKind) -> Self {
        Self { kind, buffer: Vec::new(), filled: 0 }
    }

    /// What was read last.
    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Looks into a file; what is left of a long one are pieces for whoever is free.
    pub(super) fn file(
        &mut self,
        file: &Arc<File>,
        found: &Found<'_>,
        sort: Sort,
        known: &KnownOfIt<'_>,
        seen: &mut Seen,
        progress: &dyn Progress,
    ) -> Vec<Piece> {
        let (shown, size) = (found.shown, found.looks.size);
        let audits = self.kind == ExaminationKind::Audit;
        let has_holes = found.looks.on_disk < size / 16;
        let begin = if size > WHOLE { BEGINNING } else { usize::try_from(size).unwrap_or(0) };
        if let Err(error) = self.fill(file, 0, begin) {
            seen.cannot_read(sort.of(), shown, &error.to_string());
            return Vec::new();
        }
        seen.read += self.filled as u64;
        let head = &self.bytes()[..self.filled.min(BEGINNING)];
        if head.starts_with(database::MAGIC) {
            if audits && !known.only_secrets {
                look_at_database(found, seen);
            }
            return Vec::new();
        }
        if memchr::memchr(0, head).is_some() {
            if audits {
                code::look_at_binary(head, found, seen);
                seen.unsearched("no text, and so not searched for secrets", size);
            }
            if !known.only_secrets {
                documents::not_text(found, sort, known, seen);
            }
            return Vec::new();
        }
        if size <= WHOLE {
            self.whole(file, found, sort, known, seen);
            return Vec::new();
        }
        if matches!(sort, Sort::Code | Sort::Settings) {
            seen.cannot_read(sort.of(), shown, "is too long to be taken apart");
        }
        if !audits {
            return Vec::new();
        }
        if !known.only_secrets {
            documents::long(file, found, sort, known, seen);
        }
        if has_holes && size > LARGEST_SPARSE {
            seen.cannot_read(sort.of(), shown, "is mostly holes, and was not read");
            return Vec::new();
        }
        seen.add_one(Of::Text);
        let _ = progress;
        let starts = (0..size).step_by(usize::try_from(PIECE).unwrap_or(usize::MAX));
        let piece =
            |offset| Piece { shown: shown.to_owned(), sort, offset, length: PIECE.min(size - offset) };
        starts.map(piece).collect()
    }

    /// A file that is in memory whole.
    fn whole(&self, file: &File, found: &Found<'_>, sort: Sort, known: &KnownOfIt<'_>, seen: &mut Seen) {
        let (bytes, shown) = (self.bytes(), found.shown);
        if self.kind == ExaminationKind::Audit {
            seen.add_one(Of::Text);
            let mut lines = Lines::default();
            let mut count = 0;
            for hit in mask::find(bytes).take(MOST_SECRETS) {
                let text = said(&hit, bytes);
                seen.note(secret_in(sort), shown, Some(lines.at(bytes, hit.range.start)), text);
                count += 1;
            }
            if count > 0 {
                seen.with_secrets.push(shown.to_owned());
            }
        }
        if known.only_secrets {
            return;
        }
        documents::look(bytes, file, found, sort, known, seen);
        match sort {
            Sort::Code => {
                let python = python::read(shown, bytes);
                code::look(&python, seen);
                seen.python.push(python.file);
            }
            Sort::Script => code::look_at_script(bytes, found, seen),
            Sort::Settings => settings::look(bytes, found, known, seen),
            _ => {}
        }
        packages::look_at_manifest(bytes, found, seen);
    }

    /// Searches a piece of a long file for secrets.
    pub(super) fn piece(&mut self, file: &File, piece: &Piece, seen: &mut Seen, progress: &dyn Progress) {
        let end = piece.offset + piece.length;
        // A little more on both sides: what crosses the border belongs to the piece in which it begins.
        let mut at = piece.offset.saturating_sub(BEFORE as u64);
        let mut from = piece.offset;
        let mut noted = 0;
        while at < end && !progress.cancelled() {
            let want =
                usize::try_from(end - at).unwrap_or(usize::MAX).saturating_add(OVERLAP).min(WINDOW + OVERLAP);
            if let Err(error) = self.fill(file, at, want) {
                return seen.cannot_read(piece.sort.of(), &piece.shown, &error.to_string());
            }
            let bytes = self.bytes();
            seen.read += bytes.len() as u64;
            let is_last = bytes.len() < want;
            let until = if is_last { end } else { (at + (bytes.len() - OVERLAP) as u64).min(end) };
            for hit in mask::find(bytes) {
                let offset = at + hit.range.start as u64;
                if offset < from || offset >= until {
                    continue;
                }
                if noted == 0 {
                    seen.with_secrets.push(piece.shown.clone());
                }
                noted += 1;
                if noted > MOST_SECRETS {
                    return;
                }
                let (id, shown) = (secret_in(piece.sort), piece.shown.clone());
                seen.later.push(Later { id, shown, offset, text: said(&hit, bytes) });
            }
            if is_last || until >= end {
                return;
            }
            from = until;
            at = until - BEFORE as u64;
        }
    }

    /// Reads up to `length` bytes from `offset` on; fewer where the file ends.
    fn fill(&mut self, file: &File, offset: u64, length: usize) -> std::io::Result<()> {
        if self.buffer.len() < length {
            self.buffer.resize(length, 0);
        }
        self.filled = 0;
        while self.filled < length {
            match file.read_at(&mut self.buffer[self.filled..length], offset + self.filled as u64) {
                Ok(0) => break,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What is said of a secret: its kind and its beginning.
fn said(hit: &mask::Hit, bytes: &[u8]) -> String {
    let secret = String::from_utf8_lossy(&bytes[hit.range.clone()]);
    format!("{} {}", hit.pattern, mask::veiled(secret.trim_start_matches('-')))
}

fn look_at_database(found: &Found<'_>, seen: &mut Seen) {
    seen.add_one(Of::Databases);
    if found.looks.size > LARGEST_DATABASE {
        return seen.cannot_tell("data/databases", found.shown, "is too large to be looked through");
    }
    match database::wholeness(found.path, Duration::from_secs(2)) {
        Wholeness::Whole => {}
        Wholeness::Broken(why) => seen.note("data/databases", found.shown, None, why),
        Wholeness::Unknown(why) => seen.cannot_tell("data/databases", found.shown, &why),
    }
}

/// Counts lines on the way from one place of a text to the next.
#[derive(Default)]
pub(super) struct Lines {
    at: usize,
    line: u64,
}

impl Lines {
    /// The line of `offset`, which lies behind the one that was asked for before.
    pub(super) fn at(&mut self, bytes: &[u8], offset: usize) -> u64 {
        self.line += memchr::memchr_iter(b'\n', &bytes[self.at..offset]).count() as u64;
        self.at = offset;
        self.line + 1
    }
}

/// Finds the lines of what was seen in long files, where there is little of it.
pub(super) fn find_lines(seen: &mut Seen, root: &Path) {
    let mut later = std::mem::take(&mut seen.later);
    later.sort_by(|one, two| (&one.shown, one.offset).cmp(&(&two.shown, two.offset)));
    let mut open: Option<(String, Option<BufReader<File>>, u64, u64)> = None;
    for (index, one) in later.iter().enumerate() {
        if open.as_ref().is_none_or(|(shown, ..)| *shown != one.shown) {
            let file = fsio::open_regular_itself(&root.join(&one.shown)).ok();
            let reader = file.map(|(file, _)| BufReader::with_capacity(WINDOW, file));
            open = Some((one.shown.clone(), reader, 0, 0));
        }
        let line = match &mut open {
            Some((_, Some(reader), at, lines)) if index < MOST_LINES_FOUND => {
                count_to(reader, at, lines, one.offset)
            }
            _ => None,
        };
        seen.note(one.id, &one.shown, line, &one.text);
    }
}

fn count_to(reader: &mut BufReader<File>, at: &mut u64, lines: &mut u64, offset: u64) -> Option<u64> {
    while *at < offset {
        let bytes = reader.fill_buf().ok()?;
        if bytes.is_empty() {
            return None;
        }
        let take = bytes.len().min(usize::try_from(offset - *at).unwrap_or(usize::MAX));
        *lines += memchr::memchr_iter(b'\n', &bytes[..take]).count() as u64;
        *at += take as u64;
        reader.consume(take);
    }
    Some(*lines + 1)
}
