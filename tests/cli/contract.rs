//! The command line's contract: shapes, exit codes, refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::os::unix::fs::PermissionsExt;

use home::{Home, text};

#[test]
fn check_answers_in_the_contract_s_shape() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let (code, check) = home.json(&["--profile", text(&profile), "check"]);
    // Nobody started the demo: its process is gone, and that is red.
    assert_eq!(code, 2);
    assert_eq!(check["light"], "red");
    assert_eq!(check["schema"], 1);
    for field in ["at", "light", "summary", "signals", "modules", "contradictions"] {
        assert!(!check[field].is_null(), "{field} is missing");
    }
    let fields = [
        "id",
        "label",
        "value",
        "unit",
        "level",
        "source",
        "since",
        "bands",
        "reason",
        "remedy",
        "observed_at",
    ];
    for signal in check["signals"].as_array().expect("signals") {
        for field in fields {
            assert!(signal.get(field).is_some(), "{field} is missing in {signal}");
        }
    }
}

#[test]
fn schema_comes_first() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let (_, stdout, _) = home.run(&["--profile", text(&profile), "--json", "process", "status"]);
    assert!(stdout.starts_with(r#"{"schema":1,"#), "{stdout}");
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
}

#[test]
fn no_profile_is_answered_with_the_command_that_makes_one() {
    let home = Home::new();
    let (code, stdout, stderr) = home.run(&["check"]);
    assert_eq!((code, stdout.as_str()), (64, ""));
    assert!(stderr.contains("caretaker profile init --root"), "{stderr}");
}

#[test]
fn wrong_usage_is_64_and_help_is_0() {
    let home = Home::new();
    for wrong in [
        &["chekc"][..],
        &["check", "--nonsense"],
        &["history"],
        &["history", "disk.fre"],
        &["--at", "soon", "check"],
    ] {
        let (code, _, stderr) = home.run(wrong);
        assert_eq!(code, 64, "{wrong:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
    assert_eq!(home.run(&["--help"]).0, 0);
    assert_eq!(home.run(&["--version"]).0, 0);
}

#[test]
fn a_broken_profile_is_64_and_names_line_and_key() {
    let home = Home::new();
    let profile = home.path("caretaker.toml");
    let text_of = format!("schema = 1\n[ecosystem]\nroot = {:?}\nnmae = \"x\"\n", home.path("").display());
    std::fs::write(&profile, text_of).expect("written");
    std::fs::set_permissions(&profile, std::fs::Permissions::from_mode(0o600)).expect("mode");
    let (code, problems) = home.json(&["--profile", text(&profile), "profile", "check"]);
    assert_eq!(code, 64);
    assert_eq!(problems["ok"], false);
    assert_eq!(problems["problems"][0]["line"], 4);
    let (code, _, stderr) = home.run(&["--profile", text(&profile), "check"]);
    assert_eq!(code, 64);
    assert!(stderr.contains("nmae") && stderr.contains("4"), "{stderr}");
}

#[test]
fn a_profile_that_others_can_write_is_refused() {
    let home = Home::new();
    let (_, profile) = home.demo();
    std::fs::set_permissions(&profile, std::fs::Permissions::from_mode(0o622)).expect("mode");
    let (code, _, stderr) = home.run(&["--profile", text(&profile), "check"]);
    assert_eq!(code, 64, "{stderr}");
    assert!(stderr.contains("chmod go-w"), "{stderr}");
}

#[test]
fn init_writes_a_profile_that_check_works_with_at_once() {
    let home = Home::new();
    let root = real_folder(&home);
    let profile = home.path("mine.toml");
    let (code, init) = home.json(&["--profile", text(&profile), "profile", "init", "--root", text(&root)]);
    assert_eq!(code, 0);
    assert_eq!(init["profile"], text(&profile));
    assert_eq!(init["found"]["state_file"], "data/ecosystem_state.json");
    let (code, check) = home.json(&["--profile", text(&profile), "check"]);
    // Its process does not run here, which is red; everything else was understood.
    assert_eq!((code, check["cause"].as_str()), (2, Some("process.state")), "{}", check["summary"]);
    let errors = check["signals"].as_array().expect("signals").iter().find(|s| s["id"] == "logs.errors_24h");
    assert_eq!(errors.map(|signal| signal["level"].clone()), Some("green".into()));

    let before = std::fs::read(&profile).expect("there");
    let (code, _, stderr) =
        home.run(&["--profile", text(&profile), "profile", "init", "--root", text(&root)]);
    assert_eq!(code, 1, "never over an existing one: {stderr}");
    assert_eq!(std::fs::read(&profile).expect("there"), before);
}

/// A folder laid out as real ecosystems are, without a mark of the demo.
fn real_folder(home: &Home) -> std::path::PathBuf {
    let root = home.path("self-evolving-ecosystem");
    for folder in ["data", "config", "logs", "reports"] {
        std::fs::create_dir_all(root.join(folder)).expect("made");
    }
    let write = |path: &str, content: &str| std::fs::write(root.join(path), content).expect("written");
    write("ecosystem_integration.py", "print('ecosystem')\n");
    write(
        "data/ecosystem_state.json",
        r#"{"timestamp": "2025-12-16T03:00:00", "state": "shutdown", "metrics": {"uptime_hours": 24.5}, "modules": {"Meta-Learning Analysis": {"status": "integrated", "run_count": 10, "error_count": 0}}}"#,
    );
    write("config/continuous_learning_config.yaml", "# how often\ncycle_interval_minutes: 5\n");
    write(
        "logs/ecosystem.log",
        "2025-12-16 03:00:00,000 - EcosystemIntegration - INFO - error_count: 0\n2025-12-16 03:00:01,123 - EcosystemIntegration - ERROR - Error in Meta-Learning Analysis: division by zero\n",
    );
    write("reports/morning_20251216.txt", "Morning Optimization Report\n");
    root
}

#[test]
fn history_and_alerts_are_empty_before_anything_was_recorded() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let (code, history) = home.json(&["--profile", text(&profile), "history", "disk.free"]);
    assert_eq!((code, history["points"].as_array().map(Vec::len)), (0, Some(0)));
    let (code, alerts) = home.json(&["--profile", text(&profile), "alerts", "list"]);
    assert_eq!((code, alerts["alerts"].as_array().map(Vec::len)), (0, Some(0)));
}

#[test]
fn a_check_is_remembered() {
    let home = Home::new();
    let (_, profile) = home.demo();
    home.json(&["--profile", text(&profile), "check"]);
    let (code, history) = home.json(&["--profile", text(&profile), "history", "disk.free", "--since", "1h"]);
    assert_eq!(code, 0);
    let points = history["points"].as_array().expect("points");
    assert_eq!(points.len(), 1, "{points:?}");
    assert!(points[0]["mean"].as_f64().expect("a mean") > 0.0);
}

#[test]
fn logs_are_counted_by_level_and_module() {
    let home = Home::new();
    let root = real_folder(&home);
    let profile = home.path("mine.toml");
    home.run(&["--profile", text(&profile), "profile", "init", "--root", text(&root)]);
    let at = ["--profile", text(&profile), "--at", "2025-12-16T12:00Z"];
    let (code, errors) = home.json(&[&at[..], &["logs", "errors"]].concat());
    assert_eq!((code, errors["count"].as_u64()), (0, Some(1)));
    assert_eq!(errors["by_module"]["Meta-Learning Analysis"], 1);
    assert_eq!(errors["records"][0]["level"], "ERROR");
    let later = ["--profile", text(&profile), "--at", "2025-12-18T12:00Z"];
    assert_eq!(home.json(&[&later[..], &["logs", "errors"]].concat()).1["count"], 0);
    let (code, size) = home.json(&["--profile", text(&profile), "logs", "size"]);
    assert_eq!((code, size["files"].as_u64()), (0, Some(1)));
}

#[test]
fn another_scenario_takes_the_place_of_the_one_that_runs() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let start = || {
        home::Running(
            home.caretaker()
                .args(["demo", "run", text(&root)])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap(),
        )
    };
    let pid_becomes = |wanted: u32| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let (_, status) = home.json(&["--profile", text(&profile), "process", "status"]);
            if status["pid"] == wanted {
                return status;
            }
            assert!(std::time::Instant::now() < deadline, "{status}");
        }
    };
    let mut first = start();
    pid_becomes(first.0.id());
    let second = start();
    let status = pid_becomes(second.0.id());
    assert_eq!(status["twins"].as_array().map(Vec::len), Some(0));
    assert!(first.0.wait().unwrap().success(), "it was asked to end, and saved its state");
}

#[test]
fn completions_and_manual_pages_need_no_home() {
    let home = Home::new();
    let run = |args: &[&str]| home.caretaker().env_remove("HOME").args(args).output().expect("runs");
    for shell in ["bash", "zsh", "fish"] {
        let out = run(&["completions", shell]);
        assert!(out.status.success() && out.stdout.len() > 1_000, "{shell}");
    }
    let man = run(&["man", "logs", "errors"]);
    assert!(man.status.success());
    assert!(String::from_utf8_lossy(&man.stdout).contains(".TH"));
    let check = run(&["check"]);
    assert_eq!(check.status.code(), Some(64), "no home and no profile is wrong usage");
}
