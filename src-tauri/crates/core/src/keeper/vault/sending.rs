//! Backups on their way to the place that is not on this machine: sent when they wait, again when the network is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;

use super::Turn;
use crate::backup::Desk;
use crate::clock::Instant;
use crate::error::ErrorKind;
use crate::keeper::journal::{Journal, said_of_sent};
use crate::observe::AwaySeen;
use crate::profile::AwaySettings;
use crate::progress::Unwatched;
use crate::store::Entered;

/// What failed, or was found to be done, is looked at again after this time.
const AGAIN: TimeDelta = TimeDelta::minutes(30);

/// Whether something is being sent, and when that was tried last.
#[derive(Default)]
pub(super) struct Sending {
    under_way: Option<Arc<AtomicBool>>,
    tried: Option<Instant>,
}

impl Sending {
    /// Begins to send what waits, on a thread of its own, unless that was tried lately.
    pub fn begin(&mut self, turn: &Turn<'_>) {
        let settings = &turn.profile.backups;
        let lately = self.tried.is_some_and(|at| turn.now - at < AGAIN && at <= turn.now);
        let goes_on = self.under_way.as_ref().is_some_and(|flag| flag.load(Ordering::Acquire));
        let waits = settings.only_on_power && turn.power.on_mains() == Some(false);
        if turn.profile.away.is_none() || !settings.automatic || lately || goes_on || waits {
            return;
        }
        self.tried = Some(turn.now);
        let flag = Arc::new(AtomicBool::new(true));
        let (profile, secrets) = (Arc::clone(turn.profile), Arc::clone(turn.secrets));
        let (state_dir, zone, now, done) =
            (turn.state_dir.to_owned(), turn.zone, turn.now, Arc::clone(&flag));
        let spawned = std::thread::Builder::new().name("sending".into()).spawn(move || {
            let sent = Desk::new(&profile, &state_dir, zone).and_then(|desk| {
                let sent = desk.away(profile.away.as_ref(), &secrets)?.send(now, &Unwatched)?;
                if !sent.sent.is_empty() {
                    let journal = Journal::new(&state_dir, &profile.root);
                    journal.note_done(now, Entered::Backup, said_of_sent(&sent), None);
                }
                Ok(())
            });
            match sent {
                // Somebody else sends just now.
                Err(error) if error.kind == ErrorKind::Busy => {}
                // It is on the list, and tried again: a network that is missing is no error at once.
                Err(error) => {
                    secrets.forget();
                    tracing::info!(%error, "not sent away");
                }
                Ok(()) => {}
            }
            done.store(false, Ordering::Release);
        });
        if spawned.is_ok() {
            self.under_way = Some(flag);
        }
    }
}

/// What is known of the place; `None` where the profile names none.
pub(super) fn look(desk: &Desk, settings: Option<&AwaySettings>) -> Option<AwaySeen> {
    match desk.away_list(settings) {
        Ok(list) => {
            let list = list?;
            Some(AwaySeen { newest: list.newest(), problem: list.problem.map(|(_, problem)| problem) })
        }
        Err(error) => Some(AwaySeen { newest: None, problem: Some(error.message) }),
    }
}
