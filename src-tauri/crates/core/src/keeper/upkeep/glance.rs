//! Upkeep at a glance: what each part of it has to say before it is opened.

use std::sync::Arc;

use serde::Serialize;

use super::{Upkeep, shown};
use crate::clock::Instant;
use crate::keeper::examiner::Examiner;
use crate::upkeep::ExaminationKind;

/// What each part of upkeep has to say; `None` where it cannot be told, which its own page explains.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UpkeepGlance {
    /// Files that are old enough to be put aside, and their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "[number, number] | null"))]
    pub old: Option<(usize, u64)>,
    /// Files that were put aside, and their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "[number, number] | null"))]
    pub aside: Option<(usize, u64)>,
    /// The change of settings that can be taken back, and when it was made.
    #[cfg_attr(feature = "typescript", ts(type = "[string, string] | null"))]
    pub tuned: Option<(String, Instant)>,
    /// Modules that are switched off.
    pub off: Option<usize>,
    /// Findings that are open and that nobody accepted, and how many of them are past their day; `None` where nobody looked yet.
    #[cfg_attr(feature = "typescript", ts(type = "[number, number] | null"))]
    pub findings: Option<(usize, usize)>,
    /// When something was entered into the journal last; `None` where nothing was.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub entered_at: Option<Instant>,
}

impl Upkeep {
    /// Looks at all of it; changes nothing.
    pub fn glance(&self) -> UpkeepGlance {
        let now = self.clock.now();
        let cleanup = self.cleanup();
        let plan = cleanup.as_ref().ok().and_then(|cleanup| cleanup.plan(now).ok());
        let aside = cleanup.as_ref().ok().and_then(|cleanup| cleanup.put_aside().ok());
        UpkeepGlance {
            old: plan.map(|plan| (plan.moves.len(), plan.moves.iter().map(|one| one.bytes).sum())),
            aside: aside.map(|(all, _)| {
                (all.iter().map(|one| one.files).sum(), all.iter().map(|one| one.bytes).sum())
            }),
            tuned: self.last_tuning().map(|last| (shown(&last.title), last.at)),
            off: self
                .modules()
                .ok()
                .map(|all| all.modules.iter().filter(|one| one.enabled == Some(false)).count()),
            findings: self.findings(),
            entered_at: self.journal.newest().ok().flatten(),
        }
    }

    fn findings(&self) -> Option<(usize, usize)> {
        let clock = Arc::clone(&self.clock);
        let examiner = Examiner::new(self.profile.clone(), &self.state_dir, clock, self.zone);
        // Nobody looked: that is not the same as nothing found.
        let mut looked = [ExaminationKind::Verification, ExaminationKind::Audit].into_iter();
        if !looked.any(|kind| matches!(examiner.last(kind), Ok(Some(_)))) {
            return None;
        }
        let open: Vec<_> =
            examiner.findings().ok()?.into_iter().filter(|one| one.accepted.is_none()).collect();
        Some((open.len(), open.iter().filter(|one| one.overdue).count()))
    }
}
