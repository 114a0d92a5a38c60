//! The manifest read back: strictly, since everything else is held against it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Manifest;
use crate::backup::hash_text::unhex;
use crate::backup::tree::{Entry, FileEntry, FileTime, Flaw, FlawKind, TreePath, What};
use crate::backup::walk::{folded, may_have_twin};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};

/// More entries than this are no ecosystem.
const MOST: usize = 5_000_000;

impl Manifest {
    /// Reads the text that [`Manifest::to_text`] writes, and accepts no other.
    ///
    /// # Errors
    /// `Damaged`, with the line.
    pub fn parse(text: &[u8]) -> Result<Self> {
        Reader { rest: text, line: 0, folders: Vec::new() }.manifest()
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    line: usize,
    /// The folders on the way to the last entry, as places in the list.
    folders: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn manifest(mut self) -> Result<Manifest> {
        self.head("# caretaker manifest ", |version| (version == b"1").then_some(()))?;
        let id = self.head("# id ", parsed)?;
        let parent =
            self.head("# parent ", |text| if text == b"-" { Some(None) } else { parsed(text).map(Some) })?;
        let created = self.head("# created ", |text| {
            let at = chrono::DateTime::parse_from_rfc3339(std::str::from_utf8(text).ok()?).ok()?;
            Some(Instant::from(at))
        })?;
        let root = self.head("# root ", |text| Some(PathBuf::from(OsString::from_vec(unescape(text)?))))?;
        let tops: usize = self.head("# tops ", parsed)?;
        let tops = (0..tops).map(|_| self.head("# top ", path)).collect::<Result<_>>()?;
        let mut manifest = Manifest {
            id,
            parent,
            created,
            root,
            tops,
            entries: Vec::new(),
            gone: Vec::new(),
            flaws: Vec::new(),
        };
        let mut lines = 0_usize;
        loop {
            let line = self.next()?;
            let (sort, rest) = line.split_at_checked(3).ok_or_else(|| self.wrong())?;
            match sort {
                b"# e" => {
                    let end = rest.strip_prefix(b"nd ").and_then(parsed::<usize>);
                    if end != Some(lines) || !self.rest.is_empty() {
                        return Err(self.wrong());
                    }
                    break;
                }
                b"#d " => {
                    let entry = folder(rest).ok_or_else(|| self.wrong())?;
                    self.add(&mut manifest, entry)?;
                }
                b"#f " => {
                    let sum = self.next()?;
                    let entry = file_here(rest, sum).ok_or_else(|| self.wrong())?;
                    self.add(&mut manifest, entry)?;
                }
                b"#h " => {
                    let entry = file_elsewhere(rest).ok_or_else(|| self.wrong())?;
                    self.add(&mut manifest, entry)?;
                }
                b"#x " => manifest.gone.push(path(rest).ok_or_else(|| self.wrong())?),
                b"#! " => {
                    let flaw = flaw(rest).ok_or_else(|| self.wrong())?;
                    manifest.flaws.push(flaw);
                }
                _ => return Err(self.wrong()),
            }
            lines += 1;
            if lines > MOST {
                return Err(self.wrong());
            }
        }
        if !manifest.gone.is_sorted_by(|one, two| one < two) {
            return Err(self.wrong());
        }
        no_twins(&manifest.entries)?;
        Ok(manifest)
    }

    /// Entries are sorted, each in a folder that is listed before it, each in one of the tops.
    fn add(&mut self, manifest: &mut Manifest, entry: Entry) -> Result<()> {
        let sorted = manifest.entries.last().is_none_or(|last| last.path < entry.path);
        while self
            .folders
            .last()
            .is_some_and(|folder| !lies_in(&entry.path, manifest.entries[*folder].path.bytes()))
        {
            self.folders.pop();
        }
        let homed = match self.folders.last() {
            Some(folder) => {
                let bytes = entry.path.bytes();
                let below = &bytes[manifest.entries[*folder].path.bytes().len() + 1..];
                !below.contains(&b'/')
            }
            None => manifest.tops.contains(&entry.path) && entry.what == What::Folder,
        };
        if !sorted || !homed {
            return Err(self.wrong());
        }
        if entry.what == What::Folder {
            self.folders.push(manifest.entries.len());
        }
        manifest.entries.push(entry);
        Ok(())
    }

    fn head<T>(&mut self, word: &str, read: impl FnOnce(&'a [u8]) -> Option<T>) -> Result<T> {
        let line = self.next()?;
        line.strip_prefix(word.as_bytes()).and_then(read).ok_or_else(|| self.wrong())
    }

    fn next(&mut self) -> Result<&'a [u8]> {
        self.line += 1;
        let end = memchr::memchr(b'\n', self.rest).ok_or_else(|| self.wrong())?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        Ok(line)
    }

    fn wrong(&self) -> Error {
        Error::new(ErrorKind::Damaged, format!("the manifest is damaged in line {}", self.line))
    }
}

fn lies_in(path: &TreePath, folder: &[u8]) -> bool {
    path.bytes().strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// Two names that a file system without case, or with other Unicode, takes for one would overwrite each other.
fn no_twins(entries: &[Entry]) -> Result<()> {
    if !entries.iter().any(|entry| may_have_twin(entry.path.bytes())) {
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries {
        if !seen.insert(folded(entry.path.bytes())) {
            let what = format!("the manifest lists {} twice but for its case", entry.path);
            return Err(Error::new(ErrorKind::Damaged, what));
        }
    }
    Ok(())
}

fn folder(rest: &[u8]) -> Option<Entry> {
    let mut fields = rest.splitn(3, |byte| *byte == b' ');
    let (mode, mtime) = (mode(fields.next()?)?, time(fields.next()?)?);
    Some(Entry { path: path(fields.next()?)?, mode, mtime, what: What::Folder })
}

fn file_here(rest: &[u8], sum: &[u8]) -> Option<Entry> {
    let mut fields = rest.splitn(6, |byte| *byte == b' ');
    let (mode, mtime, mut file) = file(&mut fields)?;
    if fields.next().is_some() {
        return None;
    }
    let (escaped, sum) = sum.strip_prefix(b"\\").map_or((false, sum), |sum| (true, sum));
    let (hex, name) = sum.split_at_checked(64)?;
    let name = name.strip_prefix(b"  ")?;
    // One spelling only: escaped where it must be, and nowhere else.
    if escaped != name.contains(&b'\\') {
        return None;
    }
    file.hash = unhex(hex)?;
    Some(Entry { path: path(name)?, mode, mtime, what: What::File(file) })
}

fn file_elsewhere(rest: &[u8]) -> Option<Entry> {
    let mut fields = rest.splitn(8, |byte| *byte == b' ');
    let (mode, mtime, mut file) = file(&mut fields)?;
    file.held = Some(parsed(fields.next()?)?);
    file.hash = unhex(fields.next()?)?;
    Some(Entry { path: path(fields.next()?)?, mode, mtime, what: What::File(file) })
}

fn file<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<(u32, FileTime, FileEntry)> {
    let (mode, mtime, ctime) = (mode(fields.next()?)?, time(fields.next()?)?, time(fields.next()?)?);
    let (inode, size) = (parsed(fields.next()?)?, parsed(fields.next()?)?);
    Some((mode, mtime, FileEntry { size, hash: [0; 32], ctime, inode, held: None }))
}

fn flaw(rest: &[u8]) -> Option<Flaw> {
    let space = rest.iter().position(|byte| *byte == b' ')?;
    let kind = FlawKind::ALL.into_iter().find(|kind| kind.word().as_bytes() == &rest[..space])?;
    Some(Flaw { path: path(&rest[space + 1..])?, kind })
}

fn parsed<T: FromStr>(text: &[u8]) -> Option<T> {
    // A sign is another spelling of the same number.
    if text.starts_with(b"+") { None } else { std::str::from_utf8(text).ok()?.parse().ok() }
}

fn mode(text: &[u8]) -> Option<u32> {
    let mode = u32::from_str_radix(std::str::from_utf8(text).ok()?, 8).ok()?;
    (mode <= 0o7777 && !text.starts_with(b"+")).then_some(mode)
}

fn time(text: &[u8]) -> Option<FileTime> {
    let point = text.iter().position(|byte| *byte == b'.')?;
    let (seconds, nanos) = (&text[..point], &text[point + 1..]);
    (nanos.len() == 9).then_some(())?;
    Some(FileTime { seconds: parsed(seconds)?, nanos: parsed(nanos)? })
}

fn path(text: &[u8]) -> Option<TreePath> {
    TreePath::new(&unescape(text)?).ok()
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    if !text.contains(&b'\\') {
        return (!text.contains(&b'\r')).then(|| text.to_vec());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\r' => return None,
            b'\\' => match rest.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            byte => *byte,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    fn entry(path: &[u8], what: What) -> Entry {
        let mtime = FileTime { seconds: -5, nanos: 7 };
        Entry { path: TreePath::new(path).unwrap(), mode: 0o640, mtime, what }
    }

    fn sample() -> Manifest {
        let file = |held: Option<&str>| {
            What::File(FileEntry {
                size: 12,
                hash: [0xab; 32],
                ctime: FileTime { seconds: 9, nanos: 999_999_999 },
                inode: u64::MAX,
                held: held.map(|id| id.parse().unwrap()),
            })
        };
        let mut entries = vec![
            entry(b"config", What::Folder),
            entry(b"data", What::Folder),
            entry(b"data/a b.json", file(None)),
            entry(b"data/new\nline\\ \r", file(None)),
            entry(b"data/old", file(Some("weekly-20251214-200000"))),
            entry(b"data/\xff\xfe", file(None)),
        ];
        entries.sort_by(|one, two| one.path.cmp(&two.path));
        Manifest {
            id: "daily-20251215-060000".parse().unwrap(),
            parent: Some("weekly-20251214-200000".parse().unwrap()),
            created: Utc.with_ymd_and_hms(2025, 12, 15, 5, 0, 0).unwrap(),
            root: "/Users/me/eco system".into(),
            tops: vec![TreePath::new(b"data").unwrap(), TreePath::new(b"config").unwrap()],
            entries,
            gone: vec![TreePath::new(b"data/gone").unwrap()],
            flaws: vec![Flaw { path: TreePath::new(b"data/x").unwrap(), kind: FlawKind::Unstable }],
        }
    }

    #[test]
    fn what_is_written_is_read_and_written_again_the_same() {
        let manifest = sample();
        let text = manifest.to_text();
        assert_eq!(Manifest::parse(&text).unwrap(), manifest);
        assert_eq!(manifest.needs().len(), 1);
        assert_eq!(manifest.totals(), (4, 48));
        assert_eq!(manifest.totals_here(), (3, 36));
    }

    #[test]
    fn a_line_more_or_fewer_or_another_order_is_damage() {
        let text = sample().to_text();
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        for drop in 0..lines.len() {
            let without = [&lines[..drop], &lines[drop + 1..]].concat().concat();
            assert!(Manifest::parse(&without).is_err(), "without line {drop}");
            let twice = [&lines[..=drop], &lines[drop..]].concat().concat();
            assert!(Manifest::parse(&twice).is_err(), "line {drop} twice");
        }
        assert!(Manifest::parse(&[&text[..], b"# more\n"].concat()).is_err());
        assert!(Manifest::parse(&text[..text.len() - 1]).is_err());
    }

    #[test]
    fn twins_that_differ_in_case_only_are_refused() {
        let mut manifest = sample();
        let mut twin = manifest.find(&TreePath::new(b"data/old").unwrap()).unwrap().clone();
        twin.path = TreePath::new(b"data/OLD").unwrap();
        manifest.entries.push(twin);
        manifest.entries.sort_by(|one, two| one.path.cmp(&two.path));
        assert!(Manifest::parse(&manifest.to_text()).is_err());
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_never_panic_and_what_is_accepted_has_one_spelling(
            at in 0..2_000_usize, byte: u8
        ) {
            let mut text = sample().to_text();
            let at = at % text.len();
            text[at] = byte;
            if let Ok(manifest) = Manifest::parse(&text) {
                prop_assert_eq!(manifest.to_text(), text);
            }
        }
    }
}
