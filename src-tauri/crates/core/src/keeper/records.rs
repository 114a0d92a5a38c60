//! The engine's way to the store: one owner writes, everybody else reads, and a store that fails never stops the watch.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use crate::alerts::{AlertState, Incident};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::judge::{Memory, Verdict};
use crate::keeper::overview::Notice;
use crate::observe::logs::LogMemory;
use crate::signal::{Level, SignalId};
use crate::store::{EcosystemId, Owner, Point, Store};

const JUDGE: &str = "judge";
const ALERTS: &str = "alerts";
const LOGS: &str = "logs";

/// How often memories are written that change with every tick: what a kill may cost.
const NOW_AND_THEN: TimeDelta = TimeDelta::minutes(5);

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
    root: Option<PathBuf>,
    store: Option<Store>,
    ecosystem: Option<EcosystemId>,
    owner: Option<Owner>,
    memory_written: Option<Instant>,
    logs_written: Option<Instant>,
    standing: Vec<Notice>,
    problem: Option<Notice>,
}

impl Records {
    /// Records in `dir`, which is made when the first ecosystem is chosen.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            root: None,
            store: None,
            ecosystem: None,
            owner: None,
            memory_written: None,
            logs_written: None,
            standing: Vec::new(),
            problem: None,
        }
    }

    /// Turns to the ecosystem in `root`.
    pub fn choose(&mut self, root: &Path) {
        self.root = Some(root.to_owned());
        self.ecosystem = None;
        self.memory_written = None;
        self.logs_written = None;
        self.own();
    }

    /// Tries to become the owner of the loop, and to open the store; both again at each tick until they succeed.
    pub fn own(&mut self) {
        self.problem = None;
        if let Err(error) = self.try_own() {
            self.complain("The history cannot be written", &error);
        }
    }

    fn try_own(&mut self) -> Result<()> {
        let Some(root) = self.root.clone() else { return Ok(()) };
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

    /// Whether this process owns the loop and may alert and write.
    pub fn is_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// What the user must know about the store.
    pub fn notices(&self) -> Vec<Notice> {
        self.standing.iter().chain(&self.problem).cloned().collect()
    }

    /// What was remembered when Caretaker last ran.
    pub fn recall(&mut self) -> Kept {
        Kept {
            memory: self.note(JUDGE).unwrap_or_default(),
            alerts: self.note(ALERTS).unwrap_or_default(),
            logs: self.note(LOGS),
        }
    }

    /// The owner's memory of levels, for a process that only reads; `None` for the owner itself.
    pub fn shared_memory(&mut self) -> Option<Memory> {
        if self.is_owner() { None } else { self.note(JUDGE) }
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

    fn write(&mut self, doing: &str, write: impl FnOnce(&mut Store, EcosystemId) -> Result<()>) {
        if !self.is_owner() {
            return;
        }
        let (Some(store), Some(ecosystem)) = (&mut self.store, self.ecosystem) else { return };
        if let Err(error) = write(store, ecosystem) {
            self.complain(doing, &error);
        }
    }

    fn complain(&mut self, doing: &str, error: &Error) {
        tracing::warn!(%error, doing);
        self.problem = Some(Notice { text: format!("{doing}: {error}"), hint: error.hint.clone() });
    }

    /// Writes the figures of one tick.
    pub fn record(&mut self, verdict: &Verdict, now: Instant) {
        let samples: Vec<(SignalId, Option<f64>, Level)> =
            verdict.signals.iter().map(|signal| (signal.id, signal.value, signal.level)).collect();
        self.write("The figures cannot be written", |store, ecosystem| {
            store.record(ecosystem, now, &samples)
        });
    }

    /// Writes an incident.
    pub fn save_incident(&mut self, incident: &Incident) {
        self.write("An incident cannot be written", |store, ecosystem| {
            store.save_incident(ecosystem, incident)
        });
    }

    /// Writes levels and alert state at once.
    pub fn remember(&mut self, memory: &Memory, alerts: &AlertState, now: Instant) {
        self.memory_written = Some(now);
        let (Ok(memory), Ok(alerts)) = (serde_json::to_string(memory), serde_json::to_string(alerts)) else {
            return;
        };
        self.write("The memory cannot be written", |store, ecosystem| {
            store.set_notes(ecosystem, &[(JUDGE, &memory), (ALERTS, &alerts)])
        });
    }

    /// Writes levels and alert state when a level changed, or when they were not written for a while.
    pub fn remember_now_and_then(
        &mut self,
        memory: &Memory,
        alerts: &AlertState,
        now: Instant,
        changed: bool,
    ) {
        if changed || due(self.memory_written, now) {
            self.remember(memory, alerts, now);
        }
    }

    /// Writes where the logs were read up to.
    pub fn remember_logs(&mut self, memory: &LogMemory, now: Instant) {
        self.logs_written = Some(now);
        let Ok(text) = serde_json::to_string(memory) else { return };
        self.write("The position in the logs cannot be written", |store, ecosystem| {
            store.set_notes(ecosystem, &[(LOGS, &text)])
        });
    }

    /// Whether the position in the logs was not written for a while.
    pub fn logs_due(&self, now: Instant) -> bool {
        due(self.logs_written, now)
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

fn due(written: Option<Instant>, now: Instant) -> bool {
    written.is_none_or(|at| now - at >= NOW_AND_THEN || now < at)
}
