//! The journal on the command line: what was done is in it, and a change to it shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use home::{Home, text};
use serde_json::Value;

fn kinds(body: &Value) -> Vec<(&str, &str)> {
    let entries = body["entries"].as_array().unwrap().iter();
    entries.map(|entry| (entry["kind"].as_str().unwrap(), entry["ref"].as_str().unwrap_or("-"))).collect()
}

#[test]
fn what_was_done_is_in_the_journal_and_is_found() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let run = |words: &[&str]| home.json(&[&["--profile", text(&profile)][..], words].concat());
    let sunday = ["--at", "2026-12-06T20:05"];
    let (_, made) = run(&["backup", "create", "--kind", "weekly"]);
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(run(&["backup", "drill", &id]).0, 0);
    assert_eq!(
        run(&[&sunday[..], &["checklist", "skip", "weekly", "--reason", "on the road"]].concat()).0,
        0
    );
    let (code, noted) = run(&["journal", "note", "  the cat slept on it "]);
    assert_eq!((code, noted["entries"][0]["text"].as_str()), (0, Some("the cat slept on it")));
    let (code, said, _) = home.run(&["--profile", text(&profile), "journal", "note", " "]);
    assert_eq!((code, said.as_str()), (64, ""), "nothing to note");

    let (_, body) = run(&["--at", "2026-12-07T00:00", "journal", "--since", "365d"]);
    assert_eq!(
        kinds(&body),
        [("note", "-"), ("skip", "weekly"), ("drill", id.as_str()), ("backup", id.as_str())],
        "{body}"
    );
    let (_, found) = run(&["--at", "2026-12-07T00:00", "journal", "--since", "365d", "--find", "ROAD"]);
    assert_eq!(kinds(&found), [("skip", "weekly")]);
    assert!(found["entries"][0]["text"].as_str().unwrap().ends_with("left out: on the road"));
    let (code, check) = run(&["journal", "check"]);
    assert_eq!((code, &check["ok"]), (0, &Value::from(true)));
}

#[test]
fn the_months_entry_is_written_once_replaced_and_taken_back() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let run = |words: &[&str]| home.json(&[&["--profile", text(&profile)][..], words].concat());
    let file = root.join("VERSION_HISTORY.md");
    let (code, made) = run(&["backup", "create"]);
    assert_eq!(code, 0, "{made}");
    assert_eq!(run(&["check"]).0, 2);
    let (code, shown) = run(&["journal", "version"]);
    assert_eq!((code, &shown["written"], &shown["action"]), (0, &false.into(), &"add".into()), "{shown}");
    let entry = shown["text"].as_str().unwrap();
    for part in [
        "- Uptime: ",
        "- CPU: ",
        "- Memory: ",
        "- Errors, 24 h: ",
        "- Incidents: ",
        "- Backups: 1 made and proven",
        "- Drill: none",
        "- Findings open: it was never examined",
    ] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
    assert!(!file.exists());
    // Unasked nothing is written.
    assert_eq!(home.run(&["--profile", text(&profile), "journal", "version", "--write"]).0, 1);
    assert_eq!(run(&["journal", "version", "--write", "--dry-run"]).1["written"], false);
    assert!(!file.exists());
    std::fs::write(&file, "# Ours\n\n## Version 2020.01\n- begun\n").unwrap();
    let (code, written) = run(&["journal", "version", "--write", "--yes"]);
    assert_eq!((code, &written["written"]), (0, &true.into()), "{written}");
    let first = std::fs::read_to_string(&file).unwrap();
    assert!(first.starts_with("# Ours\n\n## Version 2020.01\n- begun\n\n## Version "), "{first}");
    assert!(first.contains(entry.lines().next_back().unwrap()), "{first}");
    // A second time replaces its own.
    assert_eq!(run(&["backup", "create"]).0, 0);
    let (_, again) = run(&["journal", "version", "--write", "--yes"]);
    assert_eq!(again["action"], "replace", "{again}");
    let second = std::fs::read_to_string(&file).unwrap();
    assert_eq!(second.matches("## Version ").count(), 2);
    assert!(second.contains("Backups: 2 made"), "{second}");
    assert_eq!(run(&["journal", "version", "--undo", "--yes"]).0, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    // What somebody edited stays.
    std::fs::write(&file, first.replace("- Uptime", "- Our uptime")).unwrap();
    let (code, _, said) = home.run(&["--profile", text(&profile), "journal", "version", "--write", "--yes"]);
    assert!(code == 1 && said.contains("edited it"), "{said}");
    let refused = |words: &[&str]| {
        home.run(&[&["--profile", text(&profile), "journal", "version"][..], words].concat()).0
    };
    assert_eq!(refused(&["--undo", "--yes"]), 1);
    assert_eq!(refused(&["--month", "2020-13"]), 64);
    let (_, body) = run(&["journal"]);
    assert_eq!(
        body["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "version").count(),
        2
    );
}
