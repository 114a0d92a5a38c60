//! The backups of what is watched, for whoever shows them and acts on them.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::backup::tree::TreePath;
use crate::backup::{ArchiveId, Desk, Kind, Part, Record, RestorePlan, Which, Wish};
use crate::clock::{Clock, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::said_of_restore;
use crate::profile::Profile;
use crate::progress::Progress;
use crate::upkeep::Control;

/// Of the files of a backup so many are listed at once.
const MOST_FILES: usize = 500;

/// All backups, and what can be done now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BackupsShown {
    /// The folder of all of them.
    pub folder: String,
    /// What the ecosystem is called: typed to agree to a restore.
    pub name: String,
    /// Newest first.
    pub backups: Vec<BackupShown>,
    /// Bytes that all of them take.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// The backup whose restore can be taken back.
    pub undo: Option<String>,
}

/// One backup, and why it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BackupShown {
    /// What is known of it.
    pub record: Record,
    /// `last of week 47`; `None` where the next pruning removes it.
    pub kept: Option<String>,
}

/// Files of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FilesShown {
    /// How many there are.
    pub count: usize,
    /// The first of them, with their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "[string, number][]"))]
    pub first: Vec<(String, u64)>,
}

/// The backups of one ecosystem.
pub struct Backups {
    desk: Desk,
    control: Control,
    clock: Arc<dyn Clock>,
    name: String,
}

impl Backups {
    /// The backups of `profile`.
    ///
    /// # Errors
    /// When the profile names a folder that cannot be.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Result<Self> {
        let desk = Desk::new(&profile, state_dir, zone)?;
        let name = profile.name.clone();
        Ok(Self {
            desk,
            control: Control::new(Arc::new(profile), Arc::clone(&clock), state_dir),
            clock,
            name,
        })
    }

    /// All of them.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn shown(&self) -> Result<BackupsShown> {
        self.desk.end_interrupted()?;
        let catalogue = self.desk.catalogue()?;
        let plan = self.desk.retention(&catalogue, self.clock.now());
        let why = |id: ArchiveId| plan.keep.iter().find(|(kept, _)| *kept == id).map(|(_, why)| why.clone());
        let records = catalogue.records();
        Ok(BackupsShown {
            folder: self.desk.folder().display().to_string(),
            name: self.name.clone(),
            bytes: records.iter().map(|record| record.bytes_out).sum(),
            backups: records
                .iter()
                .rev()
                .map(|record| BackupShown { kept: why(record.id), record: record.clone() })
                .collect(),
            undo: self.desk.can_undo()?.map(|id| id.to_string()),
        })
    }

    /// Makes one that holds everything.
    ///
    /// # Errors
    /// As [`Desk::create`].
    pub fn back_up(&self, progress: &dyn Progress) -> Result<Record> {
        self.desk.create(Kind::Manual, self.clock.now(), progress)
    }

    /// Proves one to the last byte; what is wrong with it, in words.
    ///
    /// # Errors
    /// As [`Desk::verify`].
    pub fn verify(&self, id: &str, progress: &dyn Progress) -> Result<Vec<String>> {
        let checked = self.desk.verify(&Which::Id(named(id)?), self.clock.now(), progress)?;
        Ok(checked.into_iter().flat_map(|one| one.faults).collect())
    }

    /// Restores one into a scratch folder and compares every file; how long that took, in seconds.
    ///
    /// # Errors
    /// As [`Desk::drill`].
    pub fn drill(&self, id: &str, progress: &dyn Progress) -> Result<f64> {
        self.desk.drill(named(id)?, self.clock.now(), progress)
    }

    /// The files of one whose names hold `part`.
    ///
    /// # Errors
    /// When its list cannot be read.
    pub fn files(&self, id: &str, part: &str) -> Result<FilesShown> {
        let manifest = self.desk.manifest(named(id)?)?;
        let names =
            manifest.entries.iter().filter_map(|entry| Some((entry.path.to_string(), entry.file()?.size)));
        let found: Vec<(String, u64)> = names.filter(|(name, _)| name.contains(part)).collect();
        Ok(FilesShown { count: found.len(), first: found.into_iter().take(MOST_FILES).collect() })
    }

    /// What a restore into place would do.
    ///
    /// # Errors
    /// As [`Desk::restore_plan`].
    pub fn plan(&self, id: &str, only: Option<&str>) -> Result<RestorePlan> {
        self.desk.restore_plan(&wish(id, only)?)
    }

    /// Restores into place; what was done, in words.
    ///
    /// # Errors
    /// As [`Desk::restore_into_place`].
    pub fn restore(&self, id: &str, only: Option<&str>, progress: &dyn Progress) -> Result<String> {
        let done =
            self.desk.restore_into_place(&wish(id, only)?, self.clock.now(), &self.control, progress)?;
        Ok(said_of_restore(&done))
    }

    /// Takes the last restore back; what was done, in words.
    ///
    /// # Errors
    /// As [`Desk::undo`].
    pub fn undo(&self, progress: &dyn Progress) -> Result<String> {
        Ok(said_of_restore(&self.desk.undo(&self.control, progress)?))
    }
}

fn named(id: &str) -> Result<ArchiveId> {
    id.parse().map_err(|_| Error::new(ErrorKind::Usage, format!("“{id}” is no name of a backup")))
}

fn wish(id: &str, only: Option<&str>) -> Result<Wish> {
    let part = match only {
        None => Part::Everything,
        Some(path) => Part::Only(
            TreePath::new(path.as_bytes())
                .map_err(|wrong| Error::new(ErrorKind::Usage, format!("“{path}” {wrong}")))?,
        ),
    };
    Ok(Wish { which: Which::Id(named(id)?), part, to: None })
}
