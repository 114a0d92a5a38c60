//! The way out: what is told, and the trait that every channel implements.

mod mail;
mod webhook;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::mail::Mail;
pub use self::webhook::Webhook;
use crate::alerts::NotificationKind;
use crate::clock::Instant;
use crate::error::Result;
use crate::profile::channels::{ChannelKind, ChannelSettings};
use crate::secrets::Secrets;
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

impl Notification {
    /// What a person asks for who wants to see whether a channel works.
    pub fn test(channel: &str, now: Instant) -> Self {
        Self {
            id: "test".into(),
            kind: NotificationKind::Test,
            level: Level::Green,
            title: "Caretaker: a test".into(),
            body: format!("If you can read this, the channel “{channel}” works. Nothing is wrong."),
            at: now,
        }
    }
}

/// A way to tell a person. Success means “handed over”; nobody can know whether it was seen.
pub trait Channel: Send {
    /// What kind it is, such as `native`.
    fn name(&self) -> &'static str;

    /// Hands the notification over without waiting for a response.
    ///
    /// # Errors
    /// Says why the channel did not take it; never a secret.
    fn deliver(&mut self, notification: &Notification) -> Result<()>;

    /// Whether it waits for a network, so that it must not be used on the loop's own thread.
    fn waits(&self) -> bool {
        false
    }
}

/// The channel that a profile describes; `None` for the desktop's own, which is not the core's to make.
pub fn channel(settings: &ChannelSettings, secrets: &Arc<Secrets>) -> Option<Box<dyn Channel>> {
    match &settings.kind {
        ChannelKind::Native => None,
        ChannelKind::Mail(mail) => Some(Box::new(Mail::new((**mail).clone(), Arc::clone(secrets)))),
        ChannelKind::Webhook(webhook) => {
            Some(Box::new(Webhook::new((**webhook).clone(), Arc::clone(secrets))))
        }
    }
}
