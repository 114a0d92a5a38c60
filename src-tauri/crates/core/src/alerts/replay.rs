//! Recorded values run through the rules again: what would have been told, and what other thresholds would change.
//! Pure: nothing is delivered.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::rules::{Seen, due, settle, step};
use super::state::AlertState;
use crate::alerts::{Incident, Notification, NotificationKind};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::judge;
use crate::profile::Profile;
use crate::signal::{Level, SignalId, Source, Unit};

/// A value of a signal at a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When; values of the same instant are one look.
    pub at: Instant,
    /// Of which signal.
    pub signal: SignalId,
    /// In the signal's unit; of a signal without a number 0 green, 1 unknown, 2 yellow, 3 red. `None` is unknown.
    pub value: Option<f64>,
}

/// What would have been told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// When.
    pub at: Instant,
    /// What it is about.
    pub kind: NotificationKind,
    /// The incident's identifier.
    pub alert: String,
    /// The words.
    pub text: String,
}

/// What became of a replay.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replayed {
    /// Every incident, in the order in which they opened, as it stood in the end.
    pub alerts: Vec<Incident>,
    /// Everything that would have been told, in its order.
    pub notifications: Vec<Told>,
}

/// A replay that is under way.
pub struct Replay<'a> {
    profile: &'a Profile,
    state: AlertState,
    /// The last level of each signal that was ever looked at.
    levels: BTreeMap<SignalId, Level>,
    /// The last level other than unknown, for the hysteresis of its bands.
    known: BTreeMap<SignalId, Level>,
    /// Values of the look that is being gathered.
    look: Vec<(SignalId, Option<f64>)>,
    at: Option<Instant>,
    last_look: Option<Instant>,
    quiet_until: Option<Instant>,
    /// Where each incident stands among the alerts.
    places: BTreeMap<String, usize>,
    result: Replayed,
}

impl<'a> Replay<'a> {
    /// A replay by the bands and rules of `profile`.
    pub fn new(profile: &'a Profile) -> Self {
        Self {
            profile,
            state: AlertState::default(),
            levels: BTreeMap::new(),
            known: BTreeMap::new(),
            look: Vec::new(),
            at: None,
            last_look: None,
            quiet_until: None,
            places: BTreeMap::new(),
            result: Replayed::default(),
        }
    }

    /// Takes the next value.
    ///
    /// # Errors
    /// `Damaged` where it lies before the one that was taken last.
    pub fn take(&mut self, sample: Sample) -> Result<()> {
        match self.at {
            Some(at) if sample.at < at => {
                return Err(Error::new(
                    ErrorKind::Damaged,
                    format!("the value of {} at {} lies before the one before it", sample.signal, sample.at),
                )
                .hint("Sort the samples by time."));
            }
            Some(at) if sample.at > at => self.end_look(at),
            _ => {}
        }
        self.at = Some(sample.at);
        self.look.push((sample.signal, sample.value));
        Ok(())
    }

    /// Ends the replay at its last value.
    pub fn end(mut self) -> Replayed {
        if let Some(at) = self.at {
            self.end_look(at);
        }
        self.result
    }

    /// What the keeper's loop does at a tick, and between this one and the one before.
    fn end_look(&mut self, now: Instant) {
        self.pass_until(now);
        let alerts = &self.profile.alerts;
        let grace = TimeDelta::from_std(alerts.grace).unwrap_or(TimeDelta::MAX);
        if slept(self.last_look, now, self.profile.sampling.closed) {
            self.quiet_until = Some(now + grace);
        }
        self.last_look = Some(now);
        let quiet = self.quiet_until.is_some_and(|until| now < until);
        let mut levels = Vec::with_capacity(self.look.len());
        for (signal, value) in &self.look {
            let level = self.level(*signal, *value);
            levels.push((*signal, level));
        }
        self.levels.extend(levels.iter().copied());
        self.known.extend(levels.into_iter().filter(|(_, level)| *level != Level::Unknown));
        // A signal that this look does not name was not looked at; it is not gone.
        let looked = |signal: SignalId| self.look.iter().any(|(seen, _)| *seen == signal);
        let standing: Vec<(SignalId, Level, String)> = self
            .levels
            .iter()
            .map(|(signal, level)| (*signal, if looked(*signal) { *level } else { Level::Unknown }))
            .map(|(signal, level)| (signal, level, self.reason(signal, level)))
            .collect();
        let seen: Vec<Seen<'_>> = standing
            .iter()
            .map(|(signal, level, reason)| Seen {
                signal: *signal,
                level: *level,
                source: Source::Measured,
                reason,
                remedy: None,
                wanted: false,
            })
            .collect();
        let changed = step(alerts, &self.profile.name, &mut self.state, &seen, quiet, now);
        self.look.clear();
        self.keep(changed);
    }

    /// Does what only time brings about until `now`.
    fn pass_until(&mut self, now: Instant) {
        let alerts = &self.profile.alerts;
        let mut before = None;
        while let Some(at) = due(alerts, &self.state) {
            let at = self.quiet_until.map_or(at, |until| at.max(until));
            // What is due at the look itself is done by the look; what does not come off is not waited for.
            if at >= now || before == Some(at) {
                break;
            }
            before = Some(at);
            let changed = settle(alerts, &self.profile.name, &mut self.state, at);
            self.keep(changed);
        }
    }

    fn level(&self, signal: SignalId, value: Option<f64>) -> Level {
        let Some(value) = value else { return Level::Unknown };
        if signal.unit() == Unit::None {
            return match value {
                0.0 => Level::Green,
                2.0 => Level::Yellow,
                3.0 => Level::Red,
                _ => Level::Unknown,
            };
        }
        let before = self.known.get(&signal).copied();
        match self.profile.bands.get(&signal) {
            Some(bands) => judge::level(bands, signal.worse(), value, before),
            None if value.is_finite() => Level::Green,
            None => Level::Unknown,
        }
    }

    /// The sentence for a signal; only bad ones are ever told.
    fn reason(&self, signal: SignalId, level: Level) -> String {
        if level < Level::Yellow {
            return String::new();
        }
        let value = self.look.iter().find(|(seen, _)| *seen == signal).and_then(|(_, value)| *value);
        match value {
            Some(value) if signal.unit() != Unit::None => {
                format!("{} {}.", signal.label(), judge::words::value(value, signal.unit()))
            }
            _ => format!("{} is {level}.", signal.label()),
        }
    }

    fn keep(&mut self, changed: Vec<Incident>) {
        for incident in changed {
            match self.places.get(&incident.id) {
                Some(place) => self.result.alerts[*place] = incident,
                None => {
                    self.places.insert(incident.id.clone(), self.result.alerts.len());
                    self.result.alerts.push(incident);
                }
            }
        }
        let told = self.state.hand_over_all();
        self.result.notifications.extend(told.into_iter().map(|told: Notification| Told {
            at: told.at,
            kind: told.kind,
            alert: told.id,
            text: format!("{}\n{}", told.title, told.body),
        }));
    }
}

/// Whether the machine slept, or the clock jumped, between two looks.
pub fn slept(last: Option<Instant>, now: Instant, interval: std::time::Duration) -> bool {
    let Some(last) = last else { return true };
    let interval = interval.max(std::time::Duration::from_secs(30));
    let longest = TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX / 3) * 3;
    now < last || now - last > longest
}

/// What other rules would have changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WhatIf {
    /// Notifications by today's rules.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub before: usize,
    /// Notifications by the other rules.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub after: usize,
    /// Red incidents that would have been missed.
    pub missed: Vec<Missed>,
    /// Red incidents that would have been noticed later.
    pub late: Vec<Late>,
}

/// A red incident that other rules would have missed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Missed {
    /// Its signal.
    pub signal: SignalId,
    /// When it opened.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// What it was.
    pub message: String,
}

/// A red incident that other rules would have noticed later.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Late {
    /// Its signal.
    pub signal: SignalId,
    /// When it opened.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// By how many seconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seconds: i64,
}

impl WhatIf {
    /// Compares two replays of the same values.
    pub fn of(before: &Replayed, after: &Replayed) -> Self {
        let (mut missed, mut late) = (Vec::new(), Vec::new());
        let far = DateTime::<chrono::Utc>::MAX_UTC;
        for incident in before.alerts.iter().filter(|incident| incident.level == Level::Red) {
            let end = incident.closed_at.unwrap_or(far);
            let same = after.alerts.iter().filter(|other| {
                other.signal == incident.signal
                    && other.level == Level::Red
                    && other.opened_at <= end
                    && other.closed_at.is_none_or(|closed| closed >= incident.opened_at)
            });
            let (signal, at) = (incident.signal, incident.opened_at);
            match same.map(|other| other.opened_at).min() {
                None => missed.push(Missed { signal, at, message: incident.message.clone() }),
                Some(noticed) if noticed > at => {
                    late.push(Late { signal, at, seconds: (noticed - at).num_seconds() });
                }
                Some(_) => {}
            }
        }
        Self { before: before.notifications.len(), after: after.notifications.len(), missed, late }
    }
}

/// A line of recorded values.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    at: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    signal: std::borrow::Cow<'a, str>,
    value: Option<f64>,
}

impl Sample {
    /// Reads one line of JSON: `{"at": "2025-12-16T03:00:00Z", "signal": "disk.free", "value": 4.2e9}`.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn from_json(line: &[u8]) -> Result<Self, String> {
        let line: Line<'_> = serde_json::from_slice(line).map_err(|error| {
            format!("is no sample like {{\"at\": …, \"signal\": …, \"value\": …}}: {error}")
        })?;
        let at = DateTime::parse_from_rfc3339(&line.at)
            .map_err(|_| format!("“{}” is no time like 2025-12-16T03:00:00Z", line.at))?;
        let signal = line.signal.parse().map_err(|error: Error| error.to_string())?;
        Ok(Self { at: at.to_utc(), signal, value: line.value })
    }
}
