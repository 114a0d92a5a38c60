//! The review of settings, and the drift of code and settings that nobody announced.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/ecosystem.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod ecosystem;
#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use ecosystem::Ecosystem;
use serde_json::Value;

const SETTINGS: &str = "# how often\ncycle_minutes: 15\nmail:\n  password: hunter2-is-mine\n  port: 25\n";

fn living() -> Ecosystem {
    let eco = Ecosystem::new();
    std::fs::create_dir_all(eco.root.join("config")).unwrap();
    write(&eco, "config/meta_learning_config.yaml", SETTINGS);
    eco
}

fn write(eco: &Ecosystem, name: &str, text: &str) {
    std::fs::write(eco.root.join(name), text).unwrap();
}

fn setting<'v>(review: &'v Value, key: &str) -> &'v Value {
    let all =
        review["files"].as_array().unwrap().iter().flat_map(|file| file["settings"].as_array().unwrap());
    all.into_iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("{key}: {review}"))
}

fn drift(eco: &Ecosystem) -> Value {
    let (_, check) = eco.json(&["check"]);
    let signals = check["signals"].as_array().unwrap();
    signals
        .iter()
        .find(|signal| signal["id"] == "settings.drift")
        .cloned()
        .unwrap_or_else(|| panic!("{check}"))
}

#[test]
fn the_view_has_every_value_and_shows_no_secret() {
    let eco = living();
    write(&eco, "config/bad_config.yaml", "a: 1\na: 2\n");
    let (code, review) = eco.json(&["tune", "review"]);
    assert_eq!((code, &review["reviewed_at"]), (0, &Value::Null), "{review}");
    assert_eq!(setting(&review, "cycle_minutes")["value"], "15");
    let secret = setting(&review, "mail.password");
    assert_eq!((secret["value"].as_str(), secret["secret"].as_bool()), (Some("hunt…"), Some(true)));
    assert_eq!(setting(&review, "mail.port")["line"], 5);
    let broken = &review["broken"][0];
    assert_eq!(broken["name"], "config/bad_config.yaml");
    assert!(broken["why"].as_str().unwrap().contains("line 2"), "{broken}");
    let (_, said, _) = eco.run(&["tune", "review"]);
    assert!(said.contains("Never reviewed") && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_changed_since_the_last_review_is_told_and_no_more_after_it() {
    let eco = living();
    let (code, done) = eco.json(&["tune", "review", "--done", "--note", "as it should be"]);
    assert_eq!((code, &done["done"]), (0, &Value::from(true)));
    let (_, review) = eco.json(&["tune", "review"]);
    assert_eq!(
        (&review["changed"], &review["unknown"], &review["note"]),
        (&0.into(), &0.into(), &"as it should be".into())
    );
    write(
        &eco,
        "config/meta_learning_config.yaml",
        "cycle_minutes: 30 # slower\nmail:\n  password: hunter3-is-mine\nnew_key: true\n",
    );
    write(&eco, "config/new_config.yaml", "x: 1\n");
    let (_, review) = eco.json(&["tune", "review"]);
    let cycle = setting(&review, "cycle_minutes");
    assert_eq!((cycle["before"].as_str(), cycle["changed"].as_bool()), (Some("15"), Some(true)));
    // Both look the same from outside, and it is told all the same that it is another.
    assert_eq!(setting(&review, "mail.password")["changed"], true);
    assert_eq!(setting(&review, "new_key")["unknown"], true);
    assert_eq!(review["files"][0]["removed"][0][0], "mail.port");
    assert_eq!(review["files"][1]["new"], true);
    assert_eq!((&review["changed"], &review["unknown"]), (&3.into(), &2.into()), "{review}");
    let (_, said, _) = eco.run(&["tune", "review"]);
    assert!(said.contains("another secret than before") && said.contains("(was 15)"), "{said}");
    std::fs::remove_file(eco.root.join("config/new_config.yaml")).unwrap();
    assert_eq!(eco.run(&["tune", "review", "--done"]).0, 0);
    let (_, review) = eco.json(&["tune", "review"]);
    assert_eq!(
        (&review["changed"], &review["unknown"], &review["gone"]),
        (&0.into(), &0.into(), &Value::Array(Vec::new()))
    );
    // A key that was there once is none that nobody has seen.
    write(&eco, "config/meta_learning_config.yaml", SETTINGS);
    let (_, review) = eco.json(&["tune", "review"]);
    assert_eq!(setting(&review, "mail.port")["unknown"], false);
    let (_, journal) = eco.json(&["journal"]);
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.iter().filter(|entry| entry["kind"] == "review").count(), 2, "{journal}");
    assert!(entries[1]["text"].as_str().unwrap().ends_with("as it should be"), "{journal}");
    // What is kept for it is for nobody else's eyes.
    for entry in std::fs::read_dir(eco.home.path(".local/share/caretaker/review")).unwrap().flatten() {
        for file in std::fs::read_dir(entry.path()).unwrap().flatten() {
            let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{file:?}");
        }
    }
}

#[test]
fn drift_is_yellow_until_it_is_reviewed_and_what_caretaker_changes_is_none() {
    let eco = living();
    assert_eq!((&drift(&eco)["value"], &drift(&eco)["level"]), (&0.0.into(), &"green".into()));
    // By Caretaker: there and back.
    assert_eq!(eco.run(&["tune", "set", "meta_learning_config.yaml", "cycle_minutes", "20", "--yes"]).0, 0);
    assert_eq!(drift(&eco)["level"], "green");
    assert_eq!(eco.run(&["tune", "revert", "--yes"]).0, 0);
    assert_eq!(drift(&eco)["level"], "green");
    // By somebody else.
    write(&eco, "helper.py", "x = 1\n");
    let told = drift(&eco);
    assert_eq!((&told["value"], &told["level"]), (&1.0.into(), &"yellow".into()), "{told}");
    assert!(told["reason"].as_str().unwrap().starts_with("helper.py is new"), "{told}");
    assert!(told["remedy"]["text"].as_str().unwrap().contains("tune review"), "{told}");
    // Another change by Caretaker announces its own file only.
    assert_eq!(eco.run(&["tune", "set", "meta_learning_config.yaml", "cycle_minutes", "20", "--yes"]).0, 0);
    assert_eq!(drift(&eco)["value"], 1.0);
    let (_, review) = eco.json(&["tune", "review", "--done"]);
    assert_eq!(review["drift"][0]["path"], "helper.py");
    assert_eq!(drift(&eco)["level"], "green");
}

#[test]
fn a_restore_is_no_drift() {
    let eco = living();
    let (_, made) = eco.json(&["backup", "create"]);
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    assert_eq!(drift(&eco)["level"], "green");
    write(&eco, "config/meta_learning_config.yaml", "cycle_minutes: 5\n");
    assert_eq!(drift(&eco)["level"], "yellow");
    let (code, _, said) = eco.run(&["backup", "restore", id, "--only", "config", "--yes"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(drift(&eco)["value"], 0.0);
    assert_eq!(eco.run(&["backup", "undo", "--yes"]).0, 0);
    assert_eq!(drift(&eco)["value"], 0.0, "what the undo brought back is what Caretaker brought back");
}
