//! What a restore is about to do, written down before it does it: whoever comes after a crash finishes it or takes it back.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::exchange::{exchange, flush_both, take_free};
use super::id::ArchiveId;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// Intents are small.
const LARGEST: u64 = 1 << 20;

/// A restore, from its beginning to the day its undo is given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    schema: u32,
    /// The backup that is restored.
    pub id: ArchiveId,
    /// When it was begun.
    pub at: Instant,
    /// How far it has come.
    pub phase: Phase,
    /// The folder in which the new tree is built up, and the old one is kept afterwards.
    pub folder: PathBuf,
    /// What takes the place of what.
    pub swaps: Vec<Swap>,
    /// The restore before: its undo is given up only when this one is done.
    before: Option<Box<Intent>>,
}

/// How far a restore has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The new tree is being built: nothing live was touched.
    Staging,
    /// The new tree is whole, and is taking its place.
    Exchanging,
    /// The new tree is live, the old one is kept.
    Restored,
    /// The old tree is taking its place again.
    Undoing,
    /// The old tree is live again, and the restored one is kept.
    Undone,
    /// What was kept is being removed.
    LettingGo,
}

/// Which tree is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one from before the restore.
    Old,
    /// The one that was restored.
    New,
}

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    /// Where the ecosystem has it.
    pub live: PathBuf,
    /// Where the other one lies.
    pub aside: PathBuf,
    /// The number of the new one on its volume: tells who is where.
    pub new_inode: u64,
    /// Whether there was an old one.
    pub replaces: bool,
}

impl Intent {
    /// A restore that begins.
    pub fn new(id: ArchiveId, at: Instant, folder: PathBuf, before: Option<Self>) -> Self {
        let before = before.map(Box::new);
        Self { schema: 1, id, at, phase: Phase::Staging, folder, swaps: Vec::new(), before }
    }

    /// Takes back an intent of which nothing was done: what it built goes, and the restore before counts again.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn withdraw(self, file: &Path) -> Result<()> {
        remove_tree(&self.folder)?;
        match self.before {
            Some(before) => before.save(file),
            None => fsio::remove(file),
        }
    }

    /// The restore is done: the one before can no longer be undone, and what was kept for that goes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn give_up_the_one_before(&mut self, file: &Path) -> Result<()> {
        if let Some(before) = self.before.take() {
            remove_tree(&before.folder)?;
            self.save(file)?;
        }
        Ok(())
    }

    /// Reads the intent at `file`; `None` where nothing was ever restored.
    ///
    /// # Errors
    /// When it cannot be read or understood: a person must look, since live data may depend on it.
    pub fn load(file: &Path) -> Result<Option<Self>> {
        let bytes = match fsio::read_bounded(file, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::new(ErrorKind::Damaged, format!("{} is damaged", file.display()))
                .at(file)
                .because(error)
                .hint("It tells how the last restore went. Look whether data and config are as they should be, then move it away.")
        })
    }

    /// Writes it down, durably.
    ///
    /// # Errors
    /// When it cannot be written: what it announces must not be done then.
    pub fn save(&self, file: &Path) -> Result<()> {
        fsio::create_private_dir(file.parent().unwrap_or(Path::new(".")))?;
        let text = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::System, "an intent cannot be put into words").because(error)
        })?;
        fsio::write_atomic(file, &text, 0o600)
    }

    /// Goes to the next phase and writes that down.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn enter(&mut self, phase: Phase, file: &Path) -> Result<()> {
        let next = Self { phase, ..self.clone() };
        next.save(file)?;
        *self = next;
        Ok(())
    }

    /// Whether everything that was restored is where it was put: only then it can be taken back.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn is_in_place(&self) -> Result<bool> {
        self.every(|swap| Ok(swap.new_is_live()? && (!swap.replaces || is_there(&swap.aside)?)))
    }

    /// Whether what should be live now is: nothing that is kept aside is needed any more then.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn live_is_whole(&self) -> Result<bool> {
        match self.phase {
            Phase::Restored => self.is_in_place(),
            Phase::Undone => {
                self.every(|swap| Ok(!swap.new_is_live()? && (!swap.replaces || is_there(&swap.live)?)))
            }
            _ => Ok(false),
        }
    }

    fn every(&self, holds: impl Fn(&Swap) -> Result<bool>) -> Result<bool> {
        for swap in &self.swaps {
            if !holds(swap)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes what is kept aside, and forgets the restore.
    ///
    /// # Errors
    /// When it cannot be removed wholly; whoever comes next goes on with it.
    pub fn let_go(mut self, file: &Path) -> Result<()> {
        if self.phase != Phase::LettingGo {
            self.enter(Phase::LettingGo, file)?;
        }
        remove_tree(&self.folder)?;
        self.give_up_the_one_before(file)?;
        fsio::remove(file)
    }

    /// Puts the new trees in their places, those that are not there yet.
    ///
    /// # Errors
    /// When one cannot be exchanged, those before it are where they should be; or when all are, and it cannot be made durable.
    pub fn put_new(&self) -> Result<()> {
        let mut durable = Ok(());
        for swap in &self.swaps {
            if swap.new_is_live()? {
                continue;
            }
            if swap.replaces {
                exchange(&swap.aside, &swap.live)?;
            } else {
                take_free(&swap.aside, &swap.live)?;
            }
            // A tree of two generations is worse than one that is not flushed: the others follow all the same.
            durable = durable.and(flush_both(&swap.aside, &swap.live));
        }
        durable
    }

    /// Puts the old trees back in their places, those that are not there.
    ///
    /// # Errors
    /// As [`Intent::put_new`].
    pub fn put_old(&self) -> Result<()> {
        let mut durable = Ok(());
        for swap in self.swaps.iter().rev() {
            if !swap.new_is_live()? {
                continue;
            }
            if swap.replaces {
                exchange(&swap.aside, &swap.live)?;
            } else {
                take_free(&swap.live, &swap.aside)?;
            }
            durable = durable.and(flush_both(&swap.live, &swap.aside));
        }
        durable
    }

    /// Makes the live tree wholly the old one after something failed, or wholly the new one where that cannot be.
    ///
    /// # Errors
    /// When it is of two generations still, or that cannot be told.
    pub fn settle_old(&self) -> Result<Side> {
        self.settle(Self::put_old, Self::put_new)
    }

    /// The same, the new one first.
    ///
    /// # Errors
    /// As [`Intent::settle_old`].
    pub fn settle_new(&self) -> Result<Side> {
        self.settle(Self::put_new, Self::put_old)
    }

    fn settle(
        &self,
        wanted: impl Fn(&Self) -> Result<()>,
        other: impl Fn(&Self) -> Result<()>,
    ) -> Result<Side> {
        let failed = wanted(self).err();
        // Where everything lies decides, not what could be flushed.
        if let Some(side) = self.side()? {
            return Ok(side);
        }
        let failed = other(self).err().or(failed);
        match (self.side()?, failed) {
            (Some(side), _) => Ok(side),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::new(ErrorKind::System, "the live tree is of two generations")),
        }
    }

    /// Which tree is live; `None` where it is some of both.
    fn side(&self) -> Result<Option<Side>> {
        Ok(if !self.any_new_is_live()? {
            Some(Side::Old)
        } else if self.every(Swap::new_is_live)? {
            Some(Side::New)
        } else {
            None
        })
    }

    /// Ends what a crash interrupted, so that the live tree is wholly old or wholly new. Gives what was done, in words.
    ///
    /// # Errors
    /// When it cannot be ended now; it is tried again the next time.
    pub fn recover(mut self, file: &Path) -> Result<Option<String>> {
        match self.phase {
            Phase::Restored | Phase::Undone => {
                self.give_up_the_one_before(file)?;
                Ok(None)
            }
            Phase::LettingGo => {
                // Live data is as it should be: what cannot be removed now keeps nobody from working.
                if let Err(error) = self.let_go(file) {
                    tracing::warn!(%error, "what a restore replaced is still not removed");
                }
                Ok(None)
            }
            Phase::Staging => {
                let id = self.id;
                self.withdraw(file)?;
                Ok(Some(format!("A restore of {id} that never touched anything was cleared away.")))
            }
            Phase::Exchanging if !self.any_new_is_live()? => {
                let id = self.id;
                self.withdraw(file)?;
                Ok(Some(format!("A restore of {id} that had not changed anything yet was cleared away.")))
            }
            Phase::Exchanging => {
                self.put_new()?;
                self.enter(Phase::Restored, file)?;
                Ok(Some(format!("An interrupted restore of {} was finished.", self.id)))
            }
            Phase::Undoing if self.is_in_place()? => {
                self.enter(Phase::Restored, file)?;
                Ok(Some(format!("An undo of the restore of {} had not changed anything yet.", self.id)))
            }
            Phase::Undoing => {
                self.put_old()?;
                self.enter(Phase::Undone, file)?;
                Ok(Some(format!("The interrupted undo of the restore of {} was finished.", self.id)))
            }
        }
    }

    fn any_new_is_live(&self) -> Result<bool> {
        Ok(!self.every(|swap| Ok(!swap.new_is_live()?))?)
    }
}

impl Swap {
    /// A new tree at `aside` for the place `live`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn new(live: PathBuf, aside: PathBuf) -> Result<Self> {
        let staged = aside.symlink_metadata().map_err(|error| Error::io("look at", &aside, error))?;
        let replaces = is_there(&live)?;
        Ok(Self { live, aside, new_inode: staged.ino(), replaces })
    }

    fn new_is_live(&self) -> Result<bool> {
        Ok(look(&self.live)?.is_some_and(|there| there.ino() == self.new_inode))
    }
}

fn is_there(path: &Path) -> Result<bool> {
    Ok(look(path)?.is_some())
}

/// What lies at `path`; nothing where nothing does. A look that is refused tells neither: live data hangs on the answer.
fn look(path: &Path) -> Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(there) => Ok(Some(there)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

/// Removes a folder of ours; one that is gone is no error.
pub fn remove_tree(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", folder, error)),
    }
}
