//! What a step did, taken back.

use super::broken_off::so_already;
use super::deeds::Deeds;
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::errors::DealtErrors;
use crate::keeper::process::Doing;
use crate::progress::Progress;
use crate::upkeep::Undo;

/// What is said where nothing is left to take back.
const BACK_ALREADY: &str = "It was back already when this was broken off.";

impl Deeds<'_> {
    /// Takes it back; what was done, in words. Where that was begun before and `again`, what is back already is no fault.
    pub(super) fn undo(&self, undo: &Undo, again: bool, progress: &dyn Progress) -> Result<String> {
        match self.take_back(undo, again, progress) {
            Err(error) if again && error.kind == ErrorKind::NotFound => Ok(BACK_ALREADY.to_owned()),
            done => done,
        }
    }

    fn take_back(&self, undo: &Undo, again: bool, progress: &dyn Progress) -> Result<String> {
        let now = self.clock.now();
        match undo {
            Undo::Stop => self.bring_to(Doing::Stop, progress),
            Undo::Start => self.bring_to(Doing::Start, progress),
            Undo::Restore => self.backups()?.undo(progress),
            Undo::Tuning(at) => {
                let tuning = self.tuning();
                tuning.end_interrupted()?;
                match tuning.plan_revert()? {
                    Some(last) if last.at.timestamp_millis() == at.timestamp_millis() => {
                        tuning.revert()?;
                        Ok("The settings are as they were.".into())
                    }
                    _ if again && tuning.last_applied()?.is_none_or(|(_, last)| last < *at) => {
                        Ok(BACK_ALREADY.to_owned())
                    }
                    _ => Err(Error::new(
                        ErrorKind::Busy,
                        "the settings were changed again since; nothing was changed",
                    )
                    .hint("Take back first what was changed last: caretaker tune revert.")),
                }
            }
            Undo::CleanUp(ids) => {
                let cleanup = self.cleanup()?;
                let mut back = 0;
                for id in ids {
                    match cleanup.undo_plan(Some(id)) {
                        Ok(plan) => back += cleanup.undo(&plan)?.moved.len(),
                        Err(error) if again && error.kind == ErrorKind::NotFound => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(format!("{back} files are back where they were."))
            }
            Undo::Errors => {
                DealtErrors::new(self.state_dir, &self.profile.root).count_again(now)?;
                Ok("All errors of the last 24 hours count again.".into())
            }
            Undo::Aside(name) => {
                self.aside().let_go(name)?;
                Ok("The copy is gone.".into())
            }
        }
    }

    fn bring_to(&self, doing: Doing, progress: &dyn Progress) -> Result<String> {
        let process = self.process();
        match so_already(doing, &process.shown()?) {
            Some(said) => Ok(said),
            None => process.act(doing, true, progress),
        }
    }
}
