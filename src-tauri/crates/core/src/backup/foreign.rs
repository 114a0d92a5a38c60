//! Archives that other programs wrote: those of the manual's scripts, and ours when somebody packed them again.
//!
//! They are one stream of gzip, without checksums of single files: what can be proven is that every byte is as gzip wrote
//! it, and that nothing in it leads elsewhere. The manual's three layouts differ in what stands before `data` and `config`,
//! and in a date behind them.

mod ahead;
mod extract;
mod layout;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};
use tar::EntryType;

use self::ahead::Ahead;
pub use self::extract::extract;
pub use self::layout::{Layout, layout};
use super::assembly::hash;
use super::id::{ArchiveId, Kind};
use super::manifest::{MEMBER, Manifest};
use super::pack::PIECE;
use super::tree::{Entry, FileEntry, FileTime, Hash, TreePath, What};
use super::unpack::{Target, damaged};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// The folders that the manual's scripts keep.
const KEPT: [&[u8]; 2] = [b"data", b"config"];
/// What unpacks to more than this many times its size, and a bit, is a bomb.
const MOST_RATIO: u64 = 300;
const MOST_ANYWAY: u64 = 64 << 20;
/// More entries are no ecosystem.
const MOST_ENTRIES: usize = 5_000_000;
/// What an archive says that does not fit where it is unpacked to.
const NO_ROOM: &str = "there is too little room for what it holds";
/// A manifest in an archive that was packed again.
const LARGEST_MANIFEST: u64 = 96 << 20;

/// An archive of another program, read to its last byte.
pub struct Foreign {
    path: PathBuf,
    /// What it holds; hashes are those that were found.
    pub manifest: Manifest,
}

impl Foreign {
    /// Reads all of the archive at `path`, as one of the ecosystem in `root`.
    ///
    /// # Errors
    /// `Damaged` with what is wrong: a checksum, a link, a name that leads elsewhere, something after its end.
    pub fn open(path: &Path, root: &Path, progress: &dyn Progress) -> Result<Self> {
        let mut listing = Listing::default();
        let written =
            each(path, None, progress, |name, head, content| listing.add(name, head, content, &mut Nowhere))?;
        let manifest = Self::listed(listing, written, root)?;
        Ok(Self { path: path.to_owned(), manifest })
    }

    /// What an archive holds that was read to its end.
    fn listed(listing: Listing, written: Instant, root: &Path) -> Result<Manifest> {
        let Listing { entries, manifest, .. } = listing;
        if let Some(manifest) = manifest {
            let manifest = Manifest::parse(&manifest)?;
            same(&manifest, &entries)?;
            return Ok(manifest);
        }
        let tops: Vec<TreePath> = KEPT.iter().filter_map(|top| TreePath::new(top).ok()).collect();
        let tops: Vec<TreePath> =
            tops.into_iter().filter(|top| entries.keys().any(|path| path.is_within(top))).collect();
        if tops.is_empty() || !entries.values().any(|entry| entry.file().is_some()) {
            return Err(damaged("it holds neither data nor config of an ecosystem"));
        }
        let local = written.naive_utc();
        let manifest = Manifest {
            id: ArchiveId::new(Kind::Manual, local, 1),
            parent: None,
            created: chrono::SubsecRound::trunc_subsecs(written, 0),
            root: root.to_owned(),
            tops,
            entries: with_folders(entries),
            gone: Vec::new(),
            flaws: Vec::new(),
        };
        // The same strictness as for ours: no twins, everything in a folder.
        Manifest::parse(&manifest.to_text())
    }

    /// Reads it once more and gives what is wanted to `target`; each file must be the one that was found before.
    ///
    /// # Errors
    /// `Damaged` where it is another than it was; those of the target.
    pub fn unpack(&self, target: &dyn Target, progress: &dyn Progress) -> Result<()> {
        let changed = || damaged("it was changed while it was read").at(&self.path);
        let mut piece = vec![0; PIECE];
        each(&self.path, None, progress, |name, _, content| {
            let Some(path) = tree_path(name)? else { return Ok(()) };
            let Some(content) = content else { return Ok(()) };
            let entry = self.manifest.find(&path).ok_or_else(changed)?;
            let Some(file) = entry.file() else { return Err(changed()) };
            if file.held.is_some() || !target.wants(entry) {
                return io::copy(content, &mut io::sink()).map(|_| ()).map_err(unreadable);
            }
            if file.size <= PIECE as u64 {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes).map_err(unreadable)?;
                return if hash(&bytes) == file.hash { target.file(entry, &bytes) } else { Err(changed()) };
            }
            let (mut hasher, mut offset) = (Sha256::new(), 0);
            while let Some(length) = fill(content, &mut piece)? {
                hasher.update(&piece[..length]);
                target.piece(entry, offset, &piece[..length])?;
                offset += length as u64;
            }
            let found: Hash = hasher.finalize().into();
            if found == file.hash { target.whole(entry) } else { Err(changed()) }
        })
        .map(|_| ())
    }
}

/// What an archive lists, while it is read.
#[derive(Default)]
struct Listing {
    entries: BTreeMap<TreePath, Entry>,
    manifest: Option<Vec<u8>>,
    buffer: Vec<u8>,
}

impl Listing {
    /// Takes the next entry, and gives what is in it to `found` on the way.
    fn add<F: Found>(
        &mut self,
        name: &[u8],
        head: &Head,
        content: Option<&mut dyn Read>,
        found: &mut F,
    ) -> Result<()> {
        if name == MEMBER.as_bytes() && self.entries.is_empty() && self.manifest.is_none() {
            let mut text = Vec::new();
            if let Some(content) = content {
                content.take(LARGEST_MANIFEST).read_to_end(&mut text).map_err(unreadable)?;
            }
            self.manifest = Some(text);
            return Ok(());
        }
        let Some(path) = tree_path(name)? else { return Ok(()) };
        let what = match content {
            None => What::Folder,
            Some(content) => {
                if self.entries.contains_key(&path) {
                    return Err(damaged(format!("{path} is in it twice")));
                }
                self.buffer.resize(PIECE, 0);
                let mut file = found.begin(&path)?;
                let (mut hasher, mut size) = (Sha256::new(), 0);
                while let Some(length) = fill(content, &mut self.buffer)? {
                    let piece = &self.buffer[..length];
                    hasher.update(piece);
                    if let Some(file) = &mut file {
                        found.piece(file, piece)?;
                    }
                    size += length as u64;
                }
                if let Some(file) = file {
                    found.end(file, head)?;
                }
                let hash = hasher.finalize().into();
                What::File(FileEntry { size, hash, ctime: head.mtime, inode: 0, held: None })
            }
        };
        let entry = Entry { path: path.clone(), mode: head.mode, mtime: head.mtime, what };
        if self.entries.insert(path.clone(), entry).is_some() {
            return Err(damaged(format!("{path} is in it twice")));
        }
        if self.entries.len() > MOST_ENTRIES { Err(damaged("it has too many entries")) } else { Ok(()) }
    }
}

/// Takes the files of an archive while it is listed.
trait Found {
    /// A file that is being taken.
    type File;

    /// A file begins; `None` where it is not wanted.
    fn begin(&mut self, path: &TreePath) -> Result<Option<Self::File>>;

    /// The next piece of it.
    fn piece(&mut self, file: &mut Self::File, piece: &[u8]) -> Result<()>;

    /// It is whole.
    fn end(&mut self, file: Self::File, head: &Head) -> Result<()>;
}

/// Wants to know only what there is.
struct Nowhere;

impl Found for Nowhere {
    type File = std::convert::Infallible;

    fn begin(&mut self, _: &TreePath) -> Result<Option<Self::File>> {
        Ok(None)
    }
    fn piece(&mut self, file: &mut Self::File, _: &[u8]) -> Result<()> {
        match *file {}
    }
    fn end(&mut self, file: Self::File, _: &Head) -> Result<()> {
        match file {}
    }
}

/// Whether an archive begins with a manifest of ours.
fn written_by_us(path: &Path) -> Result<bool> {
    let (file, _) = fsio::open_regular(path)?;
    let mut archive = tar::Archive::new(Ahead::of(file));
    let mut entries = archive.entries().map_err(unreadable)?;
    let first = entries.next().and_then(io::Result::ok);
    Ok(first.is_some_and(|entry| *entry.path_bytes() == *MEMBER.as_bytes()))
}

/// What the head of an entry says.
struct Head {
    mode: u32,
    mtime: FileTime,
}

/// Gives every entry of an archive, in its order, and reads it to its last byte; gives when the file was written.
///
/// With `room` it ends where it unpacks to more bytes than that.
fn each(
    path: &Path,
    room: Option<u64>,
    progress: &dyn Progress,
    mut take: impl FnMut(&[u8], &Head, Option<&mut dyn Read>) -> Result<()>,
) -> Result<Instant> {
    let (file, metadata) = fsio::open_regular(path)?;
    let written =
        metadata.modified().map(Instant::from).map_err(|error| Error::io("look at", path, error))?;
    let most = metadata.len().saturating_mul(MOST_RATIO).saturating_add(MOST_ANYWAY);
    let total = metadata.len();
    let stream = Ahead::of(file);
    let packed = stream.counter();
    let left = most.min(room.unwrap_or(u64::MAX));
    let stream = Bounded { inner: stream, left, for_room: left < most };
    let at = |error: Error| if error.path.is_some() { error } else { error.at(path) };
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries().map_err(|error| at(unreadable(error)))? {
        progress.go_on()?;
        progress.bytes(packed.load(Ordering::Relaxed), total);
        let mut entry = entry.map_err(|error| at(unreadable(error)))?;
        let name = entry.path_bytes().into_owned();
        let sort = entry.header().entry_type();
        let shown = String::from_utf8_lossy(&name).into_owned();
        let head = (|| {
            let seconds = entry.header().mtime().ok().and_then(|at| i64::try_from(at).ok())?;
            let mode = entry.header().mode().ok()? & 0o777;
            Some(Head { mode, mtime: FileTime { seconds, nanos: 0 } })
        })();
        let head = head.ok_or_else(|| at(damaged(format!("the head of {shown:?} cannot be read"))))?;
        match sort {
            EntryType::Directory => {
                take(name.strip_suffix(b"/").unwrap_or(&name), &head, None).map_err(at)?;
            }
            EntryType::Regular => take(&name, &head, Some(&mut entry)).map_err(at)?,
            other => {
                return Err(at(damaged(format!("{shown:?} is no file and no folder ({other:?})"))));
            }
        }
    }
    let mut rest = Vec::new();
    archive.into_inner().take(1 << 20).read_to_end(&mut rest).map_err(|error| at(unreadable(error)))?;
    // The library has taken one empty block; a stream ends with two, and is filled up with more.
    if rest.len() < 512 || rest.len() == 1 << 20 || rest.iter().any(|byte| *byte != 0) {
        return Err(at(damaged("its end is missing, or something follows it")));
    }
    Ok(written)
}

/// The place of a member in the tree: behind whatever stands before `data` or `config`, and without the date behind those.
///
/// `None` for the folders before them, and for what macOS adds (`._name`).
fn tree_path(name: &[u8]) -> Result<Option<TreePath>> {
    let shown = || String::from_utf8_lossy(name).into_owned();
    let whole = TreePath::new(name).map_err(|wrong| damaged(format!("the name {:?} {wrong}", shown())))?;
    let parts: Vec<&[u8]> = whole.bytes().split(|byte| *byte == b'/').collect();
    if parts.last().is_some_and(|last| last.starts_with(b"._")) || parts == [MEMBER.as_bytes()] {
        return Ok(None);
    }
    let Some((at, top)) = parts.iter().enumerate().find_map(|(at, part)| Some((at, kept(part)?))) else {
        // A folder on the way to them.
        let before = parts.iter().any(|part| part.starts_with(b"ecosystem-") || *part == b"backups");
        return if before {
            Ok(None)
        } else {
            Err(damaged(format!("{:?} is neither data nor config", shown())))
        };
    };
    let mut path = top.to_vec();
    for part in &parts[at + 1..] {
        path.push(b'/');
        path.extend_from_slice(part);
    }
    TreePath::new(&path).map(Some).map_err(|wrong| damaged(format!("the name {:?} {wrong}", shown())))
}

/// `data`, `config`, or one of them with a date: `data-20251214`.
fn kept(part: &[u8]) -> Option<&'static [u8]> {
    KEPT.into_iter().find(|top| {
        part.strip_prefix(*top).is_some_and(|rest| {
            let date = rest.strip_prefix(b"-").unwrap_or(b"");
            rest.is_empty() || date.len() == 8 && date.iter().all(u8::is_ascii_digit)
        })
    })
}

/// Folders that an archive takes for granted are made as people make them.
fn with_folders(mut entries: BTreeMap<TreePath, Entry>) -> Vec<Entry> {
    let mut missing: BTreeMap<TreePath, Entry> = BTreeMap::new();
    for entry in entries.values() {
        let mut parent = entry.path.parent();
        while let Some(path) = parent {
            if entries.contains_key(&path) || missing.contains_key(&path) {
                break;
            }
            let folder = Entry { path: path.clone(), mode: 0o755, mtime: entry.mtime, what: What::Folder };
            parent = path.parent();
            missing.insert(path, folder);
        }
    }
    entries.append(&mut missing);
    entries.into_values().collect()
}

/// What was found is what its own manifest says that it holds.
fn same(manifest: &Manifest, found: &BTreeMap<TreePath, Entry>) -> Result<()> {
    let here = manifest.entries.iter().filter(|entry| entry.file().is_some_and(|file| file.held.is_none()));
    let mut files = 0;
    for entry in here {
        let known = entry.file().map(|file| (file.size, file.hash));
        let there = found.get(&entry.path).and_then(Entry::file).map(|file| (file.size, file.hash));
        if known != there {
            return Err(damaged(format!("{} is not what the manifest in it says", entry.path)));
        }
        files += 1;
    }
    let there = found.values().filter(|entry| entry.file().is_some()).count();
    if files == there { Ok(()) } else { Err(damaged("it holds more than the manifest in it says")) }
}

/// Fills `piece` as far as the content reaches; `None` at its end.
fn fill(content: &mut dyn Read, piece: &mut [u8]) -> Result<Option<usize>> {
    let mut length = 0;
    while length < piece.len() {
        match content.read(&mut piece[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok((length > 0).then_some(length))
}

fn unreadable(error: io::Error) -> Error {
    if error.to_string() == NO_ROOM {
        return Error::new(ErrorKind::System, NO_ROOM).hint("Make room, or name a folder on another volume.");
    }
    damaged(format!("it cannot be read to its end ({error})"))
}

/// Ends a stream that grows beyond all measure, or beyond the room there is.
struct Bounded {
    inner: Ahead,
    left: u64,
    for_room: bool,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(if self.for_room { NO_ROOM } else { "it unpacks to far too much" })
        })?;
        Ok(read)
    }
}
