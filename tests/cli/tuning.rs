//! `caretaker tune` and `caretaker modules` on the demo: shown, agreed to, done, and back byte for byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use home::{Home, text};
use serde_json::Value;

/// Every settings file with its content.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let all = std::fs::read_dir(root.join("config")).unwrap();
    all.map(|entry| entry.unwrap().path()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn fields(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn presets_are_listed_shown_applied_and_reverted() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let profile = text(&profile);
    let before = tree(&root);

    let (code, list) = home.json(&["--profile", profile, "tune", "list"]);
    let ids: Vec<&str> =
        list["presets"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!((code, ids), (0, vec!["calmer", "eager", "less-memory", "prune-more", "less-cpu"]));
    assert!(list["presets"][0]["title"].is_string());

    for id in ["calmer", "eager", "less-memory", "prune-more", "less-cpu"] {
        let (code, plan) = home.json(&["--profile", profile, "tune", "show", id]);
        assert_eq!((code, &plan["applied"]), (0, &Value::Bool(false)), "{id}");
        let changes = plan["changes"].as_array().unwrap();
        assert!(changes.len() >= 2, "{id} finds its keys in the demo: {plan}");
        assert_eq!(fields(&changes[0]), ["after", "before", "file", "key", "line"], "{id}");
    }
    let (code, ..) = home.run(&["--profile", profile, "tune", "apply", "calmer", "--dry-run"]);
    assert_eq!(code, 0);
    let (code, _, stderr) = home.run(&["--profile", profile, "tune", "apply", "calmer"]);
    assert_eq!(code, 1, "nobody agreed");
    assert!(stderr.contains("- cycle_minutes: 5") && stderr.contains("+ cycle_minutes: 10"), "{stderr}");
    assert_eq!(tree(&root), before, "nothing was changed yet");

    let (code, applied) = home.json(&["--profile", profile, "tune", "apply", "calmer", "--yes"]);
    assert_eq!((code, &applied["applied"]), (0, &Value::Bool(true)));
    let after = tree(&root);
    assert_eq!(before.iter().filter(|(path, text)| after[*path] != **text).count(), 3);
    let shared =
        String::from_utf8(after[&root.join("config/continuous_learning_config.yaml")].clone()).unwrap();
    assert!(shared.contains("\ncycle_minutes: 10   # more often costs more than it finds\n"), "{shared}");

    let (code, reverted) = home.json(&["--profile", profile, "tune", "revert", "--yes"]);
    assert_eq!((code, &reverted["reverted"]), (0, &Value::Bool(true)));
    assert_eq!(tree(&root), before, "every byte is back");
    assert_eq!(home.run(&["--profile", profile, "tune", "revert", "--yes"]).0, 1);
}

#[test]
fn a_key_by_hand_is_quoted_where_it_is_a_text_and_bad_files_are_named_with_their_line() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let profile = text(&profile);
    let set = |file: &str, key: &str, value: &str| {
        home.run(&["--profile", profile, "tune", "set", file, key, value, "--yes"])
    };
    let reports = root.join("config/evolution_reporting_config.yaml");
    assert_eq!(set("evolution_reporting_config.yaml", "reports.morning", "07:30").0, 0);
    assert!(std::fs::read_to_string(&reports).unwrap().contains("morning: \"07:30\"   # quoted"));
    let (code, _, stderr) = set("evolution_reporting_config.yaml", "cycle_minutes", "often");
    assert_eq!(code, 64);
    assert!(stderr.contains("line 7: this is a number, and “often” is none"), "{stderr}");
    std::fs::write(&reports, "a: 1\na: 2\n").unwrap();
    let (code, _, stderr) = set("evolution_reporting_config.yaml", "a", "3");
    assert_eq!(code, 1);
    assert!(stderr.contains("line 2: “a” stands here again, after line 1"), "{stderr}");
    let (code, _, stderr) = home.run(&["--profile", profile, "tune", "revert", "--yes"]);
    assert_eq!(code, 1, "somebody changed it since");
    assert!(stderr.contains("was changed meanwhile"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&reports).unwrap(), "a: 1\na: 2\n");
}

#[test]
fn modules_are_listed_and_switched() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let profile = text(&profile);
    let before = tree(&root);
    let on = |home: &Home| -> Vec<bool> {
        let (_, list) = home.json(&["--profile", profile, "modules", "list"]);
        let rows = list["modules"].as_array().unwrap().clone();
        assert_eq!(fields(&rows[0]), ["enabled", "file", "name", "status"]);
        rows.iter().map(|row| row["enabled"].as_bool().unwrap()).collect()
    };
    assert_eq!(on(&home), [true; 10]);
    let (code, plan) =
        home.json(&["--profile", profile, "modules", "disable", "Meta-Learning Analysis", "--yes"]);
    assert_eq!(code, 0);
    assert_eq!(plan["changes"][0]["key"], "enabled");
    assert_eq!(on(&home).iter().filter(|on| !**on).count(), 1);
    assert_eq!(
        home.run(&["--profile", profile, "modules", "enable", "Meta-Learning Analysis", "--yes"]).0,
        0
    );
    assert_eq!(tree(&root), before);
    let (code, _, stderr) = home.run(&["--profile", profile, "modules", "disable", "Nobody", "--yes"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("no module “Nobody”"), "{stderr}");
}

#[test]
fn killed_at_any_moment_the_settings_are_wholly_old_or_wholly_new() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let profile = text(&profile);
    let before = tree(&root);
    assert_eq!(home.run(&["--profile", profile, "tune", "apply", "calmer", "--yes"]).0, 0);
    let after = tree(&root);
    assert_eq!(home.run(&["--profile", profile, "tune", "revert", "--yes"]).0, 0);
    assert_ne!(before, after);
    let (mut old, mut new) = (0, 0);
    for round in 0..60 {
        let mut child = home
            .caretaker()
            .args(["--profile", profile, "tune", "apply", "calmer", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(2_000 + round * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whoever comes next takes back what is half done.
        let (code, _, stderr) = home.run(&["--profile", profile, "tune", "list"]);
        assert_eq!(code, 0, "{stderr}");
        let now = tree(&root);
        if now == before {
            old += 1;
        } else {
            assert_eq!(now, after, "round {round}: {stderr}");
            new += 1;
            assert_eq!(home.run(&["--profile", profile, "tune", "revert", "--yes"]).0, 0);
            assert_eq!(tree(&root), before, "round {round}");
        }
    }
    assert!(old > 0 && old + new == 60, "{old} old, {new} new");
}

#[test]
fn whoever_watches_takes_back_what_a_crash_left() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let state = home.path("state");
    let of = ["--profile", text(&profile), "--state", text(&state)];
    let before = tree(&root);
    assert_eq!(home.run(&[&of[..], &["tune", "apply", "calmer", "--yes"]].concat()).0, 0);
    let journal = state.join("tuning/000001/tuning.json");
    let written = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, written.replace("\"applied\"", "\"applying\"")).unwrap();
    let (code, _, stderr) = home.run(&[&of[..], &["watch", "--ticks", "1"]].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("“Slower cycles” was ended in its middle and was taken back."), "{stderr}");
    assert_eq!(tree(&root), before);
}

/// Runs a change under `strace`, which does something to one of its system calls; says whether the change was reported as done.
fn with_fault(home: &Home, profile: &str, verb: &[&str], rule: &str) -> bool {
    let trace = home.path("trace");
    let plain = home.caretaker();
    let mut command = Command::new("strace");
    command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command.args(["-f", "-qq", "-o", text(&trace), "-e", rule, env!("CARGO_BIN_EXE_caretaker")]);
    let out =
        command.args(["--profile", profile, "tune"]).args(verb).arg("--yes").output().expect("strace runs");
    out.status.success()
}

#[test]
fn killed_or_refused_at_each_write_all_files_change_or_none() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let profile = text(&profile);
    let tune = |verb: &[&str]| home.run(&[&["--profile", profile, "tune"], verb].concat());
    let before = tree(&root);
    let (mut failed, mut halves) = (0, 0);
    for fault in ["signal=SIGKILL", "error=EIO"] {
        for call in ["/^rename", "/^fsync", "/^write"] {
            // The first of taking back, and the last of applying: the files themselves, and the journal around them.
            for at in [1, 2, 3, 4, 7, 8, 9, 10, 11] {
                let rule = format!("inject={call}:{fault}:when={at}");
                for verb in [&["apply", "calmer"][..], &["revert"]] {
                    let done = with_fault(&home, profile, verb, &rule);
                    let left = tree(&root);
                    let (code, _, stderr) = tune(&["list"]);
                    assert_eq!(code, 0, "{rule} {verb:?}: {stderr}");
                    let now = tree(&root);
                    halves += usize::from(left != now);
                    failed += usize::from(!done);
                    if verb[0] == "revert" {
                        // What is there is wholly one or the other, and can be taken back.
                        if now != before {
                            assert!(!done, "{rule}: it was said to be back");
                            assert_eq!(tune(&["revert", "--yes"]).0, 0, "{rule}");
                        }
                    } else if now == before {
                        assert!(!done, "{rule}: it was said to be done");
                        assert_eq!(tune(&["apply", "calmer", "--yes"]).0, 0, "{rule}");
                    }
                    let is_old = verb[0] == "revert";
                    assert_eq!(tree(&root) == before, is_old, "{rule} {verb:?}");
                }
            }
        }
    }
    assert!(failed > 40 && halves > 5, "the faults are felt: {failed} failed, {halves} were half done");
}
