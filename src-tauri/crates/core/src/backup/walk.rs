//! What is in a tree: an own walk, by all cores, never through a link and never onto another volume.

use std::collections::HashSet;
use std::ffi::CStr;
use std::os::fd::OwnedFd;

use icu_normalizer::ComposingNormalizerBorrowed;
use rustix::fs::AtFlags;

use super::roots::{Roots, Sort, Stat, Top, open_folder};
use super::tree::{Flaw, FlawKind, TreePath};
use crate::error::{Error, Result};
use crate::hands::{Board, hands};
use crate::progress::Progress;

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
        let board = Board::new(Task { handle, path: top.name.clone() });
        std::thread::scope(|scope| {
            let sorted = || {
                let mut walked = work(&board, stat.device, progress);
                walked.found.sort_unstable_by(|one, two| one.path.cmp(&two.path));
                walked
            };
            let others: Vec<_> = (1..hands()).map(|_| scope.spawn(sorted)).collect();
            let mut walked = vec![sorted()];
            walked.extend(others.into_iter().map(|hand| hand.join().unwrap_or_default()));
            for one in walked {
                all.found.extend(one.found);
                all.flaws.extend(one.flaws);
            }
        });
        progress.go_on()?;
        refuse_unreadable(&all, top)?;
    }
    // A few sorted lists, one after the other: this sort merges them.
    all.found.sort_by(|one, two| one.path.cmp(&two.path));
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
    handle: OwnedFd,
    path: TreePath,
}

fn work(board: &Board<Task>, device: u64, progress: &dyn Progress) -> Walked {
    let mut walked = Walked::default();
    while let Some(task) = board.take() {
        let mut below = Vec::new();
        if !progress.cancelled() {
            list(task, device, &mut walked, &mut below);
        }
        board.done(below);
    }
    walked
}

fn list(task: Task, device: u64, walked: &mut Walked, below: &mut Vec<Task>) {
    let Task { handle, path: folder } = task;
    let mut flaw = |path: TreePath, kind| walked.flaws.push(Flaw { path, kind });
    let Ok(mut names) = rustix::fs::Dir::new(handle) else {
        flaw(folder, FlawKind::Unreadable);
        return;
    };
    while let Some(name) = names.read() {
        let Ok(name) = name else {
            flaw(folder, FlawKind::Unreadable);
            return;
        };
        let name: &CStr = name.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Ok(path) = folder.join(name.to_bytes()) else {
            flaw(folder.clone(), FlawKind::BadName);
            continue;
        };
        let Ok(here) = names.fd() else {
            flaw(folder, FlawKind::Unreadable);
            return;
        };
        let Ok(stat) = rustix::fs::statat(here, name, AtFlags::SYMLINK_NOFOLLOW) else {
            // Gone between the list and the look.
            continue;
        };
        let stat = Stat::of(&stat);
        match stat.sort() {
            Sort::Link => flaw(path, FlawKind::Link),
            Sort::Special => flaw(path, FlawKind::Special),
            Sort::File => walked.found.push(Found { path, stat }),
            Sort::Folder if stat.device != device => flaw(path, FlawKind::OtherVolume),
            Sort::Folder => match open_folder(here, name) {
                Ok(handle) => {
                    walked.found.push(Found { path: path.clone(), stat });
                    below.push(Task { handle, path });
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
