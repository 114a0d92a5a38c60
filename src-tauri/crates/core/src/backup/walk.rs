//! What is in a tree: an own walk, by all cores, never through a link and never onto another volume.

use std::collections::HashSet;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use icu_normalizer::ComposingNormalizerBorrowed;
use rustix::fs::AtFlags;

use super::roots::{Roots, Sort, Stat, Top, open_folder};
use super::tree::{Flaw, FlawKind, TreePath};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// More hands than this only get in each other's way.
const MOST_HANDS: usize = 8;

/// Something that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where.
    pub path: TreePath,
    /// What the system said of it.
    pub stat: Stat,
}

/// A tree as it was walked.
#[derive(Debug, Default)]
pub struct Walked {
    /// Folders and regular files, sorted by path.
    pub found: Vec<Found>,
    /// What is not kept, and why.
    pub flaws: Vec<Flaw>,
}

/// How many threads work at once.
pub fn hands() -> usize {
    // The question costs several readings of files: asked once.
    static HANDS: OnceLock<usize> = OnceLock::new();
    *HANDS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from).min(MOST_HANDS))
}

/// Walks the folders.
///
/// # Errors
/// When one of the folders themselves cannot be read, or a person cancelled; what cannot be read below them is a flaw.
pub fn walk(roots: &Roots, progress: &dyn Progress) -> Result<Walked> {
    let mut all = Walked::default();
    for top in roots.tops() {
        let handle = top.handle().map_err(|errno| Error::io("open", &top.real, errno.into()))?;
        let stat =
            rustix::fs::fstat(&handle).map_err(|errno| Error::io("look at", &top.real, errno.into()))?;
        let stat = Stat::of(&stat);
        all.found.push(Found { path: top.name.clone(), stat });
        let board = Board::new(Task { handle: Arc::new(handle), path: top.name.clone() }, stat.device);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..hands()).map(|_| scope.spawn(|| board.work(progress))).collect();
            let mut walked = vec![board.work(progress)];
            walked.extend(others.into_iter().map(|hand| hand.join().unwrap_or_default()));
            for one in walked {
                all.found.extend(one.found);
                all.flaws.extend(one.flaws);
            }
        });
        progress.go_on()?;
        refuse_unreadable(&all, top)?;
    }
    all.found.sort_unstable_by(|one, two| one.path.cmp(&two.path));
    leave_twins_out(&mut all);
    all.flaws.sort_unstable_by(|one, two| one.path.cmp(&two.path));
    Ok(all)
}

/// An empty list of a folder that could not be read would look as if everything had been removed.
fn refuse_unreadable(walked: &Walked, top: &Top) -> Result<()> {
    let unreadable = |flaw: &&Flaw| flaw.path == top.name && flaw.kind == FlawKind::Unreadable;
    match walked.flaws.iter().find(unreadable) {
        None => Ok(()),
        Some(_) => Err(Error::io("read the folder", &top.real, std::io::ErrorKind::PermissionDenied.into())
            .hint("Make it readable for you; on a Mac, see Privacy & Security › Files and Folders.")),
    }
}

/// Names that differ in case only would overwrite each other on a volume that takes them for one: the first is kept.
fn leave_twins_out(walked: &mut Walked) {
    if !walked.found.iter().any(|found| may_have_twin(found.path.bytes())) {
        return;
    }
    let mut seen: HashSet<Vec<u8>> = HashSet::with_capacity(walked.found.len());
    let mut left_out: Vec<TreePath> = Vec::new();
    walked.found.retain(|found| {
        if left_out.last().is_some_and(|folder| found.path.is_within(folder)) {
            return false;
        }
        let fresh = seen.insert(folded(found.path.bytes()));
        if !fresh {
            left_out.push(found.path.clone());
        }
        fresh
    });
    walked.flaws.extend(left_out.into_iter().map(|path| Flaw { path, kind: FlawKind::BadName }));
}

/// Of two names that differ in case only at least one is not all in small letters.
pub(super) fn may_have_twin(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
}

/// A path as a volume sees it that takes names for the same whatever their case, and however their accents are written.
pub(super) fn folded(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_ascii() {
        return bytes.to_ascii_lowercase();
    }
    let lower = String::from_utf8_lossy(bytes).to_lowercase();
    ComposingNormalizerBorrowed::new_nfc().normalize(&lower).into_owned().into_bytes()
}

/// A folder whose content is still to be listed.
struct Task {
    handle: Arc<OwnedFd>,
    path: TreePath,
}

/// The folders that wait, and how many hands are at work.
struct Board {
    waiting: Mutex<(Vec<Task>, usize)>,
    more: Condvar,
    device: u64,
}

impl Board {
    fn new(first: Task, device: u64) -> Self {
        Self { waiting: Mutex::new((vec![first], 0)), more: Condvar::new(), device }
    }

    fn work(&self, progress: &dyn Progress) -> Walked {
        let mut walked = Walked::default();
        while let Some(task) = self.take() {
            let mut below = Vec::new();
            if !progress.cancelled() {
                list(&task, self.device, &mut walked, &mut below);
            }
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            // The newest first: few folders are open at a time.
            waiting.0.extend(below);
            waiting.1 -= 1;
            drop(waiting);
            self.more.notify_all();
        }
        walked
    }

    fn take(&self) -> Option<Task> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(task) = waiting.0.pop() {
                waiting.1 += 1;
                return Some(task);
            }
            if waiting.1 == 0 {
                return None;
            }
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn list(task: &Task, device: u64, walked: &mut Walked, below: &mut Vec<Task>) {
    let mut flaw = |path: TreePath, kind| walked.flaws.push(Flaw { path, kind });
    let Ok(mut names) = rustix::fs::Dir::read_from(&*task.handle) else {
        flaw(task.path.clone(), FlawKind::Unreadable);
        return;
    };
    while let Some(name) = names.read() {
        let Ok(name) = name else {
            flaw(task.path.clone(), FlawKind::Unreadable);
            return;
        };
        let name: &CStr = name.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Ok(path) = task.path.join(name.to_bytes()) else {
            flaw(task.path.clone(), FlawKind::BadName);
            continue;
        };
        let Ok(stat) = rustix::fs::statat(&*task.handle, name, AtFlags::SYMLINK_NOFOLLOW) else {
            // Gone between the list and the look.
            continue;
        };
        let stat = Stat::of(&stat);
        match stat.sort() {
            Sort::Link => flaw(path, FlawKind::Link),
            Sort::Special => flaw(path, FlawKind::Special),
            Sort::File => walked.found.push(Found { path, stat }),
            Sort::Folder if stat.device != device => flaw(path, FlawKind::OtherVolume),
            Sort::Folder => match open_folder(&*task.handle, name) {
                Ok(handle) => {
                    walked.found.push(Found { path: path.clone(), stat });
                    below.push(Task { handle: Arc::new(handle), path });
                }
                Err(rustix::io::Errno::NOENT) => {}
                // Swapped for a link meanwhile.
                Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => flaw(path, FlawKind::Link),
                Err(_) => {
                    walked.found.push(Found { path: path.clone(), stat });
                    flaw(path, FlawKind::Unreadable);
                }
            },
        }
    }
}
