//! Sending away, killed at random instants: nothing lost, nothing twice, nothing half, and it goes on where it was.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says how often it killed"
)]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/noise.rs"]
mod pressless;
#[path = "../support/s3.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod s3;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use home::{Home, text};
use s3::{KEY, Store};
use serde_json::Value;

/// Kills in every run; a thousand with `make torture`.
const FEW: u32 = 8;
const MANY: u32 = 1_000;

struct Far {
    home: Home,
    store: Store,
    profile: std::path::PathBuf,
}

impl Far {
    fn new(more: &str) -> Self {
        let (home, store) = (Home::new(), Store::start());
        let (_, profile) = home.demo();
        let away = store.profile(&format!("daily = 1\nweekly = 1\n{more}"));
        let said = std::fs::read_to_string(&profile).unwrap() + &away;
        std::fs::write(&profile, said).unwrap();
        Self { home, store, profile }
    }

    fn caretaker(&self, args: &[&str]) -> Command {
        let mut command = self.home.caretaker();
        command
            .env("CARETAKER_PROFILE", &self.profile)
            .env("SECRET", KEY.1)
            .env("IDENTITY", IDENTITY)
            .args(args);
        command
    }

    fn json(&self, args: &[&str]) -> Value {
        let out = self.caretaker(&[&["--json"], args].concat()).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// Another archive of three parts; what is kept no longer goes.
    fn back_up(&self, turn: u32) {
        let noise = pressless::noise(turn.into(), 18 << 20);
        std::fs::write(self.home.path("demo/data/large.bin"), noise).unwrap();
        self.json(&["backup", "create", "--kind", "weekly"]);
    }

    /// Whatever has a name in the bucket is whole: the same bytes as here, or as the list there says.
    fn nothing_is_half(&self) {
        for name in self.store.objects().iter().filter(|name| name.contains(".tar.gz")) {
            let there = self.store.folder.join(name);
            let beside = there.to_str().unwrap().replace(".tar.gz", ".manifest");
            // In clear or sealed: the first line says which bytes the archive must have.
            let list = std::fs::read(beside).unwrap();
            let head = String::from_utf8(list.split(|byte| *byte == b'\n').next().unwrap().to_vec()).unwrap();
            assert_eq!(sha256(&there), head.split(' ').nth(2).unwrap(), "{name}");
        }
    }
}

fn sha256(path: &Path) -> String {
    let out = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(out.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// A key of this test alone, and to whom it opens.
const IDENTITY: &str = "AGE-SECRET-KEY-10EJMMGFEZSZU53AGJQQW76SP6E4R8ZC6YEJ0EH9V55N9P6083KNQ6TQSYN";
const RECIPIENT: &str = "age1930hhnasx3eduguv5l7ypmykvl3fxaud0vqgdqfa29u0mrplqv4s8sazsn";

#[test]
fn killed_at_random_instants_it_loses_nothing_sends_nothing_twice_and_goes_on() {
    torture(&Far::new(""));
}

#[test]
fn the_same_of_what_is_sealed() {
    torture(&Far::new(&format!("recipients = [\"{RECIPIENT}\"]\nidentity = \"env:IDENTITY\"\n")));
}

fn torture(far: &Far) {
    far.back_up(0);
    let begun = Instant::now();
    far.json(&["backup", "send"]);
    let whole = begun.elapsed();

    let kills = if std::env::var_os("CARETAKER_TORTURE").is_some() { MANY } else { FEW };
    let (mut met, mut finished, mut turn) = (0, 0, 1);
    far.back_up(turn);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    while met < kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let wait = whole.mul_f64((random % 1_000) as f64 / 1_000.0);
        let mut sending = far.caretaker(&["backup", "send"]);
        let errors = std::fs::File::create(far.home.path("errors")).unwrap();
        let mut sending = sending.stdout(Stdio::null()).stderr(errors).spawn().unwrap();
        std::thread::sleep(wait);
        let through = sending.try_wait().unwrap();
        sending.kill().unwrap();
        sending.wait().unwrap();
        if let Some(ended) = through {
            assert!(ended.success(), "{}", std::fs::read_to_string(far.home.path("errors")).unwrap());
            // Sent and read back: another one begins.
            finished += 1;
            turn += 1;
            far.back_up(turn);
            far.caretaker(&["backup", "prune", "--yes"]).output().unwrap();
        } else {
            met += 1;
        }
        if met % 10 == 0 || kills == FEW {
            far.nothing_is_half();
        }
    }
    println!("killed {met} times, {finished} got through, a whole one takes {whole:?}");

    // The parts that have arrived are not sent once more.
    let before = far.store.parts();
    far.json(&["backup", "send"]);
    assert!(far.store.parts() - before <= 3, "{} parts", far.store.parts() - before);
    assert_eq!(far.json(&["backup", "send"])["sent"], serde_json::json!([]));
    far.nothing_is_half();
    let listed = far.json(&["backup", "list"]);
    let there = listed["away"].as_array().unwrap();
    let newest = there.last().unwrap();
    assert_eq!(newest["id"], listed["backups"].as_array().unwrap().last().unwrap()["id"]);
    assert!(there.iter().all(|record| record["verified_at"].is_string()), "{there:?}");
    // Each has its archive and its list, and nothing else lies there.
    let objects = far.store.objects();
    assert_eq!(objects.len(), 2 * there.len(), "{objects:?}");

    // Lost here, it comes back from there by a restore of its name alone.
    let large = std::fs::read(far.home.path("demo/data/large.bin")).unwrap();
    let folder = listed["folder"].as_str().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    let out = far.home.path("out");
    far.json(&["backup", "restore", newest["id"].as_str().unwrap(), "--to", text(&out), "--yes"]);
    assert!(std::fs::read(out.join("data/large.bin")).unwrap() == large);
    assert!(whole < Duration::from_secs(60));
}
