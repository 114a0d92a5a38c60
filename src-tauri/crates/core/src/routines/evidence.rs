//! What proves an item: its proof held against what is known. Pure.

mod examined;
mod modules;
mod report;
mod signals;

use chrono::{NaiveDate, TimeDelta};

use self::examined::examined;
use self::modules::modules;
use self::report::{absent, no_kind, report as report_item};
use self::signals::{drilled, fresh, signals, trend};
use crate::clock::Instant;
use crate::judge::{Module, Signal};
use crate::routines::checklist::{Item, Outcome, Proof, RemedyRule};
use crate::routines::item::{ItemEvidence, ItemState};
use crate::signal::{Level, SignalId};

/// What is known of the ecosystem: handed in, so that nothing here reads anything.
pub trait Known {
    /// The present.
    fn now(&self) -> Instant;
    /// A signal of the newest judgement.
    fn signal(&self, id: SignalId) -> Option<&Signal>;
    /// The modules, and when they were judged.
    fn modules(&self) -> &[Module];
    /// How long the process has run, in seconds.
    fn uptime(&self) -> Option<f64>;
    /// The mean of a signal over the last days and over as many before, from the record.
    fn trend(&self, id: SignalId, days: u32) -> Option<Trend>;
    /// The report of a kind about a day; `None` where the profile has no such kind.
    fn report(&self, kind: &str, day: NaiveDate) -> Option<ReportKnown>;
    /// The day of the newest report of a kind from `since` to `until`.
    fn newest_report(&self, kind: &str, since: NaiveDate, until: NaiveDate) -> Option<NaiveDate>;
    /// What the last drill of a backup showed of a point.
    fn drilled(&self, point: &str) -> Option<DrillKnown>;
    /// The newest examination of a kind: `verification` or `audit`.
    fn examined(&self, kind: &str) -> Option<ExaminedKnown>;
    /// What changed in the last days, in lines; or why that cannot be told.
    fn changes(&self, days: u32) -> Result<Changes, String>;
}

/// The mean of a signal in two equal spans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// In the later span.
    pub mean: f64,
    /// In the earlier one; `None` where nothing was recorded then.
    pub before: Option<f64>,
}

/// What a drill of a backup showed.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillKnown {
    /// When.
    pub at: Instant,
    /// Each point: its name, what came of it in words, and whether it is as it should be.
    pub points: Vec<(String, String, Option<bool>)>,
}

/// What an examination found.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedKnown {
    /// When.
    pub at: Instant,
    /// Each check.
    pub checks: Vec<ExaminedCheck>,
}

/// A check of an examination.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedCheck {
    /// The area of the manual.
    pub area: String,
    /// Whether it is as it should be.
    pub ok: Option<bool>,
    /// How bad a failure is: red, yellow, or green where it is no more than advice or somebody accepted it.
    pub level: Level,
    /// What was seen, in a line.
    pub says: String,
}

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// How many changes.
    pub count: usize,
    /// Grouped, in lines.
    pub lines: Vec<String>,
}

/// A report, as far as checklists ask.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportKnown {
    /// When it came; `None` where it is not there.
    pub arrived_at: Option<Instant>,
    /// Whether it is not late yet.
    pub is_awaited: bool,
    /// Its colour by the dead-man's switch.
    pub level: Option<Level>,
    /// What there is to say of its state.
    pub says: String,
    /// Its file.
    pub file: String,
    /// Its figures: the name in lower case, and in words with what is usual.
    pub figures: Vec<(String, String)>,
    /// Its lines.
    pub lines: Vec<String>,
    /// Its lines that speak of warnings or errors.
    pub findings: Vec<String>,
    /// When a person read it.
    pub reviewed_at: Option<Instant>,
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// How it stands, before a person says anything.
    pub state: ItemState,
    /// What speaks for that.
    pub evidence: Option<ItemEvidence>,
    /// Whether its figure rises or falls.
    pub moves: Option<Outcome>,
}

impl Judged {
    fn new(state: ItemState, text: impl Into<String>, at: Instant, source: &str) -> Self {
        let evidence = ItemEvidence {
            text: text.into(),
            at,
            source: source.to_owned(),
            level: None,
            details: Vec::new(),
        };
        Self { state, evidence: Some(evidence), moves: None }
    }

    fn level(mut self, level: Level) -> Self {
        if let Some(evidence) = &mut self.evidence {
            evidence.level = Some(level);
        }
        self
    }

    fn details(mut self, details: Vec<String>) -> Self {
        if let Some(evidence) = &mut self.evidence {
            evidence.details = details;
        }
        self
    }
}

/// How an item of a round that is about the day `day` stands by itself.
pub fn judge(item: &Item, day: NaiveDate, known: &impl Known) -> Judged {
    if let Some(proof) = &item.proof {
        let mut judged = prove(proof, day, known);
        // What it says of itself stands beside what was seen.
        let beside = item.shows.as_ref().and_then(|shows| prove(shows, day, known).evidence);
        if let (Some(evidence), Some(beside)) = (&mut judged.evidence, beside) {
            evidence.details.push(format!("{} ({})", beside.text, beside.source));
        }
        return judged;
    }
    let evidence = item.shows.as_ref().and_then(|shows| prove(shows, day, known).evidence);
    Judged { state: ItemState::Open, evidence, moves: None }
}

/// The remedies that fit what came of an item.
pub fn remedies<'a>(item: &'a Item, judged: &Judged, state: ItemState) -> Vec<&'a RemedyRule> {
    let level = judged.evidence.as_ref().and_then(|evidence| evidence.level);
    let fits = |rule: &&RemedyRule| match rule.on {
        Outcome::Always => true,
        Outcome::Failed => state == ItemState::Failed,
        Outcome::Yellow => state == ItemState::Failed && level != Some(Level::Red),
        Outcome::Red => state == ItemState::Failed && level == Some(Level::Red),
        Outcome::Unknown => state == ItemState::Unknown,
        Outcome::Passed => state == ItemState::Passed,
        Outcome::Rising | Outcome::Falling => judged.moves == Some(rule.on),
    };
    item.remedies.iter().filter(fits).collect()
}

fn prove(proof: &Proof, day: NaiveDate, known: &impl Known) -> Judged {
    let now = known.now();
    match proof {
        Proof::Signals(ids) => signals(ids, known),
        Proof::Trend { signal, days } => trend(*signal, *days, known),
        Proof::Fresh { signal, within } => fresh(*signal, *within, known),
        Proof::Modules(part) => modules(*part, known),
        Proof::Report { kind, part } => match known.report(kind, day) {
            None => no_kind(kind, now),
            Some(report) => report_item(&report, part, now),
        },
        Proof::Reviewed { kind } => match known.report(kind, day) {
            None => no_kind(kind, now),
            Some(report) => match (report.reviewed_at, report.arrived_at) {
                (Some(at), _) => Judged::new(ItemState::Passed, "read", at, "a person"),
                (None, Some(_)) => Judged::new(ItemState::Open, "not read yet", now, &report.file),
                (None, None) => absent(&report, now),
            },
        },
        Proof::Written { kind, days, part } => {
            let since = day - TimeDelta::days(i64::from(days.saturating_sub(1)));
            match known.newest_report(kind, since, day).and_then(|found| known.report(kind, found)) {
                Some(report) => report_item(&report, part, now),
                None => Judged::new(ItemState::Open, "not run yet in this round", now, "measured"),
            }
        }
        Proof::Drilled { point, within } => drilled(point, *within, known),
        Proof::Examined { kind, area, days } => examined(kind, area.as_deref(), *days, known),
        Proof::Changes { days } => match known.changes(*days) {
            Ok(changes) => {
                let text = match changes.count {
                    0 => format!("nothing changed in {days} days"),
                    1 => format!("one change in {days} days"),
                    count => format!("{count} changes in {days} days"),
                };
                Judged::new(ItemState::Passed, text, now, "git").details(changes.lines)
            }
            Err(why) => Judged::new(ItemState::Unknown, why, now, "git"),
        },
    }
}
