//! What one step of the rules leaves for the next.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::streak::Streak;
use crate::alerts::{
    Evidence, Incident, IncidentState, Letter, Notification, NotificationKind, OpenRound, Outbox, Reminders,
    Route,
};
use crate::clock::{Instant, Zone};
use crate::signal::{Level, SignalId};

/// Streaks, open incidents, and what is owed to people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertState {
    /// What the newest looks said of each signal.
    #[serde(default)]
    pub(super) streaks: BTreeMap<SignalId, Streak>,
    /// Open incidents.
    pub(super) open: Vec<Tracked>,
    /// Signals that turned bad just now and wait for company, so that one notification tells of all.
    #[serde(default)]
    pub(super) gathering: Vec<Gathered>,
    /// When each announcement was told last, by its id.
    #[serde(default)]
    pub(super) told: BTreeMap<String, Told>,
    /// Notifications that were decided but not yet handed over: written down before they are sent, so that a
    /// kill in between repeats them with the same id rather than losing them.
    pub(super) owed: Vec<Notification>,
    /// Closed incidents whose recovery is still owed: they are on record as told only when it was.
    pub(super) closing: Vec<Tracked>,
    /// What waits for its channel.
    #[serde(default)]
    outbox: Outbox,
    /// Which rounds of care were spoken of.
    #[serde(default)]
    reminders: Reminders,
    /// Whether the process was seen to be gone at the last look.
    #[serde(default)]
    pub(super) dead: bool,
    /// Signals that jobs of ours disturb just now. Not written down: a job does not outlive its process.
    #[serde(skip)]
    holds: Vec<(String, Vec<SignalId>)>,
}

/// An open incident and the notification that announced it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    /// The incident as it is shown.
    pub incident: Incident,
    /// The id of the notification that told of it; several incidents may share one.
    pub announced_as: Option<String>,
}

/// A signal that waits to be told of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Gathered {
    /// Which.
    pub signal: SignalId,
    /// Since when it waits.
    pub since: Instant,
}

/// When an announcement was told last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// When.
    pub at: Instant,
    /// How often in all.
    pub times: u32,
}

impl AlertState {
    /// Open incidents, worst first.
    pub fn open_incidents(&self) -> Vec<Incident> {
        let mut open: Vec<Incident> = self.open.iter().map(|tracked| tracked.incident.clone()).collect();
        open.sort_by_key(|incident| (std::cmp::Reverse(incident.level), incident.opened_at));
        open
    }

    /// Signals that keep changing sides, with the colour that is held meanwhile.
    pub fn held(&self) -> Vec<(SignalId, Level)> {
        let flapping = self.open.iter().map(|tracked| &tracked.incident).filter(|incident| incident.flapping);
        flapping.map(|incident| (incident.signal, incident.level)).collect()
    }

    /// Keeps what was seen when the incident opened.
    pub fn attach(&mut self, id: &str, evidence: &Evidence) -> Option<Incident> {
        let tracked = self.open.iter_mut().find(|tracked| tracked.incident.id == id)?;
        tracked.incident.evidence = Some(evidence.clone());
        Some(tracked.incident.clone())
    }

    /// Holds back `signals` while the job `handle` runs: just those that it disturbs, exactly as long as it runs.
    pub fn hold(&mut self, handle: &str, signals: &[SignalId]) {
        self.release(handle);
        self.holds.push((handle.to_owned(), signals.to_vec()));
    }

    /// Ends what [`AlertState::hold`] began; what was seen meanwhile says nothing about now.
    pub fn release(&mut self, handle: &str) {
        for (_, signals) in self.holds.extract_if(.., |(known, _)| known == handle) {
            for signal in signals {
                if let Some(streak) = self.streaks.get_mut(&signal) {
                    streak.forget_looks();
                }
            }
        }
    }

    /// Whether a job of ours disturbs `signal` just now.
    pub(super) fn is_held(&self, signal: SignalId) -> bool {
        self.holds.iter().any(|(_, signals)| signals.contains(&signal))
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
        self.outbox.take_over(kept.outbox);
        for (id, told) in kept.told {
            self.told.entry(id).or_insert(told);
        }
        self.reminders.take_over(kept.reminders);
        for (signal, streak) in kept.streaks {
            self.streaks.entry(signal).or_insert(streak);
        }
    }

    /// Owes people one word about rounds that can be done and that nobody was told of; says whether it does.
    pub fn remind(
        &mut self,
        ecosystem: &str,
        open: &[OpenRound],
        hours: Option<(NaiveTime, NaiveTime)>,
        zone: Zone,
        now: Instant,
    ) -> bool {
        let Some(reminder) = self.reminders.next(open, hours, |at| zone.local(at), now) else { return false };
        self.owed.push(Notification {
            // One for all: what is said of later rounds takes the place of what was said of earlier ones.
            id: "rounds".into(),
            kind: NotificationKind::Reminder,
            level: Level::Green,
            title: format!("{ecosystem}: {}", reminder.title),
            body: reminder.body,
            at: now,
        });
        true
    }

    /// Notifications that are to be posted now.
    pub fn owed(&self) -> &[Notification] {
        &self.owed
    }

    /// Takes what is owed as if every channel had taken it: for a replay, which delivers nothing.
    pub(super) fn hand_over_all(&mut self) -> Vec<Notification> {
        self.closing.clear();
        std::mem::take(&mut self.owed)
    }

    /// Writes letters for what is owed.
    pub fn post(&mut self, route: &Route<'_>, now: Instant) {
        for notification in std::mem::take(&mut self.owed) {
            self.outbox.post(&notification, route, now);
        }
        self.forget_told();
    }

    /// Takes the letters whose time has come.
    pub fn ready(&mut self, route: &Route<'_>, now: Instant) -> Vec<Letter> {
        let open = &self.open;
        let unattended = |id: &str| {
            open.iter().any(|tracked| {
                tracked.announced_as.as_deref() == Some(id) && tracked.incident.state == IncidentState::Open
            })
        };
        self.outbox.ready(route, unattended, now)
    }

    /// Takes what came of a letter, and gives the incidents that changed by it.
    pub fn came_back(&mut self, letter: &Letter, problem: Option<&str>, now: Instant) -> Vec<Incident> {
        let delivery = self.outbox.came_back(letter, problem, now);
        let mut changed = Vec::new();
        if let Some(delivery) = delivery {
            let concerned = |tracked: &&mut Tracked| {
                tracked.announced_as.as_deref() == Some(letter.notification.id.as_str())
            };
            for tracked in self.open.iter_mut().chain(&mut self.closing).filter(concerned) {
                tracked.incident.delivered(&delivery);
                changed.push(tracked.incident.clone());
            }
        }
        self.forget_told();
        changed
    }

    /// What waits, and which channels fail.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Notes what came of a test.
    pub fn tested(&mut self, channel: &str, problem: Option<&str>, now: Instant) {
        self.outbox.tested(channel, problem, now);
    }

    /// Closed incidents are kept until every channel has heard of their end.
    fn forget_told(&mut self) {
        let (open, owed, outbox) = (&self.open, &self.owed, &self.outbox);
        self.closing.retain(|tracked| {
            tracked.announced_as.as_ref().is_some_and(|id| {
                outbox.holds(id)
                    || owed.iter().any(|told| told.id == *id)
                    || open.iter().any(|one| one.announced_as.as_ref() == Some(id))
            })
        });
    }
}
