//! Errors that were dealt with: what lies behind does not colour the light any more, what comes after does.

use std::path::{Path, PathBuf};

use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::journal::Journal;
use crate::keeper::records::DEALT_WITH;
use crate::store::{Entered, Store};

/// What was said of the errors of one ecosystem.
pub struct DealtErrors {
    state_dir: PathBuf,
    root: PathBuf,
}

impl DealtErrors {
    /// The errors of the ecosystem in `root`.
    pub fn new(state_dir: &Path, root: &Path) -> Self {
        Self { state_dir: state_dir.to_owned(), root: root.to_owned() }
    }

    /// Up to when they were dealt with.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn until(&self) -> Result<Option<Instant>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        let Some(ecosystem) = store.find_ecosystem(&self.root)? else { return Ok(None) };
        let note = store.note(ecosystem, DEALT_WITH)?;
        Ok(note.and_then(|text| serde_json::from_str::<Option<Instant>>(&text).ok()).flatten())
    }

    /// Says that all errors up to `now` were dealt with: the logs stay as they are, and only newer ones count.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn deal(&self, now: Instant) -> Result<()> {
        self.write(Some(now), now, "The errors so far were dealt with; only newer ones count.")
    }

    /// Takes it back: all errors of the last 24 hours count again.
    ///
    /// # Errors
    /// `NotFound` where nothing was dealt with; when the record cannot be written.
    pub fn count_again(&self, now: Instant) -> Result<()> {
        if self.until()?.is_none() {
            return Err(Error::new(ErrorKind::NotFound, "no errors were dealt with; nothing was changed"));
        }
        self.write(None, now, "All errors of the last 24 hours count again.")
    }

    fn write(&self, until: Option<Instant>, now: Instant, said: &str) -> Result<()> {
        let text = serde_json::to_string(&until).map_err(|error| {
            Error::new(ErrorKind::System, "a time cannot be put into words").because(error)
        })?;
        let mut store = Store::open(&self.state_dir)?.store;
        let ecosystem = store.ecosystem(&self.root)?;
        store.set_notes(ecosystem, &[(DEALT_WITH, &text)])?;
        Journal::new(&self.state_dir, &self.root).note_done(now, Entered::Errors, said.to_owned(), None);
        Ok(())
    }
}
