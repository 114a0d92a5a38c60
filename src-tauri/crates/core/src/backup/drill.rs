//! The proof of a backup: restored into a scratch folder, every file compared.

use std::time::Instant as Stopwatch;

use super::desk::{Desk, Which};
use super::id::ArchiveId;
use super::restore::{bytes_of, room_for};
use super::shelf::DRILL;
use super::stage::{Part, compare, stage};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::progress::Progress;

impl Desk {
    /// Restores a backup into a scratch folder, compares every file, and says how long that took, in seconds.
    ///
    /// # Errors
    /// What is wrong with it; the scratch folder is gone in any case.
    pub fn drill(&self, id: ArchiveId, now: Instant, progress: &dyn Progress) -> Result<f64> {
        let begun = Stopwatch::now();
        let _lock = self.shelf.lock()?;
        let source = self.source(&Which::Id(id))?;
        room_for(bytes_of(&source.manifest, &Part::Everything), self.shelf.folder())?;
        let scratch = tempfile::Builder::new().prefix(DRILL).tempdir_in(self.shelf.folder());
        let scratch = scratch.map_err(|error| Error::io("write into", self.shelf.folder(), error))?;
        progress.step("Restoring into a scratch folder");
        let drilled = stage(&source.manifest, &source.holders, &Part::Everything, scratch.path(), progress)
            .and_then(|_| {
                progress.step("Comparing every file");
                compare(&source.manifest, &Part::Everything, scratch.path(), progress)
            });
        let seconds = begun.elapsed().as_secs_f64();
        let mut catalogue = self.catalogue()?;
        catalogue.change(id, |record| match &drilled {
            Ok(()) => (record.drilled_at, record.drill_seconds) = (Some(now), Some(seconds)),
            Err(error) => record.problem = Some(error.message.clone()),
        });
        catalogue.save()?;
        drilled.map(|()| seconds)
    }
}
