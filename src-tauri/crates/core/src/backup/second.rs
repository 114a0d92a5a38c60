//! The second place: each proven archive once more, on another volume, proven there.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::archive::{Expected, manifest_beside, prove};
use super::catalogue::{Catalogue, Record};
use super::desk::Desk;
use super::exchange::move_to_free;
use super::id::ArchiveId;
use super::shelf::Shelf;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

impl Desk {
    /// Copies every proven archive that is not there yet. What keeps it from that is logged and is no error of the backup:
    /// the volume may come back, and the light tells how old the newest copy is.
    pub(super) fn copy_to_second(&self, catalogue: &mut Catalogue, now: Instant, progress: &dyn Progress) {
        let Some(second) = &self.second else { return };
        let waiting: Vec<Record> = catalogue
            .records()
            .iter()
            .filter(|one| one.is_proven() && one.copied_at.is_none())
            .cloned()
            .collect();
        for record in waiting {
            progress.step("Copying to the second place");
            match copy(&record, second, progress) {
                Ok(()) => catalogue.change(record.id, |record| record.copied_at = Some(now)),
                Err(error) => {
                    tracing::warn!(%error, id = %record.id, "not copied to the second place");
                    return;
                }
            }
        }
    }

    /// What left the first place leaves the second one too, if it is the same there.
    pub(super) fn remove_from_second(&self, id: ArchiveId, bytes: u64) {
        let Some(second) = &self.second else { return };
        let path = second.archive(id);
        if path.symlink_metadata().is_ok_and(|there| there.is_file() && there.len() == bytes) {
            let _ = fsio::remove(&path).and_then(|()| fsio::remove(&second.manifest(id)));
        }
    }
}

fn copy(record: &Record, second: &Shelf, progress: &dyn Progress) -> Result<()> {
    if !second.folder().is_dir() {
        // Never made: an empty mount point would take what is meant for the volume.
        return Err(Error::new(ErrorKind::NotFound, "the second place is not there").at(second.folder()));
    }
    second.prepare(record.kind)?;
    let (path, draft) = (second.archive(record.id), second.unfinished(record.id));
    let expected = Expected { archive: Some(record.archive), id: Some(record.id) };
    if path.symlink_metadata().is_ok() {
        return prove(&path, expected, progress).map(|_| ());
    }
    let copied = write(&record.path, &draft).and_then(|()| prove(&draft, expected, progress));
    if let Err(error) = copied {
        let _ = fsio::remove(&draft);
        return Err(error);
    }
    let beside = fsio::read_bounded(&manifest_beside(&record.path), 97 << 20)?;
    fsio::write_atomic(&second.manifest(record.id), &beside, 0o600)?;
    move_to_free(&draft, &path)
}

fn write(from: &Path, to: &Path) -> Result<()> {
    fsio::remove(to)?;
    let (mut source, _) = fsio::open_regular(from)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let mut file = file.map_err(|error| Error::io("create", to, error))?;
    std::io::copy(&mut source, &mut file).map_err(|error| Error::io("write", to, error))?;
    file.sync_all().map_err(|error| Error::io("flush", to, error))
}
