//! Bad input through the real binary: grey or a clear message, never a crash, a hang or a false green; then green again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/ecosystem.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod ecosystem;
#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use ecosystem::{Ecosystem, bounded, errors, good_log, good_state, remove, replace, state_with};
use home::text;

/// Breaks, looks, mends, looks again.
fn broken(eco: &Ecosystem, what: &str, lights: &[&str], says: &str, harm: impl FnOnce(&Path)) {
    harm(&eco.root);
    let (light, said) = eco.check();
    assert!(lights.contains(&light.as_str()), "{what}: {light}, not {lights:?}: {said}");
    assert!(said.contains(says), "{what}: “{says}” is not said: {said}");
    // People get a page as well, and no escape sequence with it.
    let (_, page, _) = eco.run(&["check"]);
    assert!(!page.contains('\u{1b}'), "{page:?}");
}

#[test]
fn a_root_that_is_missing_or_a_file() {
    let eco = Ecosystem::new();
    eco.is_green("at first");
    let aside = eco.home.path("aside");
    broken(&eco, "missing root", &["unknown", "red"], "is not there", |root| {
        fs::rename(root, &aside).unwrap();
    });
    broken(&eco, "a file as root", &["unknown", "red"], "is a file", |root| fs::write(root, "x").unwrap());
    remove(&eco.root);
    fs::rename(&aside, &eco.root).unwrap();
    eco.is_green("the folder is back");
}

#[test]
fn a_folder_that_may_not_be_read_is_grey_and_says_so() {
    let home = home::Home::new();
    let root = home.path("eco");
    fs::create_dir_all(root.join("logs")).unwrap();
    fs::write(root.join("logs/ecosystem.log"), good_log(1)).unwrap();
    let profile = home.path("caretaker.toml");
    fs::write(&profile, format!("[ecosystem]\nname = \"Eco\"\nroot = {:?}\n", text(&root))).unwrap();
    let check = || {
        let mut command = home.caretaker_as_ordinary_user();
        let args = ["--json", "--profile", text(&profile), "--state"];
        command.args(args).arg(home.path("state")).arg("check");
        let (code, stdout, stderr) = bounded(&mut command, ecosystem::PATIENCE);
        assert!((0..=3).contains(&code), "{stderr}");
        serde_json::from_str::<serde_json::Value>(&stdout).unwrap()
    };
    let level = |check: &serde_json::Value, id: &str| {
        let signals = check["signals"].as_array().unwrap();
        let signal = signals.iter().find(|signal| signal["id"] == id).unwrap();
        (signal["level"].as_str().unwrap().to_owned(), signal["reason"].to_string())
    };
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&root, 0o000);
    let seen = check();
    for id in ["disk.free", "logs.errors_24h", "reports.morning"] {
        let (level, reason) = level(&seen, id);
        assert_eq!(level, "unknown", "{seen}");
        assert!(reason.contains("may not read"), "{reason}");
    }
    mode(&root, 0o755);
    mode(&root.join("logs"), 0o000);
    let (blind, reason) = level(&check(), "logs.errors_24h");
    assert_eq!(blind, "unknown", "{reason}");
    assert!(reason.contains("may not be read"), "{reason}");
    mode(&root.join("logs"), 0o755);
    assert_eq!(level(&check(), "logs.errors_24h").0, "green");
    // How much room the machine has is not what this is about.
    assert_ne!(level(&check(), "disk.free").0, "unknown");
}

#[test]
fn a_log_that_says_nothing_readable_is_not_an_error_free_one() {
    let eco = Ecosystem::new();
    broken(&eco, "NULs", &["unknown"], "ecosystem.log", |_| replace(&eco.log(), &[0; 10_000]));
    broken(&eco, "NULs in lines", &["unknown"], "ecosystem.log", |_| {
        replace(&eco.log(), &b"\0\0\0\n".repeat(3_000));
    });
    broken(&eco, "not UTF-8", &["unknown"], "ecosystem.log", |_| {
        replace(&eco.log(), &b"\xff\xfe\xc3\x28 nonsense\n".repeat(3_000));
    });
    broken(&eco, "a folder", &["unknown"], "ecosystem.log", |_| {
        remove(&eco.log());
        fs::create_dir(eco.log()).unwrap();
    });
    broken(&eco, "a FIFO", &["unknown"], "ecosystem.log", |_| {
        remove(&eco.log());
        fifo(&eco.log());
    });
    broken(&eco, "no log", &["unknown"], "is missing", |_| remove(&eco.log()));
    eco.mend();
    eco.is_green("a good log is back");
}

#[test]
fn an_empty_log_holds_no_errors_and_junk_hides_none() {
    let eco = Ecosystem::new();
    replace(&eco.log(), b"");
    let (light, says) = eco.check();
    assert!(["green", "unknown"].contains(&light.as_str()), "{says}");
    let mut log = good_log(1).into_bytes();
    log.extend([0; 70_000]);
    log.extend(b"\n\xff\xfe\xc3\n\0\0\n");
    log.extend(errors(30).into_bytes());
    broken(&eco, "errors behind junk", &["red"], "30 errors", |_| replace(&eco.log(), &log));
    eco.mend();
    // The errors happened, whatever became of the file.
    let (_, list) = eco.json(&["logs", "errors"]);
    assert_eq!(list["count"], 0);
}

#[test]
fn a_line_of_100_mb_costs_neither_time_nor_the_records_behind_it() {
    let eco = Ecosystem::new();
    let mut log = good_log(1).into_bytes();
    log.resize(100_000_000, b'x');
    log.push(b'\n');
    log.extend(errors(30).into_bytes());
    broken(&eco, "a line of 100 MB", &["red"], "30 errors", |_| replace(&eco.log(), &log));
    let mut endless = good_log(1).into_bytes();
    endless.resize(100_000_000, b'x');
    replace(&eco.log(), &endless);
    let (_, list) = eco.json(&["logs", "errors"]);
    assert_eq!(list["count"], 0);
}

#[test]
fn a_state_file_that_is_none() {
    let eco = Ecosystem::new();
    eco.is_green("at first");
    let state = eco.state();
    let file = "ecosystem_state.json";
    broken(&eco, "empty", &["unknown"], file, |_| replace(&state, b""));
    let half = good_state();
    broken(&eco, "cut short", &["unknown"], file, |_| {
        replace(&state, &half.as_bytes()[..half.len() / 2]);
    });
    broken(&eco, "a FIFO", &["unknown"], "FIFO", |_| {
        remove(&state);
        fifo(&state);
    });
    broken(&eco, "/dev/zero", &["unknown"], "device", |_| {
        remove(&state);
        symlink("/dev/zero", &state).unwrap();
    });
    broken(&eco, "a link to itself", &["unknown"], file, |_| {
        remove(&state);
        symlink(&state, &state).unwrap();
    });
    broken(&eco, "a folder", &["unknown"], "folder", |_| {
        remove(&state);
        fs::create_dir(&state).unwrap();
    });
    broken(&eco, "5 GB sparse", &["unknown", "yellow"], "5000000000 bytes", |_| {
        remove(&state);
        File::create(&state).unwrap().set_len(5_000_000_000).unwrap();
    });
    for deep in ["[".repeat(100_000), r#"{"modules":"#.repeat(100_000)] {
        broken(&eco, "100,000 levels, open", &["unknown"], file, |_| replace(&state, deep.as_bytes()));
    }
    let closed = format!("{}{}", r#"{"modules":"#.repeat(100_000), "}".repeat(100_000));
    broken(&eco, "100,000 levels, closed", &["unknown"], "", |_| replace(&state, closed.as_bytes()));
    broken(&eco, "NULs", &["unknown"], file, |_| replace(&state, &[0; 5_000]));
    eco.mend();
    eco.is_green("a good state is back");
}

#[test]
fn figures_that_cannot_be_true_are_never_green() {
    let eco = Ecosystem::new();
    let huge = "18446744073709551616";
    for (fields, says) in [
        (r#""status": "integrated", "run_count": -1, "error_count": 0"#.to_owned(), "run_count: -1"),
        (r#""status": "integrated", "run_count": 10, "error_count": 1e400"#.to_owned(), "error_count"),
        (format!(r#""status": "integrated", "run_count": {huge}, "error_count": 0"#), "run_count"),
        (r#""status": "integrated", "last_run": "9999-12-31T23:59:59""#.to_owned(), "9999"),
        (r#""status": ["integrated"], "run_count": 10"#.to_owned(), "status"),
    ] {
        broken(&eco, &fields, &["unknown"], says, |_| replace(&eco.state(), state_with(&fields).as_bytes()));
        let (_, check) = eco.json(&["check"]);
        assert_eq!(check["modules"][0]["level"], "unknown", "{fields}");
    }
    for metrics in [r#""uptime_hours": -1"#, r#""uptime_hours": 1e400"#, r#""errors_encountered": 1e400"#] {
        let state = good_state().replace(r#""uptime_hours": 0.0"#, metrics);
        broken(&eco, metrics, &["unknown"], "metrics.", |_| replace(&eco.state(), state.as_bytes()));
    }
    eco.mend();
    eco.is_green("believable figures are back");
}

#[test]
fn records_of_the_year_9999_are_named_and_not_green() {
    let eco = Ecosystem::new();
    let mut log = good_log(1);
    log.push_str(
        "9999-12-31 23:59:59,999 - EcosystemIntegration - ERROR - Error in Meta-Learning Analysis: x\n",
    );
    broken(&eco, "year 9999", &["unknown"], "time in the future", |_| replace(&eco.log(), log.as_bytes()));
}

#[test]
fn a_hostile_name_is_verbatim_in_json_and_harmless_in_a_terminal() {
    let eco = Ecosystem::new();
    let markup = "<img src=x onerror=alert(1)>";
    let escape = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}";
    let state = state_with(r#""status": "integrated""#).replace(
        r#""Meta-Learning Analysis": {"#,
        &format!(
            r#""{markup}": {{"status": "failed"}}, {}: {{"status": "failed"}}, "Meta-Learning Analysis": {{"#,
            serde_json::Value::from(escape)
        ),
    );
    let at = good_log(1);
    let log = at.replace("INFO - error_count: 0", &format!("ERROR - Error in {escape}{markup}: {escape}"));
    broken(&eco, "hostile names", &["red"], markup, |_| {
        replace(&eco.state(), state.as_bytes());
        replace(&eco.log(), log.as_bytes());
    });
    let (_, check) = eco.json(&["check"]);
    let names: Vec<_> = check["modules"].as_array().unwrap().iter().map(|m| m["name"].clone()).collect();
    assert!(names.contains(&markup.into()), "{names:?}");
    for args in [&["check"][..], &["logs", "errors"], &["alerts", "list"], &["watch", "--ticks", "1"]] {
        let (_, stdout, stderr) = eco.run(args);
        for steering in ['\u{1b}', '\u{7}', '\u{202e}'] {
            assert!(
                !stdout.contains(steering) && !stderr.contains(steering),
                "{args:?}: {stdout:?} {stderr:?}"
            );
        }
    }
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
