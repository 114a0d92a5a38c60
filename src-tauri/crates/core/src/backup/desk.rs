//! Everything that can be done with the backups of one ecosystem: made, proven, pruned, drilled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use super::archive::{Expected, is_foreign, manifest_beside, prove};
use super::away::Picked;
use super::catalogue::{Catalogue, Record, RecordState};
use super::foreign::Foreign;
use super::gzip::Effort;
use super::id::{ArchiveId, Kind};
use super::instant::{BySystem, Copies};
use super::manifest::Manifest;
use super::prune::finish;
use super::retain::Keep;
use super::roots::Roots;
use super::shelf::{Shelf, ShelfLock};
use super::sidecar;
use super::tree::TreePath;
use super::write::{Order, write};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::observe::drift::{Announcements, Ground};
use crate::profile::{DrillProgram, Profile};
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
    pub(super) keep: Keep,
    pub(super) second_keep: Keep,
    pub(super) drill_program: Option<DrillProgram>,
    pub(super) zone: Zone,
    pub(super) announcements: Announcements,
}

/// Where a backup lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Second,
}

/// What a backup is asked by: its name, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By name.
    Id(ArchiveId),
    /// An archive wherever it lies.
    File(PathBuf),
    /// What was brought of one from the place that is not on this machine.
    Picked(Arc<Picked>),
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
            keep: Keep::of([settings.daily, settings.weekly, settings.monthly]),
            second_keep: Keep::of(settings.second_keep),
            drill_program: settings.drill.clone(),
            zone,
            announcements: Announcements::new(Ground::of(profile), state_dir),
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

    /// The list that knows a backup: that of the first place, else of the second.
    ///
    /// # Errors
    /// When it cannot be read; `NotFound` where neither knows it.
    pub(super) fn catalogue_of(&self, id: ArchiveId) -> Result<(Catalogue, Place)> {
        let first = self.catalogue()?;
        let usable = |record: &Record| record.state != RecordState::Missing;
        if first.find(id).is_some_and(usable) {
            return Ok((first, Place::First));
        }
        match self.second_catalogue()?.filter(|there| there.find(id).is_some_and(usable)) {
            Some(there) => Ok((there, Place::Second)),
            None if first.find(id).is_some() => Ok((first, Place::First)),
            None => Err(self.unknown(id)),
        }
    }

    /// Whether a backup and all that it needs lies in the first place or in the second.
    ///
    /// # Errors
    /// When the lists cannot be read.
    pub fn is_at_hand(&self, id: ArchiveId) -> Result<bool> {
        let here =
            |catalogue: &Catalogue| catalogue.find(id).is_some_and(|record| catalogue.is_whole(record));
        Ok(here(&self.catalogue()?) || self.second_catalogue()?.is_some_and(|there| here(&there)))
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
            cloner: &BySystem,
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
        let mut catalogue = Catalogue::load_with(&self.state_dir, &self.root, &self.shelf, record.clone())?;
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
        if let Ok(roots) = Roots::open(&self.root, &self.tops) {
            Copies::sweep(&roots, self.shelf.folder());
        }
        for path in self.shelf.sweep(lock) {
            tracing::info!(path = %path.display(), "a leftover of an interrupted job was removed");
        }
        let mut catalogue = self.catalogue()?;
        finish(&mut catalogue)?;
        Ok(catalogue)
    }

    /// Proves a backup to its last byte, and all that it needs.
    ///
    /// # Errors
    /// `NotFound` where there is no such backup; the system's errors. What is wrong with it is no error but the answer.
    pub fn verify(&self, which: &Which, now: Instant, progress: &dyn Progress) -> Result<Vec<Checked>> {
        let id = match which {
            Which::File(path) => return Ok(vec![self.check_file(path, now, progress)?]),
            Which::Id(id) => *id,
            Which::Picked(part) => part.manifest.id,
        };
        let (catalogue, place) = self.catalogue_of(id)?;
        let asked = catalogue.find(id).ok_or_else(|| self.unknown(id))?;
        let mut all: Vec<ArchiveId> = asked.needs.iter().copied().collect();
        all.push(asked.id);
        let mut checked = Vec::new();
        for id in all {
            progress.go_on()?;
            let record = catalogue.find(id);
            let path = record.map_or_else(|| self.shelf.archive(id), |record| record.path.clone());
            let expected = Expected { id: Some(id), archive: record.map(|record| record.archive) };
            let found = check(&path, expected, progress)?;
            self.note(place, id, found.faults.first(), now)?;
            checked.push(found);
        }
        Ok(checked)
    }

    /// Proves a file that is none of the list; one of another program as far as it can be.
    fn check_file(&self, path: &Path, now: Instant, progress: &dyn Progress) -> Result<Checked> {
        if !is_foreign(path)? {
            return check(path, Expected::default(), progress);
        }
        let read = Foreign::open(path, &self.root, progress);
        let found = answer(path, read.map(|_| ()))?;
        self.note_stranger(path, found.faults.first(), now);
        Ok(found)
    }

    /// Writes down what proving an archive found, without losing what others wrote meanwhile.
    fn note(&self, place: Place, id: ArchiveId, fault: Option<&String>, now: Instant) -> Result<()> {
        let mut catalogue = match place {
            Place::First => self.catalogue()?,
            // Gone meanwhile: there is nothing to write to.
            Place::Second => match self.second_catalogue()? {
                Some(there) => there,
                None => return Ok(()),
            },
        };
        catalogue.change(id, |record| match fault {
            None => record.prove(now),
            Some(fault) => {
                record.problem = Some(fault.clone());
                record.state = RecordState::Damaged;
            }
        });
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
