//! Logs as they really are: rotated, cut, hostile. Real files, the real sensor.

#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use caretaker_core::clock::{Instant, Zone};
use caretaker_core::observe::ErrorTally;
use caretaker_core::observe::logs::{self, LogMemory, LogSensor, count_file, records};
use caretaker_core::profile::{LogFormat, LogSource};
use chrono::{FixedOffset, TimeDelta};
use proptest::prelude::*;

#[path = "../support/biglog.rs"]
mod biglog;

const ZONE: fn() -> Zone = || Zone::Fixed(FixedOffset::east_opt(0).unwrap());

/// A folder with one log; records are stamped around the real present, because files are.
struct Scene {
    dir: tempfile::TempDir,
    now: Instant,
    written: u64,
}

impl Scene {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), now: chrono::Utc::now(), written: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.path("ecosystem.log")
    }

    fn source(&self) -> LogSource {
        LogSource {
            path: self.log(),
            format: LogFormat::Python,
            error_levels: vec!["ERROR".into(), "CRITICAL".into()],
            module_patterns: vec!["Error in {module}:".into()],
        }
    }

    fn sensor(&self) -> LogSensor {
        LogSensor::new(&[self.source()], ZONE()).unwrap()
    }

    fn stamp(&self, ago: TimeDelta) -> String {
        (self.now - ago).format("%Y-%m-%d %H:%M:%S,%3f").to_string()
    }

    /// An error that no other resembles.
    fn error(&mut self) -> String {
        self.written += 1;
        let pad = "x".repeat(self.written as usize % 40);
        format!(
            "{} - Eco - ERROR - Error in Meta: number {} {pad}\n",
            self.stamp(TimeDelta::hours(1)),
            self.written
        )
    }

    fn append(&self, text: impl AsRef<[u8]>) {
        append(&self.log(), text.as_ref());
    }

    fn errors(&mut self, count: usize) -> String {
        (0..count).map(|_| self.error()).collect()
    }
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn look(sensor: &mut LogSensor, scene: &Scene) -> ErrorTally {
    sensor.look(scene.now).unwrap()
}

#[test]
fn counts_by_module_and_names_the_newest_message() {
    let mut s = Scene::new();
    let text = s.errors(3);
    s.append(text);
    s.append(format!(
        "{} - Other - CRITICAL - down\nTraceback\n  x - ERROR - y\n",
        s.stamp(TimeDelta::minutes(5))
    ));
    s.append(format!("{} - Eco - INFO - error_count: 0 - ERROR - no\n", s.stamp(TimeDelta::minutes(1))));
    s.append(format!("{} - Eco - ERROR - too old\n", s.stamp(TimeDelta::hours(25))));
    let tally = look(&mut s.sensor(), &s);
    assert_eq!(tally.count, 4);
    assert_eq!((tally.by_module[0].module.as_str(), tally.by_module[0].count), ("Meta", 3));
    assert_eq!(tally.by_module[1].last_message, "down");
    assert_eq!(tally.gaps, Vec::<String>::new());
}

#[test]
fn a_partial_line_waits_until_it_is_complete() {
    let mut s = Scene::new();
    let line = s.error();
    let mut sensor = s.sensor();
    s.append(&line[..line.len() - 5]);
    assert_eq!(look(&mut sensor, &s).count, 0);
    s.append(&line[line.len() - 5..]);
    assert_eq!(look(&mut sensor, &s).count, 1);
    assert_eq!(look(&mut sensor, &s).count, 1);
}

#[test]
fn two_rotations_between_looks_lose_nothing() {
    let mut s = Scene::new();
    let mut sensor = s.sensor();
    let text = s.errors(4);
    s.append(text);
    assert_eq!(look(&mut sensor, &s).count, 4);
    for late in [1, 3] {
        let text = s.errors(late);
        s.append(text);
        let _ = fs::rename(s.path("ecosystem.log.1"), s.path("ecosystem.log.2"));
        fs::rename(s.log(), s.path("ecosystem.log.1")).unwrap();
    }
    let text = s.errors(5);
    s.append(text);
    assert_eq!(look(&mut sensor, &s).count, 4 + 1 + 3 + 5);
    assert_eq!(look(&mut sensor, &s).count, 13);
}

#[test]
fn a_log_copied_and_cut_is_counted_once() {
    let mut s = Scene::new();
    let mut sensor = s.sensor();
    let text = s.errors(4);
    s.append(text);
    look(&mut sensor, &s);
    let text = s.errors(2);
    s.append(text);
    fs::copy(s.log(), s.path("ecosystem.log.1")).unwrap();
    assert_eq!(look(&mut sensor, &s).count, 6, "the copy beside its original counts for nothing");
    let text = s.errors(1);
    append(&s.path("ecosystem.log.1"), text.as_bytes());
    File::create(s.log()).unwrap();
    let text = s.errors(3);
    s.append(text);
    assert_eq!(look(&mut sensor, &s).count, 10);
}

#[test]
fn a_restart_goes_on_where_it_stopped() {
    let mut s = Scene::new();
    let mut sensor = s.sensor();
    let text = s.errors(4);
    s.append(text);
    let before = look(&mut sensor, &s);
    let kept = serde_json::to_string(&sensor.save()).unwrap();
    let mut sensor = s.sensor();
    sensor.restore(serde_json::from_str::<LogMemory>(&kept).unwrap());
    assert_eq!(look(&mut sensor, &s), before);
    let text = s.errors(1);
    s.append(text);
    assert_eq!(look(&mut sensor, &s).count, 5);
}

#[test]
fn errors_leave_the_window_after_a_day() {
    let mut s = Scene::new();
    let text = s.errors(2);
    s.append(text);
    let mut sensor = s.sensor();
    assert_eq!(look(&mut sensor, &s).count, 2);
    s.now += TimeDelta::hours(23) + TimeDelta::minutes(2);
    assert_eq!(look(&mut sensor, &s).count, 0);
}

#[test]
fn times_in_the_future_are_named_and_not_counted() {
    let s = Scene::new();
    s.append(
        "9999-12-31 23:59:59,999 - Eco - ERROR - never\n2025-13-01 00:00:00,000 - Eco - ERROR - never\n",
    );
    s.append(format!("{} - Eco - ERROR - slightly ahead\n", s.stamp(TimeDelta::minutes(-5))));
    let tally = look(&mut s.sensor(), &s);
    assert_eq!((tally.count, tally.gaps.len()), (1, 2), "{:?}", tally.gaps);
    assert!(tally.last_record_at.unwrap() < s.now + TimeDelta::minutes(10));
}

#[test]
fn what_is_no_log_is_an_error_and_never_zero() {
    let s = Scene::new();
    let mut sensor = s.sensor();
    assert!(sensor.look(s.now).unwrap_err().contains("is missing"));
    symlink("/dev/zero", s.log()).unwrap();
    assert!(sensor.look(s.now).unwrap_err().contains("not a regular file"));
    fs::remove_file(s.log()).unwrap();
    fs::create_dir(s.log()).unwrap();
    assert!(sensor.look(s.now).unwrap_err().contains("folder"));
    fs::remove_dir(s.log()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(s.log()).status().unwrap().success());
    assert!(sensor.look(s.now).unwrap_err().contains("not a regular file"));
    assert!(records(&[s.source()], ZONE(), s.now - TimeDelta::days(1), s.now, 9).is_err());
    fs::remove_file(s.log()).unwrap();
    File::create(s.log()).unwrap();
    assert_eq!(look(&mut sensor, &s), ErrorTally::default(), "an empty log has no errors");
}

#[test]
fn nuls_broken_text_and_endless_lines_do_not_hide_records() {
    let mut s = Scene::new();
    let mut sensor = s.sensor();
    s.append([0; 300_000]);
    let line = s.error();
    s.append(line);
    s.append(b"\xff\xfe\n");
    let mut long = s.error();
    long.truncate(long.len() - 1);
    s.append(long);
    let mut file = OpenOptions::new().write(true).open(s.log()).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    for _ in 0..100 {
        file.write_all(&[b'z'; 1 << 20]).unwrap();
    }
    assert_eq!(look(&mut sensor, &s).count, 2);
    let line = s.error();
    s.append("ERROR\n");
    s.append(line);
    assert_eq!(look(&mut sensor, &s).count, 3);
}

#[test]
fn a_compressed_predecessor_is_named_unless_it_was_read_before() {
    let mut s = Scene::new();
    let text = s.errors(1);
    s.append(text);
    fs::write(s.path("ecosystem.log.2.gz"), "x").unwrap();
    let mut sensor = s.sensor();
    assert!(look(&mut sensor, &s).gaps[0].contains("ecosystem.log.2.gz is compressed"));
    let mut other = Scene::new();
    let text = other.errors(1);
    other.append(text);
    let mut sensor = other.sensor();
    look(&mut sensor, &other);
    fs::rename(other.log(), other.path("ecosystem.log.1.gz")).unwrap();
    File::create(other.log()).unwrap();
    let tally = look(&mut sensor, &other);
    assert_eq!((tally.count, tally.gaps.len()), (1, 0), "{:?}", tally.gaps);
}

#[test]
fn too_many_modules_go_under_one_name() {
    let s = Scene::new();
    let stamp = s.stamp(TimeDelta::hours(1));
    let text: String = (0..2000).map(|i| format!("{stamp} - Logger{i} - ERROR - x\n")).collect();
    s.append(text);
    let tally = look(&mut s.sensor(), &s);
    assert_eq!(tally.count, 2000);
    assert_eq!((tally.by_module.len(), tally.by_module[0].module.as_str()), (501, "other modules"));
}

#[test]
fn the_list_has_records_with_tracebacks_newest_last() {
    let mut s = Scene::new();
    let text = s.errors(3);
    fs::write(s.path("ecosystem.log.1"), text).unwrap();
    let stamp = s.stamp(TimeDelta::minutes(1));
    s.append(format!(
        "{stamp} - Eco - ERROR - Error in A: x\nTraceback\nZeroDivisionError: x\n{stamp} - Eco - INFO - y\n"
    ));
    let list = records(&[s.source()], ZONE(), s.now - TimeDelta::days(1), s.now, 2).unwrap();
    assert_eq!((list.count, list.records.len(), list.by_module["Meta"]), (4, 2, 3));
    assert_eq!(list.records[1].message, "Error in A: x\nTraceback\nZeroDivisionError: x");
}

#[test]
fn a_generated_log_is_counted_to_the_record() {
    let s = Scene::new();
    let mut file = File::create(s.log()).unwrap();
    let log = biglog::BigLog { bytes: 3_000_000, errors_per_10k: 300, month: (2025, 12) };
    let written = biglog::write(log, &mut file).unwrap();
    let count = count_file(&s.log(), &s.source(), ZONE()).unwrap();
    assert_eq!((count.count, count.bytes, count.untimed), (written.errors, written.bytes, 0));
    assert_eq!(count.by_module.iter().map(|m| m.count).sum::<u64>(), written.errors);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Append(usize),
    Harmless,
    Half,
    Rotate,
    CopyAndCut,
    Look,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1usize..4).prop_map(Step::Append),
        1 => Just(Step::Harmless),
        1 => Just(Step::Half),
        2 => Just(Step::Rotate),
        1 => Just(Step::CopyAndCut),
        3 => Just(Step::Look),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_complete_error_is_counted_exactly_once(steps in steps()) {
        let mut s = Scene::new();
        let mut sensor = s.sensor();
        let (mut expected, mut half) = (0u64, String::new());
        File::create(s.log()).unwrap();
        let shift = |s: &Scene| {
            for n in (1..60).rev() {
                let _ = fs::rename(s.path(&format!("ecosystem.log.{n}")), s.path(&format!("ecosystem.log.{}", n + 1)));
            }
        };
        for step in steps {
            // A writer finishes its line before anything else happens to the log.
            if !half.is_empty() && !matches!(step, Step::Look | Step::Restart) {
                s.append(std::mem::take(&mut half));
                expected += 1;
            }
            match step {
                Step::Append(n) => {
                    let text = s.errors(n);
                    s.append(text);
                    expected += n as u64;
                }
                Step::Harmless => {
                    s.written += 1;
                    s.append(format!("{} - Eco - INFO - errors: {}
", s.stamp(TimeDelta::hours(1)), s.written));
                }
                Step::Half => {
                    let line = s.error();
                    let (first, second) = line.split_at(line.len() / 2);
                    s.append(first);
                    half = second.to_owned();
                }
                Step::Rotate => {
                    shift(&s);
                    fs::rename(s.log(), s.path("ecosystem.log.1")).unwrap();
                    File::create(s.log()).unwrap();
                }
                Step::CopyAndCut => {
                    shift(&s);
                    fs::copy(s.log(), s.path("ecosystem.log.1")).unwrap();
                    OpenOptions::new().write(true).open(s.log()).unwrap().set_len(0).unwrap();
                }
                Step::Look => prop_assert_eq!(look(&mut sensor, &s).count, expected),
                Step::Restart => {
                    let kept = sensor.save();
                    sensor = s.sensor();
                    sensor.restore(kept);
                }
            }
        }
        prop_assert_eq!(look(&mut sensor, &s).count, expected);
    }
}

#[test]
fn a_moment_of_the_past_shows_the_errors_around_it_rotated_logs_too() {
    let mut s = Scene::new();
    let at = |s: &Scene, minutes: i64| {
        let stamp = s.stamp(TimeDelta::minutes(minutes));
        format!("{stamp} - Eco - ERROR - Error in Meta: {minutes} minutes ago\n")
    };
    fs::write(s.path("ecosystem.log.1"), [at(&s, 90), at(&s, 65)].concat()).unwrap();
    s.append([at(&s, 61), at(&s, 55), at(&s, 5)].concat());
    s.now += TimeDelta::seconds(1);
    let between = |from: i64, until: i64, limit: usize| {
        let (from, until) = (s.now - TimeDelta::minutes(from), s.now - TimeDelta::minutes(until));
        logs::between(&[s.source()], ZONE(), from, until, limit).unwrap()
    };
    let messages = |list: logs::ErrorList| -> Vec<String> {
        list.records.into_iter().map(|record| record.message).collect()
    };
    let text = |minutes: i64| format!("Error in Meta: {minutes} minutes ago");
    assert_eq!(messages(between(70, 50, 10)), [65, 61, 55].map(text));
    assert_eq!(messages(between(70, 60, 10)), [65, 61].map(text));
    assert_eq!(messages(between(50, 10, 10)), Vec::<String>::new());
    let cut = between(100, 0, 2);
    assert_eq!(cut.records.len(), 2, "at most as many as asked for");
    fs::remove_file(s.path("ecosystem.log.1")).unwrap();
    fs::remove_file(s.log()).unwrap();
    let gone = logs::between(&[s.source()], ZONE(), s.now, s.now, 10).unwrap_err();
    assert!(gone.message.contains("ecosystem.log"), "{gone}");
}

#[test]
fn errors_that_were_dealt_with_do_not_count_and_the_next_one_does() {
    let mut s = Scene::new();
    let at = |s: &Scene, ago| format!("{} - Eco - ERROR - Error in Meta: x\n", s.stamp(ago));
    let then = s.now - TimeDelta::minutes(10);
    // One before, one at the very instant, one a thousandth of a second after it.
    for ago in
        [TimeDelta::hours(2), TimeDelta::minutes(10), TimeDelta::minutes(10) - TimeDelta::milliseconds(1)]
    {
        s.append(at(&s, ago));
    }
    assert_eq!(look(&mut s.sensor(), &s).count, 3);
    let after = |s: &Scene| LogSensor::after(&[s.source()], ZONE(), Some(then)).unwrap();
    let mut sensor = after(&s);
    let tally = look(&mut sensor, &s);
    assert_eq!((tally.count, tally.after), (1, Some(then)));

    // What is kept over a restart belongs to that instant, and to no other.
    let kept = sensor.save();
    let mut again = after(&s);
    again.restore(kept.clone());
    assert_eq!(look(&mut again, &s).count, 1);
    let mut all = s.sensor();
    all.restore(kept);
    assert_eq!(look(&mut all, &s).count, 3);
    // A day later nobody needs to be told of it any more.
    s.now += TimeDelta::hours(24);
    assert_eq!(look(&mut after(&s), &s).after, None);
}
