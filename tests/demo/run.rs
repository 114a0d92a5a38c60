//! The stand-in process: each scenario does what it says, and the next start mends it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use caretaker_demo::{Error, Result, Scenario, StopSignal, create, run, stand_in_command};

fn made() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    create(dir.path(), chrono::Local::now().fixed_offset(), Path::new("/opt/caretaker")).unwrap();
    dir
}

/// Runs a scenario until `seen` is, then stops it.
fn until(root: &Path, scenario: Scenario, speed: f64, seen: impl Fn() -> bool) -> Result<()> {
    let stop = StopSignal::new();
    thread::scope(|scope| {
        let running = scope.spawn(|| run(root, scenario, speed, &stop));
        let patience = Instant::now() + Duration::from_secs(60);
        while !seen() && !running.is_finished() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(10));
        }
        let saw = seen();
        stop.stop();
        let result = running.join().unwrap();
        assert!(saw || result.is_err(), "{scenario} did not show");
        result
    })
}

fn state(root: &Path) -> serde_json::Value {
    let text = fs::read(root.join("data/ecosystem_state.json")).unwrap();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn errors(root: &Path) -> usize {
    fs::read_to_string(root.join("logs/ecosystem.log")).unwrap().matches(" - ERROR - ").count()
}

#[test]
fn healthy_runs_saves_and_ends_in_order() {
    let dir = made();
    let before = errors(dir.path());
    until(dir.path(), Scenario::Healthy, 1000.0, || {
        state(dir.path())["metrics"]["total_cycles_completed"].as_u64() > Some(20)
    })
    .unwrap();
    let state = state(dir.path());
    assert_eq!(state["state"], "shutdown");
    assert_eq!(state["metrics"]["errors_encountered"], 0);
    assert!(state["modules"].as_object().unwrap().values().all(|m| m["status"] == "integrated"));
    assert_eq!(errors(dir.path()), before);
}

#[test]
fn crash_leaves_a_state_that_still_says_running() {
    let dir = made();
    let ended = until(dir.path(), Scenario::Crash, 20.0, || false);
    assert!(matches!(ended, Err(Error::Crashed)), "{ended:?}");
    assert_eq!(state(dir.path())["state"], "running");
    let log = fs::read_to_string(dir.path().join("logs/ecosystem.log")).unwrap();
    let (_, end) = log.split_once(" - CRITICAL - ").unwrap();
    assert!(end.contains("\nTraceback (most recent call last):\n"));
}

#[test]
fn the_error_storm_names_one_module() {
    let dir = made();
    let before = errors(dir.path());
    until(dir.path(), Scenario::ErrorStorm, 1.0, || errors(dir.path()) >= before + 36).unwrap();
    let log = fs::read_to_string(dir.path().join("logs/ecosystem.log")).unwrap();
    assert!(log.matches(" - ERROR - Error in Knowledge Acquisition System: ").count() >= 36);
}

#[test]
fn a_filled_disk_is_emptied_at_the_next_start() {
    let dir = made();
    let cache = dir.path().join("data/cache");
    let size = || -> u64 {
        fs::read_dir(&cache).map_or(0, |d| d.map(|e| e.unwrap().metadata().unwrap().len()).sum())
    };
    until(dir.path(), Scenario::DiskFill, 1.0, || size() == 120_000_000).unwrap();
    assert_eq!(size(), 120_000_000);
    until(dir.path(), Scenario::Healthy, 1.0, || state(dir.path())["state"] == "running").unwrap();
    assert!(!cache.exists());
}

#[test]
fn withheld_reports_come_back() {
    let dir = made();
    let reports = dir.path().join("reports");
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&reports).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    until(dir.path(), Scenario::StaleReports, 100.0, || state(dir.path())["state"] == "running").unwrap();
    assert!(names().len() + 4 < before.len(), "{:?}", names());
    until(dir.path(), Scenario::Healthy, 1.0, || state(dir.path())["state"] == "running").unwrap();
    assert!(before.iter().all(|name| names().contains(name)));
    assert!(!reports.join(".withheld").exists());
}

#[test]
fn a_corrupt_state_stays_corrupt_until_a_healthy_start() {
    let dir = made();
    let path = dir.path().join("data/ecosystem_state.json");
    let corrupt = || {
        let text = fs::read(&path).unwrap();
        !text.is_empty() && serde_json::from_slice::<serde_json::Value>(&text).is_err()
    };
    until(dir.path(), Scenario::CorruptState, 1.0, corrupt).unwrap();
    assert!(corrupt());
    until(dir.path(), Scenario::Healthy, 1.0, || state(dir.path())["state"] == "running").unwrap();
    assert!(!corrupt());
}

#[test]
fn a_failing_module_fails_alone_and_a_flapping_one_comes_back() {
    let dir = made();
    let before = errors(dir.path());
    let status = || state(dir.path())["modules"]["Meta-Learning Analysis"]["status"].clone();
    until(dir.path(), Scenario::ModuleFailure, 2000.0, || {
        state(dir.path())["modules"]["Meta-Learning Analysis"]["error_count"].as_u64() > Some(3)
    })
    .unwrap();
    assert_eq!(status(), "failed");
    assert_eq!(errors(dir.path()), before + 2);
    let sound = state(dir.path())["modules"]
        .as_object()
        .unwrap()
        .values()
        .filter(|m| m["status"] == "integrated")
        .count();
    assert_eq!(sound, 9);
    until(dir.path(), Scenario::Flapping, 100.0, || status() == "failed").unwrap();
    until(dir.path(), Scenario::Flapping, 100.0, || {
        state(dir.path())["metrics"]["errors_recovered"].as_u64() > Some(0) && status() == "integrated"
    })
    .unwrap();
}

#[test]
fn two_at_once_and_bad_wishes_are_refused() {
    let dir = made();
    let stop = StopSignal::new();
    thread::scope(|scope| {
        let running = scope.spawn(|| run(dir.path(), Scenario::Healthy, 1.0, &stop));
        while state(dir.path())["state"] != "running" && !running.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(matches!(run(dir.path(), Scenario::Healthy, 1.0, &stop), Err(Error::Running(_))));
        stop.stop();
        running.join().unwrap().unwrap();
    });
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(run(dir.path(), Scenario::Healthy, speed, &stop), Err(Error::Speed(_))));
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(run(empty.path(), Scenario::Healthy, 1.0, &stop), Err(Error::NotADemo(_))));
    assert!("helthy".parse::<Scenario>().unwrap_err().to_string().contains("healthy, crash"));
}

#[test]
fn the_command_line_has_the_script_where_an_interpreter_has_it() {
    let dir = made();
    let exe = std::env::current_exe().unwrap();
    let command = stand_in_command(&exe, dir.path(), Scenario::Crash, 2.5).unwrap();
    let arguments: Vec<_> = command.get_args().collect();
    assert_eq!(arguments, ["ecosystem_integration.py", "--scenario", "crash", "--speed", "2.5"]);
    assert_eq!(command.get_current_dir(), Some(fs::canonicalize(dir.path()).unwrap().as_path()));
}
