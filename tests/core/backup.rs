//! Archives: what `tar` gives back, what increments hold, what no damage gets past.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use caretaker_core::backup::tree::FlawKind;
use caretaker_core::backup::{Archive, Expected, Kind};
use caretaker_core::clock::{Clock, FixedClock, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::judge::Signal;
use caretaker_core::keeper::{Engine, Setup, Shared};
use caretaker_core::observe::power::Power;
use caretaker_core::progress::Unwatched;
use caretaker_core::secrets::Secrets;
use caretaker_core::signal::{Level, SignalId};
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};
use trees::{Grove, verify};

#[test]
fn a_full_archive_gives_everything_back_by_tar_alone_and_only_its_owner_reads_it() {
    let grove = Grove::new();
    let written = grove.back_up("weekly-20251214-200000", None).unwrap();
    assert_eq!(written.path, grove.shelf.archive("weekly-20251214-200000".parse().unwrap()));
    assert_eq!(written.path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(written.manifest.flaws.is_empty(), "{:?}", written.manifest.flaws);
    grove.tar_gives_back(&written.path);
    verify(&written.path).unwrap();
    let names: Vec<_> = fs::read_dir(grove.shelf.folder_of(Kind::Weekly))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "the archive and its manifest: {names:?}");
}

#[test]
fn an_increment_holds_what_changed_and_names_the_rest() {
    let grove = Grove::new();
    let full = grove.back_up("weekly-20251214-200000", None).unwrap();
    let same = grove.back_up("daily-20251215-060000", Some(&full.manifest)).unwrap();
    assert_eq!(same.manifest.totals_here(), (0, 0));
    assert_eq!(same.manifest.totals(), full.manifest.totals());

    grove.put("data/many/7.json", b"{\"n\": 77}");
    grove.put("data/new.txt", b"new");
    fs::remove_file(grove.path("data/empty")).unwrap();
    // Written again with the same content: read, and not kept twice.
    let same_content = fs::read(grove.path("data/many/8.json")).unwrap();
    grove.put("data/many/8.json", &same_content);
    let next = grove.back_up("daily-20251216-060000", Some(&same.manifest)).unwrap();
    let here: Vec<String> = next
        .manifest
        .entries
        .iter()
        .filter(|entry| entry.file().is_some_and(|file| file.held.is_none()))
        .map(|entry| entry.path.to_string())
        .collect();
    assert_eq!(here, ["data/many/7.json", "data/new.txt"]);
    assert_eq!(next.manifest.gone.iter().map(ToString::to_string).collect::<Vec<_>>(), ["data/empty"]);
    // The one in between holds nothing that is needed.
    assert_eq!(next.manifest.needs().into_iter().collect::<Vec<_>>(), [full.manifest.id]);
    verify(&next.path).unwrap();
}

#[test]
fn links_sockets_fifos_and_devices_are_named_and_nothing_outside_is_read() {
    let grove = Grove::new();
    symlink("/etc", grove.path("data/etc")).unwrap();
    symlink("state.json", grove.path("data/link.json")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(grove.path("data/socket")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, grove.path("data/fifo"), rustix::fs::FileType::Fifo, mode, 0)
        .unwrap();
    let written = grove.back_up("manual-20251214-200000", None).unwrap();
    let flaws: Vec<_> =
        written.manifest.flaws.iter().map(|flaw| (flaw.path.to_string(), flaw.kind)).collect();
    assert_eq!(
        flaws,
        [
            ("data/etc".into(), FlawKind::Link),
            ("data/fifo".into(), FlawKind::Special),
            ("data/link.json".into(), FlawKind::Link),
            ("data/socket".into(), FlawKind::Special),
        ]
    );
    verify(&written.path).unwrap();
}

#[test]
fn broken_json_is_named_and_kept_as_it_is() {
    let grove = Grove::new();
    grove.put("data/broken.json", b"{\"cut\": ");
    let written = grove.back_up("manual-20251214-200000", None).unwrap();
    assert_eq!(written.manifest.flaws.len(), 1);
    assert_eq!(written.manifest.flaws[0].kind, FlawKind::BrokenJson);
    assert!(written.manifest.flaws_that_lose().count() == 1);
    grove.tar_gives_back(&written.path);
}

#[test]
fn thousands_of_flaws_have_their_room_and_everything_comes_back() {
    let grove = Grove::new();
    for number in 0..3_000 {
        grove.put(&format!("data/{number}.json"), format!("{{\"number\":{number}}}").repeat(200).as_bytes());
    }
    let written = grove.back_up("manual-20251214-200000", None).unwrap();
    assert_eq!(written.manifest.flaws.len(), 3_000);
    verify(&written.path).unwrap();
    grove.tar_gives_back(&written.path);
}

#[test]
fn a_database_that_is_being_written_is_whole_in_the_archive() {
    let grove = Grove::new();
    let path = grove.path("data/memory.db");
    let live = rusqlite::Connection::open(&path).unwrap();
    live.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x);")
        .unwrap();
    for number in 0..50 {
        live.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
    }
    let written = grove.back_up("weekly-20251214-200000", None).unwrap();
    assert!(written.manifest.flaws.is_empty(), "{:?}", written.manifest.flaws);
    let out = grove.scratch("out");
    let status =
        std::process::Command::new("tar").arg("-xzf").arg(&written.path).arg("-C").arg(&out).status();
    assert!(status.unwrap().success());
    assert!(!out.join("data/memory.db-wal").exists());
    let copy = rusqlite::Connection::open(out.join("data/memory.db")).unwrap();
    let count: i64 = copy.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 50);
}

#[test]
fn a_missing_folder_is_not_taken_for_an_empty_one() {
    let grove = Grove::new();
    let full = grove.back_up("weekly-20251214-200000", None).unwrap();
    fs::rename(grove.path("config"), grove.path("away")).unwrap();
    let error = grove.back_up("daily-20251215-060000", Some(&full.manifest)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.message.contains("config"), "{error}");
    // Without a parent that knew it, what is there is kept.
    grove.back_up("manual-20251215-070000", None).unwrap();
    fs::rename(grove.path("data"), grove.path("away2")).unwrap();
    assert_eq!(grove.back_up("manual-20251215-080000", None).unwrap_err().kind, ErrorKind::NotFound);
}

/// A tree of a few files, so that every bit can be tried.
fn small() -> Grove {
    let grove = Grove::new();
    fs::remove_dir_all(grove.path("data")).unwrap();
    grove.put("data/a.json", b"{\"a\": 1}");
    grove.put("data/b.txt", b"some text, some text");
    grove
}

fn refused(path: &Path) -> bool {
    match verify(path) {
        Ok(()) => false,
        Err(error) => {
            assert!(matches!(error.kind, ErrorKind::Damaged | ErrorKind::System), "{error:?}");
            true
        }
    }
}

#[test]
fn every_bit_that_is_flipped_and_every_length_is_refused() {
    let grove = small();
    let full = grove.back_up("weekly-20251214-200000", None).unwrap();
    grove.put("data/b.txt", b"other text");
    let next = grove.back_up("daily-20251215-060000", Some(&full.manifest)).unwrap();
    for path in [&full.path, &next.path] {
        let good = fs::read(path).unwrap();
        let mut bytes = good.clone();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(path, &bytes).unwrap();
            assert!(refused(path), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 0..good.len() {
            fs::write(path, &good[..length]).unwrap();
            assert!(refused(path), "length {length}");
        }
        fs::write(path, [&good[..], &good[..]].concat()).unwrap();
        assert!(refused(path));
        fs::write(path, [&good[..], b"x"].concat()).unwrap();
        assert!(refused(path));
        fs::write(path, &good).unwrap();
        verify(path).unwrap();
    }
}

#[test]
fn manifests_that_were_swapped_and_archives_under_other_names_are_refused() {
    let grove = small();
    let one = grove.back_up("weekly-20251214-200000", None).unwrap();
    grove.put("data/b.txt", b"other text");
    let two = grove.back_up("weekly-20251221-200000", None).unwrap();
    let (first, second) = (grove.shelf.manifest(one.manifest.id), grove.shelf.manifest(two.manifest.id));
    let (a, b) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
    fs::write(&first, &b).unwrap();
    assert!(refused(&one.path));
    fs::write(&first, &a).unwrap();
    fs::copy(&one.path, &two.path).unwrap();
    fs::copy(&first, &second).unwrap();
    let archive = Archive::open(&two.path).unwrap();
    let expected = Expected { id: Some(two.manifest.id), archive: None };
    assert_eq!(archive.verify(expected, &Unwatched).unwrap_err().kind, ErrorKind::Damaged);
}

/// Power that a test turns on and off.
struct Plug(AtomicBool);

impl Power for Plug {
    fn on_mains(&self) -> Option<bool> {
        Some(self.0.load(Ordering::Relaxed))
    }
}

/// A loop over a grove, and its clock.
struct Loop {
    clock: Arc<FixedClock>,
    engine: Engine,
}

impl Loop {
    /// A Tuesday at noon; what was due on Sunday, and on the first Sunday of the month, was missed.
    fn new(grove: &Grove, more: &str, power: Arc<dyn Power>) -> Self {
        let file = grove.scratch("profile").join("caretaker.toml");
        let text = format!(
            "logs = []\n[ecosystem]\nroot = {:?}\n[process]\nargument = 'nobody-runs-this'\n[backups]\nfolder = {:?}\n{more}",
            grove.root().to_str().unwrap(),
            grove.shelf.folder().to_str().unwrap()
        );
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let clock = Arc::new(FixedClock::new(Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()));
        let engine = Engine::new(Setup {
            profile: Some(file),
            state_dir: grove.scratch("state"),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()),
            home: None,
            native: None,
            secrets: Secrets::new(|_| None),
            power,
            every: None,
            shared: Shared::default(),
        });
        Self { clock, engine }
    }

    /// One look after so many minutes: what it says of the newest backup.
    fn tick(&mut self, minutes: i64) -> Option<Signal> {
        self.clock.advance(TimeDelta::minutes(minutes));
        self.engine.tick(self.clock.now());
        self.signal(SignalId::BackupDaily)
    }

    fn signal(&self, id: SignalId) -> Option<Signal> {
        let signals = self.engine.overview().verdict.as_ref().unwrap().signals.iter();
        signals.clone().find(|signal| signal.id == id).cloned()
    }

    /// Waits for the thread that makes one and drills it.
    fn until_made(&mut self, grove: &Grove) -> Signal {
        let begun = std::time::Instant::now();
        while grove.shelf.archives().is_empty() && begun.elapsed().as_secs() < 30 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        loop {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let made = self.tick(1);
            let drilled = self.signal(SignalId::BackupDrill).is_some_and(|drill| drill.level == Level::Green);
            match made {
                Some(signal) if signal.level == Level::Green && drilled => return signal,
                signal => assert!(begun.elapsed().as_secs() < 60, "{signal:?}"),
            }
        }
    }
}

#[test]
fn the_loop_makes_what_is_due_once_and_says_how_old_it_is() {
    let grove = Grove::new();
    let mut look = Loop::new(&grove, "", Arc::new(Plug(true.into())));
    assert_eq!(look.tick(0), None);
    assert_eq!(look.tick(9), None);
    assert!(grove.shelf.archives().is_empty(), "whoever starts it has other things to do");
    look.tick(6);
    look.until_made(&grove);
    for _ in 0..10 {
        look.tick(6);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let made = grove.shelf.archives();
    assert_eq!(made.len(), 1, "the monthly one stands for the others: {made:?}");
    assert_eq!(made[0].kind(), Kind::Monthly);
}

#[test]
fn what_is_due_waits_for_power_and_says_so() {
    let grove = Grove::new();
    let plug = Arc::new(Plug(false.into()));
    let mut look = Loop::new(&grove, "", Arc::clone(&plug) as Arc<dyn Power>);
    for _ in 0..4 {
        look.tick(6);
    }
    let signal = look.tick(6).unwrap();
    assert!(grove.shelf.archives().is_empty());
    // The monthly one was due on the first Sunday: that was long ago, and there is none at all.
    assert!(
        signal.reason.contains("The monthly backup was due")
            && signal.reason.ends_with("put off: on battery."),
        "{}",
        signal.reason
    );
    plug.0.store(true, Ordering::Relaxed);
    look.tick(6);
    let made = look.until_made(&grove);
    assert!(!made.reason.contains("put off"), "{}", made.reason);
    // The next day it is due again: first that is nobody's business, after a while it is.
    plug.0.store(false, Ordering::Relaxed);
    let night = look.tick(15 * 60).unwrap();
    assert_eq!((night.level, night.reason.contains("put off")), (Level::Green, false), "{}", night.reason);
    let day = look.tick(11 * 60).unwrap();
    assert_eq!(day.level, Level::Yellow, "{}", day.reason);
    assert!(
        day.reason.contains("The daily backup was due") && day.reason.contains("on battery"),
        "{}",
        day.reason
    );
    assert_eq!(grove.shelf.archives().len(), 1);
}

#[test]
fn what_is_due_waits_for_the_ecosystem_to_run_where_the_profile_says_so() {
    let grove = Grove::new();
    let mut look = Loop::new(&grove, "only_in_use = true\n", Arc::new(Plug(true.into())));
    for _ in 0..4 {
        look.tick(6);
    }
    let signal = look.tick(6).unwrap();
    assert!(signal.reason.ends_with("put off: the ecosystem does not run."), "{}", signal.reason);
    assert!(grove.shelf.archives().is_empty());
    // On battery nothing is due to wait for where that is no matter.
    let grove = Grove::new();
    let mut look = Loop::new(&grove, "only_on_power = false\n", Arc::new(Plug(false.into())));
    look.tick(0);
    look.tick(12);
    look.until_made(&grove);
}
