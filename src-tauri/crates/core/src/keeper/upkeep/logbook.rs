//! The journal as it is read: by kind and word, newest first, and whether it is whole.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Upkeep;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::program::clean;
use crate::store::{Entered, Entry};

/// So many entries are shown at once.
const MOST: usize = 200;
/// The longest text of an entry that is shown, in characters.
const LONGEST: usize = 4_000;

/// Entries of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct JournalShown {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// How many there are of what was looked for.
    pub count: usize,
    /// The kinds that the journal has.
    pub kinds: Vec<Entered>,
    /// The first entry that is not as it was written, or before which one is missing; `None` while it is whole.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub first_break: Option<i64>,
}

impl Upkeep {
    /// The newest entries whose text, kind or reference holds `part`; of one kind only where it is named.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn journal(&self, kind: Option<Entered>, part: &str) -> Result<JournalShown> {
        // A journal that is not whole may hold entries that cannot be read: where is more than nothing.
        let first_break = self.journal.first_break()?;
        let all = match (self.journal.entries(Instant::UNIX_EPOCH, ""), first_break) {
            (Ok(all), _) => all,
            (Err(_), Some(_)) => Vec::new(),
            (Err(error), None) => return Err(error),
        };
        let kinds: BTreeSet<&str> = all.iter().map(|entry| entry.kind.word()).collect();
        let kinds = Entered::every().filter(|kind| kinds.contains(kind.word())).collect();
        let part = part.trim().to_lowercase();
        let holds = |entry: &Entry| {
            let about = entry.reference.as_deref().unwrap_or_default();
            [entry.text.as_str(), entry.kind.word(), about]
                .iter()
                .any(|text| text.to_lowercase().contains(&part))
        };
        let found: Vec<Entry> = all
            .into_iter()
            .filter(|entry| kind.is_none_or(|kind| entry.kind == kind) && holds(entry))
            .collect();
        let count = found.len();
        let entries = found.into_iter().take(MOST).map(|entry| Entry {
            text: entry.text.lines().map(|line| clean(line, LONGEST)).collect::<Vec<_>>().join("\n"),
            reference: entry.reference.map(|about| clean(&about, LONGEST)),
            ..entry
        });
        Ok(JournalShown { entries: entries.collect(), count, kinds, first_break })
    }

    /// Adds a note of a person's own.
    ///
    /// # Errors
    /// `Usage` where it says nothing; when the record cannot be written.
    pub fn note(&self, text: &str) -> Result<()> {
        if text.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, "a note needs a word"));
        }
        self.journal.write(self.clock.now(), Entered::Note, text.trim().to_owned(), None)
    }
}
