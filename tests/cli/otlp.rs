//! Figures and events at a collector: what is sent, to whom, and that nothing is lost while it does not take them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/posts.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod posts;
#[path = "../support/servers.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod servers;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use home::{Home, Running, text};
use posts::Posted;
use servers::Server;

const PATIENCE: Duration = Duration::from_secs(60);

/// A demo, and its profile, by which a collector at `at` is told.
fn demo_that_tells(home: &Home, at: &str) -> (PathBuf, PathBuf) {
    let (root, profile) = home.demo();
    let said = std::fs::read_to_string(&profile).unwrap();
    let metrics = format!("\n[metrics]\notlp = \"http://{at}\"\notlp_token = \"env:OTLP\"\n");
    // Incidents open at the second look.
    let quick = "\n[alerts]\nsamples = 2\nbreaches = 1\ngrace = \"0s\"\n";
    std::fs::write(&profile, said + &metrics + quick).unwrap();
    (root, profile)
}

fn watch(home: &Home, profile: &Path) -> Running {
    run(home, profile, &["watch", "--every", "1s"])
}

fn run(home: &Home, profile: &Path, arguments: &[&str]) -> Running {
    let mut caretaker = home.caretaker();
    caretaker.env("CARETAKER_PROFILE", profile).env("OTLP", "s3cret").args(arguments);
    Running(caretaker.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

#[test]
fn a_collector_of_other_makers_takes_both() {
    let home = Home::new();
    let collector = Server::collector();
    let (root, profile) = demo_that_tells(&home, &collector.at);
    let _watch = watch(&home, &profile);
    let until = |wanted: &[&str]| {
        let begun = Instant::now();
        while let Some(missing) = wanted.iter().find(|text| !collector.told().contains(**text)) {
            assert!(begun.elapsed() < PATIENCE, "no {missing:?} in:\n{}", collector.told());
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    // As the collector names them, having read them.
    until(&[
        "-> service.name: Str(caretaker)",
        "-> Name: caretaker.light",
        "-> ecosystem: Str(Demo Ecosystem)",
    ]);
    until(&["-> Name: caretaker.disk_free", "-> Unit: By", "-> DataType: Gauge"]);
    until(&[
        "EventName: caretaker.incident.opened",
        "SEVERITY_NUMBER_ERROR",
        "-> signal: Str(process.state)",
    ]);
    let _demo = run(&home, &profile, &["demo", "run", text(&root)]);
    until(&["EventName: caretaker.incident.closed"]);
}

#[test]
fn figures_and_what_happens_to_incidents_arrive_also_after_it_was_away() {
    let home = Home::new();
    let status = Arc::new(AtomicU16::new(503));
    let (at, hears) = posts::answers(Arc::clone(&status));
    // The demo does not run: an incident opens while nobody takes anything.
    let (root, profile) = demo_that_tells(&home, &at.to_string());
    let _watch = watch(&home, &profile);
    std::thread::sleep(Duration::from_secs(15));
    status.store(200, Ordering::SeqCst);
    let until = |what: &str, wanted: &dyn Fn(&Posted) -> bool| {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match hears.recv_timeout(Duration::from_secs(1)) {
                Ok(posted) if wanted(&posted) => return posted,
                _ => {}
            }
        }
        panic!("{what}: not within {PATIENCE:?}");
    };
    let figures = until("figures", &|posted| posted.path == "/v1/metrics");
    assert!(figures.says("caretaker.light") && figures.says("Demo Ecosystem"));
    assert!(figures.head.to_lowercase().contains("authorization: bearer s3cret"), "{}", figures.head);
    assert!(figures.head.to_lowercase().contains("content-type: application/x-protobuf"));
    let event = until("an incident that opened", &|posted| posted.path == "/v1/logs");
    assert!(event.says("caretaker.incident.opened") && event.says("process.state"));

    let _demo = run(&home, &profile, &["demo", "run", text(&root)]);
    until("an incident that is over", &|posted| {
        posted.says("caretaker.incident.closed") && posted.says("process.state")
    });
}
