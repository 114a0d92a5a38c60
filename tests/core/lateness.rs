//! The dead-man's switch: when a report that does not come is late, missing, or excused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/scene.rs"]
mod scene;

use caretaker_core::clock::{Gap, Instant, Zone};
use caretaker_core::judge::{Memory, Signal, judge};
use caretaker_core::observe::{ReportBefore, ReportSeen, ReportState};
use caretaker_core::profile::{Profile, ReportDue, ReportKind};
use caretaker_core::routines::calendar::Slot;
use caretaker_core::signal::{Level, SignalId};
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use scene::{healthy, profile};

/// A day of December 2025, UTC.
fn at(day: u32, hour: u32, minute: u32) -> Instant {
    Utc.with_ymd_and_hms(2025, 12, day, hour, minute, 0).unwrap()
}

fn arrived(day: u32) -> ReportState {
    ReportState::Arrived { at: at(day, 6, 2) }
}

/// The morning report of the 16th in the first state, and of the days before in the others.
fn seen(states: &[ReportState]) -> ReportSeen {
    let mut before: Vec<ReportBefore> = (0..)
        .zip(states)
        .map(|(back, state)| ReportBefore {
            due_at: at(16, 6, 0) - TimeDelta::days(back),
            state: state.clone(),
        })
        .collect();
    let newest = before.remove(0);
    ReportSeen {
        kind: "morning".into(),
        due_at: newest.due_at,
        path: "/eco/reports/morning_20251216.txt".into(),
        state: newest.state,
        figures: Vec::new(),
        before,
    }
}

fn signals(profile: &Profile, reports: Vec<ReportSeen>, asleep: &[Gap], now: Instant) -> Vec<Signal> {
    let mut all = healthy();
    all.reports = reports;
    let memory = Memory { asleep: asleep.to_vec(), ..Memory::default() };
    judge(profile, &all, &memory, now, Zone::Fixed(FixedOffset::east_opt(0).unwrap())).0.signals
}

fn signal(states: &[ReportState], asleep: &[Gap], now: Instant) -> Signal {
    let all = signals(&profile(), vec![seen(states)], asleep, now);
    all.into_iter().find(|signal| signal.id == SignalId::ReportsMorning).unwrap()
}

/// Text and level.
fn says(states: &[ReportState], asleep: &[Gap], now: Instant) -> (String, Level) {
    let signal = signal(states, asleep, now);
    (signal.text, signal.level)
}

use ReportState::{Absent, Empty};

#[test]
fn it_is_due_then_late_then_missing() {
    let says = |hour, minute| says(&[Absent, arrived(15)], &[], at(16, hour, minute));
    assert_eq!(says(6, 0), ("due".into(), Level::Green));
    assert_eq!(says(6, 29), ("due".into(), Level::Green));
    assert_eq!(says(6, 30), ("late".into(), Level::Yellow));
    assert_eq!(says(17, 59), ("late".into(), Level::Yellow));
    assert_eq!(says(18, 0), ("missing".into(), Level::Red));
    assert_eq!(says(23, 59), ("missing".into(), Level::Red));
}

#[test]
fn what_is_there_decides_whenever_it_came() {
    for (state, expected) in [
        (arrived(16), ("arrived", Level::Green)),
        (ReportState::Writing { at: at(16, 20, 0) }, ("being written", Level::Green)),
        (Empty, ("empty", Level::Yellow)),
        (ReportState::Unknown { problem: "permission denied".into() }, ("unknown", Level::Unknown)),
    ] {
        let (text, level) = says(&[state], &[], at(16, 20, 0));
        assert_eq!((text.as_str(), level), expected);
    }
}

#[test]
fn a_missing_one_is_not_forgotten_because_the_next_is_due() {
    let signal = signal(&[Absent, Absent, Absent, arrived(13)], &[], at(16, 6, 1));
    assert_eq!((signal.level, signal.text.as_str()), (Level::Red, "missing"));
    assert_eq!(signal.reason, "Morning report has not come since the one due Sun 06:00: 3 in a row.");
    // Nor an empty one; but what came is no fault of today's.
    assert_eq!(says(&[Absent, Empty], &[], at(16, 6, 1)), ("empty".into(), Level::Yellow));
    assert_eq!(says(&[Absent, arrived(15)], &[], at(16, 6, 1)).1, Level::Green);
    assert_eq!(says(&[Absent, Empty], &[], at(16, 6, 30)), ("late".into(), Level::Yellow));
}

#[test]
fn sleep_is_an_excuse() {
    let gap = |from, until| Gap { from, until };
    // Due while it slept.
    let night = [gap(at(15, 22, 0), at(16, 9, 0))];
    assert_eq!(says(&[Absent, arrived(15)], &night, at(16, 23, 0)), ("excused".into(), Level::Green));
    // Asleep soon after: its grace goes on when it wakes.
    let nap = [gap(at(16, 6, 10), at(16, 9, 0))];
    assert_eq!(says(&[Absent, arrived(15)], &nap, at(16, 9, 19)).1, Level::Green);
    assert_eq!(says(&[Absent, arrived(15)], &nap, at(16, 9, 20)).1, Level::Yellow);
    assert_eq!(says(&[Absent, arrived(15)], &nap, at(16, 20, 49)).1, Level::Yellow);
    assert_eq!(says(&[Absent, arrived(15)], &nap, at(16, 20, 50)).1, Level::Red);
    // The night before last: that one is passed over, and the one before it counts from its own time.
    let nights = [gap(at(14, 22, 0), at(15, 9, 0))];
    assert_eq!(says(&[Absent, Absent, arrived(14)], &nights, at(16, 6, 5)).0, "due");
    assert_eq!(says(&[Absent, Absent, Absent, arrived(13)], &nights, at(16, 6, 5)).0, "missing");
}

fn weekly(id: &str) -> ReportKind {
    ReportKind { id: id.into(), ..profile().reports[0].clone() }
}

#[test]
fn other_kinds_share_a_signal_that_names_the_worst() {
    let mut profile = profile();
    profile.reports = vec![weekly("weekly_performance"), weekly("audit"), weekly("monthly_security")];
    let of = |kind: &str, state: ReportState| ReportSeen { kind: kind.into(), ..seen(&[state, arrived(15)]) };
    let other = |first, second, third| {
        let reports =
            vec![of("weekly_performance", first), of("audit", second), of("monthly_security", third)];
        let all = signals(&profile, reports, &[], at(16, 19, 0));
        let mut other = all.into_iter().filter(|signal| signal.id == SignalId::ReportsOther);
        let found = other.next().unwrap();
        assert!(other.next().is_none(), "one signal for all of them");
        (found.level, found.reason)
    };
    let there = || arrived(16);
    assert_eq!(other(there(), there(), there()), (Level::Green, "None of 3 other reports is late.".into()));
    let (level, reason) = other(there(), Absent, Empty);
    assert_eq!((level, reason.as_str()), (Level::Red, "Audit report due 06:00 is missing."));
    assert_eq!(other(Empty, there(), Empty).1, "Weekly performance report due 06:00 is empty.");
    // A kind that the profile has no more, or that is written by hand, has no signal.
    let all = signals(&profile, vec![seen(&[Absent])], &[], at(16, 19, 0));
    assert!(all.iter().all(|signal| !signal.id.as_str().starts_with("reports.")));
}

#[test]
fn the_remedy_names_the_module_that_writes_them() {
    let mut profile = profile();
    profile.modules[0].name = "Evolution Reporting System".into();
    let all = signals(&profile, vec![seen(&[Absent, arrived(15)])], &[], at(16, 19, 0));
    let remedy =
        all.into_iter().find(|signal| signal.id == SignalId::ReportsMorning).unwrap().remedy.unwrap();
    assert!(remedy.text.starts_with("See whether “Evolution Reporting System” is well. "), "{}", remedy.text);
}

#[test]
fn the_calendar_takes_the_pattern_of_a_report_as_it_is() {
    let utc = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
    let time = chrono::NaiveTime::from_hms_opt(6, 5, 0).unwrap();
    for days in ["", "SUN", "SUN#1", "MON-FRI", "1 * *", "* 1,4,7,10 SUN#1", "15 * MON"] {
        let due = ReportDue::new(time, days).unwrap();
        let slot = Slot::new(&due.cron(), TimeDelta::minutes(30)).unwrap();
        for back in 0..100 {
            let now = at(16, 12, 0) - TimeDelta::days(back);
            let last = slot.last(&utc, now).unwrap().slot;
            assert_eq!(due.on_or_before(now.date_naive()), Some(last.date()), "{days} at {now}");
            assert_eq!(due.is_on(now.date_naive()), last.date() == now.date_naive(), "{days} at {now}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// While nothing comes and nobody sleeps it only gets worse, and sleep never makes it worse.
    #[test]
    fn waiting_never_betters_and_sleep_never_worsens(
        absent in 1_usize..5,
        minutes in 0_i64..3_000,
        more in 0_i64..600,
        (from, long) in (-3_000_i64..3_000, 0_i64..3_000),
    ) {
        let mut states = vec![Absent; absent];
        states.push(arrived(1));
        let due = at(16, 6, 0);
        let now = due + TimeDelta::minutes(minutes);
        let level = signal(&states, &[], now).level;
        prop_assert!(signal(&states, &[], now + TimeDelta::minutes(more)).level >= level);
        let from = due + TimeDelta::minutes(from);
        let gap = Gap { from, until: from + TimeDelta::minutes(long) };
        prop_assert!(signal(&states, &[gap], now).level <= level);
    }
}
