//! The backups of what is watched, for whoever shows them and acts on them.

mod far;
mod shown;

use std::path::Path;
use std::sync::Arc;

pub use self::far::Lists;
pub use self::shown::{
    AwayShown, BackupPlace, BackupShown, BackupsShown, FilesShown, PrunePlan, PruneShown, SecondShown,
};
use crate::backup::retain::Retention;
use crate::backup::tree::TreePath;
use crate::backup::{ArchiveId, Desk, Drilled, Kind, Part, Record, RestorePlan, Which, Wish};
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::journal::{Journal, LET_GO, said_of_backup, said_of_drill, said_of_pruning};
use crate::keeper::said_of_restore;
use crate::profile::{AwaySettings, Profile};
use crate::progress::Progress;
use crate::secrets::Secrets;
use crate::store::Entered;
use crate::upkeep::Control;

/// Of the files of a backup so many are listed at once.
const MOST_FILES: usize = 500;

/// The backups of one ecosystem.
pub struct Backups {
    desk: Desk,
    journal: Journal,
    control: Control,
    clock: Arc<dyn Clock>,
    name: String,
    away: Option<AwaySettings>,
    secrets: Secrets,
    lists: Lists,
}

impl Backups {
    /// The backups of `profile`.
    ///
    /// # Errors
    /// When the profile names a folder that cannot be.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Result<Self> {
        let desk = Desk::new(&profile, state_dir, zone)?;
        let (name, away) = (profile.name.clone(), profile.away.clone());
        Ok(Self {
            desk,
            journal: Journal::new(state_dir, &profile.root),
            control: Control::new(Arc::new(profile), Arc::clone(&clock), state_dir),
            clock,
            name,
            away,
            secrets: Secrets::new(|name| std::env::var(name).ok()),
            lists: Lists::default(),
        })
    }

    /// Keeps in `lists` what is asked of the place that is not on this machine.
    #[must_use]
    pub fn keeping(mut self, lists: Lists) -> Self {
        self.lists = lists;
        self
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

    /// Proves one to the last byte, wherever it lies; what is wrong with it, in words.
    ///
    /// # Errors
    /// As [`Desk::verify`] and [`crate::backup::Away::verify`].
    pub fn verify(&self, id: &str, progress: &dyn Progress) -> Result<Vec<String>> {
        let (which, now) = (self.which(id)?, self.clock.now());
        let checked = match self.only_away(&which)? {
            None => self.desk.verify(&which, now, progress)?,
            Some((id, away)) => away.verify(id, now, progress)?,
        };
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
        let manifest = self.manifest(&self.which(id)?)?;
        let names =
            manifest.entries.iter().filter_map(|entry| Some((entry.path.to_string(), entry.file()?.size)));
        let found: Vec<(String, u64)> = names.filter(|(name, _)| name.contains(part)).collect();
        Ok(FilesShown { count: found.len(), first: found.into_iter().take(MOST_FILES).collect() })
    }

    /// What a restore into place would do; of what lies only in the place that is not on this machine, by its list.
    ///
    /// # Errors
    /// As [`Desk::restore_plan`].
    pub fn plan(&self, id: &str, only: Option<&str>) -> Result<RestorePlan> {
        let wish = self.wish(id, only)?;
        match self.only_away(&wish.which)? {
            None => self.desk.restore_plan(&wish),
            Some((id, away)) => {
                let manifest = self.manifest_away(id, &away)?;
                self.desk.plan_of(&manifest, Vec::new(), &wish)
            }
        }
    }

    /// Restores into place, having brought what that needs; what was done, in words.
    ///
    /// # Errors
    /// As [`crate::backup::Away::bring`] and [`Desk::restore_into_place`].
    pub fn restore(&self, id: &str, only: Option<&str>, progress: &dyn Progress) -> Result<String> {
        let mut wish = self.wish(id, only)?;
        wish.which = self.brought(wish.which, &wish.part, progress)?;
        let done = self.desk.restore_into_place(&wish, self.clock.now(), &self.control, progress)?;
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
