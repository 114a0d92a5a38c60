//! What the record tells of the past: a signal's chart, a day of the light, everything at one moment.

use std::path::Path;
use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::alerts::{Incident, Replay, Replayed, WhatIf};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{BandsShown, Forecast, words};
use crate::keeper::outlook::outlook;
use crate::observe::logs;
use crate::profile::Profile;
use crate::signal::{Level, SignalId, Unit};
use crate::store::{EcosystemId, Point, Store, StripRun};

/// Errors are looked for this long before and after a moment.
const AROUND: TimeDelta = TimeDelta::minutes(5);

/// Errors of a moment that are shown at most.
const MOST_ERRORS: usize = 20;

/// How far back a chart goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Span {
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// A day.
    #[serde(rename = "24h")]
    Day,
    /// A week.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
}

/// A signal over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Chart {
    /// Which signal.
    pub signal: SignalId,
    /// What people call it.
    pub label: String,
    /// The unit of its values and bands.
    pub unit: Unit,
    /// Its thresholds, as they are now.
    pub bands: BandsShown,
    /// Where the chart begins.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub from: Instant,
    /// Where it ends: the present.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub until: Instant,
    /// Length of a step in seconds.
    pub step_seconds: u32,
    /// The steps of which something is on record, oldest first; one that is missing is a gap.
    pub points: Vec<ChartPoint>,
}

/// One step of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChartPoint {
    /// When the step begins.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// The least value; `None` where the signal was looked at and had no number.
    pub min: Option<f64>,
    /// The mean value.
    pub mean: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// The worst level.
    pub level: Level,
}

/// One day of the light.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Day {
    /// The day, as YYYY-MM-DD of local time.
    pub date: String,
    /// When it begins.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub from: Instant,
    /// When it ends; today, the present.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub until: Instant,
    /// The colours of the light without a hole.
    pub strip: Vec<StripRun>,
    /// The incidents that were open on that day, newest first.
    pub incidents: Vec<Incident>,
}

/// How everything stood at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Moment {
    /// The moment.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// The colour of the light; `None` where nothing is on record.
    pub light: Option<Level>,
    /// What was on record of each signal.
    pub signals: Vec<SignalThen>,
    /// The incidents that were open.
    pub incidents: Vec<Incident>,
    /// The errors that were logged within five minutes before or after, oldest first, at most twenty.
    pub errors: Vec<ErrorThen>,
    /// Why errors may be missing, in words.
    pub gaps: Vec<String>,
}

/// One signal at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SignalThen {
    /// Which signal.
    pub signal: SignalId,
    /// What people call it.
    pub label: String,
    /// The value as people read it, or the level where it has no number.
    pub text: String,
    /// How it was doing.
    pub level: Level,
}

/// One error near a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ErrorThen {
    /// When it was logged.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// The module at fault.
    pub module: String,
    /// The message with its traceback.
    pub message: String,
}

/// The record of one ecosystem, opened for reading.
pub struct LookBack {
    record: Option<(Store, EcosystemId)>,
    profile: Profile,
    zone: Zone,
}

impl LookBack {
    /// Opens the record in `state_dir`; where there is none yet, every answer is empty.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub fn open(state_dir: &Path, profile: Profile, zone: Zone) -> Result<Self> {
        let record = match Store::open_read_only(state_dir)? {
            Some(store) => store.find_ecosystem(&profile.root)?.map(|ecosystem| (store, ecosystem)),
            None => None,
        };
        Ok(Self { record, profile, zone })
    }

    /// The profile whose record it is.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// A signal from a span ago to `now`.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn chart(&self, signal: SignalId, span: Span, now: Instant) -> Result<Chart> {
        let (back, step_seconds) = match span {
            // Two looks a step at least, so that a late one makes no hole.
            Span::Hour => (TimeDelta::hours(1), self.minute()),
            Span::Day => (TimeDelta::days(1), 300),
            Span::Week => (TimeDelta::days(7), 1_800),
            Span::Month => (TimeDelta::days(30), 7_200),
        };
        let from = now - back;
        let points = self.series(signal, from, now, Duration::from_secs(step_seconds.into()))?;
        let shown = |point: Point| {
            let Point { at, min, mean, max, level } = point;
            ChartPoint { at, min, mean, max, level }
        };
        Ok(Chart {
            signal,
            label: signal.label().to_owned(),
            unit: signal.unit(),
            bands: self.profile.bands.get(&signal).map_or_else(BandsShown::default, |bands| BandsShown {
                yellow: bands.yellow,
                red: bands.red,
            }),
            from,
            until: now,
            step_seconds,
            points: points.into_iter().map(shown).collect(),
        })
    }

    /// All incidents on record, newest first, a thousand at most.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn incidents(&self) -> Result<Vec<Incident>> {
        match &self.record {
            Some((store, of)) => store.incidents(*of),
            None => Ok(Vec::new()),
        }
    }

    /// Runs every look from `from` on that is still on record through the bands and rules of `profile`.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn replay(&self, profile: &Profile, from: Instant) -> Result<Replayed> {
        let mut replay = Replay::new(profile);
        if let Some((store, of)) = &self.record {
            store.samples(*of, from, |sample| replay.take(sample))?;
        }
        Ok(replay.end())
    }

    /// What the bands and rules of `other` would have changed since `from`.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn what_if(&self, other: &Profile, from: Instant) -> Result<WhatIf> {
        Ok(WhatIf::of(&self.replay(&self.profile, from)?, &self.replay(other, from)?))
    }

    /// The recorded values of a signal in equal steps.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn series(
        &self,
        signal: SignalId,
        since: Instant,
        until: Instant,
        step: Duration,
    ) -> Result<Vec<Point>> {
        match &self.record {
            Some((store, of)) => store.series(*of, signal, since, until, step),
            None => Ok(Vec::new()),
        }
    }

    /// The recorded values of signals as comma-separated values (RFC 4180), one line a step, times in ISO 8601 and UTC.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn csv(
        &self,
        signals: &[SignalId],
        since: Instant,
        until: Instant,
        step: Duration,
    ) -> Result<String> {
        let mut csv = String::from("signal,at,min,mean,max,level\r\n");
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for signal in signals {
            for Point { at, min, mean, max, level } in self.series(*signal, since, until, step)? {
                let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
                let (min, mean, max) = (number(min), number(mean), number(max));
                csv.push_str(&format!("{signal},{at},{min},{mean},{max},{level}\r\n"));
            }
        }
        Ok(csv)
    }

    /// A local day of the light, as far as it has come by `now`.
    ///
    /// # Errors
    /// When the record cannot be read, or the day is none that a calendar of people reaches.
    pub fn day(&self, date: NaiveDate, now: Instant) -> Result<Day> {
        let begins = |date: NaiveDate| self.zone.instant(date.and_time(NaiveTime::MIN));
        let ends = date.checked_add_days(Days::new(1)).and_then(begins);
        let (Some(from), Some(until)) = (begins(date), ends) else {
            return Err(Error::new(ErrorKind::Usage, format!("there is no day {date}")));
        };
        let until = until.min(now).max(from);
        let (strip, incidents) = match &self.record {
            Some((store, of)) => {
                (store.strip(*of, from, until, self.patience())?, store.incidents_between(*of, from, until)?)
            }
            None => (Vec::new(), Vec::new()),
        };
        Ok(Day { date: date.to_string(), from, until, strip, incidents })
    }

    /// How everything stood at `at`, with the errors around it.
    ///
    /// # Errors
    /// When the record cannot be read. Logs that cannot be read are among the gaps.
    pub fn moment(&self, at: Instant) -> Result<Moment> {
        let (light, signals, incidents) = match &self.record {
            Some((store, of)) => {
                let standings = store.moment(*of, at, self.patience())?;
                (standings.light, standings.signals, store.incidents_between(*of, at, at)?)
            }
            None => (None, Vec::new(), Vec::new()),
        };
        let (from, until) = (at - AROUND, at + AROUND);
        let (errors, gaps) = match logs::between(&self.profile.logs, self.zone, from, until, MOST_ERRORS) {
            Ok(list) => (list.records, list.gaps),
            Err(error) => (Vec::new(), vec![error.to_string()]),
        };
        Ok(Moment {
            at,
            light,
            signals: signals
                .into_iter()
                .map(|(signal, then)| SignalThen {
                    signal,
                    label: signal.label().to_owned(),
                    text: match then.value {
                        Some(value) => words::value(value, signal.unit()),
                        None => then.level.to_string(),
                    },
                    level: then.level,
                })
                .collect(),
            incidents,
            errors: errors
                .into_iter()
                .map(|error| ErrorThen { at: error.at, module: error.module, message: error.message })
                .collect(),
            gaps,
        })
    }

    /// The forecast of each signal that has a trend, the nearest first; and whether enough is on record to find one.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn forecasts(&self, now: Instant) -> Result<(Vec<Forecast>, bool)> {
        let series = |signal, since, until, step| self.series(signal, since, until, step);
        let outlook = outlook(&self.profile, now, series)?;
        Ok((outlook.forecasts(&self.profile, now, false), outlook.enough))
    }

    /// The time after which a look that did not come is a hole in the record.
    fn patience(&self) -> Duration {
        (self.profile.sampling.closed * 3).max(Duration::from_secs(120))
    }

    fn minute(&self) -> u32 {
        let twice = u32::try_from(self.profile.sampling.closed.as_secs() * 2).unwrap_or(300);
        // A divisor of five minutes, so that steps fit those that were summed up.
        [60, 100, 150, 300].into_iter().find(|step| *step >= twice).unwrap_or(300)
    }
}
