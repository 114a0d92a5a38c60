//! What is known of an ecosystem beside its files: handed in, so that each room asks only what is its own.

use std::path::Path;

use crate::clock::{Instant, Zone};
use crate::judge::{Signal, Verdict};
use crate::observe::ProcessTree;
use crate::profile::Profile;
use crate::signal::SignalId;

/// What is known beside the files.
pub struct KnownOfIt<'a> {
    /// Whether only secrets are looked for: the quick look after a key was pasted somewhere.
    pub only_secrets: bool,
    /// What describes it.
    pub profile: &'a Profile,
    /// The present.
    pub now: Instant,
    /// The zone of days.
    pub zone: Zone,
    /// Where Caretaker keeps its own records.
    pub state_dir: &'a Path,
    /// The newest judgement; `None` where nobody looked.
    pub verdict: Option<&'a Verdict>,
    /// Its process, `None` where it does not run; the error says why that cannot be told.
    pub process: Result<Option<ProcessTree>, String>,
    /// How often it was gone, from the record; `None` where nothing is on record.
    pub restarts: Option<Restarts>,
    /// By how many bytes a day the logs grew, over how many days; `None` where the record is too short.
    pub log_growth: Option<(f64, f64)>,
    /// What the newest audit left open; `None` where there was none.
    pub audit: Option<AuditKnown>,
}

/// How often the process was gone.
#[derive(Debug, Clone, Default)]
pub struct Restarts {
    /// When, of the last week, oldest first.
    pub at: Vec<Instant>,
    /// Since when there is a record.
    pub since: Instant,
}

/// What the newest audit left open.
#[derive(Debug, Clone)]
pub struct AuditKnown {
    /// When it was.
    pub at: Instant,
    /// Findings that are critical or high, or past their day, and that nobody accepted.
    pub pressing: Vec<String>,
}

impl KnownOfIt<'_> {
    /// A signal of the newest judgement.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn signal(&self, id: SignalId) -> Result<&Signal, String> {
        let verdict = self.verdict.ok_or_else(|| "Nobody has looked at it yet.".to_owned())?;
        let found = verdict.signals.iter().find(|signal| signal.id == id);
        found.ok_or_else(|| format!("“{}” is nothing that can be told of this ecosystem now.", id.label()))
    }

    /// The process, where it runs.
    pub(super) fn running(&self) -> Option<&ProcessTree> {
        self.process.as_ref().ok()?.as_ref()
    }
}
