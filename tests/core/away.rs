//! The place that is not on this machine, against a real S3-compatible server: sent, broken off, lied to, lost, fetched.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

#[path = "../support/far.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod far;
#[path = "../support/s3.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod s3;
#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;
#[cfg(target_os = "linux")]
#[path = "../support/volume.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod volume;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use caretaker_core::backup::{ArchiveId, Kind, Sent};
use caretaker_core::error::ErrorKind;
use caretaker_core::secrets::Secrets;
use far::{at, walk};
use s3::{BUCKET, KEY, Line, Store};
use trees::{Grove, noise, same_trees};

type Far = far::Far<Store>;

/// To a server of its own.
fn far(more: &str) -> Far {
    beside(Grove::new(), Store::start(), more)
}

fn beside(grove: Grove, store: Store, more: &str) -> Far {
    let away = store.profile(more);
    Far::new(grove, store, &away, &[("SECRET", KEY.1)])
}

/// Where an archive lies on the server's disk.
fn object(far: &Far, id: ArchiveId) -> PathBuf {
    far.place.folder.join("mac").join(id.kind().folder()).join(id.file_name())
}

#[test]
fn what_was_sent_is_enough_when_everything_here_is_lost() {
    let far = far("").large();
    let full = far.back_up(Kind::Weekly, 0);
    let next = far.back_up(Kind::Daily, 1);
    let sent = far.send(1).unwrap();
    assert_eq!(sent.sent, [full, next]);
    assert!(far.place.parts() >= 4, "{}", far.place.parts());
    assert_eq!(far.send(1).unwrap(), Sent::default(), "everything is there already");
    assert_eq!(far.faults(next), 0);
    assert_eq!(far.list().newest().unwrap(), at(1));

    let copy = far.copy();
    far.lose_everything_here();
    // The list here may be lost too, as on another machine: what lies there is found again.
    far.lose_the_list();
    far.send(2).unwrap();
    assert_eq!(far.fetch(next).unwrap(), [full, next]);
    assert_eq!(far.fetch(next).unwrap(), [], "it is here already");
    same_trees(&copy, &far.comes_back(next, "out"));
}

#[test]
fn an_upload_that_was_cut_off_goes_on_with_the_parts_that_are_missing() {
    let far = far("");
    // Six parts, four of them under way at once.
    far.grove.put("data/large.bin", &noise(44 << 20));
    let id = far.back_up(Kind::Manual, 0);
    // At the list, within the first part, and with some of the parts through.
    for line in [Line::CutAfter(1_000), Line::CutAfter(300_000), Line::DiesAfter(38 << 20)] {
        far.place.set(line);
        let error = far.send(0).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::System), "{line:?}: {error}");
        assert!(!object(&far, id).exists(), "{line:?}: nothing that is half there has a name");
        let list = far.list();
        assert!(list.problem.is_some() && list.newest().is_none());
    }
    far.place.set(Line::Good);
    let before = far.place.parts();
    assert_eq!(far.send(0).unwrap().sent, [id]);
    assert!(far.place.parts() - before < 6, "all parts were sent once more");
    assert_eq!(far.faults(id), 0);
    assert!(far.list().problem.is_none());
}

#[test]
fn a_store_that_refuses_or_is_not_there_is_patience() {
    let far = far("");
    let id = far.back_up(Kind::Weekly, 0);
    for (line, kind) in [
        (Line::Answers(500), ErrorKind::System),
        (Line::Answers(403), ErrorKind::Denied),
        (Line::Dead, ErrorKind::System),
    ] {
        far.place.set(line);
        let error = far.send(0).unwrap_err();
        assert_eq!(error.kind, kind, "{line:?}: {error}");
        assert!(error.hint.is_some() && !error.to_string().contains(KEY.1), "{error}");
    }
    // Of a clock that is wrong the words say so.
    far.place.set(Line::Skewed);
    assert!(far.send(0).unwrap_err().hint.unwrap().contains("clock"));
    far.place.set(Line::Slow(Duration::from_millis(300)));
    assert_eq!(far.send(0).unwrap().sent, [id]);
}

#[test]
fn wrong_credentials_are_named_and_never_shown() {
    let mut far = far("");
    far.back_up(Kind::Weekly, 0);
    far.secrets = vec![("SECRET".into(), "expired".into())];
    let error = far.send(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied, "{error}");
    assert!(error.hint.unwrap().contains("access key"));
    let secrets = Secrets::new(|_| None);
    let missing = far.desk.away(far.profile.away.as_ref(), &secrets).err().unwrap();
    assert!(missing.to_string().contains("SECRET"), "{missing}");
}

#[test]
fn a_store_that_changes_or_loses_something_is_caught_and_given_it_again() {
    let far = far("").large();
    let (full, next) = (far.back_up(Kind::Weekly, 0), far.back_up(Kind::Daily, 1));
    far.send(1).unwrap();
    // One bit of one byte.
    let mut bytes = fs::read(object(&far, full)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(object(&far, full), &bytes).unwrap();
    assert_eq!(far.faults(next), 1, "the increment needs it");
    fs::remove_file(object(&far, next)).unwrap();
    assert_eq!(far.faults(next), 2);
    let error = fetch_after_loss(&far, next);
    assert_eq!(error.kind, ErrorKind::Damaged, "{error}");
    // What is here still is sent once more.
    let sent = far.send(2).unwrap();
    assert_eq!(sent.sent, [full, next]);
    assert_eq!(far.faults(next), 0);
}

/// What fetching says while nothing is here; everything is here again afterwards.
fn fetch_after_loss(far: &Far, id: ArchiveId) -> caretaker_core::error::Error {
    let (shelf, aside) = (far.grove.shelf.folder(), far.grove.scratch("aside"));
    fs::rename(shelf, &aside).unwrap();
    let error = far.fetch(id).unwrap_err();
    let half = walk(shelf).into_iter().filter(|name| name.ends_with(".tar.gz") || name.ends_with(".part"));
    assert_eq!(half.collect::<Vec<_>>(), Vec::<String>::new(), "nothing that is bad gets a name");
    let _ = fs::remove_dir_all(shelf);
    fs::rename(&aside, shelf).unwrap();
    error
}

#[test]
fn an_answer_that_is_cut_off_brings_nothing_back_and_the_next_one_does() {
    let far = far("").large();
    let id = far.back_up(Kind::Manual, 0);
    far.send(0).unwrap();
    far.lose_everything_here();
    far.place.set(Line::CutAnswerAfter(300_000));
    assert!(far.fetch(id).is_err());
    assert!(!walk(far.grove.shelf.folder()).iter().any(|name| name.ends_with(".tar.gz")));
    far.place.set(Line::Good);
    assert_eq!(far.fetch(id).unwrap(), [id]);
    far.comes_back(id, "out");
}

#[test]
fn it_keeps_counts_of_its_own_and_touches_nothing_of_others() {
    let far = far("daily = 2\nweekly = 1\nmonthly = 1\n");
    fs::create_dir_all(far.place.folder.join("mac/ecosystem-daily")).unwrap();
    let strangers = ["mac/ecosystem-daily/ecosystem-daily-20200101-000000.tar.gz", "mac/notes.txt"];
    for stranger in strangers {
        fs::write(far.place.folder.join(stranger), "not ours").unwrap();
    }
    let mut ids = vec![far.back_up(Kind::Weekly, 0)];
    far.send(0).unwrap();
    for day in 1..5 {
        ids.push(far.back_up(Kind::Daily, day));
        far.send(day).unwrap();
    }
    let list = far.list();
    let there: Vec<ArchiveId> = list.records().iter().map(|record| record.id).collect();
    assert!(there.contains(&ids[4]) && there.contains(&ids[3]) && there.contains(&ids[0]), "{there:?}");
    assert_eq!(far.faults(ids[4]), 0, "what a kept one needs is kept");
    // Each has its archive and its list, and nothing of what was removed stays.
    assert_eq!(far.place.objects().len(), 2 * there.len() + strangers.len(), "{:?}", far.place.objects());
    for stranger in strangers {
        assert_eq!(fs::read(far.place.folder.join(stranger)).unwrap(), b"not ours");
    }
}

#[test]
fn another_ecosystem_in_the_same_folder_is_refused_rather_than_written_over() {
    let first = far("");
    let id = first.back_up(Kind::Weekly, 0);
    first.send(0).unwrap();
    let theirs = fs::read(object(&first, id)).unwrap();
    let second = beside(Grove::new(), first.place, "");
    assert_eq!(second.back_up(Kind::Weekly, 0), id, "begun in the same second");
    let error = second.send(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Busy, "{error}");
    assert!(error.hint.unwrap().contains("folder of its own"));
    assert_eq!(fs::read(object(&second, id)).unwrap(), theirs);
}

#[test]
fn where_the_store_checks_each_part_nothing_is_read_back() {
    let far = far("proof = \"store\"\n").large();
    let id = far.back_up(Kind::Manual, 0);
    far.place.set(Line::CutAnswerAfter(100_000));
    assert_eq!(far.send(0).unwrap().sent, [id], "an answer of a whole archive would have been cut");
    far.place.set(Line::Good);
    assert_eq!(far.faults(id), 0);
    // A part that arrives as another is refused by the store itself, and sent again.
    let next = far.back_up(Kind::Manual, 1);
    far.place.set(Line::Changes(1 << 20));
    assert_eq!(far.send(1).unwrap().sent, [next]);
    far.place.set(Line::Good);
    assert_eq!(far.faults(next), 0);
}

#[test]
fn a_limit_is_kept_to() {
    let far = far("bandwidth = \"20 MB\"\n").large();
    far.back_up(Kind::Manual, 0);
    let begun = std::time::Instant::now();
    far.send(0).unwrap();
    // 28 MiB at 20 MB a second.
    assert!(begun.elapsed() > Duration::from_millis(1_300), "{:?}", begun.elapsed());
    assert!(far.place.objects().iter().any(|name| name.starts_with("mac/ecosystem-manual/")), "{BUCKET}");
}

/// Somebody else fills the volume while it is fetched.
#[cfg(target_os = "linux")]
struct Fills(PathBuf);

#[cfg(target_os = "linux")]
impl caretaker_core::progress::Progress for Fills {
    fn bytes(&self, done: u64, _: u64) {
        if done > 1 << 20 && !self.0.exists() {
            let filled = std::io::copy(&mut std::io::repeat(7), &mut fs::File::create(&self.0).unwrap());
            assert!(filled.is_err(), "the volume is full");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_while_it_is_fetched_keeps_nothing_of_it() {
    if !volume::may_mount("a_disk_that_fills_up_while_it_is_fetched_keeps_nothing_of_it") {
        return;
    }
    let grove = Grove::new();
    let volume = volume::Volume::at(grove.shelf.folder(), "size=200m");
    let far = beside(grove, Store::start(), "").large();
    let id = far.back_up(Kind::Manual, 0);
    far.send(0).unwrap();
    let shelf = far.grove.shelf.folder();
    for entry in fs::read_dir(shelf).unwrap() {
        fs::remove_dir_all(entry.unwrap().path()).ok();
    }
    let filler = shelf.join("filler");
    let error = far.fetch_watched(id, &Fills(filler.clone())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::System, "{error}");
    let names = walk(shelf);
    assert!(!names.iter().any(|name| name.contains("ecosystem-manual-")), "{names:?}");
    fs::remove_file(filler).unwrap();
    assert_eq!(far.fetch(id).unwrap(), [id]);
    far.comes_back(id, "out");
    drop(volume);
}
