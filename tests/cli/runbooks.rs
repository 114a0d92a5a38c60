//! Emergencies gone through on the command line: from red to green, killed in the middle, and taken back byte for byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/living.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod living;
#[path = "../support/sick.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod sick;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use home::{Home, Running, text};
use living::Living;
use serde_json::Value;
use sick::{Sick, contents, step};

#[test]
fn what_is_down_is_brought_up_and_the_report_tells_how() {
    let mut sick = Sick::of("crash");
    let _ = sick.process.0.wait();
    sick.light("red");
    let list = sick.good(&["runbook", "list"]);
    assert_eq!(list["runbooks"][0]["id"], "system-down");
    assert!(list["runbooks"][0]["fits"].as_str().unwrap().contains("gone"), "{list}");

    // Nothing is done before it is begun, nor before its turn.
    let (code, _, said) = sick.run(&["runbook", "do", "system-down", "start", "--yes"]);
    assert!(code == 1 && said.contains("was not begun"), "{said}");
    let begun = sick.good(&["runbook", "start", "system-down"]);
    assert_eq!(begun["next"], "process");
    let said = step(&begun, "log")["evidence"][0]["details"].to_string();
    assert!(said.contains("Unhandled exception in Meta-Learning Analysis"), "{said}");
    let (code, _, said) = sick.run(&["runbook", "do", "system-down", "light", "--yes"]);
    assert!(code == 1 && said.contains("comes before"), "{said}");
    let (code, _, said) = sick.run(&["runbook", "skip", "system-down", "process", "--reason", " "]);
    assert!(code == 1 || code == 64, "{said}");

    sick.good(&["runbook", "seen", "system-down"]);
    sick.good(&["runbook", "skip", "system-down", "machine", "--reason", "it is a large one"]);
    sick.good(&["runbook", "seen", "system-down", "--note", "a division by zero"]);
    let (code, _, said) = sick.run(&["runbook", "do", "system-down"]);
    assert!(code == 1 && said.contains("nothing was changed"), "{said}");
    let plan = sick.good(&["runbook", "do", "system-down", "--dry-run"]);
    assert!(plan["done"] == false && plan["plan"]["title"].as_str().unwrap().starts_with("Start"), "{plan}");
    let up = sick.good(&["runbook", "do", "system-down", "--yes"]);
    assert!(up["said"].as_str().unwrap().contains("It runs as process"), "{up}");
    assert_eq!(
        (step(&up, "restore")["state"].as_str(), up["next"].as_str()),
        (Some("not-needed"), Some("light"))
    );
    let well = sick.good(&["runbook", "do", "system-down"]);
    assert!(well["said"].as_str().unwrap().starts_with("It is over."), "{well}");
    sick.light("green");

    let paper = sick.good(&["runbook", "end", "system-down"]);
    let paper = paper["markdown"].as_str().unwrap();
    for part in [
        "## The runbook “It is down”",
        "See whether the machine has room for it: left out",
        "it is a large one",
        "a division by zero",
        "Unhandled exception in Meta-Learning Analysis",
        "It runs as process",
        "5. Bring the last proven backup back: not needed.",
        "## Why it happened",
    ] {
        assert!(paper.contains(part), "{part}\n{paper}");
    }
    let past = sick.good(&["runbook", "past"]);
    let id = past["courses"][0]["id"].as_str().unwrap();
    assert_eq!(sick.good(&["runbook", "report", id])["markdown"], paper);
    let journal = sick.good(&["journal"]).to_string();
    assert!(
        journal.contains("was ended after") && journal.contains("left out, it is a large one"),
        "{journal}"
    );
    assert_eq!(sick.good(&["journal", "check"])["ok"], true);
}

#[test]
fn a_module_is_switched_off_its_errors_put_behind_and_all_of_it_taken_back() {
    let sick = Sick::of("error-storm");
    sick.light("red");
    sick.good(&["runbook", "start", "high-errors"]);
    sick.good(&["runbook", "seen", "high-errors", "module"]);
    let settings = sick.root.join("config");
    let before = contents(&settings);
    let off = sick.good(&["runbook", "do", "high-errors", "disable", "--yes"]);
    assert_eq!(step(&off, "disable")["choice"], "Knowledge Acquisition System");
    let after = contents(&settings);
    assert_ne!(before, after);

    // Back, byte for byte, and off again.
    sick.good(&["runbook", "undo", "high-errors", "disable", "--yes"]);
    assert_eq!(before, contents(&settings));
    let (code, _, said) = sick.run(&["runbook", "undo", "high-errors", "disable", "--yes"]);
    assert!(code == 1 && said.contains("nothing"), "{said}");
    sick.good(&["runbook", "do", "high-errors", "disable", "--yes"]);
    assert_eq!(after, contents(&settings));

    sick.good(&["runbook", "do", "high-errors", "restart", "--yes"]);
    let cause = sick.good(&["runbook", "show", "high-errors"]);
    let wrote = &step(&cause, "cause")["evidence"][0];
    assert!(wrote["text"].as_str().unwrap().contains("Knowledge Acquisition System logged last"), "{wrote}");
    sick.good(&["runbook", "seen", "high-errors", "cause"]);
    sick.good(&["runbook", "do", "high-errors", "settle", "--yes"]);
    sick.good(&["runbook", "do", "high-errors", "light"]);
    sick.light("green");

    // A new error counts, and so do the old ones once that is wanted.
    sick.good(&["runbook", "undo", "high-errors", "settle", "--yes"]);
    sick.light("red");
    sick.good(&["logs", "settle"]);
    sick.light("green");
    sick.good(&["runbook", "end", "high-errors"]);
    let (code, _, said) = sick.run(&["runbook", "do", "high-errors", "enable", "--yes"]);
    assert!(code == 1 && said.contains("was not begun"), "{said}");
}

#[test]
fn damaged_data_is_kept_aside_and_a_proven_backup_brought_back() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let (code, _, said) = home.run(&["--profile", text(&profile), "backup", "create"]);
    assert_eq!(code, 0, "{said}");
    let sick = Sick::with(home, root, profile, "corrupt-state");
    sick.light("unknown");
    let begun = sick.good(&["runbook", "start", "data-corruption"]);
    let look = step(&begun, "look")["evidence"].to_string();
    assert!(look.contains("ecosystem_state.json"), "{look}");
    sick.good(&["runbook", "seen", "data-corruption", "look"]);
    sick.good(&["runbook", "do", "data-corruption", "stop", "--yes"]);
    let broken = fs::read(sick.root.join("data/ecosystem_state.json")).unwrap();
    let before = contents(&sick.root.join("data"));
    let aside = sick.good(&["runbook", "do", "data-corruption", "aside", "--yes"]);
    let kept: Vec<PathBuf> =
        fs::read_dir(sick.root.join(".caretaker-aside")).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "{aside}");
    assert_eq!(contents(&kept[0].join("data")), before);

    let (code, bad) = sick.json(&["runbook", "skip", "data-corruption", "restore", "--reason", "later"]);
    assert_eq!(code, 0, "{bad}");
    // Not restored, it is not whole, and that is said by the exit code.
    let (code, bad) = sick.json(&["runbook", "do", "data-corruption", "verify"]);
    assert!(code == 2 && bad["said"].as_str().unwrap().contains("ecosystem_state.json"), "{bad}");
    let back = sick.good(&["runbook", "do", "data-corruption", "restore", "--yes"]);
    assert!(back["said"].as_str().unwrap().contains("files are back"), "{back}");
    sick.good(&["runbook", "do", "data-corruption", "verify"]);

    // Taken back, the damaged state is in place again to its last byte; and the backup once more.
    sick.good(&["runbook", "undo", "data-corruption", "restore", "--yes"]);
    assert_eq!(contents(&sick.root.join("data")), before);
    assert_eq!(fs::read(sick.root.join("data/ecosystem_state.json")).unwrap(), broken);
    sick.good(&["runbook", "do", "data-corruption", "restore", "--yes"]);
    sick.good(&["runbook", "do", "data-corruption", "start", "--yes"]);
    sick.good(&["runbook", "do", "data-corruption", "light"]);
    sick.light("green");
    let paper = sick.good(&["runbook", "end", "data-corruption"]);
    assert!(paper["markdown"].as_str().unwrap().contains("are kept in .caretaker-aside"), "{paper}");
}

#[test]
fn a_step_that_was_broken_off_shows_and_can_be_done_again() {
    // Not a demo: any program that lives in a folder.
    let mut eco = Living::new("[process]\nstart = [\"python3\", \"ecosystem_integration.py\"]\n");
    eco.program("signal.signal(signal.SIGTERM, signal.SIG_IGN)");
    eco.start(&["python3", "ecosystem_integration.py"]);
    let good = |args: &[&str]| {
        let (code, out, said) =
            eco.home.run(&[&["--json", "--profile", text(&eco.profile())], args].concat());
        assert_eq!(code, 0, "{args:?} {said}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    good(&["runbook", "start", "performance"]);
    good(&["runbook", "seen", "performance", "who"]);
    good(&["runbook", "seen", "performance", "sizes"]);
    // It does not end when asked to, so that there is time to kill the one who asks.
    let mut asking = eco.home.caretaker();
    asking.args(["--profile", text(&eco.profile()), "runbook", "do", "performance", "restart", "--yes"]);
    let mut asking = Running(asking.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let running = || step(&good(&["runbook", "show", "performance"]), "restart")["state"] == "running";
    assert!((0..100).any(|_| running()), "it is under way");
    let (code, _, said) = eco.home.run(&[
        "--profile",
        text(&eco.profile()),
        "runbook",
        "do",
        "performance",
        "restart",
        "--yes",
    ]);
    assert!(code == 1 && said.contains("under way"), "{said}");
    asking.0.kill().unwrap();
    asking.0.wait().unwrap();

    let shown = good(&["runbook", "show", "performance"]);
    assert_eq!(step(&shown, "restart")["state"], "broken-off");
    assert_eq!(shown["next"], "restart");
    eco.program("");
    let done = good(&["runbook", "do", "performance", "restart", "--yes"]);
    assert!(done["said"].as_str().unwrap().contains("was killed"), "{done}");
    good(&["process", "stop", "--yes"]);
}
