//! The manifest read back: strictly, since everything else is held against it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::Manifest;
use super::text::created;
use crate::backup::assembly::hash;
use crate::backup::hash_text::unhex;
use crate::backup::id::ArchiveId;
use crate::backup::tree::{Entry, FileEntry, FileTime, Flaw, FlawKind, TreePath, What};
use crate::backup::walk::{folded, may_have_twin};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};

/// More entries than this are no ecosystem.
const MOST: usize = 5_000_000;

impl Manifest {
    /// Reads the text that [`Manifest::to_text`] writes, or wrote in its first version, and accepts no other.
    ///
    /// # Errors
    /// `Damaged`, with the line.
    pub fn parse(text: &[u8]) -> Result<Self> {
        Reader { text, rest: text, line: 0, folders: Vec::new(), holder: None }.manifest()
    }
}

struct Reader<'a> {
    text: &'a [u8],
    rest: &'a [u8],
    line: usize,
    /// The folders on the way to the last entry, as places in the list.
    folders: Vec<usize>,
    /// The archive that holds the last file that another one holds: mostly that of the next one too.
    holder: Option<(&'a [u8], ArchiveId)>,
}

impl<'a> Reader<'a> {
    fn manifest(mut self) -> Result<Manifest> {
        // The first version did not prove itself.
        let seals_itself = self.head("# caretaker manifest ", |version| match version {
            b"1" => Some(false),
            b"2" => Some(true),
            _ => None,
        })?;
        let id = self.head("# id ", archive)?;
        let parent =
            self.head("# parent ", |text| if text == b"-" { Some(None) } else { archive(text).map(Some) })?;
        let begun = self.head("# created ", |text| {
            let at = chrono::DateTime::parse_from_rfc3339(std::str::from_utf8(text).ok()?).ok()?;
            let at = Instant::from(at);
            (created(at).as_bytes() == text).then_some(at)
        })?;
        let root = self.head("# root ", |text| Some(PathBuf::from(OsString::from_vec(unescape(text)?))))?;
        let tops: usize = self.head("# tops ", count)?;
        let tops = (0..tops).map(|_| self.head("# top ", path)).collect::<Result<_>>()?;
        let mut manifest = Manifest {
            id,
            parent,
            created: begun,
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
                    let before = self.text.len() - self.rest.len() - line.len() - 1;
                    let end = rest.strip_prefix(b"nd ");
                    let sound = if seals_itself {
                        let mut fields = Fields(end.unwrap_or_default());
                        fields.next().and_then(count) == Some(lines)
                            && unhex(fields.0) == Some(hash(&self.text[..before]))
                    } else {
                        end.and_then(count) == Some(lines)
                    };
                    if !sound || !self.rest.is_empty() {
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
                    let entry = self.file_elsewhere(rest).ok_or_else(|| self.wrong())?;
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

    fn file_elsewhere(&mut self, line: &'a [u8]) -> Option<Entry> {
        let mut fields = Fields(line);
        let (mode, mtime, mut file) = fields.file()?;
        file.size = number(fields.next()?)?;
        let name = fields.next()?;
        let holder = match self.holder {
            Some((known, holder)) if known == name => holder,
            _ => archive(name)?,
        };
        self.holder = Some((name, holder));
        file.held = Some(holder);
        file.hash = unhex(fields.next()?)?;
        Some(Entry { path: path(fields.0)?, mode, mtime, what: What::File(file) })
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

/// The fields of a line, each followed by a space; what is left is the last one.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let space = memchr::memchr(b' ', self.0)?;
        let (field, rest) = self.0.split_at(space);
        self.0 = &rest[1..];
        Some(field)
    }

    /// Permissions, times and inode of a file.
    fn file(&mut self) -> Option<(u32, FileTime, FileEntry)> {
        let (mode, mtime, ctime) = (mode(self.next()?)?, time(self.next()?)?, time(self.next()?)?);
        let inode = number(self.next()?)?;
        Some((mode, mtime, FileEntry { size: 0, hash: [0; 32], ctime, inode, held: None }))
    }
}

fn folder(line: &[u8]) -> Option<Entry> {
    let mut fields = Fields(line);
    let (mode, mtime) = (mode(fields.next()?)?, time(fields.next()?)?);
    Some(Entry { path: path(fields.0)?, mode, mtime, what: What::Folder })
}

fn file_here(line: &[u8], sum: &[u8]) -> Option<Entry> {
    let mut fields = Fields(line);
    let (mode, mtime, mut file) = fields.file()?;
    file.size = number(fields.0)?;
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

fn flaw(line: &[u8]) -> Option<Flaw> {
    let mut fields = Fields(line);
    let word = fields.next()?;
    let kind = FlawKind::ALL.into_iter().find(|kind| kind.word().as_bytes() == word)?;
    Some(Flaw { path: path(fields.0)?, kind })
}

fn archive(text: &[u8]) -> Option<ArchiveId> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A number in decimal digits; a sign or a zero before them would be another spelling of the same.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 1 && text[0] == b'0' {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(*byte, 10)?))
}

fn count(text: &[u8]) -> Option<usize> {
    usize::try_from(number(text)?).ok()
}

fn mode(text: &[u8]) -> Option<u32> {
    if !(1..=4).contains(&text.len()) || text.len() > 1 && text[0] == b'0' {
        return None;
    }
    let mode = text.iter().try_fold(0, |mode, byte| Some(mode * 8 + digit(*byte, 8)?))?;
    u32::try_from(mode).ok()
}

fn time(text: &[u8]) -> Option<FileTime> {
    let (whole, nanos) = text.split_at_checked(text.len().checked_sub(10)?)?;
    let nanos = nanos.strip_prefix(b".")?;
    let nanos = nanos.iter().try_fold(0, |nanos, byte| Some(nanos * 10 + digit(*byte, 10)?))?;
    let seconds = match whole.strip_prefix(b"-") {
        None => i64::try_from(number(whole)?).ok()?,
        Some(before) => 0_i64.checked_sub_unsigned(number(before).filter(|seconds| *seconds > 0)?)?,
    };
    Some(FileTime { seconds, nanos: u32::try_from(nanos).ok()? })
}

fn digit(byte: u8, radix: u8) -> Option<u64> {
    let digit = byte.wrapping_sub(b'0');
    (digit < radix).then_some(u64::from(digit))
}

fn path(text: &[u8]) -> Option<TreePath> {
    TreePath::from_vec(unescape(text)?).ok()
}

/// A name as it was before it was written into one line; `None` where it has another spelling.
pub(in crate::backup) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
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
    fn a_list_that_is_written_by_several_hands_is_one_list() {
        let mut manifest = sample();
        let old = manifest.find(&TreePath::new(b"data/old").unwrap()).unwrap().clone();
        manifest.entries.extend((0..9_001).map(|number| {
            let path = TreePath::new(format!("data/z{number:05}").as_bytes()).unwrap();
            Entry { path, ..old.clone() }
        }));
        manifest.entries.sort_by(|one, two| one.path.cmp(&two.path));
        assert!(Manifest::parse(&manifest.to_text()).unwrap() == manifest);
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

    /// The text with the proof that belongs to it.
    fn sealed(text: &str) -> Vec<u8> {
        let (before, _) = text.rsplit_once("# end ").unwrap();
        let lines = before.lines().filter(|line| line.starts_with('#') && !line.starts_with("# ")).count();
        format!("{before}# end {lines} {}\n", crate::backup::hash_text::hex(&hash(before.as_bytes()))).into()
    }

    #[test]
    fn the_first_version_is_still_read() {
        let text = String::from_utf8_lossy(&sample().to_text()).replacen("manifest 2", "manifest 1", 1);
        let (before, _) = text.rsplit_once("# end ").unwrap();
        let first = |end: &str| Manifest::parse(format!("{before}# end {end}\n").as_bytes());
        // Its names are not all of one encoding: what cannot be shown became another character.
        assert_eq!(first("8").unwrap().entries.len(), sample().entries.len());
        assert!(first("7").is_err() && first("08").is_err());
        assert!(Manifest::parse(text.as_bytes()).is_err(), "the proof of the second version is none of its");
    }

    #[test]
    fn another_spelling_of_the_same_number_is_damage() {
        let text = String::from_utf8_lossy(&sample().to_text()).into_owned();
        for (good, bad) in [
            ("#f 640 ", "#f 0640 "),
            (" 12\n", " 012\n"),
            (" 12\n", " +12\n"),
            (" -5.", " -05."),
            (" 9.999999999", " 09.999999999"),
            ("# tops 2", "# tops 02"),
            ("T05:00:00Z", "t05:00:00Z"),
            ("05:00:00Z", "06:00:00+01:00"),
            (&u64::MAX.to_string(), "18446744073709551616"),
        ] {
            assert!(text.contains(good), "{good}");
            assert!(Manifest::parse(&sealed(&text)).is_ok());
            assert!(Manifest::parse(&sealed(&text.replacen(good, bad, 1))).is_err(), "{good}");
        }
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
