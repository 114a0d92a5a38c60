//! What a tree holds: relative paths, and an entry for each folder and file.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::id::ArchiveId;

/// No file system of ours takes a longer name.
const LONGEST_NAME: usize = 255;
/// Nor a longer path.
const LONGEST_PATH: usize = 4_096;
/// What is nested deeper was made to hurt.
const DEEPEST: usize = 200;

/// A path below the ecosystem's root: relative, without `.` and `..`, any bytes but NUL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TreePath(Box<[u8]>);

impl TreePath {
    /// Takes bytes for a path.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(bytes: &[u8]) -> Result<Self, &'static str> {
        Self::check(bytes)?;
        Ok(Self(bytes.into()))
    }

    /// The same of bytes that are one's own.
    ///
    /// # Errors
    /// As [`TreePath::new`].
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self, &'static str> {
        Self::check(&bytes)?;
        Ok(Self(bytes.into_boxed_slice()))
    }

    fn check(bytes: &[u8]) -> Result<(), &'static str> {
        if bytes.is_empty() {
            return Err("has no name");
        }
        if bytes[0] == b'/' {
            return Err("is absolute");
        }
        if bytes.len() > LONGEST_PATH {
            return Err("is too long");
        }
        let (mut depth, mut begin) = (0, 0);
        for end in memchr::memchr_iter(b'/', bytes).chain([bytes.len()]) {
            depth += 1;
            Self::check_name(&bytes[begin..end])?;
            begin = end + 1;
        }
        if depth > DEEPEST {
            return Err("is nested too deep");
        }
        Ok(())
    }

    fn check_name(name: &[u8]) -> Result<(), &'static str> {
        match name {
            b"" => Err("has an empty part"),
            b"." | b".." => Err("leads elsewhere"),
            name if name.len() > LONGEST_NAME => Err("has a name that is too long"),
            name if memchr::memchr(0, name).is_some() => Err("has a NUL in it"),
            _ => Ok(()),
        }
    }

    /// The path of `name` in this folder.
    ///
    /// # Errors
    /// As [`TreePath::new`].
    pub fn join(&self, name: &[u8]) -> Result<Self, &'static str> {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        bytes.push(b'/');
        bytes.extend_from_slice(name);
        Self::from_vec(bytes)
    }

    /// As it is.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As a path for the system.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The folder it lies in; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        let slash = self.0.iter().rposition(|byte| *byte == b'/')?;
        Some(Self(self.0[..slash].into()))
    }

    /// Whether it is `folder`, or lies in it.
    pub fn is_within(&self, folder: &Self) -> bool {
        self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }
}

/// A folder comes before what is in it, and what is in it before its next sibling.
impl Ord for TreePath {
    fn cmp(&self, other: &Self) -> Ordering {
        let differ = mismatch(&self.0, &other.0);
        match differ {
            None => self.0.len().cmp(&other.0.len()),
            Some(at) => match (self.0[at], other.0[at]) {
                (b'/', _) => Ordering::Less,
                (_, b'/') => Ordering::Greater,
                (one, two) => one.cmp(&two),
            },
        }
    }
}

/// The first place where two texts differ; eight bytes at a time, since paths begin alike.
fn mismatch(one: &[u8], two: &[u8]) -> Option<usize> {
    let most = one.len().min(two.len());
    let word = |bytes: &[u8], at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
    let mut at = 0;
    while at + 8 <= most {
        let differ = word(one, at) ^ word(two, at);
        if differ != 0 {
            return Some(at + differ.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    (at..most).find(|at| one[*at] != two[*at])
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What would move the cursor or hide text is shown as what it is.
        for character in String::from_utf8_lossy(&self.0).chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// A time of a file system: seconds since 1970 and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileTime {
    /// Seconds; before 1970 negative.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: u32,
}

/// The SHA-256 of a file's content.
pub type Hash = [u8; 32];

/// One folder or file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: TreePath,
    /// Permission bits.
    pub mode: u32,
    /// When its content changed.
    pub mtime: FileTime,
    /// What it is.
    pub what: What,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A folder.
    Folder,
    /// A regular file.
    File(FileEntry),
}

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Bytes.
    pub size: u64,
    /// Of its content.
    pub hash: Hash,
    /// When its inode changed: with `inode`, what tells an unchanged file from one that pretends.
    pub ctime: FileTime,
    /// The file's number on its volume.
    pub inode: u64,
    /// The archive that holds its content; `None` = the manifest's own.
    pub held: Option<ArchiveId>,
}

impl Entry {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&FileEntry> {
        match &self.what {
            What::Folder => None,
            What::File(file) => Some(file),
        }
    }
}

/// Something that was found wanting while a tree was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub path: TreePath,
    /// What it is about.
    pub kind: FlawKind,
}

/// What is wrong with a file, or why it was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlawKind {
    /// It changed each time it was read; what is in the archive may be a mixture.
    Unstable,
    /// Its JSON does not parse, however often it was read.
    BrokenJson,
    /// It was there when the tree was walked and gone when it was to be read.
    Vanished,
    /// It could not be read.
    Unreadable,
    /// A symbolic link: not followed, not kept.
    Link,
    /// A socket, FIFO or device: not kept.
    Special,
    /// A folder of another volume: not entered.
    OtherVolume,
    /// A name that cannot be kept.
    BadName,
    /// A database that could not be copied as a whole.
    Database,
}

impl FlawKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Unstable,
        Self::BrokenJson,
        Self::Vanished,
        Self::Unreadable,
        Self::Link,
        Self::Special,
        Self::OtherVolume,
        Self::BadName,
        Self::Database,
    ];

    /// The word in a manifest.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unstable => "unstable",
            Self::BrokenJson => "broken-json",
            Self::Vanished => "vanished",
            Self::Unreadable => "unreadable",
            Self::Link => "link",
            Self::Special => "special",
            Self::OtherVolume => "other-volume",
            Self::BadName => "bad-name",
            Self::Database => "database",
        }
    }

    /// The same for people.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Unstable => "changed each time it was read",
            Self::BrokenJson => "holds JSON that does not parse",
            Self::Vanished => "vanished before it was read",
            Self::Unreadable => "could not be read",
            Self::Link => "is a link, which is not followed",
            Self::Special => "is no regular file",
            Self::OtherVolume => "lies on another volume",
            Self::BadName => "has a name that cannot be kept",
            Self::Database => "is a database that could not be copied as a whole",
        }
    }

    /// Whether content that belongs to the tree is missing from the archive, or may be wrong in it.
    pub const fn is_a_loss(self) -> bool {
        matches!(self, Self::Unstable | Self::BrokenJson | Self::Unreadable | Self::Database | Self::BadName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_none() {
        for bad in [&b""[..], b"/a", b"a//b", b"a/", b"./a", b"a/..", b"..", b"a/\0", &[b'x'; 256]] {
            assert!(TreePath::new(bad).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
        assert!(TreePath::new("a/".repeat(200).as_bytes().strip_suffix(b"/").unwrap()).is_ok());
        assert!(TreePath::new("a/".repeat(201).as_bytes().strip_suffix(b"/").unwrap()).is_err());
        assert!(TreePath::new(b"data/\xff\n...").is_ok());
    }

    #[test]
    fn a_folder_is_followed_by_what_is_in_it() {
        let path = |text: &str| TreePath::new(text.as_bytes()).unwrap();
        let mut paths = ["a.b", "a/c", "a", "a-b", "a/b/d", "b", "a/b"].map(path);
        paths.sort();
        assert_eq!(paths, ["a", "a/b", "a/b/d", "a/c", "a-b", "a.b", "b"].map(path));
        assert!(path("a/b").is_within(&path("a")) && !path("ab").is_within(&path("a")));
    }

    #[test]
    fn what_is_shown_moves_no_cursor() {
        assert_eq!(TreePath::new(b"a\x1b[2J\n").unwrap().to_string(), "a\\u{1b}[2J\\n");
    }
}
