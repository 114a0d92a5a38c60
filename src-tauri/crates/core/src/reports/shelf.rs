//! All reports of an ecosystem, each read once for as long as its file stays as it is.

mod listing;
mod reading;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use self::listing::{Listed, Task};
pub use self::search::Hit;
use super::facts::{Facts, Names};
use super::pattern::Pattern;
use super::read::{self, Page};
use crate::clock::Instant;
use crate::fsio::Stamp;
use crate::profile::ReportKind;

/// Reports of so many days before the newest of their kind are asked after at each look.
const RECENT: i64 = 60;
/// Of the others every so many looks, unless another file stands there: few people rewrite an old report in place.
const TURNS: u64 = 8;

/// So much of what is odd is named.
const MOST_ODDITIES: usize = 50;

/// One report that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What there is to its content.
    pub condition: Condition,
    /// When it was last written to; `None` where that cannot be told.
    pub written_at: Option<Instant>,
    /// What it says.
    pub facts: Facts,
    stamp: Option<Stamp>,
    seen: u64,
}

/// What there is to a report's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Text.
    Text,
    /// Nothing but white space.
    Blank,
    /// Something that is no text.
    NoText,
    /// It cannot be looked at, for this reason.
    Unknown(String),
}

/// The reports of an ecosystem.
#[derive(Debug)]
pub struct Shelf {
    root: PathBuf,
    kinds: Vec<Kept>,
    names: Names,
    oddities: Vec<String>,
    looks: u64,
    surely: Option<NaiveDate>,
}

/// The reports of one kind.
#[derive(Debug)]
struct Kept {
    kind: ReportKind,
    pattern: Option<Pattern>,
    days: BTreeMap<NaiveDate, Report>,
    twins: BTreeMap<NaiveDate, Vec<String>>,
    problem: Option<String>,
}

impl Shelf {
    /// A shelf for the reports of `kinds` in `root`; nothing is looked at yet.
    pub fn new(root: &Path, kinds: &[ReportKind]) -> Self {
        let kept = |kind: &ReportKind| Kept {
            pattern: Pattern::of(kind),
            kind: kind.clone(),
            days: BTreeMap::new(),
            twins: BTreeMap::new(),
            problem: None,
        };
        Self {
            root: root.to_owned(),
            kinds: kinds.iter().map(kept).collect(),
            names: Names::default(),
            oddities: Vec::new(),
            looks: 0,
            surely: None,
        }
    }

    /// Looks what is there now, and reads what is new or has changed; of the day `surely` nothing is taken for granted.
    ///
    /// A report that is older than sixty days, and is rewritten in place, is noticed within eight looks.
    pub fn refresh(&mut self, surely: Option<NaiveDate>) {
        self.looks += 1;
        self.surely = surely;
        self.oddities.clear();
        for kept in &mut self.kinds {
            kept.twins.clear();
            kept.problem = None;
        }
        let mut tasks = Vec::new();
        match self.root.canonicalize() {
            Ok(root) => {
                let folders: BTreeSet<PathBuf> = self
                    .kinds
                    .iter()
                    .filter_map(|kept| Some(kept.pattern.as_ref()?.folder.clone()))
                    .collect();
                for folder in folders {
                    self.list(&folder, &root, &mut tasks);
                }
                self.read(&root, tasks);
            }
            Err(error) => {
                let problem = format!("cannot look into {}: {error}", self.root.display());
                self.kinds.iter_mut().for_each(|kept| kept.problem = Some(problem.clone()));
                self.odd(problem);
            }
        }
        let looks = self.looks;
        for kept in &mut self.kinds {
            kept.days.retain(|_, report| report.seen == looks);
        }
    }

    fn list(&mut self, folder: &Path, root: &Path, tasks: &mut Vec<Task>) {
        let of_folder: Vec<usize> = (0..self.kinds.len())
            .filter(|at| self.kinds[*at].pattern.as_ref().is_some_and(|pattern| pattern.folder == folder))
            .collect();
        let listed = {
            let patterns = of_folder.iter().filter_map(|at| Some((*at, self.kinds[*at].pattern.as_ref()?)));
            let known = |at: usize, day| self.known(at, day);
            listing::list(folder, root, &patterns.collect::<Vec<_>>(), known)
        };
        match listed {
            Ok(Listed { tasks: new, unchanged, twins, odd }) => {
                odd.into_iter().for_each(|says| self.odd(says));
                for (at, day, name) in twins {
                    self.kinds[at].twins.entry(day).or_default().push(name);
                }
                for (at, day) in unchanged {
                    self.kinds[at].days.get_mut(&day).into_iter().for_each(|report| report.seen = self.looks);
                }
                tasks.extend(new);
            }
            Err(problem) => {
                of_folder.iter().for_each(|at| self.kinds[*at].problem = Some(problem.clone()));
                self.odd(problem);
            }
        }
    }

    /// The state in which a report was read last, and whether it is believed to be in it still.
    fn known(&self, at: usize, day: NaiveDate) -> (Option<Stamp>, bool) {
        let days = &self.kinds[at].days;
        let newest = days.last_key_value().map_or(day, |(newest, _)| *newest);
        let is_recent = newest.signed_duration_since(day).num_days() <= RECENT;
        let its_turn = u64::from(day.num_days_from_ce().unsigned_abs()) % TURNS == self.looks % TURNS;
        let believed = !is_recent && !its_turn && self.surely != Some(day);
        (days.get(&day).and_then(|report| report.stamp), believed)
    }

    fn read(&mut self, root: &Path, tasks: Vec<Task>) {
        // In portions: what was read is made small before the next is.
        let mut tasks = tasks.into_iter().peekable();
        while tasks.peek().is_some() {
            let portion: Vec<Task> = tasks.by_ref().take(reading::PORTION).collect();
            for (task, read) in portion.iter().zip(reading::read_all(&portion, root)) {
                let Some(read) = read else {
                    let known = self.kinds[task.kind].days.get_mut(&task.day);
                    known.into_iter().for_each(|report| report.seen = self.looks);
                    continue;
                };
                if let Condition::Unknown(why) = &read.condition {
                    self.odd(why.clone());
                }
                let facts = Facts {
                    figures: self.names.figures(read.parsed.figures),
                    sections: self.names.sections(read.parsed.sections),
                    warnings: read.parsed.warnings,
                    lines: read.parsed.lines.into_boxed_slice(),
                };
                let Stamped { stamp, written_at } = read.stamped;
                let report = Report { condition: read.condition, written_at, facts, stamp, seen: self.looks };
                self.kinds[task.kind].days.insert(task.day, report);
            }
        }
    }

    fn odd(&mut self, says: String) {
        if self.oddities.len() < MOST_ODDITIES && !self.oddities.contains(&says) {
            self.oddities.push(says);
        }
    }

    /// The kinds in the profile's order.
    pub fn kinds(&self) -> impl Iterator<Item = &ReportKind> {
        self.kinds.iter().map(|kept| &kept.kind)
    }

    /// The place of a kind in that order.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        self.kinds.iter().position(|kept| kept.kind.id == id)
    }

    /// The reports of the kind at `place` by day.
    pub fn days(&self, place: usize) -> &BTreeMap<NaiveDate, Report> {
        &self.kinds[place].days
    }

    /// Other files in the same folder that claim to be the report of that day.
    pub fn twins(&self, place: usize, day: NaiveDate) -> &[String] {
        self.kinds[place].twins.get(&day).map_or(&[], Vec::as_slice)
    }

    /// Why nothing can be said of reports of a kind that are not here.
    pub fn problem(&self, place: usize) -> Option<&str> {
        self.kinds[place].problem.as_deref()
    }

    /// What lies among the reports and is none, in words; at most fifty.
    pub fn oddities(&self) -> &[String] {
        &self.oddities
    }

    /// Reads a report again, for its text.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn page(&self, place: usize, day: NaiveDate) -> Result<Page, String> {
        self.page_into(place, day, &mut Vec::new())
    }

    fn page_into(&self, place: usize, day: NaiveDate, buffer: &mut Vec<u8>) -> Result<Page, String> {
        let path = self.kinds[place].kind.path(day);
        let root = self.root.canonicalize().map_err(|error| error.to_string())?;
        // Asked for by name: whatever is on the way there may have become a link since.
        let (file, metadata) = read::open(&path, &root, false)?;
        read::page(file, &metadata, buffer)
    }
}

/// What tells one state of a file from the next.
#[derive(Debug, Clone, Copy, Default)]
struct Stamped {
    stamp: Option<Stamp>,
    written_at: Option<Instant>,
}
