//! What is on record of runbooks, and who is at one just now.

use super::Runbooks;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::hold::Hold;
use crate::store::{EcosystemId, Entered, Store};
use crate::upkeep::{Course, Mark, Runbook, Step};

/// Held by whoever is at a step.
const LOCK: &str = "runbook.lock";

impl Runbooks {
    pub(super) fn course(&self, id: &str) -> Result<(&'static Runbook, Course)> {
        let runbook = Runbook::find(id)?;
        let course = match self.read()? {
            Some((store, of)) => store.open_course(of, id)?,
            None => None,
        };
        let course = course.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("“{}” was not begun; nothing was changed", runbook.title))
                .hint(format!("Begin with `caretaker runbook start {id}`."))
        })?;
        Ok((runbook, course))
    }

    /// Writes what became of a step; `None` opens it again.
    pub(super) fn mark(&self, runbook: &Runbook, step: &Step, mark: Option<Mark>) -> Result<Course> {
        let (mut store, of) = self.open()?;
        store.change_course(of, &runbook.id, |course| {
            match mark {
                Some(mark) => course.marks.insert(step.id.clone(), mark),
                None => course.marks.remove(&step.id),
            };
            Ok(course.clone())
        })
    }

    pub(super) fn enter(&self, course: &Course, now: Instant, text: String) {
        self.journal.note_done(now, Entered::Runbook, text, Some(course.id.clone()));
    }

    pub(super) fn read(&self) -> Result<Option<(Store, EcosystemId)>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        Ok(store.find_ecosystem(&self.profile.root)?.map(|of| (store, of)))
    }

    pub(super) fn open(&self) -> Result<(Store, EcosystemId)> {
        let mut store = Store::open(&self.state_dir)?.store;
        let of = store.ecosystem(&self.profile.root)?;
        Ok((store, of))
    }

    pub(super) fn lock(&self) -> Result<Hold> {
        crate::fsio::create_private_dir(&self.state_dir)?;
        Hold::try_take(&self.state_dir.join(LOCK))?.ok_or_else(|| {
            Error::new(ErrorKind::Busy, "a step of a runbook is under way; nothing was changed")
                .hint("Wait until it is done.")
        })
    }

    pub(super) fn is_busy(&self) -> bool {
        Hold::is_held(&self.state_dir.join(LOCK))
    }
}
