//! What lies in the bucket: found again where the list is lost, and proven.

use std::path::PathBuf;

use super::list::AwayList;
use super::parcel::{Bytes, Owner, read_head};
use super::seal::{self, no_key};
use super::send::LARGEST_LIST;
use super::{Away, SEALED, list_name_of};
use crate::backup::catalogue::{Record, RecordState};
use crate::backup::id::{ArchiveId, Kind};
use crate::backup::members::Members;
use crate::backup::sidecar;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::AwayProof;
use crate::progress::Progress;

impl Away<'_> {
    /// What is known of the bucket; where that is nothing, what is found in it.
    ///
    /// # Errors
    /// When the store does not answer; `Denied` where all that lies there is sealed, and no key opens it.
    pub(super) fn known(&self) -> Result<AwayList> {
        let mut list = self.list()?;
        if list.records().is_empty() {
            let sealed = self.find_again(&mut list)?;
            if let (true, Some(error)) = (list.records().is_empty(), sealed) {
                return Err(error);
            }
        }
        Ok(list)
    }

    /// Takes up what lies in the bucket and is of this ecosystem: after a move to another machine, or when the list is lost.
    /// Gives why something sealed could not be opened: that stays where it is, and nothing is known of it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) fn find_again(&self, list: &mut AwayList) -> Result<Option<Error>> {
        let mut closed = None;
        for kind in Kind::ALL {
            for name in self.bucket.names(&kind.folder())? {
                let last = name.rsplit('/').next().unwrap_or_default();
                let (plain, sealed) = last.strip_suffix(SEALED).map_or((last, false), |plain| (plain, true));
                let Some(id) = ArchiveId::of_file(plain) else { continue };
                let Some(bytes) = self.bucket.get(&list_name_of(id, sealed), LARGEST_LIST)? else { continue };
                if !matches!(self.owner_of(&bytes), Owner::Ours) {
                    continue;
                }
                let (text, _, lies) = match self.opened_list(bytes) {
                    Ok(opened) => opened,
                    Err(error) => {
                        tracing::warn!(%error, %id, "what lies away could not be opened");
                        closed = Some(error);
                        continue;
                    }
                };
                let Ok(beside) = sidecar::parse(&text) else { continue };
                if beside.manifest.root == self.desk.root && beside.manifest.id == id {
                    let path = PathBuf::from(&name);
                    list.put(Record::of(&beside.manifest, &path, beside.archive, beside.size));
                    list.sealed.extend(lies.map(|lies| (id, lies)));
                }
            }
        }
        if !list.records().is_empty() {
            list.save()?;
        }
        Ok(closed)
    }

    /// The text of a list that lay in the bucket as it lies beside its archive, which members hold what where that was said,
    /// and what its archive must be where it is sealed.
    ///
    /// # Errors
    /// `Denied` where it is sealed and the key is not there or another one; `Damaged`.
    pub(super) fn opened_list(
        &self,
        mut bytes: Vec<u8>,
    ) -> Result<(Vec<u8>, Option<Members>, Option<Bytes>)> {
        let Some((lies, _, sealed)) = read_head(&bytes) else {
            let members = Members::split_off(&mut bytes);
            return Ok((bytes, members, None));
        };
        let keys = self.keys().ok_or_else(no_key)?.identities()?;
        let mut text = seal::opened(sealed, &keys, LARGEST_LIST)?;
        let members = Members::split_off(&mut text);
        Ok((text, members, Some(lies)))
    }

    /// Proves what was found, and what was sent and not read back yet.
    pub(super) fn prove_again(
        &self,
        list: &mut AwayList,
        now: Instant,
        progress: &dyn Progress,
    ) -> Result<()> {
        let unproven = list.records().iter().filter(|one| one.state == RecordState::Unproven);
        for mut record in unproven.cloned().collect::<Vec<_>>() {
            let proven = self.prove_sent(&mut record, list, now, progress);
            match proven {
                Err(error) if error.kind == ErrorKind::Damaged => {
                    (record.state, record.problem) = (RecordState::Damaged, Some(error.message));
                }
                proven => proven?,
            }
            list.put(record);
            list.save()?;
        }
        Ok(())
    }

    /// Sees of what was sent what the profile wants to be seen before it counts.
    pub(super) fn prove_sent(
        &self,
        record: &mut Record,
        list: &AwayList,
        now: Instant,
        progress: &dyn Progress,
    ) -> Result<()> {
        let lies = list.bytes_of(record);
        match self.proof {
            AwayProof::Read => {
                progress.step("Reading it back");
                self.prove(record, lies, now, progress)
            }
            AwayProof::Store => match self.bucket.size(&named(record))? {
                Some(size) if size == lies.size => {
                    record.prove(now);
                    Ok(())
                }
                Some(_) => Err(self.wrong(record, "is not what was sent")),
                None => Err(self.wrong(record, "is not there any more")),
            },
        }
    }

    /// Reads it back whole: what the store has must be what was written.
    ///
    /// # Errors
    /// `Damaged` where it is not; when the store does not answer.
    pub(super) fn prove(
        &self,
        record: &mut Record,
        lies: Bytes,
        now: Instant,
        progress: &dyn Progress,
    ) -> Result<()> {
        match self.bucket.hash(&named(record), lies.size, progress)? {
            Some((hash, size)) if (Bytes { hash, size }) == lies => {
                record.prove(now);
                Ok(())
            }
            Some(_) => Err(self.wrong(record, "is not what was sent")),
            None => Err(self.wrong(record, "is not there any more")),
        }
    }

    fn wrong(&self, record: &Record, what: &str) -> Error {
        Error::new(ErrorKind::Damaged, format!("{} in {} {what}", named(record), self.place))
            .hint("It is sent again the next time.")
    }
}

/// Where it lies, as the bucket names it.
pub(super) fn named(record: &Record) -> String {
    record.path.to_string_lossy().into_owned()
}
