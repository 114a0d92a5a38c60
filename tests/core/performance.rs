//! Performance over a real record: a span beside the one before, a baseline, and what a benchmark claims.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use caretaker_core::clock::{FixedClock, Instant, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::judge::performance::Became;
use caretaker_core::keeper::{Performance, PerformanceFigure, PerformanceShown, PerformanceSpan, Programs};
use caretaker_core::profile::{Profile, parse};
use caretaker_core::progress::Unwatched;
use caretaker_core::signal::{Level, SignalId, Source};
use caretaker_core::store::Store;
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};
use tempfile::TempDir;

const ZONE: Zone = Zone::Fixed(match FixedOffset::east_opt(0) {
    Some(zone) => zone,
    None => panic!("there is UTC"),
});

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 3, 20, 12, 0, 0).unwrap()
}

struct Eco {
    dir: TempDir,
}

impl Eco {
    fn new() -> Self {
        let eco = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(eco.dir.path().join("eco")).unwrap();
        eco
    }

    fn profile(&self) -> Profile {
        let text = format!(
            "[ecosystem]\nroot = {:?}\n[[programs]]\nname = \"benchmark\"\ncommand = [\"echo\", \"CPU Usage: 15.5%\"]\n",
            self.dir.path().join("eco").display()
        );
        parse(&text, Path::new("/p/caretaker.toml"), None).unwrap()
    }

    fn performance(&self, at: Instant) -> Performance {
        Performance::new(self.profile(), &self.dir.path().join("state"), Arc::new(FixedClock::new(at)), ZONE)
    }

    fn shown(&self, span: PerformanceSpan) -> PerformanceShown {
        self.performance(now()).shown(span).unwrap()
    }

    /// A look every two hours over so many days up to now; `figures` gives what was seen so many days before now.
    fn record(&self, days: i64, figures: impl Fn(i64) -> Vec<(SignalId, f64)>) {
        let mut store = Store::open(&self.dir.path().join("state")).unwrap().store;
        let of = store.ecosystem(&self.profile().root).unwrap();
        for hours in (1..=days * 12).rev().map(|step| step * 2) {
            let seen: Vec<_> = figures(hours / 24)
                .into_iter()
                .map(|(signal, value)| {
                    // Never twice the same, as in life.
                    #[allow(clippy::cast_precision_loss, reason = "a few hundred")]
                    let off = 1.0 + ((hours * 7 % 5) as f64 - 2.0) / 100.0;
                    (signal, Some(value * off), Level::Green)
                })
                .collect();
            store.record(of, now() - TimeDelta::hours(hours), Level::Green, &seen).unwrap();
        }
    }
}

fn figure(shown: &PerformanceShown, signal: SignalId) -> &PerformanceFigure {
    shown.figures.iter().find(|figure| figure.signal == signal).unwrap()
}

#[test]
fn a_week_beside_the_one_before() {
    let eco = Eco::new();
    eco.record(14, |ago| {
        let lately = ago < 7;
        vec![
            (SignalId::ProcessCpu, if lately { 40.0 } else { 20.0 }),
            (SignalId::ProcessMemory, 2e9),
            (SignalId::SuccessRate, if lately { 98.0 } else { 80.0 }),
        ]
    });
    let shown = eco.shown(PerformanceSpan::Week);
    let cpu = figure(&shown, SignalId::ProcessCpu);
    assert_eq!(cpu.change.became, Became::Worse, "{:?}", cpu.change);
    assert_eq!(cpu.change.says, "worse: 40 %, 20 % in the week before");
    let (sums, before) = (cpu.now.as_ref().unwrap(), cpu.before.as_ref().unwrap());
    assert!((sums.mean - 40.0).abs() < 0.5 && (before.mean - 20.0).abs() < 0.5, "{sums:?} {before:?}");
    assert!(sums.p95 > sums.mean && sums.worst >= sums.p95 && sums.days >= 7, "{sums:?}");
    assert_eq!(figure(&shown, SignalId::ProcessMemory).change.became, Became::Same);
    let success = figure(&shown, SignalId::SuccessRate);
    assert_eq!((success.change.became, success.source), (Became::Better, Source::Claimed));
    assert!(success.now.as_ref().unwrap().worst < 97.0, "the worst is the least");
    assert!(figure(&shown, SignalId::DataSize).change.says.starts_with("cannot be told"));
    assert_eq!(
        shown.says,
        "Beside the week before, worse: CPU; better: Success rate; the same: Memory; cannot be told: \
         Errors, 24 h, Data, Error rate, Execution time, Efficiency."
    );
    let sources: Vec<Source> = shown.figures.iter().map(|one| one.source).collect();
    assert!(sources.is_sorted_by_key(|source| *source == Source::Claimed), "what was measured comes first");
}

#[test]
fn a_month_and_a_quarter_need_their_days() {
    let eco = Eco::new();
    eco.record(5, |_| vec![(SignalId::ProcessCpu, 20.0)]);
    let shown = eco.shown(PerformanceSpan::Month);
    assert_eq!(
        shown.says,
        "It cannot be told whether it became better or worse in this month: 6 days are on record."
    );
    assert_eq!(
        figure(&shown, SignalId::ProcessCpu).change.says,
        "cannot be told: nothing is on record of the month before"
    );
    let empty = Eco::new().shown(PerformanceSpan::Quarter);
    assert!(
        empty.figures.iter().all(|figure| figure.change.became == Became::Unknown && figure.now.is_none())
    );
    assert!(empty.says.ends_with("0 days are on record."));
}

#[test]
fn a_quarter_reaches_to_where_only_hours_are_left() {
    let eco = Eco::new();
    eco.record(184, |ago| vec![(SignalId::ProcessMemory, if ago < 92 { 3e9 } else { 2e9 })]);
    let shown = eco.shown(PerformanceSpan::Quarter);
    let memory = figure(&shown, SignalId::ProcessMemory);
    assert_eq!(memory.change.became, Became::Worse, "{:?}", memory.change);
    assert!(memory.before.as_ref().unwrap().days >= 91, "{:?}", memory.before.as_ref().map(|sums| sums.days));
}

#[test]
fn what_grows_day_by_day_has_a_trend() {
    let eco = Eco::new();
    #[allow(clippy::cast_precision_loss, reason = "a few days")]
    eco.record(14, |ago| vec![(SignalId::DataSize, 4e9 - ago as f64 * 2e8)]);
    let shown = eco.shown(PerformanceSpan::Week);
    let data = figure(&shown, SignalId::DataSize);
    let slope = data.slope_per_day.unwrap();
    assert!((1e8..3e8).contains(&slope), "{slope}");
}

#[test]
fn a_baseline_stands_beside_for_ever() {
    let eco = Eco::new();
    let refused = eco.performance(now()).keep_baseline(PerformanceSpan::Week).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);
    eco.record(30, |ago| vec![(SignalId::ProcessCpu, if ago < 10 { 30.0 } else { 15.0 })]);
    assert!(figure(&eco.shown(PerformanceSpan::Week), SignalId::ProcessCpu).since_baseline.is_none());
    let then = now() - TimeDelta::days(15);
    assert_eq!(eco.performance(then).keep_baseline(PerformanceSpan::Week).unwrap(), 1);
    let shown = eco.shown(PerformanceSpan::Week);
    assert_eq!((shown.baseline_at, shown.baseline_span), (Some(then), Some(PerformanceSpan::Week)));
    let cpu = figure(&shown, SignalId::ProcessCpu);
    assert_eq!(cpu.since_baseline.as_ref().unwrap().says, "worse: 30 %, 15 % in the baseline");
    let data = figure(&shown, SignalId::DataSize);
    assert_eq!(data.since_baseline.as_ref().unwrap().became, Became::Unknown);
}

#[test]
fn what_the_benchmark_claims_stands_beside_what_was_measured() {
    let eco = Eco::new();
    eco.record(14, |_| vec![(SignalId::ProcessCpu, 60.0)]);
    let programs =
        Programs::new(eco.profile(), &eco.dir.path().join("state"), Arc::new(FixedClock::new(now())), ZONE);
    programs.run("benchmark", &Unwatched).unwrap();
    let shown = eco.shown(PerformanceSpan::Week);
    assert_eq!(shown.claimed_at, Some(now()));
    assert_eq!(figure(&shown, SignalId::ProcessCpu).claimed.as_deref(), Some("15.5 %"));
    assert_eq!(figure(&shown, SignalId::ProcessMemory).claimed, None);
}
