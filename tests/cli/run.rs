//! `caretaker run`: exit codes, what is printed, and what is left when it is killed or may not write.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use home::{Home, Running, text};

/// An ecosystem with one program, which a shell runs.
struct Eco {
    home: Home,
    root: PathBuf,
}

impl Eco {
    fn new(script: &str) -> Self {
        let home = Home::new();
        let root = home.path("eco");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("run.sh"), script).unwrap();
        let profile = format!(
            "reports = []\nlogs = []\n[ecosystem]\nroot = {root:?}\n[[programs]]\nname = \"mine\"\n\
             command = [\"sh\", \"run.sh\"]\n"
        );
        fs::create_dir_all(home.path(".config/caretaker")).unwrap();
        fs::write(home.path(".config/caretaker/caretaker.toml"), profile).unwrap();
        Self { home, root }
    }

    fn outputs(&self) -> Vec<String> {
        let names =
            fs::read_dir(&self.root).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("mine_")).collect()
    }

    fn wait_for(&self, name: &str) {
        while !self.root.join(name).exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn the_exit_code_says_whether_it_says_that_all_is_well() {
    let eco = Eco::new("echo '✅ Tests: 12/12'; echo 'CPU Usage: 12.5%'");
    let (code, said) = eco.home.json(&["--at", "2025-12-16T12:00", "run", "mine"]);
    assert_eq!((code, said["exit"].as_i64(), said["ok"].as_bool()), (0, Some(0), Some(true)), "{said}");
    assert!(said["seconds"].as_f64().unwrap() >= 0.0);
    assert_eq!(said["output"], text(&eco.root.join("mine_20251216.txt")));
    assert_eq!(said["claims"]["passed"], 1);
    assert_eq!(said["claims"]["counts"][0]["of"], 12);
    assert_eq!(said["claims"]["figures"][0]["value"], 12.5);

    fs::write(eco.root.join("run.sh"), "echo '❌ \u{1b}[31mTests'; echo '✅ all else'").unwrap();
    let (code, stdout, _) = eco.home.run(&["run", "mine"]);
    assert_eq!(code, 2, "{stdout}");
    assert!(stdout.contains("1 ticked off, 1 failed") && !stdout.contains('\u{1b}'), "{stdout}");
    fs::write(eco.root.join("run.sh"), "echo 'no more'; exit 7").unwrap();
    let (code, said) = eco.home.json(&["run", "mine"]);
    assert_eq!((code, said["exit"].as_i64()), (2, Some(7)), "{said}");
}

#[test]
fn what_cannot_be_run_is_explained_and_listed_with_its_reason() {
    let eco = Eco::new("");
    let (code, stdout, stderr) = eco.home.run(&["run", "automation"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(
        stderr.starts_with("caretaker: cannot run automation: ") && stderr.contains("feature-02-"),
        "{stderr}"
    );
    assert!(stderr.contains("Set `command`"), "{stderr}");
    let (code, _, stderr) = eco.home.run(&["run", "benchmark"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("performance_benchmark.py is not in"), "{stderr}");
    assert_eq!(eco.home.run(&["run", "none"]).0, 1);
    assert_eq!(eco.home.run(&["run", "--baseline"]).0, 64);
    let (code, said) = eco.home.json(&["run"]);
    let programs = said["programs"].as_array().unwrap();
    assert_eq!((code, programs.len()), (0, 7));
    assert!(programs[4]["cannot_run"].as_str().unwrap().contains("feature-08-"));
    assert!(programs[6]["cannot_run"].is_null() && programs[6]["last"].is_null(), "{said}");
}

#[test]
fn a_baseline_is_kept_and_compared_with() {
    let eco = Eco::new("echo 'Items: 40'");
    assert_eq!(eco.home.json(&["run", "mine", "--baseline"]).1["baseline_kept"], true);
    fs::write(eco.root.join("run.sh"), "echo 'Items: 50'").unwrap();
    eco.home.run(&["run", "mine"]);
    fs::write(eco.root.join("run.sh"), "echo 'Items: 60'").unwrap();
    let (_, said) = eco.home.json(&["run", "mine"]);
    let items = &said["claims"]["figures"][0];
    assert_eq!((items["before"].as_f64(), items["baseline"].as_f64()), (Some(50.0), Some(40.0)), "{said}");
    let (_, journal, _) = eco.home.run(&["journal", "--find", "mine"]);
    assert_eq!(journal.lines().count(), 4, "{journal}");
}

#[test]
fn killed_in_the_middle_it_leaves_nothing_that_counts() {
    let eco = Eco::new("echo half; echo $$ > pid; while :; do sleep 1; done");
    let mut command = eco.home.caretaker();
    let child = command.args(["run", "mine"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let running = Running(child);
    eco.wait_for("pid");
    let (code, _, stderr) = eco.home.run(&["run", "mine"]);
    assert_eq!(code, 1, "two at once");
    assert!(stderr.contains("another program is being run"), "{stderr}");
    drop(running);
    assert!(eco.outputs().iter().all(|name| name.ends_with(".caretaker-draft")), "{:?}", eco.outputs());
    // The program itself nobody could end any more.
    let pid = fs::read_to_string(eco.root.join("pid")).unwrap();
    let _ = std::process::Command::new("kill").args(["-9", pid.trim()]).status();
    fs::write(eco.root.join("run.sh"), "echo whole").unwrap();
    assert_eq!(eco.home.run(&["run", "mine"]).0, 0);
    let outputs = eco.outputs();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
    assert_eq!(fs::read_to_string(eco.root.join(&outputs[0])).unwrap(), "whole\n");
}

#[test]
fn interrupted_it_ends_its_program_and_keeps_nothing() {
    let eco = Eco::new("echo half; echo $$ > pid; while :; do sleep 1; done");
    let mut command = eco.home.caretaker();
    let mut child =
        command.args(["run", "mine"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    eco.wait_for("pid");
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(eco.outputs(), [""; 0]);
    let pid = fs::read_to_string(eco.root.join("pid")).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z"), "{state}");
}

#[test]
fn where_nothing_may_be_written_nothing_is_run() {
    let eco = Eco::new("touch /tmp/should-not-run-$$; echo ran");
    // Everything in the home is nobody's from now on; the folder itself stays closed.
    let mut command = eco.home.caretaker_as_ordinary_user();
    let closed = std::process::Command::new("chmod").arg("555").arg(&eco.root).status().unwrap();
    assert!(closed.success());
    let out = command.args(["run", "mine"]).output().unwrap();
    let stderr = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot write into the folder of"), "{stderr}");
    assert_eq!(eco.outputs(), [""; 0]);
}

#[test]
fn the_demo_has_its_programs_and_their_files_are_its_reports() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let profile = text(&profile);
    for (name, kind) in [
        ("benchmark", "weekly_performance"),
        ("verification", "monthly_verification"),
        ("audit", "monthly_security"),
    ] {
        let (code, said) = home.json(&["--profile", profile, "run", name]);
        assert_eq!(code, 0, "{said}");
        assert!(said["claims"]["passed"].as_u64().unwrap() >= 5 && said["claims"]["failed"] == 0, "{said}");
        let output = said["output"].as_str().unwrap();
        assert!(output.starts_with(text(&root.join(kind))), "{output}");
        let (code, report) = home.json(&["--profile", profile, "reports", "show", kind]);
        assert_eq!((code, report["reports"][0]["path"].as_str()), (0, Some(output)), "{report}");
    }
    let (_, said) = home.json(&["--profile", profile, "run", "benchmark"]);
    assert_eq!(
        said["claims"]["figures"].as_array().unwrap().iter().filter(|one| one["met"] == true).count(),
        5
    );
    assert_eq!(said["claims"]["constant"], true);
}

#[test]
fn performance_says_what_cannot_be_told_and_why() {
    let eco = Eco::new("");
    let (code, said) = eco.home.json(&["performance", "--span", "month"]);
    assert_eq!(
        (code, said["span"].as_str(), said["baseline_kept"].as_bool()),
        (0, Some("month"), Some(false))
    );
    let figures = said["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 8, "{said}");
    assert!(figures.iter().all(|one| one["change"]["became"] == "unknown" && one["now"].is_null()), "{said}");
    let (code, stdout, _) = eco.home.run(&["performance"]);
    assert!(code == 0 && stdout.starts_with("It cannot be told"), "{stdout}");
    let (code, _, stderr) = eco.home.run(&["performance", "--keep-baseline"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("nothing is on record"), "{stderr}");
    assert_eq!(eco.home.run(&["performance", "--span", "year"]).0, 64);
}
