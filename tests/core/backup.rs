//! Archives: what `tar` gives back, what increments hold, what no damage gets past.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use caretaker_core::backup::tree::FlawKind;
use caretaker_core::backup::{Archive, Expected, Kind};
use caretaker_core::clock::{Clock, FixedClock, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::keeper::{Engine, Setup};
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

#[test]
fn the_loop_makes_what_is_due_once_and_says_how_old_it_is() {
    let grove = Grove::new();
    let file = grove.scratch("profile").join("caretaker.toml");
    let text = format!(
        "logs = []\n[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n",
        grove.root().to_str().unwrap(),
        grove.shelf.folder().to_str().unwrap()
    );
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    // A Tuesday at noon; what was due on Sunday, and on the first Sunday of the month, was missed.
    let clock = Arc::new(FixedClock::new(Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()));
    let mut engine = Engine::new(Setup {
        profile: Some(file),
        state_dir: grove.scratch("state"),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()),
        home: None,
        native: None,
        secrets: Secrets::new(|_| None),
        every: None,
    });
    let mut tick = |minutes: i64| {
        clock.advance(TimeDelta::minutes(minutes));
        engine.tick(clock.now());
        let signals = engine.overview().verdict.as_ref().unwrap().signals.clone();
        signals.into_iter().find(|signal| signal.id == SignalId::BackupDaily)
    };
    assert_eq!(tick(0), None);
    assert_eq!(tick(9), None);
    assert!(grove.shelf.archives().is_empty(), "whoever starts it has other things to do");
    tick(6);
    let begun = std::time::Instant::now();
    while grove.shelf.archives().is_empty() && begun.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut signal = None;
    while signal.is_none() && begun.elapsed().as_secs() < 30 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        signal = tick(1);
    }
    assert_eq!(signal.unwrap().level, Level::Green);
    for _ in 0..10 {
        tick(6);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let made = grove.shelf.archives();
    assert_eq!(made.len(), 1, "the monthly one stands for the others: {made:?}");
    assert_eq!(made[0].kind(), Kind::Monthly);
}
