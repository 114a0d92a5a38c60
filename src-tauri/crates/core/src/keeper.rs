//! The one loop: observe → judge → alert → record; and what the window sees of it.
//!
//! [`start`] runs the loop on a thread of its own; [`Keeper`] is the handle that window, tray and command line hold.
//! The loop sleeps on the wall clock between ticks, since timers stand still while a Mac sleeps: a gap between two
//! ticks is how sleep is noticed.

mod alarm;
mod backups;
mod cost;
mod courier;
mod engine;
mod look_back;
mod outlook;
mod overview;
mod past;
mod records;
mod restoring;
mod run;
mod vault;
mod watched;

pub use alarm::Handled;
pub use backups::{BackupShown, Backups, BackupsShown, FilesShown};
pub use engine::Engine;
pub use look_back::{Chart, ChartPoint, Day, ErrorThen, LookBack, Moment, SignalThen, Span};
pub use overview::*;
pub use restoring::said as said_of_restore;
pub use run::{Event, Keeper, Setup, start};

use std::path::Path;
use std::sync::mpsc;

use crate::alerts::{Channel, Handling};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::Profile;
use crate::secrets::Secrets;

/// Does what a person asks about incidents of the ecosystem in `root`, beside a running Caretaker or without one.
///
/// # Errors
/// When no such incident is open, a snooze is too long, or the record cannot be written.
pub fn handle(state_dir: &Path, root: &Path, handling: &Handling, now: Instant) -> Result<Handled> {
    let mut records = records::Records::new(state_dir.to_owned());
    records.choose(root);
    alarm::handle(&mut records, handling, now)
}

/// Sends a test by the channel `name` of `profile`, and waits until the channel has taken it.
///
/// # Errors
/// When there is no such channel, or why it did not take it.
pub fn test_channel(
    profile: &Profile,
    native: Box<dyn Channel>,
    secrets: Secrets,
    name: &str,
    now: Instant,
) -> Result<()> {
    let mut courier = courier::Courier::new(Some(native), secrets);
    courier.equip(&profile.channels);
    let (reply, answer) = mpsc::channel();
    courier.test(name, now, move |result| {
        let _ = reply.send(result);
    });
    answer.recv().unwrap_or_else(|_| Err(Error::new(ErrorKind::System, "the test was broken off")))
}
