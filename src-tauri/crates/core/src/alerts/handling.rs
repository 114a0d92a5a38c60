//! What people do about an incident: take note of it, or ask to hear of it later. Pure.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::state::{AlertState, Tracked};
use crate::alerts::{EventKind, Incident, IncidentState};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};

/// A snooze ends at the latest after this time, whatever was asked for or a clock says.
pub(super) const LONGEST_SNOOZE: TimeDelta = TimeDelta::days(7);

/// What people do about incidents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handling {
    /// “I have seen it.”
    Acknowledge {
        /// The incident.
        id: String,
    },
    /// “Later”, said of everything that one notification told of.
    SnoozeTold {
        /// The notification's id.
        id: String,
        /// Until when.
        until: Instant,
    },
    /// “Later.”
    Snooze {
        /// The incident; `None` means all that are open.
        id: Option<String>,
        /// Until when; a time that has passed wakes it.
        until: Instant,
    },
}

/// For how long people usually want to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Nap {
    /// One hour.
    Hour,
    /// Four hours.
    FourHours,
    /// Until eight o'clock of the next morning.
    Tomorrow,
    /// Not any longer.
    Over,
}

impl Nap {
    /// When a nap that begins now ends.
    pub fn until(self, zone: Zone, now: Instant) -> Instant {
        match self {
            Nap::Hour => now + TimeDelta::hours(1),
            Nap::FourHours => now + TimeDelta::hours(4),
            Nap::Tomorrow => morning(zone, now).unwrap_or(now + TimeDelta::hours(12)),
            Nap::Over => now,
        }
    }
}

fn morning(zone: Zone, now: Instant) -> Option<Instant> {
    zone.instant(zone.local(now).date().succ_opt()?.and_hms_opt(8, 0, 0)?)
}

impl AlertState {
    /// Does what people ask, and gives the incidents that changed by it.
    ///
    /// # Errors
    /// `NotFound` where no such incident is open; `Usage` where a snooze would last longer than a week.
    pub fn handle(&mut self, handling: &Handling, now: Instant) -> Result<Vec<Incident>> {
        match handling {
            Handling::Acknowledge { id } => Ok(vec![self.acknowledge(id, now)?]),
            Handling::Snooze { id: Some(id), until } => Ok(vec![self.snooze(id, *until, now)?]),
            Handling::SnoozeTold { id, until } => {
                let told = |tracked: &&Tracked| tracked.announced_as.as_ref() == Some(id);
                let ids: Vec<String> =
                    self.open.iter().filter(told).map(|one| one.incident.id.clone()).collect();
                ids.iter().map(|id| self.snooze(id, *until, now)).collect()
            }
            Handling::Snooze { id: None, until } => {
                self.open_ids().iter().map(|id| self.snooze(id, *until, now)).collect()
            }
        }
    }

    /// Notes that somebody has seen the incident: it is not told again until it gets worse.
    ///
    /// # Errors
    /// `NotFound` where no such incident is open.
    pub fn acknowledge(&mut self, id: &str, now: Instant) -> Result<Incident> {
        let incident = self.find(id)?;
        incident.state = IncidentState::Acknowledged;
        incident.acknowledged_at = Some(now);
        incident.snoozed_until = None;
        incident.note(now, EventKind::Acknowledged, "Somebody has seen it.");
        Ok(incident.clone())
    }

    /// Keeps the incident silent until `until`; a time that has passed wakes it.
    ///
    /// # Errors
    /// `NotFound` where no such incident is open; `Usage` where the snooze would last longer than a week.
    pub fn snooze(&mut self, id: &str, until: Instant, now: Instant) -> Result<Incident> {
        if until - now > LONGEST_SNOOZE {
            return Err(Error::new(ErrorKind::Usage, "a snooze lasts a week at most")
                .hint("Mend the cause, or change its threshold in the profile."));
        }
        let incident = self.find(id)?;
        if until <= now {
            if incident.state != IncidentState::Open {
                incident.note(now, EventKind::SnoozeEnded, "Somebody woke it.");
            }
            incident.state = IncidentState::Open;
            incident.snoozed_until = None;
            incident.acknowledged_at = None;
        } else {
            incident.state = IncidentState::Snoozed;
            incident.snoozed_until = Some(until);
            let minutes = ((until - now).num_seconds() + 59) / 60;
            incident.note(now, EventKind::Snoozed, format!("Silent for {}.", spoken(minutes)));
        }
        Ok(incident.clone())
    }

    /// The identifiers of all incidents that are open.
    pub fn open_ids(&self) -> Vec<String> {
        self.open.iter().map(|tracked| tracked.incident.id.clone()).collect()
    }

    fn find(&mut self, id: &str) -> Result<&mut Incident> {
        let known = self.open_ids();
        self.open
            .iter_mut()
            .map(|tracked| &mut tracked.incident)
            .find(|incident| incident.id == id)
            .ok_or_else(|| {
                let hint = if known.is_empty() {
                    "No incident is open.".to_owned()
                } else {
                    format!("Open are: {}.", known.join(", "))
                };
                Error::new(ErrorKind::NotFound, format!("no open incident is called “{id}”")).hint(hint)
            })
    }
}

fn spoken(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
