//! Figures over time on a real file: tiers, gaps, the light's strip, a moment, clocks that jump.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a test fails by panicking")]
use std::path::Path;
use std::time::Duration;

use caretaker_core::clock::{Instant, Zone};
use caretaker_core::keeper::{LookBack, Span};
use caretaker_core::profile::{self, Profile};
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::{EcosystemId, Point, Store, StripRun};
use chrono::{TimeDelta, TimeZone, Utc};
use tempfile::TempDir;

const STEP: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(120);

fn fresh() -> (TempDir, Store, EcosystemId) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap().store;
    let ecosystem = store.ecosystem(Path::new("/eco")).unwrap();
    (dir, store, ecosystem)
}

fn profile() -> Profile {
    profile::parse("ecosystem.root = '/eco'\nlogs = []", Path::new("/p.toml"), None).unwrap()
}

fn noon() -> Instant {
    Utc.with_ymd_and_hms(2026, 1, 10, 12, 0, 0).unwrap()
}

fn minutes(minutes: i64) -> Instant {
    noon() + TimeDelta::minutes(minutes)
}

fn tick(store: &mut Store, of: EcosystemId, at: Instant, light: Level, value: f64) {
    store.record(of, at, light, &[(SignalId::DiskFree, Some(value), light)]).unwrap();
}

fn disk(store: &mut Store, of: EcosystemId, at: Instant, value: f64) {
    tick(store, of, at, Level::Green, value);
}

fn read(store: &Store, of: EcosystemId, from: Instant, days: i64, step: Duration) -> Vec<Point> {
    store.series(of, SignalId::DiskFree, from, from + TimeDelta::days(days), step).unwrap()
}

#[test]
fn steps_hold_least_mean_most_and_the_worst_level_and_gaps_stay_gaps() {
    let (_dir, mut store, of) = fresh();
    for (minute, value, level) in
        [(0, 10.0, Level::Green), (1, 20.0, Level::Red), (2, 60.0, Level::Yellow), (12, 5.0, Level::Green)]
    {
        tick(&mut store, of, minutes(minute), level, value);
    }
    let plain: Vec<_> = read(&store, of, noon(), 1, STEP)
        .iter()
        .map(|p| ((p.at - noon()).num_minutes(), p.min.unwrap(), p.mean.unwrap(), p.max.unwrap(), p.level))
        .collect();
    assert_eq!(plain, [(0, 10.0, 30.0, 60.0, Level::Red), (10, 5.0, 5.0, 5.0, Level::Green)]);
}

#[test]
fn every_tier_gives_each_step_once_and_the_same_figures() {
    let (_dir, mut store, of) = fresh();
    // Three ticks in five minutes for 33 days: hours alone, then five minutes, then every tick.
    for step in 0..33 * 24 * 12 {
        for (second, value) in [(0, 0.0), (100, 2.0), (200, 4.0)] {
            disk(&mut store, of, noon() + TimeDelta::seconds(step * 300 + second), value);
        }
    }
    let same = |p: &Point| p.min == Some(0.0) && p.mean == Some(2.0) && p.max == Some(4.0);
    let hours = read(&store, of, noon(), 33, HOUR);
    assert!(hours.len() == 33 * 24 && hours.iter().all(same), "{} {:?}", hours.len(), hours[0]);
    let fives = read(&store, of, noon(), 33, STEP);
    assert!(fives.iter().all(same), "{:?}", fives.iter().find(|p| !same(p)));
    let (old, new): (Vec<&Point>, Vec<&Point>) =
        fives.iter().partition(|p| p.at < noon() + TimeDelta::days(3));
    assert!(old.len() < 3 * 24 + 40, "of the oldest days only hours are left: {}", old.len());
    assert_eq!(new.len(), 30 * 24 * 12);
    let ticks = read(&store, of, noon() + TimeDelta::days(32), 1, Duration::from_secs(100));
    assert_eq!(ticks.len(), 24 * 36);
    let mixed = read(&store, of, noon() + TimeDelta::days(29), 4, Duration::from_secs(100));
    assert!(mixed.windows(2).all(|two| two[0].at < two[1].at));
    assert!((2 * 24 * 36..3 * 24 * 36).contains(&mixed.len()), "{}", mixed.len());
}

#[test]
fn what_is_older_than_two_years_is_dropped_and_what_is_younger_is_not() {
    let (_dir, mut store, of) = fresh();
    for day in 0..800 {
        for hour in 0..3 {
            disk(&mut store, of, noon() + TimeDelta::days(day) + TimeDelta::hours(hour), 1.0);
        }
    }
    let all = read(&store, of, noon(), 801, HOUR);
    let oldest = (noon() + TimeDelta::days(799) - all[0].at).num_days();
    assert!((730..=732).contains(&oldest), "{oldest}");
    assert!(all.len().abs_diff(usize::try_from(oldest + 1).unwrap() * 3) <= 3, "{}", all.len());
}

#[test]
fn a_clock_that_goes_back_loses_nothing() {
    let (_dir, mut store, of) = fresh();
    disk(&mut store, of, noon() + TimeDelta::days(1), 1.0);
    disk(&mut store, of, noon(), 2.0);
    disk(&mut store, of, minutes(7), 3.0);
    assert_eq!(read(&store, of, noon(), 2, STEP).len(), 3);
}

#[test]
fn a_clock_that_jumps_to_2038_and_back_costs_three_hours_at_the_far_end_at_most() {
    let (_dir, mut store, of) = fresh();
    for step in 0..40 * 24 * 12 {
        disk(&mut store, of, minutes(step * 5), 1.0);
    }
    let end = minutes(40 * 24 * 60);
    let before = (read(&store, of, noon(), 50, HOUR).len(), read(&store, of, noon(), 50, STEP).len());
    // Ten minutes of it, which is longer than any time service takes to notice.
    let wild = Utc.with_ymd_and_hms(2038, 1, 19, 3, 14, 8).unwrap();
    for half_minute in 0..20 {
        disk(&mut store, of, wild + TimeDelta::seconds(30 * half_minute), 9.0);
    }
    for step in 0..3 {
        disk(&mut store, of, end + TimeDelta::minutes(step * 5), 1.0);
    }
    let hours = read(&store, of, noon(), 50, HOUR);
    let fives = read(&store, of, noon(), 50, STEP);
    assert!(hours.len() + 3 > before.0, "{} of {}", hours.len(), before.0);
    assert!(fives.len() + 40 > before.1, "{} of {}", fives.len(), before.1);
    assert!(hours.iter().all(|p| p.max == Some(1.0)), "nothing of 2038 is among them");
    let ticks = read(&store, of, end - TimeDelta::days(1), 2, Duration::from_secs(1));
    assert!(ticks.len() > 280, "the last day is still there tick by tick: {}", ticks.len());
}

#[test]
fn absurd_values_are_looks_without_a_number() {
    let (_dir, mut store, of) = fresh();
    for (second, value) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().enumerate() {
        disk(&mut store, of, noon() + TimeDelta::seconds(second as i64), value);
    }
    disk(&mut store, of, minutes(70), 1.0);
    for step in [STEP, HOUR] {
        let points = read(&store, of, noon(), 1, step);
        assert_eq!((points.len(), points[0].mean, points[1].mean), (2, None, Some(1.0)));
    }
}

#[test]
fn a_day_of_the_light_has_no_hole_and_shows_when_nobody_looked() {
    let (dir, mut store, of) = fresh();
    for half in 0..20 {
        let light = if (8..12).contains(&half) { Level::Red } else { Level::Green };
        tick(&mut store, of, noon() + TimeDelta::seconds(30 * half), light, 1.0);
    }
    tick(&mut store, of, minutes(60), Level::Yellow, 1.0);
    let strip = store.strip(of, minutes(-1), minutes(61), PATIENCE).unwrap();
    let run = |at, seconds, level| StripRun { at: minutes(at), seconds, level };
    assert_eq!(
        strip,
        [
            run(-1, 60, None),
            run(0, 240, Some(Level::Green)),
            run(4, 120, Some(Level::Red)),
            run(6, 3 * 60 + 30 + 60, Some(Level::Green)),
            StripRun { at: minutes(10) + TimeDelta::seconds(30), seconds: 49 * 60 + 30, level: None },
            run(60, 60, Some(Level::Yellow)),
        ]
    );
    let past = LookBack::open(dir.path(), profile(), Zone::Fixed(chrono::FixedOffset::east_opt(0).unwrap()));
    let day = past.unwrap().day(noon().date_naive(), minutes(61)).unwrap();
    let seconds: i64 = day.strip.iter().map(|run| run.seconds).sum();
    assert_eq!((seconds, day.until), (13 * 3600 + 60, minutes(61)));
    assert_eq!(day.strip.last().unwrap().level, Some(Level::Yellow));
}

#[test]
fn a_day_long_past_is_drawn_from_what_is_left() {
    let (_dir, mut store, of) = fresh();
    for step in 0..35 * 24 * 12 {
        let light = if step % 288 == 100 { Level::Red } else { Level::Green };
        tick(&mut store, of, minutes(step * 5), light, 1.0);
    }
    for (day, longest) in [(1, 3600), (20, 300), (34, 300)] {
        let from = noon() + TimeDelta::days(day);
        let strip = store.strip(of, from, from + TimeDelta::days(1), STEP).unwrap();
        assert_eq!(strip.iter().map(|run| run.seconds).sum::<i64>(), 86_400, "{strip:?}");
        let red: i64 = strip.iter().filter(|r| r.level == Some(Level::Red)).map(|r| r.seconds).sum();
        assert_eq!(red, longest, "day {day}: {strip:?}");
    }
}

#[test]
fn a_moment_shows_what_was_seen_last_before_it_and_nothing_that_nobody_saw() {
    let (dir, mut store, of) = fresh();
    let process = |store: &mut Store, at, level| {
        store
            .record(
                of,
                at,
                level,
                &[(SignalId::ProcessState, None, level), (SignalId::DiskFree, Some(3e9), Level::Green)],
            )
            .unwrap();
    };
    for step in 0..40 * 24 * 12 {
        process(&mut store, minutes(step * 5), if step % 2 == 0 { Level::Green } else { Level::Red });
    }
    let zone = Zone::Fixed(chrono::FixedOffset::east_opt(0).unwrap());
    let past = LookBack::open(dir.path(), profile(), zone).unwrap();
    let end = minutes(40 * 24 * 60 - 5);
    let moment = past.moment(end + TimeDelta::seconds(90)).unwrap();
    assert_eq!(moment.light, Some(Level::Red));
    let texts: Vec<_> = moment.signals.iter().map(|s| (s.signal, s.text.as_str(), s.level)).collect();
    assert_eq!(
        texts,
        [(SignalId::ProcessState, "red", Level::Red), (SignalId::DiskFree, "3 GB", Level::Green)]
    );
    assert!(past.moment(end + TimeDelta::hours(1)).unwrap().signals.is_empty(), "nobody looked then");
    assert!(past.moment(noon() - TimeDelta::days(1)).unwrap().signals.is_empty());
    let even = past.moment(noon() + TimeDelta::days(20) + TimeDelta::minutes(13)).unwrap();
    assert_eq!((even.light, even.signals.len()), (Some(Level::Green), 2), "five minutes are left of it");
    let hour = past.moment(noon() + TimeDelta::days(2)).unwrap();
    assert_eq!((hour.light, hour.signals.len()), (Some(Level::Red), 2), "the worst of its hour");
}

#[test]
fn charts_of_every_span_reach_the_present_with_few_points() {
    let (dir, mut store, of) = fresh();
    let ticks = 30 * 288;
    for step in 0..ticks {
        disk(&mut store, of, minutes(step * 5), 7e9);
    }
    let now = minutes(ticks * 5);
    for half in -120..0 {
        disk(&mut store, of, now + TimeDelta::seconds(30 * half), 7e9);
    }
    let past = LookBack::open(dir.path(), profile(), Zone::Machine).unwrap();
    for (span, points) in [(Span::Hour, 60), (Span::Day, 289), (Span::Week, 337), (Span::Month, 361)] {
        let chart = past.chart(SignalId::DiskFree, span, now).unwrap();
        assert!((points - 1..=points).contains(&chart.points.len()), "{span:?} {}", chart.points.len());
        let last = chart.points.last().unwrap();
        assert!(now - last.at <= TimeDelta::seconds(chart.step_seconds.into()), "{span:?} {last:?}");
        assert_eq!((last.mean, chart.bands.red), (Some(7e9), Some(5e9)));
    }
}

#[test]
fn a_csv_holds_every_step_with_times_of_the_world() {
    let (dir, mut store, of) = fresh();
    tick(&mut store, of, noon(), Level::Yellow, 7.5);
    disk(&mut store, of, minutes(5), f64::NAN);
    let past = LookBack::open(dir.path(), profile(), Zone::Machine).unwrap();
    let csv = past.csv(&[SignalId::DiskFree, SignalId::DataSize], noon(), minutes(10), STEP).unwrap();
    assert_eq!(
        csv,
        "signal,at,min,mean,max,level\r\n\
         disk.free,2026-01-10T12:00:00Z,7.5,7.5,7.5,yellow\r\n\
         disk.free,2026-01-10T12:05:00Z,,,,green\r\n"
    );
}
