//! What people do about an incident: take note of it, or ask to hear of it later. Pure.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::state::AlertState;
use crate::alerts::{EventKind, Incident, IncidentState};
use crate::clock::Instant;
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
    /// “Later.”
    Snooze {
        /// The incident; `None` means all that are open.
        id: Option<String>,
        /// Until when; a time that has passed wakes it.
        until: Instant,
    },
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
