//! The time to come: trends in the record, looked for every half hour.

use std::convert::Infallible;
use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Instant;
use crate::judge::Outlook;
use crate::judge::trend;
use crate::profile::{ForecastSettings, Profile};
use crate::signal::SignalId;
use crate::store::Point;

/// Trends take days: looking more often would tell nothing new.
const EVERY: TimeDelta = TimeDelta::minutes(30);

/// A stretch of the past that lacks this share of its newest time says nothing about now. A night of sleep is less.
const STALE: i32 = 4;

/// A stretch of the past in which a trend is looked for: how long, and in which steps.
struct Stretch {
    back: TimeDelta,
    step: TimeDelta,
}

const WEEKS: Stretch = Stretch { back: TimeDelta::days(14), step: TimeDelta::hours(2) };
const DAYS: Stretch = Stretch { back: TimeDelta::days(2), step: TimeDelta::minutes(15) };

/// What fills up slowly is looked at over weeks too; memory and errors start anew too often for that.
fn stretches(signal: SignalId) -> &'static [Stretch] {
    match signal {
        SignalId::DiskFree | SignalId::DataSize | SignalId::LogsSize => &[WEEKS, DAYS],
        _ => &[DAYS],
    }
}

/// Looks for trends; `series` gives the record of a signal between two instants in equal steps.
pub fn outlook<E>(
    profile: &Profile,
    now: Instant,
    mut series: impl FnMut(SignalId, Instant, Instant, Duration) -> Result<Vec<Point>, E>,
) -> Result<Outlook, E> {
    let mut outlook = Outlook::default();
    let wanted = |signal: &&SignalId| {
        profile.bands.contains_key(signal) && profile.forecast.horizon(**signal).is_some()
    };
    for signal in ForecastSettings::SIGNALS.iter().filter(wanted) {
        for Stretch { back, step } in stretches(*signal) {
            let points = series(*signal, now - *back, now, step.to_std().unwrap_or(Duration::MAX))?;
            let record: Vec<(Instant, f64)> =
                points.iter().filter_map(|point| Some((point.at, point.mean?))).collect();
            if record.last().is_none_or(|(newest, _)| now - *newest > *back / STALE) {
                continue;
            }
            outlook.enough |= trend::is_enough(&record);
            outlook.trends.extend(trend::trend(*signal, &record));
        }
    }
    Ok(outlook)
}

/// The outlook as it was found last.
#[derive(Default)]
pub struct Ahead {
    found: Outlook,
    at: Option<Instant>,
}

impl Ahead {
    /// The outlook, looked for anew when the one before is old.
    pub fn look(
        &mut self,
        profile: &Profile,
        now: Instant,
        mut series: impl FnMut(SignalId, Instant, Instant, Duration) -> Vec<Point>,
    ) -> Outlook {
        if self.at.is_none_or(|at| now - at >= EVERY || now < at) {
            let series = |signal, since, until, step| Ok(series(signal, since, until, step));
            let Ok::<_, Infallible>(found) = outlook(profile, now, series);
            (self.found, self.at) = (found, Some(now));
        }
        self.found.clone()
    }
}
