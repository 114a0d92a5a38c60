//! The moves themselves: from an open folder into an open folder, looked at just before and just after.

use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{RenameFlags, renameat_with};
use rustix::io::Errno;

use super::held::Held;
use super::quarantine::{Batch, Entry};
use super::{Left, Move, Moved};
use crate::clock::Instant;
use crate::upkeep::places::{Sight, Tree, flush, in_words};

/// Moves one file into the quarantine under `number`, if it is still the one of the plan.
pub(super) fn put_aside(
    tree: &Tree,
    files: &OwnedFd,
    number: &str,
    one: &Move,
    held: &Held,
    now: Instant,
) -> Result<OwnedFd, String> {
    let (folder, name) = tree.parent(&one.path).map_err(in_words)?;
    let seen = Sight::at(&folder, name).map_err(in_words)?;
    if seen != one.seen {
        return Err("has changed since the plan was made".into());
    }
    if let Some(why) = held.why(&seen, now) {
        return Err(why.into());
    }
    renameat_with(&folder, name, files, number, RenameFlags::NOREPLACE).map_err(in_words)?;
    // Between the look and the move another file may have got that name: then it goes back.
    match Sight::at(files, number) {
        Ok(moved) if (moved.device, moved.inode) == (seen.device, seen.inode) => Ok(folder),
        _ => {
            renameat_with(files, number, &folder, name, RenameFlags::NOREPLACE).map_err(in_words)?;
            Err("was replaced while it was moved".into())
        }
    }
}

/// Brings back what a batch holds, each file to where it was if nothing is there.
pub(super) fn bring_back(tree: &Tree, batch: &Batch) -> (Vec<Moved>, Vec<Left>) {
    let (mut moved, mut left) = (Vec::new(), Vec::new());
    let Some(files) = &batch.files else { return (moved, left) };
    let mut last: Option<(&Path, OwnedFd)> = None;
    for (number, entry) in batch.there() {
        match bring_one_back(tree, files, &number, entry) {
            Ok(folder) => {
                let parent = entry.path.parent().unwrap_or(Path::new(""));
                if let Some((_, done)) = last.take_if(|(path, _)| *path != parent) {
                    let _ = flush(&done);
                }
                last = Some((parent, folder));
                moved.push(Moved { path: entry.path.clone(), bytes: entry.bytes });
            }
            Err(why) => left.push(Left::new(&entry.path, why)),
        }
    }
    if let Some((_, done)) = last {
        let _ = flush(&done);
    }
    let _ = flush(files);
    (moved, left)
}

fn bring_one_back(tree: &Tree, files: &OwnedFd, number: &str, entry: &Entry) -> Result<OwnedFd, String> {
    if !is_below(&entry.path) {
        return Err("is no path below the root".into());
    }
    let (folder, name) = tree.parent(&entry.path).map_err(|errno| match errno {
        Errno::NOENT => "the folder where it was is gone".to_owned(),
        errno => in_words(errno),
    })?;
    renameat_with(files, number, &folder, name, RenameFlags::NOREPLACE).map_err(|errno| match errno {
        Errno::EXIST => "another file has its place".to_owned(),
        errno => in_words(errno),
    })?;
    Ok(folder)
}

fn is_below(path: &Path) -> bool {
    path.file_name().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}
