//! Whether a change of settings helped: the hour after it beside the hour before, from the record.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;

use crate::clock::{Instant, Zone};
use crate::error::Result;
use crate::judge::words;
use crate::keeper::look_back::LookBack;
use crate::keeper::records::Records;
use crate::profile::Profile;
use crate::signal::SignalId;
use crate::store::{Entered, Entry, Point};
use crate::upkeep::{AppliedTuning, Tuning};

/// How long before and after is looked at.
const SPAN: TimeDelta = TimeDelta::hours(1);
/// The steps in which it is looked at, and how many of them say something about an hour.
const STEP: Duration = Duration::from_secs(300);
const ENOUGH: usize = 3;
/// Changes that are looked at, the newest first, and how old they may be.
const MOST: usize = 10;
const OLDEST: TimeDelta = TimeDelta::days(30);
/// How often the loop looks whether an hour is over.
const NOW_AND_THEN: TimeDelta = TimeDelta::minutes(5);
/// What a change is held against where no preset names it.
const USUAL: [SignalId; 3] = [SignalId::ProcessCpu, SignalId::ProcessMemory, SignalId::LogsErrors24h];

/// What one signal did after a change of settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Helped {
    /// What people call the change.
    pub title: String,
    /// When it was made.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub applied_at: Instant,
    /// Which signal.
    pub signal: SignalId,
    /// Its mean in the hour before; `None` where too little is on record.
    pub before: Option<f64>,
    /// Its mean in the hour after, as far as that has come.
    pub after: Option<f64>,
    /// Whether that hour is over.
    pub over: bool,
    /// Whether the process was started anew since: it reads its settings when it starts.
    pub restarted: bool,
    /// All of it in words: `CPU 41 % → 27 % in the hour after`.
    pub text: String,
}

/// What the changes of settings that stand did to the signals they were made for, the newest first.
///
/// # Errors
/// When the record, or what was kept of the changes, cannot be read.
pub fn helped(profile: &Profile, state_dir: &Path, now: Instant, zone: Zone) -> Result<Vec<Helped>> {
    let tuning = Tuning::new(profile, state_dir);
    let back = LookBack::open(state_dir, profile.clone(), zone)?;
    let mut all = Vec::new();
    for change in lately(&tuning, now)? {
        let series = |signal, since, until| back.series(signal, since, until, STEP);
        all.extend(of_change(&tuning, &change, now, &series)?);
    }
    Ok(all)
}

/// The changes that stand, newest first.
fn lately(tuning: &Tuning, now: Instant) -> Result<Vec<AppliedTuning>> {
    let mut all = tuning.applied()?;
    all.retain(|change| change.at <= now && now - change.at <= OLDEST);
    all.reverse();
    all.truncate(MOST);
    Ok(all)
}

type Series<'a> = &'a dyn Fn(SignalId, Instant, Instant) -> Result<Vec<Point>>;

fn of_change(
    tuning: &Tuning,
    change: &AppliedTuning,
    now: Instant,
    series: Series<'_>,
) -> Result<Vec<Helped>> {
    let preset = tuning.presets().into_iter().find(|preset| preset.title == change.title);
    let signals = preset
        .map(|preset| preset.signals)
        .filter(|signals| !signals.is_empty())
        .unwrap_or_else(|| USUAL.to_vec());
    let (from, until) = (change.at - SPAN, (change.at + SPAN).min(now));
    let over = now - change.at >= SPAN;
    let uptimes: Vec<f64> =
        series(SignalId::ProcessUptime, from, until)?.iter().filter_map(|point| point.min).collect();
    // It only grows while the same process runs.
    let restarted = uptimes.windows(2).any(|two| two[1] < two[0]);
    let mut all = Vec::new();
    for signal in signals {
        let before = mean(&series(signal, from, change.at)?, change.at, false);
        let after = mean(&series(signal, change.at, until)?, change.at, true);
        let text = said(signal, before, after, over, restarted);
        let (title, applied_at) = (change.title.clone(), change.at);
        all.push(Helped { title, applied_at, signal, before, after, over, restarted, text });
    }
    Ok(all)
}

/// The mean of the steps that lie wholly on one side of the change; `None` where they are too few.
#[allow(clippy::cast_precision_loss, reason = "a dozen of steps")]
fn mean(points: &[Point], change: Instant, after: bool) -> Option<f64> {
    let step = TimeDelta::from_std(STEP).unwrap_or_default();
    let side = |point: &&Point| if after { point.at >= change } else { point.at + step <= change };
    let means: Vec<f64> = points.iter().filter(side).filter_map(|point| point.mean).collect();
    (means.len() >= ENOUGH).then(|| means.iter().sum::<f64>() / means.len() as f64)
}

fn said(signal: SignalId, before: Option<f64>, after: Option<f64>, over: bool, restarted: bool) -> String {
    let label = signal.label();
    let (Some(before), Some(after)) = (before, after) else {
        let yet = if over { "" } else { " yet" };
        return format!("{label}: too little is on record of the hour before and after to say{yet}");
    };
    let say = |value: f64| words::value(value, signal.unit());
    let when = if over { "in the hour after" } else { "in the hour after, so far" };
    let doubt = if restarted {
        ""
    } else {
        "; the process was not started anew since, and reads its settings when it starts"
    };
    format!("{label} {} → {} {when}{doubt}", say(before), say(after))
}

/// The loop's side of it: what came of a change is entered into the journal once its hour is over.
#[derive(Debug, Default)]
pub(super) struct Aftermath {
    looked_at: Option<Instant>,
}

impl Aftermath {
    /// Enters what came of changes whose hour is over; for the process that keeps the record.
    pub fn look(&mut self, profile: &Profile, records: &mut Records, now: Instant) {
        if self.looked_at.is_some_and(|at| now >= at && now - at < NOW_AND_THEN) {
            return;
        }
        self.looked_at = Some(now);
        let tuning = Tuning::new(profile, records.folder());
        if let Err(error) = enter(&tuning, records, now) {
            tracing::warn!(%error, "what came of a change of settings was not entered");
        }
    }
}

fn enter(tuning: &Tuning, records: &mut Records, now: Instant) -> Result<()> {
    for change in lately(tuning, now)?.into_iter().filter(|change| !change.told && now - change.at >= SPAN) {
        let helped = {
            let series = |signal, since, until| Ok(records.series(signal, since, until, STEP));
            of_change(tuning, &change, now, &series)?
        };
        let known: Vec<String> = helped
            .iter()
            .filter(|one| one.before.is_some() && one.after.is_some())
            .map(|one| one.text.clone())
            .collect();
        // Marked first: what is not entered is lost, and not entered again and again.
        tuning.mark_told(&change)?;
        if !known.is_empty() {
            let text = format!("“{}”: {}.", change.title, known.join("; "));
            records.journal(&[Entry {
                at: now,
                kind: Entered::Tuning,
                text,
                reference: Some("tune list".into()),
            }]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Level;
    use chrono::{TimeZone, Utc};

    #[test]
    fn only_whole_steps_of_one_side_count_and_few_say_nothing() {
        let change = Utc.with_ymd_and_hms(2026, 12, 6, 3, 2, 0).unwrap();
        let begin = Utc.with_ymd_and_hms(2026, 12, 6, 2, 0, 0).unwrap();
        let points: Vec<Point> = (0..26)
            .map(|step| {
                let at = begin + TimeDelta::minutes(5 * step);
                // The step in which it was changed belongs to neither side.
                let value = if at + TimeDelta::minutes(5) <= change {
                    41.0
                } else if at >= change {
                    27.0
                } else {
                    1_000.0
                };
                Point { at, min: Some(value), mean: Some(value), max: Some(value), level: Level::Green }
            })
            .collect();
        assert_eq!((mean(&points, change, false), mean(&points, change, true)), (Some(41.0), Some(27.0)));
        assert_eq!(mean(&points[..2], change, false), None);
    }

    #[test]
    fn it_is_said_as_people_read_it() {
        let cpu = SignalId::ProcessCpu;
        assert_eq!(said(cpu, Some(41.0), Some(27.0), true, true), "CPU 41 % → 27 % in the hour after");
        assert!(said(cpu, Some(41.0), Some(27.0), false, true).ends_with("so far"));
        assert!(said(cpu, Some(41.0), Some(41.0), true, false).contains("not started anew"));
        assert!(said(cpu, None, Some(1.0), true, true).contains("too little"));
    }
}
