//! The lock that says which process runs the loop.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::fsio;

const FILE: &str = "owner.lock";

/// The right to run the loop: held as long as this lives, given up by the system when the process dies.
#[derive(Debug)]
pub struct Owner {
    /// Held for its lock.
    _file: File,
}

impl Owner {
    /// Takes the lock in `dir` if nobody holds it.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn try_take(dir: &Path) -> Result<Option<Self>> {
        fsio::create_private_dir(dir)?;
        let path = dir.join(FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|e| Error::io("open", &path, e))?;
        match file.try_lock() {
            Ok(()) => {
                // For people only, who may wonder who holds it: the lock itself is what counts.
                let _ = file.set_len(0).and_then(|()| file.rewind());
                let _ = writeln!(file, "{}", std::process::id());
                Ok(Some(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io("lock", &path, error)),
        }
    }

    /// Whether somebody holds the lock in `dir`; it is left as it is.
    pub fn is_held(dir: &Path) -> bool {
        // To ask is to take it for a moment, but only as one of many: whoever wants it alone at that moment tries again.
        let file = File::open(dir.join(FILE));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// The process that wrote its identifier into the lock last.
    pub fn last_pid(dir: &Path) -> Option<u32> {
        let mut text = String::new();
        File::open(dir.join(FILE)).ok()?.take(32).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }
}
