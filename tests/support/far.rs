//! An ecosystem in a scratch folder whose backups go to a place that is not on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use caretaker_core::backup::{ArchiveId, AwayList, Desk, Kind, Part, Picked, Sent, Which, Wish};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::error::Result;
use caretaker_core::profile::{self, Profile};
use caretaker_core::progress::{Progress, Unwatched};
use caretaker_core::secrets::Secrets;
use chrono::{FixedOffset, TimeDelta};

use crate::trees::{Grove, noise, now};

/// A grove whose backups go away, to `P`.
pub struct Far<P> {
    pub grove: Grove,
    pub place: P,
    pub profile: Profile,
    pub desk: Desk,
    /// Secrets by the names of their environment variables.
    pub secrets: Vec<(String, String)>,
}

impl<P> Far<P> {
    /// `away` is the text of `[away]` in its profile.
    pub fn new(grove: Grove, place: P, away: &str, secrets: &[(&str, &str)]) -> Self {
        let text = format!(
            "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n{away}",
            grove.root().to_str().unwrap(),
            grove.shelf.folder().to_str().unwrap(),
        );
        let profile = profile::parse(&text, Path::new("/p.toml"), None).unwrap();
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let desk = Desk::new(&profile, &grove.scratch("state"), zone).unwrap();
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { grove, place, profile, desk, secrets }
    }

    /// More than three parts, which nothing presses.
    pub fn large(self) -> Self {
        self.grove.put("data/large.bin", &noise(28 << 20));
        self
    }

    pub fn back_up(&self, kind: Kind, day: i64) -> ArchiveId {
        self.grove.put("data/day.json", day.to_string().as_bytes());
        self.desk.create(kind, at(day), &Unwatched).unwrap().id
    }

    pub fn known(&self) -> Secrets {
        let secrets = self.secrets.clone();
        Secrets::new(move |name| {
            secrets.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    }

    pub fn send(&self, day: i64) -> Result<Sent> {
        let secrets = self.known();
        self.desk.away(self.profile.away.as_ref(), &secrets)?.send(at(day), &Unwatched)
    }

    pub fn fetch(&self, id: ArchiveId) -> Result<Vec<ArchiveId>> {
        self.fetch_watched(id, &Unwatched)
    }

    pub fn fetch_watched(&self, id: ArchiveId, progress: &dyn Progress) -> Result<Vec<ArchiveId>> {
        let secrets = self.known();
        self.desk.away(self.profile.away.as_ref(), &secrets)?.fetch(id, at(9), progress)
    }

    pub fn pick(&self, id: ArchiveId, part: &str) -> Result<Picked> {
        let secrets = self.known();
        self.desk.away(self.profile.away.as_ref(), &secrets)?.pick(id, &only(part), &Unwatched)
    }

    pub fn faults(&self, id: ArchiveId) -> usize {
        let secrets = self.known();
        let away = self.desk.away(self.profile.away.as_ref(), &secrets).unwrap();
        away.verify(id, at(9), &Unwatched).unwrap().iter().map(|one| one.faults.len()).sum()
    }

    pub fn list(&self) -> AwayList {
        self.desk.away_list(self.profile.away.as_ref()).unwrap().unwrap()
    }

    pub fn lose_everything_here(&self) {
        fs::remove_dir_all(self.grove.shelf.folder()).unwrap();
    }

    /// As on another machine: nothing is known of what lies there.
    pub fn lose_the_list(&self) {
        fs::remove_dir_all(self.grove.scratch("state").join("backups")).unwrap();
    }

    /// Restores it beside; where.
    pub fn comes_back(&self, id: ArchiveId, name: &str) -> PathBuf {
        let out = self.grove.scratch(name);
        let wish = Wish { which: Which::Id(id), part: Part::Everything, to: Some(out.clone()) };
        self.desk.restore_beside(&wish, &out, &Unwatched).unwrap();
        out
    }

    /// The tree as it is now, elsewhere.
    pub fn copy(&self) -> PathBuf {
        let copy = self.grove.scratch("copy");
        let copied =
            std::process::Command::new("cp").arg("-a").arg(self.grove.path(".")).arg(&copy).status().unwrap();
        assert!(copied.success());
        copy
    }
}

/// One part of a tree.
pub fn only(path: &str) -> Part {
    Part::Only(caretaker_core::backup::tree::TreePath::new(path.as_bytes()).unwrap())
}

/// So many days after the first.
pub fn at(day: i64) -> Instant {
    now() + TimeDelta::days(day)
}

/// The names of all files below `folder`.
pub fn walk(folder: &Path) -> Vec<String> {
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
