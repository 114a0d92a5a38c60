//! What a step that was broken off had done already, so that doing it again neither fails on that nor loses the way back.

use super::deeds::{Deeds, Done};
use crate::clock::Instant;
use crate::error::Result;
use crate::keeper::process::{Doing, ProcessShown};
use crate::upkeep::{Deed, TuningPlan, Undo};

/// How a process is that need not be started, or stopped; `None` where there is something to do.
pub(super) fn so_already(doing: Doing, now: &ProcessShown) -> Option<String> {
    match (doing, now.pid) {
        (Doing::Start, Some(pid)) => Some(format!("It runs already, as process {pid}.")),
        (Doing::Stop, None) => Some("It does not run any more.".to_owned()),
        _ => None,
    }
}

impl Deeds<'_> {
    /// A process that is as it should be; the way back only where this very step had begun to make it so.
    pub(super) fn process_done(doing: Doing, said: String, since: Option<Instant>) -> Done {
        let undo = since.map(|_| if doing == Doing::Stop { Undo::Start } else { Undo::Stop });
        Done::well(said, undo)
    }

    /// The very change that was planned, where it was made since the step was begun for the first time.
    pub(super) fn tuned_before(&self, planned: &TuningPlan, since: Option<Instant>) -> Result<Option<Undo>> {
        let (Some(since), Some((title, at))) = (since, self.tuning().last_applied()?) else {
            return Ok(None);
        };
        Ok((title == planned.title && at >= since).then_some(Undo::Tuning(at)))
    }

    /// The clean-ups that were made since, newest first.
    pub(super) fn put_aside_before(&self, since: Option<Instant>) -> Result<Vec<String>> {
        let Some(since) = since else { return Ok(Vec::new()) };
        let (mut all, _) = self.cleanup()?.put_aside()?;
        // Their time is kept in whole seconds.
        all.retain(|one| one.at.timestamp() >= since.timestamp() && one.files > 0);
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.id.cmp(&a.id)));
        Ok(all.into_iter().map(|one| one.id).collect())
    }

    /// Whether `backup` was brought back since and is in place.
    pub(super) fn restored_before(&self, backup: &str, since: Option<Instant>) -> Result<bool> {
        let Some(since) = since else { return Ok(false) };
        let last = self.backups()?.brought_back()?;
        Ok(last.is_some_and(|(id, at)| id.to_string() == backup && at >= since))
    }
}

/// Whether a deed is about the process, and which way.
pub(super) fn doing(deed: Deed) -> Doing {
    match deed {
        Deed::Start => Doing::Start,
        Deed::Stop => Doing::Stop,
        _ => Doing::Restart,
    }
}
