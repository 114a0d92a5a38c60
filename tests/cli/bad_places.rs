//! Caretaker's own record, profile and surroundings going wrong: nothing is lost, nothing crashes, the light stays true.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/ecosystem.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod ecosystem;
#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecosystem::{Ecosystem, PATIENCE, Watch, bounded, errors, finish, replace};
use home::{Running, text};
use serde_json::Value;

/// Alerts within seconds, so that incidents open while the test looks.
const QUICK: &str = "[alerts]\nsamples = 2\nbreaches = 1\ngrace = \"0s\"\nroll_up = \"0s\"\n";

fn state_dir(eco: &Ecosystem) -> PathBuf {
    eco.home.path("state")
}

/// A watch with its own state folder, every `every`.
fn watch(eco: &Ecosystem, every: &str) -> Watch {
    let mut command = eco.caretaker(&["--json", "watch", "--every", every, "--state"]);
    Watch::start(command.arg(state_dir(eco)))
}

fn with_state(eco: &Ecosystem, args: &[&str]) -> (i32, Value) {
    let state = state_dir(eco);
    eco.json(&[&["--state", text(&state)], args].concat())
}

#[test]
fn killed_at_any_moment_it_loses_no_incident_and_repeats_none_under_another_id() {
    let eco = Ecosystem::with(QUICK);
    // Every other life meets errors, so that incidents open, close and are told all the time.
    let mut known: Vec<String> = Vec::new();
    let mut told = Vec::new();
    for life in 0..30_u64 {
        if life % 2 == 0 {
            replace(&eco.log(), errors(30).as_bytes());
        } else {
            eco.mend();
        }
        let watching = watch(&eco, "20ms");
        // Spread over the first tick, the writes behind it, and a few ticks more.
        std::thread::sleep(Duration::from_millis(40 + (life * 97) % 400));
        let (_, stderr) = watching.end("-KILL");
        assert!(!stderr.contains("damaged"), "{stderr}");
        told.extend(stderr.lines().filter(|line| line.contains(" is red")).map(str::to_owned));
        if !state_dir(&eco).join("caretaker.sqlite3").exists() {
            continue;
        }
        let (code, list) = with_state(&eco, &["alerts", "list"]);
        assert_eq!(code, 0, "{list}");
        let ids: Vec<String> =
            list["alerts"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();
        for id in &known {
            assert!(ids.contains(id), "{id} is lost: {ids:?}");
        }
        let open = |a: &&Value| a["state"] == "open" && a["signal"] == "logs.errors_24h";
        assert!(list["alerts"].as_array().unwrap().iter().filter(open).count() <= 1, "{list}");
        known = ids;
    }
    assert!(!known.is_empty(), "some life lasted long enough");
    let (code, history) = with_state(&eco, &["history", "disk.free", "--since", "1h"]);
    assert!(code == 0 && !history["points"].as_array().unwrap().is_empty(), "{history}");
    assert!(!told.is_empty(), "some life lasted long enough to tell");
    // At most one duplicate for each incident, and every word of red belongs to one on record.
    assert!(told.len() <= known.len() * 2, "{told:?} of {known:?}");
    assert_eq!(ask(&eco, "pragma integrity_check"), "ok");
}

/// One answer from the record, asked through Python, which brings SQLite.
fn ask(eco: &Ecosystem, question: &str) -> String {
    let script = "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])";
    let file = state_dir(eco).join("caretaker.sqlite3");
    let out = Command::new("python3").args(["-c", script]).arg(file).arg(question).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

#[test]
fn asked_to_end_it_writes_its_memory_and_ends_well() {
    for name in ["-TERM", "-INT", "-HUP"] {
        let eco = Ecosystem::new();
        let watching = watch(&eco, "100ms");
        let seen = watching.looks(4);
        let (status, _) = watching.end(name);
        assert!(status.success(), "{name}: {status:?}");
        // Nothing changed since the first look, so that only the end wrote what the last one left.
        let judge: Value =
            serde_json::from_str(&ask(&eco, "select body from note where key = 'judge'")).unwrap();
        assert!(judge["at"].as_str() >= seen[3]["at"].as_str(), "{name}: {} {}", judge["at"], seen[3]["at"]);
        assert!(!ask(&eco, "select body from note where key = 'logs'").is_empty());
    }
}

#[test]
fn of_two_watches_one_tells_and_the_other_says_so() {
    let eco = Ecosystem::with(QUICK);
    replace(&eco.log(), errors(30).as_bytes());
    let first = watch(&eco, "200ms");
    first.looks(1);
    let second = watch(&eco, "200ms");
    let seen = second.looks(8);
    let notices = seen[0]["notices"].to_string();
    assert!(notices.contains(&format!("Another Caretaker (process {})", first.pid())), "{notices}");
    assert_eq!(seen[7]["light"], "red", "it shows the truth all the same");
    let (second, first) = (second.end("-TERM").1, first.end("-TERM").1);
    let told = |said: &str| said.matches(" is red").count();
    assert_eq!((told(&first), told(&second)), (1, 0), "{first} {second}");
    assert!(second.contains("Note: Another Caretaker"), "people are told as well: {second}");
}

#[test]
fn a_full_disk_under_the_record_stops_neither_light_nor_alarm() {
    let eco = Ecosystem::with(QUICK);
    replace(&eco.log(), errors(30).as_bytes());
    // No file may grow beyond this: what a full disk does, without one.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_caretaker"));
    command.env_clear().env("HOME", eco.home.path("")).env("TZ", "UTC");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let args = ["--json", "--profile", text(&eco.profile), "watch", "--every", "100ms", "--ticks", "12"];
    command.args(args).arg("--state").arg(state_dir(&eco));
    let (code, stdout, stderr) = bounded(&mut command, PATIENCE);
    assert_eq!(code, 0, "{stderr}");
    let last: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["light"], "red");
    assert!(
        last["notices"].to_string().contains("annot"),
        "it says that it cannot write: {}",
        last["notices"]
    );
    assert_eq!(stderr.matches(" is red").count(), 1, "{stderr}");
    // Room again: the record is usable, and the incident is on it.
    let watching = watch(&eco, "100ms");
    assert_eq!(watching.looks(3)[2]["notices"], serde_json::json!([]));
    watching.end("-TERM");
    let (_, list) = with_state(&eco, &["alerts", "list"]);
    assert!(!list["alerts"].as_array().unwrap().is_empty(), "{list}");
}

#[test]
fn a_state_folder_that_cannot_be_used_is_named_and_the_check_is_made() {
    let eco = Ecosystem::new();
    let file = eco.home.path("a-file");
    fs::write(&file, "x").unwrap();
    let locked = eco.home.path("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    for (dir, always) in [(&file, true), (&file.join("below"), true), (&locked, false)] {
        let (code, check) = eco.json(&["--state", text(dir), "check"]);
        assert_eq!((code, &check["light"]), (0, &"green".into()), "{check}");
        let notices = check["notices"].to_string();
        // Root may write anywhere.
        assert!(!always || notices.contains(text(dir)), "{notices}");
        let (_, page, _) = eco.run(&["--state", text(dir), "check"]);
        assert!(!always || page.contains("Note: "), "{page}");
        for args in [&["history", "disk.free"][..], &["alerts", "list"]] {
            let (code, _, stderr) = eco.run(&[&["--state", text(dir)], args].concat());
            assert!(matches!(code, 0 | 1), "{args:?} {stderr}");
        }
    }
}

#[test]
fn a_record_that_may_not_be_written_is_read_and_named_and_left_as_it_is() {
    let eco = Ecosystem::new();
    let watching = watch(&eco, "100ms");
    watching.looks(2);
    watching.end("-TERM");
    let (dir, file) = (state_dir(&eco), state_dir(&eco).join("caretaker.sqlite3"));
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&file, 0o400);
    mode(&dir, 0o500);
    let before = fs::read(&file).unwrap();
    let run = |args: &[&str]| {
        let mut command = eco.home.caretaker_as_ordinary_user();
        command.args(["--json", "--profile", text(&eco.profile), "--state", text(&dir)]).args(args);
        let (code, stdout, stderr) = bounded(&mut command, PATIENCE);
        (code, serde_json::from_str::<Value>(&stdout).unwrap_or_default(), stderr)
    };
    let (_, check, stderr) = run(&["check"]);
    assert!(check["light"].is_string(), "{stderr}");
    assert!(check["notices"].to_string().contains(text(&dir)), "{}", check["notices"]);
    let (code, points, stderr) = run(&["history", "disk.free", "--since", "1h"]);
    assert!(code == 1 || !points["points"].as_array().unwrap().is_empty(), "{points} {stderr}");
    assert!(code == 0 || stderr.contains(text(&dir)), "{stderr}");
    assert_eq!(fs::read(&file).unwrap(), before);
    mode(&dir, 0o700);
    mode(&file, 0o600);
    assert_eq!(run(&["check"]).1["notices"], serde_json::json!([]), "and it is used again");
}

#[test]
fn a_locked_record_is_waited_for_and_a_damaged_one_set_aside() {
    let eco = Ecosystem::new();
    assert_eq!(with_state(&eco, &["check"]).0, 0);
    let file = state_dir(&eco).join("caretaker.sqlite3");
    let script = "import sqlite3,sys,time; db=sqlite3.connect(sys.argv[1],isolation_level=None); db.execute('begin exclusive'); print('held',flush=True); time.sleep(60)";
    let mut python = Command::new("python3");
    let mut holder = Running(python.args(["-c", script]).arg(&file).stdout(Stdio::piped()).spawn().unwrap());
    BufReader::new(holder.0.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    let begun = Instant::now();
    let (code, check) = with_state(&eco, &["check"]);
    assert_eq!((code, &check["light"]), (0, &"green".into()), "{check}");
    assert!(check["notices"].to_string().contains("caretaker.sqlite3"), "{}", check["notices"]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    drop(holder);
    assert_eq!(with_state(&eco, &["check"]).1["notices"], serde_json::json!([]));

    for damage in
        [&b"this is no database, but long enough to be taken for one ...".repeat(100)[..], &[0; 8192]]
    {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", file.display()));
        }
        fs::write(&file, damage).unwrap();
        let (code, list) = (eco.run(&["--state", text(&state_dir(&eco)), "alerts", "list"]).0, ());
        assert!(matches!(code, 0 | 1), "{list:?}");
        let (code, check) = with_state(&eco, &["check"]);
        assert_eq!((code, &check["light"]), (0, &"green".into()), "{check}");
        assert!(check["notices"].to_string().contains("set aside"), "{}", check["notices"]);
        assert_eq!(with_state(&eco, &["check"]).1["notices"], serde_json::json!([]), "a fresh one works");
    }
}

#[test]
fn a_profile_broken_in_flight_is_named_and_taken_again_once_it_is_mended() {
    let eco = Ecosystem::new();
    let watching = watch(&eco, "100ms");
    watching.looks(1);
    let said = |word: &'static str| move |look: &Value| look["notices"].to_string().contains(word);
    let good = fs::read(&eco.profile).unwrap();
    let typo = [&good[..], b"rot = 1\n"].concat();
    for (harm, word) in
        [(&typo[..], "rot"), (b"", "mistake"), (b"\xff\xfe\0", "mistake"), (&[b'['; 100_000], "mistake")]
    {
        fs::write(&eco.profile, harm).unwrap();
        watching.until(word, said(word));
        fs::write(&eco.profile, &good).unwrap();
        watching.until("mended", |look| look["notices"] == serde_json::json!([]));
    }
    fs::remove_file(&eco.profile).unwrap();
    watching.until("gone", said("is gone"));
    eco.write_profile("[bands.\"disk.free\"]\nyellow = 2e19\nred = 1e19\n");
    watching.until("the new one", |look| look["cause"] == "disk.free");
    let (_, stderr) = watching.end("-TERM");
    assert!(stderr.contains("Note: ") && stderr.contains("rot"), "people are told as well: {stderr}");
}

#[test]
fn a_hostile_time_is_wrong_usage_or_taken_as_it_is() {
    let eco = Ecosystem::new();
    for at in [
        "",
        " ",
        "now",
        "-1",
        "2026-12-06T15:00+99:00",
        "99999-01-01",
        "2026-02-30T00:00",
        "\u{1b}[31m",
        "2026-12-06T15:00Z; rm -rf /",
        "262142-12-31T23:59:59Z",
        "0000-00-00T00:00",
        "１２３４-01-01T00:00",
    ] {
        let (code, stdout, stderr) = eco.run(&["--at", at, "check"]);
        assert_eq!((code, stdout.as_str()), (64, ""), "{at:?}: {stderr}");
        assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
    }
    for at in ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00Z", "-0001-01-01T00:00:00Z"] {
        for args in [&["check"][..], &["history", "disk.free", "--since", "36500d"], &["logs", "errors"]] {
            let (code, _, stderr) = eco.run(&[&["--at", at], args].concat());
            assert!(matches!(code, 0..=3 | 64), "{at} {args:?}: {code} {stderr}");
        }
    }
    for since in ["999999999999d", "18446744073709551615s", "-1d", "0s"] {
        let (code, _, stderr) = eco.run(&["history", "disk.free", "--since", since]);
        assert!(matches!(code, 0 | 1 | 64), "{since}: {code} {stderr}");
    }
}

#[test]
fn nobody_reading_nowhere_to_live_and_names_that_are_no_text() {
    let eco = Ecosystem::new();
    // A reader that leaves after the first line ends the watch.
    let mut command = eco.caretaker(&["watch", "--every", "100ms"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    let (output, hung) = finish(child, Duration::from_secs(15));
    assert!(!hung && output.status.success(), "{output:?}");
    let mut closed = eco.caretaker(&["check"]);
    let (code, ..) = {
        let mut child = closed.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let (output, _) = finish(child, PATIENCE);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
        (output.status.code(), ())
    };
    assert_eq!(code, Some(0), "the exit code is the answer");

    let nowhere = bounded(eco.caretaker(&["check"]).env_remove("HOME"), PATIENCE);
    assert_eq!(nowhere.0, 64, "{}", nowhere.2);
    assert!(nowhere.2.contains("--state"), "{}", nowhere.2);
    let state = state_dir(&eco);
    let given = bounded(eco.caretaker(&["--state", text(&state), "check"]).env_remove("HOME"), PATIENCE);
    assert_eq!(given.0, 0, "{}", given.2);

    let odd = eco.home.path("").join(std::ffi::OsStr::from_bytes(b"odd-\xff-name"));
    fs::create_dir_all(odd.join("logs")).unwrap();
    let mut init = eco.home.caretaker();
    init.args(["--json", "--profile"]).arg(eco.home.path("odd.toml"));
    let (code, _, stderr) = bounded(init.args(["profile", "init", "--root"]).arg(&odd), PATIENCE);
    assert!(code == 1 || code == 64, "{code} {stderr}");
    assert!(stderr.contains("odd-") && stderr.lines().count() > 1, "named, with a next step: {stderr}");
    let (code, _, stderr) =
        bounded(eco.home.caretaker().args(["demo", "create"]).arg(odd.join("demo")), PATIENCE);
    assert!(code == 1 || code == 64, "{code} {stderr}");
    // As a profile or a state folder it is as good as any other name.
    let profile = odd.join("caretaker.toml");
    fs::copy(&eco.profile, &profile).unwrap();
    let mut check = eco.home.caretaker();
    check.arg("--profile").arg(&profile).arg("--state").arg(odd.join("state")).args(["--json", "check"]);
    let (code, stdout, stderr) = bounded(&mut check, PATIENCE);
    assert_eq!(code, 0, "{stdout} {stderr}");
}
