//! Backups by the command line where things go wrong: writers, full disks, folders that may not be written, two at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use home::{Home, text};
use serde_json::Value;

/// A home with a small ecosystem and its profile.
struct Eco {
    home: Home,
}

impl Eco {
    fn new(more: &str) -> Self {
        let home = Home::new();
        let eco = Self { home };
        for (name, content) in
            [("data/a.json", "{\"a\": 1}"), ("data/b.txt", "text"), ("config/c.yaml", "c: 1\n")]
        {
            let path = eco.home.path("eco").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let profile =
            format!("[ecosystem]\nroot = \"eco\"\n[process]\nargument = \"nobody-runs-this\"\n{more}");
        fs::write(eco.profile(), profile).unwrap();
        fs::set_permissions(eco.profile(), fs::Permissions::from_mode(0o600)).unwrap();
        eco
    }

    fn profile(&self) -> PathBuf {
        self.home.path("caretaker.toml")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.caretaker();
        command
            .arg("--json")
            .arg("--profile")
            .arg(self.profile())
            .arg("--state")
            .arg(self.home.path("state"));
        command.arg("backup").args(args);
        command
    }

    fn run(&self, args: &[&str]) -> (i32, Value, String) {
        let out = self.command(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
        (out.status.code().unwrap_or(-1), serde_json::from_slice(&out.stdout).unwrap_or_default(), stderr)
    }

    fn archives(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for kind in ["manual", "weekly", "daily", "monthly"] {
            let folder = self.home.path("backups").join(format!("ecosystem-{kind}"));
            let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
            all.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "gz")));
        }
        all.sort();
        all
    }
}

#[test]
fn no_archive_of_two_hundred_with_broken_json_is_called_good_while_it_is_written_all_the_time() {
    let eco = Eco::new("");
    let file = eco.home.path("eco/data/busy.json");
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut round = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                // In place, as Python does: cut first, then written bit by bit.
                let text = format!("{{\"round\": {round}, \"items\": [{}0]}}", "1, ".repeat(3_000));
                let _ = fs::write(&file, "");
                for part in text.as_bytes().chunks(1_500) {
                    use std::io::Write;
                    let _ =
                        fs::OpenOptions::new().append(true).open(&file).and_then(|mut to| to.write_all(part));
                }
                round += 1;
                std::thread::sleep(std::time::Duration::from_millis(round % 4));
            }
        })
    };
    let mut good = 0;
    for _ in 0..200 {
        let (code, made, stderr) = eco.run(&["create"]);
        assert!(matches!(code, 0 | 2), "{stderr}");
        let out = Command::new("tar")
            .args(["-xzOf", made["path"].as_str().unwrap(), "data/busy.json"])
            .output()
            .unwrap();
        let whole = serde_json::from_slice::<Value>(&out.stdout).is_ok();
        assert!(whole || code == 2, "broken JSON in an archive that was called good: {made}");
        assert!(code == 0 || !made["unstable"].as_array().unwrap().is_empty(), "{made}");
        good += u32::from(code == 0);
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert!(good > 100, "most are good: {good}");
}

#[test]
fn of_many_at_once_one_works_and_the_others_say_so() {
    let eco = Eco::new("");
    fs::write(eco.home.path("eco/data/large"), vec![7; 30_000_000]).unwrap();
    let start = || eco.command(&["create"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let many: Vec<_> = (0..50).map(|_| start()).collect();
    let mut done = 0;
    for child in many {
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        match out.status.code() {
            Some(0) => done += 1,
            Some(1) => assert!(said.contains("under way"), "{said}"),
            other => panic!("{other:?} {said}"),
        }
    }
    assert!(done >= 1);
    let (_, list, _) = eco.run(&["list"]);
    assert_eq!(list["backups"].as_array().unwrap().len(), done);
    assert_eq!(eco.archives().len(), done);
    for path in eco.archives() {
        assert_eq!(eco.run(&["verify", text(&path)]).0, 0);
    }
    // Two restores: one works, or one after the other; never both at once.
    let id = list["backups"][0]["id"].as_str().unwrap();
    let restore = || {
        let mut command = eco.command(&["restore", id, "--yes"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let two = [restore(), restore()];
    let codes = two.map(|child| child.wait_with_output().unwrap().status.code());
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert_eq!(fs::read(eco.home.path("eco/data/large")).unwrap().len(), 30_000_000);
}

#[test]
fn a_folder_that_may_not_be_written_is_named_and_the_process_is_left_alone() {
    let eco = Eco::new("");
    let (code, made, stderr) = eco.run(&["create"]);
    assert_eq!(code, 0, "{stderr}");
    let id = made["id"].as_str().unwrap().to_owned();
    let backups = eco.home.path("backups");
    let run = |args: &[&str]| {
        let mut command = eco.home.caretaker_as_ordinary_user();
        command.arg("--json").arg("--profile").arg(eco.profile()).arg("--state").arg(eco.home.path("state"));
        let out = command.arg("backup").args(args).output().unwrap();
        (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let mode = |mode| {
        for folder in [backups.clone(), backups.join("ecosystem-manual")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    drop(eco.home.caretaker_as_ordinary_user());
    mode(0o500);
    let (code, stderr) = run(&["create"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("backups"), "{stderr}");
    assert_eq!(run(&["verify", &id]).0, Some(0), "it can still be proven");
    mode(0o700);
    assert_eq!(run(&["create"]).0, Some(0));
    // A root that may not be written: nothing is staged, nothing is stopped.
    fs::set_permissions(eco.home.path("eco"), fs::Permissions::from_mode(0o500)).unwrap();
    let (code, stderr) = run(&["restore", &id, "--yes"]);
    fs::set_permissions(eco.home.path("eco"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(code, Some(1));
    assert!(stderr.contains("eco"), "{stderr}");
    assert_eq!(fs::read_dir(eco.home.path("eco")).unwrap().count(), 2);
}

#[test]
fn ten_thousand_foreign_files_are_neither_counted_nor_touched() {
    let eco = Eco::new("[backups]\ndaily = 1\n");
    let folder = eco.home.path("backups/ecosystem-daily");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..9_990 {
        fs::write(folder.join(format!("ecosystem-daily-2025{number:04}-060000.tar.gz")), "not ours").unwrap();
    }
    for number in 0..10 {
        let fifo = Command::new("mkfifo")
            .arg(folder.join(format!("ecosystem-daily-20240101-00000{number}.tar.gz")))
            .status();
        assert!(fifo.unwrap().success());
    }
    for day in ["14", "15", "16"] {
        let at = format!("2025-12-{day}T06:00:01");
        let out = eco
            .home
            .caretaker()
            .args(["--at", &at, "--json", "--profile"])
            .arg(eco.profile())
            .arg("--state")
            .arg(eco.home.path("state"))
            .args(["backup", "create", "--kind", "daily"])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    let out = eco
        .home
        .caretaker()
        .args(["--at", "2025-12-17T06:00", "--json", "--profile"])
        .arg(eco.profile())
        .arg("--state")
        .arg(eco.home.path("state"))
        .args(["backup", "prune", "--yes"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let pruned: Value = serde_json::from_slice(&out.stdout).unwrap();
    // The first of the three holds what the others need.
    assert_eq!(pruned["remove"].as_array().unwrap().len(), 1, "{pruned}");
    let left = fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 10_000 + 2 * 2, "all foreign files, and two archives with their manifests");
}

#[test]
fn a_disk_without_room_is_said_and_leaves_nothing() {
    let eco = Eco::new("");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise: Vec<u8> = Vec::new();
    for _ in 0..5_000_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    fs::write(eco.home.path("eco/data/large"), noise).unwrap();
    // No file may grow beyond this: what a full disk does, without one.
    for blocks in ["100", "8000", "30000", "70000"] {
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", blocks])
            .arg(env!("CARGO_BIN_EXE_caretaker"));
        command
            .env_clear()
            .env("HOME", eco.home.path(""))
            .env("TZ", "UTC")
            .env("PATH", std::env::var_os("PATH").unwrap());
        command.arg("--json").arg("--profile").arg(eco.profile()).arg("--state").arg(eco.home.path("state"));
        let out = command.args(["backup", "create"]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{blocks}: {said}");
        assert!(said.contains("cannot write"), "{said}");
        assert!(eco.archives().is_empty());
        let left = fs::read_dir(eco.home.path("backups/ecosystem-manual")).unwrap().count();
        assert_eq!(left, 0, "{blocks}");
    }
    assert_eq!(eco.run(&["create"]).0, 0);
}

#[test]
fn what_a_restore_replaced_and_the_second_place_are_listed_and_go_only_when_agreed_to() {
    let eco = Eco::new("[backups]\nsecond = \"~/volume\"\nweekly = 1\nsecond_weekly = 2\n");
    fs::create_dir(eco.home.path("volume")).unwrap();
    let at = |day: u32, args: &[&str]| {
        let mut command = eco.command(args);
        let out = command.args(["--at", &format!("2025-12-{day:02}T20:00")]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice::<Value>(&out.stdout).unwrap()
    };
    let [first, second, third] =
        [7, 14, 21].map(|day| at(day, &["create", "--kind", "weekly"])["id"].as_str().unwrap().to_owned());
    let plan = at(22, &["prune", "--dry-run"]);
    assert_eq!((&plan["remove"], &plan["removed"]), (&serde_json::json!([first, second]), &false.into()));
    assert_eq!(plan["second"]["remove"], serde_json::json!([first]));
    at(22, &["prune", "--yes"]);
    let list = at(22, &["list"]);
    let ids = |all: &Value| -> Vec<String> {
        all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (ids(&list["backups"]), ids(&list["second"])),
        (vec![third.clone()], vec![second.clone(), third])
    );
    assert_eq!(list["kept"], Value::Null);
    assert_eq!(eco.run(&["let-go", "--yes"]).0, 1, "nothing is kept yet");

    // What only the second place has comes back by its name.
    fs::write(eco.home.path("eco/data/b.txt"), "ruined").unwrap();
    let (code, _, stderr) = eco.run(&["restore", &second, "--yes"]);
    assert_eq!(
        (code, fs::read_to_string(eco.home.path("eco/data/b.txt")).unwrap().as_str()),
        (0, "text"),
        "{stderr}"
    );
    let kept = at(22, &["list"])["kept"].clone();
    assert!(kept["bytes"].as_u64().unwrap() > 0, "{kept}");
    let folder = PathBuf::from(kept["folder"].as_str().unwrap());
    let (code, shown, _) = eco.run(&["let-go", "--dry-run"]);
    assert_eq!((code, &shown["done"], folder.exists()), (0, &false.into(), true));
    let (code, _, stderr) = eco.run(&["let-go"]);
    assert!(code == 1 && stderr.contains("nobody is there to agree") && folder.exists(), "{stderr}");
    assert_eq!((eco.run(&["let-go", "--yes"]).0, folder.exists()), (0, false));
    assert_eq!(eco.run(&["undo", "--yes"]).0, 1);
}

#[test]
fn a_drill_with_a_program_that_is_not_content_says_what_it_printed() {
    let eco = Eco::new(
        "[drill]\ncommand = [\"/bin/sh\", \"-c\", \"grep -q ruined data/b.txt && echo 'b.txt is ruined' && exit 5; exit 0\"]\n",
    );
    eco.run(&["create"]);
    let (code, drilled, stderr) = eco.run(&["drill"]);
    assert_eq!((code, &drilled["ok"]), (0, &true.into()), "{stderr}");
    assert!(drilled["program"]["seconds"].is_number(), "{drilled}");
    let ids: Vec<&str> =
        drilled["verified"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["backup", "restore", "works", "loss"]);
    assert!(drilled["verified"].as_array().unwrap().iter().all(|one| one["ok"] == true), "{drilled}");
    fs::write(eco.home.path("eco/data/b.txt"), "ruined").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    eco.run(&["create"]);
    let (code, drilled, _) = eco.run(&["drill"]);
    assert_eq!(
        (code, &drilled["ok"], &drilled["program"]["tail"]),
        (2, &false.into(), &"b.txt is ruined".into())
    );
    let list = eco.run(&["list"]).1;
    let why = list["backups"][1]["drill_failed"]["why"].as_str().unwrap();
    assert!(why.contains("exit status: 5"), "{why}");
}
