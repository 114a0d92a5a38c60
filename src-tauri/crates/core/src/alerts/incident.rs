//! An incident: a sustained breach with a beginning, an end, what was seen of it and what was told.

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::observe::process::HeavyProcess;
use crate::signal::{Level, SignalId};

/// Events that an incident's timeline holds at most; the first ones and the newest are kept.
const MOST_EVENTS: usize = 100;

/// Attempts to tell that are kept at most.
const MOST_DELIVERIES: usize = 100;

/// A sustained breach of one signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Incident {
    /// Stable identifier: the signal and the second it opened, `disk.free-20251216-030001`.
    pub id: String,
    /// The signal that breached.
    pub signal: SignalId,
    /// The worst level it reached.
    pub level: Level,
    /// Whether it goes on, and whether somebody has taken note.
    pub state: IncidentState,
    /// When the breach was sustained.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub opened_at: Instant,
    /// When it was over.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub closed_at: Option<Instant>,
    /// When somebody said “I have seen it”.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub acknowledged_at: Option<Instant>,
    /// Until when nothing is told of it; always an end, never “for ever”.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub snoozed_until: Option<Instant>,
    /// Whether its signal keeps changing sides; its colour is held meanwhile.
    #[serde(default)]
    pub flapping: bool,
    /// The signal's reason when it opened, or when it got worse.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What happened to it, oldest first.
    #[serde(default)]
    pub timeline: Vec<IncidentEvent>,
    /// What was seen when it opened.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// What was told of it, and whether it got out.
    pub deliveries: Vec<Delivery>,
}

impl Incident {
    /// Notes what happened to it.
    pub(super) fn note(&mut self, at: Instant, kind: EventKind, text: impl Into<String>) {
        if self.timeline.len() >= MOST_EVENTS {
            // The beginning explains it, the newest says how it stands: what lies between may go.
            self.timeline.remove(MOST_EVENTS / 2);
        }
        self.timeline.push(IncidentEvent { at, kind, text: text.into() });
    }

    /// Keeps what came of an attempt to tell.
    pub(super) fn delivered(&mut self, delivery: &Delivery) {
        if self.deliveries.len() >= MOST_DELIVERIES {
            self.deliveries.remove(MOST_DELIVERIES / 2);
        }
        self.deliveries.push(delivery.clone());
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.state == IncidentState::Closed
    }
}

/// Whether an incident goes on, and whether somebody has taken note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum IncidentState {
    /// Still going on.
    Open,
    /// Still going on, and somebody has seen it: it is not told again.
    Acknowledged,
    /// Still going on, and silent until a given time.
    Snoozed,
    /// Over.
    Closed,
}

/// One thing that happened to an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct IncidentEvent {
    /// When.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// In words; empty where the kind says it all.
    pub text: String,
}

/// What can happen to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum EventKind {
    /// The breach was sustained.
    Opened,
    /// Yellow became red.
    Worsened,
    /// Somebody has seen it.
    Acknowledged,
    /// Somebody wants to hear of it later.
    Snoozed,
    /// Later has come, or somebody woke it.
    SnoozeEnded,
    /// It changed sides too often: one notice for all changes, the worse colour is held.
    Flapping,
    /// It was decided to tell of it.
    Told,
    /// It was decided to tell of it again.
    Repeated,
    /// It is over.
    Closed,
}

/// What was seen when an incident opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Evidence {
    /// The processes of this machine that used most memory or processor time, at most ten.
    pub processes: Vec<HeavyProcess>,
    /// The newest errors by module, at most ten.
    pub errors: Vec<ErrorEvidence>,
    /// Bytes under the data folder.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub data_size: Option<u64>,
    /// Bytes under the logs folder.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub logs_size: Option<u64>,
    /// Free bytes of the root's volume.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub disk_free: Option<u64>,
}

/// One error as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ErrorEvidence {
    /// When it was logged.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub at: Option<Instant>,
    /// The module at fault.
    pub module: String,
    /// The message.
    pub message: String,
}

/// One attempt to tell a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Delivery {
    /// What was told.
    pub kind: NotificationKind,
    /// The channel's name.
    pub channel: String,
    /// When it was handed to the channel.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// Why it did not get out; `None` when the channel took it.
    pub problem: Option<String>,
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum NotificationKind {
    /// Something turned red.
    Raised,
    /// It is still so, and nobody has taken note.
    Repeated,
    /// It keeps changing sides.
    Flapping,
    /// What was announced is over.
    Recovered,
    /// A round of care can be done.
    Reminder,
    /// A person wants to see whether the channel works.
    Test,
}
