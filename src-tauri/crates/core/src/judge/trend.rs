//! Where a figure is heading, from its recorded past. Pure.
//!
//! The slope is the median of the slopes between all pairs of points (Theil–Sen), so that single outliers do not turn
//! it; whether there is a trend at all is asked of the order of the points (Mann–Kendall). Both by Sen (1968), J. Am.
//! Stat. Assoc. 63, 1379.

use crate::clock::Instant;
use crate::signal::SignalId;

/// Points that are looked at, at most: all pairs of them are compared.
const MOST: usize = 200;

/// Points that a trend needs at least.
const FEWEST: usize = 24;

/// Beyond this the order of the points is no accident.
const SIGNIFICANT: f64 = 3.0;

/// A share of pairs that agree, from which on it is a trend however smooth its bends are.
const UNANIMOUS: f64 = 0.9;

/// Points beside a step that say whether it lasted.
const AROUND: usize = 6;

/// Moments in the past from which the trend is tried.
const TRIALS: usize = 8;

const DAY: f64 = 86_400.0;

/// The trend of one signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Of which signal.
    pub signal: SignalId,
    /// How much it changes in a day, in the signal's unit.
    pub slope_per_day: f64,
    /// The value at `at`, without its noise.
    pub value: f64,
    /// When the newest point was seen.
    pub at: Instant,
    /// For how many seconds the trend has been seen.
    pub lasted: f64,
    /// The share of moments in the past from which it would have foretold what came, 0 to 1.
    pub kept: f64,
}

/// Whether there are enough points to speak of a trend, or of none.
pub fn is_enough(record: &[(Instant, f64)]) -> bool {
    record.len() >= FEWEST
}

/// The trend of `record`, oldest first; `None` where there is none.
///
/// A figure that made one lasting step, as free space does when something large was copied, is looked at from there
/// on. Several steps belong to how it moves.
pub fn trend(signal: SignalId, record: &[(Instant, f64)]) -> Option<Trend> {
    let record = &record[record.len().saturating_sub(MOST)..];
    let (began, _) = *record.first()?;
    let points: Vec<Point> = record
        .iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(at, value)| Point { day: days(*at - began), value: *value })
        .collect();
    let points = since_step(&points);
    if points.len() < FEWEST {
        return None;
    }
    let slope_per_day = Pairs::of(points).trend(points)?;
    let (first, last) = (points.first()?, points.last()?);
    Some(Trend {
        signal,
        slope_per_day,
        value: settled(points, slope_per_day)?,
        at: record.last()?.0,
        lasted: (last.day - first.day) * DAY,
        kept: kept(points, slope_per_day),
    })
}

#[derive(Clone, Copy)]
struct Point {
    day: f64,
    value: f64,
}

#[allow(clippy::cast_precision_loss, reason = "seconds of centuries fit")]
fn days(span: chrono::TimeDelta) -> f64 {
    span.num_seconds() as f64 / DAY
}

/// What all pairs of points say.
struct Pairs {
    slope: f64,
    /// Pairs that rise less those that fall.
    rising: f64,
    count: f64,
}

impl Pairs {
    #[allow(clippy::cast_precision_loss, reason = "two hundred points make 19,900 pairs")]
    fn of(points: &[Point]) -> Self {
        let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
        let mut rising = 0_i64;
        for (n, later) in points.iter().enumerate() {
            for earlier in &points[..n] {
                let (rise, time) = (later.value - earlier.value, later.day - earlier.day);
                if time > 0.0 {
                    rising += i64::from(rise > 0.0) - i64::from(rise < 0.0);
                    slopes.push(rise / time);
                }
            }
        }
        let count = slopes.len() as f64;
        Self { slope: median(&mut slopes).unwrap_or(0.0), rising: rising as f64, count }
    }

    /// The slope, where the order of the points is no accident.
    #[allow(clippy::cast_precision_loss, reason = "two hundred points")]
    fn trend(&self, points: &[Point]) -> Option<f64> {
        if self.slope == 0.0 || self.slope.signum() != self.rising.signum() {
            return None;
        }
        if self.rising.abs() >= UNANIMOUS * self.count {
            return Some(self.slope);
        }
        let n = points.len() as f64;
        let spread = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
        let mut values: Vec<f64> = points.iter().map(|point| point.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        #[allow(clippy::float_cmp, reason = "ties are values that are the same")]
        let ties: f64 = values.chunk_by(|a, b| a == b).map(|tied| spread(tied.len() as f64)).sum();
        let variance = (spread(n) - ties) / 18.0;
        // Points that hang together say less than as many that do not: what wanders about is no trend.
        let together = hanging_together(points, self.slope);
        let z = (self.rising.abs() - 1.0) / (variance * (1.0 + together) / (1.0 - together)).sqrt();
        (z > SIGNIFICANT).then_some(self.slope)
    }
}

/// How far each point's distance from the line is that of the point before: 0 not at all, 1 wholly.
#[allow(clippy::cast_precision_loss, reason = "two hundred points")]
fn hanging_together(points: &[Point], slope: f64) -> f64 {
    let mut off: Vec<f64> = points.iter().map(|point| point.value - slope * point.day).collect();
    let Some(middle) = median(&mut off.clone()) else { return 0.0 };
    off.iter_mut().for_each(|off| *off -= middle);
    let all: f64 = off.iter().map(|off| off * off).sum();
    let next: f64 = off.windows(2).map(|pair| pair.iter().product::<f64>()).sum();
    if all <= 0.0 {
        return 0.0;
    }
    // Next to a line that was laid through them, points seem to hang together less than they do.
    let seen = next / all;
    (seen + (2.0 + 4.0 * seen) / points.len() as f64).clamp(0.0, 0.99)
}

/// The points from the last step on, where there was exactly one that lasted; else all.
fn since_step(points: &[Point]) -> &[Point] {
    // Over two points, since a step may fall within the time that one of them stands for.
    const OVER: usize = 2;
    let rate = |pair: &[Point]| (pair[1].value - pair[0].value) / (pair[1].day - pair[0].day);
    let mut rates: Vec<f64> = points.windows(2).map(rate).filter(|rate| rate.is_finite()).collect();
    let Some(rate) = median(&mut rates) else { return points };
    let beyond = |from: &Point, to: &Point| to.value - from.value - rate * (to.day - from.day);
    let jumps: Vec<f64> = points.windows(OVER + 1).map(|these| beyond(&these[0], &these[OVER])).collect();
    let usual = median(&mut jumps.iter().map(|jump| jump.abs()).collect::<Vec<_>>()).unwrap_or(0.0);
    let (least, most) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), point| {
        (least.min(point.value), most.max(point.value))
    });
    let large = (0.4 * (most - least)).max(6.0 * usual);

    let mut steps: Vec<(usize, f64)> = Vec::new();
    for (at, jump) in jumps.iter().enumerate().filter(|(_, jump)| jump.abs() > large) {
        let (before, after) = (&points[(at + 1).saturating_sub(AROUND)..=at], &points[at + OVER..]);
        // One or two points may be outliers.
        if before.len().min(after.len()) < 3 {
            continue;
        }
        let middle = |side: &[Point]| median(&mut side.iter().map(|point| point.value).collect::<Vec<_>>());
        let (Some(before), Some(after)) = (middle(before), middle(&after[..after.len().min(AROUND)])) else {
            continue;
        };
        let lasts = (after - before) * jump.signum() > jump.abs() / 2.0;
        match steps.last_mut() {
            _ if !lasts => {}
            // The same step, seen from its neighbour.
            Some((known, size)) if at - *known <= OVER && jump.signum() == size.signum() => {
                if jump.abs() >= size.abs() {
                    (*known, *size) = (at, *jump);
                }
            }
            _ => steps.push((at, *jump)),
        }
    }
    match steps.as_slice() {
        [(at, _)] => &points[at + OVER..],
        _ => points,
    }
}

/// The value at the newest point: the middle of the last three, brought up to it.
fn settled(points: &[Point], slope: f64) -> Option<f64> {
    let last = points.last()?.day;
    let newest = &points[points.len().saturating_sub(3)..];
    median(&mut newest.iter().map(|point| point.value + slope * (last - point.day)).collect::<Vec<_>>())
}

/// The share of moments in the past from which the trend of the time before would have foretold what came since: that
/// it goes on in the same direction, and at least half as fast.
#[allow(clippy::cast_precision_loss, reason = "eight")]
fn kept(points: &[Point], slope: f64) -> f64 {
    let n = points.len();
    let told = |trial: &usize| {
        let cut = n * 3 / 10 + trial * n * 4 / 10 / (TRIALS - 1);
        let (past, all) = (&points[..cut], points);
        let then = Pairs::of(past).slope;
        let (Some(from), Some(to)) = (settled(past, then), settled(all, slope)) else { return false };
        let (Some(began), Some(ended)) = (past.last(), all.last()) else { return false };
        let foretold = then * (ended.day - began.day);
        then.signum() == slope.signum() && then.abs() >= slope.abs() / 4.0 && (to - from) / foretold >= 0.5
    };
    (0..TRIALS).filter(told).count() as f64 / TRIALS as f64
}

fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    if values.is_empty() {
        return None;
    }
    let (below, found, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let found = *found;
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(before) if even => Some(f64::midpoint(before, found)),
        _ => Some(found),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_precision_loss, reason = "small numbers")]

    use chrono::{TimeDelta, TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    /// Numbers that look like chance, -0.5 to 0.5, the same at each run.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self) -> f64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        }
    }

    /// A point every two hours, two weeks long.
    fn record(value: impl FnMut(i32) -> f64) -> Vec<(Instant, f64)> {
        let began = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        (0..168).map(|n| began + TimeDelta::hours(2) * n).zip((0..168).map(value)).collect()
    }

    fn found(value: impl FnMut(i32) -> f64) -> Option<Trend> {
        trend(SignalId::DiskFree, &record(value))
    }

    fn sure(value: impl FnMut(i32) -> f64) -> bool {
        found(value).is_some_and(|trend| trend.kept >= 0.5)
    }

    #[test]
    fn a_line_is_found_through_noise_and_outliers() {
        let mut dice = Dice(1);
        let noisy = |n: i32| {
            let outlier = if n % 10 == 0 { 500.0 } else { 0.0 };
            1_000.0 - f64::from(n) + 20.0 * dice.roll() + outlier
        };
        let trend = found(noisy).unwrap();
        assert!((trend.slope_per_day + 12.0).abs() < 0.6, "{trend:?}");
        assert!((trend.value - 833.0).abs() < 15.0, "{trend:?}");
        assert!(trend.kept > 0.9 && (trend.lasted / DAY - 13.9).abs() < 0.1, "{trend:?}");
    }

    #[test]
    fn what_stands_still_or_is_only_noise_or_a_wave_has_no_trend() {
        assert_eq!(found(|_| 7.0), None);
        let mut dice = Dice(2);
        assert_eq!(found(|_| dice.roll()), None);
        assert_eq!(found(|n| (f64::from(n) * std::f64::consts::TAU / 12.0).sin()), None);
        // Logs that are cleaned up every three days.
        assert_eq!(found(|n| f64::from(n % 36)), None);
    }

    #[test]
    fn growth_that_gets_faster_and_growth_by_day_only_are_found() {
        assert!(sure(|n| f64::from(n).powi(2)));
        assert!(sure(|n| (f64::from(n) / 80.0).exp()));
        assert!(sure(|n| f64::from(n) + 5.0 * (f64::from(n) * std::f64::consts::TAU / 12.0).sin()));
    }

    #[test]
    fn one_step_that_lasts_is_no_trend_and_what_comes_after_it_is() {
        // Something large was copied, within one point's time or half before and half after it.
        for half in [0.0, 0.4] {
            let step = |n: i32| if n < 84 { 0.0 } else { 100.0 } + if n == 84 { -100.0 * half } else { 0.0 };
            assert_eq!(found(step), None, "{half}");
            let mut dice = Dice(3);
            assert_eq!(found(|n| step(n) + 5.0 * dice.roll()), None, "{half}, with noise");
            let falling = found(|n| step(n) - 0.5 * f64::from(n)).unwrap();
            assert!((falling.slope_per_day + 6.0).abs() < 0.1, "{falling:?}");
            assert!(falling.lasted < 7.0 * DAY, "{falling:?}");
        }
        // A spike does not last.
        let spike = found(|n| f64::from(n) + if n == 100 { 900.0 } else { 0.0 }).unwrap();
        assert!(spike.lasted > 13.0 * DAY, "{spike:?}");
    }

    #[test]
    fn what_wanders_about_is_rarely_taken_for_a_trend() {
        let taken = (1..=400_u64)
            .filter(|seed| {
                let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let mut at = 0.0;
                sure(|_| {
                    at += dice.roll();
                    at
                })
            })
            .count();
        // Without looking at how far the points hang together it would be 96.
        assert!(taken <= 24, "{taken} of 400");
    }

    #[test]
    fn too_few_points_say_nothing() {
        let all = record(f64::from);
        assert_eq!(trend(SignalId::DiskFree, &all[..FEWEST - 1]), None);
        assert!(trend(SignalId::DiskFree, &all[..FEWEST]).is_some());
        assert_eq!(trend(SignalId::DiskFree, &[]), None);
    }

    proptest! {
        #[test]
        fn any_record_is_taken_as_it_is(values in prop::collection::vec(prop::num::f64::ANY, 0..120)) {
            let began = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
            // Two points at the same time now and then.
            let times = (0..).map(|n| began + TimeDelta::hours(n * 2 / 3));
            let record: Vec<_> = times.zip(values).collect();
            if let Some(trend) = trend(SignalId::DataSize, &record) {
                prop_assert!((0.0..=1.0).contains(&trend.kept), "{:?}", trend);
            }
        }

        #[test]
        fn a_clean_line_is_foretold_exactly(slope in 0.01..1e9f64, start in 0.0..1e12f64, falls in any::<bool>()) {
            let slope = if falls { -slope } else { slope };
            let trend = found(|n| start + slope * f64::from(n)).unwrap();
            prop_assert!((trend.slope_per_day / (slope * 12.0) - 1.0).abs() < 0.05, "{:?}", trend);
            prop_assert!(trend.kept > 0.9, "{:?}", trend);
        }
    }
}
