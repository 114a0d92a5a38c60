//! `caretaker verify` and `caretaker audit` as people and scripts use them: exit codes, findings opened, accepted and closed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/living.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod living;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use home::{Home, text};
use living::Living;
use serde_json::Value;

/// A token that nobody gave out.
const TOKEN: &str = "ghp_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R";

fn check<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("there is no {id}"))
}

fn finding<'a>(answer: &'a Value, id: &str) -> Option<&'a Value> {
    answer["findings"].as_array().unwrap().iter().find(|one| one["id"] == id)
}

fn failed(answer: &Value) -> Vec<(&str, &str)> {
    let checks = answer["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false);
    checks.map(|check| (check["severity"].as_str().unwrap(), check["id"].as_str().unwrap())).collect()
}

#[test]
fn a_clean_demo_shows_nothing_false() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let audit = |words: &[&str]| home.json(&[&["--profile", text(&profile)], words].concat());
    let (code, audited) = audit(&["audit"]);
    assert_eq!((code, &audited["kind"]), (2, &Value::from("audit")));
    assert!(audited["checks"].as_array().unwrap().len() >= 41);
    // All that is critical or high is that there is no backup, and there is none.
    let pressing = |answer: &Value| -> Vec<String> {
        let all = failed(answer).into_iter().filter(|(severity, _)| matches!(*severity, "critical" | "high"));
        all.map(|(_, id)| id.to_owned()).collect()
    };
    assert_eq!(pressing(&audited), ["resilience/backup"]);
    let (code, _) = audit(&["backup", "create"]);
    assert_eq!(code, 0);
    let (_, again) = audit(&["audit"]);
    assert_eq!(pressing(&again), Vec::<String>::new(), "{again}");
    assert!(finding(&again, "resilience/backup").unwrap()["closed_at"].is_string(), "it was closed");
    let (code, verified) = audit(&["verify"]);
    assert_eq!((code, pressing(&verified)), (2, Vec::new()), "{verified}");
    for check in verified["checks"].as_array().unwrap() {
        for field in ["id", "area", "severity", "ok", "text", "evidence", "remedy", "places", "more"] {
            assert!(check.get(field).is_some(), "{field}: {check}");
        }
    }
}

#[test]
fn a_finding_is_opened_followed_accepted_and_closed() {
    let living = Living::new("");
    let settings = living.root().join("config/settings.json");
    let write = |secret: bool| {
        let line = if secret { format!("\"token\": \"{TOKEN}\"") } else { "\"round\": 1".to_owned() };
        fs::write(&settings, format!("{{{line}}}\n")).unwrap();
    };
    write(true);
    let (code, first, said) = living.json(&["audit"]);
    assert_eq!(code, 2, "{said}");
    let secret = check(&first, "configuration/secrets");
    assert_eq!((&secret["ok"], &secret["severity"]), (&Value::Bool(false), &Value::from("critical")));
    assert_eq!(secret["places"][0]["path"], "config/settings.json");
    assert!(!first.to_string().contains(&TOKEN[..8]), "no secret is shown");
    let found = finding(&first, "configuration/secrets").unwrap();
    assert_eq!(
        (&found["overdue"], &found["opened_at"]),
        (&Value::Bool(true), &found["due_by"]),
        "critical is now"
    );
    for field in ["id", "area", "severity", "opened_at", "due_by", "overdue", "closed_at", "text"] {
        assert!(found.get(field).is_some(), "{field}: {found}");
    }

    // Listed, with what it is.
    let (code, listed, _) = living.json(&["audit", "findings"]);
    assert_eq!(code, 0);
    assert_eq!(listed["findings"][0]["id"], "configuration/secrets", "the worst first");

    // A day later it is the same finding; accepted, it is quiet.
    let opened = found["opened_at"].clone();
    let (code, _, said) = living.json(&["audit", "accept", "configuration/secrets", "--reason", " "]);
    assert_eq!(code, 64, "{said}");
    let (code, _, said) = living.json(&["audit", "accept", "nothing/here", "--reason", "x"]);
    assert_eq!(code, 1, "{said}");
    let (code, accepted, _) =
        living.json(&["audit", "accept", "configuration/secrets", "--reason", "a test token"]);
    assert_eq!((code, &accepted["findings"][0]["accepted"]["reason"]), (0, &Value::from("a test token")));
    let (_, second, _) = living.json(&["audit"]);
    let found = finding(&second, "configuration/secrets").unwrap();
    assert_eq!((&found["opened_at"], &found["overdue"]), (&opened, &Value::Bool(false)));
    assert_eq!(
        check(&second, "configuration/secrets")["ok"],
        false,
        "it is not as it should be all the same"
    );

    // Another place of the same is not accepted.
    fs::write(living.root().join("config/more.json"), format!("{{\"token\": \"{TOKEN}\"}}\n")).unwrap();
    let (_, grown, _) = living.json(&["audit"]);
    assert!(finding(&grown, "configuration/secrets").unwrap()["accepted"].is_null());
    living.json(&["audit", "accept", "configuration/secrets", "--reason", "both"]);
    let (code, reopened, _) = living.json(&["audit", "reopen", "configuration/secrets"]);
    assert_eq!((code, &reopened["findings"][0]["accepted"]), (0, &Value::Null));
    assert_eq!(living.json(&["audit", "reopen", "configuration/secrets"]).0, 64, "nobody accepted it");

    // Mended, it is closed once, and gone then.
    write(false);
    fs::remove_file(living.root().join("config/more.json")).unwrap();
    let (_, mended, _) = living.json(&["audit"]);
    assert!(finding(&mended, "configuration/secrets").unwrap()["closed_at"].is_string());
    let (_, after, _) = living.json(&["audit"]);
    assert_eq!(finding(&after, "configuration/secrets"), None);
    let (_, journal, _) = living.json(&["journal", "--find", "configuration/secrets"]);
    let kinds: Vec<&str> = journal["entries"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["finding", "finding", "finding", "finding", "finding", "mended"]);
    assert!(!journal.to_string().contains(&TOKEN[..8]));
    assert_eq!(living.json(&["journal", "check"]).0, 0);
}

#[test]
fn exit_codes_follow_what_nobody_accepted() {
    let living = Living::new("");
    let (code, audited, _) = living.json(&["audit"]);
    assert_eq!(code, 2);
    for (_, id) in failed(&audited) {
        assert_eq!(living.json(&["audit", "accept", id, "--reason", "as it is"]).0, 0, "{id}");
    }
    assert_eq!(living.json(&["audit"]).0, 0, "all that is wrong was accepted");
    let told = living
        .home
        .caretaker()
        .args(["--profile", text(&living.profile()), "--state"])
        .arg(living.home.path("state"))
        .arg("audit")
        .output()
        .unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("accepted: as it is") && told.contains("should be:"), "{told}");
    let (code, _, said) = living.json(&["audit", "nonsense"]);
    assert_eq!(code, 64, "{said}");
    fs::remove_dir_all(living.root()).unwrap();
    let (code, _, said) = living.json(&["verify"]);
    assert_eq!(code, 1, "{said}");
}

#[test]
fn who_may_not_look_is_told_so_and_nothing_counts_as_well() {
    let living = Living::new("");
    fs::write(living.root().join("main.py"), "x = 1\n").unwrap();
    for (path, mode) in [("data/sub", 0o000), ("config/settings.json", 0o000), ("main.py", 0o000)] {
        fs::set_permissions(living.root().join(path), Permissions::from_mode(mode)).unwrap();
    }
    let (code, audited, said) = living::run(&mut living.ordinary_user(&["audit"]));
    assert_eq!(code, 2, "{said}");
    for id in [
        "data/json",
        "configuration/secrets",
        "code/secrets",
        "input/eval",
        "access/setuid",
        "dependencies/installed",
    ] {
        let check = check(&audited, id);
        assert_eq!(check["ok"], Value::Null, "{check}");
        assert!(
            !check["places"].as_array().unwrap().is_empty(),
            "it says what could not be looked at: {check}"
        );
    }
    // A state folder that cannot be written: the checks are shown all the same, and it is said.
    fs::set_permissions(living.root().join("data/sub"), Permissions::from_mode(0o700)).unwrap();
    let state = living.home.path("state");
    fs::set_permissions(&state, Permissions::from_mode(0o500)).unwrap();
    for entry in fs::read_dir(&state).unwrap() {
        fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o400)).unwrap();
    }
    let (code, audited, said) = living::run(&mut living.ordinary_user(&["audit"]));
    assert_eq!(code, 2, "{said}");
    assert!(audited["unwritten"].is_string() && said.contains("not followed"), "{said}");
}

#[test]
fn the_monthly_round_is_proven_by_the_newest_examination() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let run = |words: &[&str]| {
        home.json(&[&["--at", "2026-12-06T15:00", "--profile", text(&profile)], words].concat()).1
    };
    let item = |answer: &Value, id: &str| {
        let items = answer["checklists"][0]["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["id"] == id).unwrap();
        (found["state"].as_str().unwrap().to_owned(), found["evidence"].to_string())
    };
    let before = run(&["checklist", "show", "monthly"]);
    assert_eq!(item(&before, "s-code").0, "open", "{:?}", item(&before, "s-code"));
    run(&["audit"]);
    run(&["verify"]);
    let after = run(&["checklist", "show", "monthly"]);
    assert_eq!(item(&after, "s-code").0, "passed", "{:?}", item(&after, "s-code"));
    assert_eq!(item(&after, "v-configuration").0, "passed");
    let resilience = item(&after, "s-resilience");
    assert_eq!(resilience.0, "failed", "{resilience:?}");
    assert!(resilience.1.contains("No backup was made yet"), "{resilience:?}");
}

#[test]
fn a_search_for_secrets_alone_finds_the_same_and_writes_nothing_down() {
    let living = Living::new("");
    fs::write(living.root().join("config/settings.json"), format!("{{\"token\": \"{TOKEN}\"}}\n")).unwrap();
    // Nothing but secrets: that this is no JSON is an audit's business.
    fs::write(living.root().join("data/broken.json"), "{").unwrap();
    let (code, only, said) = living.json(&["audit", "--secrets"]);
    assert_eq!(code, 2, "{said}");
    let ids: Vec<&str> =
        only["checks"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.len() >= 4 && ids.iter().all(|id| id.contains("/secrets")), "{ids:?}");
    assert_eq!(failed(&only), [("critical", "configuration/secrets")]);
    let (_, findings, _) = living.json(&["audit", "findings"]);
    assert_eq!(findings["findings"], Value::Array(Vec::new()));
    let (_, whole, _) = living.json(&["audit"]);
    assert_eq!(
        check(&whole, "configuration/secrets")["places"],
        check(&only, "configuration/secrets")["places"]
    );
    assert_eq!(check(&whole, "data/json")["ok"], false);
}
