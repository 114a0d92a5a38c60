//! Every step of a runbook that changes something, killed in its middle: it can be done again, and all of it comes back.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/sick.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sick;

use std::fs;
use std::process::{Command, Stdio};

use home::{Home, Running, text};
use serde_json::Value;
use sick::{Sick, contents, same, step};

/// The calls that write something down for good, and at which of them it is killed: ever further in, until it gets through.
/// A sample is tried in every run, all with `make torture`.
const WRITES: &str = "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,fsync,fdatasync";
const AT: [u32; 12] = [14, 28, 39, 80, 4, 9, 20, 45, 53, 62, 110, 160];
const FEW: usize = 4;

/// What kills a step in its middle.
#[derive(Clone, Copy)]
enum Killer {
    /// `strace`, at one of its writes.
    At(u32),
    /// Whoever sees that it is under way: what it starts lives on, which `strace` would wait for.
    Onlooker,
}

/// Does a step and kills it; says whether it got through.
fn kill(sick: &Sick, verb: &str, runbook: &str, id: &str, killer: Killer) -> bool {
    let profile = sick.root.join("caretaker.toml");
    let what = ["--profile", text(&profile), "runbook", verb, runbook, id, "--yes"];
    let plain = sick.home.caretaker();
    let mut command = match killer {
        Killer::Onlooker => sick.home.caretaker(),
        Killer::At(call) => {
            let mut command = Command::new("strace");
            command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
            command.args(["-f", "-qq", "-o", "/dev/null"]);
            command
                .args(["-e", &format!("trace={WRITES}"), "-e"])
                .arg(format!("inject={WRITES}:signal=SIGKILL:when={call}"))
                .arg(plain.get_program());
            command
        }
    };
    let noted = sick.home.path(".local/share/caretaker/stopped");
    let _ = fs::remove_file(&noted);
    let mut doing = Running(command.args(what).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let ended = match killer {
        Killer::At(_) => doing.0.wait().unwrap(),
        Killer::Onlooker => {
            // Before it asks the process to end it notes that; what starts is watched for long.
            let under_way = || match id {
                "start" => step(&sick.good(&["runbook", "show", runbook]), id)["state"] == "running",
                _ => noted.exists(),
            };
            while doing.0.try_wait().unwrap().is_none() && !under_way() {}
            doing.0.kill().unwrap();
            doing.0.wait().unwrap()
        }
    };
    ended.success()
}

/// Kills a step at one moment after another, until one lets it through; says how often it was met in its middle.
fn kill_on_and_on(sick: &Sick, verb: &str, runbook: &str, id: &str) -> usize {
    let about_process = ["stop", "start", "restart"].contains(&id);
    let all = std::env::var_os("CARETAKER_TORTURE").is_some();
    let killers: Vec<Killer> = if about_process {
        vec![Killer::Onlooker]
    } else {
        AT.iter().take(if all { AT.len() } else { FEW }).copied().map(Killer::At).collect()
    };
    let mut met = 0;
    for killer in killers {
        let through = kill(sick, verb, runbook, id, killer);
        let shown = sick.good(&["runbook", "show", runbook]);
        let state = step(&shown, id)["state"].as_str().unwrap().to_owned();
        met += usize::from(state == "broken-off");
        assert_ne!(state, "failed", "{verb} {id}: {}", step(&shown, id)["said"]);
        // Killed after it was done: done again it would be something else.
        if through || state == if verb == "do" { "done" } else { "undone" } {
            break;
        }
    }
    met
}

/// Kills it at many moments, then does it.
fn through(sick: &Sick, runbook: &str, id: &str) -> Value {
    let met = kill_on_and_on(sick, "do", runbook, id);
    assert!(met > 0, "{id} was never met in its middle");
    let shown = sick.good(&["runbook", "show", runbook]);
    if step(&shown, id)["state"] == "done" {
        return shown;
    }
    let done = sick.good(&["runbook", "do", runbook, id, "--yes"]);
    assert_eq!(step(&done, id)["state"], "done", "{id}, met {met} times: {done}");
    done
}

/// Kills its undo at many moments, then sees that it is undone.
fn back(sick: &Sick, runbook: &str, id: &str) {
    kill_on_and_on(sick, "undo", runbook, id);
    if step(&sick.good(&["runbook", "show", runbook]), id)["state"] == "done" {
        sick.good(&["runbook", "undo", runbook, id, "--yes"]);
    }
}

fn runs(sick: &Sick) -> bool {
    sick.json(&["process", "status"]).1["pid"].is_u64()
}

#[test]
fn damaged_data_comes_back_whole_however_often_each_step_is_killed() {
    let home = Home::new();
    let (root, profile) = home.demo();
    assert_eq!(home.run(&["--profile", text(&profile), "backup", "create"]).0, 0);
    let good = contents(&root.join("data"));
    let sick = Sick::with(home, root, profile, "corrupt-state");
    sick.light("unknown");
    let runbook = "data-corruption";
    sick.good(&["runbook", "start", runbook]);
    sick.good(&["runbook", "seen", runbook, "look"]);

    through(&sick, runbook, "stop");
    assert!(!runs(&sick));
    let damaged = contents(&sick.root.join("data"));
    assert_ne!(damaged.keys().collect::<Vec<_>>(), Vec::<&std::path::PathBuf>::new());
    through(&sick, runbook, "aside");
    same(&contents(&sick.root.join("data")), &damaged);
    let whole: Vec<_> = fs::read_dir(sick.root.join(".caretaker-aside"))
        .unwrap()
        .map(|one| one.unwrap().path())
        .filter(|path| path.extension().is_none_or(|end| end != "part"))
        .collect();
    assert!(!whole.is_empty() && whole.iter().all(|one| contents(&one.join("data")) == damaged), "{whole:?}");

    through(&sick, runbook, "restore");
    same(&contents(&sick.root.join("data")), &good);
    back(&sick, runbook, "restore");
    same(&contents(&sick.root.join("data")), &damaged);
    through(&sick, runbook, "restore");
    same(&contents(&sick.root.join("data")), &good);
    sick.good(&["runbook", "do", runbook, "verify"]);

    through(&sick, runbook, "start");
    assert!(runs(&sick));
    sick.good(&["runbook", "do", runbook, "light"]);
    assert_eq!(sick.good(&["journal", "check"])["ok"], true);
}

#[test]
fn settings_and_errors_come_back_however_often_each_step_is_killed() {
    let sick = Sick::of("error-storm");
    sick.light("red");
    let runbook = "high-errors";
    let settings = sick.root.join("config");
    let before = contents(&settings);
    sick.good(&["runbook", "start", runbook]);
    sick.good(&["runbook", "seen", runbook, "module"]);
    let done = through(&sick, runbook, "disable");
    let module = step(&done, "disable")["choice"].as_str().unwrap().to_owned();
    assert_ne!(contents(&settings), before);
    back(&sick, runbook, "disable");
    same(&contents(&settings), &before);
    let done = through(&sick, runbook, "disable");
    assert_eq!(step(&done, "disable")["choice"], module.as_str(), "it goes on with what it was begun with");

    through(&sick, runbook, "restart");
    assert!(runs(&sick));
    sick.good(&["runbook", "seen", runbook, "cause"]);
    through(&sick, runbook, "settle");
    sick.good(&["runbook", "do", runbook, "light"]);
    through(&sick, runbook, "enable");
    same(&contents(&settings), &before);
    sick.good(&["runbook", "end", runbook]);
    assert_eq!(sick.good(&["journal", "check"])["ok"], true);
}

#[test]
fn what_was_tuned_and_put_aside_comes_back_however_often_each_step_is_killed() {
    let sick = Sick::of("healthy");
    let logs = sick.root.join("logs");
    for day in 1..=28 {
        for part in 0..8 {
            let name = format!("audit_{part}_202501{day:02}.log");
            fs::write(logs.join(name), format!("2025-01-{day:02} 03:00:00,000 - A - INFO - {part}\n"))
                .unwrap();
        }
    }
    sick.light("green");
    let runbook = "performance";
    let old = || {
        let mut all = contents(&logs);
        all.retain(|path, _| text(path).starts_with("audit_"));
        all
    };
    let (settings, kept) = (contents(&sick.root.join("config")), old());
    sick.good(&["runbook", "start", runbook]);
    sick.good(&["runbook", "seen", runbook, "who"]);
    sick.good(&["runbook", "seen", runbook, "sizes"]);
    through(&sick, runbook, "load");
    assert_ne!(contents(&sick.root.join("config")), settings);
    through(&sick, runbook, "cleanup");
    assert!(old().len() < kept.len(), "{} of {}", old().len(), kept.len());
    back(&sick, runbook, "cleanup");
    same(&old(), &kept);
    back(&sick, runbook, "load");
    same(&contents(&sick.root.join("config")), &settings);
}
