//! A replay says what the live engine told, second for second; and what other rules would have changed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use caretaker_core::alerts::{Channel, Notification, NotificationKind, Replay, Replayed, Sample, WhatIf};
use caretaker_core::clock::{Clock, FixedClock, Instant, Zone};
use caretaker_core::error::Result;
use caretaker_core::keeper::{Engine, LookBack, Setup, Shared};
use caretaker_core::profile::{Profile, load, parse};
use caretaker_core::secrets::Secrets;
use caretaker_core::signal::SignalId;
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};

fn start() -> Instant {
    Utc.with_ymd_and_hms(2025, 12, 16, 3, 0, 0).unwrap()
}

fn profile(more: &str) -> Profile {
    parse(&format!("ecosystem.root = '/eco'\n{more}"), "/p.toml".as_ref(), None).unwrap()
}

/// Free disk in GB every thirty seconds.
fn disk(profile: &Profile, values: &[f64]) -> Replayed {
    let mut replay = Replay::new(profile);
    let mut at = start();
    for value in values {
        at += TimeDelta::seconds(30);
        replay.take(Sample { at, signal: SignalId::DiskFree, value: Some(value * 1e9) }).unwrap();
    }
    replay.end()
}

fn kinds(replayed: &Replayed) -> Vec<NotificationKind> {
    replayed.notifications.iter().map(|told| told.kind).collect()
}

/// Five looks of grace after the start, then ten that are low, then twenty that are well.
fn story() -> Vec<f64> {
    [vec![80.0; 5], vec![3.0; 10], vec![80.0; 20]].concat()
}

#[test]
fn a_breach_is_told_once_after_roll_up_and_its_end_too() {
    let replayed = disk(&profile(""), &story());
    assert_eq!(kinds(&replayed), [NotificationKind::Raised, NotificationKind::Recovered]);
    // Third low look at 3:04:00, ten seconds for company; third good look at 3:09:00.
    let at: Vec<i64> = replayed.notifications.iter().map(|told| (told.at - start()).num_seconds()).collect();
    assert_eq!(at, [250, 540]);
    assert_eq!(replayed.alerts.len(), 1);
}

#[test]
fn other_thresholds_say_what_they_would_have_missed_and_what_would_have_come_late() {
    let before = disk(&profile(""), &story());
    let lower = "[bands.\"disk.free\"]\nyellow = \"2 GB\"\nred = \"1 GB\"";
    let what = WhatIf::of(&before, &disk(&profile(lower), &story()));
    assert_eq!((what.before, what.after), (2, 0));
    assert_eq!(what.missed.len(), 1);
    let slower = "[alerts.signals.\"disk.free\"]\nsamples = 10\nbreaches = 6";
    let what = WhatIf::of(&before, &disk(&profile(slower), &story()));
    assert_eq!((what.missed.len(), what.late[0].seconds), (0, 90), "three looks later");
}

#[test]
fn a_hole_is_sleep_and_grace_follows() {
    let profile = profile("");
    let mut replay = Replay::new(&profile);
    let mut at = start();
    for (gap, value) in [(30, 80.0); 6].into_iter().chain([(3600, 3.0)]).chain([(30, 3.0); 3]) {
        at += TimeDelta::seconds(gap);
        replay.take(Sample { at, signal: SignalId::DiskFree, value: Some(value * 1e9) }).unwrap();
    }
    assert_eq!(kinds(&replay.end()), [], "two minutes of grace are not over");
}

#[test]
fn values_in_the_wrong_order_and_lines_that_are_none_are_named() {
    let profile = profile("");
    let mut replay = Replay::new(&profile);
    let sample = |at| Sample { at, signal: SignalId::DiskFree, value: None };
    replay.take(sample(start())).unwrap();
    let error = replay.take(sample(start() - TimeDelta::seconds(1))).unwrap_err();
    assert!(error.message.contains("disk.free") && error.hint.is_some(), "{error}");
    for (line, says) in [
        ("", "no sample"),
        ("{\"at\": \"yesterday\", \"signal\": \"disk.free\", \"value\": 1}", "yesterday"),
        ("{\"at\": \"2025-12-16T03:00:00Z\", \"signal\": \"disk.fre\", \"value\": 1}", "disk.fre"),
        ("{\"at\": \"2025-12-16T03:00:00Z\", \"signal\": \"disk.free\", \"value\": 1e999}", "no sample"),
    ] {
        let error = Sample::from_json(line.as_bytes()).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

/// Hears what the live engine tells.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Notification>>>);

impl Channel for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    fn deliver(&mut self, notification: &Notification) -> Result<()> {
        self.0.lock().unwrap().push(notification.clone());
        Ok(())
    }
}

#[test]
fn the_live_engine_told_the_same_second_for_second() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("eco");
    std::fs::create_dir_all(root.join("logs")).unwrap();
    std::fs::create_dir_all(root.join("data")).unwrap();
    let log = root.join("logs/ecosystem.log");
    std::fs::write(&log, "").unwrap();
    let file = dir.path().join("caretaker.toml");
    // Only what this test can steer: errors in the log, sizes that never change, a process that is not there.
    let text = format!(
        "reports = []\nmodules = []\n[ecosystem]\nroot = {root:?}\n[state]\nfile = \"\"\n\
         [alerts]\nrepeat = \"5m\"\nrepeat_at_most = \"10m\"\n\
         [alerts.signals.\"process.state\"]\nnotify = \"never\"\n"
    );
    caretaker_core::profile::write_profile(&file, &text).unwrap();
    let (ear, clock) = (Ear::default(), Arc::new(FixedClock::new(start())));
    let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
    let mut engine = Engine::new(Setup {
        profile: Some(file.clone()),
        state_dir: dir.path().join("state"),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        zone,
        home: None,
        native: Some(Box::new(ear.clone())),
        secrets: Secrets::new(|_| None),
        power: Arc::new(caretaker_core::observe::power::MachinePower),
        every: None,
        shared: Shared::default(),
    });
    for look in 0..120_i64 {
        let next = start() + TimeDelta::seconds(look * 30);
        // As the loop does between two looks.
        while let Some(due) = engine.due().filter(|due| *due < next) {
            let before = clock.now();
            clock.advance((due - before).max(TimeDelta::zero()));
            engine.settle(clock.now());
            if engine.due() == Some(due) {
                break;
            }
        }
        clock.advance(next - clock.now());
        if look == 20 {
            let line = |n: i64| format!("2025-12-16 03:09:{n:02},000 - E - ERROR - Error in M: x\n");
            std::fs::write(&log, (0..30).map(line).collect::<String>()).unwrap();
        }
        engine.tick(clock.now());
    }
    let live: Vec<(Instant, NotificationKind, String)> =
        ear.0.lock().unwrap().iter().map(|told| (told.at, told.kind, told.id.clone())).collect();
    assert!(live.len() >= 4, "raised, and told again several times: {live:?}");

    let profile = load(&file, None).unwrap();
    let record = LookBack::open(&dir.path().join("state"), profile.clone(), zone).unwrap();
    let replayed = record.replay(&profile, start() - TimeDelta::hours(1)).unwrap();
    let again: Vec<(Instant, NotificationKind, String)> =
        replayed.notifications.iter().map(|told| (told.at, told.kind, told.alert.clone())).collect();
    assert_eq!(again, live);
}
