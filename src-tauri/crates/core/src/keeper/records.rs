//! The engine's way to the store: one owner writes, everybody else reads, and a store that fails never stops the watch.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use crate::alerts::{AlertState, Handling, Incident};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Memory, Verdict};
use crate::keeper::overview::Notice;
use crate::observe::logs::LogMemory;
use crate::signal::{Level, SignalId};
use crate::store::{EcosystemId, Entry, Owner, Point, Store};

/// The note that holds levels and since when.
pub(super) const JUDGE: &str = "judge";
const ALERTS: &str = "alerts";
const LOGS: &str = "logs";
/// The note that holds up to when errors were dealt with.
pub(super) const DEALT_WITH: &str = "errors dealt with";

/// How often memories are written that change with every tick: what a kill may cost.
const NOW_AND_THEN: TimeDelta = TimeDelta::minutes(5);

/// How often the counts of the logs are written: they are long, and a kill costs no more than reading what came since.
const LOGS_NOW_AND_THEN: TimeDelta = TimeDelta::minutes(30);

/// What was remembered of an ecosystem.
#[derive(Default)]
pub struct Kept {
    /// Levels and since when.
    pub memory: Memory,
    /// Sample windows and open incidents.
    pub alerts: AlertState,
    /// Where the logs were read up to, and what was counted.
    pub logs: Option<LogMemory>,
}

/// The store as far as this process may use it.
pub struct Records {
    dir: PathBuf,
    only_reads: bool,
    root: Option<PathBuf>,
    store: Option<Store>,
    ecosystem: Option<EcosystemId>,
    owner: Option<Owner>,
    memory_written: Option<Instant>,
    logs_written: Option<Instant>,
    standing: Vec<Notice>,
    problem: Option<Notice>,
    /// Why the store is damaged, where that was found while it was in use.
    damaged: Option<String>,
    /// Whether a fresh store was started in place of a damaged one, which knows nothing of what is open.
    renewed: bool,
    /// Incidents that could not be written yet, because the disk is full for example.
    unsaved: Vec<Incident>,
}

/// Incidents that are held back at most until they can be written.
const MOST_UNSAVED: usize = 200;

impl Records {
    /// The state folder.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Records in `dir`, which is made when the first ecosystem is chosen.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            only_reads: false,
            root: None,
            store: None,
            ecosystem: None,
            owner: None,
            memory_written: None,
            logs_written: None,
            standing: Vec::new(),
            problem: None,
            damaged: None,
            renewed: false,
            unsaved: Vec::new(),
        }
    }

    /// Records in `dir` that are only read: nothing is made, and the loop is left to whoever has it.
    pub fn reading(dir: PathBuf) -> Self {
        Self { only_reads: true, ..Self::new(dir) }
    }

    /// Turns to the ecosystem in `root`.
    pub fn choose(&mut self, root: &Path) {
        self.root = Some(root.to_owned());
        self.ecosystem = None;
        self.memory_written = None;
        self.logs_written = None;
        self.unsaved.clear();
        self.own();
    }

    /// Tries to become the owner of the loop, and to open the store; both again at each tick until they succeed.
    pub fn own(&mut self) {
        self.problem = None;
        if let Err(error) = self.try_own() {
            self.complain("The history cannot be written", &error);
        }
        self.save_unsaved();
    }

    fn try_own(&mut self) -> Result<()> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        if self.only_reads {
            self.store = Store::open_read_only(&self.dir)?;
            self.ecosystem = self.store.as_ref().map_or(Ok(None), |store| store.find_ecosystem(&root))?;
            return Ok(());
        }
        // Only its owner may take a store away from everybody.
        if let Some(why) = self.damaged.take_if(|_| self.owner.is_some()) {
            (self.store, self.ecosystem) = (None, None);
            (self.memory_written, self.logs_written) = (None, None);
            let opened = Store::renew(&self.dir, &why)?;
            self.standing.extend(opened.notice.map(|text| Notice { text, hint: None }));
            self.store = Some(opened.store);
            self.renewed = true;
        }
        if self.store.is_none() {
            let opened = Store::open(&self.dir)?;
            self.standing.extend(opened.notice.map(|text| Notice { text, hint: None }));
            self.store = Some(opened.store);
        }
        if self.owner.is_none() {
            self.owner = Owner::try_take(&self.dir)?;
        }
        if let (None, Some(store)) = (self.ecosystem, &mut self.store) {
            self.ecosystem = Some(store.ecosystem(&root)?);
        }
        Ok(())
    }

    /// Whether a fresh store was started since this was asked last: what is open must be written into it.
    pub fn take_renewed(&mut self) -> bool {
        std::mem::take(&mut self.renewed)
    }

    /// Whether this process owns the loop and may write.
    pub fn is_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// Whether this process is the one that tells people: the owner, or anyone while no record can be kept.
    ///
    /// A state folder that cannot be written must not keep an alarm from anybody; told twice is better than never.
    pub fn may_tell(&self) -> bool {
        self.is_owner() || self.store.is_none() || (self.ecosystem.is_none() && self.problem.is_some())
    }

    /// What the user must know about the store.
    pub fn notices(&self) -> Vec<Notice> {
        self.standing.iter().chain(&self.problem).cloned().collect()
    }

    /// That another process keeps the record and tells people, where one does.
    pub fn other_owner(&self) -> Option<Notice> {
        if self.may_tell() || self.root.is_none() {
            return None;
        }
        let who = Owner::last_pid(&self.dir).map_or_else(String::new, |pid| format!(" (process {pid})"));
        Some(Notice {
            text: format!(
                "Another Caretaker{who} keeps the record and tells what happens; this one only shows it."
            ),
            hint: Some("When that one ends, this one takes over.".into()),
        })
    }

    /// What was remembered when Caretaker last ran.
    pub fn recall(&mut self) -> Kept {
        Kept {
            memory: self.note(JUDGE).unwrap_or_default(),
            alerts: self.note(ALERTS).unwrap_or_default(),
            logs: self.note(LOGS),
        }
    }

    /// Up to when errors of the logs were dealt with, whoever said so.
    pub fn errors_dealt_with(&mut self) -> Option<Instant> {
        self.note::<Option<Instant>>(DEALT_WITH).flatten()
    }

    /// The owner's memory of levels and incidents, for a process that only reads; `None` for one that tells itself.
    pub fn shared_memory(&mut self) -> Option<(Memory, AlertState)> {
        if self.may_tell() {
            return None;
        }
        Some((self.note(JUDGE)?, self.note(ALERTS)?))
    }

    fn note<T: serde::de::DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let (Some(store), Some(ecosystem)) = (&self.store, self.ecosystem) else { return None };
        match store.note(ecosystem, key) {
            Ok(Some(text)) => serde_json::from_str(&text)
                // A note of an older version that no longer fits: what it held is learnt again.
                .inspect_err(|error| tracing::info!(key, %error, "a note of another version was left out"))
                .ok(),
            Ok(None) => None,
            Err(error) => {
                self.complain("The history cannot be read", &error);
                None
            }
        }
    }

    /// Reads something; `None` where there is no record, or it cannot be read.
    pub fn read<T>(&mut self, read: impl FnOnce(&Store, EcosystemId) -> Result<T>) -> Option<T> {
        let (Some(store), Some(ecosystem)) = (&self.store, self.ecosystem) else { return None };
        match read(store, ecosystem) {
            Ok(found) => Some(found),
            Err(error) => {
                self.complain("The history cannot be read", &error);
                None
            }
        }
    }

    /// Writes down since when there are rounds of care, once.
    pub fn rounds_begin(&mut self, now: Instant) -> Option<Instant> {
        let mut began = None;
        self.write("The rounds cannot be written", |store, ecosystem| {
            began = Some(store.rounds_begin(ecosystem, now)?);
            Ok(())
        });
        began
    }

    /// Writes as the owner; false when it could not be written, or is not for this process to write.
    fn write(&mut self, doing: &str, write: impl FnOnce(&mut Store, EcosystemId) -> Result<()>) -> bool {
        if !self.is_owner() {
            return false;
        }
        let (Some(store), Some(ecosystem)) = (&mut self.store, self.ecosystem) else { return false };
        match write(store, ecosystem) {
            Ok(()) => true,
            Err(error) => {
                self.complain(doing, &error);
                false
            }
        }
    }

    fn complain(&mut self, doing: &str, error: &Error) {
        tracing::warn!(%error, doing);
        if error.kind == ErrorKind::Damaged {
            self.damaged = Some(error.to_string());
        }
        self.problem = Some(Notice { text: format!("{doing}: {error}"), hint: error.hint.clone() });
    }

    /// Leaves a request for the process that owns the loop.
    ///
    /// # Errors
    /// When there is no record, or it cannot be written.
    pub fn request(&mut self, handling: &Handling) -> Result<()> {
        let (Some(store), Some(ecosystem)) = (&mut self.store, self.ecosystem) else {
            return Err(Error::new(ErrorKind::NotFound, "nothing is on record of this ecosystem yet")
                .hint("Start Caretaker, or `caretaker watch`."));
        };
        let body = serde_json::to_string(handling)
            .map_err(|e| Error::new(ErrorKind::System, "a request cannot be put into words").because(e))?;
        store.request(ecosystem, &body)
    }

    /// Takes what other processes asked for; only the owner does.
    pub fn requests(&mut self) -> Vec<Handling> {
        let mut taken = Vec::new();
        self.write("What was asked for cannot be read", |store, ecosystem| {
            taken = store.take_requests(ecosystem)?;
            Ok(())
        });
        taken
            .iter()
            .filter_map(|body| {
                serde_json::from_str(body)
                    .inspect_err(
                        |error| tracing::warn!(%error, "a request that nobody understands was dropped"),
                    )
                    .ok()
            })
            .collect()
    }

    /// Enters what happened into the journal.
    pub fn journal(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        self.write("The journal cannot be written", |store, ecosystem| {
            entries.iter().try_for_each(|entry| store.journal(ecosystem, entry))
        });
    }

    /// Writes the figures of one tick.
    pub fn record(&mut self, verdict: &Verdict, now: Instant) {
        let samples: Vec<(SignalId, Option<f64>, Level)> =
            verdict.signals.iter().map(|signal| (signal.id, signal.value, signal.level)).collect();
        self.write("The figures cannot be written", |store, ecosystem| {
            store.record(ecosystem, now, verdict.light, &samples)
        });
    }

    /// Writes an incident; one that cannot be written now is tried again at each tick.
    pub fn save_incident(&mut self, incident: &Incident) {
        self.unsaved.retain(|waiting| waiting.id != incident.id);
        self.unsaved.push(incident.clone());
        let surplus = self.unsaved.len().saturating_sub(MOST_UNSAVED);
        self.unsaved.drain(..surplus);
        self.save_unsaved();
    }

    fn save_unsaved(&mut self) {
        if self.unsaved.is_empty() {
            return;
        }
        let unsaved = std::mem::take(&mut self.unsaved);
        let saved = self.write("An incident cannot be written", |store, ecosystem| {
            unsaved.iter().try_for_each(|incident| store.save_incident(ecosystem, incident))
        });
        if !saved {
            self.unsaved = unsaved;
        }
    }

    /// Writes levels and alert state at once.
    pub fn remember(&mut self, memory: &Memory, alerts: &AlertState, now: Instant) {
        let (Ok(memory), Ok(alerts)) = (serde_json::to_string(memory), serde_json::to_string(alerts)) else {
            return;
        };
        let written = self.write("The memory cannot be written", |store, ecosystem| {
            store.set_notes(ecosystem, &[(JUDGE, &memory), (ALERTS, &alerts)])
        });
        // What failed is tried again at the next tick.
        self.memory_written = written.then_some(now);
    }

    /// Writes levels and alert state when a level changed, or when they were not written for a while.
    pub fn remember_now_and_then(
        &mut self,
        memory: &Memory,
        alerts: &AlertState,
        now: Instant,
        changed: bool,
    ) {
        if changed || due(self.memory_written, now, NOW_AND_THEN) {
            self.remember(memory, alerts, now);
        }
    }

    /// Writes where the logs were read up to.
    pub fn remember_logs(&mut self, memory: &LogMemory, now: Instant) {
        let Ok(text) = serde_json::to_string(memory) else { return };
        let written = self.write("The position in the logs cannot be written", |store, ecosystem| {
            store.set_notes(ecosystem, &[(LOGS, &text)])
        });
        self.logs_written = written.then_some(now);
    }

    /// Whether the position in the logs was not written for a while.
    pub fn logs_due(&self, now: Instant) -> bool {
        due(self.logs_written, now, LOGS_NOW_AND_THEN)
    }

    /// The recorded values of a signal in equal steps; empty where there are none.
    pub fn series(
        &self,
        signal: SignalId,
        since: Instant,
        until: Instant,
        step: std::time::Duration,
    ) -> Vec<Point> {
        let (Some(store), Some(ecosystem)) = (&self.store, self.ecosystem) else { return Vec::new() };
        store.series(ecosystem, signal, since, until, step).unwrap_or_else(|error| {
            tracing::warn!(%error, %signal, "history not read");
            Vec::new()
        })
    }
}

fn due(written: Option<Instant>, now: Instant, every: TimeDelta) -> bool {
    written.is_none_or(|at| now - at >= every || now < at)
}
