//! A demo that misbehaves, for the tests of what is done about it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::home::{Home, Running, text};

/// A demo that misbehaves, and what is done about it.
pub struct Sick {
    /// Where it lives.
    pub home: Home,
    /// The ecosystem's folder.
    pub root: PathBuf,
    profile: PathBuf,
    /// What misbehaves.
    pub process: Running,
}

impl Sick {
    /// A new demo that plays `scenario`.
    pub fn of(scenario: &str) -> Self {
        let home = Home::new();
        let (root, profile) = home.demo();
        Self::with(home, root, profile, scenario)
    }

    /// A demo that is there, and plays `scenario`.
    pub fn with(home: Home, root: PathBuf, profile: PathBuf, scenario: &str) -> Self {
        let mut demo = home.caretaker();
        demo.args(["demo", "run", text(&root), "--scenario", scenario])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = Running(demo.spawn().unwrap());
        Self { home, root, profile, process }
    }

    /// Runs a command, and gives its exit code, output and errors.
    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        self.home.run(&[&["--json", "--profile", text(&self.profile)], args].concat())
    }

    /// A command of which an object is wanted.
    pub fn json(&self, args: &[&str]) -> (i32, Value) {
        let (code, out, errors) = self.run(args);
        (code, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out} {errors}")))
    }

    /// A command that succeeds.
    pub fn good(&self, args: &[&str]) -> Value {
        let (code, out, errors) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {out} {errors}");
        serde_json::from_str(&out).unwrap()
    }

    /// Waits until the light is as wanted.
    pub fn light(&self, wanted: &str) -> Value {
        let begun = Instant::now();
        loop {
            let (_, seen) = self.json(&["check"]);
            if seen["light"] == wanted {
                return seen;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "not {wanted}: {}", seen["summary"]);
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

impl Drop for Sick {
    fn drop(&mut self) {
        let _ = self.process.0.kill();
        let _ = self.process.0.wait();
        self.run(&["process", "stop", "--yes"]);
    }
}

/// Every file below a folder with its bytes.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A step of a runbook as it is shown.
pub fn step<'v>(shown: &'v Value, id: &str) -> &'v Value {
    shown["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap()
}

/// That two states of a folder are the same; names what differs.
pub fn same(now: &BTreeMap<PathBuf, Vec<u8>>, wanted: &BTreeMap<PathBuf, Vec<u8>>) {
    let differs: Vec<String> = now
        .keys()
        .chain(wanted.keys())
        .filter(|path| now.get(*path) != wanted.get(*path))
        .map(|path| {
            let text = |of: &BTreeMap<PathBuf, Vec<u8>>| {
                of.get(path).map(|is| String::from_utf8_lossy(is).into_owned())
            };
            format!("{}: {:?} instead of {:?}", path.display(), text(now), text(wanted))
        })
        .collect();
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}
