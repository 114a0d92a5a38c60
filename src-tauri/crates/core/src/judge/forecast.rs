//! When a trend reaches its band, and how far that may be believed.

use serde::Serialize;

use crate::clock::Instant;
use crate::judge::scene::{Draft, Scene};
use crate::judge::trend::Trend;
use crate::judge::{bands, words};
use crate::profile::Profile;
use crate::signal::{Level, SignalId, Source, Unit};

/// A forecast that is believed less than this makes no signal yellow.
const BELIEVED: f64 = 0.5;

/// What lies further ahead is not foretold.
const FARTHEST: f64 = 366.0 * DAY;

const DAY: f64 = 86_400.0;

/// Where one figure is heading.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Forecast {
    /// Which signal.
    pub signal: SignalId,
    /// What people call it.
    pub label: String,
    /// The unit of slope and band.
    pub unit: Unit,
    /// How much it changes in a day.
    pub slope_per_day: f64,
    /// The colour of the band that it reaches; `None` where no band is in its way within a year.
    pub reaches: Option<Level>,
    /// The threshold of that band.
    pub band: Option<f64>,
    /// When it reaches it, if it goes on like this.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub at: Option<Instant>,
    /// How far this may be believed, 0 to 1: the share of moments in the past from which the trend would have foretold
    /// what came, and less when it looks further ahead than the trend has been seen.
    pub confidence: f64,
    /// Whether it is near, and sure, enough to be told.
    pub soon: bool,
    /// All of it in one sentence.
    pub text: String,
}

/// What the record says about the time to come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outlook {
    /// The trends that were found; of one signal there may be a longer and a shorter one.
    pub trends: Vec<Trend>,
    /// Whether enough was on record to speak of a trend, or of none.
    pub enough: bool,
}

impl Outlook {
    /// The forecast of each signal that has a trend, the nearest first; `told` are those that count as soon already.
    pub fn forecasts(&self, profile: &Profile, now: Instant, told: bool) -> Vec<Forecast> {
        let mut found: Vec<Forecast> =
            self.trends.iter().map(|trend| forecast(profile, trend, now, told)).collect();
        // Of one signal the one that can be told, else the one that is surer.
        found.sort_by(|a, b| {
            (a.signal.cmp(&b.signal)).then(b.soon.cmp(&a.soon)).then(b.confidence.total_cmp(&a.confidence))
        });
        found.dedup_by_key(|forecast| forecast.signal);
        found.sort_by_key(|forecast| (!forecast.soon, forecast.at.is_none(), forecast.at));
        found
    }
}

fn forecast(profile: &Profile, trend: &Trend, now: Instant, told: bool) -> Forecast {
    let Trend { signal, slope_per_day, .. } = *trend;
    let unit = signal.unit();
    let next = next_band(profile, trend, now).filter(|(_, _, ahead)| *ahead <= FARTHEST);
    // A trend that was seen for two days says little about the next week.
    let confidence = match next {
        Some((_, _, ahead)) if ahead > trend.lasted => trend.kept * trend.lasted / ahead,
        _ => trend.kept,
    };
    let confidence = (confidence * 100.0).round() / 100.0;
    // What was told is over only when it is clearly so.
    let slack = if told { 0.8 } else { 1.0 };
    let horizon = profile.forecast.horizon(signal);
    let soon = next.is_some_and(|(_, _, ahead)| {
        horizon.is_some_and(|horizon| ahead * slack <= horizon.as_secs_f64())
            && confidence >= BELIEVED * slack
    });
    let mut text = format!("{} by {}", heading(signal, slope_per_day), pace(slope_per_day.abs(), unit, next));
    match next {
        Some((_, band, ahead)) => {
            text.push_str(&format!(" and reaches {} in {}.", words::value(band, unit), words::about(ahead)));
        }
        None => text.push('.'),
    }
    Forecast {
        signal,
        label: signal.label().to_owned(),
        unit,
        slope_per_day,
        reaches: next.map(|(level, _, _)| level),
        band: next.map(|(_, band, _)| band),
        at: next.and_then(|(_, _, ahead)| after(now, ahead)),
        confidence,
        soon,
        text,
    }
}

/// What happens to a figure, in words.
fn heading(signal: SignalId, slope: f64) -> String {
    let (what, falls) = match signal {
        SignalId::DataSize => ("The data folder", "shrinks"),
        SignalId::LogsSize => ("The logs folder", "shrinks"),
        SignalId::LogsErrors24h => ("The number of errors in 24 h", "falls"),
        SignalId::ErrorsRate => ("The error rate", "falls"),
        other => (other.label(), "falls"),
    };
    format!("{what} {}", if slope < 0.0 { falls } else { "grows" })
}

/// A slope as people read it: by the hour where it is a matter of hours.
fn pace(slope_per_day: f64, unit: Unit, next: Option<(Level, f64, f64)>) -> String {
    match next {
        Some((_, _, ahead)) if ahead < DAY => format!("{} an hour", words::value(slope_per_day / 24.0, unit)),
        _ => format!("{} a day", words::value(slope_per_day, unit)),
    }
}

/// The next band in the trend's way: its colour, its threshold, and the seconds until then.
fn next_band(profile: &Profile, trend: &Trend, now: Instant) -> Option<(Level, f64, f64)> {
    let bands = profile.bands.get(&trend.signal)?;
    let worse = trend.signal.worse();
    let gone = words::seconds(now - trend.at) / DAY;
    let value = trend.value + trend.slope_per_day * gone;
    let (level, band) = match (bands::level(bands, worse, value, None), bands.yellow, bands.red) {
        (Level::Green, Some(yellow), _) => (Level::Yellow, yellow),
        (Level::Green | Level::Yellow, _, Some(red)) => (Level::Red, red),
        _ => return None,
    };
    let days = (band - value) / trend.slope_per_day;
    (days.is_finite() && days >= 0.0).then_some((level, band, days * DAY))
}

#[allow(clippy::cast_possible_truncation, reason = "a year at most")]
fn after(now: Instant, seconds: f64) -> Option<Instant> {
    now.checked_add_signed(chrono::TimeDelta::try_seconds(seconds as i64)?)
}

/// The signal, and what it is made of; none where the profile wants no forecasts.
pub(super) fn signal(scene: &Scene<'_>, drafts: &[Draft]) -> (Option<Draft>, Vec<Forecast>) {
    let id = SignalId::Forecast;
    if !scene.profile.forecast.is_wanted() {
        return (None, Vec::new());
    }
    let told = scene.before(id) == Some(Level::Yellow);
    let mut forecasts = scene.memory.outlook.forecasts(scene.profile, scene.now, told);
    // Of what cannot be told now, nothing is foretold: a process that is gone uses no more memory.
    let now = |of: SignalId| drafts.iter().map(|draft| &draft.signal).find(|signal| signal.id == of);
    forecasts.retain(|forecast| now(forecast.signal).is_some_and(|signal| signal.level != Level::Unknown));

    let at = Some(scene.now);
    let draft = match forecasts.first().and_then(|first| Some((first, first.at?))) {
        Some((first, reached)) => {
            let source = now(first.signal).map_or(Source::Measured, |signal| signal.source);
            let ahead = words::seconds(reached - scene.now);
            let draft = match source {
                Source::Measured => scene.measured(id, ahead, at),
                Source::Claimed => scene.claimed(id, ahead, at),
            };
            let draft = draft.because(first.text.clone());
            if first.soon { draft.worsen(Level::Yellow, first.text.clone()) } else { draft }
        }
        None if scene.memory.outlook.enough => {
            let reason = "No trend leads to a threshold within a year.".to_owned();
            scene.draft(id, None, "no trend".into(), Level::Green, Source::Measured, reason, at)
        }
        None => {
            let reason = "Too little is on record to see a trend.".to_owned();
            scene.unknown(id, Source::Measured, reason, at)
        }
    };
    (Some(draft), forecasts)
}
