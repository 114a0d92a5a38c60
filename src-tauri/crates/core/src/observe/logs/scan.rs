//! Reads a log through one small buffer, however long it or its lines are.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::{memchr, memrchr};

use super::grammar::{Grammar, Hit};
use super::stamp::{Millis, Stamps};

/// Size of the buffer: it stays in the processor's second cache. A line longer than this is judged by its head.
pub(super) const BUFFER: usize = 64 * 1024;

/// Where reading stopped and goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// Bytes from the start of the file that are done with.
    pub offset: u64,
    /// Whether `offset` lies within a long line whose head was already judged.
    pub skipping: bool,
}

/// What one reading gave.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scanned {
    /// Where the next reading goes on: behind the last complete line.
    pub place: Place,
    /// Newest record of any level.
    pub last: Option<Millis>,
    /// Lines of a JSON log that are no objects.
    pub odd: u64,
}

/// Reads from `place` to `until` and calls `each` with every error record and the position behind it.
///
/// A last line without its newline is left for the next time.
pub(super) fn scan(
    file: &File,
    place: Place,
    until: u64,
    grammar: &Grammar,
    stamps: &mut Stamps,
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(Hit<'_>, u64),
) -> io::Result<Scanned> {
    buffer.resize(BUFFER, 0);
    let mut result = Scanned { place, ..Scanned::default() };
    // Bytes of an unfinished line at the front of the buffer, and the file's position behind them.
    let mut kept = 0;
    let mut position = place.offset;
    loop {
        // A log that grows faster than it is read must not keep the reader for ever.
        let room = until.saturating_sub(position).min((BUFFER - kept) as u64) as usize;
        let read = match file.read_at(&mut buffer[kept..kept + room], position) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        position += read as u64;
        let filled = kept + read;
        let base = position - filled as u64;
        let mut start = 0;
        if result.place.skipping {
            match memchr(b'\n', &buffer[..filled]) {
                Some(end) => {
                    start = end + 1;
                    result.place.skipping = false;
                }
                None => {
                    kept = 0;
                    continue;
                }
            }
        }
        let whole = match memrchr(b'\n', &buffer[start..filled]) {
            Some(newline) => start + newline + 1,
            None if filled - start < BUFFER => start,
            None => {
                // NULs as far as one can see are a hole that a cut log left, not the head of a line.
                result.place.skipping = buffer.iter().any(|b| *b != 0);
                filled
            }
        };
        if whole > start {
            let region = &buffer[start..whole];
            let noticed = grammar.scan(region, stamps, &mut |hit| {
                let end = base + (start + hit.end) as u64;
                each(hit, end);
            });
            result.last = result.last.max(noticed.last);
            result.odd += noticed.odd;
        }
        buffer.copy_within(whole..filled, 0);
        kept = filled - whole;
    }
    result.place.offset = position - kept as u64;
    Ok(result)
}
