//! Runbooks as window and command line show them.

use serde::Serialize;

use super::bad_signals;
use crate::clock::Instant;
use crate::judge::Verdict;
use crate::signal::SignalId;
use crate::upkeep::{Course, Deed, Runbook, StepEvidence, StepState};

/// A runbook in the list of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RunbookRow {
    /// Its short name.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// By what it is recognised.
    pub about: String,
    /// The signals whose alerts lead here.
    pub signals: Vec<SignalId>,
    /// What is seen now that it is for; `None` where nothing is.
    pub fits: Option<String>,
    /// The course that goes on.
    pub course: Option<String>,
    /// Since when it goes on.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub begun_at: Option<Instant>,
    /// The incident that it was begun for.
    pub incident: Option<String>,
}

impl RunbookRow {
    pub(super) fn of(runbook: &Runbook, course: Option<&Course>, verdict: Option<&Verdict>) -> Self {
        let fits = verdict.and_then(|verdict| {
            let bad = bad_signals(runbook, verdict);
            let worst =
                verdict.signals.iter().filter(|signal| bad.contains(&signal.id)).max_by_key(|s| s.level)?;
            Some(worst.reason.clone())
        });
        Self {
            id: runbook.id.clone(),
            title: runbook.title.clone(),
            about: runbook.about.clone(),
            signals: runbook.signals.clone(),
            fits,
            course: course.map(|course| course.id.clone()),
            begun_at: course.map(|course| course.begun_at),
            incident: course.and_then(|course| course.incident.clone()),
        }
    }
}

/// A runbook with its steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RunbookShown {
    /// What the list says of it.
    #[serde(flatten)]
    pub row: RunbookRow,
    /// In their order.
    pub steps: Vec<StepShown>,
    /// The step that comes next; `None` before it is begun, and when only optional ones are left.
    pub next: Option<String>,
}

/// A step with what speaks for it and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StepShown {
    /// Its name.
    pub id: String,
    /// What is to be done.
    pub text: String,
    /// Why.
    pub why: String,
    /// What its button does; `None` where it is looked at.
    pub action: Option<Deed>,
    /// Whether that changes anything.
    pub changes: bool,
    /// Whether what follows need not wait for it.
    pub optional: bool,
    /// Whether it can be done now.
    pub may: bool,
    /// What it can be done with: modules, presets, backups.
    pub choices: Vec<ChoiceShown>,
    /// What was chosen, or what is proposed.
    pub choice: Option<String>,
    /// What was seen when it was done; what is seen now while it is open.
    pub evidence: Vec<StepEvidence>,
    /// How it stands.
    pub state: StepState,
    /// What came of it.
    pub said: Option<String>,
    /// When.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub at: Option<Instant>,
    /// Whether it can be taken back.
    pub undo: bool,
}

/// One of several things that a step can be done with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChoiceShown {
    /// Its name.
    pub id: String,
    /// What people call it.
    pub label: String,
}

/// What a step would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StepPlan {
    /// In one sentence.
    pub title: String,
    /// Line by line.
    pub lines: Vec<String>,
    /// What it would be done with.
    pub choice: Option<String>,
    /// What is to be typed to agree to it: the name of the ecosystem, where its data is replaced.
    pub confirm: Option<String>,
}

/// A course in the list of all that were gone through.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CourseShown {
    /// Its name.
    pub id: String,
    /// The runbook.
    pub runbook: String,
    /// When it was begun.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub begun_at: Instant,
    /// When it was ended.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub ended_at: Option<Instant>,
    /// What the light said when it was begun.
    pub summary: String,
}

impl CourseShown {
    pub(super) fn of(course: &Course) -> Self {
        Self {
            id: course.id.clone(),
            runbook: course.runbook.clone(),
            begun_at: course.begun_at,
            ended_at: course.ended_at,
            summary: course.summary.clone(),
        }
    }
}
