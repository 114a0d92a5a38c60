//! Probes and logs that misbehave between two looks, through the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/ecosystem.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod ecosystem;
#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use ecosystem::{Ecosystem, Watch, errors, good_log, replace};
use serde_json::Value;

const GOOD: &str = r#"{"ecosystem_state": "running", "modules": {"Meta-Learning Analysis": {"status": "integrated", "run_count": 3}}}"#;

/// An ecosystem whose probe is the shell script `probe.sh` in its root.
fn with_probe() -> Ecosystem {
    Ecosystem::with("[probe]\ncommand = [\"sh\", \"probe.sh\"]\ntimeout = \"1s\"\nevery = \"1s\"\n")
}

#[test]
fn a_probe_that_gives_no_answer_is_grey_and_says_why() {
    let eco = with_probe();
    let probe = eco.root.join("probe.sh");
    let good = format!("echo '{GOOD}'\n");
    fs::write(&probe, &good).unwrap();
    eco.is_green("a good answer");
    for (script, says) in [
        // With a child that holds the output open.
        ("sleep 600 & sleep 600", "did not answer within 1 s"),
        ("head -c 1000000000 /dev/zero", "printed more than"),
        ("yes", "printed more than"),
        ("yes >&2 & sleep 600", "did not answer within 1 s"),
        ("exit 3", "the probe failed"),
        ("true", "the answer is empty"),
        ("echo all is well", "no health report"),
        ("echo '{\"ecosystem_state\": \"run'", "not readable as JSON"),
        ("kill -9 $$", "the probe failed"),
    ] {
        fs::write(&probe, script).unwrap();
        let begun = Instant::now();
        let (light, said) = eco.check();
        assert_eq!(light, "unknown", "{script}: {said}");
        assert!(said.contains(says), "{script}: {said}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{script}: {:?}", begun.elapsed());
    }
    fs::write(&probe, format!("echo 'Loading modules {{ok}} ...'\n{good}")).unwrap();
    eco.is_green("prose before the JSON");
    fs::remove_file(&probe).unwrap();
    assert_eq!(eco.check().0, "unknown");
    fs::write(&probe, &good).unwrap();
    eco.is_green("a good answer again");
}

#[test]
fn a_probe_s_impossible_figures_are_not_green() {
    let eco = with_probe();
    let bad = GOOD.replace("\"run_count\": 3", "\"run_count\": -1");
    fs::write(eco.root.join("probe.sh"), format!("echo '{bad}'\n")).unwrap();
    let (light, said) = eco.check();
    assert_eq!(light, "unknown", "{said}");
    assert!(said.contains("run_count: -1"), "{said}");
}

fn watch(eco: &Ecosystem) -> Watch {
    Watch::start(&mut eco.caretaker(&["--json", "watch", "--every", "1s"]))
}

fn until_errors(watch: &Watch, count: u64) {
    watch.until(&format!("{count} errors"), |look| errors_of(look).is_some_and(|seen| seen == count));
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few errors")]
fn errors_of(look: &Value) -> Option<u64> {
    let signals = look["signals"].as_array()?;
    let signal = signals.iter().find(|signal| signal["id"] == "logs.errors_24h")?;
    signal["value"].as_f64().map(|count| count as u64)
}

#[test]
fn a_log_rotated_twice_truncated_and_made_anew_loses_and_doubles_no_error() {
    let eco = Ecosystem::new();
    let (log, watch) = (eco.log(), watch(&eco));
    let append = |text: &str| {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    let rotate = || {
        let name = |n: u32| log.with_file_name(format!("ecosystem.log.{n}"));
        if name(1).exists() {
            fs::rename(name(1), name(2)).unwrap();
        }
        fs::rename(&log, name(1)).unwrap();
    };
    append(&errors(1));
    until_errors(&watch, 1);
    append(&errors(2));
    rotate();
    append(&errors(3));
    rotate();
    append(&errors(4));
    until_errors(&watch, 10);
    // Cut in place, as copytruncate does, then written anew, shorter and longer.
    fs::File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
    append(&errors(1));
    until_errors(&watch, 11);
    replace(&log, errors(2).as_bytes());
    until_errors(&watch, 13);
    append(&good_log(0));
    watch.until("red", |look| look["light"] == "yellow" || look["light"] == "red");
}

#[test]
fn a_watch_that_began_on_a_bad_reading_turns_green_on_the_next_good_one() {
    let eco = Ecosystem::new();
    replace(&eco.state(), b"{\"state\": \"runn");
    let watch = watch(&eco);
    watch.until("grey", |look| look["light"] == "unknown");
    eco.mend();
    watch.until("green", |look| look["light"] == "green");
    // What was read a moment ago still holds, but a module that says it failed is red at once.
    replace(&eco.state(), ecosystem::state_with(r#""status": "failed""#).as_bytes());
    watch.until("red", |look| look["light"] == "red");
    eco.mend();
    watch.until("green again", |look| look["light"] == "green");
}
