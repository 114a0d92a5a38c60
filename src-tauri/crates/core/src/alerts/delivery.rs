//! The way out: what is told, and the trait that every channel implements.

use serde::{Deserialize, Serialize};

use crate::alerts::NotificationKind;
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::Level;

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Stable over repeats and recovery, so that a channel can replace instead of stack: the incident's id.
    pub id: String,
    /// What it is about.
    pub kind: NotificationKind,
    /// The colour it speaks of.
    pub level: Level,
    /// One line: the ecosystem and what happened.
    pub title: String,
    /// The sentence and the remedy.
    pub body: String,
    /// When it was decided.
    #[serde(default)]
    pub at: Instant,
}

/// A way to tell a person. Success means "handed over"; nobody can know whether it was seen.
pub trait Channel: Send {
    /// Its name in deliveries and settings, such as `native`.
    fn name(&self) -> &'static str;

    /// Hands the notification over without waiting for a response.
    ///
    /// # Errors
    /// Says why the channel did not take it.
    fn deliver(&mut self, notification: &Notification) -> Result<()>;
}
