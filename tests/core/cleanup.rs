//! Clean-up on real files: what goes, what never goes, the way back, and what happens when the ground moves meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use caretaker_core::clock::{Instant, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::profile::{Profile, parse};
use caretaker_core::upkeep::{Cleaned, Cleanup, CleanupPlan, QUARANTINE, space};
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};
use tempfile::TempDir;

const ZONE: Zone = Zone::Fixed(match FixedOffset::east_opt(0) {
    Some(zone) => zone,
    None => panic!("there is UTC"),
});

fn now() -> Instant {
    Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()
}

/// How often a folder is swapped for a link.
const SWAPS: u32 = 100_000;

/// An ecosystem with a log that is written now, and folders for everything else.
struct Eco {
    dir: TempDir,
    more: String,
}

impl Eco {
    fn new() -> Self {
        let eco = Self { dir: tempfile::tempdir().unwrap(), more: String::new() };
        for folder in ["data", "config", "logs", "reports"] {
            fs::create_dir_all(eco.path(folder)).unwrap();
        }
        eco.put("logs/ecosystem.log", "2025-12-16 11:59:00,000 - X - INFO - here\n", 0);
        eco
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("eco").join(below)
    }

    /// A file that changed so many days before now.
    fn put(&self, below: &str, content: &str, days: u64) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let at =
            SystemTime::UNIX_EPOCH + Duration::from_secs(now().timestamp() as u64 - days * 86_400 - 7200);
        File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
    }

    fn profile(&self) -> Result<Profile, Vec<String>> {
        let text = format!("[ecosystem]\nroot = {:?}\n{}", self.path("").display(), self.more);
        parse(&text, Path::new("/p/caretaker.toml"), Some(self.dir.path()))
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    fn cleanup(&self) -> Cleanup {
        Cleanup::new(&self.profile().unwrap(), Some(self.dir.path()), ZONE).unwrap()
    }

    fn plan(&self) -> CleanupPlan {
        self.cleanup().plan(now()).unwrap()
    }

    fn clean(&self) -> Cleaned {
        let cleanup = self.cleanup();
        cleanup.carry_out(&cleanup.plan(now()).unwrap(), now()).unwrap()
    }

    /// Every file with its content, mode and time, what was put aside left out.
    fn picture(&self) -> String {
        picture(&self.path(""))
    }
}

fn picture(root: &Path) -> String {
    let out = Command::new("find")
        .args([
            ".",
            "-name",
            QUARANTINE,
            "-prune",
            "-o",
            "-type",
            "f",
            "-printf",
            "%p %m %T@ %s %i\\n",
            "-exec",
            "cksum",
            "{}",
            ";",
        ])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(out.status.success());
    let mut lines: Vec<&str> = std::str::from_utf8(&out.stdout).unwrap().lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn moves(plan: &CleanupPlan) -> Vec<&str> {
    plan.moves.iter().map(|one| one.path.to_str().unwrap()).collect()
}

fn why<'a>(plan: &'a CleanupPlan, path: &str) -> Option<&'a str> {
    plan.left.iter().find(|one| one.path == Path::new(path)).map(|one| one.why.as_str())
}

#[test]
fn what_goes_is_told_by_the_time_a_file_speaks_of() {
    let eco = Eco::new();
    // The day in the name counts, however fresh the file is; a record that is newer counts more.
    eco.put("logs/health_20251001.log", "ok\n", 0);
    eco.put("logs/health_20251117.log", "ok\n", 0);
    eco.put("logs/health_20251215.log", "ok\n", 0);
    eco.put("logs/health_20251002.log", "2025-12-10 00:00:00,000 - X - INFO - still\n", 200);
    // Without a day its newest record, else when it changed.
    eco.put("logs/ecosystem.log.1", "2025-12-01 00:00:00,000 - X - INFO - a\n", 200);
    eco.put("logs/ecosystem.log.2", "2025-10-01 00:00:00,000 - X - INFO - a\n", 0);
    eco.put("logs/ecosystem.log.3.gz", "pressed", 31);
    eco.put("logs/ecosystem.log.4.gz", "pressed", 20);
    eco.put("logs/deep/er/run.jsonl.1", "{\"timestamp\": \"2025-09-01T00:00:00\"}\n", 0);
    eco.put("logs/deep/er/run.jsonl", "{\"timestamp\": \"2025-12-01T00:00:00\"}\n", 0);
    // No logs.
    eco.put("logs/readme.txt", "x", 400);
    eco.put("logs/state.json", "x", 400);
    eco.put("data/hypotheses.jsonl", "x", 400);
    for (day, days) in [("20250101", 0), ("20250916", 0), ("20250917", 0), ("20251215", 300)] {
        eco.put(&format!("reports/morning_{day}.txt"), "x", days);
    }
    eco.put("weekly_performance_20250101.txt", "x", 0);
    eco.put("weekly_performance_20250202.txt", "x", 0);
    eco.put("reports/morning_20250101 2.txt", "x", 300);
    eco.put("reports/notes_20250101.txt", "x", 300);
    let plan = eco.plan();
    assert_eq!(
        moves(&plan),
        [
            "logs/deep/er/run.jsonl.1",
            "logs/ecosystem.log.2",
            "logs/ecosystem.log.3.gz",
            "logs/health_20251001.log",
            "reports/morning_20250101.txt",
            "reports/morning_20250916.txt",
            "weekly_performance_20250101.txt",
        ]
    );
    assert_eq!(why(&plan, "weekly_performance_20250202.txt"), Some("is the newest of its kind"));
}

#[test]
fn the_newest_what_is_written_now_what_is_open_and_what_has_several_names_stay() {
    let eco = Eco::new();
    eco.put("logs/ecosystem.log", "2025-01-01 00:00:00,000 - X - INFO - long silent\n", 300);
    eco.put("logs/ecosystem.log.1", "", 400);
    eco.put("logs/alone_20250101.log", "x", 300);
    eco.put("logs/pair_20250101.log", "x", 300);
    eco.put("logs/pair_20250102.log", "x", 300);
    for name in ["open", "linked", "plain"] {
        eco.put(&format!("logs/{name}.log.1"), "x", 300);
        eco.put(&format!("logs/{name}.log"), "x", 1);
    }
    let open = File::open(eco.path("logs/open.log.1")).unwrap();
    fs::hard_link(eco.path("logs/linked.log.1"), eco.path("data/same")).unwrap();
    eco.put("reports/evening_20250101.txt", "x", 300);
    let plan = eco.plan();
    assert_eq!(moves(&plan), ["logs/ecosystem.log.1", "logs/pair_20250101.log", "logs/plain.log.1"]);
    assert_eq!(why(&plan, "logs/ecosystem.log"), Some("is written now"));
    assert_eq!(why(&plan, "logs/alone_20250101.log"), Some("is the newest of its kind"));
    assert_eq!(why(&plan, "logs/pair_20250102.log"), Some("is the newest of its kind"));
    assert_eq!(why(&plan, "logs/linked.log.1"), Some("has another name too (a hard link)"));
    assert_eq!(why(&plan, "reports/evening_20250101.txt"), Some("is the newest of its kind"));
    if cfg!(target_os = "linux") {
        assert_eq!(why(&plan, "logs/open.log.1"), Some("is open"));
    }
    drop(open);
    assert!(moves(&eco.plan()).contains(&"logs/open.log.1"));
}

#[test]
fn a_log_that_stands_alone_is_of_one_kind_with_the_others_of_its_ending() {
    let eco = Eco::new();
    eco.put("logs/old.log", "x", 40);
    eco.put("logs/older.log", "x", 50);
    eco.put("logs/errors.jsonl", "{}", 60);
    let plan = eco.plan();
    assert_eq!(moves(&plan), ["logs/old.log", "logs/older.log"]);
    assert_eq!(why(&plan, "logs/errors.jsonl"), Some("is the newest of its kind"));
}

#[test]
fn links_are_never_followed_nor_moved() {
    let eco = Eco::new();
    let outside = eco.dir.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    for name in ["canary_20250101.log", "canary_20250102.log"] {
        fs::write(outside.join(name), "canary").unwrap();
    }
    symlink(&outside, eco.path("logs/away")).unwrap();
    symlink(outside.join("canary_20250101.log"), eco.path("logs/link_20250101.log")).unwrap();
    symlink("nowhere", eco.path("logs/link_20250102.log")).unwrap();
    fs::remove_dir(eco.path("reports")).unwrap();
    symlink(&outside, eco.path("reports")).unwrap();
    fs::write(outside.join("morning_20250101.txt"), "canary").unwrap();
    fs::write(outside.join("morning_20250102.txt"), "canary").unwrap();
    let before = picture(&outside);
    let plan = eco.plan();
    assert_eq!(moves(&plan), [""; 0]);
    assert_eq!(why(&plan, "logs/link_20250101.log"), Some("is a link"));
    assert!(why(&plan, "reports").is_some_and(|why| why.contains("link")), "{:?}", plan.left);
    eco.clean();
    assert_eq!(picture(&outside), before);

    // The folder of logs itself.
    fs::rename(eco.path("logs"), eco.dir.path().join("elsewhere")).unwrap();
    symlink(&outside, eco.path("logs")).unwrap();
    let plan = eco.plan();
    assert_eq!(moves(&plan), [""; 0]);
    assert!(why(&plan, "logs").is_some_and(|why| why.contains("link")), "{:?}", plan.left);
}

#[test]
fn undo_brings_each_file_back_as_it_was_where_its_place_is_free() {
    let eco = Eco::new();
    for number in 1..20 {
        eco.put(
            &format!("logs/deep/a.log.{number}"),
            &format!("line {number}\n").repeat(number),
            40 + number as u64,
        );
    }
    eco.put("logs/deep/a.log", "x", 0);
    fs::set_permissions(eco.path("logs/deep/a.log.3"), fs::Permissions::from_mode(0o640)).unwrap();
    let before = eco.picture();
    let cleaned = eco.clean();
    assert_eq!(cleaned.moved.len(), 19);
    let quarantine = eco.path(QUARANTINE);
    assert_eq!(quarantine.metadata().unwrap().mode() & 0o777, 0o700);
    assert_eq!(quarantine.metadata().unwrap().dev(), eco.path("logs").metadata().unwrap().dev());
    let id = cleaned.id.unwrap();
    let cleanup = eco.cleanup();
    let plan = cleanup.undo_plan(None).unwrap();
    assert_eq!((plan.id.as_str(), plan.moves.len()), (id.as_str(), 19));

    // A place that is taken is left alone, and the file stays where it can be had later.
    eco.put("logs/deep/a.log.7", "mine", 0);
    let undone = cleanup.undo(&plan).unwrap();
    assert_eq!(undone.moved.len(), 18);
    assert_eq!(undone.left[0].path, Path::new("logs/deep/a.log.7"));
    assert_eq!(fs::read_to_string(eco.path("logs/deep/a.log.7")).unwrap(), "mine");
    assert_eq!(cleanup.put_aside().unwrap().0[0].files, 1);

    fs::remove_file(eco.path("logs/deep/a.log.7")).unwrap();
    let undone = cleanup.undo(&cleanup.undo_plan(Some(&id)).unwrap()).unwrap();
    assert_eq!(undone.moved.len(), 1);
    assert_eq!(eco.picture(), before);
    assert_eq!(fs::read_dir(quarantine).unwrap().count(), 0, "nothing is left behind");
    assert_eq!(cleanup.undo_plan(None).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn stopped_between_the_list_and_the_moves_nothing_is_lost() {
    let eco = Eco::new();
    for number in 1..5 {
        eco.put(&format!("logs/a.log.{number}"), "x", 40);
    }
    eco.put("logs/a.log", "x", 0);
    let before = eco.picture();
    let cleanup = eco.cleanup();
    let plan = cleanup.plan(now()).unwrap();
    // Written down, and then killed.
    let (begun, _) = cleanup.begin(&plan, now()).unwrap();
    drop(begun.unwrap());
    assert_eq!(eco.picture(), before);
    assert_eq!(cleanup.undo_plan(None).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(cleanup.put_aside().unwrap(), (vec![], vec![]));

    // Killed after one of them was moved: what the list says is believed only where the file is.
    let id = fs::read_dir(eco.path(QUARANTINE)).unwrap().next().unwrap().unwrap().path();
    fs::rename(eco.path("logs/a.log.1"), id.join("files/1")).unwrap();
    fs::write(id.join("files/2"), "not ours").unwrap();
    let undo = cleanup.undo_plan(None).unwrap();
    assert_eq!(undo.moves.len(), 1);
    // The next run goes on with what is left; both can be undone.
    let next = eco.clean();
    assert_eq!(next.moved.len(), 3);
    for _ in 0..2 {
        cleanup.undo(&cleanup.undo_plan(None).unwrap()).unwrap();
    }
    assert_eq!(eco.picture(), before);
    assert_eq!(
        fs::read_to_string(id.join("files/2")).unwrap(),
        "not ours",
        "what is not on the list is nobody's"
    );
}

#[test]
fn killed_before_the_list_was_written_it_is_cleared_away() {
    let eco = Eco::new();
    eco.put("logs/a.log.1", "x", 40);
    eco.put("logs/a.log", "x", 0);
    let half = eco.path(QUARANTINE).join("20251216-110000");
    fs::create_dir_all(half.join("files")).unwrap();
    fs::set_permissions(eco.path(QUARANTINE), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(half.join("list.draft"), "{").unwrap();
    let kept = eco.path(QUARANTINE).join("20251216-100000");
    fs::create_dir_all(&kept).unwrap();
    fs::write(kept.join("stranger"), "x").unwrap();
    assert_eq!(eco.clean().moved.len(), 1);
    assert!(!half.exists());
    assert!(kept.join("stranger").exists());
}

#[test]
fn what_was_put_aside_goes_after_its_time_and_nothing_else_does() {
    let eco = Eco::new();
    eco.put("logs/a.log.1", "x", 40);
    eco.put("logs/a.log", "x", 0);
    let id = eco.clean().id.unwrap();
    let batch = eco.path(QUARANTINE).join(&id);
    let cleanup = eco.cleanup();
    let later = |days: i64, seconds: i64| now() + TimeDelta::days(days) + TimeDelta::seconds(seconds);
    assert!(cleanup.plan(later(14, 0)).unwrap().remove.is_empty());
    // A clock that went back removes nothing.
    assert!(cleanup.plan(later(-400, 0)).unwrap().remove.is_empty());
    let over = later(14, 1);
    let plan = cleanup.plan(over).unwrap();
    assert_eq!((plan.remove.len(), plan.remove[0].id.as_str()), (1, id.as_str()));

    // Something that Caretaker did not put there keeps its folder; a file of another inode is not the one of the list.
    fs::write(batch.join("files/mine"), "mine").unwrap();
    let done = cleanup.carry_out(&plan, over).unwrap();
    assert_eq!(done.removed, []);
    assert!(!batch.join("files/1").exists());
    assert!(batch.join("files/mine").exists() && batch.join("list.json").exists());
    fs::rename(batch.join("files/mine"), batch.join("files/1")).unwrap();
    cleanup.carry_out(&cleanup.plan(over).unwrap(), over).unwrap();
    assert_eq!(fs::read_to_string(batch.join("files/1")).unwrap(), "mine");
    fs::remove_file(batch.join("files/1")).unwrap();
    cleanup.carry_out(&cleanup.plan(over).unwrap(), over).unwrap();
    assert!(!batch.exists());
}

#[test]
fn a_file_that_changed_since_the_plan_stays() {
    let eco = Eco::new();
    for number in 1..4 {
        eco.put(&format!("logs/a.log.{number}"), "x", 40);
    }
    eco.put("logs/a.log", "x", 0);
    let cleanup = eco.cleanup();
    let plan = cleanup.plan(now()).unwrap();
    eco.put("logs/a.log.1", "written again", 0);
    fs::remove_file(eco.path("logs/a.log.2")).unwrap();
    symlink(eco.path("data"), eco.path("logs/a.log.2")).unwrap();
    let open = File::open(eco.path("logs/a.log.3")).unwrap();
    let done = cleanup.carry_out(&plan, now()).unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!((done.moved.len(), done.left.len()), (0, 3), "{done:?}");
        assert_eq!(done.id, None);
        assert_eq!(fs::read_dir(eco.path(QUARANTINE)).unwrap().count(), 0);
    }
    drop(open);
}

#[test]
fn a_folder_swapped_for_a_link_all_the_time_leads_nowhere() {
    let eco = Eco::new();
    let canary = eco.dir.path().join("canary");
    fs::create_dir_all(&canary).unwrap();
    for number in 1..30 {
        eco.put(&format!("logs/sub/a.log.{number}"), "x", 40);
    }
    // The same names, dates and sizes, so that it could be cleaned up as well; and places where something could be brought to.
    for number in 1..15 {
        let name = format!("a.log.{number}");
        fs::copy(eco.path(&format!("logs/sub/{name}")), canary.join(&name)).unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        File::options().write(true).open(canary.join(&name)).unwrap().set_modified(old).unwrap();
    }
    fs::write(canary.join("a.log"), "x").unwrap();
    eco.put("logs/sub/a.log", "x", 0);
    let before = (eco.picture(), picture(&canary));
    let swaps = AtomicU32::new(0);
    let (sub, aside) = (eco.path("logs/sub"), eco.path("logs/aside"));
    let mut carried = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..SWAPS {
                fs::rename(&sub, &aside).unwrap();
                symlink(&canary, &sub).unwrap();
                fs::remove_file(&sub).unwrap();
                fs::rename(&aside, &sub).unwrap();
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        let cleanup = eco.cleanup();
        while swaps.load(Ordering::Relaxed) < SWAPS {
            let plan = cleanup.plan(now()).unwrap();
            carried += cleanup.carry_out(&plan, now()).unwrap().moved.len();
            while let Ok(undo) = cleanup.undo_plan(None) {
                cleanup.undo(&undo).unwrap();
                if swaps.load(Ordering::Relaxed) >= SWAPS {
                    break;
                }
            }
        }
    });
    assert!(carried > 0, "the clean-up never got through");
    // Aside it may have been called `aside` when the plan was made: each file is somewhere, and comes back.
    let cleanup = eco.cleanup();
    fs::create_dir_all(&aside).unwrap();
    while let Ok(undo) = cleanup.undo_plan(None) {
        cleanup.undo(&undo).unwrap();
    }
    for entry in fs::read_dir(&aside).unwrap() {
        let path = entry.unwrap().path();
        fs::rename(&path, sub.join(path.file_name().unwrap())).unwrap();
    }
    fs::remove_dir(&aside).unwrap();
    assert_eq!(picture(&canary), before.1, "the canary was touched");
    assert_eq!(eco.picture(), before.0);
}

#[test]
fn a_folder_of_logs_in_which_more_than_logs_lies_is_refused() {
    let mut eco = Eco::new();
    let refused = |eco: &Eco| match eco.profile() {
        Err(problems) => problems.join("\n"),
        Ok(profile) => {
            let error = Cleanup::new(&profile, Some(eco.dir.path()), ZONE).err().expect("it is refused");
            assert_eq!(error.kind, ErrorKind::Usage);
            error.message
        }
    };
    let home = eco.dir.path().display().to_string();
    for logs in ["/", "..", "logs/../..", "~", "~/", &home, "", ".", "data", "data/deep", "config", "./data/"]
    {
        eco.more = format!("[folders]\nlogs = {logs:?}\n");
        assert!(!refused(&eco).is_empty(), "{logs}");
    }
    // The same by a link.
    for (name, target) in [("l1", "/"), ("l2", home.as_str()), ("l3", "data"), ("l4", ".")] {
        symlink(target, eco.path(name)).unwrap();
        eco.more = format!("[folders]\nlogs = {name:?}\n");
        assert!(refused(&eco).contains("nothing is cleaned up"), "{name}");
    }
    eco.more = "[folders]\nlogs = \"logs/deep\"\n".into();
    assert!(Cleanup::new(&eco.profile().unwrap(), Some(eco.dir.path()), ZONE).is_ok());
}

#[test]
fn ages_that_cannot_be_are_named_and_an_empty_one_means_never() {
    let mut eco = Eco::new();
    for key in ["logs", "reports", "quarantine"] {
        for bad in [
            "0",
            "-1",
            "1e9",
            "\"0d\"",
            "\"-1d\"",
            "\"1e9d\"",
            "\"23h\"",
            "\"99999999d\"",
            "\"soon\"",
            "true",
            "[]",
        ] {
            eco.more = format!("[cleanup]\n{key} = {bad}\n");
            let problems = eco.profile().expect_err(bad);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(
                problems[0].contains("4:") && problems[0].contains(&format!("cleanup.{key}")),
                "{problems:?}"
            );
        }
    }
    eco.more = "[cleanup]\nlogs = \"7 d\"\n".into();
    assert_eq!(
        eco.profile().unwrap().cleanup.logs,
        Some(Duration::from_secs(7 * 86_400)),
        "what it can only mean"
    );
    eco.put("logs/a.log.1", "x", 400);
    eco.put("logs/a.log", "x", 0);
    eco.put("reports/morning_20240101.txt", "x", 0);
    eco.put("reports/morning_20240102.txt", "x", 0);
    eco.more = "[cleanup]\nlogs = \"\"\nreports = \"\"\nquarantine = \"\"\n".into();
    assert_eq!(moves(&eco.plan()), [""; 0]);
    eco.more = "[cleanup]\nquarantine = \"\"\n".into();
    eco.clean();
    assert!(eco.cleanup().plan(now() + TimeDelta::days(3000)).unwrap().remove.is_empty());
}

#[test]
fn a_quarantine_that_is_a_link_or_open_to_others_is_refused() {
    let eco = Eco::new();
    eco.put("logs/a.log.1", "x", 400);
    eco.put("logs/a.log", "x", 0);
    let plan = eco.plan();
    let outside = eco.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, eco.path(QUARANTINE)).unwrap();
    assert_eq!(eco.cleanup().carry_out(&plan, now()).unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    fs::remove_file(eco.path(QUARANTINE)).unwrap();
    fs::create_dir(eco.path(QUARANTINE)).unwrap();
    fs::set_permissions(eco.path(QUARANTINE), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(eco.cleanup().carry_out(&plan, now()).unwrap_err().kind, ErrorKind::Denied);
    assert!(eco.path("logs/a.log.1").exists());
}

#[test]
fn a_list_that_is_damaged_or_leads_away_does_nothing() {
    let eco = Eco::new();
    eco.put("logs/a.log.1", "x", 400);
    eco.put("logs/a.log", "x", 0);
    let id = eco.clean().id.unwrap();
    let list = eco.path(QUARANTINE).join(&id).join("list.json");
    let good = fs::read_to_string(&list).unwrap();
    for away in ["../stolen", "/tmp/stolen", "logs/../../stolen", ".."] {
        fs::write(&list, good.replace("logs/a.log.1", away)).unwrap();
        let cleanup = eco.cleanup();
        let undone = cleanup.undo(&cleanup.undo_plan(None).unwrap()).unwrap();
        assert_eq!((undone.moved.len(), undone.left.len()), (0, 1), "{away}");
    }
    fs::write(&list, "{").unwrap();
    let (all, left) = eco.cleanup().put_aside().unwrap();
    assert!(all.is_empty() && left[0].why.contains("damaged"), "{left:?}");
    fs::write(&list, good).unwrap();
    assert_eq!(eco.cleanup().undo_plan(None).unwrap().moves.len(), 1);
    for bad in ["..", "../..", "/", "20251216-120000/../x"] {
        assert_eq!(eco.cleanup().undo_plan(Some(bad)).unwrap_err().kind, ErrorKind::Usage, "{bad}");
    }
}

#[test]
fn space_counts_each_file_once_and_nothing_behind_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, canary) = (dir.path().join("tree"), dir.path().join("canary"));
    fs::create_dir_all(tree.join("large/deep")).unwrap();
    fs::create_dir_all(tree.join("small")).unwrap();
    fs::create_dir(&canary).unwrap();
    fs::write(canary.join("huge"), vec![7; 1_000_000]).unwrap();
    fs::write(tree.join("large/deep/a"), vec![7; 70_000]).unwrap();
    fs::write(tree.join("large/b"), vec![7; 5_000]).unwrap();
    fs::write(tree.join("small/c"), vec![7; 100]).unwrap();
    fs::hard_link(tree.join("large/b"), tree.join("small/same")).unwrap();
    symlink(&canary, tree.join("small/away")).unwrap();
    let found = space(&tree).unwrap();
    assert_eq!((found.taken.bytes, found.taken.files, found.complete), (75_100, 3, true));
    let names: Vec<&str> = found.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["large", "small"]);
    assert!(found.entries[0].taken.bytes >= 70_000 && found.entries[0].folder);
    assert!(space(&dir.path().join("none")).is_err());
}
