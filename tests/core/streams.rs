//! Random streams through rules, outbox and record, with sleep, restarts, kills and channels that refuse: what must hold always.
//!
//! A few hundred in `make test`; `make soak` runs a hundred thousand (`CARETAKER_STREAMS`).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use caretaker_core::alerts::{
    AlertState, Handling, Incident, IncidentState, NotificationKind, Route, Seen, due, settle, step,
};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::profile::channels::{ChannelKind, ChannelSettings};
use caretaker_core::profile::{AlertSettings, parse};
use caretaker_core::signal::{Level, SignalId, Source};
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};

const SIGNALS: [SignalId; 4] =
    [SignalId::ProcessState, SignalId::ProcessCpu, SignalId::DiskFree, SignalId::LogsErrors24h];

/// Streams of a plain test run.
const FEW: u64 = 150;

/// A generator of numbers that are the same for the same stream.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// What somebody at the channel heard.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    kind: NotificationKind,
    id: String,
    at: Instant,
}

/// One life of Caretaker after another over one stream.
struct World {
    settings: AlertSettings,
    channels: [ChannelSettings; 1],
    state: AlertState,
    /// What is on record: all that a kill leaves.
    record: String,
    incidents: BTreeMap<String, Incident>,
    heard: Vec<Heard>,
    crashes: usize,
    refuses: bool,
    now: Instant,
    quiet_until: Instant,
    /// Red looks in a row of each signal, while nothing excused them.
    red: BTreeMap<SignalId, usize>,
}

impl World {
    fn new(settings: &AlertSettings) -> Self {
        let now = Utc.with_ymd_and_hms(2025, 12, 16, 3, 0, 0).unwrap();
        let channel = ChannelSettings {
            name: "ear".into(),
            kind: ChannelKind::Native,
            from: Level::Yellow,
            recoveries: true,
            after: None,
        };
        Self {
            settings: settings.clone(),
            channels: [channel],
            state: AlertState::default(),
            record: serde_json::to_string(&AlertState::default()).unwrap(),
            incidents: BTreeMap::new(),
            heard: Vec::new(),
            crashes: 0,
            refuses: false,
            now,
            quiet_until: now,
            red: BTreeMap::new(),
        }
    }

    fn write(&mut self, changed: &[Incident]) {
        for incident in changed {
            self.incidents.insert(incident.id.clone(), incident.clone());
        }
        self.record = serde_json::to_string(&self.state).unwrap();
    }

    /// Posts and hands over; `killed` dies after the hand-over and before the letter is struck out.
    fn deliver(&mut self, killed: bool) {
        let channels = self.channels.clone();
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let route = Route { channels: &channels, quiet: None, zone };
        self.state.post(&route, self.now);
        loop {
            let ready = self.state.ready(&route, self.now);
            if ready.is_empty() {
                return;
            }
            self.write(&[]);
            for letter in ready {
                let problem = self.refuses.then_some("denied");
                if problem.is_none() {
                    let told = &letter.notification;
                    self.heard.push(Heard { kind: told.kind, id: told.id.clone(), at: self.now });
                }
                if killed {
                    return self.die();
                }
                let changed = self.state.came_back(&letter, problem, self.now);
                self.write(&changed);
            }
        }
    }

    /// Everything that is only in memory is lost; the next life begins with its grace.
    fn die(&mut self) {
        self.crashes += 1;
        self.state = serde_json::from_str(&self.record).unwrap();
        self.quiet_until = self.now + TimeDelta::minutes(2);
        self.red.clear();
    }

    /// What only time brings about, until `end`.
    fn pass(&mut self, end: Instant) {
        let mut before = None;
        while let Some(at) = due(&self.settings, &self.state) {
            let at = at.max(self.quiet_until).max(self.now);
            if at >= end || before == Some(at) {
                break;
            }
            before = Some(at);
            self.now = at;
            let changed = settle(&self.settings, "Eco", &mut self.state, at);
            self.write(&changed);
            self.deliver(false);
        }
        self.now = end;
    }

    fn look(&mut self, levels: [Level; 4], killed: bool) {
        let quiet = self.now < self.quiet_until;
        let seen: Vec<Seen<'_>> = SIGNALS
            .iter()
            .zip(levels)
            .map(|(signal, level)| Seen {
                signal: *signal,
                level,
                source: Source::Measured,
                reason: "so it is",
                remedy: None,
                wanted: false,
            })
            .collect();
        let changed = step(&self.settings, "Eco", &mut self.state, &seen, quiet, self.now);
        self.write(&changed);
        self.deliver(killed);
        self.check_missed(levels, quiet);
        self.check_standing();
    }

    /// No breach that lasts longer than the longest streak goes unnoticed.
    fn check_missed(&mut self, levels: [Level; 4], quiet: bool) {
        let dead = levels[0] == Level::Red;
        for (signal, level) in SIGNALS.into_iter().zip(levels) {
            let excused = quiet || (dead && signal == SignalId::ProcessCpu) || level != Level::Red;
            let run = self.red.entry(signal).or_default();
            *run = if excused { 0 } else { *run + 1 };
            // Three looks, eight times as many after much changing of sides.
            if *run >= 24 {
                let open = self.state.open_incidents();
                let noticed = open.iter().any(|one| one.signal == signal && one.level == Level::Red);
                assert!(noticed, "{signal} has been red for {run} looks: {open:#?}");
            }
        }
    }

    /// At most one incident of each signal; a snooze has an end.
    fn check_standing(&self) {
        let open = self.state.open_incidents();
        let signals: BTreeSet<SignalId> = open.iter().map(|incident| incident.signal).collect();
        assert_eq!(signals.len(), open.len(), "one incident of each signal: {open:#?}");
        for incident in &open {
            assert_eq!(incident.state == IncidentState::Snoozed, incident.snoozed_until.is_some());
        }
    }

    /// What must be true of the whole story.
    fn check_story(&self, stream: u64) {
        let open = self.state.open_ids();
        for incident in self.incidents.values() {
            let goes_on = open.contains(&incident.id);
            assert_eq!(
                goes_on,
                !incident.is_closed(),
                "{stream}: every opening has its close: {incident:#?}"
            );
        }
        let mut told: BTreeMap<&str, NotificationKind> = BTreeMap::new();
        let mut doubled = 0;
        for heard in &self.heard {
            let before = told.insert(&heard.id, heard.kind);
            match heard.kind {
                NotificationKind::Raised if before == Some(NotificationKind::Raised) => doubled += 1,
                NotificationKind::Recovered if before == Some(NotificationKind::Recovered) => doubled += 1,
                NotificationKind::Recovered => {
                    assert!(before.is_some(), "{stream}: an end that nobody heard begin: {heard:?}");
                }
                _ => {}
            }
        }
        assert!(doubled <= self.crashes, "{stream}: {doubled} doubled by {} crashes", self.crashes);
    }
}

fn level(dice: &mut Dice) -> Level {
    [Level::Green, Level::Yellow, Level::Red, Level::Unknown][usize::try_from(dice.roll(4)).unwrap()]
}

/// One random stream of some hundred looks.
fn stream(number: u64, settings: &AlertSettings) {
    let mut dice = Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..8 {
        dice.roll(2);
    }
    let mut world = World::new(settings);
    let mut levels = [Level::Green; 4];
    // Some worlds are calm, some change at every look.
    let restless = 1 + dice.roll(12);
    for _ in 0..120 + dice.roll(120) {
        for level_of in &mut levels {
            if dice.roll(restless + 1) == 0 {
                *level_of = level(&mut dice);
            }
        }
        let mut next = world.now + TimeDelta::seconds(30);
        match dice.roll(60) {
            // Sleep: the looks before say nothing about now.
            0 => {
                next += TimeDelta::hours(i64::try_from(dice.roll(12)).unwrap());
                world.quiet_until = next + TimeDelta::minutes(2);
                world.red.clear();
            }
            1 => world.refuses = !world.refuses,
            2 => {
                let until = world.now + TimeDelta::minutes(i64::try_from(dice.roll(240)).unwrap());
                let changed = world.state.handle(&Handling::Snooze { id: None, until }, world.now).unwrap();
                world.write(&changed);
            }
            3 => {
                if let Some(id) = world.state.open_ids().first().cloned() {
                    let changed = world.state.handle(&Handling::Acknowledge { id }, world.now).unwrap();
                    world.write(&changed);
                }
            }
            // A restart in order, and one that nobody asked for.
            4 => {
                world.record = serde_json::to_string(&world.state).unwrap();
                world.die();
                world.crashes -= 1;
            }
            5 => world.die(),
            _ => {}
        }
        world.pass(next);
        let killed = dice.roll(40) == 0;
        world.look(levels, killed);
    }
    // Peace at last: everything closes, everybody hears of it, no snooze is left.
    world.refuses = false;
    for _ in 0..400 {
        let next = world.now + TimeDelta::seconds(30);
        world.pass(next);
        world.look([Level::Green; 4], false);
    }
    assert_eq!(world.state.open_ids(), Vec::<String>::new(), "{number}: nothing is left open");
    world.check_story(number);
}

#[test]
fn whatever_happens_nothing_is_missed_doubled_or_left_open() {
    let settings = parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap().alerts;
    let streams = std::env::var("CARETAKER_STREAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(FEW);
    for number in 1..=streams {
        stream(number, &settings);
    }
}
