//! The second place: copied once proven, proven there, pruned by counts of its own, and enough by itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use caretaker_core::backup::{ArchiveId, Desk, Kind, Part, RecordState, Shelf, Which, Wish};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::profile;
use caretaker_core::progress::Unwatched;
use chrono::{FixedOffset, TimeDelta};
use trees::{Grove, now, same_trees};

/// A grove with two places for its backups.
struct Two {
    grove: Grove,
    desk: Desk,
    volume: PathBuf,
    there: Shelf,
}

impl Two {
    /// The volume is not there yet.
    fn new(first: [u16; 3], second: [u16; 3]) -> Self {
        let grove = Grove::new();
        fs::remove_file(grove.path("data/large.bin")).unwrap();
        let text = format!(
            "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n",
            grove.root().to_str().unwrap(),
            grove.shelf.folder().to_str().unwrap()
        );
        let mut profile = profile::parse(&text, Path::new("/p.toml"), None).unwrap();
        let volume = grove.scratch("volume").join("copies");
        profile.backups.second = Some(volume.clone());
        profile.backups.second_keep = second;
        [profile.backups.daily, profile.backups.weekly, profile.backups.monthly] = first;
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let desk = Desk::new(&profile, &grove.scratch("state"), zone).unwrap();
        let there = Shelf::new(&volume);
        Self { grove, desk, volume, there }
    }

    fn mount(self) -> Self {
        fs::create_dir(&self.volume).unwrap();
        self
    }

    fn back_up(&self, kind: Kind, day: i64) -> ArchiveId {
        self.grove.put("data/day.json", day.to_string().as_bytes());
        self.desk.create(kind, at(day), &Unwatched).unwrap().id
    }

    fn prune(&self, day: i64) -> [Vec<ArchiveId>; 2] {
        let plans =
            [self.desk.prune_plan(at(day)).unwrap(), self.desk.second_plan(at(day)).unwrap().unwrap()];
        [self.desk.prune(&plans[0], at(day)).unwrap(), self.desk.prune_second(&plans[1], at(day)).unwrap()]
    }

    /// Whether every file that a backup holds comes back from where it is found.
    fn comes_back(&self, id: ArchiveId, name: &str) {
        let out = self.grove.scratch(name);
        let wish = Wish { which: Which::Id(id), part: Part::Everything, to: Some(out.clone()) };
        self.desk.restore_beside(&wish, &out, &Unwatched).unwrap();
    }
}

fn sorted(mut ids: Vec<ArchiveId>) -> Vec<ArchiveId> {
    ids.sort_unstable();
    ids
}

fn at(day: i64) -> Instant {
    now() + TimeDelta::days(day)
}

#[test]
fn a_second_place_gets_everything_proven_once_it_is_there() {
    let two = Two::new([7, 4, 12], [7, 4, 12]);
    let first = two.desk.create(Kind::Weekly, at(0), &Unwatched).unwrap();
    assert_eq!(first.copied_at, None, "the volume is missing, and the backup is good all the same");
    assert!(!two.volume.exists(), "an empty mount point is not filled");
    assert_eq!(two.desk.second_plan(at(0)).unwrap(), None);
    let none = two.desk.prune_plan(at(0)).unwrap();
    assert_eq!(two.desk.prune_second(&none, at(0)).unwrap_err().kind, ErrorKind::NotFound);
    let two = two.mount();
    let next = two.desk.create(Kind::Daily, at(1), &Unwatched).unwrap();
    assert!(next.copied_at.is_some());
    assert_eq!(two.there.archives(), [first.id, next.id], "what was missed is made up for");
    for id in two.there.archives() {
        trees::verify(&two.there.archive(id)).unwrap();
    }
    // The first place is lost: what lies in the second is enough, by its name too.
    let copy = two.grove.scratch("copy");
    std::process::Command::new("cp").arg("-a").arg(two.grove.path(".")).arg(&copy).status().unwrap();
    fs::remove_dir_all(two.grove.shelf.folder()).unwrap();
    let out = two.grove.scratch("out");
    let file = Which::File(two.there.archive(next.id));
    let wish = Wish { which: file, part: Part::Everything, to: Some(out.clone()) };
    two.desk.restore_beside(&wish, &out, &Unwatched).unwrap();
    same_trees(&copy, &out);
    two.comes_back(next.id, "by-name");
    same_trees(&copy, &two.grove.scratch("by-name"));
    let checked = two.desk.verify(&Which::Id(next.id), at(2), &Unwatched).unwrap();
    assert!(
        checked.iter().all(|one| one.path.starts_with(&two.volume) && one.faults.is_empty()),
        "{checked:?}"
    );
}

#[test]
fn each_place_keeps_what_its_own_counts_say() {
    let two = Two::new([2, 1, 1], [5, 2, 1]).mount();
    let weekly = two.back_up(Kind::Weekly, 0);
    let days: Vec<ArchiveId> = (1..=6).map(|day| two.back_up(Kind::Daily, day)).collect();
    let [here, there] = two.prune(6);
    assert_eq!(here, days[..4]);
    assert_eq!(there, days[..1], "five days and what they need");
    assert_eq!(two.there.archives(), sorted([&[weekly], &days[1..]].concat()));
    // What the first place let go comes back from the second.
    two.comes_back(days[1], "second-day");
    assert_eq!(fs::read(two.grove.scratch("second-day").join("data/day.json")).unwrap(), b"2");
    // Nobody prunes by an old plan.
    let plan = two.desk.second_plan(at(6)).unwrap().unwrap();
    two.back_up(Kind::Daily, 7);
    assert_eq!(two.desk.prune_second(&plan, at(7)).unwrap_err().kind, ErrorKind::Busy);
}

#[test]
fn smaller_counts_there_never_cost_what_a_new_copy_needs() {
    let two = Two::new([9, 9, 9], [1, 1, 1]).mount();
    let first = two.back_up(Kind::Weekly, 0);
    let day = two.back_up(Kind::Daily, 1);
    let second = two.back_up(Kind::Weekly, 8);
    let newest = two.back_up(Kind::Daily, 9);
    assert_eq!(two.prune(9), [vec![], sorted(vec![day, first])]);
    // The newest full ones are damaged in the first place: the next day builds upon an older chain, which left the second.
    for id in [second, newest] {
        fs::write(two.grove.shelf.archive(id), "ruined").unwrap();
    }
    let next = two.desk.create(Kind::Daily, at(10), &Unwatched).unwrap();
    assert!(next.needs.contains(&first), "{:?}", next.needs);
    let there = two.desk.second_catalogue().unwrap().unwrap();
    assert!(there.is_whole(there.find(next.id).unwrap()), "what it needs was copied again");
}

#[test]
fn foreign_files_unproven_copies_and_the_last_good_one_stay() {
    let two = Two::new([9, 9, 9], [1, 1, 1]).mount();
    let days: Vec<ArchiveId> = (0..4).map(|day| two.back_up(Kind::Weekly, day * 7)).collect();
    let foreign = two.there.folder_of(Kind::Weekly).join("ecosystem-weekly-20200101.tar.gz");
    fs::write(&foreign, "of somebody").unwrap();
    // An archive of ours by name, of which nothing is known.
    let stray = two.there.archive("weekly-20200105-200000".parse().unwrap());
    fs::write(&stray, "of somebody").unwrap();
    // One copy is bad: it neither counts nor goes.
    fs::write(two.there.archive(days[0]), "ruined").unwrap();
    let [_, gone] = two.prune(21);
    assert_eq!(gone, days[1..3]);
    assert!(foreign.exists() && stray.exists() && two.there.archive(days[0]).exists());
    assert!(two.there.archive(days[3]).exists());
    for ahead in [30, 400] {
        assert_eq!(two.desk.second_plan(at(ahead)).unwrap().unwrap().remove, [], "the last good one");
    }
}

#[test]
fn a_volume_that_comes_back_is_proven_anew_and_a_prune_that_was_killed_is_finished() {
    let two = Two::new([9, 9, 9], [1, 1, 1]).mount();
    let first = two.back_up(Kind::Weekly, 0);
    let away = two.volume.with_file_name("away");
    fs::rename(&two.volume, &away).unwrap();
    let missed = two.back_up(Kind::Weekly, 7);
    assert_eq!(two.desk.second_catalogue().unwrap(), None);
    fs::rename(&away, &two.volume).unwrap();
    two.back_up(Kind::Weekly, 14);
    let there = two.desk.second_catalogue().unwrap().unwrap();
    assert_eq!(there.records().len(), 3);
    assert!(there.records().iter().all(|one| one.state == RecordState::Good), "{there:?}");
    // Written down that it leaves, then killed: the archive is gone already, its manifest is not.
    let file = fs::read_dir(two.grove.scratch("state").join("backups")).unwrap();
    let file =
        file.map(|one| one.unwrap().path()).find(|path| path.to_string_lossy().contains(".second.")).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    json["records"][0]["state"] = "leaving".into();
    fs::write(&file, json.to_string()).unwrap();
    fs::remove_file(two.there.archive(first)).unwrap();
    // A draft of a copy that was killed, too.
    fs::write(two.there.unfinished(missed), "half").unwrap();
    two.back_up(Kind::Weekly, 21);
    assert!(!two.there.manifest(first).exists() && !two.there.unfinished(missed).exists());
    assert!(two.desk.second_catalogue().unwrap().unwrap().find(first).is_none());
}
