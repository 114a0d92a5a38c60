//! The list of everything that a tree held: the first member of its archive, and a file beside it.
//!
//! It is text. Lines of files that this archive holds are what `shasum -a 256 -c` reads; all others begin with `#`, which
//! it passes over:
//!
//! ```text
//! # caretaker manifest 2
//! # id daily-20251215-060000
//! # parent weekly-20251214-200000
//! # created 2025-12-15T05:00:00Z
//! # root /Users/me/ecosystem
//! # tops 2
//! # top data
//! # top config
//! #d 755 1765710000.000000000 data
//! #f 644 1765710000.123456789 1765710000.123456789 4711 1234
//! <sha256>  data/state.json
//! #h 644 1765700000.000000000 1765700000.000000000 4712 99 weekly-20251214-200000 <sha256> data/old.json
//! #x data/removed.json
//! #! unstable data/busy.json
//! # end 5 <sha256>
//! ```
//!
//! `#f` and `#h` give mode, time of content, time of inode, inode and size; `#h` is held by another archive, `#x` was there
//! in the parent and is gone, `#!` is a flaw. `# end` gives the number of entries, and the SHA-256 of everything before it.

mod read;
mod text;

pub(super) use self::read::unescape;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::id::ArchiveId;
use super::tree::{Entry, Flaw, TreePath};
use crate::clock::Instant;

/// The name of the manifest as a member of its archive.
pub const MEMBER: &str = "MANIFEST.sha256";

/// Everything that is known of a tree at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The archive it belongs to.
    pub id: ArchiveId,
    /// The one that it builds upon; `None` where it holds everything.
    pub parent: Option<ArchiveId>,
    /// When it was begun.
    pub created: Instant,
    /// The root of the ecosystem, as it was then.
    pub root: PathBuf,
    /// The folders below the root that were kept.
    pub tops: Vec<TreePath>,
    /// Folders and files, sorted by path.
    pub entries: Vec<Entry>,
    /// What was there in the parent and is gone, sorted.
    pub gone: Vec<TreePath>,
    /// What was found wanting.
    pub flaws: Vec<Flaw>,
}

impl Manifest {
    /// The other archives that hold some of its files.
    pub fn needs(&self) -> BTreeSet<ArchiveId> {
        self.entries.iter().filter_map(|entry| entry.file()?.held).collect()
    }

    /// The entry at `path`.
    pub fn find(&self, path: &TreePath) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.cmp(path)).ok()?;
        self.entries.get(at)
    }

    /// How many files it lists, and their bytes.
    pub fn totals(&self) -> (u64, u64) {
        self.entries
            .iter()
            .filter_map(Entry::file)
            .fold((0, 0), |(files, bytes), file| (files + 1, bytes + file.size))
    }

    /// How many files its own archive holds, and their bytes.
    pub fn totals_here(&self) -> (u64, u64) {
        let here = self.entries.iter().filter_map(Entry::file).filter(|file| file.held.is_none());
        here.fold((0, 0), |(files, bytes), file| (files + 1, bytes + file.size))
    }

    /// The flaws by which something of the tree is missing or may be wrong.
    pub fn flaws_that_lose(&self) -> impl Iterator<Item = &Flaw> {
        self.flaws.iter().filter(|flaw| flaw.kind.is_a_loss())
    }
}
