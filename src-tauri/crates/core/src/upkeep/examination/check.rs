//! A check: what was asked, what was seen, and the sheet on which the checks of an area are written.

use serde::{Deserialize, Serialize};

use super::known::KnownOfIt;
use super::seen::{Of, Seen, Spots};
use crate::judge::Signal;
use crate::program::clean;
use crate::signal::{Level, SignalId};

/// Of the places of a check so many are shown.
const MOST_PLACES: usize = 40;
/// Characters of a path, and of what stands at a place.
const LONGEST_PATH: usize = 1_000;
const LONGEST_TEXT: usize = 160;

/// How bad it is when a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Severity {
    /// To be mended now.
    Critical,
    /// Within a week.
    High,
    /// Within a month.
    Medium,
    /// Without a date.
    Low,
}

impl Severity {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// How many days there are to mend it; `None` where nothing presses.
    pub fn days(self) -> Option<i64> {
        match self {
            Self::Critical => Some(0),
            Self::High => Some(7),
            Self::Medium => Some(30),
            Self::Low => None,
        }
    }
}

/// Where something was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Place {
    /// From the root of the ecosystem, or absolute where it lies outside; empty where it is no file.
    pub path: String,
    /// The line, from 1.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub line: Option<u64>,
    /// What was seen there; never a secret.
    pub text: String,
}

impl Place {
    /// A place, cut and cleaned.
    pub(super) fn new(path: &str, line: Option<u64>, text: impl AsRef<str>) -> Self {
        Self { path: clean(path, LONGEST_PATH), line, text: clean(text.as_ref(), LONGEST_TEXT) }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Check {
    /// Its name, such as `access/world-writable`.
    pub id: String,
    /// The area of the manual.
    pub area: String,
    /// How bad it is when it fails.
    pub severity: Severity,
    /// Whether it is as it should be; `None` where that cannot be told.
    pub ok: Option<bool>,
    /// How it should be, one sentence.
    pub text: String,
    /// What was seen, one sentence.
    pub evidence: String,
    /// Where, the first of them.
    pub places: Vec<Place>,
    /// How many more places there are.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub more: u64,
    /// What to do when it fails.
    pub remedy: String,
    /// What tells its places from others, of all of them: whether something was added since somebody accepted them.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub marks: Vec<String>,
}

impl Check {
    /// What failed comes first, the worst before the rest; then what is unknown.
    pub(super) fn order(&self) -> (u8, Severity, String) {
        let state = match self.ok {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        };
        (state, self.severity, self.id.clone())
    }
}

/// What is asked, how bad a failure is, and what to do then.
pub(super) struct Asked {
    pub id: &'static str,
    pub severity: Severity,
    pub text: &'static str,
    pub remedy: &'static str,
}

/// What is asked; in the order of reading.
pub(super) const fn ask(
    id: &'static str,
    severity: Severity,
    text: &'static str,
    remedy: &'static str,
) -> Asked {
    Asked { id, severity, text, remedy }
}

/// The checks of an area.
pub(super) struct Sheet<'a> {
    pub area: &'static str,
    pub seen: &'a Seen,
    pub known: &'a KnownOfIt<'a>,
    pub checks: Vec<Check>,
}

impl Sheet<'_> {
    /// Writes a check down with what was seen.
    pub(super) fn told(&mut self, asked: &Asked, ok: Option<bool>, evidence: impl Into<String>) {
        self.put(asked, ok, evidence.into(), &Spots::default());
    }

    /// The same with places.
    pub(super) fn put(&mut self, asked: &Asked, ok: Option<bool>, evidence: String, spots: &Spots) {
        let (places, more) = spots.shown(MOST_PLACES);
        self.checks.push(Check {
            id: asked.id.to_owned(),
            area: self.area.to_owned(),
            severity: asked.severity,
            ok,
            text: asked.text.to_owned(),
            evidence,
            places,
            more,
            remedy: asked.remedy.to_owned(),
            marks: spots.marks(),
        });
    }

    /// A check that fails where the walk noted a place under its name; `of` says among what it looked.
    pub(super) fn tree(&mut self, of: Of, asked: &Asked) {
        let spots = self.seen.spots(asked.id);
        if spots.count() > 0 {
            let evidence = match spots.count() {
                1 => "Seen in one place.".to_owned(),
                count => format!("Seen in {count} places."),
            };
            return self.put(asked, Some(false), evidence, spots);
        }
        let blind = self.seen.blind(of, asked.id);
        if blind.count() > 0 {
            let evidence = match blind.count() {
                1 => "Nothing was found, but one place could not be looked at.".to_owned(),
                count => format!("Nothing was found, but {count} places could not be looked at."),
            };
            return self.put(asked, None, evidence, &blind);
        }
        let evidence = match self.seen.count(of) {
            0 => format!("There is {} here.", of.none()),
            1 => format!("Nothing was found in 1 {}.", of.one()),
            count => format!("Nothing was found in {count} {}s.", of.one()),
        };
        self.told(asked, Some(true), evidence);
    }

    /// A check of places that were found after the walk.
    pub(super) fn places(&mut self, asked: &Asked, places: Vec<Place>, fine: impl Into<String>) {
        if places.is_empty() {
            return self.told(asked, Some(true), fine);
        }
        let spots = Spots::of(places);
        let evidence = match spots.count() {
            1 => "Seen in one place.".to_owned(),
            count => format!("Seen in {count} places."),
        };
        self.put(asked, Some(false), evidence, &spots);
    }

    /// A check that a signal of the newest judgement answers: green passes, yellow and red fail.
    pub(super) fn signal(&mut self, id: SignalId, asked: &Asked) {
        let (ok, evidence) = match self.known.signal(id) {
            Err(why) => (None, why),
            Ok(signal) => said(signal),
        };
        self.told(asked, ok, evidence);
    }
}

/// Whether a signal is well, and what there is to say of it.
pub(super) fn said(signal: &Signal) -> (Option<bool>, String) {
    let ok = match signal.level {
        Level::Green => Some(true),
        Level::Yellow | Level::Red => Some(false),
        Level::Unknown => None,
    };
    let value = clean(&signal.text, LONGEST_TEXT);
    let reason = clean(&signal.reason, LONGEST_PATH);
    let evidence = if reason.is_empty() { format!("{}: {value}.", signal.label) } else { reason };
    (ok, evidence)
}
