//! Sending: what retention keeps there and is not there yet, oldest first; and removing what it does not keep.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant as Stopwatch;

use super::bucket::owed;
use super::list::{AwayList, Upload};
use super::parcel::{Owner, Parcel};
use super::{Away, is_sealed, list_name_of, name_of};
use crate::backup::catalogue::{Catalogue, Record, RecordState};
use crate::backup::desk::Desk;
use crate::backup::id::ArchiveId;
use crate::backup::retain::{Keep, retain};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::hold::Hold;
use crate::progress::Progress;

/// Bytes of a part: stores want five megabytes at least, and all of them alike.
pub(super) const PART: u64 = 8 << 20;
/// Parts that are under way at once.
const AT_ONCE: usize = 4;
/// The list beside an archive takes no more than this.
pub(super) const LARGEST_LIST: u64 = 97 << 20;

/// What sending did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// What is there now and was not before.
    pub sent: Vec<ArchiveId>,
    /// What went because it is kept no longer.
    pub removed: Vec<ArchiveId>,
    /// What was to go, and the store holds on to.
    pub held: Vec<ArchiveId>,
}

impl Away<'_> {
    /// What waits to be sent, oldest first.
    ///
    /// # Errors
    /// When the catalogue or the list cannot be read.
    pub fn waiting(&self, now: Instant) -> Result<Vec<Record>> {
        let (catalogue, list) = (self.desk.catalogue()?, self.list()?);
        Ok(plan(self.desk, self.keep, &catalogue, &list, now).0)
    }

    /// Sends what waits and removes what is not kept. What was done before something failed stays done.
    ///
    /// # Errors
    /// What the store or the disk refuses; `Busy` while another process sends; a person cancelled.
    pub fn send(&self, now: Instant, progress: &dyn Progress) -> Result<Sent> {
        let _lock = self.lock()?;
        let mut list = self.list()?;
        let done = self.send_all(&mut list, now, progress);
        let problem = done.as_ref().err().map(|error| (now, error.to_string()));
        if list.problem != problem {
            list.problem = problem;
            list.save()?;
        }
        done
    }

    /// One sends at a time: two would send everything twice.
    fn lock(&self) -> Result<Hold> {
        let folder = self.desk.state_dir.join("backups");
        fsio::create_private_dir(&folder)?;
        Hold::try_take(&folder.join("away.lock"))?.ok_or_else(|| {
            Error::new(ErrorKind::Busy, "backups are being sent just now").hint("Wait until that is done.")
        })
    }

    fn send_all(&self, list: &mut AwayList, now: Instant, progress: &dyn Progress) -> Result<Sent> {
        if list.records().is_empty() {
            // What is sealed and cannot be opened here stays as it is.
            let _ = self.find_again(list)?;
        }
        let mut sent = Sent::default();
        // Whoever came before was broken off while these left.
        let leaving = list.records().iter().filter(|one| one.state == RecordState::Leaving);
        for id in leaving.map(|one| one.id).collect::<Vec<_>>() {
            self.let_go(id, list, &mut sent)?;
        }
        self.prove_again(list, now, progress)?;
        let (send, remove) = plan(self.desk, self.keep, &self.desk.catalogue()?, list, now);
        self.give_up_all_but(&send, list)?;
        for record in send {
            let mut there = self.upload(&record, list, now, progress)?;
            if !there.is_proven() {
                self.prove_sent(&mut there, list, now, progress)?;
            }
            list.put(there);
            list.save()?;
            self.drop_spool(list)?;
            sent.sent.push(record.id);
        }
        for id in remove {
            progress.go_on()?;
            self.let_go(id, list, &mut sent)?;
        }
        Ok(sent)
    }

    /// Clears away what was begun and is not to be sent any more: it was pruned here meanwhile.
    fn give_up_all_but(&self, send: &[Record], list: &mut AwayList) -> Result<()> {
        let still = |id: &ArchiveId| send.iter().any(|record| record.id == *id) || list.find(*id).is_some();
        let gone: Vec<ArchiveId> = list.begun.iter().copied().filter(|id| !still(id)).collect();
        for id in gone {
            for sealed in [false, true] {
                let name = name_of(id, sealed);
                if let Some(upload) = list.upload.as_ref().filter(|upload| upload.id == id) {
                    self.bucket.give_up(&name, &upload.name);
                }
                self.bucket.remove(&name)?;
                self.bucket.remove_unfinished(&name)?;
                self.bucket.remove(&list_name_of(id, sealed))?;
            }
            list.upload.take_if(|upload| upload.id == id);
            list.begun.remove(&id);
            list.save()?;
        }
        if list.spool.as_ref().is_some_and(|spool| !send.iter().any(|record| record.id == spool.id)) {
            self.drop_spool(list)?;
        }
        Ok(())
    }

    /// Removes one; what the store holds on to stays, and goes when its time is over.
    fn let_go(&self, id: ArchiveId, list: &mut AwayList, sent: &mut Sent) -> Result<()> {
        match self.take_away(id, list) {
            Ok(()) => sent.removed.push(id),
            Err(error) if error.kind == ErrorKind::Denied => {
                list.change(id, |record| record.problem = Some("the store holds on to it".into()));
                list.save()?;
                sent.held.push(id);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Puts the list and the archive there; an upload that was broken off goes on. Proven only where it was there already.
    fn upload(
        &self,
        record: &Record,
        list: &mut AwayList,
        now: Instant,
        progress: &dyn Progress,
    ) -> Result<Record> {
        let parcel = self.parcel(record, list, progress)?;
        progress.step("Sending away");
        self.put_list(record.id, &parcel, list)?;
        let there = Record {
            state: RecordState::Unproven,
            verified_at: None,
            ..record.copy_at(PathBuf::from(&parcel.name))
        };
        // Completed before a crash, and not written down: what is there is looked at, not sent once more.
        if self.bucket.size(&parcel.name)? == Some(parcel.bytes.size) {
            list.upload = None;
            let mut found = there.clone();
            if self.prove(&mut found, parcel.bytes, now, progress).is_ok() {
                list.begun.remove(&record.id);
                list.sealed.extend(parcel.sealed.then_some((record.id, parcel.bytes)));
                return Ok(found);
            }
        }
        if parcel.bytes.size <= PART {
            let bytes = parcel.part(0)?;
            self.bucket.put(&parcel.name, bytes)?;
        } else if !self.bucket.takes_parts() {
            self.send_stream(&parcel, progress)?;
        } else {
            let goes_on = list.upload.as_ref().is_some_and(|upload| upload.id == record.id);
            match self.send_parts(record.id, &parcel, list, progress) {
                // The store has forgotten it, or made an object of it while we were killed: it begins anew, once. Some
                // stores say that one may not rather than that there is none.
                Err(error) if goes_on && matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => {
                    list.upload = None;
                    list.save()?;
                    self.send_parts(record.id, &parcel, list, progress)?;
                }
                done => done?,
            }
        }
        list.put(there.clone());
        list.sealed.extend(parcel.sealed.then_some((record.id, parcel.bytes)));
        list.begun.remove(&record.id);
        list.upload = None;
        list.save()?;
        Ok(there)
    }

    /// Puts the list there first: whatever lies there is known by it.
    fn put_list(&self, id: ArchiveId, parcel: &Parcel, list: &mut AwayList) -> Result<()> {
        match self.bucket.get(&parcel.list_name, LARGEST_LIST)? {
            Some(there) if self.is_list_of(&there, parcel) => Ok(()),
            Some(there) if matches!(self.owner_of(&there), Owner::Theirs) => {
                let what = format!("{} in {} is another ecosystem's", parcel.list_name, self.place);
                Err(Error::new(ErrorKind::Busy, what)
                    .hint("Give each ecosystem a folder of its own in [away] of its profile."))
            }
            // Ours from before, under the name of one that was lost here: no second one has its bytes.
            _ => {
                // Written down first: whatever happens, somebody knows of it.
                list.begun.insert(id);
                list.save()?;
                self.bucket.put(&parcel.list_name, parcel.list.clone())
            }
        }
    }

    fn send_stream(&self, parcel: &Parcel, progress: &dyn Progress) -> Result<()> {
        let (mut part, count) = (0, parcel.parts());
        let size = parcel.bytes.size;
        self.bucket.send_stream(&parcel.name, size, self.bandwidth, &mut || {
            progress.go_on()?;
            progress.bytes(size.min(part as u64 * PART), size);
            if part == count {
                return Ok(None);
            }
            part += 1;
            parcel.part(part - 1).map(Some)
        })
    }

    fn send_parts(
        &self,
        id: ArchiveId,
        parcel: &Parcel,
        list: &mut AwayList,
        progress: &dyn Progress,
    ) -> Result<()> {
        let name = &parcel.name;
        if let Some(other) = list.upload.take_if(|upload| upload.id != id) {
            for sealed in [false, true] {
                self.bucket.give_up(&name_of(other.id, sealed), &other.name);
            }
        }
        if list.upload.is_none() {
            list.upload = Some(Upload { id, name: self.bucket.begin(name)?, parts: Default::default() });
            list.save()?;
        }
        let Some(Upload { name: upload, parts, .. }) = list.upload.clone() else { return Ok(()) };
        let size = parcel.bytes.size;
        let wanted: Vec<usize> = (0..parcel.parts()).filter(|part| !parts.contains_key(part)).collect();
        let content = |part: usize| {
            progress.go_on()?;
            parcel.part(part)
        };
        let mut done: u64 = parts.keys().map(|part| parcel.length(*part)).sum();
        progress.bytes(done, size);
        let at_once = if self.bandwidth.is_some() { 1 } else { AT_ONCE };
        // With a limit one after the other, each followed by the rest that it owes.
        let batches: Vec<&[usize]> = match self.bandwidth {
            Some(_) => wanted.chunks(1).collect(),
            None => vec![&wanted],
        };
        for batch in batches {
            let begun = Stopwatch::now();
            self.bucket.send_parts(name, &upload, batch, at_once, &content, &mut |part, id| {
                list.upload.as_mut().map(|upload| upload.parts.insert(part, id));
                list.save()?;
                done += parcel.length(part);
                progress.bytes(done, size);
                Ok(())
            })?;
            if let Some(rate) = self.bandwidth {
                let bytes: u64 = batch.iter().map(|part| parcel.length(*part)).sum();
                self.bucket.pause(owed(bytes, rate).saturating_sub(begun.elapsed()));
            }
        }
        let parts = list.upload.as_ref().map(|upload| &upload.parts).unwrap_or(&parts);
        self.bucket.complete(name, &upload, parts)
    }

    /// Removes one: written down first, so that whoever comes after a crash finishes it.
    fn take_away(&self, id: ArchiveId, list: &mut AwayList) -> Result<()> {
        list.change(id, |record| record.state = RecordState::Leaving);
        list.save()?;
        let sealed = list.find(id).is_some_and(is_sealed);
        self.bucket.remove(&name_of(id, sealed))?;
        self.bucket.remove(&list_name_of(id, sealed))?;
        list.forget(id);
        list.save()
    }
}

/// What is to be sent, oldest first, and what is to go.
pub(super) fn plan(
    desk: &Desk,
    keep: Keep,
    catalogue: &Catalogue,
    list: &AwayList,
    now: Instant,
) -> (Vec<Record>, Vec<ArchiveId>) {
    let here: Vec<&Record> = catalogue.records().iter().filter(|one| catalogue.is_whole(one)).collect();
    let retention = retain(&list.candidates(&here), keep, desk.zone.local(now));
    let kept: BTreeSet<ArchiveId> = retention.keep.iter().map(|(id, _)| *id).collect();
    let there = |id: ArchiveId| list.find(id).is_some_and(Record::is_proven);
    let send = here.into_iter().filter(|one| kept.contains(&one.id) && !there(one.id)).cloned().collect();
    let remove = retention.remove.into_iter().filter(|id| list.find(*id).is_some()).collect();
    (send, remove)
}
