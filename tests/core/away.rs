//! The place that is not on this machine, against a real S3-compatible server: sent, broken off, lied to, lost, fetched.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/s3.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod s3;
#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::path::Path;
use std::time::Duration;

use caretaker_core::backup::{ArchiveId, Desk, Kind, Part, Sent, Which, Wish};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::error::{ErrorKind, Result};
use caretaker_core::profile::{self, Profile};
use caretaker_core::progress::Unwatched;
use caretaker_core::secrets::Secrets;
use chrono::{FixedOffset, TimeDelta};
use s3::{BUCKET, KEY, Line, Store};
use trees::{Grove, noise, now, same_trees};

/// A grove whose backups go away.
struct Far {
    grove: Grove,
    store: Store,
    profile: Profile,
    desk: Desk,
    secret: &'static str,
}

impl Far {
    fn new(more: &str) -> Self {
        Self::with(Grove::new(), Store::start(), more)
    }

    fn with(grove: Grove, store: Store, more: &str) -> Self {
        let text = format!(
            "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n{}",
            grove.root().to_str().unwrap(),
            grove.shelf.folder().to_str().unwrap(),
            store.profile(more)
        );
        let profile = profile::parse(&text, Path::new("/p.toml"), None).unwrap();
        let desk =
            Desk::new(&profile, &grove.scratch("state"), Zone::Fixed(FixedOffset::east_opt(0).unwrap()))
                .unwrap();
        Self { grove, store, profile, desk, secret: KEY.1 }
    }

    /// More than three parts, which nothing presses.
    fn large(self) -> Self {
        self.grove.put("data/large.bin", &noise(28 << 20));
        self
    }

    fn back_up(&self, kind: Kind, day: i64) -> ArchiveId {
        self.grove.put("data/day.json", day.to_string().as_bytes());
        self.desk.create(kind, at(day), &Unwatched).unwrap().id
    }

    fn secrets(&self) -> Secrets {
        let secret = self.secret;
        Secrets::new(move |name| (name == "SECRET").then(|| secret.to_owned()))
    }

    fn send(&self, day: i64) -> Result<Sent> {
        self.desk.away(self.profile.away.as_ref(), &self.secrets())?.send(at(day), &Unwatched)
    }

    fn fetch(&self, id: ArchiveId) -> Result<Vec<ArchiveId>> {
        self.desk.away(self.profile.away.as_ref(), &self.secrets())?.fetch(id, at(9), &Unwatched)
    }

    fn faults(&self, id: ArchiveId) -> usize {
        let away = self.desk.away(self.profile.away.as_ref(), &self.secrets()).unwrap();
        away.verify(id, at(9), &Unwatched).unwrap().iter().map(|one| one.faults.len()).sum()
    }

    /// Where an archive lies on the server's disk.
    fn object(&self, id: ArchiveId) -> std::path::PathBuf {
        self.store.folder.join("mac").join(id.kind().folder()).join(id.file_name())
    }

    fn lose_everything_here(&self) {
        fs::remove_dir_all(self.grove.shelf.folder()).unwrap();
    }

    fn comes_back(&self, id: ArchiveId, name: &str) {
        let out = self.grove.scratch(name);
        let wish = Wish { which: Which::Id(id), part: Part::Everything, to: Some(out.clone()) };
        self.desk.restore_beside(&wish, &out, &Unwatched).unwrap();
    }
}

fn at(day: i64) -> Instant {
    now() + TimeDelta::days(day)
}

#[test]
fn what_was_sent_is_enough_when_everything_here_is_lost() {
    let far = Far::new("").large();
    let full = far.back_up(Kind::Weekly, 0);
    let next = far.back_up(Kind::Daily, 1);
    let sent = far.send(1).unwrap();
    assert_eq!(sent.sent, [full, next]);
    assert!(far.store.parts() >= 4, "{}", far.store.parts());
    assert_eq!(far.send(1).unwrap(), Sent::default(), "everything is there already");
    assert_eq!(far.faults(next), 0);
    assert_eq!(far.desk.away_list(far.profile.away.as_ref()).unwrap().unwrap().newest().unwrap(), at(1));

    let copy = far.grove.scratch("copy");
    std::process::Command::new("cp").arg("-a").arg(far.grove.path(".")).arg(&copy).status().unwrap();
    far.lose_everything_here();
    // The list here may be lost too, as on another machine: what lies there is found again.
    fs::remove_dir_all(far.grove.scratch("state").join("backups")).unwrap();
    far.send(2).unwrap();
    assert_eq!(far.fetch(next).unwrap(), [full, next]);
    assert_eq!(far.fetch(next).unwrap(), [], "it is here already");
    far.comes_back(next, "out");
    same_trees(&copy, &far.grove.scratch("out"));
}

#[test]
fn an_upload_that_was_cut_off_goes_on_with_the_parts_that_are_missing() {
    let far = Far::new("");
    // Six parts, four of them under way at once.
    far.grove.put("data/large.bin", &noise(44 << 20));
    let id = far.back_up(Kind::Manual, 0);
    // At the list, within the first part, and with some of the parts through.
    for line in [Line::CutAfter(1_000), Line::CutAfter(300_000), Line::DiesAfter(38 << 20)] {
        far.store.set(line);
        let error = far.send(0).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::System), "{line:?}: {error}");
        assert!(!far.object(id).exists(), "{line:?}: nothing that is half there has a name");
        let list = far.desk.away_list(far.profile.away.as_ref()).unwrap().unwrap();
        assert!(list.problem.is_some() && list.newest().is_none());
    }
    far.store.set(Line::Good);
    let before = far.store.parts();
    assert_eq!(far.send(0).unwrap().sent, [id]);
    assert!(far.store.parts() - before < 6, "all parts were sent once more");
    assert_eq!(far.faults(id), 0);
    assert!(far.desk.away_list(far.profile.away.as_ref()).unwrap().unwrap().problem.is_none());
}

#[test]
fn a_store_that_refuses_or_is_not_there_is_patience() {
    let far = Far::new("");
    let id = far.back_up(Kind::Weekly, 0);
    for (line, kind) in [
        (Line::Answers(500), ErrorKind::System),
        (Line::Answers(403), ErrorKind::Denied),
        (Line::Dead, ErrorKind::System),
    ] {
        far.store.set(line);
        let error = far.send(0).unwrap_err();
        assert_eq!(error.kind, kind, "{line:?}: {error}");
        assert!(error.hint.is_some() && !error.to_string().contains(KEY.1), "{error}");
    }
    far.store.set(Line::Slow(Duration::from_millis(300)));
    assert_eq!(far.send(0).unwrap().sent, [id]);
}

#[test]
fn wrong_credentials_are_named_and_never_shown() {
    let mut far = Far::new("");
    far.back_up(Kind::Weekly, 0);
    far.secret = "expired";
    let error = far.send(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied, "{error}");
    assert!(error.hint.unwrap().contains("access key"));
    let secrets = Secrets::new(|_| None);
    let missing = far.desk.away(far.profile.away.as_ref(), &secrets).err().unwrap();
    assert!(missing.to_string().contains("SECRET"), "{missing}");
}

#[test]
fn a_store_that_changes_or_loses_something_is_caught_and_given_it_again() {
    let far = Far::new("").large();
    let (full, next) = (far.back_up(Kind::Weekly, 0), far.back_up(Kind::Daily, 1));
    far.send(1).unwrap();
    // One bit of one byte.
    let mut bytes = fs::read(far.object(full)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(far.object(full), &bytes).unwrap();
    assert_eq!(far.faults(next), 1, "the increment needs it");
    fs::remove_file(far.object(next)).unwrap();
    assert_eq!(far.faults(next), 2);
    let error = far.fetch_after_loss(next);
    assert_eq!(error.kind, ErrorKind::Damaged, "{error}");
    // What is here still is sent once more.
    let sent = far.send(2).unwrap();
    assert_eq!(sent.sent, [full, next]);
    assert_eq!(far.faults(next), 0);
}

impl Far {
    /// What fetching says while nothing is here; everything is here again afterwards.
    fn fetch_after_loss(&self, id: ArchiveId) -> caretaker_core::error::Error {
        let aside = self.grove.scratch("aside");
        fs::rename(self.grove.shelf.folder(), &aside).unwrap();
        let error = self.fetch(id).unwrap_err();
        let half = walk(self.grove.shelf.folder())
            .into_iter()
            .filter(|name| name.ends_with(".tar.gz") || name.ends_with(".part"));
        assert_eq!(half.collect::<Vec<_>>(), Vec::<String>::new(), "nothing that is bad gets a name");
        let _ = fs::remove_dir_all(self.grove.shelf.folder());
        fs::rename(&aside, self.grove.shelf.folder()).unwrap();
        error
    }
}

fn walk(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            names.extend(walk(&entry.path()));
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names
}

#[test]
fn an_answer_that_is_cut_off_brings_nothing_back_and_the_next_one_does() {
    let far = Far::new("").large();
    let id = far.back_up(Kind::Manual, 0);
    far.send(0).unwrap();
    far.lose_everything_here();
    far.store.set(Line::CutAnswerAfter(300_000));
    assert!(far.fetch(id).is_err());
    assert!(!walk(far.grove.shelf.folder()).iter().any(|name| name.ends_with(".tar.gz")));
    far.store.set(Line::Good);
    assert_eq!(far.fetch(id).unwrap(), [id]);
    far.comes_back(id, "out");
}

#[test]
fn it_keeps_counts_of_its_own_and_touches_nothing_of_others() {
    let far = Far::new("daily = 2\nweekly = 1\nmonthly = 1\n");
    fs::create_dir_all(far.store.folder.join("mac/ecosystem-daily")).unwrap();
    let strangers = ["mac/ecosystem-daily/ecosystem-daily-20200101-000000.tar.gz", "mac/notes.txt"];
    for stranger in strangers {
        fs::write(far.store.folder.join(stranger), "not ours").unwrap();
    }
    let mut ids = vec![far.back_up(Kind::Weekly, 0)];
    far.send(0).unwrap();
    for day in 1..5 {
        ids.push(far.back_up(Kind::Daily, day));
        far.send(day).unwrap();
    }
    let list = far.desk.away_list(far.profile.away.as_ref()).unwrap().unwrap();
    let there: Vec<ArchiveId> = list.records().iter().map(|record| record.id).collect();
    assert!(there.contains(&ids[4]) && there.contains(&ids[3]) && there.contains(&ids[0]), "{there:?}");
    assert_eq!(far.faults(ids[4]), 0, "what a kept one needs is kept");
    // Each has its archive and its list, and nothing of what was removed stays.
    assert_eq!(far.store.objects().len(), 2 * there.len() + strangers.len(), "{:?}", far.store.objects());
    for stranger in strangers {
        assert_eq!(fs::read(far.store.folder.join(stranger)).unwrap(), b"not ours");
    }
}

#[test]
fn another_ecosystem_in_the_same_folder_is_refused_rather_than_written_over() {
    let first = Far::new("");
    let id = first.back_up(Kind::Weekly, 0);
    first.send(0).unwrap();
    let theirs = fs::read(first.object(id)).unwrap();
    let second = Far::with(Grove::new(), first.store, "");
    assert_eq!(second.back_up(Kind::Weekly, 0), id, "begun in the same second");
    let error = second.send(0).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Busy, "{error}");
    assert!(error.hint.unwrap().contains("folder of its own"));
    assert_eq!(fs::read(second.object(id)).unwrap(), theirs);
}

#[test]
fn a_limit_is_kept_to() {
    let far = Far::new("bandwidth = \"20 MB\"\n").large();
    far.back_up(Kind::Manual, 0);
    let begun = std::time::Instant::now();
    far.send(0).unwrap();
    // 28 MiB at 20 MB a second.
    assert!(begun.elapsed() > Duration::from_millis(1_300), "{:?}", begun.elapsed());
    assert!(far.store.objects().iter().any(|name| name.starts_with("mac/ecosystem-manual/")), "{BUCKET}");
}
