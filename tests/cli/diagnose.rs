//! Diagnostics: all of the manual's looks on one page, and a bundle from which no secret comes out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/ecosystem.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod ecosystem;
#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::os::unix::fs::PermissionsExt;

use ecosystem::Ecosystem;
use home::{Home, text};
use serde_json::Value;

fn ids(page: &Value) -> Vec<&str> {
    page["sections"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// The members of an archive by name.
fn members(path: &std::path::Path) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(std::fs::read(path).unwrap())).unwrap();
    let mut all = BTreeMap::new();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        all.insert(file.name().unwrap().into_owned(), text);
    }
    all
}

#[test]
fn the_page_holds_the_six_looks_and_what_is_known_beside() {
    let eco = Ecosystem::new();
    let (code, page) = eco.json(&["diagnose"]);
    assert_eq!(code, 0, "{page}");
    assert_eq!(
        ids(&page),
        [
            "process",
            "resources",
            "disk",
            "errors",
            "modules",
            "backup",
            "light",
            "incidents",
            "journal",
            "caretaker",
            "profile"
        ]
    );
    assert_eq!(page["light"], "green", "{page}");
    // Nothing was made, not even a place for a record.
    assert!(!eco.home.path(".local").exists());
    let (_, said, _) = eco.run(&["diagnose"]);
    for part in ["1. Process", "6. Last backup", "no mistakes", "nobody keeps the record"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_broken_profile_is_part_of_the_page() {
    let home = Home::new();
    let profile = home.path("p.toml");
    std::fs::write(&profile, "schema = 1\n[ecosystem]\nname = 5\n").unwrap();
    let (code, page) = home.json(&["--profile", text(&profile), "diagnose"]);
    assert_eq!(code, 64);
    let last = page["sections"].as_array().unwrap().last().unwrap();
    assert_eq!((last["id"].as_str(), last["level"].as_str()), (Some("profile"), Some("red")), "{page}");
    let bundle = home.path("b.zip");
    let (code, _) = home.json(&["--profile", text(&profile), "diagnose", "--bundle", text(&bundle)]);
    assert_eq!(code, 64);
    assert!(members(&bundle)["contents.txt"].contains("the profile cannot be used"));
    let (code, _, said) = home.run(&["--profile", text(&home.path("none.toml")), "diagnose"]);
    assert_eq!(code, 64);
    assert!(said.contains("profile init"), "{said}");
}

/// A probe is a program: a page starts none.
#[test]
fn no_program_is_started_for_the_page() {
    let eco = Ecosystem::new();
    let canary = eco.home.path("canary");
    eco.write_profile(&format!("[probe]\ncommand = [\"touch\", {:?}]\n", text(&canary)));
    assert_eq!(eco.run(&["profile", "check"]).0, 0);
    assert_eq!(eco.json(&["diagnose"]).0, 0);
    assert!(!canary.exists());
}

/// The ways in which a secret may be written.
fn ways(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let utf16: String = secret.chars().flat_map(|c| [c, '\0']).collect();
    let url = secret.replace('/', "%2F").replace('!', "%21").replace('+', "%2B");
    vec![
        secret.to_owned(),
        hex.to_uppercase(),
        hex,
        utf16,
        url,
        base64(secret),
        base64(&format!("x{secret}")),
        base64(&format!("xy{secret}")),
    ]
}

fn base64(text: &str) -> String {
    let out = std::process::Command::new("python3")
        .args([
            "-c",
            "import base64,sys; print(base64.b64encode(sys.argv[1].encode()).decode(), end='')",
            text,
        ])
        .output();
    String::from_utf8(out.unwrap().stdout).unwrap()
}

#[test]
fn a_planted_secret_comes_out_of_no_member_however_it_is_written() {
    let eco = Ecosystem::new();
    let token = format!("ghp_{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC1234");
    let secrets = ["Hunter/2+Zx9!", "correct-horse-7", &token, "Wonder4711!", "s3cr3t-in-url", "Alpha99Beta"];
    let [keyed, listed, token, commented, in_url, claimed] = secrets;
    std::fs::create_dir_all(eco.root.join("config")).unwrap();
    std::fs::write(
        eco.root.join("config/mail_config.yaml"),
        format!("smtp:\n  password:\n    {keyed}\n  tokens: [{listed}]\n  # was password: {commented}\ninterval: 5\nurl: redis://:{in_url}@h/0\n"),
    )
    .unwrap();
    std::fs::write(eco.root.join("config/broken_config.yaml"), format!("a: [1\npassword: {commented}\n"))
        .unwrap();
    // By name alone nobody would know them in the log.
    let mut log = ecosystem::good_log(1);
    for way in secrets.iter().flat_map(|secret| ways(secret)) {
        log.push_str(&format!(
            "2025-12-16 03:00:01,123 - X - ERROR - Error in Meta-Learning Analysis: {way} at {}\n",
            text(&eco.root)
        ));
    }
    std::fs::write(eco.log(), log).unwrap();
    let mut state: Value = serde_json::from_str(&ecosystem::good_state()).unwrap();
    state["modules"] = serde_json::json!({ format!("password={claimed}"): { "status": format!("token: {token}"), "run_count": 1, "error_count": 0 } });
    std::fs::write(eco.state(), state.to_string()).unwrap();
    eco.write_profile(&format!("# token = {token}, Bearer {token}\n"));
    assert_eq!(eco.run(&["journal", "note", &format!("set the password={keyed} today")]).0, 0);
    let bundle = eco.home.path("out/bundle.zip");
    std::fs::create_dir(eco.home.path("out")).unwrap();
    let (code, body) = eco.json(&["diagnose", "--bundle", text(&bundle)]);
    assert_eq!(code, 0, "{body}");
    assert_eq!(std::fs::metadata(&bundle).unwrap().permissions().mode() & 0o777, 0o600);
    let members = members(&bundle);
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "contents.txt",
            "incidents.json",
            "journal.json",
            "logs/01-ecosystem.log",
            "page.json",
            "page.txt",
            "profile.toml",
            "settings/config-mail_config.yaml",
            "versions.json"
        ]
    );
    let user_home = eco.home.path("");
    let user_home = text(&user_home).trim_end_matches('/');
    for (name, text) in &members {
        for secret in secrets {
            for way in ways(secret) {
                // The base64 of a word within another text differs in its last sign.
                let way = way.trim_end_matches('=');
                let way = &way[..way.len().min(12)];
                assert!(!text.contains(way), "{way} of {secret} in {name}:\n{text}");
            }
        }
        assert!(!text.contains(user_home), "{name}:\n{text}");
    }
    assert!(members["settings/config-mail_config.yaml"].contains("interval: 5"), "{members:?}");
    assert!(members["contents.txt"].contains("broken_config.yaml"), "{}", members["contents.txt"]);
    assert!(
        body["bundle"]["secrets"].as_u64().unwrap() > 40 && body["bundle"]["homes"].as_u64().unwrap() > 10,
        "{body}"
    );
    let said: Vec<&str> = body["bundle"]["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(said.len() + 1, names.len());

    // What is there is not written over unasked, and nothing but a file is ever.
    let before = std::fs::read(&bundle).unwrap();
    assert_eq!(eco.run(&["diagnose", "--bundle", text(&bundle)]).0, 1);
    assert_eq!(std::fs::read(&bundle).unwrap(), before);
    assert_eq!(eco.run(&["diagnose", "--bundle", text(&bundle), "--yes"]).0, 0);
    let link = eco.home.path("out/link.zip");
    std::os::unix::fs::symlink(eco.state(), &link).unwrap();
    assert_eq!(eco.run(&["diagnose", "--bundle", text(&link), "--yes"]).0, 1);
    assert!(serde_json::from_str::<Value>(&std::fs::read_to_string(eco.state()).unwrap()).is_ok());
    assert_eq!(std::fs::read_dir(eco.home.path("out")).unwrap().count(), 2, "nothing else was left");
}
