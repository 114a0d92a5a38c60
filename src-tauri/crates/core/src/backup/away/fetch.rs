//! Verifying what lies in the bucket, and bringing it back to the first place.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::send::LARGEST_LIST;
use super::{Away, list_name_of};
use crate::backup::archive::{Expected, prove};
use crate::backup::catalogue::{Record, RecordState};
use crate::backup::desk::Checked;
use crate::backup::exchange::move_to_free;
use crate::backup::id::ArchiveId;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// Room that is left on the volume, whatever is fetched.
const LEFT: u64 = 100 << 20;

impl Away<'_> {
    /// Reads a backup and all that it needs back from the bucket, every byte; what is wrong with each.
    ///
    /// # Errors
    /// `NotFound` where the list knows no such backup; when the store does not answer.
    pub fn verify(&self, id: ArchiveId, now: Instant, progress: &dyn Progress) -> Result<Vec<Checked>> {
        let mut list = self.list()?;
        let asked = list.find(id).ok_or_else(|| self.unknown(id))?;
        let all: Vec<ArchiveId> = asked.needs.iter().copied().chain([id]).collect();
        let mut checked = Vec::new();
        for id in all {
            progress.step("Reading it back");
            let Some(mut record) = list.find(id).cloned() else {
                checked.push(Checked {
                    path: PathBuf::from(id.file_name()),
                    faults: vec!["it is not there".into()],
                });
                continue;
            };
            let path = record.path.clone();
            let faults = match self.prove(&mut record, now, progress) {
                Ok(()) => Vec::new(),
                Err(error) if error.kind == ErrorKind::Damaged => {
                    (record.state, record.problem) = (RecordState::Damaged, Some(error.message.clone()));
                    vec![error.message]
                }
                Err(error) => return Err(error),
            };
            list.put(record);
            list.save()?;
            checked.push(Checked { path, faults });
        }
        Ok(checked)
    }

    /// Brings a backup and all that it needs back to the first place, each proven before it has its name; what was brought.
    ///
    /// # Errors
    /// `NotFound` where the list knows no such backup; `Damaged` where it is not what was sent; when there is not enough
    /// room, or the store does not answer: what was brought before that stays.
    pub fn fetch(&self, id: ArchiveId, now: Instant, progress: &dyn Progress) -> Result<Vec<ArchiveId>> {
        let list = self.list()?;
        let asked = list.find(id).ok_or_else(|| self.unknown(id))?;
        let lock = self.desk.shelf.lock()?;
        let mut catalogue = self.desk.tidy(&lock)?;
        let here = |id: &ArchiveId| catalogue.find(*id).is_some_and(Record::is_proven);
        let needed = asked.needs.iter().copied().chain([id]);
        let wanted: Vec<ArchiveId> = needed.filter(|id| !here(id)).collect();
        let records: Vec<Record> = wanted
            .iter()
            .map(|id| list.find(*id).cloned().ok_or_else(|| self.unknown(*id)))
            .collect::<Result<_>>()?;
        let bytes: u64 = records.iter().map(|record| record.bytes_out).sum();
        fsio::create_private_dir(self.desk.shelf.folder())?;
        let room = fsio::room(self.desk.shelf.folder())
            .map_err(|error| Error::io("look at", self.desk.shelf.folder(), error))?;
        if room.free < bytes + LEFT {
            return Err(Error::new(
                ErrorKind::System,
                format!("{bytes} bytes are to be fetched, and {} are free", room.free),
            )
            .at(self.desk.shelf.folder())
            .hint("Make room first: `caretaker cleanup space` shows what takes it. Nothing was changed."));
        }
        for record in &records {
            progress.step("Fetching");
            self.fetch_one(record, progress)?;
            let mut back = Record { path: self.desk.shelf.archive(record.id), ..record.clone() };
            back.prove(now);
            catalogue.put(back);
            catalogue.save()?;
        }
        Ok(wanted)
    }

    fn fetch_one(&self, record: &Record, progress: &dyn Progress) -> Result<()> {
        let shelf = &self.desk.shelf;
        shelf.prepare(record.kind)?;
        let (path, draft) = (shelf.archive(record.id), shelf.unfinished(record.id));
        fsio::remove(&draft)?;
        let done = self.download(record, &draft, progress).and_then(|()| {
            let list_name = list_name_of(record.id);
            let beside = self.bucket.get(&list_name, LARGEST_LIST)?.ok_or_else(|| self.lost(&list_name))?;
            let expected = Expected { archive: Some(record.archive), id: Some(record.id) };
            prove(&draft, expected, progress)?;
            fsio::write_atomic(&shelf.manifest(record.id), &beside, 0o600)?;
            // Whole and proven against its hash, which the list beside it must name too.
            if path.symlink_metadata().is_ok() {
                fsio::remove(&path)?;
            }
            move_to_free(&draft, &path)
        });
        if done.is_err() {
            let _ = fsio::remove(&draft);
            if path.symlink_metadata().is_err() {
                let _ = fsio::remove(&shelf.manifest(record.id));
            }
        }
        done
    }

    fn download(&self, record: &Record, draft: &std::path::Path, progress: &dyn Progress) -> Result<()> {
        let name = record.path.to_string_lossy().into_owned();
        let wrote = |error| Error::io("write", draft, error);
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft).map_err(wrote)?;
        let (mut hash, mut done) = (Sha256::new(), 0_u64);
        let found = self.bucket.read(&name, &mut |piece| {
            hash.update(piece);
            done += piece.len() as u64;
            progress.bytes(done, record.bytes_out);
            progress.go_on()?;
            file.write_all(piece).map_err(wrote)
        })?;
        if !found {
            return Err(self.lost(&name));
        }
        let hash: [u8; 32] = hash.finalize().into();
        if hash != record.archive {
            return Err(Error::new(
                ErrorKind::Damaged,
                format!("{name} in {} is not what was sent", self.place),
            )
            .hint("Fetch another backup: `caretaker backup list` shows them. Nothing was changed."));
        }
        file.sync_all().map_err(wrote)
    }

    fn lost(&self, name: &str) -> Error {
        Error::new(ErrorKind::Damaged, format!("{name} is not in {} any more", self.place))
            .hint("Somebody removed it there. Nothing was changed here.")
    }

    fn unknown(&self, id: ArchiveId) -> Error {
        Error::new(ErrorKind::NotFound, format!("there is no backup {id} in {}", self.place))
            .hint("`caretaker backup list` shows what is there.")
    }
}
