//! From a tree to members of an archive: read, hashed and pressed in one pass, by all cores.

mod order;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::order::beside;
use self::order::by_sort;
use super::assembly::{Chain, hash, in_order};
use super::database::{self, Held};
use super::gzip::{Effort, Packer, Part};
use super::instant::{Copies, read_clone};
use super::roots::{Roots, Sort, Stat};
use super::steady::{self, Reading};
use super::stream::Scribe;
use super::tree::{FlawKind, Hash, TreePath};
use super::walk::Found;
use crate::error::Result;
use crate::progress::Progress;

/// Content of a member, about: small files are gathered up to it, large ones cut into pieces of it.
pub const PIECE: usize = 1 << 20;

/// Something to put into the archive.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What was found.
    pub found: Found,
    /// Size and hash that the parent has of it: the same content need not be kept twice.
    pub known: Option<(u64, Hash)>,
    /// Its place in the list of everything.
    pub entry: usize,
}

/// What came of one wanted thing.
#[derive(Debug)]
pub struct Kept {
    /// Which of the wanted ones.
    pub index: usize,
    /// As it was read; `None` where there was nothing to keep.
    pub read: Option<(Stat, Hash)>,
    /// Whether it is in the archive; not where the parent has the same content.
    pub here: bool,
    /// What is wrong with it.
    pub flaw: Option<FlawKind>,
}

/// What is done at once.
enum Job {
    /// Folders and small files: which of the wanted ones.
    Batch(Vec<usize>),
    /// A piece of a large file: which file, which piece.
    Piece(usize, usize),
}

/// A large file while it is read.
struct Large {
    index: usize,
    size: u64,
    pieces: usize,
    /// Open from the first piece to the last.
    opened: Mutex<Opened>,
    /// Keeps a database still, or is the copy that is read instead.
    held: Option<Mutex<Held>>,
    chain: Chain,
    flaw: Mutex<Option<FlawKind>>,
}

type Opened = Option<std::result::Result<Arc<(File, Stat)>, FlawKind>>;

/// Members of a job, ready to be written.
struct Packed {
    bytes: Vec<u8>,
    part: Part,
    kept: Vec<Kept>,
    read: u64,
}

/// Takes members in their order.
pub trait Sink {
    /// Appends members.
    ///
    /// # Errors
    /// When they cannot be written.
    fn append(&mut self, members: &[u8]) -> Result<()>;

    /// Bytes appended so far.
    fn length(&self) -> u64;

    /// Forgets everything after `length`.
    ///
    /// # Errors
    /// When it cannot be undone.
    fn back_to(&mut self, length: u64) -> Result<()>;
}

/// Where things are read and how.
pub struct Source<'a> {
    /// The folders.
    pub roots: &'a Roots,
    /// Where databases are copied to.
    pub scratch: &'a Path,
    /// How hard to press.
    pub effort: Effort,
    /// The clones that are read in place of the files.
    pub copies: Option<&'a Copies>,
}

/// Packs everything wanted into `sink`, and tells what came of each. What did not hold still and is large is not in it, and
/// is told as unstable and not here, so that it can be wanted again; with `last` it is kept as it was read.
///
/// # Errors
/// When the archive cannot be written, or a person cancelled.
pub fn pack(
    source: &Source<'_>,
    wanted: &[Wanted],
    last: bool,
    sink: &mut dyn Sink,
    tell: &mut dyn FnMut(Kept),
    progress: &dyn Progress,
) -> Result<()> {
    let (jobs, large) = source.divide(wanted);
    let total: u64 = wanted.iter().map(|one| one.found.stat.size).sum();
    let mut done = 0;
    let mut begun = sink.length();
    let worker = Worker { source, wanted, large: &large };
    in_order(
        &jobs,
        || Hand { scribe: Scribe::default(), packer: Packer::new(source.effort), buffer: Vec::new() },
        |hand, _, job| {
            progress.go_on().inspect_err(|_| large.iter().for_each(|one| one.chain.give_up()))?;
            worker.work(hand, job)
        },
        |_, packed: Packed| {
            if matches!(packed.part, Part::Whole | Part::First) {
                begun = sink.length();
            }
            sink.append(&packed.bytes)?;
            done += packed.read;
            progress.bytes(done, total);
            for mut kept in packed.kept {
                if packed.part == Part::Last && kept.flaw.is_some() && (!last || kept.read.is_none()) {
                    sink.back_to(begun)?;
                    kept.here = false;
                }
                tell(kept);
            }
            Ok(())
        },
    )
}

impl Source<'_> {
    fn divide(&self, wanted: &[Wanted]) -> (Vec<Job>, Vec<Large>) {
        let (mut jobs, mut large) = (Vec::new(), Vec::new());
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for index in by_sort(wanted) {
            let one = &wanted[index];
            let (size, is_file) = (one.found.stat.size, one.found.stat.sort() == Sort::File);
            if is_file && size > PIECE as u64 {
                let file = self.large(index, &one.found);
                jobs.extend((0..file.pieces).map(|piece| Job::Piece(large.len(), piece)));
                large.push(file);
                continue;
            }
            let takes = if is_file { size + 2_048 } else { 1_024 };
            if bytes + takes > PIECE as u64 + 4_096 && !batch.is_empty() {
                jobs.push(Job::Batch(std::mem::take(&mut batch)));
                bytes = 0;
            }
            batch.push(index);
            bytes += takes;
        }
        if !batch.is_empty() {
            jobs.push(Job::Batch(batch));
        }
        (jobs, large)
    }

    /// A database is held already here: its copy may have another length.
    fn large(&self, index: usize, found: &Found) -> Large {
        let (mut size, mut held, mut flaw) = (found.stat.size, None, None);
        if database::is_database(self.roots, &found.path) {
            match self.hold(&found.path) {
                Ok(database) => {
                    if let Held::Copy(copy) = &database {
                        size = copy.metadata().map_or(size, |metadata| metadata.len());
                    }
                    held = Some(Mutex::new(database));
                }
                Err(_) => flaw = Some(FlawKind::Database),
            }
        }
        Large {
            index,
            size,
            pieces: usize::try_from(size.div_ceil(PIECE as u64)).unwrap_or(usize::MAX).max(1),
            opened: Mutex::new(None),
            held,
            chain: Chain::default(),
            flaw: Mutex::new(flaw),
        }
    }

    fn hold(&self, path: &TreePath) -> std::result::Result<Held, String> {
        database::hold(&self.roots.real(path).ok_or("it lies in none of the folders")?, self.scratch)
    }
}

/// What each thread has for itself.
struct Hand {
    scribe: Scribe,
    packer: Packer,
    buffer: Vec<u8>,
}

struct Worker<'a> {
    source: &'a Source<'a>,
    wanted: &'a [Wanted],
    large: &'a [Large],
}

impl Worker<'_> {
    fn work(&self, hand: &mut Hand, job: &Job) -> Result<Packed> {
        match job {
            Job::Batch(batch) => self.batch(hand, batch),
            Job::Piece(large, piece) => self.piece(hand, &self.large[*large], *piece),
        }
    }

    fn batch(&self, hand: &mut Hand, batch: &[usize]) -> Result<Packed> {
        let (mut kept, mut read, mut bytes) = (Vec::with_capacity(batch.len()), 0, Vec::new());
        for index in batch {
            let Wanted { found, known, .. } = &self.wanted[*index];
            if found.stat.sort() == Sort::Folder {
                hand.scribe.folder(&found.path, &found.stat)?;
                continue;
            }
            read += found.stat.size;
            let outcome = self.whole(&found.path, &mut hand.buffer);
            // Files that grew since they were walked may be more than one member holds.
            if hand.scribe.len() > 2 * PIECE {
                hand.pack(Part::Whole, &mut bytes)?;
            }
            kept.push(match outcome {
                Reading::Nothing(flaw) => Kept { index: *index, read: None, here: false, flaw: Some(flaw) },
                Reading::Content(stat, flaw) => {
                    let hash = hash(&hand.buffer);
                    let here = *known != Some((hand.buffer.len() as u64, hash));
                    if here {
                        hand.scribe.file(&found.path, &stat, &hand.buffer)?;
                    }
                    Kept { index: *index, read: Some((stat, hash)), here, flaw }
                }
            });
        }
        hand.pack(Part::Whole, &mut bytes)?;
        Ok(Packed { bytes, part: Part::Whole, kept, read })
    }

    /// Reads a small file; a database under a lock, or as the copy that SQLite makes.
    fn whole(&self, path: &TreePath, buffer: &mut Vec<u8>) -> Reading {
        let most = PIECE as u64;
        let outcome = read_clone(self.source.copies, path, most, buffer)
            .unwrap_or_else(|| steady::read_whole(self.source.roots, path, most, buffer));
        if matches!(outcome, Reading::Content(stat, _) if stat.size > most) {
            // It grew into a large one: the next round cuts it into pieces.
            return Reading::Nothing(FlawKind::Unstable);
        }
        if !buffer.starts_with(crate::database::MAGIC) {
            return outcome;
        }
        let Reading::Content(stat, _) = outcome else { return outcome };
        match self.source.hold(path) {
            Err(_) => Reading::Content(stat, Some(FlawKind::Database)),
            Ok(Held::Still(db)) => {
                let held = steady::read_whole(self.source.roots, path, most, buffer);
                drop(db);
                held
            }
            Ok(Held::Copy(copy)) => match std::fs::read(&copy) {
                Ok(content) if content.len() > 2 * PIECE => Reading::Nothing(FlawKind::Database),
                Ok(content) => {
                    *buffer = content;
                    Reading::Content(Stat { size: buffer.len() as u64, ..stat }, None)
                }
                Err(_) => Reading::Nothing(FlawKind::Unreadable),
            },
        }
    }

    fn piece(&self, hand: &mut Hand, large: &Large, piece: usize) -> Result<Packed> {
        let found = &self.wanted[large.index].found;
        let offset = piece as u64 * PIECE as u64;
        let length = usize::try_from((large.size - offset).min(PIECE as u64)).unwrap_or(PIECE);
        hand.buffer.resize(PIECE, 0);
        let opened = self.open(large, found);
        let mut flaw = match &opened {
            Err(flaw) => Some(*flaw),
            Ok(opened) => match steady::read_piece(&opened.0, offset, length, &mut hand.buffer) {
                Ok(false) => None,
                Ok(true) => Some(FlawKind::Unstable),
                Err(_) => Some(FlawKind::Unreadable),
            },
        };
        if opened.is_err() {
            hand.buffer[..length].fill(0);
        }
        let (first, last) = (piece == 0, piece + 1 == large.pieces);
        if last && let Ok(opened) = &opened {
            let after = rustix::fs::fstat(&opened.0).map(|after| Stat::of(&after));
            if after != Ok(opened.1) {
                flaw = flaw.or(Some(FlawKind::Unstable));
            }
        }
        if flaw.is_some() {
            let mut known = large.flaw.lock().unwrap_or_else(PoisonError::into_inner);
            *known = known.or(flaw);
        }
        // After the flaw: whoever adds the last piece has waited for all others.
        large.chain.add(piece, &hand.buffer[..length]);
        if first {
            hand.scribe.begin_file(&found.path, &found.stat, large.size)?;
        }
        hand.scribe.content(&hand.buffer[..length]);
        if last {
            hand.scribe.end_file(large.size);
            *large.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let mut bytes = Vec::new();
        let part = part_of(first, last);
        hand.pack(part, &mut bytes)?;
        let mut kept = Vec::new();
        if last {
            let flaw = *large.flaw.lock().unwrap_or_else(PoisonError::into_inner);
            let stat = Stat { size: large.size, ..found.stat };
            let read = opened.is_ok().then(|| (stat, large.chain.finish()));
            kept.push(Kept { index: large.index, here: read.is_some(), read, flaw });
        }
        Ok(Packed { bytes, part, kept, read: length as u64 })
    }

    /// The open file; the first one who asks opens it.
    fn open(&self, large: &Large, found: &Found) -> std::result::Result<Arc<(File, Stat)>, FlawKind> {
        let mut opened = large.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = &*opened {
            return opened.clone();
        }
        let copy = large.held.as_ref().and_then(|held| {
            match &*held.lock().unwrap_or_else(PoisonError::into_inner) {
                Held::Copy(copy) => Some(copy.to_path_buf()),
                Held::Still(_) => None,
            }
        });
        // A database is read itself, under its lock.
        let clone = self.source.copies.filter(|_| large.held.is_none());
        let clone = clone.and_then(|copies| copies.open(&found.path)).filter(|(_, stat)| *stat == found.stat);
        let result = match (copy, clone) {
            (Some(copy), _) => File::open(copy).map_err(|_| FlawKind::Unreadable).and_then(|file| {
                let stat = rustix::fs::fstat(&file).map_err(|_| FlawKind::Unreadable)?;
                Ok((file, Stat::of(&stat)))
            }),
            (None, Some((clone, _))) => match rustix::fs::fstat(&clone) {
                Ok(stat) => Ok((clone, Stat::of(&stat))),
                Err(_) => Err(FlawKind::Unreadable),
            },
            (None, None) => steady::open(self.source.roots, &found.path).and_then(|(file, stat)| {
                // Another one than was walked: nothing that was planned for it holds.
                if stat == found.stat { Ok((file, stat)) } else { Err(FlawKind::Unstable) }
            }),
        };
        let result = result.map(Arc::new);
        *opened = Some(result.clone());
        result
    }
}

impl Hand {
    /// Packs what the scribe has written.
    fn pack(&mut self, part: Part, bytes: &mut Vec<u8>) -> Result<()> {
        let content = self.scribe.take();
        if content.is_empty() { Ok(()) } else { self.packer.pack(&content, part, bytes) }
    }
}

/// What a member is of a file or a text that takes several.
pub(super) fn part_of(first: bool, last: bool) -> Part {
    match (first, last) {
        (true, true) => Part::Whole,
        (true, false) => Part::First,
        (false, false) => Part::Next,
        (false, true) => Part::Last,
    }
}
