//! How an archive is laid out: the members of the manifest, padding, and the members of everything else.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::gzip::{self, Head, Part};

/// More members than this are no archive of ours.
const MOST: usize = 10_000_000;

/// A stretch of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it begins.
    pub offset: u64,
    /// Bytes.
    pub packed: usize,
    /// What it is.
    pub what: Content,
}

/// What a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A member: bytes that it unpacks to, and which part of the stream.
    Member(usize, Part),
    /// Nothing.
    Padding,
}

/// Whose archive it is.
#[derive(Debug)]
pub enum Layout {
    /// Ours.
    Ours(Vec<Segment>),
    /// One that another program wrote.
    Foreign,
}

/// Goes from head to head through `length` bytes of an archive.
///
/// # Errors
/// What is wrong with it, in words; with an error of the system the words say so.
pub fn segments(file: &File, length: u64) -> Result<Layout, String> {
    let mut all = Vec::new();
    let mut offset = 0;
    let mut head = [0; gzip::HEAD];
    while offset < length {
        let there = usize::try_from(length - offset).unwrap_or(usize::MAX).min(head.len());
        file.read_exact_at(&mut head[..there], offset)
            .map_err(|error| format!("it cannot be read: {error}"))?;
        let (packed, what) = match Head::read(&head[..there]) {
            Head::Foreign if all.is_empty() => return Ok(Layout::Foreign),
            Head::Foreign => {
                return Err(format!("something else than a member of ours begins at byte {offset}"));
            }
            Head::Member { packed, content, part } => (packed, Content::Member(content, part)),
            Head::Padding(packed) => (packed, Content::Padding),
        };
        if packed as u64 > length - offset {
            return Err("it is cut short".into());
        }
        all.push(Segment { offset, packed, what });
        offset += packed as u64;
        if all.len() > MOST {
            return Err("it has too many members".into());
        }
    }
    if all.is_empty() { Err("it is empty".into()) } else { Ok(Layout::Ours(all)) }
}

/// The file that a member is a piece of, and which piece; `None` where it holds whole entries.
pub type Place = Option<(usize, usize)>;

/// Pieces of one entry belong together: for each segment, the group it belongs to and its place in it.
///
/// # Errors
/// When pieces stand alone, in words.
pub fn groups(segments: &[Segment]) -> Result<(Vec<Place>, usize), String> {
    let (mut places, mut count) = (Vec::with_capacity(segments.len()), 0_usize);
    let mut open: Option<usize> = None;
    for segment in segments {
        let Content::Member(_, part) = segment.what else {
            return Err("there is padding between its members".into());
        };
        places.push(match (part, open) {
            (Part::Whole, None) => None,
            (Part::First, None) => {
                count += 1;
                open = Some(0);
                Some((count - 1, 0))
            }
            (Part::Next | Part::Last, Some(before)) => {
                open = (part == Part::Next).then_some(before + 1);
                Some((count - 1, before + 1))
            }
            _ => return Err("pieces of a file are missing or too many".into()),
        });
    }
    if open.is_some() { Err("the last piece of a file is missing".into()) } else { Ok((places, count)) }
}
