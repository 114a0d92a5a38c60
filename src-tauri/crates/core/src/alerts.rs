//! From levels to incidents and from incidents to people.

mod delivery;
mod handling;
mod incident;
mod outbox;
mod quiet;
mod reminder;
mod replay;
mod rules;
mod state;
mod streak;
mod telling;

pub use delivery::*;
pub use handling::{Handling, Nap};
pub use incident::*;
pub use outbox::{Letter, Outbox, Route};
pub use quiet::quiet_until;
pub use reminder::{OpenRound, Reminder, Reminders};
pub use replay::{Late, Missed, Replay, Replayed, Sample, Told, WhatIf, slept};
pub use rules::{Seen, due, settle, step};
pub use state::AlertState;
