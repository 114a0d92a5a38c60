//! How far somebody has come with a runbook: what became of each step, what was seen, and how it is taken back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Runbook, Step};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::signal::{Level, SignalId};

/// One emergency, gone through with one runbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Its name: the runbook and the second it was begun.
    pub id: String,
    /// Which runbook.
    pub runbook: String,
    /// When it was begun.
    pub begun_at: Instant,
    /// When it was ended; `None` while it goes on.
    pub ended_at: Option<Instant>,
    /// The incident that it was begun for.
    pub incident: Option<String>,
    /// The runbook's signals that were not well then.
    pub bad: Vec<SignalId>,
    /// What the light said then.
    pub summary: String,
    /// What became of the steps, by their names.
    pub marks: BTreeMap<String, Mark>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// What.
    pub fate: Fate,
    /// When.
    pub at: Instant,
    /// In words: what was done, why it failed, why it was left out.
    pub said: String,
    /// What was seen then.
    pub evidence: Vec<StepEvidence>,
    /// What was chosen: a module, a preset, a backup.
    pub choice: Option<String>,
    /// How it is taken back.
    pub undo: Option<Undo>,
    /// Whether taking it back was begun, and nothing was heard of it since.
    #[serde(default)]
    pub undoing: bool,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It was begun, and nothing was heard of it since.
    Begun,
    /// It was done.
    Done,
    /// It was tried and did not succeed.
    Failed,
    /// It was looked at.
    Seen,
    /// It was left out, with a reason.
    Skipped,
    /// It was done and taken back.
    Undone,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "of", rename_all = "kebab-case")]
pub enum Undo {
    /// The process is stopped again.
    Stop,
    /// The process is started again.
    Start,
    /// What a restore replaced comes back.
    Restore,
    /// The settings that were changed then come back.
    Tuning(Instant),
    /// What these clean-ups put aside comes back, in this order.
    CleanUp(Vec<String>),
    /// All errors count again.
    Errors,
    /// The copy of that name goes.
    Aside(String),
}

/// What speaks for a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StepEvidence {
    /// In one sentence.
    pub text: String,
    /// Its colour, where it has one.
    pub level: Option<Level>,
    /// More lines: the end of a log, the largest folders.
    pub details: Vec<String>,
    /// When it was seen.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum StepState {
    /// To be done.
    Open,
    /// Being done.
    Running,
    /// It was begun and broken off.
    BrokenOff,
    /// Done.
    Done,
    /// Tried, without success.
    Failed,
    /// Looked at.
    Seen,
    /// Left out, with a reason.
    Skipped,
    /// Not needed: what it would help against did not happen.
    NotNeeded,
    /// Done and taken back.
    Undone,
}

impl StepState {
    /// Whether the next step may come.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Open | Self::Running | Self::BrokenOff)
    }
}

impl Course {
    /// A course through `runbook` that begins now; `bad` are those of its signals that are not well.
    pub fn begin(
        runbook: &Runbook,
        now: Instant,
        incident: Option<String>,
        bad: Vec<SignalId>,
        summary: String,
    ) -> Self {
        Self {
            id: format!("{}-{}", runbook.id, now.format("%Y%m%d-%H%M%S")),
            runbook: runbook.id.clone(),
            begun_at: now,
            ended_at: None,
            incident,
            bad,
            summary,
            marks: BTreeMap::new(),
        }
    }

    /// How a step stands; `busy` while somebody is at a step just now.
    pub fn state(&self, step: &Step, busy: bool) -> StepState {
        match self.marks.get(&step.id).map(|mark| mark.fate) {
            Some(Fate::Begun) if busy => StepState::Running,
            Some(Fate::Begun) => StepState::BrokenOff,
            Some(Fate::Done) => StepState::Done,
            Some(Fate::Failed) => StepState::Failed,
            Some(Fate::Seen) => StepState::Seen,
            Some(Fate::Skipped) => StepState::Skipped,
            Some(Fate::Undone) => StepState::Undone,
            None => match &step.only_if_failed {
                Some(before) if self.marks.get(before).is_some_and(|mark| mark.fate == Fate::Done) => {
                    StepState::NotNeeded
                }
                _ => StepState::Open,
            },
        }
    }

    /// The step that comes next; `None` where only optional ones are left.
    pub fn next<'r>(&self, runbook: &'r Runbook, busy: bool) -> Option<&'r Step> {
        runbook.steps.iter().find(|step| !step.optional && !self.state(step, busy).is_settled())
    }

    /// Whether `step` may be done now.
    ///
    /// # Errors
    /// `Busy` while somebody is at a step, where the course has ended, or a step before it is open.
    pub fn may_do(&self, runbook: &Runbook, step: &Step, busy: bool) -> Result<()> {
        if self.ended_at.is_some() {
            let what = format!("“{}” was ended; nothing was changed", runbook.title);
            return Err(Error::new(ErrorKind::Busy, what).hint("Start it again if it is needed again."));
        }
        if busy {
            return Err(Error::new(ErrorKind::Busy, "a step of a runbook is under way; nothing was changed")
                .hint("Wait until it is done."));
        }
        let before = runbook.steps.iter().take_while(|one| one.id != step.id);
        let open = before.into_iter().find(|one| !one.optional && !self.state(one, busy).is_settled());
        match open {
            Some(open) => Err(Error::new(
                ErrorKind::Busy,
                format!("“{}” comes before “{}”; nothing was changed", open.text, step.text),
            )
            .hint(format!("Do “{}” first, or leave it out with a reason.", open.id))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    fn course(fates: &[(&str, Fate)]) -> (&'static Runbook, Course) {
        let now = Utc.with_ymd_and_hms(2026, 12, 6, 3, 0, 0).unwrap();
        let runbook = Runbook::find("system-down").unwrap();
        let mut course = Course::begin(runbook, now, None, vec![SignalId::ProcessState], String::new());
        for (id, fate) in fates {
            let mark = Mark {
                fate: *fate,
                at: now,
                said: String::new(),
                evidence: Vec::new(),
                choice: None,
                undoing: false,
                undo: None,
            };
            course.marks.insert((*id).to_owned(), mark);
        }
        (runbook, course)
    }

    const LOOKED: [(&str, Fate); 3] =
        [("process", Fate::Seen), ("machine", Fate::Skipped), ("log", Fate::Seen)];

    #[test]
    fn steps_come_in_their_order_and_what_is_not_needed_is_passed_over() {
        let next = |fates: &[(&str, Fate)]| {
            let (runbook, course) = course(fates);
            course.next(runbook, false).map(|step| step.id.as_str())
        };
        assert_eq!(next(&[]), Some("process"));
        assert_eq!(next(&LOOKED), Some("start"));
        assert_eq!(next(&[&LOOKED[..], &[("start", Fate::Done)]].concat()), Some("light"));
        assert_eq!(next(&[&LOOKED[..], &[("start", Fate::Failed)]].concat()), Some("restore"));
        assert_eq!(next(&[&LOOKED[..], &[("start", Fate::Begun)]].concat()), Some("start"));
        assert_eq!(next(&[&LOOKED[..], &[("start", Fate::Done), ("light", Fate::Done)]].concat()), None);
    }

    #[test]
    fn a_step_waits_for_those_before_it() {
        let (runbook, mut course) = course(&LOOKED);
        let step = |id: &str| runbook.step(id).unwrap();
        assert!(course.may_do(runbook, step("start"), false).is_ok());
        assert_eq!(course.may_do(runbook, step("start"), true).unwrap_err().kind, ErrorKind::Busy);
        let error = course.may_do(runbook, step("light"), false).unwrap_err();
        assert!(error.message.contains("comes before"), "{error}");
        course.ended_at = Some(course.begun_at);
        assert!(course.may_do(runbook, step("start"), false).is_err());
    }
}
