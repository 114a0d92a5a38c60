//! Restores over processes that will not go, that leave others behind, or that something starts again.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/living.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod living;

use std::fs;
use std::time::{Duration, Instant};

use living::{Living, kill, lives};

const PYTHON: [&str; 2] = ["python3", "ecosystem_integration.py"];

/// A program that leaves its parent and keeps a file in `data/` open, to which it adds a line now and then.
const WORKER: &str = "
worker = '''
import os, time
os.setsid()
if os.fork(): os._exit(0)
os.chdir(\"data\")
log = open(\"worker.log\", \"a\")
open(\"../worker\", \"w\").write(str(os.getpid()))
while True:
    print(\"a line\", file=log, flush=True)
    time.sleep(0.05)
'''
";

/// A backup of the first generation, and the second one in place, with this program running.
fn scene(begin: &str, command: &[&str]) -> (Living, String, u32) {
    let mut living = Living::new("");
    let id = living.back_up();
    living.write(2);
    living.program(begin);
    let pid = living.start(command);
    assert_eq!(living.pid(), Some(pid.into()));
    (living, id, pid)
}

#[test]
fn who_ignores_being_asked_is_killed_with_its_children_before_anything_is_exchanged() {
    // Started again it is alone.
    let deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
        if not os.path.exists('child'): subprocess.Popen([sys.executable, '-c', '''
import signal, time, os
signal.signal(signal.SIGTERM, signal.SIG_IGN)
log = open(\"data/child.log\", \"a\")
open(\"child\", \"w\").write(str(os.getpid()))
while True:
    print(\"a line\", file=log, flush=True)
    time.sleep(0.02)
'''])";
    let (living, id, pid) = scene(deaf, &PYTHON);
    let child = living.number_in("child");
    let (code, done, said) = living.restore(&id);
    assert_eq!(code, 0, "{said}");
    assert!(!lives(pid) && !lives(child), "both are gone");
    assert_eq!(living.round(), 1);
    assert!(done["downtime"].as_f64().unwrap() > 10.0, "it was given time: {done}");
    assert!(!living.root().join("data/child.log").exists(), "nobody wrote into the new tree");
    let kept = done["safety_copy"].as_str().unwrap();
    assert!(fs::metadata(format!("{kept}/data/child.log")).unwrap().len() > 0, "nothing is lost");
    let again = living.pid().unwrap();
    assert_ne!(again, u64::from(pid), "it runs again");
}

#[test]
fn children_that_stay_behind_are_asked_too_and_save_what_they_have() {
    let begin = "subprocess.Popen([sys.executable, '-c', '''
import signal, time, os, sys
def save(*_):
    time.sleep(0.3)
    open(\"data/saved.json\", \"w\").write(\"{}\")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
open(\"child\", \"w\").write(str(os.getpid()))
while True: time.sleep(1)
'''])";
    let (living, id, _) = scene(begin, &PYTHON);
    let child = living.number_in("child");
    let begun = Instant::now();
    let (code, done, said) = living.restore(&id);
    assert_eq!(code, 0, "{said}");
    assert!(begun.elapsed() < Duration::from_secs(12), "nobody waited for the kill: {:?}", begun.elapsed());
    assert!(!lives(child));
    assert_eq!(living.round(), 1);
    let kept = done["safety_copy"].as_str().unwrap();
    assert_eq!(fs::read_to_string(format!("{kept}/data/saved.json")).unwrap(), "{}");
}

#[test]
fn a_stranger_that_writes_in_the_tree_is_named_before_the_process_is_stopped() {
    let begin = format!("{WORKER}\nsubprocess.Popen([sys.executable, '-c', worker]).wait()");
    let (living, id, pid) = scene(&begin, &PYTHON);
    let worker = living.number_in("worker");
    let (code, _, said) = living.restore(&id);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("process {worker} ")) && said.contains("data/worker.log"), "{said}");
    assert!(said.contains("End it first"), "{said}");
    assert_eq!(living.pid(), Some(pid.into()), "it was not stopped");
    assert_eq!(living.round(), 2);
    assert!(living.aside().is_empty(), "{:?}", living.aside());
    kill(worker);
    let (code, _, said) = living.restore(&id);
    assert_eq!((code, living.round()), (0, 1), "{said}");
}

#[test]
fn what_appears_while_the_process_ends_is_named_and_the_process_runs_again() {
    // Asked to end, it leaves somebody behind whom no list of children held.
    let begin = format!(
        "{WORKER}\ndef leave(*_):\n    subprocess.Popen([sys.executable, '-c', worker]).wait()\n    \
         while not os.path.exists('worker'): time.sleep(0.01)\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, leave)"
    );
    let (living, id, pid) = scene(&begin, &PYTHON);
    let (code, _, said) = living.restore(&id);
    let worker = living.number_in("worker");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("process {worker} ")) && said.contains("data/worker.log"), "{said}");
    assert_eq!(living.round(), 2);
    assert!(living.aside().is_empty());
    let again = living.pid();
    assert!(again.is_some() && again != Some(pid.into()), "it runs again: {again:?}");
    assert!(lives(worker), "nobody else's process is ended");
    kill(worker);
}

#[test]
fn somebody_who_only_is_there_is_named_and_sees_the_tree_from_before() {
    let (living, id, _) = scene("", &PYTHON);
    let mut shell = std::process::Command::new("sleep");
    let mut shell = home::Running(shell.arg("600").current_dir(living.root().join("data")).spawn().unwrap());
    let (code, done, said) = living.restore(&id);
    assert_eq!((code, living.round()), (0, 1), "{said}");
    let lingering = done["lingering"].to_string();
    assert!(lingering.contains(&format!("process {} (sleep 600)", shell.0.id())), "{done}");
    assert!(shell.0.try_wait().unwrap().is_none(), "it is left alone");
    // The same for the way back.
    let (code, done, said) = living.json(&["backup", "undo", "--yes"]);
    assert_eq!((code, living.round()), (0, 2), "{said}");
    assert_eq!(done["lingering"], serde_json::json!([]), "it works in what is put back");
}

#[test]
fn what_a_supervisor_starts_again_is_never_exchanged_under() {
    for pause in ["", "sleep 0.2;"] {
        let script = format!("while :; do python3 ecosystem_integration.py; {pause} done");
        let (living, id, pid) = scene("", &["sh", "-c", &script]);
        let (code, _, said) = living.restore(&id);
        assert_eq!(code, 1, "{pause} {said}");
        let now = living.pid().unwrap();
        assert_ne!(now, u64::from(pid), "it is another one now");
        assert!(said.contains(&format!("as process {now}")) && said.contains("launchd"), "{now}: {said}");
        assert_eq!(living.round(), 2, "{said}");
        assert!(living.aside().is_empty());
        // Nor does anything finish it later.
        assert_eq!(living.json(&["backup", "list"]).0, 0);
        assert_eq!(living.round(), 2);
    }
}
