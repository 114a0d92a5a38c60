//! The engine on a real folder with a real process, on a clock that the test moves.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use caretaker_core::alerts::{Channel, Notification, NotificationKind};
use caretaker_core::clock::{Clock, FixedClock, Instant, Zone};
use caretaker_core::error::{Error, ErrorKind, Result};
use caretaker_core::keeper::{Engine, Setup, Shared};
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::Store;
use chrono::{FixedOffset, TimeDelta, Utc};
use tempfile::TempDir;

/// Keeps what it was told; refuses when asked to.
#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<Notification>>>,
    deaf: bool,
}

impl Channel for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    fn deliver(&mut self, notification: &Notification) -> Result<()> {
        self.heard.lock().unwrap().push(notification.clone());
        if self.deaf { Err(Error::new(ErrorKind::Denied, "notifications are off")) } else { Ok(()) }
    }
}

struct Ecosystem {
    dir: TempDir,
    clock: Arc<FixedClock>,
    ear: Ear,
}

impl Ecosystem {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ecosystem = Self { dir, clock: Arc::new(FixedClock::new(Utc::now())), ear: Ear::default() };
        for folder in ["root/data", "root/logs"] {
            std::fs::create_dir_all(ecosystem.path(folder)).unwrap();
        }
        std::fs::write(ecosystem.path("root/logs/ecosystem.log"), "").unwrap();
        std::fs::write(ecosystem.path("root/ecosystem_integration.py"), "while true; do sleep 1; done\n")
            .unwrap();
        ecosystem.write_profile("");
        ecosystem
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    fn profile(&self) -> PathBuf {
        self.path("caretaker.toml")
    }

    fn write_profile(&self, more: &str) {
        // How much room this machine has is not what the tests are about.
        let disk = "[bands.\"disk.free\"]\nyellow = \"\"\nred = \"\"\n";
        let disk = if more.contains("disk.free") { "" } else { disk };
        let text = format!(
            "schema = 1\nreports = []\n[ecosystem]\nname = \"Test\"\nroot = {:?}\n[state]\nfile = \"\"\n[routines]\nnotify = false\n{disk}[alerts]\ngrace = \"1s\"\n{more}",
            self.path("root").display()
        );
        std::fs::write(self.profile(), text).unwrap();
        std::fs::set_permissions(self.profile(), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn engine(&self) -> Engine {
        Engine::new(Setup {
            profile: Some(self.profile()),
            state_dir: self.path("state"),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()),
            home: None,
            native: Some(Box::new(self.ear.clone())),
            secrets: caretaker_core::secrets::Secrets::new(|_| None),
            power: Arc::new(caretaker_core::observe::power::MachinePower),
            every: None,
            shared: Shared::default(),
        })
    }

    fn start(&self) -> Running {
        Running(
            Command::new("sh")
                .arg("ecosystem_integration.py")
                .current_dir(self.path("root"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    /// `n` ticks, half a minute apart.
    fn ticks(&self, engine: &mut Engine, n: usize) -> Instant {
        for _ in 0..n {
            self.clock.advance(TimeDelta::seconds(30));
            engine.tick(self.clock.now());
        }
        self.clock.now()
    }

    fn heard(&self) -> Vec<Notification> {
        self.ear.heard.lock().unwrap().clone()
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn light(engine: &Engine) -> (Level, Option<SignalId>) {
    let verdict = engine.overview().verdict.as_ref().expect("a verdict");
    (verdict.light, verdict.cause)
}

#[test]
fn a_death_is_told_once_and_so_is_the_recovery() {
    let ecosystem = Ecosystem::new();
    let mut engine = ecosystem.engine();
    let running = ecosystem.start();
    ecosystem.ticks(&mut engine, 6);
    assert_eq!(light(&engine).0, Level::Green, "{:?}", engine.overview().verdict);

    drop(running);
    ecosystem.ticks(&mut engine, 1);
    assert_eq!(light(&engine), (Level::Red, Some(SignalId::ProcessState)));
    assert!(ecosystem.heard().is_empty(), "one sample is no sustained breach");
    ecosystem.ticks(&mut engine, 10);
    let heard = ecosystem.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].kind, NotificationKind::Raised);
    assert_eq!(engine.overview().incidents.len(), 1);
    assert_eq!(engine.overview().incidents[0].deliveries.len(), 1);

    let _running = ecosystem.start();
    ecosystem.ticks(&mut engine, 10);
    assert_eq!(light(&engine).0, Level::Green);
    let heard = ecosystem.heard();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!((heard[1].kind, &heard[1].id), (NotificationKind::Recovered, &heard[0].id));
    assert!(engine.overview().incidents.is_empty());
}

#[test]
fn a_restart_of_caretaker_neither_forgets_nor_repeats() {
    let ecosystem = Ecosystem::new();
    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 10);
    assert_eq!(ecosystem.heard().len(), 1);
    let since = engine.overview().verdict.as_ref().unwrap().since;
    // Dropped without `close`, as by kill -9.
    drop(engine);

    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 10);
    assert_eq!(ecosystem.heard().len(), 1, "{:?}", ecosystem.heard());
    assert_eq!(engine.overview().incidents.len(), 1);
    assert_eq!(engine.overview().verdict.as_ref().unwrap().since, since);
}

#[test]
fn after_sleep_nothing_is_told_before_the_grace_is_over() {
    let ecosystem = Ecosystem::new();
    ecosystem.write_profile("");
    let text = std::fs::read_to_string(ecosystem.profile()).unwrap().replace("\"1s\"", "\"10m\"");
    std::fs::write(ecosystem.profile(), text).unwrap();
    let running = ecosystem.start();
    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 30);
    drop(running);
    ecosystem.clock.advance(TimeDelta::hours(8));
    ecosystem.ticks(&mut engine, 15);
    assert_eq!(light(&engine).0, Level::Red, "the light is truthful at once");
    assert!(ecosystem.heard().is_empty(), "{:?}", ecosystem.heard());
    ecosystem.ticks(&mut engine, 15);
    assert_eq!(ecosystem.heard().len(), 1);
}

#[test]
fn a_band_that_comes_near_is_told_once_before_it_is_reached() {
    let ecosystem = Ecosystem::new();
    ecosystem.write_profile("samples = 5\n[bands.\"data.size\"]\nyellow = \"9 GB\"");
    let now = ecosystem.clock.now();
    let mut store = Store::open(&ecosystem.path("state")).unwrap().store;
    let of = store.ecosystem(&ecosystem.path("root")).unwrap();
    // Two weeks in which the data grew by half a gigabyte a day.
    for hour in 0..14 * 24 {
        let size = 1e9 + 0.5e9 / 24.0 * f64::from(hour);
        let at = now - TimeDelta::days(14) + TimeDelta::hours(1) * hour;
        store.record(of, at, Level::Green, &[(SignalId::DataSize, Some(size), Level::Green)]).unwrap();
    }
    drop(store);
    let _running = ecosystem.start();
    let mut engine = ecosystem.engine();
    engine.look_closely(now);
    ecosystem.ticks(&mut engine, 20);
    assert_eq!(light(&engine), (Level::Yellow, Some(SignalId::Forecast)));
    let forecast = &engine.overview().forecasts[0];
    assert_eq!((forecast.signal, forecast.soon), (SignalId::DataSize, true), "{forecast:?}");
    let heard = ecosystem.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(
        heard[0].body.contains("The data folder grows by 500 MB a day and reaches 9 GB in about 2 days."),
        "{heard:?}"
    );
}

#[test]
fn a_deaf_channel_is_written_down() {
    let mut ecosystem = Ecosystem::new();
    ecosystem.ear.deaf = true;
    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 6);
    let deliveries = &engine.overview().incidents[0].deliveries;
    assert!(deliveries[0].problem.as_deref().unwrap().contains("notifications are off"), "{deliveries:?}");
}

#[test]
fn two_engines_share_one_store_and_only_one_tells() {
    let ecosystem = Ecosystem::new();
    let mut first = ecosystem.engine();
    let mut second = ecosystem.engine();
    for _ in 0..10 {
        ecosystem.ticks(&mut first, 1);
        second.tick(ecosystem.clock.now());
    }
    assert_eq!(ecosystem.heard().len(), 1, "{:?}", ecosystem.heard());
    assert_eq!(light(&second).0, Level::Red);
}

#[test]
fn the_last_good_profile_stays_in_force_and_the_window_says_so() {
    let ecosystem = Ecosystem::new();
    let _running = ecosystem.start();
    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 2);
    ecosystem.write_profile("[bands.\"process.cpu\"]\nyelow = 1\n");
    ecosystem.ticks(&mut engine, 1);
    let notices = engine.overview().notices.clone();
    assert!(notices.iter().any(|n| n.text.contains("yelow")), "{notices:?}");
    let summary = engine.overview().verdict.as_ref().unwrap().summary.clone();
    assert!(summary.ends_with("the last good one stays in force."), "{summary}");
    assert_eq!(light(&engine).0, Level::Green);

    // Free disk can never be 10 EB: the mended profile shows that it is in force.
    ecosystem.write_profile("[bands.\"disk.free\"]\nyellow = 2e19\nred = 1e19\n");
    ecosystem.ticks(&mut engine, 1);
    assert!(engine.overview().notices.is_empty(), "{:?}", engine.overview().notices);
    assert_eq!(light(&engine), (Level::Red, Some(SignalId::DiskFree)));
}

#[test]
fn no_root_is_never_green() {
    for make in [|_: &Path| (), |root: &Path| std::fs::write(root, "a file").unwrap()] {
        let ecosystem = Ecosystem::new();
        std::fs::remove_dir_all(ecosystem.path("root")).unwrap();
        make(&ecosystem.path("root"));
        let mut engine = ecosystem.engine();
        ecosystem.ticks(&mut engine, 1);
        assert_ne!(light(&engine).0, Level::Green);
    }
}

#[test]
fn a_figure_is_drawn_only_while_somebody_looks() {
    let ecosystem = Ecosystem::new();
    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 3);
    assert!(engine.overview().series.is_empty());
    engine.panel_open(true);
    ecosystem.ticks(&mut engine, 1);
    let disk = engine.overview().series.iter().find(|s| s.signal == SignalId::DiskFree).expect("a series");
    assert!(disk.mean.iter().flatten().count() >= 1 && disk.mean.iter().any(Option::is_none));
}

#[test]
fn a_reader_says_so_and_goes_on_where_the_owner_ended() {
    let ecosystem = Ecosystem::new();
    let mut owner = ecosystem.engine();
    let mut reader = ecosystem.engine();
    for _ in 0..6 {
        ecosystem.ticks(&mut owner, 1);
        reader.tick(ecosystem.clock.now());
    }
    let says_so = |engine: &Engine| engine.overview().notices.iter().any(|n| n.text.contains("Another"));
    assert!(says_so(&reader) && !says_so(&owner), "{:?}", reader.overview().notices);
    assert_eq!(reader.overview().incidents, owner.overview().incidents, "the reader shows what is");
    assert_eq!(owner.overview().incidents.len(), 1);

    // The owner closes the incident and dies; what the reader saw of it before must not come back.
    let running = ecosystem.start();
    ecosystem.ticks(&mut owner, 10);
    drop(owner);
    ecosystem.ticks(&mut reader, 3);
    assert!(!says_so(&reader), "{:?}", reader.overview().notices);
    assert!(reader.overview().incidents.is_empty(), "{:?}", reader.overview().incidents);

    drop(running);
    ecosystem.ticks(&mut reader, 10);
    let kinds: Vec<NotificationKind> = ecosystem.heard().iter().map(|told| told.kind).collect();
    use NotificationKind::{Raised, Recovered};
    assert_eq!(kinds, [Raised, Recovered, Raised], "the reader tells now");
}

#[test]
fn without_a_record_people_are_told_all_the_same_and_it_is_written_down_later() {
    let ecosystem = Ecosystem::new();
    // A file where the folder should be: as good as a disk that takes nothing, also for root.
    std::fs::write(ecosystem.path("state"), "in the way").unwrap();
    let mut engine = ecosystem.engine();
    ecosystem.ticks(&mut engine, 10);
    assert_eq!(ecosystem.heard().len(), 1, "{:?}", ecosystem.heard());
    assert!(!engine.overview().notices.is_empty());

    std::fs::remove_file(ecosystem.path("state")).unwrap();
    ecosystem.ticks(&mut engine, 3);
    assert!(engine.overview().notices.is_empty(), "{:?}", engine.overview().notices);
    assert_eq!(ecosystem.heard().len(), 1, "not told again");
    let store = Store::open_read_only(&ecosystem.path("state")).unwrap().expect("a store");
    let id = store.find_ecosystem(&ecosystem.path("root")).unwrap().expect("known");
    let incidents = store.incidents(id).unwrap();
    assert_eq!(incidents, engine.overview().incidents);
    assert_eq!(incidents[0].deliveries.len(), 1, "{incidents:?}");
}
