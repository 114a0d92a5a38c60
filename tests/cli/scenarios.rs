//! Each scenario of the demo, played by a real process, seen by the real command line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::process::Stdio;

use caretaker_demo::Scenario;
use home::{Home, Running, text};
use serde_json::Value;

/// Looks at a demo that plays `scenario`, `count` times with `every` in between; gives what was seen.
fn looks(scenario: Scenario, every: &str, count: usize) -> Vec<Value> {
    let home = Home::new();
    let (root, profile) = home.demo();
    let _demo = Running(
        home.caretaker()
            .args(["demo", "run", text(&root), "--scenario", &scenario.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the demo starts"),
    );
    let ticks = count.to_string();
    let watch = ["--profile", text(&profile), "--json", "watch", "--every", every, "--ticks", &ticks];
    let (code, stdout, stderr) = home.run(&watch);
    assert_eq!(code, 0, "{stderr}");
    let looks: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect();
    assert_eq!(looks.len(), count, "{stdout}");
    looks
}

fn becomes_as_it_says(scenario: Scenario) {
    let looks = looks(scenario, "5s", 3);
    let last = looks.last().expect("three looks");
    let expected = scenario.expected();
    assert_eq!(last["light"], expected.light, "{scenario}: {}", last["summary"]);
    if let Some(signal) = expected.signal {
        assert!(
            last["cause"].as_str().is_some_and(|cause| cause.starts_with(signal)),
            "{scenario}: {}",
            last["summary"]
        );
    }
}

#[test]
fn healthy_is_green() {
    becomes_as_it_says(Scenario::Healthy);
}

#[test]
fn crash_is_red() {
    becomes_as_it_says(Scenario::Crash);
}

#[test]
fn an_error_storm_is_red() {
    becomes_as_it_says(Scenario::ErrorStorm);
}

#[test]
fn a_cpu_hog_is_red() {
    becomes_as_it_says(Scenario::CpuHog);
}

#[test]
fn a_memory_leak_is_red() {
    becomes_as_it_says(Scenario::MemoryLeak);
}

#[test]
fn a_filled_quota_folder_is_red() {
    becomes_as_it_says(Scenario::DiskFill);
}

#[test]
fn stale_reports_are_red() {
    becomes_as_it_says(Scenario::StaleReports);
}

/// Played, then looked back at: the signal turns when the profile says, and sleeps through nothing.
#[test]
fn stale_reports_turn_yellow_after_their_grace_and_red_after_half_a_day() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let mut demo = home.caretaker();
    demo.args(["demo", "run", text(&root), "--scenario", "stale-reports"]);
    let _demo = Running(demo.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the demo starts"));
    let first_gone = chrono::Utc::now().date_naive() - chrono::Days::new(2);
    let gone = root.join(first_gone.format("reports/morning_%Y%m%d.txt").to_string());
    let begun = std::time::Instant::now();
    while gone.exists() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{} stays", gone.display());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let looks = [
        ("05:59", "green", "arrived"),
        ("06:29", "green", "due"),
        ("06:30", "yellow", "late"),
        ("17:59", "yellow", "late"),
        ("18:00", "red", "missing"),
    ];
    for (time, level, says) in looks {
        // Each look without a memory: between two of them nobody would have looked, and that excuses.
        let state = home.path(&format!("state-{}", time.replace(':', "")));
        let at = format!("{first_gone}T{time}Z");
        let args = ["--at", &at, "--profile", text(&profile), "--state", text(&state), "check"];
        let (_, check) = home.json(&args);
        let signals = check["signals"].as_array().expect("signals");
        let morning = signals.iter().find(|signal| signal["id"] == "reports.morning").expect("the signal");
        assert_eq!((&morning["level"], &morning["text"]), (&level.into(), &says.into()), "{time}: {morning}");
    }
}

#[test]
fn a_corrupt_state_is_unknown() {
    becomes_as_it_says(Scenario::CorruptState);
}

/// Its module fails and recovers every twenty seconds, beginning with a failure: the light follows it.
#[test]
fn flapping_is_red_and_green_by_turns() {
    let looks = looks(Scenario::Flapping, "3s", 9);
    let lights: Vec<&str> = looks.iter().filter_map(|look| look["light"].as_str()).collect();
    let expected = Scenario::Flapping.expected();
    assert!(lights[..3].contains(&expected.light), "red within three looks: {lights:?}");
    assert!(lights.contains(&"green"), "green in between: {lights:?}");
    let red = looks.iter().find(|look| look["light"] == "red").expect("a red look");
    assert_eq!(red["cause"].as_str(), expected.signal, "{}", red["summary"]);
}

#[test]
fn a_failed_module_is_red() {
    becomes_as_it_says(Scenario::ModuleFailure);
}
