//! Pruning a place: looked at first, written down before it is done, finished by whoever comes after a crash.

use super::archive::manifest_beside;
use super::catalogue::{Catalogue, RecordState};
use super::desk::Desk;
use super::id::ArchiveId;
use super::retain::{Candidate, Keep, Retention, retain};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

impl Desk {
    /// What pruning would remove and keep; changes nothing.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn prune_plan(&self, now: Instant) -> Result<Retention> {
        Ok(self.retention(&self.catalogue()?, now))
    }

    /// The same of the second place, by its own counts; `None` where there is none now.
    ///
    /// # Errors
    /// When its catalogue cannot be read.
    pub fn second_plan(&self, now: Instant) -> Result<Option<Retention>> {
        Ok(self.second_catalogue()?.map(|there| self.second_retention(&there, now)))
    }

    /// Which copies are kept in the second place, and why.
    pub fn second_retention(&self, there: &Catalogue, now: Instant) -> Retention {
        self.kept_by(self.second_keep, there, now)
    }

    /// Which of these backups are kept, and why.
    pub fn retention(&self, catalogue: &Catalogue, now: Instant) -> Retention {
        self.kept_by(self.keep, catalogue, now)
    }

    fn kept_by(&self, keep: Keep, catalogue: &Catalogue, now: Instant) -> Retention {
        let candidates: Vec<Candidate> = catalogue
            .records()
            .iter()
            .filter(|record| record.state != RecordState::Missing)
            .map(|record| Candidate {
                id: record.id,
                proven: catalogue.is_whole(record),
                flawless: record.losses == 0,
                needs: record.needs.clone(),
            })
            .collect();
        retain(&candidates, keep, self.zone.local(now))
    }

    /// Removes what a plan says, if the plan still holds.
    ///
    /// # Errors
    /// `Busy` when another job runs, or the backups are others than they were when the plan was shown.
    pub fn prune(&self, plan: &Retention, now: Instant) -> Result<Vec<ArchiveId>> {
        let lock = self.shelf.lock()?;
        let mut catalogue = self.tidy(&lock)?;
        let current = self.retention(&catalogue, now);
        prune(&mut catalogue, &current, plan)
    }

    /// The same in the second place.
    ///
    /// # Errors
    /// As [`Desk::prune`], and `NotFound` where it is not there.
    pub fn prune_second(&self, plan: &Retention, now: Instant) -> Result<Vec<ArchiveId>> {
        let _lock = self.shelf.lock()?;
        let (_there, mut catalogue) = self.open_second()?;
        let current = self.second_retention(&catalogue, now);
        prune(&mut catalogue, &current, plan)
    }
}

fn prune(catalogue: &mut Catalogue, current: &Retention, plan: &Retention) -> Result<Vec<ArchiveId>> {
    if current.remove != plan.remove {
        return Err(Error::new(ErrorKind::Busy, "the backups have changed since the plan was made")
            .hint("Look at the new plan first; nothing was removed."));
    }
    // First it is written down that they leave: whoever comes after a crash finishes it.
    for id in &plan.remove {
        catalogue.change(*id, |record| record.state = RecordState::Leaving);
    }
    catalogue.save()?;
    finish(catalogue)?;
    Ok(plan.remove.clone())
}

/// Removes what is on its way out.
pub(super) fn finish(catalogue: &mut Catalogue) -> Result<()> {
    let leaving = catalogue.records().iter().filter(|one| one.state == RecordState::Leaving);
    let leaving: Vec<_> = leaving.map(|one| (one.id, one.path.clone())).collect();
    if leaving.is_empty() {
        return Ok(());
    }
    for (id, path) in leaving {
        fsio::remove(&path)?;
        fsio::remove(&manifest_beside(&path))?;
        catalogue.forget(id);
    }
    catalogue.save()
}
