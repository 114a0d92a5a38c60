//! One span of a figure beside another: whether it became better, worse, or neither. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::clock::{Instant, Zone};
use crate::judge::words;
use crate::signal::{SignalId, Unit, Worse};

/// Of a hundred looks so many are no worse than the figure called p95.
const MOST_LOOKS: f64 = 0.95;
/// A change by less than this share of what was is none that anybody would notice.
const NOTICED: f64 = 0.05;
/// Days differ by chance: a change counts when it is so many times what they would make it.
const CHANCE: f64 = 2.0;
/// Of the days of a span so many in ten must be on record.
const ENOUGH: (u32, u32) = (4, 10);

/// One step of the record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// When it begins.
    pub at: Instant,
    /// The mean of its looks.
    pub mean: f64,
    /// The least of them.
    pub min: f64,
    /// The most.
    pub max: f64,
}

/// A figure over a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SpanSums {
    /// The mean.
    pub mean: f64,
    /// What ninety-five of a hundred steps were no worse than.
    pub p95: f64,
    /// The worst look of all.
    pub worst: f64,
    /// Of so many days something is on record.
    pub days: u32,
    /// The mean of each of them, oldest first.
    pub by_day: Vec<f64>,
}

impl SpanSums {
    /// The sums of `steps`; `None` where there is none.
    pub fn of(steps: &[Step], worse: Worse, zone: Zone) -> Option<Self> {
        let mut means: Vec<f64> = steps.iter().map(|step| step.mean).collect();
        means.sort_by(f64::total_cmp);
        let worst = match worse {
            Worse::Higher => steps.iter().map(|step| step.max).reduce(f64::max),
            Worse::Lower => steps.iter().map(|step| step.min).reduce(f64::min),
        };
        let mut days: BTreeMap<NaiveDate, Vec<f64>> = BTreeMap::new();
        for step in steps {
            days.entry(zone.local(step.at).date()).or_default().push(step.mean);
        }
        let by_day: Vec<f64> = days.values().map(|day| mean(day)).collect();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list of some thousands"
        )]
        let place = |share: f64| ((means.len() as f64 - 1.0) * share).round() as usize;
        let p95 = match worse {
            Worse::Higher => *means.get(place(MOST_LOOKS))?,
            Worse::Lower => *means.get(place(1.0 - MOST_LOOKS))?,
        };
        let days = u32::try_from(by_day.len()).unwrap_or(u32::MAX);
        // Days count alike, however long somebody looked on each.
        Some(Self { mean: mean(&by_day), p95, worst: worst?, days, by_day })
    }

    /// How far its mean may be off, since days differ.
    #[allow(clippy::cast_precision_loss, reason = "some hundreds of days")]
    fn variance_of_mean(&self) -> f64 {
        let count = self.by_day.len() as f64;
        let off: f64 = self.by_day.iter().map(|day| (day - self.mean).powi(2)).sum();
        if count < 2.0 { 0.0 } else { off / (count - 1.0) / count }
    }
}

/// What became of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Became {
    /// It is better than it was.
    Better,
    /// It is worse.
    Worse,
    /// Neither, as far as days differ anyway.
    Same,
    /// It cannot be told.
    Unknown,
}

/// What became of a figure, and why that is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "typescript", ts(rename = "FigureChange"))]
pub struct Change {
    /// The word for it.
    pub became: Became,
    /// It in a sentence.
    pub says: String,
}

/// Holds a span of so many days against the one before it, or against a baseline; `than` names that one.
pub fn change(
    id: SignalId,
    (now, days): (Option<&SpanSums>, u32),
    (before, days_before): (Option<&SpanSums>, u32),
    than: &str,
) -> Change {
    let enough = |days: u32| (days * ENOUGH.0).div_ceil(ENOUGH.1);
    let known = |sums: Option<&SpanSums>| sums.map_or(0, |sums| sums.days);
    let (Some(now), Some(before)) = (now, before) else {
        return untold(known(now), known(before), days, than);
    };
    if now.days < enough(days) || before.days < enough(days_before) {
        return untold(now.days, before.days, days, than);
    }
    let by = now.mean - before.mean;
    let chance = CHANCE * (now.variance_of_mean() + before.variance_of_mean()).sqrt();
    let noticed = (before.mean.abs() * NOTICED).max(floor(id.unit()));
    let (is, was) = (words::value(now.mean, id.unit()), words::value(before.mean, id.unit()));
    if by.abs() < noticed || by.abs() < chance {
        return Change { became: Became::Same, says: format!("the same: {is}, {was} in {than}") };
    }
    let up = by > 0.0;
    let became = match (id.worse(), up) {
        (Worse::Higher, true) | (Worse::Lower, false) => Became::Worse,
        _ => Became::Better,
    };
    let word = if became == Became::Worse { "worse" } else { "better" };
    Change { became, says: format!("{word}: {is}, {was} in {than}") }
}

fn untold(now: u32, before: u32, days: u32, than: &str) -> Change {
    let only = |count: u32| match count {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let says = if before == 0 && now > 0 {
        format!("cannot be told: nothing is on record of {than}")
    } else {
        format!(
            "cannot be told: of the last {days} days {} {} on record, of {than} {}",
            only(now),
            if now == 1 { "is" } else { "are" },
            only(before)
        )
    };
    Change { became: Became::Unknown, says }
}

/// The smallest change that anybody would notice, in the unit.
fn floor(unit: Unit) -> f64 {
    match unit {
        Unit::Percent | Unit::Count => 1.0,
        Unit::Bytes => 16e6,
        Unit::Milliseconds => 0.5,
        Unit::Seconds | Unit::None => 0.0,
    }
}

#[allow(clippy::cast_precision_loss, reason = "some thousands")]
fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};

    fn sums(id: SignalId, days: &[f64]) -> Option<SpanSums> {
        let begin = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        let steps: Vec<Step> = days
            .iter()
            .enumerate()
            .flat_map(|(day, value)| {
                let at = begin + TimeDelta::days(i64::try_from(day).unwrap());
                (0..24).map(move |hour| Step {
                    at: at + TimeDelta::hours(hour),
                    mean: *value,
                    min: value - 1.0,
                    max: value + 1.0,
                })
            })
            .collect();
        SpanSums::of(&steps, id.worse(), Zone::Fixed(FixedOffset::east_opt(0).unwrap()))
    }

    fn became(id: SignalId, now: &[f64], before: &[f64]) -> Became {
        change(id, (sums(id, now).as_ref(), 7), (sums(id, before).as_ref(), 7), "the week before").became
    }

    #[test]
    fn worse_is_what_is_worse_for_the_figure() {
        let (cpu, success) = (SignalId::ProcessCpu, SignalId::SuccessRate);
        assert_eq!(became(cpu, &[40.0; 7], &[20.0; 7]), Became::Worse);
        assert_eq!(became(cpu, &[10.0; 7], &[20.0; 7]), Became::Better);
        assert_eq!(became(success, &[80.0; 7], &[97.0; 7]), Became::Worse);
        assert_eq!(became(cpu, &[20.5; 7], &[20.0; 7]), Became::Same, "nobody would notice");
        assert_eq!(became(cpu, &[0.3; 7], &[0.1; 7]), Became::Same, "three times nothing");
    }

    #[test]
    fn what_days_differ_by_anyway_is_no_change() {
        let wild = [5.0, 60.0, 10.0, 45.0, 8.0, 55.0, 20.0];
        let wilder = [50.0, 9.0, 62.0, 12.0, 40.0, 30.0, 25.0];
        assert_eq!(became(SignalId::ProcessCpu, &wilder, &wild), Became::Same);
        assert_eq!(became(SignalId::ProcessCpu, &wild.map(|one| one + 60.0), &wild), Became::Worse);
    }

    #[test]
    fn too_little_on_record_is_said() {
        let id = SignalId::ProcessCpu;
        let told = |now: &[f64], before: &[f64]| {
            change(id, (sums(id, now).as_ref(), 7), (sums(id, before).as_ref(), 7), "the week before")
        };
        assert_eq!(told(&[20.0; 2], &[20.0; 7]).became, Became::Unknown);
        assert_eq!(
            told(&[20.0; 2], &[20.0; 1]).says,
            "cannot be told: of the last 7 days 2 are on record, of the week before 1"
        );
        assert_eq!(told(&[20.0; 7], &[]).says, "cannot be told: nothing is on record of the week before");
        assert_eq!(told(&[20.0; 3], &[20.0; 3]).became, Became::Same);
    }

    #[test]
    fn the_worst_is_on_the_side_of_the_figure() {
        let days: Vec<f64> = (1..=20).map(f64::from).collect();
        let cpu = sums(SignalId::ProcessCpu, &days).unwrap();
        assert_eq!((cpu.mean, cpu.p95, cpu.worst, cpu.days), (10.5, 19.0, 21.0, 20));
        let free = sums(SignalId::SuccessRate, &days).unwrap();
        assert_eq!((free.p95, free.worst), (2.0, 0.0));
        assert_eq!(sums(SignalId::ProcessCpu, &[]), None);
    }
}
