//! What a restore leaves aside, and archives from elsewhere: said, and let go only when asked.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caretaker_core::backup::{Desk, Halt, Kind, Layout, Part, Process, Which, Wish};
use caretaker_core::clock::{FixedClock, Zone};
use caretaker_core::error::{ErrorKind, Result};
use caretaker_core::keeper::Backups;
use caretaker_core::profile::{self, Profile};
use caretaker_core::progress::{Progress, Unwatched};
use chrono::{FixedOffset, TimeDelta};
use trees::{Grove, now};

/// A process that does not run.
struct Nobody;

impl Process for Nobody {
    fn stop(&self, _: &[PathBuf], _: &dyn Progress) -> Result<Halt> {
        Ok(Halt::default())
    }

    fn start(&self) -> Result<()> {
        Ok(())
    }
}

fn zone() -> Zone {
    Zone::Fixed(FixedOffset::east_opt(0).unwrap())
}

fn profile(grove: &Grove) -> Profile {
    let text = format!(
        "[ecosystem]\nroot = {:?}\n[process]\nargument = 'nobody-runs-this'\n[backups]\nfolder = {:?}\n",
        grove.root().to_str().unwrap(),
        grove.shelf.folder().to_str().unwrap()
    );
    profile::parse(&text, Path::new("/p.toml"), None).unwrap()
}

fn desk(grove: &Grove) -> Desk {
    Desk::new(&profile(grove), &grove.scratch("state"), zone()).unwrap()
}

/// The same as the window has it, a month later.
fn window(grove: &Grove) -> Backups {
    let clock = Arc::new(FixedClock::new(now() + TimeDelta::days(30)));
    Backups::new(profile(grove), &grove.scratch("state"), clock, zone()).unwrap()
}

/// Makes a backup, changes the tree, restores it.
fn restored(grove: &Grove, desk: &Desk) -> Wish {
    let id = desk.create(Kind::Manual, now(), &Unwatched).unwrap().id;
    grove.put("data/large.bin", &vec![3; 5_000_000]);
    let wish = Wish { which: Which::Id(id), part: Part::Everything, to: None };
    desk.restore_into_place(&wish, now(), &Nobody, &Unwatched).unwrap();
    wish
}

#[test]
fn what_a_restore_replaced_is_named_with_its_size_and_goes_when_asked() {
    let grove = Grove::new();
    let desk = desk(&grove);
    assert_eq!(desk.kept_tree().unwrap(), None);
    restored(&grove, &desk);
    let kept = desk.kept_tree().unwrap().unwrap();
    assert!(kept.bytes > 7_000_000 && kept.files > 300 && !kept.undone, "{kept:?}");
    assert_eq!(window(&grove).shown().unwrap().kept, Some(kept.clone()));
    // The window lets go of nothing else than what it showed.
    assert_eq!(window(&grove).let_go("/somewhere").unwrap_err().kind, ErrorKind::NotFound);
    assert!(kept.folder.exists());
    let live = fs::read(grove.path("data/state.json")).unwrap();
    window(&grove).let_go(kept.folder.to_str().unwrap()).unwrap();
    assert!(!kept.folder.exists());
    assert_eq!((desk.kept_tree().unwrap(), desk.can_undo().unwrap()), (None, None));
    assert_eq!(fs::read(grove.path("data/state.json")).unwrap(), live);
    assert_eq!(desk.undo(&Nobody, &Unwatched).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(desk.let_go(&kept).unwrap_err().kind, ErrorKind::Busy);
    // The next restore is one like any other.
    restored(&grove, &desk);
    assert!(desk.can_undo().unwrap().is_some());
}

#[test]
fn what_an_undo_left_may_go_too_and_what_may_be_all_that_is_left_may_not() {
    let grove = Grove::new();
    let desk = desk(&grove);
    let wish = restored(&grove, &desk);
    let shown = desk.kept_tree().unwrap().unwrap();
    desk.undo(&Nobody, &Unwatched).unwrap();
    let undone = desk.kept_tree().unwrap().unwrap();
    assert!(undone.undone);
    assert_eq!(desk.let_go(&shown).unwrap_err().kind, ErrorKind::Busy, "it is another tree by now");
    desk.let_go(&undone).unwrap();
    assert_eq!(fs::metadata(grove.path("data/large.bin")).unwrap().len(), 5_000_000);
    // The live folder is gone: what is kept may be all that is left.
    desk.restore_into_place(&wish, now(), &Nobody, &Unwatched).unwrap();
    fs::rename(grove.path("data"), grove.path("moved")).unwrap();
    let kept = desk.kept_tree().unwrap().unwrap();
    let error = desk.let_go(&kept).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(kept.folder.join("data/large.bin").exists(), "{error}");
}

#[test]
fn letting_go_that_was_killed_is_finished_by_whoever_comes_next() {
    let grove = Grove::new();
    let desk = desk(&grove);
    restored(&grove, &desk);
    let kept = desk.kept_tree().unwrap().unwrap();
    let file = fs::read_dir(grove.scratch("state").join("backups")).unwrap();
    let file = file
        .map(|one| one.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".restore.json"))
        .unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    json["phase"] = "letting-go".into();
    fs::write(&file, json.to_string()).unwrap();
    fs::remove_dir_all(kept.folder.join("config")).unwrap();
    assert_eq!(desk.can_undo().unwrap(), None, "half of a tree is nothing to go back to");
    assert_eq!(desk.end_interrupted().unwrap(), None);
    assert!(!kept.folder.exists() && !file.exists());
}

/// Packs the grove as a script of the manual does.
fn by_script(grove: &Grove, script: &str) {
    let out = std::process::Command::new("bash")
        .args(["-euc", script])
        .env("B", grove.shelf.folder())
        .env("ROOT", grove.root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn archives_from_elsewhere_are_recognised_proven_as_far_as_they_can_be_and_restored_from_the_window() {
    let grove = Grove::new();
    let ours = desk(&grove).create(Kind::Manual, now(), &Unwatched).unwrap();
    by_script(&grove, "mkdir -p $B/ecosystem-daily; cd $B
        D=$B/ecosystem-weekly-20251207; mkdir $D; cp -a $ROOT/data $ROOT/config $D/; tar -czf $D.tar.gz $D 2>/dev/null; rm -r $D
        D=$B/ecosystem-daily; cp -a $ROOT/data $D/data-20251208; cp -a $ROOT/config $D/config-20251208; tar -czf $D/ecosystem-daily-20251208.tar.gz $D/data-20251208 $D/config-20251208 2>/dev/null; rm -r $D/*-20251208
        mkdir ecosystem-20251209; cp -a $ROOT/data $ROOT/config ecosystem-20251209/; tar -czf ecosystem-20251209.tar.gz ecosystem-20251209; rm -r ecosystem-20251209
        tar -C $ROOT -czf ecosystem-plain.tar.gz ./data ./config
        gunzip < $B/ecosystem-manual/*.tar.gz | gzip > ecosystem-again.tar.gz
        echo something | gzip > ecosystem-other.tar.gz; echo no gzip > ecosystem-broken.tar.gz");
    let desk = desk(&grove);
    let layouts: Vec<(String, Option<Layout>)> = desk
        .strangers()
        .into_iter()
        .map(|one| (one.path.file_name().unwrap().to_string_lossy().into_owned(), one.layout))
        .collect();
    for (name, layout) in [
        ("ecosystem-weekly-20251207.tar.gz", Some(Layout::Weekly)),
        ("ecosystem-daily-20251208.tar.gz", Some(Layout::Script)),
        ("ecosystem-20251209.tar.gz", Some(Layout::Emergency)),
        ("ecosystem-plain.tar.gz", Some(Layout::Plain)),
        ("ecosystem-again.tar.gz", Some(Layout::Repacked)),
        ("ecosystem-other.tar.gz", None),
        ("ecosystem-broken.tar.gz", None),
    ] {
        assert!(layouts.contains(&(name.into(), layout)), "{name}: {layouts:?}");
    }
    assert_eq!(layouts.len(), 7, "ours are none of them: {layouts:?}");
    let window = window(&grove);
    let of = |name: &str| {
        let all = window.shown().unwrap().foreign;
        all.into_iter().find(|one| one.path.ends_with(name)).unwrap()
    };
    let weekly = of("ecosystem-weekly-20251207.tar.gz");
    assert_eq!((weekly.verified_at, weekly.problem), (None, None));
    let id = weekly.path.to_str().unwrap();
    assert_eq!(window.verify(id, &Unwatched).unwrap(), Vec::<String>::new());
    assert!(of("ecosystem-weekly-20251207.tar.gz").verified_at.is_some());
    // One that was changed since is looked at anew; what is wrong with it is kept.
    let mut bytes = fs::read(id).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes.push(0);
    let good = fs::read(id).unwrap();
    fs::write(id, bytes).unwrap();
    assert_eq!(of("ecosystem-weekly-20251207.tar.gz").verified_at, None);
    assert_eq!(window.verify(id, &Unwatched).unwrap().len(), 1);
    assert!(of("ecosystem-weekly-20251207.tar.gz").problem.is_some());
    fs::write(id, good).unwrap();
    grove.put("config/settings.yaml", b"ruined");
    assert!(window.plan(id, None).unwrap().changed.count > 0);
    window.restore(id, None, &Unwatched).unwrap();
    assert!(fs::read_to_string(grove.path("config/settings.yaml")).unwrap().starts_with("limits:"));
    // No other file of this machine is to be had by the window.
    let copy = grove.scratch("else").join("ecosystem-copy.tar.gz");
    fs::copy(&ours.path, &copy).unwrap();
    for path in [copy.to_str().unwrap(), ours.path.to_str().unwrap(), "/etc/passwd"] {
        assert_eq!(window.plan(path, None).unwrap_err().kind, ErrorKind::Usage, "{path}");
    }
}

#[test]
fn the_window_prunes_what_it_showed_and_nothing_else() {
    let grove = Grove::new();
    let desk = desk(&grove);
    let days: Vec<String> = (0..9)
        .map(|day| {
            desk.create(Kind::Weekly, now() + TimeDelta::days(day * 7 - 40), &Unwatched)
                .unwrap()
                .id
                .to_string()
        })
        .collect();
    let window = window(&grove);
    let plan = window.prune_plan().unwrap();
    assert_eq!((plan.first.remove.as_slice(), plan.second), (&days[..5], None));
    assert!(plan.first.bytes > 3_000_000 * 5);
    assert!(plan.first.keep.iter().all(|(_, why)| why.starts_with("last of week")), "{:?}", plan.first.keep);
    for wrong in [&days[..4], &days[..6], &days[8..]] {
        assert_eq!(window.prune(wrong, &[]).unwrap_err().kind, ErrorKind::Busy);
    }
    assert_eq!(window.shown().unwrap().backups.len(), 9);
    assert_eq!(window.prune(&plan.first.remove, &[]).unwrap(), 5);
    assert_eq!(window.shown().unwrap().backups.len(), 4);
}
