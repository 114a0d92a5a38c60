//! Alerts over simulated streams of levels: every incident has its reason, its end and its two notifications at most.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use caretaker_core::alerts::{
    AlertState, Delivery, Incident, IncidentState, Notification, NotificationKind, step,
};
use caretaker_core::clock::Instant;
use caretaker_core::judge::{BandsShown, Signal, Verdict};
use caretaker_core::profile::AlertSettings;
use caretaker_core::signal::{Level, SignalId, Source};
use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

const WATCHED: [SignalId; 3] = [SignalId::ProcessCpu, SignalId::DiskFree, SignalId::LogsErrors24h];

fn settings(samples: u8, breaches: u8) -> AlertSettings {
    AlertSettings { samples, breaches, grace: Duration::from_secs(120), notify: true }
}

fn signal(id: SignalId, level: Level, source: Source) -> Signal {
    Signal {
        id,
        label: id.label().into(),
        value: None,
        unit: id.unit(),
        text: String::new(),
        level,
        source,
        since: None,
        bands: BandsShown::default(),
        reason: format!("{id} is {level}."),
        remedy: None,
        observed_at: None,
    }
}

fn verdict(at: Instant, signals: Vec<Signal>) -> Verdict {
    let light = signals.iter().map(|signal| signal.level).max().unwrap_or(Level::Unknown);
    Verdict {
        at,
        light,
        summary: String::new(),
        since: None,
        remedy: None,
        cause: None,
        signals,
        modules: Vec::new(),
        contradictions: Vec::new(),
    }
}

/// A run of the rules against a fake clock, thirty seconds a step, everything handed over at once.
struct Run {
    settings: AlertSettings,
    state: AlertState,
    now: Instant,
    changes: Vec<Incident>,
    told: Vec<Notification>,
}

impl Run {
    fn new(settings: AlertSettings) -> Self {
        let now = Utc.with_ymd_and_hms(2025, 12, 16, 3, 0, 0).unwrap();
        Self { settings, state: AlertState::default(), now, changes: Vec::new(), told: Vec::new() }
    }

    fn tick(&mut self, signals: Vec<Signal>, quiet: bool) {
        self.now += TimeDelta::seconds(30);
        let verdict = verdict(self.now, signals);
        self.changes.extend(step(&self.settings, "Eco", &mut self.state, &verdict, quiet, self.now));
        for told in self.state.owed().to_vec() {
            self.state.handed_over(&told, &[]);
            self.told.push(told);
        }
    }

    fn feed(&mut self, id: SignalId, levels: &[Level]) {
        for level in levels {
            self.tick(vec![signal(id, *level, Source::Measured)], false);
        }
    }

    fn kinds(&self) -> Vec<NotificationKind> {
        self.told.iter().map(|told| told.kind).collect()
    }
}

use Level::{Green as G, Red as R, Unknown as U, Yellow as Y};

#[test]
fn three_of_five_open_and_three_greens_close() {
    let mut run = Run::new(settings(5, 3));
    run.feed(SignalId::DiskFree, &[R, G, R, G]);
    assert!(run.changes.is_empty());
    run.feed(SignalId::DiskFree, &[R]);
    assert_eq!(run.kinds(), [NotificationKind::Raised]);
    run.feed(SignalId::DiskFree, &[G, G, R, G, U, G]);
    assert_eq!(run.state.open_incidents().len(), 1, "not three greens in a row");
    run.feed(SignalId::DiskFree, &[G]);
    assert_eq!(run.kinds(), [NotificationKind::Raised, NotificationKind::Recovered]);
    assert_eq!(run.told[0].id, run.told[1].id);
}

#[test]
fn yellow_is_an_incident_that_tells_nobody() {
    let mut run = Run::new(settings(5, 3));
    run.feed(SignalId::DiskFree, &[Y, Y, Y, G, G, G]);
    assert_eq!(run.changes.len(), 2);
    assert!(run.told.is_empty());
}

#[test]
fn yellow_that_turns_red_is_told_once() {
    let mut run = Run::new(settings(5, 3));
    run.feed(SignalId::DiskFree, &[Y, Y, Y, R, R, R, R, R]);
    assert_eq!(run.kinds(), [NotificationKind::Raised]);
    assert_eq!(run.state.open_incidents()[0].level, R);
}

#[test]
fn quiet_drops_what_was_seen_before() {
    let mut run = Run::new(settings(5, 3));
    run.feed(SignalId::DiskFree, &[R, R]);
    run.tick(vec![signal(SignalId::DiskFree, R, Source::Measured)], true);
    run.feed(SignalId::DiskFree, &[R, R]);
    assert!(run.changes.is_empty());
    run.feed(SignalId::DiskFree, &[R]);
    assert_eq!(run.changes.len(), 1);
}

#[test]
fn several_at_once_are_told_in_one() {
    let mut run = Run::new(settings(5, 3));
    let all = |level| WATCHED.iter().map(|id| signal(*id, level, Source::Measured)).collect::<Vec<_>>();
    for level in [R, R, R, G, G, G] {
        run.tick(all(level), false);
    }
    assert_eq!(run.kinds(), [NotificationKind::Raised, NotificationKind::Recovered]);
    assert!(run.told[0].body.contains("2 more"), "{}", run.told[0].body);
}

#[test]
fn a_dead_process_silences_what_follows_from_it() {
    let mut run = Run::new(settings(5, 3));
    for _ in 0..5 {
        let gone = signal(SignalId::ProcessState, R, Source::Measured);
        run.tick(vec![gone, signal(SignalId::Contradictions, Y, Source::Measured)], false);
    }
    let open: Vec<SignalId> = run.state.open_incidents().iter().map(|incident| incident.signal).collect();
    assert_eq!(open, [SignalId::ProcessState]);
}

#[test]
fn a_claim_of_error_silences_no_measurement() {
    let mut run = Run::new(settings(5, 3));
    for _ in 0..5 {
        let says_error = signal(SignalId::ProcessState, R, Source::Claimed);
        run.tick(vec![says_error, signal(SignalId::ProcessCpu, R, Source::Measured)], false);
    }
    assert_eq!(run.state.open_incidents().len(), 2, "the process lives, and its CPU was measured");
}

#[test]
fn breaches_of_a_closed_incident_do_not_count_again() {
    let mut run = Run::new(settings(5, 2));
    run.feed(SignalId::DiskFree, &[R, R, R, G, G, R]);
    assert_eq!(run.changes.len(), 2, "one red after the end is no sustained breach");
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![G, G, R, R, Y, U])
}

proptest! {
    #[test]
    fn every_story_is_whole(
        stream in prop::collection::vec(([level(), level(), level()], prop::bool::weighted(0.05)), 1..80),
    ) {
        let settings = settings(5, 3);
        let mut run = Run::new(settings);
        let mut reds: BTreeMap<SignalId, u32> = BTreeMap::new();
        for (levels, quiet) in stream {
            let signals = WATCHED.iter().zip(levels).map(|(id, level)| signal(*id, level, Source::Measured)).collect();
            run.tick(signals, quiet);
            for (id, level) in WATCHED.iter().zip(levels) {
                let streak = reds.entry(*id).or_default();
                *streak = if quiet || level != R { 0 } else { *streak + 1 };
                if *streak >= 3 {
                    let open = run.state.open_incidents();
                    prop_assert!(open.iter().any(|i| i.signal == *id && i.level == R), "{id}: missed");
                }
            }
            let open = run.state.open_incidents();
            for id in WATCHED {
                prop_assert!(open.iter().filter(|incident| incident.signal == id).count() <= 1);
            }
        }
        // Each closed incident was opened before, and each that was opened is closed or still open.
        let mut alive: BTreeMap<String, IncidentState> = BTreeMap::new();
        for incident in &run.changes {
            let known = alive.insert(incident.id.clone(), incident.state);
            prop_assert!(known != Some(IncidentState::Closed), "changed after its end");
            prop_assert!(known.is_some() || incident.state == IncidentState::Open, "closed without beginning");
        }
        let still: Vec<String> = run.state.open_incidents().into_iter().map(|incident| incident.id).collect();
        for (id, state) in &alive {
            prop_assert_eq!(still.contains(id), *state == IncidentState::Open);
        }
        // Nothing is told twice, and no end before its beginning.
        let mut raised = Vec::new();
        let mut recovered = Vec::new();
        for told in &run.told {
            match told.kind {
                NotificationKind::Raised => {
                    prop_assert!(!raised.contains(&&told.id), "raised twice");
                    raised.push(&told.id);
                }
                NotificationKind::Recovered => {
                    prop_assert!(raised.contains(&&told.id) && !recovered.contains(&&told.id));
                    recovered.push(&told.id);
                }
            }
        }
    }
}

#[test]
fn every_incident_of_one_announcement_holds_its_recovery() {
    let mut run = Run::new(settings(3, 2));
    let both = |cpu, disk| {
        vec![
            signal(SignalId::ProcessCpu, cpu, Source::Measured),
            signal(SignalId::DiskFree, disk, Source::Measured),
        ]
    };
    for (cpu, disk) in [(R, R), (R, R), (G, R), (G, R), (G, R)] {
        run.tick(both(cpu, disk), false);
    }
    assert_eq!(run.kinds(), [NotificationKind::Raised], "one is over, the other goes on");
    // The last word is handed over by hand, to see whose record it enters.
    let mut changed = Vec::new();
    for _ in 0..2 {
        run.now += TimeDelta::seconds(30);
        let seen = verdict(run.now, both(G, G));
        step(&run.settings, "Eco", &mut run.state, &seen, false, run.now);
        for told in run.state.owed().to_vec() {
            assert_eq!(told.kind, NotificationKind::Recovered);
            let delivery = Delivery { kind: told.kind, channel: "ear".into(), at: run.now, problem: None };
            changed.extend(run.state.handed_over(&told, &[delivery]));
        }
    }
    let recovered: Vec<SignalId> = changed
        .iter()
        .filter(|incident| incident.deliveries.iter().any(|d| d.kind == NotificationKind::Recovered))
        .map(|incident| incident.signal)
        .collect();
    assert_eq!(recovered, [SignalId::ProcessCpu, SignalId::DiskFree], "{changed:#?}");
}
