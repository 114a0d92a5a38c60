//! Everything that can be done with the backups of one ecosystem: made, proven, pruned, drilled.

use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

use super::archive::{Expected, is_foreign, manifest_beside, prove};
use super::catalogue::{Catalogue, Record, RecordState};
use super::foreign::Foreign;
use super::gzip::Effort;
use super::id::{ArchiveId, Kind};
use super::manifest::Manifest;
use super::retain::{Candidate, Keep, Retention, retain};
use super::shelf::{Shelf, ShelfLock};
use super::sidecar;
use super::tree::TreePath;
use super::write::{Order, write};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::Profile;
use crate::progress::Progress;

/// After so many increments a full archive is made.
const LONGEST_CHAIN: u16 = 7;

/// The backups of one ecosystem.
pub struct Desk {
    pub(super) root: PathBuf,
    pub(super) tops: Vec<TreePath>,
    pub(super) shelf: Shelf,
    pub(super) second: Option<Shelf>,
    pub(super) state_dir: PathBuf,
    effort: Effort,
    keep: Keep,
    zone: Zone,
}

/// What a backup is asked by: its name, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By name.
    Id(ArchiveId),
    /// An archive wherever it lies.
    File(PathBuf),
}

/// What proving an archive found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which one.
    pub path: PathBuf,
    /// What is wrong; empty = every byte is as it was written.
    pub faults: Vec<String>,
}

impl Desk {
    /// The backups that a profile describes; Caretaker's own notes are kept in `state_dir`.
    ///
    /// # Errors
    /// `Usage` where the profile names a folder that cannot be.
    pub fn new(profile: &Profile, state_dir: &Path, zone: Zone) -> Result<Self> {
        use std::os::unix::ffi::OsStrExt;
        let settings = &profile.backups;
        let usage = |says: String| Error::new(ErrorKind::Usage, says).hint("Mend [backups] of the profile.");
        if !settings.folder.is_absolute() {
            return Err(usage(format!("{} is no absolute folder for backups", settings.folder.display())));
        }
        let top = |path: &PathBuf| {
            TreePath::new(path.as_os_str().as_bytes())
                .map_err(|wrong| usage(format!("{} {wrong}", path.display())))
        };
        Ok(Self {
            root: profile.root.clone(),
            tops: settings.keep.iter().map(top).collect::<Result<_>>()?,
            shelf: Shelf::new(&settings.folder),
            second: settings.second.as_ref().map(Shelf::new),
            state_dir: state_dir.to_owned(),
            effort: if settings.fast { Effort::Fast } else { Effort::Normal },
            keep: Keep {
                daily: settings.daily.into(),
                weekly: settings.weekly.into(),
                monthly: settings.monthly.into(),
            },
            zone,
        })
    }

    /// The folder of all backups.
    pub fn folder(&self) -> &Path {
        self.shelf.folder()
    }

    /// What is known of all backups, as they lie there now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn catalogue(&self) -> Result<Catalogue> {
        Catalogue::load(&self.state_dir, &self.root, &self.shelf)
    }

    /// Ends what an interrupted job left, if no job runs now; gives what was done to live data, in words.
    ///
    /// To be called by whoever starts to work with the backups.
    ///
    /// # Errors
    /// When it cannot be ended now.
    pub fn end_interrupted(&self) -> Result<Option<String>> {
        // Nothing was ever made here: nothing is made now either.
        if !self.shelf.folder().exists() {
            return self.recover();
        }
        let lock = match self.shelf.lock() {
            Ok(lock) => lock,
            Err(error) if matches!(error.kind, ErrorKind::Busy | ErrorKind::Denied) => return Ok(None),
            Err(error) => return Err(error),
        };
        let said = self.recover()?;
        self.tidy(&lock)?;
        Ok(said)
    }

    /// Makes a backup and proves it.
    ///
    /// # Errors
    /// `Busy` while another job runs; when anything cannot be read, written or proven: no archive is there then.
    pub fn create(&self, kind: Kind, now: Instant, progress: &dyn Progress) -> Result<Record> {
        let begun = Stopwatch::now();
        let lock = self.shelf.lock()?;
        self.recover()?;
        let catalogue = self.tidy(&lock)?;
        let parent = if kind == Kind::Daily { self.parent(&catalogue) } else { None };
        let order = Order {
            root: &self.root,
            tops: &self.tops,
            id: self.shelf.free_id(kind, self.zone.local(now)),
            parent: &|| list_of(parent.as_ref()?),
            now,
            effort: self.effort,
        };
        let written = write(&self.shelf, &order, progress)?;
        let proof = written.proof;
        let mut record = Record::of(&written.manifest, &written.path, proof.archive, proof.size);
        record.chain = match (&parent, written.manifest.parent) {
            (Some(parent), Some(_)) => parent.chain + 1,
            _ => 0,
        };
        record.seconds = begun.elapsed().as_secs_f64();
        record.prove(now);
        // Others may have written what they proved meanwhile.
        let mut catalogue = self.catalogue()?;
        catalogue.put(record.clone());
        catalogue.save()?;
        if self.second.is_some() {
            self.copy_to_second(&mut catalogue, now, progress);
            catalogue.save()?;
        }
        Ok(catalogue.find(record.id).cloned().unwrap_or(record))
    }

    /// What the next increment builds upon: the newest proven backup whose archives are all there.
    fn parent(&self, catalogue: &Catalogue) -> Option<Record> {
        let newest = catalogue.records().iter().rfind(|record| catalogue.is_whole(record))?;
        // A chain that is long enough ends here: the next one holds everything.
        (newest.chain < LONGEST_CHAIN).then(|| newest.clone())
    }

    /// Ends what an interrupted job began: half-written archives go, half-pruned ones too. Gives what is known then.
    ///
    /// # Errors
    /// When the catalogue cannot be read or written.
    pub(super) fn tidy(&self, lock: &ShelfLock) -> Result<Catalogue> {
        for path in self.shelf.sweep(lock) {
            tracing::info!(path = %path.display(), "a leftover of an interrupted job was removed");
        }
        let mut catalogue = self.catalogue()?;
        let leaving: Vec<ArchiveId> = catalogue
            .records()
            .iter()
            .filter(|one| one.state == RecordState::Leaving)
            .map(|one| one.id)
            .collect();
        if !leaving.is_empty() {
            self.remove(&mut catalogue, &leaving)?;
        }
        Ok(catalogue)
    }

    /// Proves a backup to its last byte, and all that it needs.
    ///
    /// # Errors
    /// `NotFound` where there is no such backup; the system's errors. What is wrong with it is no error but the answer.
    pub fn verify(&self, which: &Which, now: Instant, progress: &dyn Progress) -> Result<Vec<Checked>> {
        let catalogue = self.catalogue()?;
        let asked = match which {
            Which::File(path) => return Ok(vec![self.check_file(path, progress)?]),
            Which::Id(id) => catalogue.find(*id).ok_or_else(|| self.unknown(*id))?,
        };
        let mut all: Vec<ArchiveId> = asked.needs.iter().copied().collect();
        all.push(asked.id);
        let mut checked = Vec::new();
        for id in all {
            progress.go_on()?;
            let record = catalogue.find(id);
            let path = record.map_or_else(|| self.shelf.archive(id), |record| record.path.clone());
            let expected = Expected { id: Some(id), archive: record.map(|record| record.archive) };
            let found = check(&path, expected, progress)?;
            self.note(id, found.faults.first(), now)?;
            checked.push(found);
        }
        Ok(checked)
    }

    /// Proves a file that is none of the list; one of another program as far as it can be.
    fn check_file(&self, path: &Path, progress: &dyn Progress) -> Result<Checked> {
        if !is_foreign(path)? {
            return check(path, Expected::default(), progress);
        }
        let read = Foreign::open(path, &self.root, progress);
        answer(path, read.map(|_| ()))
    }

    /// Archives of other programs in the folder of all backups: those of the manual's scripts. Nothing ever removes them.
    pub fn foreign(&self) -> Vec<PathBuf> {
        let folders = std::iter::once(self.shelf.folder().to_owned())
            .chain(Kind::ALL.into_iter().map(|kind| self.shelf.folder_of(kind)));
        let mut found = Vec::new();
        for folder in folders {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let ours = ArchiveId::of_file(&name).is_some_and(|id| self.shelf.archive(id) == entry.path());
                let is_file = entry.file_type().is_ok_and(|sort| sort.is_file());
                if is_file && !ours && name.starts_with("ecosystem-") && name.ends_with(".tar.gz") {
                    found.push(entry.path());
                }
            }
        }
        found.sort();
        found
    }

    /// Writes down what proving an archive found, without losing what others wrote meanwhile.
    fn note(&self, id: ArchiveId, fault: Option<&String>, now: Instant) -> Result<()> {
        let mut catalogue = self.catalogue()?;
        catalogue.change(id, |record| match fault {
            None => record.prove(now),
            Some(fault) => {
                record.problem = Some(fault.clone());
                record.state = RecordState::Damaged;
            }
        });
        catalogue.save()
    }

    /// What pruning would remove and keep; changes nothing.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn prune_plan(&self, now: Instant) -> Result<Retention> {
        Ok(self.retention(&self.catalogue()?, now))
    }

    /// Which of these backups are kept, and why.
    pub fn retention(&self, catalogue: &Catalogue, now: Instant) -> Retention {
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
        retain(&candidates, self.keep, self.zone.local(now))
    }

    /// Removes what a plan says, if the plan still holds.
    ///
    /// # Errors
    /// `Busy` when another job runs, or the backups are others than they were when the plan was shown.
    pub fn prune(&self, plan: &Retention, now: Instant) -> Result<Vec<ArchiveId>> {
        let lock = self.shelf.lock()?;
        let mut catalogue = self.tidy(&lock)?;
        if self.retention(&catalogue, now).remove != plan.remove {
            return Err(Error::new(ErrorKind::Busy, "the backups have changed since the plan was made")
                .hint("Look at the new plan first; nothing was removed."));
        }
        // First it is written down that they leave: whoever comes after a crash finishes it.
        for id in &plan.remove {
            catalogue.change(*id, |record| record.state = RecordState::Leaving);
        }
        catalogue.save()?;
        self.remove(&mut catalogue, &plan.remove)?;
        Ok(plan.remove.clone())
    }

    fn remove(&self, catalogue: &mut Catalogue, ids: &[ArchiveId]) -> Result<()> {
        for id in ids {
            let Some(record) = catalogue.find(*id) else { continue };
            fsio::remove(&record.path)?;
            fsio::remove(&manifest_beside(&record.path))?;
            self.remove_from_second(*id, record.bytes_out);
            catalogue.forget(*id);
        }
        catalogue.save()
    }

    /// The local time as it stands in names.
    pub(super) fn zone_stamp(&self, now: Instant) -> String {
        self.zone.local(now).format("%Y%m%d-%H%M%S").to_string()
    }

    pub(super) fn unknown(&self, id: ArchiveId) -> Error {
        Error::new(ErrorKind::NotFound, format!("there is no backup {id}"))
            .at(self.shelf.archive(id))
            .hint("`caretaker backup list` shows those that there are.")
    }
}

/// The list beside an archive, if it is the one that was written with it.
fn list_of(record: &Record) -> Option<Manifest> {
    let beside = sidecar::read(&manifest_beside(&record.path)).ok()?;
    (beside.archive == record.archive && beside.manifest.id == record.id).then_some(beside.manifest)
}

fn check(path: &Path, expected: Expected, progress: &dyn Progress) -> Result<Checked> {
    answer(path, prove(path, expected, progress).map(|_| ()))
}

/// What is wrong with an archive is no error but the answer.
fn answer(path: &Path, proven: Result<()>) -> Result<Checked> {
    let faults = match proven {
        Ok(()) => Vec::new(),
        Err(error) if matches!(error.kind, ErrorKind::Damaged | ErrorKind::NotFound) => vec![error.message],
        Err(error) => return Err(error),
    };
    Ok(Checked { path: path.to_owned(), faults })
}
