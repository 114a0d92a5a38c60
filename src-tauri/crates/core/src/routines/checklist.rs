//! A checklist: when its round comes, and what is to be seen to. Read from TOML.

mod read;

use chrono::TimeDelta;

pub use self::read::read;
use crate::routines::calendar::Slot;
use crate::routines::item::{Cadence, ItemAction, ItemKind};
use crate::signal::SignalId;

/// A checklist.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// Its short name: `morning`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// How often its round comes.
    pub cadence: Cadence,
    /// When.
    pub slot: Slot,
    /// How long a round stays open before it is overdue.
    pub open_for: TimeDelta,
    /// What is to be seen to, in this order.
    pub items: Vec<Item>,
}

impl Checklist {
    /// How many minutes its round is thought to take by hand.
    pub fn minutes(&self) -> f64 {
        self.items.iter().map(|item| item.minutes).sum()
    }
}

/// One thing to be seen to.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name within the checklist.
    pub id: String,
    /// Under which heading it stands.
    pub section: String,
    /// What is to be seen to, in a few words.
    pub text: String,
    /// Why.
    pub why: String,
    /// What proves it; `None` where only a person can tell.
    pub proof: Option<Proof>,
    /// What a person should see who decides.
    pub shows: Option<Proof>,
    /// Whether there is room for more than a word.
    pub wants_note: bool,
    /// Items of the same checklist that come before it.
    pub after: Vec<String>,
    /// How many minutes it is thought to take by hand.
    pub minutes: f64,
    /// What can be done about it, by its outcome.
    pub remedies: Vec<RemedyRule>,
}

impl Item {
    /// Who can tell.
    pub fn kind(&self) -> ItemKind {
        if self.proof.is_some() { ItemKind::Auto } else { ItemKind::Person }
    }
}

/// What proves an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// All of these signals are green.
    Signals(Vec<SignalId>),
    /// The mean of a signal over so many days is within its bands.
    Trend {
        /// Which.
        signal: SignalId,
        /// Over how many days, held against as many before.
        days: u32,
    },
    /// A signal that tells an age is younger than this.
    Fresh {
        /// Which.
        signal: SignalId,
        /// The greatest age.
        within: TimeDelta,
    },
    /// What the modules say.
    Modules(ModulesPart),
    /// A report of the round's day.
    Report {
        /// Its kind in the profile.
        kind: String,
        /// What of it.
        part: ReportPart,
    },
    /// A person read the report of the round's day.
    Reviewed {
        /// Its kind in the profile.
        kind: String,
    },
    /// A report of this kind was written in the last days.
    Written {
        /// Its kind in the profile.
        kind: String,
        /// In how many days before the round, its own day included.
        days: u32,
        /// What of it.
        part: ReportPart,
    },
    /// A point of the last drill of a backup.
    Drilled {
        /// Which: `backup`, `restore`, `works`, `loss`.
        point: String,
        /// The greatest age of the drill.
        within: TimeDelta,
    },
    /// What Caretaker's own examination found.
    Examined {
        /// Which: `verification` or `audit`.
        kind: String,
        /// In which of its areas; `None` asks only that it was made.
        area: Option<String>,
        /// How old it may be, in days.
        days: u32,
    },
    /// What changed in the ecosystem's own repository.
    Changes {
        /// In how many days.
        days: u32,
    },
}

/// What of the modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModulesPart {
    /// All are integrated.
    Status,
    /// All have run as often as their cycle asks for.
    Runs,
    /// None has many errors for its runs.
    Errors,
}

/// What of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportPart {
    /// It is there, with content.
    Arrived,
    /// It gives one of these figures.
    Figure(Vec<String>),
    /// It has a line or a heading that begins with one of these.
    Line(Vec<String>),
    /// No line speaks of warnings or errors.
    Clean,
}

/// Something that can be done about an item, and when it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyRule {
    /// For which outcome.
    pub on: Outcome,
    /// One sentence.
    pub text: String,
    /// What a click can do.
    pub action: Option<ItemAction>,
}

/// What came of an item, as far as remedies depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is not as it should be, whatever the colour.
    Failed,
    /// It is not as it should be, and yellow.
    Yellow,
    /// It is not as it should be, and red.
    Red,
    /// It cannot be told.
    Unknown,
    /// It is as it should be.
    Passed,
    /// Its figure rises.
    Rising,
    /// Its figure falls.
    Falling,
    /// Whatever came of it.
    Always,
}
