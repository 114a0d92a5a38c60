//! Which member of an archive holds what: enough to read one file without the rest.
//!
//! It is one line of text: where the first member begins, and of each its bytes, the bytes that it unpacks to, what of the
//! stream it is, and the first entry in it by its place in the manifest.
//!
//! ```text
//! # members 8192 w3110,1048064,0 f1048701,1049600,412 n1048690,1048576 l2210,9216
//! ```

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use flate2::{Decompress, FlushDecompress};

use super::gzip::{HEAD, Head, LARGEST, Part, Unpacker};
use super::manifest::Manifest;
use super::pack::beside;
use super::segments::{Content, Segment};
use super::stream::{Next, padding, read_head};
use super::tree::{Entry, TreePath};
use super::unpack::damaged;
use crate::error::{Error, ErrorKind, Result};

/// What the line begins with.
const LINE: &str = "# members ";
/// The head of an entry takes no more than this: blocks for its times, and a name of some thousand bytes.
const LONGEST_HEAD: usize = 8 * 1024;
/// What is read of a member to unpack that much of it.
const ENOUGH: usize = LONGEST_HEAD + 1024;

/// Which member of an archive holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    begin: u64,
    all: Vec<Member>,
    /// Those of large files, by the file.
    firsts: BTreeMap<usize, usize>,
    /// Those of small files, in their order.
    wholes: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    packed: u64,
    content: usize,
    part: Part,
    /// The first entry in it, by its place in the manifest; `None` where it has none.
    first: Option<usize>,
}

/// Where one file lies: the members that hold it, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lies {
    from: usize,
    count: usize,
}

const LETTERS: [(Part, char); 4] =
    [(Part::Whole, 'w'), (Part::First, 'f'), (Part::Next, 'n'), (Part::Last, 'l')];

impl Members {
    /// Reads which members hold what: of each no more than its beginning.
    ///
    /// # Errors
    /// `Damaged` where one is not as it was written.
    pub fn of(file: &File, body: &[Segment], manifest: &Manifest) -> Result<Self> {
        let mut all = Vec::with_capacity(body.len());
        let (mut raw, mut content) = (Vec::new(), vec![0; LONGEST_HEAD]);
        for segment in body {
            let Content::Member(length, part) = segment.what else {
                return Err(damaged("there is padding between its members"));
            };
            let first = match part {
                Part::Whole | Part::First => {
                    raw.resize(segment.packed.min(ENOUGH), 0);
                    file.read_exact_at(&mut raw, segment.offset).map_err(|error| {
                        Error::new(ErrorKind::System, "the archive cannot be read").because(error)
                    })?;
                    first_entry(&raw, &mut content, manifest)?
                }
                Part::Next | Part::Last => None,
            };
            all.push(Member { packed: segment.packed as u64, content: length, part, first });
        }
        Ok(Self::new(body.first().map_or(0, |segment| segment.offset), all))
    }

    fn new(begin: u64, all: Vec<Member>) -> Self {
        let of = |part: Part| all.iter().enumerate().filter(move |(_, one)| one.part == part);
        let firsts = of(Part::First).filter_map(|(at, one)| Some((one.first?, at))).collect();
        // The last one may be nothing but the end of the stream.
        let wholes = of(Part::Whole).filter(|(_, one)| one.first.is_some()).map(|(at, _)| at).collect();
        Self { begin, all, firsts, wholes }
    }

    /// The line, with its end.
    pub fn line(&self) -> String {
        let mut line = format!("{LINE}{}", self.begin);
        for member in &self.all {
            let letter =
                LETTERS.iter().find(|(part, _)| *part == member.part).map_or('w', |(_, letter)| *letter);
            let _ = write!(line, " {letter}{},{}", member.packed, member.content);
            if let Some(first) = member.first {
                let _ = write!(line, ",{first}");
            }
        }
        line.push('\n');
        line
    }

    /// Takes the line off the end of `text`; `None` where there is none, or it says nothing.
    pub fn split_off(text: &mut Vec<u8>) -> Option<Self> {
        let end = text.strip_suffix(b"\n")?.len();
        let begin = memchr::memrchr(b'\n', &text[..end])? + 1;
        let line = std::str::from_utf8(&text[begin..end]).ok()?.strip_prefix(LINE)?;
        let mut words = line.split(' ');
        let first = words.next()?.parse();
        let all: Option<Vec<Member>> = words.map(member).collect();
        text.truncate(begin);
        Some(Self::new(first.ok()?, all?))
    }

    /// Where the file `entry` of the archive's own `manifest` lies.
    pub fn find(&self, entry: usize, manifest: &Manifest) -> Option<Lies> {
        if let Some(from) = self.firsts.get(&entry) {
            let last = self.all[*from..].iter().position(|one| one.part == Part::Last)?;
            return Some(Lies { from: *from, count: last + 1 });
        }
        // Small files are in the order in which they are packed, large ones between them in theirs.
        let wanted = named(manifest, entry)?;
        let is_before = |index: &usize| {
            let first = self.all[*index].first.and_then(|first| named(manifest, first));
            first.is_some_and(|first| beside(first, wanted) != Ordering::Greater)
        };
        let before = self.wholes.partition_point(is_before);
        let from = before.checked_sub(1).and_then(|at| self.wholes.get(at))?;
        Some(Lies { from: *from, count: 1 })
    }

    /// Gives the content of a file piece by piece, each with where it begins; `read` gives stretches of the archive.
    ///
    /// # Errors
    /// `Damaged` where something else lies there; those of the two.
    pub fn unpack(
        &self,
        lies: Lies,
        entry: &Entry,
        read: &mut dyn FnMut(Range<u64>) -> Result<Vec<u8>>,
        take: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let size = entry.file().map_or(0, |file| file.size);
        let mut done = 0;
        let mut begin = self.begin + self.all[..lies.from].iter().map(|member| member.packed).sum::<u64>();
        for at in lies.from..lies.from + lies.count {
            let stretch = begin..begin + self.all[at].packed;
            begin = stretch.end;
            let content = content_of(self.all[at], stretch, read)?;
            let mut content = &content[..];
            if at == lies.from {
                content = behind_head(content, entry, self.all[at].part)?;
            }
            let length = content.len().min(usize::try_from(size - done).unwrap_or(usize::MAX));
            take(done, &content[..length])?;
            done += length as u64;
        }
        if done == size { Ok(()) } else { Err(damaged(format!("{} is cut short", entry.path))) }
    }
}

/// What a member unpacks to that lies in this stretch of the archive.
fn content_of(
    member: Member,
    stretch: Range<u64>,
    read: &mut dyn FnMut(Range<u64>) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let begin = stretch.start;
    let raw = read(stretch)?;
    let known = Head::Member { packed: raw.len(), content: member.content, part: member.part };
    if Head::read(&raw) != known {
        return Err(damaged(format!("something else than a member begins at byte {begin}")));
    }
    let mut content = Vec::new();
    Unpacker::default()
        .unpack(&raw, member.content, &mut content)
        .map_err(|wrong| damaged(format!("the member at byte {begin} {wrong}")))?;
    Ok(content)
}

/// What follows the head of `entry` in the content of its first member.
fn behind_head<'a>(mut content: &'a [u8], entry: &Entry, part: Part) -> Result<&'a [u8]> {
    let missing = || damaged(format!("{} is not where its list says", entry.path));
    loop {
        let Next::Entry(head, taken) = read_head(content).map_err(damaged)? else { return Err(missing()) };
        content = &content[taken..];
        let size = head.size.unwrap_or(0);
        if head.path == entry.path {
            return if Some(size) == entry.file().map(|file| file.size) {
                Ok(content)
            } else {
                Err(missing())
            };
        }
        let passed = usize::try_from(size).ok().and_then(|size| size.checked_add(padding(size as u64)));
        content = passed
            .filter(|_| part == Part::Whole)
            .and_then(|passed| content.get(passed..))
            .ok_or_else(missing)?;
    }
}

fn named(manifest: &Manifest, entry: usize) -> Option<(&TreePath, bool)> {
    manifest.entries.get(entry).map(|entry| (&entry.path, entry.file().is_some()))
}

fn member(word: &str) -> Option<Member> {
    let letter = word.chars().next()?;
    let (part, _) = LETTERS.iter().find(|(_, known)| *known == letter)?;
    let mut numbers = word[1..].split(',');
    let (packed, content) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    let first = numbers.next().map(str::parse).transpose().ok()?;
    // Nothing larger is a member, whoever wrote this.
    let sound = packed <= 2 * LARGEST as u64 && content <= LARGEST;
    sound.then_some(Member { packed, content, part: *part, first })
}

/// The first entry of a member, of which the beginning is here.
fn first_entry(raw: &[u8], content: &mut [u8], manifest: &Manifest) -> Result<Option<usize>> {
    let body = raw.get(HEAD..).ok_or_else(|| damaged("a member is cut short"))?;
    let mut unpacker = Decompress::new(false);
    unpacker
        .decompress(body, content, FlushDecompress::Sync)
        .map_err(|_| damaged("a member cannot be unpacked"))?;
    let there = usize::try_from(unpacker.total_out()).unwrap_or_default();
    match read_head(&content[..there]).map_err(damaged)? {
        Next::End => Ok(None),
        Next::Entry(head, _) => {
            let index = manifest.entries.binary_search_by(|entry| entry.path.cmp(&head.path));
            index.map(Some).map_err(|_| damaged(format!("{} is in it, and not in its manifest", head.path)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_none_is_left_and_one_that_lies_is_taken_off_and_not_believed() {
        let all = vec![
            Member { packed: 3110, content: 1_048_064, part: Part::Whole, first: Some(0) },
            Member { packed: 70, content: 1_024, part: Part::Whole, first: None },
        ];
        let members = Members::new(8_192, all);
        assert_eq!(members.line(), "# members 8192 w3110,1048064,0 w70,1024\n");
        let mut text = format!("the list\n{}", members.line()).into_bytes();
        assert_eq!(Members::split_off(&mut text), Some(members));
        assert_eq!(text, b"the list\n");
        assert_eq!(Members::split_off(&mut text), None);
        assert_eq!(text, b"the list\n");
        for lie in ["x1,1", "w1", "w1,99999999999", "w99999999999,1", "w-1,1", ""] {
            let mut text = format!("the list\n# members 1 {lie}\n").into_bytes();
            assert_eq!(Members::split_off(&mut text), None, "{lie}");
            assert_eq!(text, b"the list\n", "{lie}");
        }
    }
}
