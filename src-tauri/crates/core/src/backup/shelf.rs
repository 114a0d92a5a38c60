//! The folder of all backups: where each archive lies, what is ours in it, and who may write there now.

use std::path::{Path, PathBuf};

use super::id::{ArchiveId, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::hold::Hold;

/// Held by whoever writes, prunes or restores.
const LOCK: &str = ".caretaker.lock";
/// How the names of a drill's scratch folders begin.
pub(super) const DRILL: &str = ".drill-";
/// How the names of unfinished files begin and end.
const UNFINISHED: (&str, &str) = (".ecosystem-", ".part");

/// The folder of all backups.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// The right to write on a shelf; one at a time, across all programs.
#[derive(Debug)]
pub struct ShelfLock {
    _hold: Hold,
}

impl Shelf {
    /// The shelf in `folder`, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder of all backups.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of a kind.
    pub fn folder_of(&self, kind: Kind) -> PathBuf {
        self.folder.join(kind.folder())
    }

    /// Where the archive of this name lies.
    pub fn archive(&self, id: ArchiveId) -> PathBuf {
        self.folder_of(id.kind()).join(id.file_name())
    }

    /// Where its manifest lies.
    pub fn manifest(&self, id: ArchiveId) -> PathBuf {
        self.folder_of(id.kind()).join(id.manifest_name())
    }

    /// Where it is written before it has its name.
    pub fn unfinished(&self, id: ArchiveId) -> PathBuf {
        let (begin, end) = UNFINISHED;
        self.folder_of(id.kind()).join(format!("{begin}{id}{end}"))
    }

    /// A name that no archive has.
    pub fn free_id(&self, kind: Kind, local: chrono::NaiveDateTime) -> ArchiveId {
        let taken = |id: &ArchiveId| {
            [self.archive(*id), self.manifest(*id)].iter().any(|path| path.symlink_metadata().is_ok())
        };
        let free = (1..=u16::MAX).map(|counter| ArchiveId::new(kind, local, counter)).find(|id| !taken(id));
        free.unwrap_or_else(|| ArchiveId::new(kind, local, u16::MAX))
    }

    /// Makes the folders of all backups and of this kind.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn prepare(&self, kind: Kind) -> Result<()> {
        fsio::create_private_dir(&self.folder)?;
        fsio::create_private_dir(&self.folder_of(kind))
    }

    /// Takes the right to write.
    ///
    /// # Errors
    /// `Busy` while another job has it; when the folder cannot be written.
    pub fn lock(&self) -> Result<ShelfLock> {
        fsio::create_private_dir(&self.folder)?;
        let hold = Hold::try_take(&self.folder.join(LOCK))?.ok_or_else(|| {
            Error::new(ErrorKind::Busy, "another backup or restore is under way")
                .at(&self.folder)
                .hint("Wait until it is done; nothing was changed.")
        })?;
        Ok(ShelfLock { _hold: hold })
    }

    /// Removes what an interrupted job left: unfinished archives, and manifests without their archive.
    ///
    /// Only the holder of the lock may, since nobody else writes then. Gives what was removed.
    pub fn sweep(&self, _lock: &ShelfLock) -> Vec<PathBuf> {
        let mut swept = Vec::new();
        // A drill holds the lock too: a scratch folder that is there now is nobody's any more.
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|sort| sort.is_dir());
            let scratch = entry.file_name().to_string_lossy().starts_with(DRILL);
            if is_folder && scratch && std::fs::remove_dir_all(entry.path()).is_ok() {
                swept.push(entry.path());
            }
        }
        for kind in Kind::ALL {
            let Ok(entries) = std::fs::read_dir(self.folder_of(kind)) else { continue };
            for entry in entries.flatten() {
                let is_file = entry.file_type().is_ok_and(|sort| sort.is_file());
                let name = entry.file_name();
                let leftover = name.to_str().is_some_and(|name| self.is_leftover(kind, name));
                if is_file && leftover && std::fs::remove_file(entry.path()).is_ok() {
                    swept.push(entry.path());
                }
            }
        }
        swept
    }

    fn is_leftover(&self, kind: Kind, name: &str) -> bool {
        let (begin, end) = UNFINISHED;
        if let Some(middle) = name.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end)) {
            return middle.parse::<ArchiveId>().is_ok_and(|id| id.kind() == kind);
        }
        if name.starts_with(".database-") {
            return true;
        }
        let id = name.strip_prefix("ecosystem-").and_then(|rest| rest.strip_suffix(".manifest"));
        id.and_then(|id| id.parse::<ArchiveId>().ok())
            .is_some_and(|id| id.kind() == kind && self.archive(id).symlink_metadata().is_err())
    }

    /// The archives that lie here under names of ours, oldest first; whether they are what they say is another question.
    pub fn archives(&self) -> Vec<ArchiveId> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            let Ok(entries) = std::fs::read_dir(self.folder_of(kind)) else { continue };
            for entry in entries.flatten() {
                let is_file = entry.file_type().is_ok_and(|sort| sort.is_file());
                let id = entry.file_name().to_str().and_then(ArchiveId::of_file);
                found.extend(id.filter(|id| is_file && id.kind() == kind));
            }
        }
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> (tempfile::TempDir, Shelf) {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().join("backups"));
        for kind in Kind::ALL {
            shelf.prepare(kind).unwrap();
        }
        (dir, shelf)
    }

    #[test]
    fn one_at_a_time() {
        let (_dir, shelf) = shelf();
        let lock = shelf.lock().unwrap();
        assert_eq!(shelf.lock().unwrap_err().kind, ErrorKind::Busy);
        drop(lock);
        shelf.lock().unwrap();
    }

    #[test]
    fn leftovers_are_swept_and_nothing_else() {
        let (_dir, shelf) = shelf();
        let id: ArchiveId = "daily-20251214-060000".parse().unwrap();
        let other: ArchiveId = "daily-20251215-060000".parse().unwrap();
        for path in [shelf.unfinished(id), shelf.manifest(id), shelf.manifest(other), shelf.archive(other)] {
            std::fs::write(path, "x").unwrap();
        }
        let foreign = ["ecosystem-daily-20251214.tar.gz", ".ecosystem-x.part", "mine.manifest", ".part"];
        for name in foreign {
            std::fs::write(shelf.folder_of(Kind::Daily).join(name), "x").unwrap();
        }
        let swept = shelf.sweep(&shelf.lock().unwrap());
        assert_eq!(swept.len(), 2, "{swept:?}");
        assert!(shelf.manifest(other).exists() && !shelf.manifest(id).exists());
        assert!(foreign.iter().all(|name| shelf.folder_of(Kind::Daily).join(name).exists()));
        assert_eq!(shelf.archives(), [other]);
    }

    #[test]
    fn a_name_is_never_used_twice() {
        let (_dir, shelf) = shelf();
        let at = chrono::NaiveDate::from_ymd_opt(2025, 12, 14).unwrap().and_hms_opt(20, 0, 0).unwrap();
        let first = shelf.free_id(Kind::Weekly, at);
        std::fs::write(shelf.archive(first), "").unwrap();
        let second = shelf.free_id(Kind::Weekly, at);
        assert_eq!(second.to_string(), "weekly-20251214-200000-2");
    }
}
