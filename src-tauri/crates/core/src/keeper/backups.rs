//! The backups of what is watched, for whoever shows them and acts on them.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::backup::retain::Retention;
use crate::backup::tree::TreePath;
use crate::backup::{
    ArchiveId, Catalogue, Desk, Drilled, KeptTree, Kind, Part, Record, RestorePlan, Stranger, Which, Wish,
};
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::journal::{Journal, LET_GO, said_of_backup, said_of_drill, said_of_pruning};
use crate::keeper::said_of_restore;
use crate::profile::Profile;
use crate::progress::Progress;
use crate::store::Entered;
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
    /// What is kept of the tree before it, until the next restore.
    pub kept: Option<KeptTree>,
    /// The second place; `None` where the profile names none.
    pub second: Option<SecondShown>,
    /// Archives of other programs, newest first.
    pub foreign: Vec<Stranger>,
}

/// The second place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SecondShown {
    /// Its folder.
    pub folder: String,
    /// Whether its volume is there now.
    pub there: bool,
    /// How many copies lie there.
    pub copies: usize,
    /// Bytes that they take.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

/// What pruning would do, in both places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PruneShown {
    /// The first place.
    pub first: PrunePlan,
    /// The second one; `None` where there is none, or its volume is missing.
    pub second: Option<PrunePlan>,
}

/// What pruning would do in one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PrunePlan {
    /// What would go, oldest first.
    pub remove: Vec<String>,
    /// Bytes that become free.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// What stays, and why, oldest first.
    pub keep: Vec<(String, String)>,
}

impl PrunePlan {
    fn of(plan: Retention, catalogue: &Catalogue) -> Self {
        let bytes = |id: &ArchiveId| catalogue.find(*id).map_or(0, |record| record.bytes_out);
        Self {
            bytes: plan.remove.iter().map(bytes).sum(),
            remove: plan.remove.iter().map(ToString::to_string).collect(),
            keep: plan.keep.into_iter().map(|(id, why)| (id.to_string(), why)).collect(),
        }
    }
}

/// One backup, and why it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BackupShown {
    /// What is known of it.
    pub record: Record,
    /// `last of week 47`; `None` where the next pruning removes it.
    pub kept: Option<String>,
    /// Whether it lies in the second place, proven there.
    pub copied: bool,
    /// Whether it lies nowhere else.
    pub only_copy: bool,
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
    journal: Journal,
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
            journal: Journal::new(state_dir, &profile.root),
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
        let why = |id: ArchiveId| plan.why(id);
        let there = self.desk.second_catalogue()?;
        let copy_of =
            |id: ArchiveId| there.as_ref().and_then(|there| there.find(id)).filter(|one| one.is_proven());
        let records = catalogue.records();
        let here = records.iter().map(|record| BackupShown {
            kept: why(record.id),
            copied: copy_of(record.id).is_some(),
            only_copy: false,
            record: record.clone(),
        });
        // What only the second place still has.
        let copies = there.iter().flat_map(|there| there.records());
        let left = copies.clone().filter(|one| catalogue.find(one.id).is_none());
        let why_there = there.as_ref().map(|there| self.desk.second_retention(there, self.clock.now()));
        let left = left.map(|record| BackupShown {
            kept: why_there.as_ref().and_then(|plan| plan.why(record.id)),
            copied: true,
            only_copy: true,
            record: record.clone(),
        });
        let mut backups: Vec<BackupShown> = here.chain(left).collect();
        backups.sort_by_key(|one| std::cmp::Reverse((one.record.created_at, one.record.id)));
        Ok(BackupsShown {
            folder: self.desk.folder().display().to_string(),
            name: self.name.clone(),
            bytes: records.iter().map(|record| record.bytes_out).sum(),
            backups,
            undo: self.desk.can_undo()?.map(|id| id.to_string()),
            kept: self.desk.kept_tree()?,
            second: self.desk.second_folder().map(|(folder, is_there)| SecondShown {
                folder: folder.display().to_string(),
                there: is_there,
                copies: copies.clone().count(),
                bytes: copies.map(|one| one.bytes_out).sum(),
            }),
            foreign: self.desk.strangers(),
        })
    }

    /// Makes one that holds everything.
    ///
    /// # Errors
    /// As [`Desk::create`].
    pub fn back_up(&self, progress: &dyn Progress) -> Result<Record> {
        let record = self.desk.create(Kind::Manual, self.clock.now(), progress)?;
        self.enter(Entered::Backup, said_of_backup(&record), Some(record.id.to_string()));
        Ok(record)
    }

    fn enter(&self, kind: Entered, text: String, about: Option<String>) {
        self.journal.note_done(self.clock.now(), kind, text, about);
    }

    /// Proves one to the last byte; what is wrong with it, in words.
    ///
    /// # Errors
    /// As [`Desk::verify`].
    pub fn verify(&self, id: &str, progress: &dyn Progress) -> Result<Vec<String>> {
        let checked = self.desk.verify(&self.which(id)?, self.clock.now(), progress)?;
        Ok(checked.into_iter().flat_map(|one| one.faults).collect())
    }

    /// Restores one into a scratch folder, compares every file, and has the profile's program look at it.
    ///
    /// # Errors
    /// As [`Desk::drill`].
    pub fn drill(&self, id: &str, progress: &dyn Progress) -> Result<Drilled> {
        let drilled = self.desk.drill(named(id)?, self.clock.now(), progress)?;
        self.enter(Entered::Drill, said_of_drill(drilled.seconds), Some(id.to_owned()));
        Ok(drilled)
    }

    /// The files of one whose names hold `part`.
    ///
    /// # Errors
    /// When its list cannot be read.
    pub fn files(&self, id: &str, part: &str) -> Result<FilesShown> {
        let manifest = self.desk.manifest(&self.which(id)?)?;
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
        self.desk.restore_plan(&self.wish(id, only)?)
    }

    /// Restores into place; what was done, in words.
    ///
    /// # Errors
    /// As [`Desk::restore_into_place`].
    pub fn restore(&self, id: &str, only: Option<&str>, progress: &dyn Progress) -> Result<String> {
        let done =
            self.desk.restore_into_place(&self.wish(id, only)?, self.clock.now(), &self.control, progress)?;
        let said = said_of_restore(&done);
        self.enter(Entered::Restore, said.clone(), Some(id.to_owned()));
        Ok(said)
    }

    /// The backup that was brought back last and when, if that stands.
    ///
    /// # Errors
    /// As [`Desk::brought_back`].
    pub fn brought_back(&self) -> Result<Option<(ArchiveId, Instant)>> {
        self.desk.brought_back()
    }

    /// Takes the last restore back; what was done, in words.
    ///
    /// # Errors
    /// As [`Desk::undo`].
    pub fn undo(&self, progress: &dyn Progress) -> Result<String> {
        let said = said_of_restore(&self.desk.undo(&self.control, progress)?);
        self.enter(Entered::Undo, said.clone(), None);
        Ok(said)
    }

    /// Lets go of what is kept of the tree before the last restore, if it is still what was shown.
    ///
    /// # Errors
    /// As [`Desk::let_go`].
    pub fn let_go(&self, folder: &str) -> Result<()> {
        let kept = self.desk.kept_tree()?.filter(|kept| kept.folder == Path::new(folder));
        let kept = kept.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "what was shown is not kept any more; nothing was removed")
        })?;
        self.desk.let_go(&kept)?;
        self.enter(Entered::Removal, LET_GO.to_owned(), None);
        Ok(())
    }

    /// What pruning would do; changes nothing.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn prune_plan(&self) -> Result<PruneShown> {
        let now = self.clock.now();
        let first = PrunePlan::of(self.desk.prune_plan(now)?, &self.desk.catalogue()?);
        let second = match (self.desk.second_plan(now)?, self.desk.second_catalogue()?) {
            (Some(plan), Some(there)) => Some(PrunePlan::of(plan, &there)),
            _ => None,
        };
        Ok(PruneShown { first, second })
    }

    /// Prunes exactly what was shown; how many went.
    ///
    /// # Errors
    /// As [`Desk::prune`].
    pub fn prune(&self, first: &[String], second: &[String]) -> Result<usize> {
        let now = self.clock.now();
        let plan = |names: &[String]| -> Result<Retention> {
            let remove = names.iter().map(|name| named(name)).collect::<Result<_>>()?;
            Ok(Retention { keep: Vec::new(), remove })
        };
        let (first, second) = (plan(first)?, plan(second)?);
        let mut gone = 0;
        if !first.remove.is_empty() {
            gone += self.desk.prune(&first, now)?.len();
        }
        if !second.remove.is_empty() {
            gone += self.desk.prune_second(&second, now)?.len();
        }
        if gone > 0 {
            self.enter(Entered::Removal, said_of_pruning(gone), None);
        }
        Ok(gone)
    }

    /// A backup by its name, or an archive of another program that the list shows: no other file.
    fn which(&self, id: &str) -> Result<Which> {
        let path = Path::new(id);
        if path.is_absolute() && self.desk.foreign().iter().any(|foreign| foreign == path) {
            return Ok(Which::File(path.to_owned()));
        }
        Ok(Which::Id(named(id)?))
    }

    fn wish(&self, id: &str, only: Option<&str>) -> Result<Wish> {
        let part = match only {
            None => Part::Everything,
            Some(path) => Part::Only(
                TreePath::new(path.as_bytes())
                    .map_err(|wrong| Error::new(ErrorKind::Usage, format!("“{path}” {wrong}")))?,
            ),
        };
        Ok(Wish { which: self.which(id)?, part, to: None })
    }
}

fn named(id: &str) -> Result<ArchiveId> {
    id.parse().map_err(|_| Error::new(ErrorKind::Usage, format!("“{id}” is no name of a backup")))
}
