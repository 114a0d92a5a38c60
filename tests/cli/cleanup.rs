//! `caretaker cleanup` as people and scripts use it: the plan, the deed, the way back, and kill -9 on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use home::{Home, text};

const NOON: &str = "2025-12-16T12:00Z";
const NOON_SECONDS: u64 = 1_765_886_400;
const QUARANTINE: &str = ".caretaker-quarantine";

/// An ecosystem with `old` rotated logs of 40 days, in `home`, and its profile.
fn eco(home: &Home, old: usize) -> (PathBuf, PathBuf) {
    let root = home.path("eco");
    for folder in ["data", "config", "logs/deep", "reports"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    put(&root.join("logs/ecosystem.log"), "2025-12-16 11:00:00,000 - X - INFO - here\n", 0);
    put(&root.join("data/state.json"), "{}", 0);
    for number in 1..=old {
        put(&root.join(format!("logs/ecosystem.log.{number}")), &format!("log {number}\n").repeat(20), 40);
    }
    put(&root.join("reports/morning_20250101.txt"), "Morning\n", 349);
    put(&root.join("reports/morning_20251216.txt"), "Morning\n", 0);
    let profile = home.path("caretaker.toml");
    let written = format!("schema = 1\n[ecosystem]\nroot = {:?}\n[state]\nfile = \"\"\n", root.display());
    caretaker_core::fsio::write_atomic(&profile, written.as_bytes(), 0o600).unwrap();
    (root, profile)
}

fn put(path: &Path, content: &str, days: u64) {
    fs::write(path, content).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOON_SECONDS - days * 86_400 - 7200);
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

fn args<'a>(profile: &'a Path, words: &[&'a str]) -> Vec<&'a str> {
    [&["--at", NOON, "--profile", text(profile)], words].concat()
}

/// The tree is as the copy of it, to the byte and the second.
fn same(copy: &Path, root: &Path) {
    let diff = Command::new("diff").args(["-r", "-x", QUARANTINE]).args([copy, root]).output().unwrap();
    assert!(diff.status.success(), "{}", String::from_utf8_lossy(&diff.stdout));
    let seen = |root: &Path| {
        let find = ["-name", QUARANTINE, "-prune", "-o", "-type", "f", "-printf", "%p %m %T@\\n"];
        let out = Command::new("find").arg(".").args(find).current_dir(root).output().unwrap();
        let mut lines: Vec<String> =
            String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(seen(copy), seen(root));
}

fn copy_of(home: &Home, root: &Path) -> PathBuf {
    let copy = home.path("copy");
    assert!(Command::new("cp").arg("-a").args([root, &copy]).status().unwrap().success());
    copy
}

#[test]
fn a_clean_up_is_shown_agreed_to_done_and_undone_byte_for_byte() {
    let home = Home::new();
    let (root, profile) = eco(&home, 5);
    let copy = copy_of(&home, &root);

    // Nobody is there to ask, and a plan alone changes nothing.
    let (code, _, stderr) = home.run(&args(&profile, &["cleanup"]));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("logs/ecosystem.log.3") && stderr.contains("--yes"), "{stderr}");
    let (code, plan) = home.json(&args(&profile, &["cleanup", "--dry-run"]));
    assert_eq!((code, plan["done"].as_bool()), (0, Some(false)));
    assert_eq!(plan["moved"].as_array().unwrap().len(), 6);
    assert!(!root.join(QUARANTINE).exists());
    same(&copy, &root);

    let (code, done) = home.json(&args(&profile, &["cleanup", "--yes"]));
    assert_eq!((code, done["schema"].as_u64(), done["done"].as_bool()), (0, Some(1), Some(true)));
    let moved = done["moved"].as_array().unwrap();
    let bytes: u64 = moved.iter().map(|one| one["bytes"].as_u64().unwrap()).sum();
    assert_eq!((moved.len(), done["bytes"].as_u64()), (6, Some(bytes)));
    assert_eq!(moved[0]["path"], "logs/ecosystem.log.1");
    assert!(!root.join("logs/ecosystem.log.1").exists() && root.join("logs/ecosystem.log").exists());

    let (_, again) = home.json(&args(&profile, &["cleanup", "--yes"]));
    assert_eq!(again["moved"].as_array().unwrap().len(), 0);
    let (_, list) = home.json(&args(&profile, &["cleanup", "list"]));
    assert_eq!(list["cleanups"][0]["id"], done["id"]);
    assert_eq!(list["cleanups"][0]["files"], 6);

    let (code, _, stderr) = home.run(&args(&profile, &["cleanup", "undo"]));
    assert_eq!(code, 1, "{stderr}");
    let (_, plan) = home.json(&args(&profile, &["cleanup", "undo", "--dry-run"]));
    assert_eq!((plan["done"].as_bool(), plan["moved"].as_array().unwrap().len()), (Some(false), 6));
    let (code, undone) =
        home.json(&args(&profile, &["cleanup", "undo", done["id"].as_str().unwrap(), "--yes"]));
    assert_eq!((code, undone["bytes"].as_u64()), (0, Some(bytes)));
    same(&copy, &root);
    let (code, _, stderr) = home.run(&args(&profile, &["cleanup", "undo", "--yes"]));
    assert_eq!(code, 1, "{stderr}");
    for bad in ["..", "../..", "/etc"] {
        assert_eq!(home.run(&args(&profile, &["cleanup", "undo", bad, "--yes"])).0, 64, "{bad}");
    }
}

#[test]
fn killed_at_any_moment_each_file_is_in_one_place_and_comes_back() {
    let home = Home::new();
    let (root, profile) = eco(&home, 400);
    let copy = copy_of(&home, &root);
    let mut half = 0;
    for round in 0..40_u64 {
        let mut running = home
            .caretaker()
            .args(args(&profile, &["cleanup", "--yes"]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(5 + round * 3 % 60));
        running.kill().unwrap();
        running.wait().unwrap();
        let left = (1..=400).filter(|n| root.join(format!("logs/ecosystem.log.{n}")).exists()).count();
        let put_aside = home.json(&args(&profile, &["cleanup", "list"])).1;
        let there: u64 =
            put_aside["cleanups"].as_array().unwrap().iter().map(|one| one["files"].as_u64().unwrap()).sum();
        let reports = u64::from(root.join("reports/morning_20250101.txt").exists());
        assert_eq!(left as u64 + there + reports, 401, "round {round}");
        half += u32::from(there > 0 && left > 0);
        // Every third time it is undone at once; else the next run comes upon what this one left.
        if round % 3 == 0 {
            while home.run(&args(&profile, &["cleanup", "undo", "--yes"])).0 == 0 {}
            same(&copy, &root);
        }
    }
    while home.run(&args(&profile, &["cleanup", "undo", "--yes"])).0 == 0 {}
    same(&copy, &root);
    println!("killed in the middle of the moves: {half} times");
}

#[test]
fn a_folder_of_logs_that_holds_more_is_refused_and_mistakes_are_named_with_their_line() {
    let home = Home::new();
    let (root, profile) = eco(&home, 3);
    let copy = copy_of(&home, &root);
    let good = fs::read_to_string(&profile).unwrap();
    let home_folder = home.path("");
    for logs in ["/", "..", "data", "config", ".", text(&home_folder)] {
        fs::write(&profile, format!("{good}[folders]\nlogs = {logs:?}\n")).unwrap();
        let (code, _, stderr) = home.run(&args(&profile, &["cleanup", "--yes"]));
        assert_eq!(code, 64, "{logs}: {stderr}");
        same(&copy, &root);
    }
    for bad in ["0", "-1", "1e9", "\"-1d\"", "\"0d\""] {
        fs::write(&profile, format!("{good}[cleanup]\nlogs = {bad}\n")).unwrap();
        let (code, said) = home.json(&args(&profile, &["profile", "check"]));
        assert_eq!((code, said["problems"][0]["line"].as_u64()), (64, Some(7)), "{bad}: {said}");
    }
}

#[test]
fn space_is_told_by_entry_beside_the_bands() {
    let home = Home::new();
    let (root, profile) = eco(&home, 3);
    fs::create_dir(root.join("data/blobs")).unwrap();
    fs::write(root.join("data/blobs/large"), vec![b'x'; 300_000]).unwrap();
    File::create(root.join("data/sparse")).unwrap().set_len(6_000_000_000).unwrap();
    let (code, space) = home.json(&args(&profile, &["cleanup", "space"]));
    assert_eq!(code, 0);
    let data = &space["folders"][0];
    assert_eq!((data["signal"].as_str(), data["beyond"].as_bool()), (Some("data.size"), Some(true)));
    assert_eq!((data["yellow"].as_f64(), data["bytes"].as_u64()), (Some(5e9), Some(6_000_300_002)));
    assert_eq!((data["entries"][0]["name"].as_str(), data["files"].as_u64()), (Some("blobs"), Some(3)));
    let logs = &space["folders"][1];
    assert_eq!((logs["yellow"].as_f64(), logs["beyond"].as_bool()), (Some(1e9), Some(false)));
    let (_, page, _) = home.run(&args(&profile, &["cleanup", "space", "--most", "1"]));
    assert!(page.contains("blobs/") && page.contains("and 2 more"), "{page}");
}
