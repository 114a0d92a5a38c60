//! Upkeep as the window asks for it: what was shown is what is done, it is entered, and it is taken back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use caretaker_core::clock::{FixedClock, Instant, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::keeper::{Journal, Plans, SpaceOf, Upkeep};
use caretaker_core::profile::parse;
use caretaker_core::store::Entered;
use chrono::{FixedOffset, TimeZone, Utc};
use tempfile::TempDir;

const ZONE: Zone = Zone::Fixed(match FixedOffset::east_opt(0) {
    Some(zone) => zone,
    None => panic!("there is UTC"),
});

fn now() -> Instant {
    Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()
}

/// An ecosystem, and the upkeep of it as a window holds it.
struct Eco {
    dir: TempDir,
    plans: Arc<Plans>,
}

impl Eco {
    fn new() -> Self {
        let eco = Self { dir: tempfile::tempdir().unwrap(), plans: Arc::default() };
        for folder in ["data", "config", "logs", "data/reports"] {
            fs::create_dir_all(eco.path(folder)).unwrap();
        }
        eco.put("logs/ecosystem.log", "2025-12-16 11:59:00,000 - X - INFO - here\n", 0);
        eco.put("logs/ecosystem.log.1", "2025-10-01 00:00:00,000 - X - INFO - old\n", 70);
        eco
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("eco").join(below)
    }

    fn put(&self, below: &str, content: &str, days: u64) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let at =
            SystemTime::UNIX_EPOCH + Duration::from_secs(now().timestamp() as u64 - days * 86_400 - 7200);
        File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
    }

    /// Anew for each question, as the window does it.
    fn upkeep(&self) -> Upkeep {
        let text = format!("[ecosystem]\nroot = {:?}\n", self.path("").display());
        let profile = parse(&text, Path::new("/p/caretaker.toml"), Some(self.dir.path())).unwrap();
        let home = Some(self.dir.path().to_owned());
        let clock = Arc::new(FixedClock::new(now()));
        Upkeep::new(profile, &self.path("../state"), home, clock, ZONE, Arc::clone(&self.plans))
    }

    fn journal(&self) -> Vec<(Entered, String)> {
        let root = self.path("").components().collect::<PathBuf>();
        let journal = Journal::new(&self.path("../state"), &root);
        let entries = journal.entries(Instant::UNIX_EPOCH, "").unwrap();
        assert_eq!(journal.first_break().unwrap(), None);
        entries.into_iter().map(|entry| (entry.kind, entry.text)).collect()
    }
}

#[test]
fn a_cleanup_is_what_was_shown_and_is_entered_and_taken_back() {
    let eco = Eco::new();
    let plan = eco.upkeep().plan_cleanup().unwrap();
    assert_eq!((plan.files, plan.kinds[0].what.as_str()), (1, "log"));
    assert_eq!(plan.kinds[0].first[0].path, "logs/ecosystem.log.1");
    let glance = eco.upkeep().glance();
    assert_eq!((glance.old.map(|old| old.0), glance.aside, glance.entered_at), (Some(1), Some((0, 0)), None));
    // Nobody looked yet: nothing is said of findings.
    assert_eq!(glance.findings, None);
    // What came later was not shown, and is not moved.
    eco.put("logs/ecosystem.log.2", "2025-09-01 00:00:00,000 - X - INFO - older\n", 90);
    let done = eco.upkeep().clean_up(plan.number).unwrap();
    assert!(done.said.starts_with("1 file was put aside"), "{}", done.said);
    assert!(!eco.path("logs/ecosystem.log.1").exists() && eco.path("logs/ecosystem.log.2").exists());
    let kept = &done.now.aside[0];
    assert_eq!((done.id.as_deref(), kept.files), (Some(kept.id.as_str()), 1));
    assert_eq!(kept.goes_at, Some(kept.at + chrono::TimeDelta::days(14)));
    // The same plan is not carried out twice.
    assert_eq!(eco.upkeep().clean_up(plan.number).unwrap_err().kind, ErrorKind::Busy);
    let undone = eco.upkeep().undo_cleanup(&kept.id).unwrap();
    assert!(eco.path("logs/ecosystem.log.1").exists() && undone.now.aside.is_empty());
    assert_eq!(undone.id, None);
    let entered: Vec<Entered> = eco.journal().iter().map(|entry| entry.0).collect();
    assert_eq!(entered, [Entered::Undo, Entered::Cleanup]);
    assert!(eco.upkeep().glance().entered_at.is_some());
}

#[test]
fn space_is_walked_into_but_never_out_of_the_folder_and_never_through_a_link() {
    let eco = Eco::new();
    eco.put("data/knowledge/deep/a.json", &"x".repeat(40_000), 0);
    eco.put("data/knowledge/b.json", "yy", 0);
    symlink("/etc", eco.path("data/elsewhere")).unwrap();
    let top = eco.upkeep().space(SpaceOf::Data, &[]).unwrap();
    assert_eq!((top.entries[0].name.as_str(), top.entries[0].bytes), ("knowledge", 40_002));
    assert_eq!((top.yellow, top.red), (Some(5e9), None));
    let below = eco.upkeep().space(SpaceOf::Data, &["knowledge".into()]).unwrap();
    let names: Vec<&str> = below.entries.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names, below.yellow), (vec!["deep", "b.json"], None));
    assert_eq!(eco.upkeep().space(SpaceOf::Logs, &[]).unwrap().yellow, Some(1e9));
    for bad in ["..", ".", "", "/etc", "knowledge/deep", "elsewhere", "knowledge/b.json", "gone", "a\0b"] {
        let error = eco.upkeep().space(SpaceOf::Data, &[bad.into()]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{bad}");
    }
}

#[test]
fn settings_are_changed_as_shown_and_taken_back_byte_for_byte() {
    let eco = Eco::new();
    let before = "# mine\ncycle_minutes: 5  # often\nenabled: true\napi_key: sk-ant-abcdefghijklmnop\nmax_tokens: 4096\n";
    eco.put("config/continuous_learning.yaml", before, 0);
    eco.put("config/broken.yaml", "a: 1\na: 2\n", 0);
    let tuning = eco.upkeep().tuning().unwrap();
    assert_eq!((tuning.presets[0].id.as_str(), tuning.presets[0].changes), ("calmer", 1));
    assert_eq!((tuning.last, tuning.problems.len()), (None, 1));

    // What is a secret never leaves the file.
    let settings = eco.upkeep().settings().unwrap();
    let values: Vec<(&str, Option<&str>)> =
        settings.files[0].values.iter().map(|one| (one.key.as_str(), one.value.as_deref())).collect();
    assert_eq!(
        values,
        [
            ("cycle_minutes", Some("5")),
            ("enabled", Some("true")),
            ("api_key", None),
            ("max_tokens", Some("4096"))
        ]
    );
    let file = "config/continuous_learning.yaml";
    let hidden = eco.upkeep().plan_setting(file, "api_key", "sk-ant-zyxwvutsrqponmlk").unwrap();
    assert!(!format!("{hidden:?}").contains("abcdefgh") && !format!("{hidden:?}").contains("zyxwvuts"));

    let old = eco.upkeep().plan_preset("calmer").unwrap();
    let plan = eco.upkeep().plan_setting(file, "cycle_minutes", "7").unwrap();
    // Only what was shown last.
    assert_eq!(eco.upkeep().tune(old.number).unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(
        eco.upkeep().tune(plan.number).unwrap(),
        format!("“cycle_minutes in {file}”: 1 value in 1 settings file changed.")
    );
    assert_eq!(fs::read_to_string(eco.path(file)).unwrap(), before.replace(": 5", ": 7"));
    let last = eco.upkeep().tuning().unwrap().last.unwrap();
    assert_eq!((last.changes[0].before.as_deref(), last.changes[0].after.as_deref()), (Some("7"), Some("5")));
    assert_eq!(eco.upkeep().glance().tuned.unwrap().1, last.at);

    // Changed by hand meanwhile: said, and left.
    let changed = before.replace(": 5", ": 9");
    fs::write(eco.path(file), &changed).unwrap();
    let stuck = eco.upkeep().tuning().unwrap().last.unwrap();
    assert!(stuck.problem.unwrap().contains("cycle_minutes"));
    assert_eq!(eco.upkeep().revert_tuning(last.at).unwrap_err().kind, ErrorKind::Busy);
    fs::write(eco.path(file), before.replace(": 5", ": 7")).unwrap();
    let other = last.at + chrono::TimeDelta::seconds(1);
    assert_eq!(eco.upkeep().revert_tuning(other).unwrap_err().kind, ErrorKind::Busy);
    eco.upkeep().revert_tuning(last.at).unwrap();
    assert_eq!(fs::read_to_string(eco.path(file)).unwrap(), before);
    let entered: Vec<Entered> = eco.journal().iter().map(|entry| entry.0).collect();
    assert_eq!(entered, [Entered::Undo, Entered::Tuning]);
}

#[test]
fn the_journal_is_narrowed_searched_and_held_against_what_was_written() {
    let eco = Eco::new();
    let upkeep = eco.upkeep();
    assert_eq!(upkeep.journal(None, "").unwrap().count, 0);
    upkeep.note("  Moved the models\u{202e}.\nBoth lines. ").unwrap();
    assert_eq!(upkeep.note(" \n").unwrap_err().kind, ErrorKind::Usage);
    let plan = upkeep.plan_cleanup().unwrap();
    upkeep.clean_up(plan.number).unwrap();
    let all = upkeep.journal(None, "").unwrap();
    assert_eq!((all.count, all.first_break), (2, None));
    assert_eq!(all.kinds, [Entered::Note, Entered::Cleanup]);
    let notes = upkeep.journal(Some(Entered::Note), "BOTH").unwrap();
    assert_eq!(notes.entries[0].text, "Moved the models\u{fffd}.\nBoth lines.");
    assert_eq!(upkeep.journal(Some(Entered::Cleanup), "both").unwrap().count, 0);

    let db = rusqlite::Connection::open(eco.path("../state/caretaker.sqlite3")).unwrap();
    db.execute("UPDATE journal SET text = 'Nothing.' WHERE number = 1", []).unwrap();
    assert_eq!(upkeep.journal(None, "").unwrap().first_break, Some(1));
}
