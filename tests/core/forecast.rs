//! Forecasts: from the record to the signal, and what is never foretold.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/scene.rs"]
mod scene;

use std::path::Path;

use caretaker_core::clock::{Instant, Zone};
use caretaker_core::judge::trend::Trend;
use caretaker_core::judge::{Forecast, Memory, Outlook, Signal, Verdict, judge};
use caretaker_core::keeper::LookBack;
use caretaker_core::observe::{Observation, ProcessSeen, Reading};
use caretaker_core::profile::{self, Profile};
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::Store;
use chrono::{FixedOffset, TimeDelta};
use scene::{healthy, now, profile};

const DAY: f64 = 86_400.0;

fn zone() -> Zone {
    Zone::Fixed(FixedOffset::east_opt(0).unwrap())
}

/// A trend that was seen for two weeks and always kept.
fn trend(signal: SignalId, value: f64, slope_per_day: f64) -> Trend {
    Trend { signal, slope_per_day, value, at: now(), lasted: 14.0 * DAY, kept: 1.0 }
}

fn outlook(trends: &[Trend]) -> Memory {
    Memory { outlook: Outlook { trends: trends.to_vec(), enough: true }, ..Memory::default() }
}

fn verdict(profile: &Profile, seen: &Observation, trends: &[Trend]) -> Verdict {
    judge(profile, seen, &outlook(trends), now(), zone()).0
}

fn signal(verdict: &Verdict) -> &Signal {
    verdict.signals.iter().find(|signal| signal.id == SignalId::Forecast).unwrap()
}

fn only(profile: &Profile, trend: Trend) -> Forecast {
    let outlook = Outlook { trends: vec![trend], enough: true };
    outlook.forecasts(profile, now(), false).remove(0)
}

#[test]
fn a_band_that_is_reached_within_the_horizon_is_yellow_and_says_when() {
    let verdict = verdict(&profile(), &healthy(), &[trend(SignalId::DiskFree, 22e9, -2.4e9)]);
    let signal = signal(&verdict);
    assert_eq!((verdict.light, verdict.cause), (Level::Yellow, Some(SignalId::Forecast)));
    assert_eq!(signal.reason, "Free disk falls by 2.4 GB a day and reaches 10 GB in about 5 days.");
    assert!((signal.value.unwrap() - 5.0 * DAY).abs() < 2.0, "{signal:?}");
    let forecast = &verdict.forecasts[0];
    assert_eq!((forecast.reaches, forecast.band, forecast.soon), (Some(Level::Yellow), Some(10e9), true));
    assert!((forecast.at.unwrap() - now() - TimeDelta::days(5)).abs() < TimeDelta::seconds(2));
}

#[test]
fn what_lies_beyond_the_horizon_is_shown_and_colours_nothing() {
    let verdict = verdict(&profile(), &healthy(), &[trend(SignalId::DiskFree, 34e9, -2.4e9)]);
    assert_eq!((signal(&verdict).level, verdict.light), (Level::Green, Level::Green));
    assert_eq!(
        signal(&verdict).reason,
        "Free disk falls by 2.4 GB a day and reaches 10 GB in about 10 days."
    );
}

#[test]
fn the_next_band_is_the_one_in_the_way() {
    let forecast = |signal, value, slope| only(&profile(), trend(signal, value, slope));
    // Already yellow: red is next.
    let red = forecast(SignalId::DiskFree, 9e9, -1e9);
    assert_eq!((red.reaches, red.band), (Some(Level::Red), Some(5e9)));
    // Beyond the last band, away from it, and further than a year: none.
    for (value, slope) in [(4e9, -1e9), (9e9, 1e9), (50e9, 1e9), (50e9, -1e8)] {
        let none = forecast(SignalId::DiskFree, value, slope);
        assert_eq!((none.reaches, none.at, none.soon), (None, None, false), "{none:?}");
    }
    assert_eq!(forecast(SignalId::DataSize, 1e9, -1e6).text, "The data folder shrinks by 1 MB a day.");
    // A matter of hours is told by the hour.
    let soon = forecast(SignalId::ProcessMemory, 3.5e9, 2.4e9);
    assert_eq!(soon.text, "Memory grows by 100 MB an hour and reaches 4 GB in about 5 hours.");
}

#[test]
fn nobody_believes_a_trend_much_further_ahead_than_it_was_seen() {
    let short = Trend { lasted: DAY, ..trend(SignalId::DiskFree, 22e9, -2.4e9) };
    let forecast = only(&profile(), short);
    assert_eq!((forecast.confidence, forecast.soon), (0.2, false));
    let doubtful = Trend { kept: 0.375, ..trend(SignalId::DiskFree, 22e9, -2.4e9) };
    assert!(!only(&profile(), doubtful).soon);
    // Of a longer and a shorter trend the one counts that can be told.
    let both = Outlook { trends: vec![doubtful, trend(SignalId::DiskFree, 20e9, -5e9)], enough: true };
    let found = both.forecasts(&profile(), now(), false);
    assert_eq!((found.len(), found[0].soon, found[0].slope_per_day), (1, true, -5e9));
}

#[test]
fn a_forecast_at_the_horizon_does_not_flicker() {
    let at = |days: f64, memory: &Memory| {
        let mut memory = memory.clone();
        memory.outlook = outlook(&[trend(SignalId::DiskFree, 10e9 + days * 1e9, -1e9)]).outlook;
        let (verdict, memory) = judge(&profile(), &healthy(), &memory, now(), zone());
        (signal(&verdict).level, memory)
    };
    let (level, memory) = at(6.9, &Memory::default());
    assert_eq!(level, Level::Yellow);
    let (level, memory) = at(7.5, &memory);
    assert_eq!(level, Level::Yellow, "told already");
    let (level, memory) = at(9.0, &memory);
    assert_eq!(level, Level::Green);
    assert_eq!(at(7.5, &memory).0, Level::Green);
}

#[test]
fn of_what_cannot_be_told_now_nothing_is_foretold() {
    let mut seen = healthy();
    seen.process = Reading::seen(ProcessSeen::Gone, now());
    let verdict = verdict(&profile(), &seen, &[trend(SignalId::ProcessMemory, 3.5e9, 2.4e9)]);
    assert_eq!((signal(&verdict).level, verdict.forecasts.len()), (Level::Green, 0));
    // Too little on record is no “no trend”, and no reason for a grey light.
    let (verdict, _) = judge(&profile(), &healthy(), &Memory::default(), now(), zone());
    assert_eq!((signal(&verdict).level, verdict.light), (Level::Unknown, Level::Green));
    assert_eq!(signal(&verdict).reason, "Too little is on record to see a trend.");
}

#[test]
fn what_is_bad_now_goes_before_what_is_to_come() {
    let mut seen = healthy();
    seen.disk.value.as_mut().unwrap().free = 8_000_000_000;
    let verdict = verdict(&profile(), &seen, &[trend(SignalId::ProcessMemory, 3.5e9, 2.4e9)]);
    assert_eq!(verdict.cause, Some(SignalId::DiskFree), "{}", verdict.summary);
    assert!(verdict.summary.ends_with("And one more."), "{}", verdict.summary);
}

#[test]
fn horizons_are_the_profile_s() {
    let with = |text: &str| {
        let text = format!("ecosystem.root = '/eco'\n{text}");
        profile::parse(&text, Path::new("/p.toml"), None).unwrap()
    };
    let disk = trend(SignalId::DiskFree, 40e9, -2.4e9);
    assert!(!only(&with(""), disk).soon);
    assert!(only(&with("forecast.horizon = '14d'"), disk).soon);
    assert!(only(&with("[forecast.signals.\"disk.free\"]\nhorizon = '14d'"), disk).soon);
    let without = with("[forecast]\nhorizon = ''\n[forecast.signals.\"process.memory\"]\nhorizon = ''");
    let verdict = verdict(&without, &healthy(), &[disk]);
    assert!(verdict.signals.iter().all(|signal| signal.id != SignalId::Forecast));
}

/// Writes a value every ten minutes for days before now.
fn recorded(days: i32, value: impl Fn(f64) -> f64) -> (tempfile::TempDir, LookBack) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap().store;
    let eco = store.ecosystem(Path::new("/eco")).unwrap();
    for ten in 0..days * 144 {
        let at: Instant = now() - TimeDelta::days(days.into()) + TimeDelta::minutes(10) * ten;
        let figures = [(SignalId::DiskFree, Some(value(f64::from(ten) / 144.0)), Level::Green)];
        store.record(eco, at, Level::Green, &figures).unwrap();
    }
    drop(store);
    let profile = profile::parse("ecosystem.root = '/eco'", Path::new("/p.toml"), None).unwrap();
    let past = LookBack::open(dir.path(), profile, zone()).unwrap();
    (dir, past)
}

#[test]
fn the_record_of_two_weeks_foretells_the_next_days() {
    let (_dir, past) = recorded(14, |day| 40e9 - 2e9 * day + 0.3e9 * (day * 40.0).sin());
    let (found, enough) = past.forecasts(now()).unwrap();
    let [disk] = found.as_slice() else { panic!("{found:?}") };
    assert!(enough && disk.soon && disk.confidence >= 0.8, "{disk:?}");
    assert!((disk.slope_per_day / -2e9 - 1.0).abs() < 0.05, "{disk:?}");
    let ahead = disk.at.unwrap() - now();
    assert!((ahead - TimeDelta::hours(24)).abs() < TimeDelta::hours(6), "{ahead}");
}

#[test]
fn a_disk_that_began_to_fill_up_yesterday_is_foretold_from_the_last_two_days() {
    let (_dir, past) = recorded(14, |day| 60e9 - 20e9 * (day - 12.5).max(0.0));
    let (found, _) = past.forecasts(now()).unwrap();
    let [disk] = found.as_slice() else { panic!("{found:?}") };
    assert!(disk.soon && (disk.slope_per_day / -20e9 - 1.0).abs() < 0.1, "{disk:?}");
}

#[test]
fn a_record_that_ended_or_that_holds_too_little_foretells_nothing() {
    let (_dir, past) = recorded(14, |day| 40e9 - 2e9 * day);
    assert_eq!(past.forecasts(now() + TimeDelta::days(4)).unwrap().0, []);
    let (dir, past) = recorded(1, |day| 40e9 - 2e9 * day);
    assert!(past.forecasts(now()).unwrap().1);
    drop(dir);
    let empty = tempfile::tempdir().unwrap();
    let profile = profile::parse("ecosystem.root = '/eco'", Path::new("/p.toml"), None).unwrap();
    let past = LookBack::open(empty.path(), profile, zone()).unwrap();
    assert_eq!(past.forecasts(now()).unwrap(), (Vec::new(), false));
}
