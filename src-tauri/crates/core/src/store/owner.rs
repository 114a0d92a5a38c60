//! The lock that says which process runs the loop.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::Result;
use crate::fsio;
use crate::hold::Hold;

const FILE: &str = "owner.lock";

/// The right to run the loop.
#[derive(Debug)]
pub struct Owner {
    _hold: Hold,
}

impl Owner {
    /// Takes the lock in `dir` if nobody holds it.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn try_take(dir: &Path) -> Result<Option<Self>> {
        fsio::create_private_dir(dir)?;
        let Some(mut hold) = Hold::try_take(&dir.join(FILE))? else { return Ok(None) };
        // For people only, who may wonder who holds it: the lock itself is what counts.
        let file = hold.file();
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = writeln!(file, "{}", std::process::id());
        Ok(Some(Self { _hold: hold }))
    }

    /// Whether somebody holds the lock in `dir`.
    pub fn is_held(dir: &Path) -> bool {
        Hold::is_held(&dir.join(FILE))
    }

    /// The process that wrote its identifier into the lock last.
    pub fn last_pid(dir: &Path) -> Option<u32> {
        let mut text = String::new();
        File::open(dir.join(FILE)).ok()?.take(32).read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }
}
