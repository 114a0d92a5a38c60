//! Verifying what lies in the bucket, and bringing it back to the first place.

use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::parcel::read_head;
use super::proof::named;
use super::seal::{self, no_key, unwrapped};
use super::send::LARGEST_LIST;
use super::stretch::Stretches;
use super::{Away, is_sealed, list_name_of};
use crate::backup::archive::{Expected, prove};
use crate::backup::catalogue::{Record, RecordState};
use crate::backup::desk::Checked;
use crate::backup::exchange::move_to_free;
use crate::backup::id::ArchiveId;
use crate::backup::members::Members;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::SealedTo;
use crate::progress::Progress;

/// Room that is left on the volume, whatever is fetched.
const LEFT: u64 = 100 << 20;

impl Away<'_> {
    /// Whether a backup lies there, as far as is known; where nothing is, the bucket is asked.
    ///
    /// # Errors
    /// When the store does not answer; `Denied` where all that lies there is sealed, and no key opens it.
    pub fn knows(&self, id: ArchiveId) -> Result<bool> {
        Ok(self.known()?.find(id).is_some())
    }

    /// Reads a backup and all that it needs back from the bucket, every byte; what is wrong with each.
    ///
    /// # Errors
    /// `NotFound` where the list knows no such backup; when the store does not answer.
    pub fn verify(&self, id: ArchiveId, now: Instant, progress: &dyn Progress) -> Result<Vec<Checked>> {
        let mut list = self.known()?;
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
            let lies = list.bytes_of(&record);
            let faults = match self.prove(&mut record, lies, now, progress) {
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
        let list = self.known()?;
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
        room_for(self.desk.shelf.folder(), bytes, "fetched")?;
        for record in &records {
            progress.step("Fetching");
            self.fetch_one(record, list.bytes_of(record).size, progress)?;
            let mut back = Record { path: self.desk.shelf.archive(record.id), ..record.clone() };
            back.prove(now);
            catalogue.put(back);
            catalogue.save()?;
        }
        Ok(wanted)
    }

    fn fetch_one(&self, record: &Record, size: u64, progress: &dyn Progress) -> Result<()> {
        let shelf = &self.desk.shelf;
        shelf.prepare(record.kind)?;
        let (path, draft) = (shelf.archive(record.id), shelf.unfinished(record.id));
        fsio::remove(&draft)?;
        let done = self.download(record, size, &draft, progress).and_then(|()| {
            let (beside, _) = self.list_of(record)?;
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

    /// The text of the list beside an archive, and which of its members hold what, where that was said.
    ///
    /// # Errors
    /// `Damaged` where it is not there any more, or not as it was written; `Denied` where it is sealed and no key opens it.
    pub(super) fn list_of(&self, record: &Record) -> Result<(Vec<u8>, Option<Members>)> {
        let name = list_name_of(record.id, is_sealed(record));
        let bytes = self.bucket.get(&name, LARGEST_LIST)?.ok_or_else(|| self.lost(&name))?;
        let (text, members, _) = self.opened_list(bytes)?;
        Ok((text, members))
    }

    fn download(&self, record: &Record, size: u64, draft: &Path, progress: &dyn Progress) -> Result<()> {
        let name = named(record);
        let wrote = |error| Error::io("write", draft, error);
        let mut file = fsio::create_private(draft)?;
        let (mut hash, mut done) = (Sha256::new(), 0_u64);
        let mut take = |piece: &[u8]| {
            hash.update(piece);
            done += piece.len() as u64;
            progress.bytes(done, record.bytes_out);
            progress.go_on()?;
            file.write_all(piece).map_err(wrote)
        };
        if is_sealed(record) {
            self.read_opened(&name, size, &mut take)?;
        } else if !self.bucket.read(&name, &mut take)? {
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

    /// Gives the content of something sealed piece by piece.
    fn read_opened(&self, name: &str, size: u64, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut opened = self.opened_object(name, size)?;
        let mut piece = vec![0; 256 * 1024];
        loop {
            match opened.read(&mut piece).map_err(unwrapped)? {
                0 => return Ok(()),
                count => take(&piece[..count])?,
            }
        }
    }

    /// Sees whether `text`, the copy of the key (or of the passphrase), opens the newest list that lies there sealed, and
    /// notes that it does.
    ///
    /// # Errors
    /// `NotFound` where nothing lies there sealed; `Denied` where it does not open it; when the store does not answer.
    pub fn try_key(&self, text: &str, now: Instant) -> Result<ArchiveId> {
        let mut list = self.known()?;
        let newest = list.records().iter().rfind(|record| is_sealed(record)).cloned();
        let (Some(record), Some(settings)) = (newest, self.seal) else {
            let nothing = format!("nothing lies sealed in {} yet", self.place);
            return Err(Error::new(ErrorKind::NotFound, nothing)
                .hint("Name recipients in [away] of the profile, and send a backup."));
        };
        let keys = match settings.to {
            SealedTo::Recipients(_) => seal::identities_of(text)?,
            SealedTo::Passphrase(_) => vec![seal::by_passphrase(text.trim_end_matches(['\n', '\r']))],
        };
        let name = list_name_of(record.id, true);
        let bytes = self.bucket.get(&name, LARGEST_LIST)?.ok_or_else(|| self.lost(&name))?;
        let not_ours =
            || Error::new(ErrorKind::Damaged, format!("{name} in {} is not what was sent", self.place));
        let (_, _, sealed) = read_head(&bytes).ok_or_else(not_ours)?;
        seal::opened(sealed, &keys, LARGEST_LIST)?;
        list.key_opened = Some(now);
        list.save()?;
        Ok(record.id)
    }

    /// What is sealed in the bucket, to be read at any place.
    pub(super) fn opened_object(&self, name: &str, size: u64) -> Result<impl Read + Seek + use<'_>> {
        let keys = self.keys().ok_or_else(no_key)?.identities()?;
        seal::open(Stretches::new(&self.bucket, name, size), &keys)
    }

    /// An object that is not there although it was sent.
    pub(super) fn gone(&self, error: Error) -> Error {
        match error.kind {
            ErrorKind::NotFound => Error { kind: ErrorKind::Damaged, ..error }
                .hint("Somebody removed it there. Nothing was changed here."),
            _ => error,
        }
    }

    pub(super) fn lost(&self, name: &str) -> Error {
        Error::new(ErrorKind::Damaged, format!("{name} is not in {} any more", self.place))
            .hint("Somebody removed it there. Nothing was changed here.")
    }

    pub(super) fn unknown(&self, id: ArchiveId) -> Error {
        Error::new(ErrorKind::NotFound, format!("there is no backup {id} in {}", self.place))
            .hint("`caretaker backup list` shows what is there.")
    }
}

/// Refuses to begin where `folder` has no room for `bytes` that are to be `what`, and some more.
pub(super) fn room_for(folder: &Path, bytes: u64, what: &str) -> Result<()> {
    let room = fsio::room(folder).map_err(|error| Error::io("look at", folder, error))?;
    if room.free >= bytes + LEFT {
        return Ok(());
    }
    let says = format!("{bytes} bytes are to be {what}, and {} are free", room.free);
    Err(Error::new(ErrorKind::System, says)
        .at(folder)
        .hint("Make room first: `caretaker cleanup space` shows what takes it. Nothing was changed."))
}
