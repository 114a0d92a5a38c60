//! An incident: a sustained breach with a beginning, an end, and what was told of it.

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::signal::{Level, SignalId};

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
    /// Open or closed.
    pub state: IncidentState,
    /// When the breach was sustained.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub opened_at: Instant,
    /// When it was over.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub closed_at: Option<Instant>,
    /// The signal's reason when it opened.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What was told of it, and whether it got out.
    pub deliveries: Vec<Delivery>,
}

/// Whether an incident goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum IncidentState {
    /// Still going on.
    Open,
    /// Over.
    Closed,
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
    /// What was announced is over.
    Recovered,
}
