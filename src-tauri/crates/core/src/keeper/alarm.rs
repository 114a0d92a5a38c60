//! The alerts' side of a tick: rules, record, telling; and what people do about incidents.

use crate::alerts::{self, AlertState, ErrorEvidence, EventKind, Evidence, Handling, Incident, Route, Seen};
use crate::clock::{Instant, Zone};
use crate::error::Result;
use crate::judge::{Memory, Verdict};
use crate::keeper::courier::{Courier, Report};
use crate::keeper::journal;
use crate::keeper::records::Records;
use crate::observe::{Observation, process};
use crate::profile::Profile;
use crate::signal::SignalId;

/// Processes, and errors, that are kept as evidence.
const EVIDENCE: usize = 10;

/// What the alerts work on while one of their turns lasts.
pub struct Alarm<'a> {
    /// The profile in force.
    pub profile: &'a Profile,
    /// What is remembered of alerts.
    pub state: &'a mut AlertState,
    /// What is remembered of levels, written together with it.
    pub memory: &'a Memory,
    /// The record.
    pub records: &'a mut Records,
    /// The way to the channels.
    pub courier: &'a Courier,
    /// The zone of quiet hours.
    pub zone: Zone,
    /// The present.
    pub now: Instant,
}

impl Alarm<'_> {
    /// Takes a regular look.
    pub fn look(&mut self, verdict: &Verdict, seen: &Observation, quiet: bool) {
        for handling in self.records.requests() {
            // It was open when it was asked for; if it is over by now, nothing is left to do.
            if let Err(error) = self.handle(&handling) {
                tracing::info!(%error, "a request came too late");
            }
        }
        let mut signals: Vec<Seen<'_>> = verdict.signals.iter().map(Seen::from).collect();
        if self.memory.down_on_purpose().is_some() {
            for seen in signals.iter_mut().filter(|seen| seen.signal == SignalId::ProcessState) {
                seen.wanted = true;
            }
        }
        let settings = &self.profile.alerts;
        let mut changed = alerts::step(settings, &self.profile.name, self.state, &signals, quiet, self.now);
        self.collect_evidence(&mut changed, seen);
        self.records.journal(&journal::of_incidents(&changed, self.now));
        self.keep(&changed);
    }

    /// Does what only time brings about.
    pub fn settle(&mut self) {
        let changed = alerts::settle(&self.profile.alerts, &self.profile.name, self.state, self.now);
        self.keep(&changed);
    }

    /// Does what a person asks.
    ///
    /// # Errors
    /// When no such incident is open, or the snooze is too long.
    pub fn handle(&mut self, handling: &Handling) -> Result<()> {
        let changed = self.state.handle(handling, self.now)?;
        self.keep(&changed);
        Ok(())
    }

    /// Adds to incidents that opened just now what was seen at that moment.
    fn collect_evidence(&mut self, changed: &mut [Incident], seen: &Observation) {
        let now = self.now;
        let opened = |incident: &&mut Incident| {
            incident.evidence.is_none()
                && incident.timeline.iter().any(|event| event.kind == EventKind::Opened && event.at == now)
        };
        let mut evidence = None;
        for incident in changed.iter_mut().filter(opened) {
            let evidence = evidence.get_or_insert_with(|| gather(seen));
            if let Some(with_evidence) = self.state.attach(&incident.id, evidence) {
                *incident = with_evidence;
            }
        }
    }

    /// Takes what came of a letter that was carried on a thread.
    pub fn came_back(&mut self, report: &Report) {
        self.note(report);
        self.keep(&[]);
    }

    /// Writes down what changed, posts what is owed, carries what is ready, and writes down what came of it.
    ///
    /// Letters are written down before they are carried: killed in between, one goes out again with the same id rather
    /// than never.
    fn keep(&mut self, changed: &[Incident]) {
        for incident in changed {
            self.records.save_incident(incident);
        }
        let route =
            Route { channels: &self.profile.channels, quiet: self.profile.quiet.as_ref(), zone: self.zone };
        let owed = !self.state.owed().is_empty();
        self.state.post(&route, self.now);
        // A channel takes one letter at a time: another may be ready once it has answered.
        let mut ready = self.state.ready(&route, self.now);
        if changed.is_empty() && !owed && ready.is_empty() {
            return;
        }
        self.records.remember(self.memory, self.state, self.now);
        while !ready.is_empty() {
            for letter in ready {
                if let Some(report) = self.courier.carry(letter) {
                    self.note(&report);
                }
            }
            ready = self.state.ready(&route, self.now);
        }
        self.records.remember(self.memory, self.state, self.now);
    }

    fn note(&mut self, report: &Report) {
        for incident in self.state.came_back(&report.letter, report.problem.as_deref(), self.now) {
            self.records.save_incident(&incident);
        }
    }
}

fn gather(seen: &Observation) -> Evidence {
    let tally = seen.errors.as_ref().and_then(|errors| errors.value.as_ref());
    let mut errors: Vec<ErrorEvidence> = tally
        .map(|tally| tally.by_module.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|of| ErrorEvidence {
            at: of.last_at,
            module: of.module.clone(),
            message: of.last_message.clone(),
        })
        .collect();
    errors.sort_by_key(|error| std::cmp::Reverse(error.at));
    errors.truncate(EVIDENCE);
    Evidence {
        processes: process::heaviest(EVIDENCE),
        errors,
        data_size: seen.data_size.value,
        logs_size: seen.logs_size.value,
        disk_free: seen.disk.value.map(|space| space.free),
    }
}

/// What became of a request by a process that may not own the loop.
#[derive(Debug, Clone, PartialEq)]
pub enum Handled {
    /// It is done.
    Done(Vec<Incident>),
    /// The process that owns the loop does it at its next look.
    HandedOver,
}

/// Does what a person asks from a process beside the one that owns the loop, or instead of it.
///
/// # Errors
/// When no such incident is open, the snooze is too long, or the record cannot be written.
pub fn handle(records: &mut Records, handling: &Handling, now: Instant) -> Result<Handled> {
    let mut kept = records.recall();
    // Asked of the record first, so that a wrong name is answered at once.
    let changed = kept.alerts.handle(handling, now)?;
    if !records.is_owner() {
        records.request(handling)?;
        return Ok(Handled::HandedOver);
    }
    for incident in &changed {
        records.save_incident(incident);
    }
    records.remember(&kept.memory, &kept.alerts, now);
    Ok(Handled::Done(changed))
}
