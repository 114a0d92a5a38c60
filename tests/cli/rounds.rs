//! Rounds of care on the command line, on the demo with its process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::process::Stdio;

use home::{Home, Running, text};
use serde_json::Value;

/// The first Sunday of a month, five past eight in the evening.
const FIRST_SUNDAY: &str = "2026-12-06T20:05";

fn demo(home: &Home) -> (Running, String) {
    let (root, profile) = home.demo();
    let running = Running(
        home.caretaker()
            .args(["demo", "run", text(&root)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the demo starts"),
    );
    (running, text(&profile).to_owned())
}

fn round<'a>(body: &'a Value, id: &str) -> &'a Value {
    let found = body["checklists"].as_array().unwrap().iter().find(|round| round["id"] == id);
    found.unwrap_or_else(|| panic!("{id} in {body}"))
}

#[test]
fn on_a_first_sunday_every_round_stands_as_it_should_with_evidence_in_every_item_that_ticks_itself() {
    let home = Home::new();
    let (_demo, profile) = demo(&home);
    let (code, body) = home.json(&["--profile", &profile, "--at", FIRST_SUNDAY, "checklist", "list"]);
    assert_eq!((code, &body["schema"]), (0, &Value::from(1)));
    let stands: Vec<(&str, &str, &str)> = body["checklists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|round| {
            let word = |key: &str| round[key].as_str().unwrap();
            (word("id"), word("cadence"), word("state"))
        })
        .collect();
    assert_eq!(
        stands,
        [
            ("morning", "daily", "overdue"),
            ("monthly", "monthly", "overdue"),
            ("evening", "daily", "overdue"),
            ("weekly", "weekly", "due"),
            ("night", "daily", "upcoming"),
            ("quarterly", "quarterly", "upcoming"),
        ]
    );
    let mut automatic = 0;
    for round in body["checklists"].as_array().unwrap() {
        for item in round["items"].as_array().unwrap() {
            if item["kind"] == "auto" {
                automatic += 1;
                for key in ["text", "at", "source"] {
                    let value = item["evidence"][key].as_str().unwrap_or_default();
                    assert!(!value.is_empty(), "{} of {}: {item}", key, round["id"]);
                }
            } else {
                assert_eq!(item["state"], "open", "{item}");
            }
        }
    }
    assert!(automatic > 60, "{automatic}");
    // Of a day in the future nothing has been written yet.
    let there = &round(&body, "morning")["items"][0];
    assert_eq!((&there["id"], &there["state"]), (&"report-there".into(), &"failed".into()), "{there}");
    assert!(there["remedies"].as_array().unwrap().iter().any(|one| one["action"]["of"] == "show-reports"));
    assert_eq!(round(&body, "weekly")["due_by"].as_str().unwrap().len(), "2026-12-06T20:30:00Z".len());
}

#[test]
fn a_round_is_ticked_read_and_done() {
    let home = Home::new();
    let (_demo, profile) = demo(&home);
    let run = |words: &[&str]| {
        home.json(&[&["--profile", &profile, "--at", FIRST_SUNDAY, "checklist"][..], words].concat())
    };
    let mine = home.path("demo/checklists");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(
        mine.join("mine.toml"),
        "id = 'mine'\ntitle = 'Mine'\ncadence = 'daily'\nwhen = 'Sunday 20:00'\nopen_for = '30m'\n\
         [[items]]\nid = 'process'\nsection = 'S'\ntext = 'It runs'\nproof = { signal = 'process.state' }\n\
         [[items]]\nid = 'look'\nsection = 'S'\ntext = 'Look'\n",
    )
    .unwrap();
    let (_, shown) = run(&["show", "mine"]);
    assert_eq!(round(&shown, "mine")["items"][0]["state"], "passed", "{shown}");
    let (code, done) = run(&["tick", "mine", "look", "--note", "seen"]);
    assert_eq!((code, &round(&done, "mine")["state"]), (0, &"done".into()), "{done}");
    assert_eq!(round(&done, "mine")["items"][1]["note"], "seen");
    let (_, found) = run(&["search", "SEEN"]);
    assert_eq!(found["past"].as_array().unwrap().len(), 1);

    // A report that is shown has been read.
    let (_, reports) = home.json(&["--profile", &profile, "reports", "list"]);
    let newest = reports["reports"].as_array().unwrap().iter().find(|one| one["state"] == "arrived").unwrap();
    let (kind, date) = (newest["kind"].as_str().unwrap(), newest["date"].as_str().unwrap());
    let (code, _) = home.json(&["--profile", &profile, "reports", "show", kind, date]);
    assert_eq!(code, 0);
    let checklist = if kind == "daily_summary" { "night" } else { kind };
    let late = format!("{date}T23:45");
    let (_, body) = home.json(&["--profile", &profile, "--at", &late, "checklist", "show", checklist]);
    let read =
        round(&body, checklist)["items"].as_array().unwrap().iter().find(|item| item["id"] == "report-read");
    assert_eq!(read.unwrap()["state"], "passed", "{body}");
}

#[test]
fn wrong_words_are_answered_with_the_right_ones_and_change_nothing() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let profile = text(&profile).to_owned();
    let run = |words: &[&str]| {
        home.run(&[&["--profile", &profile, "--at", FIRST_SUNDAY, "checklist"][..], words].concat())
    };
    for (words, said) in [
        (&["show", "noon"][..], "morning, evening, night"),
        (&["tick", "weekly", "nothing"], "automation-worth"),
        (&["tick", "quarterly", "a-fits"], "not due yet"),
        (&["skip", "weekly", "--reason", " "], "needs a reason"),
        (&["tick", "morning", "report-there"], "Say in a note"),
    ] {
        let (code, out, stderr) = run(words);
        assert!(code == 1 || code == 64, "{words:?}: {code}");
        assert!(out.is_empty() && stderr.contains(said), "{words:?}: {stderr}");
    }
    let (_, body) = home.json(&["--profile", &profile, "--at", FIRST_SUNDAY, "checklist", "list"]);
    let touched = |item: &Value| !item["by_hand_at"].is_null() || item["note"] != "";
    let items =
        body["checklists"].as_array().unwrap().iter().flat_map(|round| round["items"].as_array().unwrap());
    assert_eq!(items.filter(|item| touched(item)).count(), 0);
}

#[test]
fn a_checklist_with_a_mistake_is_named_with_its_line_and_the_others_stay_in_force() {
    let home = Home::new();
    let (root, profile) = home.demo();
    std::fs::create_dir(root.join("checklists")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(root.join("checklists").join(name), text).unwrap();
    let head = "id = 'morning'\ntitle = 'M'\ncadence = 'daily'\nwhen = '06:00'\nopen_for = '30m'\n";
    write(
        "a.toml",
        &format!(
            "{head}[[items]]\nid = 'x'\nsection = 's'\ntext = 't'\nafter = ['y']\n[[items]]\nid = 'y'\nsection = 's'\ntext = 't'\nafter = ['x']\n"
        ),
    );
    write(
        "b.toml",
        &format!(
            "{head}[[items]]\nid = 'x'\nsection = 's'\ntext = 't'\n[[items]]\nid = 'x'\nsection = 's'\ntext = 't'\n"
        ),
    );
    let (code, body) = home.json(&["--profile", text(&profile), "checklist", "list"]);
    assert_eq!(code, 0);
    let problems: Vec<&str> =
        body["problems"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("a.toml, line 6: “x” waits for itself"), "{problems:?}");
    assert!(problems[1].contains("b.toml, line 11: the item “x” is there twice"), "{problems:?}");
    assert_eq!(round(&body, "morning")["title"], "Morning round");
    assert_eq!(body["checklists"].as_array().unwrap().len(), 6);
}

#[test]
fn the_disaster_recovery_items_are_proven_by_what_a_drill_showed() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let at = |minute: u32, args: &[&str]| {
        let at = format!("2026-04-05T10:{minute}");
        home.json(&[&["--at", &at, "--profile", text(&profile)], args].concat())
    };
    let items = || {
        let (code, shown) = at(59, &["checklist", "show", "quarterly"]);
        assert_eq!(code, 0, "{shown}");
        let items = shown["checklists"][0]["items"].as_array().unwrap().clone();
        ["d-backup", "d-restore", "d-works", "d-loss"].map(|id| {
            items.iter().find(|item| item["id"] == id).unwrap()["state"].as_str().unwrap().to_owned()
        })
    };
    assert_eq!(items(), ["open"; 4], "nothing was drilled yet");
    assert_eq!(at(10, &["backup", "create"]).0, 0);
    assert_eq!(at(11, &["backup", "drill"]).0, 0);
    assert_eq!(items(), ["passed", "passed", "open", "passed"], "no program looked at it");
    let more = "\n[drill]\ncommand = [\"/bin/sh\", \"-c\", \"exit $(cat data/verdict)\"]\n";
    let mut whole = std::fs::read_to_string(&profile).unwrap();
    whole.push_str(more);
    std::fs::write(&profile, whole).unwrap();
    for (verdict, works, minute) in [("0", "passed", 20), ("3", "failed", 30)] {
        std::fs::write(root.join("data/verdict"), verdict).unwrap();
        assert_eq!(at(minute, &["backup", "create"]).0, 0);
        let drilled = at(minute + 1, &["backup", "drill"]).1;
        assert_eq!(items()[2], works, "{drilled}");
    }
}
