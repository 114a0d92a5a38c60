//! What a new archive must hold: the tree as it was walked, held against the parent's.

use std::collections::HashMap;

use super::database::{database_of, is_database};
use super::id::ArchiveId;
use super::manifest::Manifest;
use super::pack::Wanted;
use super::roots::{Roots, Sort};
use super::tree::{Entry, FileEntry, Flaw, TreePath, What};
use super::walk::{Found, Walked};
use super::write::Order;
use crate::error::{Error, ErrorKind, Result};

/// What is read, and what is known already.
pub struct Plan {
    /// Folders that were there.
    pub tops: Vec<TreePath>,
    /// Everything in the tree; files that are to be read with an empty hash.
    pub entries: Vec<Entry>,
    /// What must be read, in the order of the tree; folders that must be written.
    pub wanted: Vec<Wanted>,
    /// Where the parent has the content of files that must be read to know whether they have changed.
    pub held: HashMap<usize, ArchiveId>,
    /// What is there no more.
    pub gone: Vec<TreePath>,
    /// What is not kept.
    pub flaws: Vec<Flaw>,
}

impl Plan {
    /// Bytes that are to be read.
    pub fn bytes(&self) -> u64 {
        let files = self.wanted.iter().filter(|one| one.found.stat.sort() == Sort::File);
        files.map(|one| one.found.stat.size).sum()
    }
}

/// Holds a walked tree against the parent's.
///
/// # Errors
/// When a folder that the parent kept is not there: its volume may be missing, and everything in it would seem removed.
pub fn plan(roots: &Roots, walked: Walked, parent: Option<&Manifest>, order: &Order<'_>) -> Result<Plan> {
    let tops: Vec<TreePath> = roots.tops().iter().map(|top| top.name.clone()).collect();
    if let Some(parent) = parent
        && let Some(lost) = parent.tops.iter().find(|top| order.tops.contains(top) && !tops.contains(top))
    {
        let path = order.root.join(lost.as_path());
        return Err(Error::new(ErrorKind::NotFound, format!("{} is not there any more", path.display()))
            .at(path)
            .hint("See whether its volume is missing. A backup of everything that is left: `caretaker backup create --kind manual`."));
    }
    let Walked { found, flaws } = walked;
    let mut plan = Plan {
        tops,
        entries: Vec::with_capacity(found.len()),
        wanted: Vec::new(),
        held: HashMap::new(),
        gone: Vec::new(),
        flaws,
    };
    let mut before = parent.map_or(&[][..], |parent| &parent.entries).iter().peekable();
    for found in found {
        if is_companion(roots, &found) {
            continue;
        }
        while let Some(gone) = before.next_if(|entry| entry.path < found.path) {
            plan.gone.push(gone.path.clone());
        }
        let known = before.next_if(|entry| entry.path == found.path);
        plan.add(found, known, parent.map(|parent| parent.id));
    }
    plan.gone.extend(before.map(|entry| entry.path.clone()));
    Ok(plan)
}

impl Plan {
    fn add(&mut self, found: Found, known: Option<&Entry>, parent: Option<ArchiveId>) {
        let (mode, mtime) = (found.stat.mode(), found.stat.mtime);
        if found.stat.sort() == Sort::Folder {
            let entry = Entry { path: found.path.clone(), mode, mtime, what: What::Folder };
            // An increment holds the folders that are new or not as they were.
            if known != Some(&entry) {
                self.wanted.push(Wanted { found, known: None, entry: self.entries.len() });
            }
            self.entries.push(entry);
            return;
        }
        let known = known.and_then(|entry| Some((entry, entry.file()?)));
        if let Some((before, file)) = known {
            let held = file.held.or(parent);
            let same =
                (file.size, file.ctime, file.inode) == (found.stat.size, found.stat.ctime, found.stat.inode);
            if same && (before.mode, before.mtime) == (mode, mtime) {
                let what = What::File(FileEntry { held, ..file.clone() });
                self.entries.push(Entry { path: found.path, mode, mtime, what });
                return;
            }
            self.held.extend(held.map(|held| (self.entries.len(), held)));
        }
        let file = FileEntry {
            size: found.stat.size,
            hash: [0; 32],
            ctime: found.stat.ctime,
            inode: found.stat.inode,
            held: None,
        };
        let entry = self.entries.len();
        self.entries.push(Entry { path: found.path.clone(), mode, mtime, what: What::File(file) });
        self.wanted.push(Wanted { found, known: known.map(|(_, file)| (file.size, file.hash)), entry });
    }
}

/// Whether a file is the log of a database, which is in the database's copy already.
fn is_companion(roots: &Roots, found: &Found) -> bool {
    found.stat.sort() == Sort::File
        && database_of(&found.path).is_some_and(|database| is_database(roots, &database))
}
