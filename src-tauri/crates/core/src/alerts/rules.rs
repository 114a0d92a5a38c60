//! When a breach becomes an incident, when an incident is over, and what is owed to people. Pure.
//!
//! An incident opens when `breaches` of the last `samples` known levels of a signal are yellow or worse, and closes
//! when as many in a row are green. Unknown neither opens nor closes: it is no sample. After start and sleep
//! (`quiet`) the windows are dropped, since what was seen before says nothing about now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alerts::telling;
use crate::alerts::{Delivery, Incident, IncidentState, Notification, NotificationKind};
use crate::clock::Instant;
use crate::judge::{Signal, Verdict};
use crate::profile::AlertSettings;
use crate::signal::{Level, SignalId, Source};

/// What follows from a process that is gone: no incident of its own opens for these.
const FOLLOWS_FROM_DEATH: &[SignalId] = &[
    SignalId::ProcessCpu,
    SignalId::ProcessMemory,
    SignalId::ProcessUptime,
    SignalId::StateAge,
    SignalId::ModulesFailing,
    SignalId::ModulesErrorShare,
    SignalId::Contradictions,
];

/// What one step leaves for the next: the newest levels, open incidents, and what is owed to people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertState {
    /// The newest known levels of each signal, oldest first.
    windows: BTreeMap<SignalId, Vec<Level>>,
    /// Open incidents.
    open: Vec<Tracked>,
    /// Notifications that were decided but not yet handed over: written down before they are sent, so that a
    /// kill in between repeats them with the same id rather than losing them.
    owed: Vec<Notification>,
    /// Closed incidents whose recovery is still owed: they are on record as told only when it was.
    closing: Vec<Tracked>,
}

/// An open incident and the notification that announced it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// The incident as it is shown.
    pub incident: Incident,
    /// The id of the notification that told of it; several incidents may share one.
    pub announced_as: Option<String>,
}

impl AlertState {
    /// Open incidents, worst first.
    pub fn open_incidents(&self) -> Vec<Incident> {
        let mut open: Vec<Incident> = self.open.iter().map(|tracked| tracked.incident.clone()).collect();
        open.sort_by_key(|incident| (std::cmp::Reverse(incident.level), incident.opened_at));
        open
    }

    /// Goes on from what another process, or an earlier run, left on record.
    ///
    /// What this one found itself while the record could not be read stays; the rest is taken over.
    pub fn take_over(&mut self, kept: Self) {
        let own: Vec<SignalId> = self.open.iter().map(|tracked| tracked.incident.signal).collect();
        self.open.extend(kept.open.into_iter().filter(|tracked| !own.contains(&tracked.incident.signal)));
        self.closing.extend(kept.closing);
        let mut owed = kept.owed;
        owed.append(&mut self.owed);
        self.owed = owed;
        for (signal, window) in kept.windows {
            self.windows.entry(signal).or_insert(window);
        }
    }

    /// Notifications that are to be handed to the channels now.
    pub fn owed(&self) -> &[Notification] {
        &self.owed
    }

    /// Notes that a notification was handed over, and gives the incidents that changed by it.
    pub fn handed_over(&mut self, told: &Notification, deliveries: &[Delivery]) -> Vec<Incident> {
        self.owed.retain(|owed| owed != told);
        let concerned = |tracked: &&mut Tracked| tracked.announced_as.as_ref() == Some(&told.id);
        let mut changed = Vec::new();
        for tracked in self.open.iter_mut().chain(&mut self.closing).filter(concerned) {
            tracked.incident.deliveries.extend(deliveries.iter().cloned());
            changed.push(tracked.incident.clone());
        }
        if told.kind == NotificationKind::Recovered {
            self.closing.retain(|tracked| tracked.announced_as.as_ref() != Some(&told.id));
        }
        changed
    }
}

/// Takes one verdict, and gives the incidents that opened, worsened or closed, for the record.
///
/// What is to be told waits in [`AlertState::owed`].
pub fn step(
    settings: &AlertSettings,
    ecosystem: &str,
    state: &mut AlertState,
    verdict: &Verdict,
    quiet: bool,
    now: Instant,
) -> Vec<Incident> {
    if quiet {
        state.windows.clear();
        return Vec::new();
    }
    // Only what was measured silences: a process that merely says “error” still has a CPU to be measured.
    let dead = verdict.signals.iter().any(|signal| {
        signal.id == SignalId::ProcessState && signal.level == Level::Red && signal.source == Source::Measured
    });
    let mut changed = Vec::new();
    let mut raised = Vec::new();
    for signal in verdict.signals.iter().filter(|signal| signal.level != Level::Unknown) {
        let window = state.windows.entry(signal.id).or_default();
        window.push(signal.level);
        let surplus = window.len().saturating_sub(usize::from(settings.samples));
        window.drain(..surplus);
        let needed = usize::from(settings.breaches).max(1);
        let at_least = |level: Level| window.iter().filter(|seen| **seen >= level).count() >= needed;
        let sustained = match (at_least(Level::Red), at_least(Level::Yellow)) {
            (true, _) => Some(Level::Red),
            (false, true) => Some(Level::Yellow),
            (false, false) => None,
        };
        let known = state.open.iter_mut().find(|tracked| tracked.incident.signal == signal.id);
        match (known, sustained) {
            (None, Some(level))
                if !(dead && FOLLOWS_FROM_DEATH.contains(&signal.id)) && signal.level != Level::Green =>
            {
                let incident = opened(signal, level, now);
                changed.push(incident.clone());
                state.open.push(Tracked { incident, announced_as: None });
                raised.extend((level == Level::Red).then_some(signal.id));
            }
            (Some(tracked), Some(Level::Red)) if tracked.incident.level < Level::Red => {
                tracked.incident.level = Level::Red;
                tracked.incident.message.clone_from(&signal.reason);
                changed.push(tracked.incident.clone());
                raised.push(signal.id);
            }
            _ => {}
        }
    }
    if settings.notify {
        state.owed.extend(telling::raise(ecosystem, &mut state.open, &raised));
    }
    let (closed, recovered) = close(settings, ecosystem, state, verdict, now);
    state.owed.extend(recovered);
    changed.extend(closed);
    changed
}

fn opened(signal: &Signal, level: Level, now: Instant) -> Incident {
    Incident {
        id: format!("{}-{}", signal.id, now.format("%Y%m%d-%H%M%S")),
        signal: signal.id,
        level,
        state: IncidentState::Open,
        opened_at: now,
        closed_at: None,
        message: signal.reason.clone(),
        remedy: signal.remedy.as_ref().map(|remedy| remedy.text.clone()),
        deliveries: Vec::new(),
    }
}

/// Takes out the incidents that are over: green long enough, or about a signal that the profile no longer has.
fn close(
    settings: &AlertSettings,
    ecosystem: &str,
    state: &mut AlertState,
    verdict: &Verdict,
    now: Instant,
) -> (Vec<Incident>, Vec<Notification>) {
    let needed = usize::from(settings.breaches).max(1);
    let windows = &state.windows;
    let is_over = |tracked: &Tracked| {
        let signal = tracked.incident.signal;
        let gone = !verdict.signals.iter().any(|seen| seen.id == signal);
        let newest =
            windows.get(&signal).map_or(&[][..], |window| &window[window.len().saturating_sub(needed)..]);
        gone || (newest.len() == needed && newest.iter().all(|level| *level == Level::Green))
    };
    let (over, open): (Vec<Tracked>, Vec<Tracked>) =
        std::mem::take(&mut state.open).into_iter().partition(is_over);
    state.open = open;
    // Its breaches have had their incident: they count towards no new one.
    for tracked in &over {
        state.windows.remove(&tracked.incident.signal);
    }
    let mut closed: Vec<Tracked> = over
        .into_iter()
        .map(|mut tracked| {
            tracked.incident.state = IncidentState::Closed;
            tracked.incident.closed_at = Some(now);
            tracked
        })
        .collect();
    // A recovery that overtakes its own announcement would say that something is over which nobody heard of.
    let told = telling::recover(ecosystem, &state.open, &mut closed, &mut state.owed);
    // Those that were announced wait for the word that all of their announcement is over.
    state.closing.extend(closed.iter().filter(|tracked| tracked.announced_as.is_some()).cloned());
    let (open, owed) = (&state.open, &state.owed);
    state.closing.retain(|waiting| {
        let same = |id: &String| Some(id) == waiting.announced_as.as_ref();
        open.iter().any(|tracked| tracked.announced_as == waiting.announced_as)
            || told.iter().chain(owed).any(|told| same(&told.id))
    });
    (closed.into_iter().map(|tracked| tracked.incident).collect(), told)
}
