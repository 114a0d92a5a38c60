//! Sending: what retention keeps there and is not there yet, oldest first; and removing what it does not keep.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant as Stopwatch};

use super::list::{AwayList, Upload};
use super::{Away, list_name_of, name_of};
use crate::backup::archive::manifest_beside;
use crate::backup::catalogue::{Catalogue, Record, RecordState};
use crate::backup::id::ArchiveId;
use crate::backup::retain::retain;
use crate::backup::sidecar;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// Bytes of a part: stores want five megabytes at least, and all of them alike.
const PART: u64 = 8 << 20;
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
        Ok(self.plan(&catalogue, &list, now).0)
    }

    /// What is to be sent, oldest first, and what is to go.
    fn plan(&self, catalogue: &Catalogue, list: &AwayList, now: Instant) -> (Vec<Record>, Vec<ArchiveId>) {
        let here: Vec<&Record> = catalogue.records().iter().filter(|one| catalogue.is_whole(one)).collect();
        let retention = retain(&list.candidates(&here), self.keep, self.desk.zone.local(now));
        let kept: BTreeSet<ArchiveId> = retention.keep.iter().map(|(id, _)| *id).collect();
        let there = |id: ArchiveId| list.find(id).is_some_and(Record::is_proven);
        let send = here.into_iter().filter(|one| kept.contains(&one.id) && !there(one.id)).cloned().collect();
        let remove = retention.remove.into_iter().filter(|id| list.find(*id).is_some()).collect();
        (send, remove)
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
    fn lock(&self) -> Result<File> {
        let folder = self.desk.state_dir.join("backups");
        fsio::create_private_dir(&folder)?;
        fsio::try_lock(&folder.join("away.lock"))?.ok_or_else(|| {
            Error::new(ErrorKind::Busy, "backups are being sent just now").hint("Wait until that is done.")
        })
    }

    fn send_all(&self, list: &mut AwayList, now: Instant, progress: &dyn Progress) -> Result<Sent> {
        if list.records().is_empty() {
            self.find_again(list)?;
        }
        let mut sent = Sent::default();
        // Whoever came before was broken off while these left.
        let leaving = list.records().iter().filter(|one| one.state == RecordState::Leaving);
        for id in leaving.map(|one| one.id).collect::<Vec<_>>() {
            self.let_go(id, list, &mut sent)?;
        }
        self.prove_again(list, now, progress)?;
        let (send, remove) = self.plan(&self.desk.catalogue()?, list, now);
        self.give_up_all_but(&send, list)?;
        for record in send {
            progress.step("Sending away");
            let mut there = self.upload(&record, list, now, progress)?;
            if !there.is_proven() {
                progress.step("Reading it back");
                self.prove(&mut there, now, progress)?;
            }
            list.put(there);
            list.save()?;
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
            if let Some(upload) = list.upload.take_if(|upload| upload.id == id) {
                self.bucket.give_up(&name_of(id), &upload.name);
            }
            self.bucket.remove(&name_of(id))?;
            self.bucket.remove(&list_name_of(id))?;
            list.begun.remove(&id);
            list.save()?;
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

    /// Takes up what lies in the bucket and is of this ecosystem: after a move to another machine, or when the list is lost.
    fn find_again(&self, list: &mut AwayList) -> Result<()> {
        for kind in crate::backup::Kind::ALL {
            for name in self.bucket.names(&kind.folder())? {
                let Some(id) = name.rsplit('/').next().and_then(ArchiveId::of_file) else { continue };
                let Some(bytes) = self.bucket.get(&list_name_of(id), LARGEST_LIST)? else { continue };
                let Ok(beside) = sidecar::parse(&bytes) else { continue };
                if beside.manifest.root == self.desk.root && beside.manifest.id == id {
                    list.put(Record::of(
                        &beside.manifest,
                        &PathBuf::from(&name),
                        beside.archive,
                        beside.size,
                    ));
                }
            }
        }
        if !list.records().is_empty() {
            list.save()?;
        }
        Ok(())
    }

    /// Proves what was found, and what was sent and not read back yet.
    fn prove_again(&self, list: &mut AwayList, now: Instant, progress: &dyn Progress) -> Result<()> {
        let unproven = list.records().iter().filter(|one| one.state == RecordState::Unproven);
        for mut record in unproven.cloned().collect::<Vec<_>>() {
            progress.step("Reading back what lies there");
            match self.prove(&mut record, now, progress) {
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

    /// Reads it back whole: what the store has must be what was written.
    ///
    /// # Errors
    /// `Damaged` where it is not; when the store does not answer.
    pub(super) fn prove(&self, record: &mut Record, now: Instant, progress: &dyn Progress) -> Result<()> {
        let name = record.path.to_string_lossy().into_owned();
        let wrong = |what: &str| {
            Error::new(ErrorKind::Damaged, format!("{name} in {} {what}", self.place))
                .hint("It is sent again the next time.")
        };
        match self.bucket.hash(&name, record.bytes_out, progress)? {
            Some((hash, size)) if hash == record.archive && size == record.bytes_out => {
                record.prove(now);
                Ok(())
            }
            Some(_) => Err(wrong("is not what was sent")),
            None => Err(wrong("is not there any more")),
        }
    }

    /// Puts the list and the archive there; an upload that was broken off goes on. Proven only where it was there already.
    fn upload(
        &self,
        record: &Record,
        list: &mut AwayList,
        now: Instant,
        progress: &dyn Progress,
    ) -> Result<Record> {
        let (name, list_name) = (name_of(record.id), list_name_of(record.id));
        let text = fsio::read_bounded(&manifest_beside(&record.path), LARGEST_LIST)?;
        match self.bucket.get(&list_name, LARGEST_LIST)? {
            Some(there) if there == text => {}
            // Ours from before, under the name of one that was lost here: no second one has its bytes.
            Some(there)
                if sidecar::parse(&there).is_ok_and(|other| other.manifest.root != self.desk.root) =>
            {
                return Err(Error::new(
                    ErrorKind::Busy,
                    format!("{list_name} in {} is another ecosystem's", self.place),
                )
                .hint("Give each ecosystem a folder of its own in [away] of its profile."));
            }
            _ => {
                // Written down first: whatever happens, somebody knows of it.
                list.begun.insert(record.id);
                list.save()?;
                self.bucket.put(&list_name, text)?;
            }
        }
        let (file, about) = fsio::open_regular(&record.path)?;
        if about.len() != record.bytes_out {
            return Err(Error::new(
                ErrorKind::Damaged,
                format!("{} has another size now", record.path.display()),
            ));
        }
        let there = Record {
            state: RecordState::Unproven,
            verified_at: None,
            ..record.copy_at(PathBuf::from(&name))
        };
        // Completed before a crash, and not written down: what is there is looked at, not sent once more.
        if self.bucket.size(&name)? == Some(record.bytes_out) {
            list.upload = None;
            let mut found = there.clone();
            if self.prove(&mut found, now, progress).is_ok() {
                list.begun.remove(&record.id);
                return Ok(found);
            }
        }
        if record.bytes_out <= PART {
            let mut bytes = vec![0; usize::try_from(record.bytes_out).unwrap_or_default()];
            file.read_exact_at(&mut bytes, 0).map_err(|error| Error::io("read", &record.path, error))?;
            self.bucket.put(&name, bytes)?;
        } else {
            let goes_on = list.upload.as_ref().is_some_and(|upload| upload.id == record.id);
            match self.send_parts(record, &file, &name, list, progress) {
                // The store has forgotten it, or made an object of it while we were killed: it begins anew, once. Some
                // stores say that one may not rather than that there is none.
                Err(error) if goes_on && matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => {
                    list.upload = None;
                    list.save()?;
                    self.send_parts(record, &file, &name, list, progress)?;
                }
                done => done?,
            }
        }
        list.put(there.clone());
        list.begun.remove(&record.id);
        list.upload = None;
        list.save()?;
        Ok(there)
    }

    fn send_parts(
        &self,
        record: &Record,
        file: &File,
        name: &str,
        list: &mut AwayList,
        progress: &dyn Progress,
    ) -> Result<()> {
        if let Some(other) = list.upload.take_if(|upload| upload.id != record.id) {
            self.bucket.give_up(&name_of(other.id), &other.name);
        }
        if list.upload.is_none() {
            list.upload =
                Some(Upload { id: record.id, name: self.bucket.begin(name)?, parts: Default::default() });
            list.save()?;
        }
        let Some(Upload { name: upload, parts, .. }) = list.upload.clone() else { return Ok(()) };
        let size = record.bytes_out;
        let count = usize::try_from(size.div_ceil(PART)).unwrap_or(usize::MAX);
        let wanted: Vec<usize> = (0..count).filter(|part| !parts.contains_key(part)).collect();
        let length = |part: usize| PART.min(size - part as u64 * PART);
        let content = |part: usize| {
            progress.go_on()?;
            let mut bytes = vec![0; usize::try_from(length(part)).unwrap_or_default()];
            let read = file.read_exact_at(&mut bytes, part as u64 * PART);
            read.map_err(|error| Error::io("read", &record.path, error)).map(|()| bytes)
        };
        let mut done: u64 = parts.keys().map(|part| length(*part)).sum();
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
                done += length(part);
                progress.bytes(done, size);
                Ok(())
            })?;
            if let Some(rate) = self.bandwidth {
                let bytes: u64 = batch.iter().map(|part| length(*part)).sum();
                #[allow(clippy::cast_precision_loss, reason = "parts are of some megabytes")]
                let owed = Duration::from_secs_f64(bytes as f64 / rate as f64);
                self.bucket.pause(owed.saturating_sub(begun.elapsed()));
            }
        }
        let parts = list.upload.as_ref().map(|upload| &upload.parts).unwrap_or(&parts);
        self.bucket.complete(name, &upload, parts)
    }

    /// Removes one: written down first, so that whoever comes after a crash finishes it.
    fn take_away(&self, id: ArchiveId, list: &mut AwayList) -> Result<()> {
        list.change(id, |record| record.state = RecordState::Leaving);
        list.save()?;
        self.bucket.remove(&name_of(id))?;
        self.bucket.remove(&list_name_of(id))?;
        list.forget(id);
        list.save()
    }
}
