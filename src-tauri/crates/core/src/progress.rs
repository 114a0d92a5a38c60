//! How far long work has come, and whether it shall go on: handed in by whoever waits for it.

use crate::error::{Error, ErrorKind, Result};

/// Told of long work while it runs, from any thread.
pub trait Progress: Sync {
    /// A step begins, in words for people: “Reading”, “Checking”.
    fn step(&self, _what: &str) {}

    /// So many bytes of so many are done; `total` may grow while the tree is walked.
    fn bytes(&self, _done: u64, _total: u64) {}

    /// A program that runs has printed so many lines and bytes; told often, even where nothing is new.
    fn printed(&self, _lines: u64, _bytes: u64) {}

    /// Whether a person asked to stop.
    fn cancelled(&self) -> bool {
        false
    }

    /// Ends the work if a person asked to stop.
    ///
    /// # Errors
    /// `Busy`, with words that say that nothing was changed.
    fn go_on(&self) -> Result<()> {
        if self.cancelled() {
            return Err(Error::new(ErrorKind::Busy, "it was cancelled; nothing was changed"));
        }
        Ok(())
    }
}

/// Nobody waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {}
