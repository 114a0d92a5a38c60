//! The demo's folder: believable, complete, reproducible, and never over somebody else's files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use caretaker_demo::{Error, create, refresh};
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};

fn now() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-03-04T10:00:00+01:00").unwrap()
}

fn made() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    create(dir.path(), now(), Path::new("/opt/caretaker")).unwrap();
    dir
}

fn log(root: &Path) -> String {
    ["logs/ecosystem.log.2", "logs/ecosystem.log.1", "logs/ecosystem.log"]
        .iter()
        .filter_map(|name| fs::read_to_string(root.join(name)).ok())
        .collect()
}

fn time(line: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(line.get(..23)?, "%Y-%m-%d %H:%M:%S,%3f").ok()
}

#[test]
fn json_parses_and_the_database_opens() {
    let dir = made();
    let state = fs::read(dir.path().join("data/ecosystem_state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    assert_eq!(state["state"], "shutdown");
    assert_eq!(state["modules"].as_object().unwrap().len(), 10);
    for name in [
        "data/hypotheses/hypotheses.jsonl",
        "logs/error_log.jsonl",
        "logs/activity_log.jsonl",
        "logs/progress_log.jsonl",
    ] {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        assert!(text.lines().count() > 20, "{name}");
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
    let database = rusqlite::Connection::open(dir.path().join("data/knowledge/knowledge.sqlite3")).unwrap();
    let facts: i64 = database.query_row("SELECT count(*) FROM facts", [], |row| row.get(0)).unwrap();
    assert!(facts > 1_000);
}

#[test]
fn the_log_is_in_order_rotated_and_has_few_errors_of_late() {
    let dir = made();
    assert!(dir.path().join("logs/ecosystem.log.2").exists());
    let text = log(dir.path());
    let mut last = NaiveDateTime::MIN;
    let mut errors = Vec::new();
    for line in text.lines() {
        let Some(at) = time(line) else {
            assert!(
                line.starts_with("Traceback") || line.starts_with("  ") || line.contains("Error: "),
                "{line}"
            );
            continue;
        };
        assert!(at >= last, "{line}");
        assert_eq!(line[23..].split(" - ").nth(1), Some("EcosystemIntegration"), "{line}");
        last = at;
        if line.contains(" - ERROR - ") {
            errors.push(at);
        }
    }
    assert!(last < now().naive_local());
    let day = now().naive_local() - TimeDelta::days(1);
    assert_eq!(errors.iter().filter(|at| **at >= day).count(), 1);
    assert!((34..110).contains(&errors.len()), "{}", errors.len());
    assert!(text.contains("Traceback") && text.contains("INFO") && text.contains("error_count: 0"));
}

#[test]
fn every_report_that_was_due_is_there_and_no_other() {
    let dir = made();
    let count = |kind: &str| {
        let entries = fs::read_dir(dir.path().join("reports")).unwrap();
        entries.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(kind)).count()
    };
    assert_eq!((count("morning_"), count("evening_"), count("daily_summary_")), (35, 34, 34));
    assert!(dir.path().join("reports/morning_20260304.txt").exists());
    assert!(!dir.path().join("reports/evening_20260304.txt").exists());
    let text = fs::read_to_string(dir.path().join("reports/evening_20260303.txt")).unwrap();
    assert!(text.starts_with("Evening Learning Report - March 3, 2026\n\nLearning Events: "), "{text}");
    let written = fs::metadata(dir.path().join("reports/evening_20260303.txt")).unwrap().modified().unwrap();
    let due = DateTime::parse_from_rfc3339("2026-03-03T18:00:00+01:00").unwrap();
    assert!(
        (DateTime::<FixedOffset>::from(DateTime::<chrono::Utc>::from(written)) - due).num_seconds() < 180
    );
}

#[test]
fn the_profile_is_private_and_marked() {
    use std::os::unix::fs::PermissionsExt;
    let dir = made();
    let path = dir.path().join("caretaker.toml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.contains("\ndemo = true\n") && text.contains("start = [\"/opt/caretaker\", \"demo\", \"run\", ")
    );
}

#[test]
fn the_same_time_gives_the_same_files() {
    let (one, two) = (made(), made());
    for name in [
        "logs/ecosystem.log",
        "logs/error_log.jsonl",
        "data/knowledge/knowledge.sqlite3",
        "data/models/embeddings.bin",
    ] {
        assert!(
            fs::read(one.path().join(name)).unwrap() == fs::read(two.path().join(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn somebody_elses_folder_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("caretaker.toml"), "[ecosystem]\n# demo = true\n").unwrap();
    let error = create(dir.path(), now(), Path::new("/opt/caretaker")).unwrap_err();
    assert!(matches!(error, Error::Foreign(_)), "{error}");
    assert!(matches!(refresh(dir.path(), now(), Path::new("/x")).unwrap_err(), Error::NotADemo(_)));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_demo_is_made_anew_only_when_told() {
    let dir = made();
    let error = create(dir.path(), now(), Path::new("/opt/caretaker")).unwrap_err();
    assert!(matches!(error, Error::Exists(_)), "{error}");
    fs::write(dir.path().join("logs/ecosystem.log"), "changed").unwrap();
    refresh(dir.path(), now() + TimeDelta::days(1), Path::new("/opt/caretaker")).unwrap();
    assert!(log(dir.path()).len() > 100_000);
    assert!(dir.path().join("reports/evening_20260304.txt").exists());
}
