//! What a restore replaced: how much it takes, and a way to let it go.

use std::path::PathBuf;

use serde::Serialize;

use super::desk::Desk;
use super::id::ArchiveId;
use super::intent::{Intent, Phase};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::observe::sizes::{SizeLimits, folder_size};

/// A tree that is kept aside; the next restore takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeptTree {
    /// The backup that was restored.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub id: ArchiveId,
    /// When.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub restored_at: Instant,
    /// Whether the restore was taken back: what is kept then is what it had brought.
    pub undone: bool,
    /// Where it lies.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub folder: PathBuf,
    /// Its files.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub files: u64,
    /// Their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

impl Desk {
    /// What the last restore replaced, or what it had brought where it was taken back; `None` where nothing is kept.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn kept_tree(&self) -> Result<Option<KeptTree>> {
        let intent = Intent::load(&self.intent_file())?;
        let Some(intent) = intent.filter(|intent| matches!(intent.phase, Phase::Restored | Phase::Undone))
        else {
            return Ok(None);
        };
        // Somebody removed it by hand: nothing is kept.
        let Ok(size) = folder_size(&intent.folder, SizeLimits::default()) else { return Ok(None) };
        Ok(Some(KeptTree {
            id: intent.id,
            restored_at: intent.at,
            undone: intent.phase == Phase::Undone,
            folder: intent.folder,
            files: size.files,
            bytes: size.bytes,
        }))
    }

    /// The backup that was restored last and when, if that stands; what a crash left of it is ended first.
    ///
    /// # Errors
    /// `Busy` when another job runs; when what a crash left cannot be ended now.
    pub fn brought_back(&self) -> Result<Option<(ArchiveId, Instant)>> {
        let _lock = self.shelf.lock()?;
        self.recover()?;
        let intent = Intent::load(&self.intent_file())?;
        Ok(intent.filter(|intent| intent.phase == Phase::Restored).map(|intent| (intent.id, intent.at)))
    }

    /// Removes what is kept, for good: the restore cannot be taken back any more.
    ///
    /// # Errors
    /// `Busy` when another job runs, or what is kept is something else than was shown; `NotFound` where what was restored is
    /// not in its place: what is kept may be all that is left then.
    pub fn let_go(&self, shown: &KeptTree) -> Result<()> {
        let _lock = self.shelf.lock()?;
        self.recover()?;
        let file = self.intent_file();
        let intent = Intent::load(&file)?;
        let same = |intent: &Intent| {
            let undone = intent.phase == Phase::Undone;
            (intent.id, intent.at, &intent.folder, undone)
                == (shown.id, shown.restored_at, &shown.folder, shown.undone)
        };
        let Some(intent) = intent.filter(same) else {
            return Err(Error::new(ErrorKind::Busy, "what is kept has changed since it was shown")
                .hint("Look at it anew first; nothing was removed."));
        };
        if !intent.live_is_whole()? {
            let what = format!("what the restore of {} left is not in its place any more", intent.id);
            return Err(Error::new(ErrorKind::NotFound, what).at(&intent.folder).hint(format!(
                "What is in {} may be all that is left of it: look there first; nothing was removed.",
                intent.folder.display()
            )));
        }
        intent.let_go(&file)
    }
}
