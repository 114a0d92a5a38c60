//! Alerts over simulated streams of levels: every incident has its reason, its end and its two notifications at most.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use caretaker_core::alerts::{
    AlertState, Handling, Incident, IncidentState, Notification, NotificationKind, Route, Seen, due, settle,
    step,
};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::judge::{BandsShown, Signal};
use caretaker_core::profile::AlertSettings;
use caretaker_core::profile::channels::{ChannelKind, ChannelSettings};
use caretaker_core::signal::{Level, SignalId, Source};
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

const WATCHED: [SignalId; 3] = [SignalId::ProcessCpu, SignalId::DiskFree, SignalId::LogsErrors24h];

fn settings(samples: u8, breaches: u8) -> AlertSettings {
    let profile =
        caretaker_core::profile::parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap();
    // Roll-up, repeats and flapping have tests of their own.
    AlertSettings { samples, breaches, roll_up: Duration::ZERO, repeat: None, flaps: 0, ..profile.alerts }
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
        unheld: None,
    }
}

/// The one channel of these tests.
fn ear() -> ChannelSettings {
    let kind = ChannelKind::Native;
    ChannelSettings { name: "ear".into(), kind, from: Level::Yellow, recoveries: true, after: None }
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
        let seen: Vec<Seen<'_>> = signals.iter().map(Seen::from).collect();
        self.changes.extend(step(&self.settings, "Eco", &mut self.state, &seen, quiet, self.now));
        self.hand_over();
    }

    /// Everything that is owed is taken by the one channel; gives the incidents whose record changed by it.
    fn hand_over(&mut self) -> Vec<Incident> {
        let channels = [ear()];
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let route = Route { channels: &channels, quiet: None, zone };
        self.state.post(&route, self.now);
        let mut changed = Vec::new();
        loop {
            let ready = self.state.ready(&route, self.now);
            if ready.is_empty() {
                return changed;
            }
            for letter in ready {
                changed.extend(self.state.came_back(&letter, None, self.now));
                self.told.push(letter.notification);
            }
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
fn what_was_wanted_is_on_record_and_told_to_nobody_until_it_happens_by_itself() {
    let mut run = Run::new(settings(5, 3));
    let look = |run: &mut Run, level, wanted| {
        run.now += TimeDelta::seconds(30);
        let gone = signal(SignalId::ProcessState, level, Source::Measured);
        let seen = [Seen { wanted, ..Seen::from(&gone) }];
        run.changes.extend(step(&run.settings, "Eco", &mut run.state, &seen, false, run.now));
        run.hand_over();
    };
    for _ in 0..5 {
        look(&mut run, R, true);
    }
    assert_eq!(run.state.open_incidents()[0].state, IncidentState::Acknowledged);
    for _ in 0..3 {
        look(&mut run, G, false);
    }
    assert_eq!(run.changes.last().unwrap().state, IncidentState::Closed);
    assert!(run.told.is_empty(), "{:?}", run.told);
    for _ in 0..3 {
        look(&mut run, R, false);
    }
    assert_eq!(run.kinds(), [NotificationKind::Raised]);
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
                other => prop_assert!(false, "nobody asked for {other:?}"),
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
        let signals = both(G, G);
        let seen: Vec<Seen<'_>> = signals.iter().map(Seen::from).collect();
        step(&run.settings, "Eco", &mut run.state, &seen, false, run.now);
        changed.extend(run.hand_over());
    }
    let recovered: Vec<SignalId> = changed
        .iter()
        .filter(|incident| incident.deliveries.iter().any(|d| d.kind == NotificationKind::Recovered))
        .map(|incident| incident.signal)
        .collect();
    assert_eq!(recovered, [SignalId::ProcessCpu, SignalId::DiskFree], "{changed:#?}");
}

/// The rules as the defaults have them.
fn usual() -> AlertSettings {
    caretaker_core::profile::parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap().alerts
}

/// Lets time pass without a look, until nothing more is due by then.
fn pass(run: &mut Run, span: TimeDelta) {
    let end = run.now + span;
    while let Some(due) = due(&run.settings, &run.state).filter(|due| *due <= end) {
        run.now = run.now.max(due);
        run.changes.extend(settle(&run.settings, "Eco", &mut run.state, run.now));
        run.hand_over();
    }
    run.now = end;
}

#[test]
fn causes_within_seconds_become_one_notification() {
    let mut run = Run::new(AlertSettings { breaches: 1, samples: 1, ..usual() });
    let beside = |id, level| {
        vec![signal(id, level, Source::Measured), signal(SignalId::DiskFree, R, Source::Measured)]
    };
    run.tick(beside(SignalId::ProcessCpu, G), false);
    assert!(run.told.is_empty(), "it waits for company");
    run.now -= TimeDelta::seconds(25);
    run.tick(beside(SignalId::ProcessCpu, R), false);
    assert!(run.told.is_empty(), "ten seconds are not over");
    pass(&mut run, TimeDelta::seconds(5));
    assert_eq!(run.kinds(), [NotificationKind::Raised]);
    assert!(run.told[0].body.ends_with("And 1 more."), "{}", run.told[0].body);
}

#[test]
fn a_dead_process_does_not_wait_for_company() {
    let mut run = Run::new(usual());
    run.feed(SignalId::ProcessState, &[R, R, R]);
    assert_eq!(run.kinds(), [NotificationKind::Raised]);
}

#[test]
fn what_is_over_before_it_was_told_is_never_told() {
    let mut run =
        Run::new(AlertSettings { breaches: 1, samples: 1, roll_up: Duration::from_secs(60), ..usual() });
    run.feed(SignalId::DiskFree, &[R, G, G]);
    pass(&mut run, TimeDelta::hours(1));
    assert!(run.told.is_empty(), "{:?}", run.told);
}

#[test]
fn red_that_nobody_notes_is_told_again_after_ever_longer_times() {
    let mut run = Run::new(usual());
    run.feed(SignalId::DiskFree, &[R, R, R]);
    pass(&mut run, TimeDelta::days(4));
    let at: Vec<i64> = run.told.iter().map(|told| (told.at - run.told[0].at).num_hours()).collect();
    assert_eq!(at, [0, 1, 3, 7, 15, 31, 55, 79], "doubled, at most a day apart");
    let id = run.told[0].id.clone();
    run.state.handle(&Handling::Acknowledge { id: id.clone() }, run.now).unwrap();
    pass(&mut run, TimeDelta::days(4));
    assert_eq!(run.told.len(), 8, "somebody has taken note");
    run.feed(SignalId::DiskFree, &[G, G, G]);
    assert_eq!(run.told.last().unwrap().kind, NotificationKind::Recovered);
    assert!(run.told.iter().all(|told| told.id == id), "one id, so that channels replace rather than stack");
}

#[test]
fn a_snooze_ends_by_itself_dies_on_recovery_and_breaks_when_it_gets_worse() {
    let hour = TimeDelta::hours(1);
    let snoozed = |levels: &[Level]| {
        let mut run = Run::new(AlertSettings { repeat: None, ..usual() });
        run.feed(SignalId::DiskFree, levels);
        pass(&mut run, TimeDelta::minutes(1));
        let until = run.now + hour;
        run.state.handle(&Handling::Snooze { id: None, until }, run.now).unwrap();
        run
    };
    let mut run = snoozed(&[R, R, R]);
    pass(&mut run, hour - TimeDelta::seconds(1));
    assert_eq!(run.told.len(), 1, "silent");
    pass(&mut run, TimeDelta::seconds(1));
    assert_eq!(run.kinds()[1..], [NotificationKind::Repeated], "the hour is over, and it still goes on");

    let mut run = snoozed(&[R, R, R]);
    run.feed(SignalId::DiskFree, &[G, G, G]);
    pass(&mut run, hour * 2);
    assert_eq!(run.kinds()[1..], [NotificationKind::Recovered]);

    let mut run = snoozed(&[Y, Y, Y]);
    run.feed(SignalId::DiskFree, &[R, R, R]);
    assert_eq!(run.state.open_incidents()[0].state, IncidentState::Open);
    pass(&mut run, TimeDelta::minutes(1));
    assert_eq!(run.kinds(), [NotificationKind::Raised]);
}

#[test]
fn a_snooze_for_ever_is_refused_and_an_unknown_name_is_answered_with_those_that_are_open() {
    let mut run = Run::new(usual());
    run.feed(SignalId::DiskFree, &[R, R, R]);
    let until = run.now + TimeDelta::days(30);
    let error = run.state.handle(&Handling::Snooze { id: None, until }, run.now).unwrap_err();
    assert!(error.message.contains("week"), "{error}");
    let error = run.state.handle(&Handling::Acknowledge { id: "../x".into() }, run.now).unwrap_err();
    assert!(error.hint.unwrap().contains(&run.state.open_ids()[0]));
}

#[test]
fn what_keeps_changing_is_told_once_as_flapping_and_holds_the_worse_colour_until_it_stands_still() {
    let mut run = Run::new(AlertSettings { repeat: None, ..usual() });
    // Each time it opens again it takes twice as long: three, six, twelve looks.
    for looks in [3, 6, 12] {
        run.feed(SignalId::DiskFree, &vec![R; looks]);
        run.feed(SignalId::DiskFree, &vec![G; looks]);
    }
    let told = run.kinds();
    assert_eq!(told.iter().filter(|kind| **kind == NotificationKind::Flapping).count(), 1, "{told:?}");
    assert_eq!(told.last(), Some(&NotificationKind::Flapping), "no recovery in between: {told:?}");
    assert_eq!(run.state.held(), [(SignalId::DiskFree, R)]);
    run.feed(SignalId::DiskFree, &[R, G, R, G, R, G, G, G, G, G, G, G]);
    assert_eq!(run.told.len(), told.len(), "held, and silent");
    run.feed(SignalId::DiskFree, &[G; 62]);
    assert_eq!(run.state.held(), [], "half an hour of green");
    assert_eq!(run.kinds().last(), Some(&NotificationKind::Recovered));
}

#[test]
fn a_job_of_ours_holds_back_just_what_it_disturbs_as_long_as_it_runs() {
    let mut run = Run::new(AlertSettings { roll_up: Duration::ZERO, ..usual() });
    run.state.hold("backup", &[SignalId::ProcessCpu]);
    let both =
        || [SignalId::ProcessCpu, SignalId::DiskFree].map(|id| signal(id, R, Source::Measured)).to_vec();
    for _ in 0..5 {
        run.tick(both(), false);
    }
    let open = |run: &Run| run.state.open_incidents().iter().map(|one| one.signal).collect::<Vec<_>>();
    assert_eq!(open(&run), [SignalId::DiskFree]);
    run.state.release("backup");
    run.tick(both(), false);
    assert_eq!(open(&run), [SignalId::DiskFree], "what was seen meanwhile does not count");
    run.tick(both(), false);
    run.tick(both(), false);
    assert_eq!(open(&run).len(), 2);
}

#[test]
fn a_value_at_its_threshold_at_every_look_makes_one_incident() {
    use caretaker_core::profile::parse;
    let profile = parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap();
    let mut run = Run::new(usual());
    let mut before = None;
    for look in 0..2000 {
        let value = if look % 2 == 0 { 50.0 + 1e-9 } else { 50.0 - 1e-9 };
        let bands = &profile.bands[&SignalId::ProcessCpu];
        let level = caretaker_core::judge::level(bands, SignalId::ProcessCpu.worse(), value, before);
        before = Some(level);
        run.feed(SignalId::ProcessCpu, &[level]);
    }
    let raised = run.kinds().iter().filter(|kind| **kind == NotificationKind::Raised).count();
    assert_eq!((run.state.open_incidents().len(), raised), (1, 1));
}

#[test]
fn a_clock_that_jumps_to_2038_and_back_brings_no_storm_and_no_eternal_silence() {
    let mut run = Run::new(usual());
    run.feed(SignalId::DiskFree, &[R, R, R]);
    pass(&mut run, TimeDelta::minutes(1));
    let there = run.now;
    run.now = Utc.with_ymd_and_hms(2038, 1, 19, 3, 14, 8).unwrap();
    run.feed(SignalId::DiskFree, &[R, R, R]);
    let until = run.now + TimeDelta::hours(2);
    run.state.handle(&Handling::Snooze { id: None, until }, run.now).unwrap();
    run.now = there;
    run.feed(SignalId::DiskFree, &[R]);
    assert_eq!(run.state.open_incidents()[0].state, IncidentState::Open, "the snooze of the future is over");
    assert!(run.told.len() <= 3, "{:?}", run.told);
    pass(&mut run, TimeDelta::hours(2));
    assert_eq!(run.kinds().last(), Some(&NotificationKind::Repeated), "and it is told again in time");
}
