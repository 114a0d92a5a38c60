//! The store on a real folder: two at once, damage, other versions, time that goes back.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a test fails by panicking")]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use caretaker_core::alerts::{Incident, IncidentState};
use caretaker_core::clock::Instant;
use caretaker_core::error::ErrorKind;
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::{EcosystemId, Owner, Store};
use chrono::{TimeDelta, TimeZone, Utc};
use tempfile::TempDir;

const STEP: Duration = Duration::from_secs(300);

fn fresh() -> (TempDir, Store, EcosystemId) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap().store;
    let ecosystem = store.ecosystem(Path::new("/eco")).unwrap();
    (dir, store, ecosystem)
}

fn noon() -> Instant {
    Utc.with_ymd_and_hms(2026, 1, 10, 12, 0, 0).unwrap()
}

fn disk(store: &mut Store, of: EcosystemId, at: Instant, value: f64) {
    store.record(of, at, Level::Green, &[(SignalId::DiskFree, Some(value), Level::Green)]).unwrap();
}

#[test]
fn sqlite_is_new_enough_for_two_writers() {
    // Up to 3.51.2 the write-ahead log could be corrupted by two programs that reset it at once.
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

#[test]
fn only_the_owner_can_read_it() {
    let (dir, _store, _) = fresh();
    let mode = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("caretaker.sqlite3"), 0o600);
}

#[test]
fn ecosystems_do_not_mix() {
    let (_dir, mut store, of) = fresh();
    let other = store.ecosystem(Path::new("/other")).unwrap();
    assert_ne!(of, other);
    assert_eq!(store.ecosystem(Path::new("/eco")).unwrap(), of);
    disk(&mut store, other, noon(), 1.0);
    assert!(
        store.series(of, SignalId::DiskFree, noon(), noon() + TimeDelta::hours(1), STEP).unwrap().is_empty()
    );
}

#[test]
fn incidents_come_back_as_they_were_newest_first() {
    let (dir, mut store, of) = fresh();
    let incident = |hours: i64| Incident {
        id: format!("disk.free-{hours}"),
        signal: SignalId::DiskFree,
        level: Level::Red,
        state: IncidentState::Open,
        opened_at: noon() + TimeDelta::hours(hours),
        closed_at: None,
        message: "“quotes” <b>".into(),
        remedy: None,
        acknowledged_at: None,
        snoozed_until: None,
        flapping: false,
        timeline: Vec::new(),
        evidence: None,
        deliveries: Vec::new(),
    };
    store.save_incident(of, &incident(0)).unwrap();
    store.save_incident(of, &incident(1)).unwrap();
    let closed = Incident { state: IncidentState::Closed, closed_at: Some(noon()), ..incident(0) };
    store.save_incident(of, &closed).unwrap();
    let reader = Store::open_read_only(dir.path()).unwrap().unwrap();
    let found = reader.find_ecosystem(Path::new("/eco")).unwrap().unwrap();
    assert_eq!(reader.incidents(found).unwrap(), [incident(1), closed]);
}

#[test]
fn notes_are_written_all_or_none_and_replaced() {
    let (_dir, mut store, of) = fresh();
    assert_eq!(store.note(of, "a").unwrap(), None);
    store.set_notes(of, &[("a", "1"), ("b", "2")]).unwrap();
    store.set_notes(of, &[("a", "3")]).unwrap();
    assert_eq!(
        (store.note(of, "a").unwrap().as_deref(), store.note(of, "b").unwrap().as_deref()),
        (Some("3"), Some("2"))
    );
}

#[test]
fn two_writers_at_once_lose_nothing() {
    let (dir, _store, of) = fresh();
    std::thread::scope(|scope| {
        for (writer, signal) in [(0, SignalId::DiskFree), (1, SignalId::DataSize)] {
            let dir = dir.path();
            scope.spawn(move || {
                let mut store = Store::open(dir).unwrap().store;
                for second in 0..200 {
                    let at = noon() + TimeDelta::seconds(second);
                    store
                        .record(of, at, Level::Green, &[(signal, Some(f64::from(writer)), Level::Green)])
                        .unwrap();
                }
            });
        }
    });
    let store = Store::open(dir.path()).unwrap().store;
    for signal in [SignalId::DiskFree, SignalId::DataSize] {
        let points =
            store.series(of, signal, noon(), noon() + TimeDelta::hours(1), Duration::from_secs(1)).unwrap();
        assert_eq!(points.len(), 200, "{signal}");
    }
}

#[test]
fn a_damaged_file_is_set_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("caretaker.sqlite3");
    let garbage = vec![0x5a_u8; 8192];
    for round in 1..=2 {
        std::fs::write(&file, &garbage).unwrap();
        let opened = Store::open(dir.path()).unwrap();
        let notice = opened.notice.expect("a notice");
        assert!(notice.contains(&format!("damaged-{round}")), "{notice}");
        assert_eq!(
            std::fs::read(dir.path().join(format!("caretaker.damaged-{round}.sqlite3"))).unwrap(),
            garbage
        );
        drop(opened.store);
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let (dir, store, _) = fresh();
    drop(store);
    let file = dir.path().join("caretaker.sqlite3");
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let error = Store::open(dir.path()).err().expect("refused");
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(error.to_string().contains("newer"), "{error}");
    assert!(file.exists());
}

#[test]
fn there_is_one_owner_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Owner::try_take(dir.path()).unwrap().expect("free");
    assert!(Owner::try_take(dir.path()).unwrap().is_none());
    assert_eq!(Owner::last_pid(dir.path()), Some(std::process::id()));
    drop(owner);
    assert!(Owner::try_take(dir.path()).unwrap().is_some());
}

#[test]
fn a_folder_that_is_a_file_is_an_error_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file).err().expect("refused");
    assert!(error.to_string().contains("state"), "{error}");
}

#[test]
fn a_record_whose_maker_was_killed_before_the_first_table_is_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("caretaker.sqlite3"), "").unwrap();
    assert!(Store::open_read_only(dir.path()).unwrap().is_none());
    assert!(Store::open(dir.path()).unwrap().notice.is_none());
    assert!(Store::open_read_only(dir.path()).unwrap().is_some());
}

/// The file as the first version of the format had it, with a day of figures and an incident that is open.
const FIRST_VERSION: &str = include_str!("../fixtures/store/of-the-first-version.sql");

#[test]
fn a_record_of_the_first_version_keeps_its_figures_and_its_incident() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("caretaker.sqlite3");
    rusqlite::Connection::open(&file).unwrap().execute_batch(FIRST_VERSION).unwrap();
    let opened = Store::open(dir.path()).unwrap();
    assert_eq!(opened.notice, None);
    let store = opened.store;
    let eco = store.find_ecosystem(Path::new("/eco")).unwrap().expect("known");
    let begin = Utc.with_ymd_and_hms(2026, 1, 10, 0, 0, 0).unwrap();
    let read = |step: u64| {
        let until = begin + TimeDelta::days(1);
        store.series(eco, SignalId::DiskFree, begin, until, Duration::from_secs(step)).unwrap()
    };
    // 288 steps of five minutes, the value of each the number of its hour.
    assert_eq!(read(300).len(), 288);
    let hours = read(3_600);
    assert_eq!(hours.len(), 24);
    assert!(hours.iter().zip(0_u32..).all(|(point, hour)| point.mean == Some(f64::from(hour))), "{hours:?}");
    assert_eq!(store.incidents(eco).unwrap().len(), 1);
    assert_eq!(store.note(eco, "judge").unwrap().as_deref(), Some("{}"));
    drop(store);
    assert!(Store::open(dir.path()).unwrap().notice.is_none(), "and once more");
}

#[test]
fn what_a_killed_writer_left_half_done_is_undone_for_a_reader() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = from.path().join("caretaker.sqlite3");
    let writer = rusqlite::Connection::open(&file).unwrap();
    // A journal counts as left by the dead once its head is on disk, which a change larger than the cache brings about.
    writer
        .execute_batch(
            "CREATE TABLE t (x); PRAGMA cache_size = 1; BEGIN;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
             INSERT INTO t SELECT randomblob(4000) FROM n;",
        )
        .unwrap();
    for name in ["caretaker.sqlite3", "caretaker.sqlite3-journal"] {
        std::fs::copy(from.path().join(name), to.path().join(name)).unwrap();
    }
    // Caretaker's first table was never made: there is nothing to read, and that is no error.
    assert!(Store::open_read_only(to.path()).unwrap().is_none());
    assert!(!to.path().join("caretaker.sqlite3-journal").exists(), "rolled back");
}
