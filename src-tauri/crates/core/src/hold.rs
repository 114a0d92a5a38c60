//! The right to do something that only one may do at a time, across all programs: a file's lock.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::error::{Error, Result};

/// A lock, held as long as this lives; the system gives it back when the process dies.
///
/// A program that is being started anywhere in this process has the same open file until it is on its own, and a lock
/// ends only with the last of them: so it is given back by name, and closing the file is not relied on.
#[derive(Debug)]
pub struct Hold(File);

impl Hold {
    /// Locks the file at `path` that only its owner can read, made where it is missing; `None` while somebody else holds it.
    ///
    /// # Errors
    /// When the file cannot be made, or is a link.
    pub fn try_take(path: &Path) -> Result<Option<Self>> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)
            .map_err(|error| Error::io("lock", path, error))?;
        Self::try_on(file, path)
    }

    /// Locks what is open already and lies at `path`: a folder too.
    ///
    /// # Errors
    /// When its volume knows no locks.
    pub fn try_on(file: File, path: &Path) -> Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", path, error)),
        }
    }

    /// Whether somebody holds the file at `path`; it is left as it is.
    pub fn is_held(path: &Path) -> bool {
        // To ask is to take it for a moment, but only as one of many: whoever wants it alone at that moment tries again.
        let Ok(file) = File::open(path) else { return false };
        match file.try_lock_shared() {
            Ok(()) => drop(Self(file)),
            Err(TryLockError::WouldBlock) => return true,
            Err(TryLockError::Error(_)) => {}
        }
        false
    }

    /// The file that is locked.
    pub fn file(&mut self) -> &mut File {
        &mut self.0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // It fails only where there was no lock to give back.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time_and_a_question_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(!Hold::is_held(&path));
        let hold = Hold::try_take(&path).unwrap().unwrap();
        assert!(Hold::is_held(&path) && Hold::try_take(&path).unwrap().is_none());
        drop(hold);
        assert!(!Hold::is_held(&path));
        assert!(Hold::try_take(&path).unwrap().is_some());
    }

    #[test]
    fn it_ends_though_a_program_that_is_being_started_has_the_file_open_still() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let hold = Hold::try_take(&path).unwrap().unwrap();
        let inherited = hold.0.try_clone().unwrap();
        drop(hold);
        assert!(Hold::try_take(&path).unwrap().is_some());
        drop(inherited);
    }

    #[test]
    fn a_link_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("other"), "theirs").unwrap();
        std::os::unix::fs::symlink("other", dir.path().join("lock")).unwrap();
        assert!(Hold::try_take(&dir.path().join("lock")).is_err());
    }
}
