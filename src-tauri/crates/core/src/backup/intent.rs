//! What a restore is about to do, written down before it does it: whoever comes after a crash finishes it or takes it back.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::exchange::{exchange, move_to_free};
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
    pub fn is_in_place(&self) -> bool {
        let aside = |swap: &Swap| !swap.replaces || swap.aside.symlink_metadata().is_ok();
        self.swaps.iter().all(|swap| swap.new_is_live() && aside(swap))
    }

    /// Puts the new trees in their places, those that are not there yet.
    ///
    /// # Errors
    /// When one cannot be exchanged; those before it are where they should be.
    pub fn put_new(&self) -> Result<()> {
        for swap in self.swaps.iter().filter(|swap| !swap.new_is_live()) {
            if swap.replaces {
                exchange(&swap.aside, &swap.live)?;
            } else {
                move_to_free(&swap.aside, &swap.live)?;
            }
        }
        Ok(())
    }

    /// Puts the old trees back in their places, those that are not there.
    ///
    /// # Errors
    /// As [`Intent::put_new`].
    pub fn put_old(&self) -> Result<()> {
        for swap in self.swaps.iter().rev().filter(|swap| swap.new_is_live()) {
            if swap.replaces {
                exchange(&swap.aside, &swap.live)?;
            } else {
                move_to_free(&swap.live, &swap.aside)?;
            }
        }
        Ok(())
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
            Phase::Staging => {
                let id = self.id;
                self.withdraw(file)?;
                Ok(Some(format!("A restore of {id} that never touched anything was cleared away.")))
            }
            Phase::Exchanging => {
                self.put_new()?;
                self.enter(Phase::Restored, file)?;
                Ok(Some(format!("An interrupted restore of {} was finished.", self.id)))
            }
            Phase::Undoing => {
                self.put_old()?;
                self.enter(Phase::Undone, file)?;
                Ok(Some(format!("The interrupted undo of the restore of {} was finished.", self.id)))
            }
        }
    }
}

impl Swap {
    /// A new tree at `aside` for the place `live`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn new(live: PathBuf, aside: PathBuf) -> Result<Self> {
        let staged = aside.symlink_metadata().map_err(|error| Error::io("look at", &aside, error))?;
        let replaces = live.symlink_metadata().is_ok();
        Ok(Self { live, aside, new_inode: staged.ino(), replaces })
    }

    fn new_is_live(&self) -> bool {
        self.live.symlink_metadata().is_ok_and(|there| there.ino() == self.new_inode)
    }
}

/// Removes a folder of ours; one that is gone is no error.
pub fn remove_tree(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", folder, error)),
    }
}
