//! The journal of what was done and seen, for whoever writes and reads it.

use std::path::{Path, PathBuf};

use crate::alerts::{EventKind, Incident};
use crate::backup::{ArchiveId, Record, Sent};
use crate::clock::Instant;
use crate::error::Result;
use crate::judge::words;
use crate::store::{Entered, Entry, Store};

/// Entries that are read at once, at most.
const MOST: u32 = 10_000;

/// The journal of one ecosystem.
pub struct Journal {
    state_dir: PathBuf,
    root: PathBuf,
}

impl Journal {
    /// The journal of the ecosystem in `root`, kept in `state_dir`.
    pub fn new(state_dir: &Path, root: &Path) -> Self {
        Self { state_dir: state_dir.to_owned(), root: root.to_owned() }
    }

    /// The entries from `since` on whose text, kind or reference holds `part`, in whatever case, newest first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn entries(&self, since: Instant, part: &str) -> Result<Vec<Entry>> {
        let part = part.to_lowercase();
        let holds = |entry: &Entry| {
            [entry.text.as_str(), entry.kind.word(), entry.reference.as_deref().unwrap_or_default()]
                .iter()
                .any(|text| text.to_lowercase().contains(&part))
        };
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(Vec::new()) };
        let Some(ecosystem) = store.find_ecosystem(&self.root)? else { return Ok(Vec::new()) };
        Ok(store.journal_since(ecosystem, since, MOST)?.into_iter().filter(holds).collect())
    }

    /// When something was entered last; `None` where nothing was.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn newest(&self) -> Result<Option<Instant>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        let Some(ecosystem) = store.find_ecosystem(&self.root)? else { return Ok(None) };
        Ok(store.journal_since(ecosystem, Instant::UNIX_EPOCH, 1)?.first().map(|entry| entry.at))
    }

    /// Where it is not whole: the first entry that is not as it was written, or before which one is missing.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn first_break(&self) -> Result<Option<i64>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        let Some(ecosystem) = store.find_ecosystem(&self.root)? else { return Ok(None) };
        store.journal_break(ecosystem)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn write(&self, at: Instant, kind: Entered, text: String, reference: Option<String>) -> Result<()> {
        let mut store = Store::open(&self.state_dir)?.store;
        let ecosystem = store.ecosystem(&self.root)?;
        store.journal(ecosystem, &Entry { at, kind, text, reference })
    }

    /// Adds an entry about something that is done already: a journal that cannot be written does not undo it.
    pub fn note_done(&self, at: Instant, kind: Entered, text: String, reference: Option<String>) {
        if let Err(error) = self.write(at, kind, text, reference) {
            tracing::warn!(%error, "the journal was not written");
        }
    }
}

/// What is entered of a backup.
pub fn said_of_backup(record: &Record) -> String {
    let size = words::bytes(record.bytes_out);
    format!("A {} backup was made and proven: {} files, {size}.", record.kind, record.files)
}

/// What is said of archives that were sent away.
pub fn said_of_sent(sent: &Sent) -> String {
    let names: Vec<String> = sent.sent.iter().map(ToString::to_string).collect();
    format!("Sent away and read back: {}.", names.join(", "))
}

/// What is said of archives that were fetched.
pub fn said_of_fetched(fetched: &[ArchiveId]) -> String {
    let names: Vec<String> = fetched.iter().map(ToString::to_string).collect();
    format!("Fetched and proven: {}.", names.join(", "))
}

/// What is entered of pruning.
pub fn said_of_pruning(gone: usize) -> String {
    match gone {
        1 => "One backup that is no longer kept was removed.".to_owned(),
        gone => format!("{gone} backups that are no longer kept were removed."),
    }
}

/// What is entered of a drill that took so many seconds.
pub fn said_of_drill(seconds: f64) -> String {
    format!("It came back whole from a scratch folder; that took {}.", words::span(seconds))
}

/// What is entered when somebody lets go of what a restore replaced.
pub const LET_GO: &str = "What the last restore replaced was let go of.";

/// What is to be entered of incidents that changed just now: beginnings and ends.
pub(super) fn of_incidents(changed: &[Incident], now: Instant) -> Vec<Entry> {
    let entry = |incident: &Incident, kind: Entered, text: String| Entry {
        at: now,
        kind,
        text,
        reference: Some(incident.id.clone()),
    };
    let mut entries = Vec::new();
    for incident in changed {
        let label = incident.signal.label();
        for event in incident.timeline.iter().filter(|event| event.at == now) {
            match event.kind {
                EventKind::Opened => {
                    let text = format!("{label} is {}: {}", incident.level, incident.message);
                    entries.push(entry(incident, Entered::Incident, text));
                }
                EventKind::Closed => {
                    entries.push(entry(incident, Entered::Recovery, format!("{label} is well again.")));
                }
                _ => {}
            }
        }
    }
    entries
}
