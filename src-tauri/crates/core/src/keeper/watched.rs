//! The one ecosystem that is watched, and what is remembered of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::alerts::AlertState;
use crate::clock::{Instant, Zone};
use crate::judge::Memory;
use crate::keeper::aftermath::Aftermath;
use crate::keeper::alarm::Alarm;
use crate::keeper::courier::Courier;
use crate::keeper::outlook::Ahead;
use crate::keeper::records::Records;
use crate::keeper::routines::Routines;
use crate::keeper::vault::Vault;
use crate::observe::observer::Observer;
use crate::profile::{Profile, ProfileHolder};
use crate::signal::Level;

/// The ecosystem that is watched, with what is remembered of it.
pub(super) struct Watched {
    pub holder: ProfileHolder,
    pub profile: Arc<Profile>,
    pub observer: Observer,
    pub memory: Memory,
    pub alerts: AlertState,
    pub ahead: Ahead,
    pub vault: Vault,
    pub routines: Routines,
    pub aftermath: Aftermath,
}

impl Watched {
    /// The alerts' side of a turn.
    pub fn alarm<'a>(
        &'a mut self,
        records: &'a mut Records,
        courier: &'a Courier,
        zone: Zone,
        now: Instant,
    ) -> Alarm<'a> {
        let Self { profile, alerts: state, memory, .. } = self;
        Alarm { profile, state, memory, records, courier, zone, now }
    }
}

/// Goes on where the owner before left off: its open incidents must be closed, and told, by this one.
///
/// `told` says that this process told people meanwhile, because no record could be kept: what it found then stays.
pub(super) fn take_over(records: &mut Records, watched: &mut Watched, told: bool) {
    let kept = records.recall();
    watched.memory = kept.memory;
    if told {
        watched.alerts.take_over(kept.alerts);
    } else {
        watched.alerts = kept.alerts;
    }
    for incident in watched.alerts.open_incidents() {
        records.save_incident(&incident);
    }
}

pub(super) fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// What must be written down at once when it changes.
pub(super) fn levels(memory: &Memory) -> impl PartialEq {
    memory
        .levels
        .iter()
        .map(|(id, level, _)| (*id, *level))
        .collect::<Vec<(crate::signal::SignalId, Level)>>()
}
