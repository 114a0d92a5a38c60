//! Restores: everything comes back, nothing is lost, and no crash leaves half of a tree.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use caretaker_core::backup::tree::TreePath;
use caretaker_core::backup::{ArchiveId, Desk, Halt, Kind, Part, Process, RecordState, Which, Wish};
use caretaker_core::clock::Zone;
use caretaker_core::error::{Error, ErrorKind, Result};
use caretaker_core::profile::{self, Profile};
use caretaker_core::progress::{Progress, Unwatched};
use chrono::{FixedOffset, TimeDelta};
use trees::{Grove, now, same_trees};

/// A process that says what was done with it, and looks at the tree while it is down.
#[derive(Default)]
struct Puppet {
    said: RefCell<Vec<String>>,
    refuses: Option<ErrorKind>,
    does_not_start: bool,
}

impl Process for Puppet {
    fn stop(&self, _: &[PathBuf], _: &dyn Progress) -> Result<Halt> {
        self.said.borrow_mut().push("stopped".into());
        let halt = Halt { ran: true, ..Halt::default() };
        self.refuses.map_or(Ok(halt), |kind| Err(Error::new(kind, "it does not end")))
    }

    fn start(&self) -> Result<()> {
        self.said.borrow_mut().push("started".into());
        if self.does_not_start { Err(Error::new(ErrorKind::System, "it ended at once")) } else { Ok(()) }
    }
}

/// Backups of a grove, by its profile.
struct Yard {
    grove: Grove,
    desk: Desk,
}

impl Yard {
    fn new() -> Self {
        let grove = Grove::new();
        let state = grove.scratch("state");
        let desk =
            Desk::new(&profile(&grove), &state, Zone::Fixed(FixedOffset::east_opt(0).unwrap())).unwrap();
        Self { grove, desk }
    }

    fn back_up(&self, kind: Kind, hours: i64) -> ArchiveId {
        self.desk.create(kind, now() + TimeDelta::hours(hours), &Unwatched).unwrap().id
    }

    fn copy(&self, name: &str) -> PathBuf {
        let to = self.grove.scratch(name);
        let status =
            std::process::Command::new("cp").arg("-a").arg(self.grove.path(".")).arg(&to).status().unwrap();
        assert!(status.success());
        to
    }

    fn restore(&self, id: ArchiveId, puppet: &Puppet) -> Result<caretaker_core::backup::Restored> {
        self.desk.restore_into_place(&wish(id), now() + TimeDelta::days(30), puppet, &Unwatched)
    }

    fn aside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.grove.root()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".caretaker")).collect()
    }
}

fn profile(grove: &Grove) -> Profile {
    let text = format!(
        "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n",
        grove.root().to_str().unwrap(),
        grove.shelf.folder().to_str().unwrap()
    );
    profile::parse(&text, Path::new("/p.toml"), None).unwrap()
}

fn wish(id: ArchiveId) -> Wish {
    Wish { which: Which::Id(id), part: Part::Everything, to: None }
}

/// Makes the tree another one.
fn ruin(grove: &Grove, round: u32) {
    grove.put(&format!("data/many/{round}.json"), format!("{{\"changed\": {round}}}").as_bytes());
    grove.put(&format!("data/new-{round}.txt"), b"new");
    let _ = fs::remove_file(grove.path(&format!("data/many/{}.json", 100 + round)));
    grove.put("config/settings.yaml", format!("limits: {round}\n").as_bytes());
}

#[test]
fn a_backup_that_cannot_be_looked_at_is_not_taken_for_one_that_is_missing() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Weekly, 0);
    let folder = yard.grove.shelf.folder_of(Kind::Weekly);
    let away = yard.grove.scratch("away");
    fs::rename(&folder, &away).unwrap();
    assert_eq!(yard.desk.catalogue().unwrap().find(id).unwrap().state, RecordState::Missing);
    // A link that leads to itself: nobody can tell what is behind it.
    std::os::unix::fs::symlink(&folder, &folder).unwrap();
    let error = yard.desk.catalogue().unwrap_err();
    assert!(error.path.unwrap().starts_with(&folder));
    assert!(yard.desk.prune_plan(now()).is_err(), "a plan of what cannot be seen");
    fs::remove_file(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    assert_eq!(yard.desk.catalogue().unwrap().find(id).unwrap().state, RecordState::Good);
}

#[test]
fn a_chain_of_seven_increments_comes_back_as_it_was_each_time() {
    let yard = Yard::new();
    let mut days = vec![(yard.back_up(Kind::Weekly, 0), yard.copy("day-0"))];
    for day in 1..=7 {
        ruin(&yard.grove, day);
        // A folder that is gone, one that is new, one with another mode.
        yard.grove.put(&format!("data/folder-{day}/x"), b"x");
        let _ = fs::remove_dir_all(yard.grove.path(&format!("data/folder-{}", day - 1)));
        yard.grove.mode("data/deep", 0o700 + day);
        days.push((yard.back_up(Kind::Daily, 24 * i64::from(day)), yard.copy(&format!("day-{day}"))));
    }
    let catalogue = yard.desk.catalogue().unwrap();
    assert_eq!(catalogue.find(days[7].0).unwrap().chain, 7);
    // The chain is long enough: the next one holds everything.
    assert_eq!(catalogue.records().iter().filter(|record| record.parent.is_none()).count(), 1);
    let next = yard.back_up(Kind::Daily, 24 * 8);
    assert_eq!(yard.desk.catalogue().unwrap().find(next).unwrap().parent, None);
    for (id, copy) in days.iter().rev() {
        let out = yard.grove.scratch(&format!("out-{id}"));
        let beside = Wish { to: Some(out.clone()), ..wish(*id) };
        yard.desk.restore_beside(&beside, &out, &Unwatched).unwrap();
        same_trees(copy, &out);
        let puppet = Puppet::default();
        yard.restore(*id, &puppet).unwrap();
        assert_eq!(*puppet.said.borrow(), ["stopped", "started"]);
        same_trees(copy, &yard.grove.root());
        assert!(yard.desk.drill(*id, now(), &Unwatched).unwrap().seconds > 0.0);
    }
    assert_eq!(yard.aside().len(), 1, "the safety copy of the last restore, and no other");
}

#[test]
fn undo_brings_back_what_was_there_once() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    let good = yard.copy("good");
    ruin(&yard.grove, 1);
    let ruined = yard.copy("ruined");
    let restored = yard.restore(id, &Puppet::default()).unwrap();
    same_trees(&good, &yard.grove.root());
    same_trees(&ruined, &restored.safety_copy.unwrap());
    yard.desk.undo(&Puppet::default(), &Unwatched).unwrap();
    same_trees(&ruined, &yard.grove.root());
    assert_eq!(yard.desk.undo(&Puppet::default(), &Unwatched).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn what_was_moved_since_is_not_taken_back_by_mistake() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    yard.restore(id, &Puppet::default()).unwrap();
    fs::rename(yard.grove.path("data"), yard.grove.path("mine")).unwrap();
    fs::create_dir(yard.grove.path("data")).unwrap();
    let puppet = Puppet::default();
    assert_eq!(yard.desk.undo(&puppet, &Unwatched).unwrap_err().kind, ErrorKind::NotFound);
    assert!(puppet.said.borrow().is_empty());
}

#[test]
fn the_plan_tells_what_would_come_and_go_and_changes_nothing() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    ruin(&yard.grove, 1);
    let before = yard.copy("before");
    let plan = yard.desk.restore_plan(&wish(id)).unwrap();
    assert_eq!(plan.new.first, ["data/many/101.json"]);
    assert_eq!(plan.removed.first, ["data/new-1.txt"]);
    assert!(plan.changed.first.contains(&"config/settings.yaml".to_owned()), "{:?}", plan.changed);
    assert!(plan.into_place && plan.places.len() == 2 && plan.bytes > 3_000_000);
    same_trees(&before, &yard.grove.root());
    assert!(yard.aside().is_empty());
}

#[test]
fn one_file_or_folder_comes_back_and_the_rest_stays() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    ruin(&yard.grove, 1);
    fs::remove_dir_all(yard.grove.path("data/deep")).unwrap();
    let part = |path: &str| Wish { part: Part::Only(TreePath::new(path.as_bytes()).unwrap()), ..wish(id) };
    let bring = |path: &str| yard.desk.restore_into_place(&part(path), now(), &Puppet::default(), &Unwatched);
    bring("data/many/1.json").unwrap();
    assert_eq!(fs::read(yard.grove.path("data/many/1.json")).unwrap(), b"{\"n\": 1}");
    assert!(yard.grove.path("data/new-1.txt").exists(), "the rest stays");
    bring("data/deep/er").unwrap();
    assert_eq!(fs::read(yard.grove.path("data/deep/er/and deeper/notes.txt")).unwrap(), b"notes\n");
    yard.desk.undo(&Puppet::default(), &Unwatched).unwrap();
    assert!(!yard.grove.path("data/deep/er").exists(), "it was not there before");
    assert_eq!(bring("data/never").unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn a_damaged_archive_is_refused_before_the_process_is_touched() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Weekly, 0);
    ruin(&yard.grove, 1);
    let next = yard.back_up(Kind::Daily, 24);
    let path = yard.grove.shelf.archive(id);
    let good = fs::read(&path).unwrap();
    let before = yard.copy("before");
    for at in [good.len() / 3, good.len() / 2, good.len() - 20] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        for id in [id, next] {
            let puppet = Puppet::default();
            assert_eq!(yard.restore(id, &puppet).unwrap_err().kind, ErrorKind::Damaged, "byte {at}");
            assert!(puppet.said.borrow().is_empty(), "{:?}", puppet.said);
            same_trees(&before, &yard.grove.root());
            assert!(yard.aside().is_empty());
        }
    }
    let checked = yard.desk.verify(&Which::Id(next), now(), &Unwatched).unwrap();
    assert_eq!(checked.iter().filter(|one| !one.faults.is_empty()).count(), 1);
    let catalogue = yard.desk.catalogue().unwrap();
    assert_eq!(catalogue.find(id).unwrap().state, RecordState::Damaged);
    // What builds upon a damaged one is not whole, and no increment builds upon it any more.
    assert!(!catalogue.is_whole(catalogue.find(next).unwrap()));
    let fresh = yard.back_up(Kind::Daily, 48);
    assert_eq!(yard.desk.catalogue().unwrap().find(fresh).unwrap().parent, None);
    fs::remove_file(&path).unwrap();
    assert!(yard.restore(next, &Puppet::default()).is_err());
    same_trees(&before, &yard.grove.root());
}

#[test]
fn a_process_that_does_not_end_stops_the_restore_and_one_that_does_not_start_is_said() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    let good = yard.copy("good");
    ruin(&yard.grove, 1);
    let ruined = yard.copy("ruined");
    let stubborn = Puppet { refuses: Some(ErrorKind::Busy), ..Puppet::default() };
    assert_eq!(yard.restore(id, &stubborn).unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(*stubborn.said.borrow(), ["stopped"]);
    same_trees(&ruined, &yard.grove.root());
    assert!(yard.aside().is_empty());
    let lame = Puppet { does_not_start: true, ..Puppet::default() };
    let restored = yard.restore(id, &lame).unwrap();
    assert!(restored.not_started.unwrap().contains("ended at once"));
    same_trees(&good, &yard.grove.root());
    yard.desk.undo(&Puppet::default(), &Unwatched).unwrap();
    same_trees(&ruined, &yard.grove.root());
}

#[test]
fn a_restore_that_fails_keeps_the_undo_of_the_one_before() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    ruin(&yard.grove, 1);
    let ruined = yard.copy("ruined");
    yard.restore(id, &Puppet::default()).unwrap();
    let stubborn = Puppet { refuses: Some(ErrorKind::Busy), ..Puppet::default() };
    yard.desk.restore_into_place(&wish(id), now() + TimeDelta::days(60), &stubborn, &Unwatched).unwrap_err();
    yard.desk.undo(&Puppet::default(), &Unwatched).unwrap();
    same_trees(&ruined, &yard.grove.root());
}

/// Asks for the work to stop when it has come so far.
struct StopAt(std::sync::atomic::AtomicU64, u64);

impl Progress for StopAt {
    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= self.1
    }
}

#[test]
fn cancelled_at_any_moment_nothing_is_left_and_nothing_has_changed() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    ruin(&yard.grove, 1);
    let before = yard.copy("before");
    for moment in 0..12 {
        let stop = StopAt(0.into(), moment);
        let puppet = Puppet::default();
        match yard.desk.restore_into_place(&wish(id), now(), &puppet, &stop) {
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Busy, "{error}");
                assert!(puppet.said.borrow().is_empty());
                same_trees(&before, &yard.grove.root());
                assert!(yard.aside().is_empty());
            }
            Ok(_) => drop(yard.desk.undo(&puppet, &Unwatched).unwrap()),
        }
        let stop = StopAt(0.into(), moment);
        if let Err(error) = yard.desk.create(Kind::Manual, now() + TimeDelta::hours(1), &stop) {
            assert_eq!(error.kind, ErrorKind::Busy, "{error}");
        }
    }
    let parts = yard.grove.shelf.folder_of(Kind::Manual);
    let left = fs::read_dir(parts)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(left.count(), 0);
}

#[test]
fn beside_never_overwrites() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    let out = yard.grove.scratch("full");
    fs::write(out.join("mine"), "mine").unwrap();
    let error = yard.desk.restore_beside(&wish(id), &out, &Unwatched).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn data_that_is_a_link_is_replaced_where_it_leads() {
    let yard = Yard::new();
    let real = yard.grove.scratch("elsewhere").join("data");
    fs::rename(yard.grove.path("data"), &real).unwrap();
    std::os::unix::fs::symlink(&real, yard.grove.path("data")).unwrap();
    let id = yard.back_up(Kind::Manual, 0);
    let inode = real.metadata().unwrap().ino();
    fs::write(real.join("state.json"), "ruined").unwrap();
    yard.restore(id, &Puppet::default()).unwrap();
    assert!(yard.grove.path("data").symlink_metadata().unwrap().is_symlink(), "the link stays");
    assert_ne!(real.metadata().unwrap().ino(), inode);
    assert_eq!(fs::read_to_string(real.join("state.json")).unwrap(), "{\"state\": \"running\"}");
}

/// Runs a script of the manual in a home of its own.
fn by_the_manual(grove: &Grove, script: &str) -> PathBuf {
    let home = grove.scratch("home");
    let out = std::process::Command::new("bash")
        .args(["-euc", script])
        .env("HOME", &home)
        .env("ROOT", grove.root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    PathBuf::from(String::from_utf8(out.stdout).unwrap().trim())
}

#[test]
fn archives_of_the_manuals_own_scripts_are_listed_checked_and_restored() {
    let layouts = [
        // The weekly snippet, the backup script, and what its emergency page expects.
        "D=~/backups/ecosystem-weekly-20251214; mkdir -p $D; cp -a $ROOT/data $ROOT/config $D/; tar -czf $D.tar.gz $D 2>/dev/null; rm -r $D; echo $D.tar.gz",
        "D=~/backups/ecosystem-daily; mkdir -p $D; cp -a $ROOT/data $D/data-20251214; cp -a $ROOT/config $D/config-20251214; tar -czf $D/ecosystem-daily-20251214.tar.gz $D/data-20251214 $D/config-20251214 2>/dev/null; rm -r $D/data-20251214 $D/config-20251214; echo $D/ecosystem-daily-20251214.tar.gz",
        "mkdir -p ~/x && cd ~/x && mkdir ecosystem-20251214 && cp -a $ROOT/data $ROOT/config ecosystem-20251214/ && tar -czf ../ecosystem-20251214.tar.gz ecosystem-20251214; echo ~/ecosystem-20251214.tar.gz",
    ];
    for script in layouts {
        let yard = Yard::new();
        let file = by_the_manual(&yard.grove, script);
        let before = yard.copy("before");
        let checked = yard.desk.verify(&Which::File(file.clone()), now(), &Unwatched).unwrap();
        assert_eq!(checked[0].faults, Vec::<String>::new(), "{script}");
        ruin(&yard.grove, 1);
        let puppet = Puppet::default();
        let wish = Wish { which: Which::File(file.clone()), part: Part::Everything, to: None };
        assert!(yard.desk.restore_plan(&wish).unwrap().changed.count > 0);
        yard.desk.restore_into_place(&wish, now(), &puppet, &Unwatched).unwrap();
        let diff = std::process::Command::new("diff")
            .arg("-r")
            .args([before.join("data"), yard.grove.path("data")])
            .output()
            .unwrap();
        assert!(diff.status.success(), "{}", String::from_utf8_lossy(&diff.stdout));
        assert_eq!(
            fs::read(before.join("config/settings.yaml")).unwrap(),
            fs::read(yard.grove.path("config/settings.yaml")).unwrap()
        );
        // A flipped bit anywhere in it is found before the process is touched.
        let good = fs::read(&file).unwrap();
        for at in [good.len() / 4, good.len() / 2, good.len() - 6] {
            let mut bad = good.clone();
            bad[at] ^= 4;
            fs::write(&file, &bad).unwrap();
            let puppet = Puppet::default();
            assert!(yard.desk.restore_into_place(&wish, now(), &puppet, &Unwatched).is_err(), "byte {at}");
            assert!(puppet.said.borrow().is_empty());
        }
    }
}

#[test]
fn ours_that_somebody_packed_again_is_held_against_the_manifest_in_it() {
    let yard = Yard::new();
    let id = yard.back_up(Kind::Manual, 0);
    let before = yard.copy("before");
    let again = yard.grove.scratch("again").join("again.tar.gz");
    let script = format!("gunzip < {:?} | gzip -9 > {again:?}", yard.grove.shelf.archive(id));
    assert!(std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let out = yard.grove.scratch("out");
    let wish = Wish { which: Which::File(again), part: Part::Everything, to: Some(out.clone()) };
    yard.desk.restore_beside(&wish, &out, &Unwatched).unwrap();
    same_trees(&before, &out);
}
