//! What a walk through the tree saw, added up by the hands that walk it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Place;
use super::packages::Requirement;
use super::python::PythonFile;
use super::settings::SettingsFile;
use crate::clock::Instant;

/// Of the places of a check so many are kept by each hand; the rest is counted.
const MOST_KEPT: usize = 2_000;

/// Places that were noted.
#[derive(Debug, Clone, Default)]
pub(super) struct Spots {
    kept: Vec<Place>,
    count: u64,
}

impl Spots {
    pub(super) fn of(kept: Vec<Place>) -> Self {
        Self { count: kept.len() as u64, kept }
    }

    pub(super) fn note(&mut self, place: Place) {
        self.count += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(place);
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.kept.extend(other.kept);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The first of them in the order of paths, and how many more there are.
    pub(super) fn shown(&self, most: usize) -> (Vec<Place>, u64) {
        let mut places = self.kept.clone();
        places.sort();
        places.dedup();
        let twice = (self.kept.len() - places.len()) as u64;
        places.truncate(most);
        let more = self.count.saturating_sub(twice).saturating_sub(places.len() as u64);
        (places, more)
    }

    /// What tells them from others: without the line, which moves.
    pub(super) fn marks(&self) -> Vec<String> {
        let mut marks: Vec<String> =
            self.kept.iter().map(|one| format!("{}: {}", one.path, one.text)).collect();
        marks.sort();
        marks.dedup();
        marks
    }
}

/// Among what a check looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Anything,
    Code,
    Script,
    Settings,
    Logs,
    Reports,
    Data,
    Text,
    Json,
    JsonLines,
    Databases,
}

impl Of {
    pub(super) fn one(self) -> &'static str {
        match self {
            Self::Anything => "file",
            Self::Code => "file of code",
            Self::Script => "script",
            Self::Settings => "settings file",
            Self::Logs => "log",
            Self::Reports => "report",
            Self::Data => "data file",
            Self::Text => "text file",
            Self::Json => "JSON file",
            Self::JsonLines => "file of JSON lines",
            Self::Databases => "database",
        }
    }

    pub(super) fn none(self) -> &'static str {
        match self {
            Self::Anything => "nothing",
            Self::Code => "no code",
            Self::Script => "no script",
            Self::Settings => "no settings file",
            Self::Logs => "no log",
            Self::Reports => "no report",
            Self::Data => "no data file",
            Self::Text => "no text file",
            Self::Json => "no JSON file",
            Self::JsonLines => "no file of JSON lines",
            Self::Databases => "no database",
        }
    }
}

/// Something that was not looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LeftOut {
    /// The folder from the root of the ecosystem; empty where it is about files here and there.
    pub path: String,
    /// Why.
    pub why: String,
    /// How many files.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub files: u64,
    /// Their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

/// A place in a long file, whose line is not known yet.
#[derive(Debug)]
pub(super) struct Later {
    pub id: &'static str,
    pub shown: String,
    pub offset: u64,
    pub text: String,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    spots: BTreeMap<&'static str, Spots>,
    /// Folders that could not be listed: whatever is in them is unknown.
    folders: Spots,
    /// Files that could not be read or taken apart, by what they are, or by the check alone.
    files: BTreeMap<Of, Spots>,
    single: BTreeMap<&'static str, Spots>,
    counts: BTreeMap<Of, u64>,
    left_out: Vec<LeftOut>,
    unsearched: BTreeMap<&'static str, (u64, u64)>,
    pub python: Vec<PythonFile>,
    pub settings: Vec<SettingsFile>,
    pub requirements: Vec<Requirement>,
    /// Files that say on what the code depends.
    pub manifests: Vec<String>,
    /// Virtual environments, from the root.
    pub environments: Vec<String>,
    /// Names at the root of the ecosystem, folders with a slash.
    pub at_root: Vec<String>,
    /// Secrets of long files, whose lines are counted afterwards.
    pub later: Vec<Later>,
    /// Files in which a secret was seen.
    pub with_secrets: Vec<String>,
    /// When the newest log was written.
    pub newest_log: Option<Instant>,
    /// Code that changed last: when, and which.
    pub newest_code: Option<(Instant, String)>,
    /// Bytes that were read.
    pub read: u64,
}

impl Seen {
    /// Notes a place under the name of the check that fails by it.
    pub(super) fn note(&mut self, id: &'static str, path: &str, line: Option<u64>, text: impl AsRef<str>) {
        self.spots.entry(id).or_default().note(Place::new(path, line, text));
    }

    /// Notes something of this kind that was looked at.
    pub(super) fn add_one(&mut self, of: Of) {
        *self.counts.entry(of).or_default() += 1;
    }

    /// Notes a folder that could not be looked into.
    pub(super) fn cannot_list(&mut self, path: &str, why: &str) {
        self.folders.note(Place::new(path, None, why));
    }

    /// Notes a file that could not be read.
    pub(super) fn cannot_read(&mut self, of: Of, path: &str, why: &str) {
        self.files.entry(of).or_default().note(Place::new(path, None, why));
    }

    /// Notes a file of which one check cannot be made.
    pub(super) fn cannot_tell(&mut self, id: &'static str, path: &str, why: &str) {
        self.single.entry(id).or_default().note(Place::new(path, None, why));
    }

    /// Notes a folder that nobody wanted looked into.
    pub(super) fn leave_out(&mut self, path: &str, why: &str) {
        self.left_out.push(LeftOut {
            path: Place::new(path, None, "").path,
            why: why.into(),
            files: 0,
            bytes: 0,
        });
    }

    /// Notes a file that is not searched for secrets.
    pub(super) fn unsearched(&mut self, why: &'static str, bytes: u64) {
        let (files, sum) = self.unsearched.entry(why).or_default();
        *files += 1;
        *sum += bytes;
    }

    /// The folders that were left out, to say how much is in them.
    pub(super) fn folders_left_out(&mut self) -> &mut Vec<LeftOut> {
        &mut self.left_out
    }

    pub(super) fn left_out(&self) -> Vec<LeftOut> {
        let mut all = self.left_out.clone();
        all.sort_by(|one, two| one.path.cmp(&two.path));
        all.extend(self.unsearched.iter().map(|(why, (files, bytes))| LeftOut {
            path: String::new(),
            why: (*why).to_owned(),
            files: *files,
            bytes: *bytes,
        }));
        all
    }

    pub(super) fn spots(&self, id: &str) -> &Spots {
        static NONE: Spots = Spots { kept: Vec::new(), count: 0 };
        self.spots.get(id).unwrap_or(&NONE)
    }

    /// What keeps a check that found nothing from being told.
    pub(super) fn blind(&self, of: Of, id: &str) -> Spots {
        let mut all = self.folders.clone();
        let kinds =
            self.files.iter().filter(|(kind, _)| of != Of::Anything && (**kind == of || of == Of::Text));
        for (_, spots) in kinds {
            all.add(spots.clone());
        }
        all.add(self.single.get(id).cloned().unwrap_or_default());
        all
    }

    pub(super) fn count(&self, of: Of) -> u64 {
        self.counts.get(&of).copied().unwrap_or(0)
    }

    /// Adds what another hand saw.
    pub(super) fn add(&mut self, other: Self) {
        for (id, spots) in other.spots {
            self.spots.entry(id).or_default().add(spots);
        }
        for (of, spots) in other.files {
            self.files.entry(of).or_default().add(spots);
        }
        for (id, spots) in other.single {
            self.single.entry(id).or_default().add(spots);
        }
        for (of, count) in other.counts {
            *self.counts.entry(of).or_default() += count;
        }
        for (why, (files, bytes)) in other.unsearched {
            let sum = self.unsearched.entry(why).or_default();
            *sum = (sum.0 + files, sum.1 + bytes);
        }
        self.folders.add(other.folders);
        self.left_out.extend(other.left_out);
        self.python.extend(other.python);
        self.settings.extend(other.settings);
        self.requirements.extend(other.requirements);
        self.manifests.extend(other.manifests);
        self.environments.extend(other.environments);
        self.at_root.extend(other.at_root);
        self.with_secrets.extend(other.with_secrets);
        self.later.extend(other.later);
        self.newest_log = self.newest_log.max(other.newest_log);
        self.newest_code = self.newest_code.take().max(other.newest_code);
        self.read += other.read;
    }
}
