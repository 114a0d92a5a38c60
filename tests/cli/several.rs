//! Several ecosystems on one machine: named, watched side by side, put off, and asked all at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::path::PathBuf;

use home::{Home, text};
use serde_json::Value;

/// A home with `names` watched beside each other, each a demo of its own.
fn machine(names: &[&str]) -> Home {
    let home = Home::new();
    for name in names {
        let root = home.path(&format!("ecosystems/{name}"));
        let (code, _, said) = home.run(&["demo", "create", text(&root)]);
        assert_eq!(code, 0, "{said}");
        let (code, _, said) = home.run(&["--profile", name, "profile", "init", "--root", text(&root)]);
        assert_eq!(code, 0, "{said}");
    }
    home
}

fn strings(of: &Value, key: &str) -> Vec<String> {
    of.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_has_its_own_profile_and_its_own_records() {
    let home = machine(&["main", "lab"]);
    let (code, listed) = home.json(&["profile", "list"]);
    assert_eq!(code, 0);
    assert_eq!(strings(&listed["ecosystems"], "id"), ["main", "lab"]);
    let state: Vec<PathBuf> = strings(&listed["ecosystems"], "state").iter().map(PathBuf::from).collect();
    assert_eq!(state[1], state[0].join("ecosystems/lab"));

    // What is noted of one is not noted of the other, whichever way it is named.
    let (code, _, said) = home.run(&["--profile", "lab", "watch", "--ticks", "1"]);
    assert_eq!(code, 0, "{said}");
    assert!(state[1].join("caretaker.sqlite3").exists() && !state[0].join("caretaker.sqlite3").exists());
    let profile = listed["ecosystems"][1]["profile"].as_str().unwrap();
    let noted = home.run(&["--profile", profile, "journal", "note", "only of lab"]);
    assert_eq!(noted.0, 0, "{}", noted.2);
    let (_, lab) = home.json(&["--profile", "lab", "journal"]);
    assert!(lab.to_string().contains("only of lab"), "{lab}");

    // A second profile of the same name is refused, and says how another is named.
    let root = home.path("ecosystems/lab");
    let (code, _, said) = home.run(&["profile", "init", "--root", text(&root)]);
    assert_eq!(code, 1);
    assert!(said.contains("--profile NAME"), "{said}");
    let (code, _, said) = home.run(&["--profile", "No Name", "check"]);
    assert_eq!(code, 64, "{said}");
}

#[test]
fn all_are_asked_at_once_and_the_worst_light_counts() {
    let home = machine(&["main", "lab"]);
    std::fs::write(home.path(".config/caretaker/ecosystems/broken.toml"), "schema = \n").unwrap();
    let (code, all) = home.json(&["--all", "check"]);
    assert_eq!(all["schema"], 1);
    let each = all["ecosystems"].as_array().unwrap();
    assert_eq!(strings(&all["ecosystems"], "id"), ["main", "broken", "lab"]);
    // No process runs: red; what cannot be read is unknown, and keeps nobody else from being looked at.
    assert_eq!(each.iter().map(|one| one["exit"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 3, 2]);
    assert_eq!((code, each[2]["reply"]["light"].as_str()), (2, Some("red")));
    assert!(each[1]["error"].as_str().unwrap().contains("broken.toml"), "{}", each[1]);

    let (code, said, _) = home.run(&["--all", "backup", "list"]);
    assert_eq!(code, 64, "a broken profile is wrong usage");
    assert!(said.contains("── main ──") && said.contains("── lab ──"), "{said}");
    let (code, _, said) = home.run(&["--all", "uninstall"]);
    assert_eq!(code, 64, "{said}");
    let (code, _, said) = home.run(&["--all", "--profile", "lab", "check"]);
    assert_eq!(code, 64, "{said}");
}

#[test]
fn watch_all_looks_at_each_and_records_each() {
    let home = machine(&["main", "lab"]);
    let (code, said, complaints) =
        home.run(&["--all", "--json", "watch", "--every", "100ms", "--ticks", "2"]);
    assert_eq!(code, 0, "{complaints}");
    let of = |id: &str| {
        let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["ecosystem"] == id).count()
    };
    assert!(of("main") >= 2 && of("lab") >= 2, "{said}");
    for state in ["", "ecosystems/lab/"] {
        assert!(home.path(&format!(".local/share/caretaker/{state}caretaker.sqlite3")).exists());
    }
}

#[test]
fn one_that_is_put_off_is_asked_no_more_and_comes_back_as_it_was() {
    let home = machine(&["main", "lab"]);
    let profile = home.path(".config/caretaker/ecosystems/lab.toml");
    let before = std::fs::read(&profile).unwrap();
    let (code, _, said) = home.run(&["profile", "off", "lab"]);
    assert_eq!(code, 0, "{said}");
    let (_, all) = home.json(&["--all", "check"]);
    assert_eq!(strings(&all["ecosystems"], "id"), ["main"]);
    let (_, listed) = home.json(&["profile", "list"]);
    assert_eq!(listed["ecosystems"][1]["watched"], false);
    let (code, _, said) = home.run(&["profile", "off", "lab"]);
    assert_eq!(code, 1, "{said}");
    let (code, _, said) = home.run(&["profile", "on", "lab"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(std::fs::read(&profile).unwrap(), before);
}
