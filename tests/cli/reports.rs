//! Reports on the command line: noted as read, refused with what there is, and files that may not be read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use home::{Home, text};
use serde_json::Value;

/// Noon in the demo's world.
const NOON: &str = "2025-12-16T12:00Z";

fn demo(home: &Home) -> (PathBuf, PathBuf) {
    let root = home.path("demo");
    assert_eq!(home.run(&["--at", NOON, "demo", "create", text(&root)]).0, 0);
    let profile = root.join("caretaker.toml");
    (root, profile)
}

fn reports(home: &Home, profile: &Path, args: &[&str]) -> (i32, Value) {
    home.json(&[&["--at", NOON, "--profile", text(profile), "reports"], args].concat())
}

#[test]
fn the_list_has_the_contract_s_fields_and_showing_notes_the_reader() {
    let home = Home::new();
    let (_, profile) = demo(&home);
    let (code, list) = reports(&home, &profile, &["list", "--days", "2"]);
    assert_eq!(code, 0);
    let all = list["reports"].as_array().unwrap();
    assert_eq!(all.len(), 4, "{list}");
    for field in ["kind", "date", "path", "state", "arrived_at", "figures", "warnings"] {
        assert!(all.iter().all(|one| !one[field].is_null()), "{field}");
    }
    assert_eq!(all[3]["figures"]["time_saved"], 2.8);
    assert_eq!(all[3]["units"]["time_saved"], "hours");
    assert!(all.iter().all(|one| one["reviewed_at"].is_null()));
    let (code, shown) = reports(&home, &profile, &["show", "daily_summary"]);
    assert_eq!((code, shown["reports"][0]["date"].as_str()), (0, Some("2025-12-15")));
    assert!(shown["text"].as_str().unwrap().starts_with("Daily Summary - December 15, 2025"));
    let (_, list) = reports(&home, &profile, &["list", "--days", "2"]);
    let read = list["reports"].as_array().unwrap().iter().filter(|one| !one["reviewed_at"].is_null());
    assert_eq!(read.map(|one| one["kind"].as_str().unwrap()).collect::<Vec<_>>(), ["daily_summary"]);
}

#[test]
fn a_report_is_shown_though_its_reader_cannot_be_noted() {
    let home = Home::new();
    let (_, profile) = demo(&home);
    let state = home.path("state");
    std::fs::write(&state, "a file where a folder should be").unwrap();
    let (code, stdout, stderr) = home.run(&[
        "--at",
        NOON,
        "--profile",
        text(&profile),
        "--state",
        text(&state),
        "reports",
        "show",
        "morning",
    ]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("Improvements Deployed"), "{stdout}");
    assert!(stderr.contains("Not noted as read"), "{stderr}");
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let home = Home::new();
    let (root, profile) = demo(&home);
    let run =
        |args: &[&str]| home.run(&[&["--at", NOON, "--profile", text(&profile), "reports"], args].concat());
    let (code, _, stderr) = run(&["show", "mourning"]);
    assert!(code == 1 && stderr.contains("The kinds are: morning, evening"), "{stderr}");
    let (code, _, stderr) = run(&["compare", "morning", "2025-12-17"]);
    assert!(code == 1 && stderr.contains("from 2025-11-12 to 2025-12-16"), "{stderr}");
    assert_eq!(run(&["show", "morning", "yesterday"]).0, 64);
    assert_eq!(run(&["list", "--days", "0"]).0, 64);
    std::fs::remove_file(root.join("reports/morning_20251215.txt")).unwrap();
    let (code, stdout, _) = run(&["show", "morning", "20251215"]);
    assert!(code == 2 && stdout.contains("missing"), "{stdout}");
}

#[test]
fn a_report_that_may_not_be_read_is_unknown_and_named() {
    let home = Home::new();
    let (root, profile) = demo(&home);
    let closed = root.join("reports/morning_20251216.txt");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let run = |args: &[&str]| {
        let mut command = home.caretaker_as_ordinary_user();
        command.args(["--at", NOON, "--profile", text(&profile), "--json", "reports"]).args(args);
        let out = command.output().expect("caretaker runs");
        let json: Value = serde_json::from_slice(&out.stdout).expect("an object");
        (out.status.code(), json)
    };
    let (code, list) = run(&["list", "--days", "1"]);
    assert_eq!((code, &list["reports"][0]["state"]), (Some(0), &"unknown".into()), "{list}");
    assert!(list["oddities"][0].as_str().unwrap().contains("morning_20251216.txt"), "{list}");
    assert_eq!(run(&["show", "morning"]).0, Some(2));
    // The whole folder.
    std::fs::set_permissions(root.join("reports"), std::fs::Permissions::from_mode(0o000)).unwrap();
    let (_, list) = run(&["list", "--days", "2"]);
    let states: Vec<&str> =
        list["reports"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert!(!states.is_empty() && states.iter().all(|state| *state == "unknown"), "{list}");
    std::fs::set_permissions(root.join("reports"), std::fs::Permissions::from_mode(0o755)).unwrap();
}
