//! What the commands print, as people see it; what differs from run to run is filtered out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::path::{Path, PathBuf};

use home::{Home, text};
use serde_json::Value;

/// Noon in the demo's world: its reports of the morning are in, those of the evening are not due.
const NOON: &str = "2025-12-16T12:00Z";

/// Whatever depends on the machine, the moment or the temporary folder.
const FILTERS: &[(&str, &str)] = &[
    (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?", "[time]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[time]"),
    (r"-\d{8}-\d{6}", "-[moment]"),
    (r"\b[0-9.]+ (KB|MB|GB|TB|bytes|B)\b", "[size]"),
    (r"\b[0-9.]+ (ms|s|min|h|days|d)\b", "[span]"),
    (r"process \d+", "process [pid]"),
    (r#"(?s)"evidence": ?\{.*?"disk_free": ?[^}]*\}"#, r#""evidence": [what was seen]"#),
    // Columns are as wide as what stands in them.
    (r"(\S) {2,}", "$1  "),
];

fn snapshot(name: &str, home: &Home, args: &[&str], code: i32) {
    let (seen, stdout, stderr) = home.run(args);
    assert_eq!(seen, code, "{stdout} {stderr}");
    let shown = args.iter().map(|arg| place(home, arg)).collect::<Vec<_>>().join(" ");
    let page = format!(
        "$ caretaker {shown}\n{}{}{}[exit {seen}]",
        place(home, &stdout),
        if stderr.is_empty() { "" } else { "--- stderr\n" },
        place(home, &stderr)
    );
    assert(name, &page);
}

fn assert(name: &str, page: &str) {
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true, filters => FILTERS.to_vec() }, {
        insta::assert_snapshot!(name, page);
    });
}

/// Names the temporary home and the program for what they are.
fn place(home: &Home, text_of: &str) -> String {
    let path = home.path("");
    let home = path.to_str().unwrap().trim_end_matches('/');
    text_of.replace(home, "[home]").replace(env!("CARGO_BIN_EXE_caretaker"), "[caretaker]")
}

/// A demo made at noon, which nobody has started, and its profile.
fn demo(home: &Home) -> (PathBuf, PathBuf) {
    let root = home.path("demo");
    assert_eq!(home.run(&["--at", NOON, "demo", "create", text(&root)]).0, 0);
    let profile = root.join("caretaker.toml");
    (root, profile)
}

/// Arguments at noon on a profile.
fn at_noon<'a>(profile: &'a Path, args: &[&'a str]) -> Vec<&'a str> {
    [&["--at", NOON, "--profile", text(profile)], args].concat()
}

#[test]
fn help() {
    let home = Home::new();
    snapshot("help", &home, &["--help"], 0);
    snapshot("help_watch", &home, &["watch", "--help"], 0);
}

#[test]
fn demo_create() {
    let home = Home::new();
    let root = home.path("demo");
    snapshot("demo_create", &home, &["--at", NOON, "demo", "create", text(&root)], 0);
    snapshot("demo_create_again", &home, &["--at", NOON, "demo", "create", text(&root)], 1);
}

#[test]
fn check() {
    let home = Home::new();
    let (_, profile) = demo(&home);
    let (code, page, _) = home.run(&at_noon(&profile, &["check"]));
    assert_eq!(code, 2);
    // The machine's own load is nobody's contract.
    let stable: Vec<&str> = page.lines().filter(|line| !line.contains("of the machine")).collect();
    let stable: Vec<&str> =
        stable.into_iter().filter(|line| !line.contains("Machine") && !line.contains("Free disk")).collect();
    assert("check", &place(&home, &stable.join("\n")));
    let (_, json) = home.json(&at_noon(&profile, &["check"]));
    assert("check_json_shape", &shape(&json, 0));
    let ids: Vec<&str> =
        json["signals"].as_array().unwrap().iter().map(|signal| signal["id"].as_str().unwrap()).collect();
    assert("check_signals", &ids.join("\n"));
}

/// Keys and kinds; of a list its first entry, and null where anything may stand.
fn shape(value: &Value, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::Object(_) | Value::Array(_) => format!("{pad}{key}:\n{}", shape(value, depth + 1)),
                value => format!("{pad}{key}: {}\n", kind(key, value)),
            })
            .collect(),
        Value::Array(entries) => match entries.first() {
            None => format!("{pad}[]\n"),
            Some(first @ (Value::Object(_) | Value::Array(_))) => {
                format!("{pad}- each\n{}", shape(first, depth + 1))
            }
            Some(first) => format!("{pad}- {}\n", kind("", first)),
        },
        other => format!("{pad}{}\n", kind("", other)),
    }
}

fn kind(key: &str, value: &Value) -> &'static str {
    match value {
        _ if ["value", "yellow", "red", "remedy", "action", "last_run", "since"].contains(&key) => "or null",
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "number",
        _ => "text",
    }
}

#[test]
fn a_broken_profile() {
    let home = Home::new();
    let (_, profile) = demo(&home);
    let good = std::fs::read_to_string(&profile).unwrap();
    let bad = good
        .replace("stale_after = \"2m\"", "stale_after = \"soon\"")
        .replace("format = \"python\"", "format = \"pyhton\"")
        .replace("[sampling]", "[samplin]");
    std::fs::write(&profile, bad).unwrap();
    let of = ["--profile", text(&profile)];
    snapshot("profile_check", &home, &[&of[..], &["profile", "check"]].concat(), 64);
    snapshot("profile_check_json", &home, &[&of[..], &["--json", "profile", "check"]].concat(), 64);
    snapshot("check_with_a_broken_profile", &home, &[&of[..], &["check"]].concat(), 64);
    snapshot("check_without_a_profile", &home, &["check"], 64);
    std::fs::write(&profile, good).unwrap();
    snapshot("profile_check_in_order", &home, &[&of[..], &["profile", "check"]].concat(), 0);
}

#[test]
fn records() {
    let home = Home::new();
    let (_, profile) = demo(&home);
    snapshot("alerts_list_empty", &home, &at_noon(&profile, &["alerts", "list"]), 0);
    snapshot("history_empty", &home, &at_noon(&profile, &["history", "disk.free"]), 0);
    let more = "\n[alerts]\nsamples = 2\nbreaches = 1\ngrace = \"0s\"\n";
    let quick = std::fs::read_to_string(&profile).unwrap() + more;
    std::fs::write(&profile, quick).unwrap();
    let (code, _, said) = home.run(&at_noon(&profile, &["watch", "--every", "1s", "--ticks", "2"]));
    assert_eq!(code, 0);
    assert("watch_tells", &place(&home, &said));
    snapshot("alerts_list", &home, &at_noon(&profile, &["alerts", "list"]), 0);
    snapshot("alerts_list_json", &home, &at_noon(&profile, &["--json", "alerts", "list"]), 0);
    let (_, listed) = home.json(&at_noon(&profile, &["alerts", "list"]));
    let id = listed["alerts"][0]["id"].as_str().unwrap().to_owned();
    assert!(listed["alerts"][0]["evidence"]["processes"].as_array().is_some_and(|all| !all.is_empty()));
    snapshot("alerts_ack", &home, &at_noon(&profile, &["alerts", "ack", &id]), 0);
    snapshot("alerts_snooze", &home, &at_noon(&profile, &["alerts", "snooze", &id, "--for", "2h"]), 0);
    snapshot(
        "alerts_snooze_for_ever",
        &home,
        &at_noon(&profile, &["alerts", "snooze", &id, "--for", "30d"]),
        64,
    );
    snapshot("alerts_test", &home, &at_noon(&profile, &["alerts", "test"]), 0);
    snapshot("alerts_test_unknown", &home, &at_noon(&profile, &["alerts", "test", "pigeon"]), 1);
    snapshot("alerts_ack_unknown", &home, &at_noon(&profile, &["alerts", "ack", "../../etc/passwd"]), 1);
    let history = ["history", "logs.errors_24h", "--since", "1h", "--step", "1h"];
    snapshot("history", &home, &at_noon(&profile, &history), 0);
    let json = [&["--json"], &history[..]].concat();
    snapshot("history_json", &home, &at_noon(&profile, &json), 0);
}

#[test]
fn logs_and_process() {
    let home = Home::new();
    let (root, profile) = demo(&home);
    let log = "2025-12-16 11:00:01,123 - EcosystemIntegration - ERROR - Error in Meta-Learning Analysis: division by zero\n\
        Traceback (most recent call last):\n  File \"x.py\", line 1\nZeroDivisionError: division by zero\n\
        2025-12-16 11:30:00,000 - EcosystemIntegration - INFO - error_count: 0\n\
        2025-12-16 11:40:00,000 - Loader - CRITICAL - out of memory\n";
    std::fs::write(root.join("logs/ecosystem.log"), log).unwrap();
    snapshot("logs_errors", &home, &at_noon(&profile, &["logs", "errors"]), 0);
    snapshot("logs_errors_json", &home, &at_noon(&profile, &["--json", "logs", "errors"]), 0);
    snapshot("process_status", &home, &at_noon(&profile, &["process", "status"]), 0);
    snapshot("process_status_json", &home, &at_noon(&profile, &["--json", "process", "status"]), 0);
}

#[test]
fn reports() {
    let home = Home::new();
    let (root, profile) = demo(&home);
    std::fs::remove_file(root.join("reports/evening_20251215.txt")).unwrap();
    std::fs::write(root.join("reports/morning_20251301.txt"), "").unwrap();
    snapshot("reports_list", &home, &at_noon(&profile, &["reports", "list", "--days", "3"]), 0);
    snapshot(
        "reports_list_json",
        &home,
        &at_noon(&profile, &["--json", "reports", "list", "--days", "1"]),
        0,
    );
    snapshot("reports_show", &home, &at_noon(&profile, &["reports", "show", "daily_summary"]), 0);
    snapshot(
        "reports_show_missing",
        &home,
        &at_noon(&profile, &["reports", "show", "evening", "2025-12-15"]),
        2,
    );
    snapshot("reports_show_unknown_kind", &home, &at_noon(&profile, &["reports", "show", "mourning"]), 1);
    snapshot(
        "reports_show_unknown_day",
        &home,
        &at_noon(&profile, &["reports", "show", "morning", "2025-12-17"]),
        1,
    );
    snapshot(
        "reports_compare",
        &home,
        &at_noon(&profile, &["reports", "compare", "evening", "2025-12-14"]),
        0,
    );
}

#[test]
fn settings() {
    let home = Home::new();
    let (root, profile) = demo(&home);
    snapshot("tune_list", &home, &at_noon(&profile, &["tune", "list"]), 0);
    snapshot("tune_show", &home, &at_noon(&profile, &["tune", "show", "calmer"]), 0);
    snapshot("tune_show_unknown", &home, &at_noon(&profile, &["tune", "show", "hotter"]), 1);
    snapshot("tune_apply_unasked", &home, &at_noon(&profile, &["tune", "apply", "prune-more"]), 1);
    let json = ["--json", "tune", "apply", "less-cpu", "--yes"];
    snapshot("tune_apply_json", &home, &at_noon(&profile, &json), 0);
    snapshot("tune_revert", &home, &at_noon(&profile, &["tune", "revert", "--yes"]), 0);
    snapshot("tune_revert_nothing", &home, &at_noon(&profile, &["tune", "revert", "--yes"]), 1);
    let off = ["modules", "disable", "Adaptive Architecture", "--yes"];
    snapshot("modules_disable", &home, &at_noon(&profile, &off), 0);
    snapshot("modules_list", &home, &at_noon(&profile, &["modules", "list"]), 0);
    std::fs::write(root.join("config/meta_learning_config.yaml"), "a: 1\n\tb: 2\n").unwrap();
    let set = ["tune", "set", "meta_learning_config.yaml", "a", "2", "--yes"];
    snapshot("tune_set_bad_file", &home, &at_noon(&profile, &set), 1);
}
