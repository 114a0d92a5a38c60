//! The second place: each proven archive once more, on another volume, proven there and pruned by counts of its own.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::archive::{Expected, manifest_beside, prove};
use super::catalogue::{Catalogue, Record, RecordState};
use super::desk::Desk;
use super::exchange::move_to_free;
use super::id::ArchiveId;
use super::prune::finish;
use super::shelf::{Shelf, ShelfLock};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

impl Desk {
    /// The folder of the second place, and whether it is there now; `None` where the profile names none.
    pub fn second_folder(&self) -> Option<(&Path, bool)> {
        let second = self.second.as_ref()?;
        Some((second.folder(), second.folder().is_dir()))
    }

    /// What is known of the copies in the second place; `None` where there is none, or its volume is missing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn second_catalogue(&self) -> Result<Option<Catalogue>> {
        match &self.second {
            Some(second) if second.folder().is_dir() => {
                Catalogue::load_second(&self.state_dir, &self.root, second).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Opens the second place to write there: leftovers of an interrupted job are gone then.
    pub(super) fn open_second(&self) -> Result<(ShelfLock, Catalogue)> {
        let missing = |at: &Path| Error::new(ErrorKind::NotFound, "the second place is not there").at(at);
        let Some(second) = &self.second else { return Err(missing(self.shelf.folder())) };
        if !second.folder().is_dir() {
            // Never made: an empty mount point would take what is meant for the volume.
            return Err(missing(second.folder()));
        }
        let lock = second.lock()?;
        second.sweep(&lock);
        let mut catalogue = Catalogue::load_second(&self.state_dir, &self.root, second)?;
        finish(&mut catalogue)?;
        Ok((lock, catalogue))
    }

    /// Copies every proven archive that is not there yet. What keeps it from that is logged and is no error of the backup:
    /// the volume may come back, and the light tells how old the newest copy is.
    pub(super) fn copy_to_second(&self, catalogue: &mut Catalogue, now: Instant, progress: &dyn Progress) {
        let Some(second) = &self.second else { return };
        let copied = self.open_second().and_then(|(_lock, mut there)| {
            prove_again(&mut there, now, progress)?;
            for record in waiting(catalogue, &there) {
                progress.step("Copying to the second place");
                let mut known = record.copy_at(second.archive(record.id));
                match copy(&record, second, progress) {
                    Ok(()) => known.prove(now),
                    // One bad copy does not keep the others from being made; nothing takes its place by itself.
                    Err(error) if error.kind == ErrorKind::Damaged => {
                        tracing::warn!(%error, id = %record.id, "a copy in the second place is damaged");
                        (known.state, known.problem) = (RecordState::Damaged, Some(error.message));
                    }
                    Err(error) => return Err(error),
                }
                let good = known.is_proven();
                there.put(known);
                there.save()?;
                if good {
                    catalogue.change(record.id, |record| record.copied_at = Some(now));
                }
            }
            Ok(())
        });
        if let Err(error) = copied {
            tracing::warn!(%error, "not copied to the second place");
        }
    }
}

/// Proves copies that were found there, or came back with their volume.
fn prove_again(there: &mut Catalogue, now: Instant, progress: &dyn Progress) -> Result<()> {
    let unproven = there.records().iter().filter(|one| one.state == RecordState::Unproven);
    let unproven: Vec<Record> = unproven.cloned().collect();
    for record in unproven {
        progress.step("Proving what lies in the second place");
        let expected = Expected { archive: Some(record.archive), id: Some(record.id) };
        match prove(&record.path, expected, progress) {
            Ok(_) => there.change(record.id, |record| record.prove(now)),
            Err(error) if error.kind == ErrorKind::Damaged => there.change(record.id, |record| {
                (record.state, record.problem) = (RecordState::Damaged, Some(error.message));
            }),
            Err(error) => return Err(error),
        }
        there.save()?;
    }
    Ok(())
}

/// What was never copied, and what that needs and is not there any more; oldest first.
fn waiting(catalogue: &Catalogue, there: &Catalogue) -> Vec<Record> {
    let fresh = || catalogue.records().iter().filter(|one| one.is_proven() && one.copied_at.is_none());
    let mut wanted: BTreeSet<ArchiveId> = fresh().flat_map(|one| one.needs.iter().copied()).collect();
    wanted.retain(|id| there.find(*id).is_none_or(|copy| copy.state == RecordState::Missing));
    wanted.extend(fresh().map(|one| one.id).filter(|id| {
        // A bad copy was looked at before.
        there.find(*id).is_none_or(|copy| copy.state != RecordState::Damaged)
    }));
    let proven = catalogue.records().iter().filter(|one| one.is_proven());
    proven.filter(|one| wanted.contains(&one.id)).cloned().collect()
}

fn copy(record: &Record, second: &Shelf, progress: &dyn Progress) -> Result<()> {
    second.prepare(record.kind)?;
    let (path, draft) = (second.archive(record.id), second.unfinished(record.id));
    let expected = Expected { archive: Some(record.archive), id: Some(record.id) };
    if path.symlink_metadata().is_ok() {
        return prove(&path, expected, progress).map(|_| ());
    }
    let copied = write(&record.path, &draft).and_then(|()| {
        // What was just written is bad: that is the volume's fault, and tried again.
        prove(&draft, expected, progress).map_err(|error| match error.kind {
            ErrorKind::Damaged => Error { kind: ErrorKind::System, ..error },
            _ => error,
        })?;
        let beside = fsio::read_bounded(&manifest_beside(&record.path), 97 << 20)?;
        fsio::write_atomic(&second.manifest(record.id), &beside, 0o600)?;
        move_to_free(&draft, &path)
    });
    if copied.is_err() {
        // A manifest alone counts for nothing, but it takes room.
        let alone = path.symlink_metadata().is_err();
        let _ = fsio::remove(&draft);
        let _ = alone.then(|| fsio::remove(&second.manifest(record.id)));
    }
    copied
}

fn write(from: &Path, to: &Path) -> Result<()> {
    fsio::remove(to)?;
    let (mut source, _) = fsio::open_regular(from)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let mut file = file.map_err(|error| Error::io("create", to, error))?;
    std::io::copy(&mut source, &mut file).map_err(|error| Error::io("write", to, error))?;
    file.sync_all().map_err(|error| Error::io("flush", to, error))
}
