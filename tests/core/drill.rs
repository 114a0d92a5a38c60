//! Drills: every file compared, the profile's program asked, and nothing but the scratch folder within its reach.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use caretaker_core::backup::{Desk, DrillPoint, Kind, Record};
use caretaker_core::clock::Zone;
use caretaker_core::error::{ErrorKind, Result};
use caretaker_core::profile::{self, DrillProgram};
use caretaker_core::progress::{Progress, Unwatched};
use chrono::{FixedOffset, TimeDelta};
use trees::{Grove, now};

/// A backup that is drilled with a program.
struct Drill {
    grove: Grove,
}

impl Drill {
    fn new() -> Self {
        Self { grove: Grove::new() }
    }

    fn desk(&self, line: &[&str], timeout: Duration) -> Desk {
        let text = format!(
            "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n",
            self.grove.root().to_str().unwrap(),
            self.grove.shelf.folder().to_str().unwrap()
        );
        let mut profile = profile::parse(&text, Path::new("/p.toml"), None).unwrap();
        let line: Vec<String> = line.iter().map(ToString::to_string).collect();
        profile.backups.drill =
            (!line.is_empty()).then_some(DrillProgram { line, timeout, max_output: 50_000 });
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        Desk::new(&profile, &self.grove.scratch("state"), zone).unwrap()
    }

    /// Makes a backup where there is none, and drills it.
    fn run(&self, line: &[&str], timeout: Duration) -> (Result<caretaker_core::backup::Drilled>, Record) {
        let desk = self.desk(line, timeout);
        if desk.catalogue().unwrap().records().is_empty() {
            desk.create(Kind::Manual, now(), &Unwatched).unwrap();
        }
        let id = desk.catalogue().unwrap().records()[0].id;
        let drilled = desk.drill(id, now() + TimeDelta::days(1), &Unwatched);
        let left: Vec<_> = fs::read_dir(self.grove.shelf.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".drill"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        let record = desk.catalogue().unwrap().find(id).unwrap().clone();
        (drilled, record)
    }
}

const LONG: Duration = Duration::from_secs(30);

#[test]
fn the_program_looks_at_what_came_back_and_what_it_says_is_kept() {
    let drill = Drill::new();
    let script = "test $(pwd -P) = \"$(cd \"$1\"; pwd -P)\" && cat data/state.json && echo && seq 1 100 && test -z \"$SHELL\"";
    let (drilled, record) = drill.run(&["/bin/sh", "-c", script, "x", "{folder}"], LONG);
    let said = drilled.unwrap().program.unwrap();
    assert!(said.tail.ends_with("99\n100"), "{}", said.tail);
    assert_eq!(said.tail.lines().count(), 20);
    assert_eq!(record.drill_program, Some(said));
    assert!(record.drilled_at.is_some() && record.drill_seconds.is_some() && record.drill_failed.is_none());
    // Without a program the drill is what it was.
    let (drilled, record) = drill.run(&[], LONG);
    assert_eq!((drilled.unwrap().program, record.drill_program), (None, None));
}

/// What a drill showed, as words: whether each point is as it should be.
fn points(record: &Record) -> Vec<(String, Option<bool>)> {
    let verified = record.drill_verified.clone().unwrap();
    assert_eq!(verified.at, now() + TimeDelta::days(1));
    assert!(verified.points.iter().all(|point| !point.text.is_empty()));
    verified.points.into_iter().map(|point| (point.id, point.ok)).collect()
}

fn expected(oks: [Option<bool>; 4]) -> Vec<(String, Option<bool>)> {
    DrillPoint::ALL.iter().map(|id| (*id).to_owned()).zip(oks).collect()
}

#[test]
fn the_four_verifications_of_the_manual_are_told_one_by_one() {
    let drill = Drill::new();
    let yes = Some(true);
    let (drilled, record) = drill.run(&[], LONG);
    assert_eq!(points(&record), expected([yes, yes, None, yes]), "no program: that is not tried");
    let texts: Vec<String> = drilled.unwrap().verified.points.into_iter().map(|point| point.text).collect();
    assert!(texts[0].starts_with("The backup is whole: ") && texts[0].contains(" files, "), "{texts:?}");
    assert!(texts[2].contains("[drill]"), "{texts:?}");
    assert!(texts[3].starts_with("Nothing was lost: each of "), "{texts:?}");
    assert_eq!(points(&drill.run(&["/bin/true"], LONG).1), expected([yes; 4]));
    let (_, record) = drill.run(&["/bin/false"], LONG);
    assert_eq!(points(&record), expected([yes, yes, Some(false), yes]));
    // What is wrong in the archive is the backup's, and nothing after it was tried.
    let archive = record.path;
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() - bytes.len() / 8;
    bytes[middle] ^= 0x40;
    fs::write(&archive, bytes).unwrap();
    let (drilled, record) = drill.run(&["/bin/true"], LONG);
    assert_eq!(drilled.unwrap_err().kind, ErrorKind::Damaged);
    assert_eq!(points(&record), expected([Some(false), None, None, None]));
}

#[test]
fn a_program_that_is_not_content_fails_the_drill_with_its_reason_until_one_is_good() {
    let drill = Drill::new();
    let (_, good) = drill.run(&[], LONG);
    let (drilled, record) =
        drill.run(&["/bin/sh", "-c", "echo looked; echo 'module 7 is broken' >&2; exit 3"], LONG);
    let error = drilled.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Damaged);
    assert!(
        error.message.contains("exit status: 3") && error.message.contains("module 7 is broken"),
        "{error}"
    );
    let failed = record.drill_failed.unwrap();
    assert_eq!(failed.why, error.message);
    assert_eq!(record.drill_program.unwrap().tail, "looked\nmodule 7 is broken");
    assert_eq!((record.drilled_at, record.state), (good.drilled_at, good.state), "every byte is as it was");
    assert!(drill.run(&["/bin/true"], LONG).1.drill_failed.is_none());
    // One that is not there, takes too long or prints too much.
    for (line, says) in [
        (vec!["/nowhere/verify"], "cannot start the verification program /nowhere/verify"),
        (vec!["/bin/sh", "-c", "echo begun; sleep 60"], "within 1 s"),
        (vec!["/bin/sh", "-c", "yes"], "more than 50000 bytes"),
    ] {
        let (drilled, record) = drill.run(&line, Duration::from_secs(1));
        assert!(drilled.unwrap_err().message.contains(says), "{says}: {record:?}");
        assert!(record.drill_failed.unwrap().why.contains(says));
    }
}

#[test]
fn the_program_can_write_nowhere_but_in_the_folders_of_the_drill() {
    let drill = Drill::new();
    let (live, elsewhere) = (drill.grove.path("data/state.json"), drill.grove.scratch("elsewhere"));
    let script = "echo x > data/state.json && echo x > \"$TMPDIR/y\" && echo x > /dev/null || exit 9
        for file in \"$1\" \"$2/new\"; do
            if echo ruined > \"$file\" || rm -f \"$1\" || mv data \"$2/\"; then exit 7; fi
        done 2>/dev/null
        test ! -e \"$2/new\" && test -s \"$1\"";
    let (live_text, elsewhere_text) = (live.to_str().unwrap(), elsewhere.to_str().unwrap());
    // The words reach the program by way of its arguments only: a profile may not name what is live.
    let (drilled, record) = drill.run(&["/bin/sh", "-c", script, "x", live_text, elsewhere_text], LONG);
    drilled.unwrap_or_else(|error| panic!("{error}: {record:?}"));
    assert_eq!(fs::read_to_string(&live).unwrap(), "{\"state\": \"running\"}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    // This process is as free as it was.
    fs::write(elsewhere.join("free"), "x").unwrap();
}

#[test]
fn a_profile_that_sends_the_program_to_the_live_tree_is_refused() {
    let text = "[ecosystem]\nroot = '/eco'\n[drill]\ncommand = ['/eco/verify', '/eco/data/../data/x']\n";
    let problems = profile::parse(text, Path::new("/p.toml"), None).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].key, "drill.command");
    assert!(problems[0].message.contains("{folder}"), "{}", problems[0].message);
    profile::parse(&text.replace("/eco/data/../data/x", "{folder}"), Path::new("/p.toml"), None).unwrap();
}

/// Asks to stop once the program runs.
#[derive(Default)]
struct Impatient {
    asked: AtomicU32,
    running: std::sync::atomic::AtomicBool,
}

impl Progress for Impatient {
    fn step(&self, what: &str) {
        self.running.store(what.starts_with("Running"), Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.running.load(Ordering::Relaxed) && self.asked.fetch_add(1, Ordering::Relaxed) > 1
    }
}

#[test]
fn a_drill_that_is_cancelled_has_found_nothing_wrong() {
    let drill = Drill::new();
    drill.run(&[], LONG).0.unwrap();
    let desk = drill.desk(&["/bin/sleep", "60"], LONG);
    let before = desk.catalogue().unwrap();
    let begun = std::time::Instant::now();
    let error = desk.drill(before.records()[0].id, now(), &Impatient::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Busy);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(desk.catalogue().unwrap(), before);
}
