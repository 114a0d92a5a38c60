//! The ecosystem's reports, for whoever shows them.

mod desk;
mod rows;

use serde::Serialize;

pub use self::desk::{ReportOfDay, Reports};

use crate::clock::Instant;
pub use crate::reports::FigureShown;
use crate::signal::Level;

/// All reports by day, gaps included.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportsShown {
    /// The kinds of the profile, in its order.
    pub kinds: Vec<ReportKindShown>,
    /// Newest first; a day on which something was due and nothing came is there too.
    pub days: Vec<ReportDay>,
    /// Whether there are files of days before the last one of `days`.
    pub has_earlier: bool,
    /// How many report files there are in all.
    pub files: usize,
    /// What lies among the reports and is none, in words: a date that does not exist, a folder, a link that leads away.
    pub oddities: Vec<String>,
}

/// One kind of report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportKindShown {
    /// What the profile calls it: `daily_summary`.
    pub id: String,
    /// What people call it: `Daily summary`.
    pub label: String,
    /// When it is due, in words: `every day at 06:00`; `None` where it is written by hand.
    pub due: Option<String>,
    /// Of those that were due in the last thirty days, the share that came, in percent.
    pub punctual: Option<f64>,
}

/// The reports of one day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportDay {
    /// `2025-12-16`.
    pub date: String,
    /// In the order of the kinds.
    pub reports: Vec<ReportRow>,
}

/// One report, or the gap where it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportRow {
    /// What the profile calls its kind.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// The day it speaks of: `2025-12-16`.
    pub date: String,
    /// The file; where there is none, the one that was expected.
    pub path: String,
    /// How it stands.
    pub state: ReportWord,
    /// What there is to say about the state, one sentence; empty where the word says it all.
    pub why: String,
    /// When it was due; `None` where its kind is written by hand, or none was due on that day.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub due_at: Option<Instant>,
    /// When it was written.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub arrived_at: Option<Instant>,
    /// How many figures it gives.
    pub figures: usize,
    /// The same as name in lower case, number and unit, for the contract of the command line.
    #[cfg_attr(feature = "typescript", ts(skip))]
    #[serde(skip)]
    pub values: Vec<(String, f64, String)>,
    /// Lines that speak of warnings or errors.
    pub warnings: usize,
    /// The first few of them.
    #[cfg_attr(feature = "typescript", ts(skip))]
    #[serde(skip)]
    pub lines: Vec<String>,
    /// Its figures that are far from what they usually are, in words: `Time Saved: 2.5 hours, usually 1.9`.
    #[cfg_attr(feature = "typescript", ts(skip))]
    #[serde(skip)]
    pub unusual: Vec<String>,
    /// When somebody read it.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub reviewed_at: Option<Instant>,
}

/// How a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ReportWord {
    /// There, with content.
    Arrived,
    /// There, but it came after its grace.
    ArrivedLate,
    /// Not there, still within its grace.
    Due,
    /// Not there after its grace.
    Late,
    /// Not there for so long that nobody waits for it any more.
    Missing,
    /// Not there, and the machine slept when it was due.
    Excused,
    /// There, but it grew a moment ago.
    Writing,
    /// There, without content.
    Empty,
    /// Could not be looked at.
    Unknown,
}

impl ReportWord {
    /// The same as people say it.
    pub fn says(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::ArrivedLate => "arrived late",
            Self::Due => "due",
            Self::Late => "late",
            Self::Missing => "missing",
            Self::Excused => "excused",
            Self::Writing => "being written",
            Self::Empty => "empty",
            Self::Unknown => "unknown",
        }
    }
}

/// One report, read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportShown {
    /// What the list says of it.
    pub row: ReportRow,
    /// What it says, as it stands there; empty where it cannot be read.
    pub text: String,
    /// Whether only its beginning is shown.
    pub cut: bool,
    /// Its size in bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Its figures, in the order of the text.
    pub figures: Vec<FigureShown>,
    /// Figures that reports of this kind usually give and this one does not.
    pub missing_figures: Vec<String>,
    /// Sections that reports of this kind usually have and this one has not.
    pub missing_sections: Vec<String>,
    /// Its lines that speak of warnings or errors.
    pub findings: Vec<ReportFinding>,
    /// The day of the report before it.
    pub before: Option<String>,
    /// From how many reports of the thirty days before the means are.
    pub of_reports: usize,
    /// Other files that claim to be the same report.
    pub twins: Vec<String>,
    /// What is known of the module that writes reports; only where this one did not come as it should.
    pub writer: Option<ReportWriter>,
}

/// A line that speaks of a warning or an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportFinding {
    /// Counted from 1.
    pub line: usize,
    /// Red for an error, yellow for a warning.
    pub level: Level,
    /// The line.
    pub text: String,
}

/// What is known of the module that writes the reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportWriter {
    /// The module's name.
    pub module: String,
    /// How it is doing.
    pub level: Level,
    /// Why, one sentence.
    pub text: String,
}

/// A place where a text was found in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportHit {
    /// What the profile calls its kind.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// The day it speaks of.
    pub date: String,
    /// Counted from 1.
    pub line: usize,
    /// The line, cut to what is around the text.
    pub text: String,
}
