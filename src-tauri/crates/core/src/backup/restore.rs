//! Restoring: planned and shown, proven and staged while everything still runs, exchanged in a moment, undone with one word.

mod plan;
mod source;

use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

use self::plan::units;
pub use self::plan::{Named, RestorePlan};
pub(super) use self::plan::{bytes_of, room_for};
use self::source::Source;
use super::catalogue::short_name;
use super::desk::{Desk, Which};
use super::id::ArchiveId;
use super::intent::{Intent, Phase, Swap};
use super::manifest::Manifest;
use super::stage::{Part, flush, stage};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// How the folder is called in which a restored tree is built up, and the old one kept.
const ASIDE: &str = ".caretaker-restore-";

/// What is to be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Which backup.
    pub which: Which,
    /// Which part of it.
    pub part: Part,
    /// Beside the ecosystem, into this folder; `None` = into place.
    pub to: Option<PathBuf>,
}

/// Stops the ecosystem's process before live data is replaced, and starts it again.
pub trait Process {
    /// Stops it, wholly; gives whether it ran.
    ///
    /// # Errors
    /// When it does not stop: nothing is replaced then.
    fn stop(&self, progress: &dyn Progress) -> Result<bool>;

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    fn start(&self) -> Result<()>;
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// Files that came back.
    pub files: u64,
    /// Where the old tree is kept for the undo.
    pub safety_copy: Option<PathBuf>,
    /// Seconds from stopping the process to starting it; 0 where it did not run.
    pub downtime: f64,
    /// Why the process did not start again.
    pub not_started: Option<String>,
}

impl Desk {
    /// Restores beside the ecosystem, into an empty or new folder.
    ///
    /// # Errors
    /// When the folder holds something, an archive is damaged, or there is no room; the folder is as it was then.
    pub fn restore_beside(&self, wish: &Wish, folder: &Path, progress: &dyn Progress) -> Result<Restored> {
        let source = self.source(&wish.which)?;
        let existed = folder.is_dir();
        if existed && folder.read_dir().map_err(|error| Error::io("read", folder, error))?.next().is_some() {
            return Err(Error::new(ErrorKind::Usage, format!("{} is not empty", folder.display()))
                .at(folder)
                .hint("Name a new folder, or an empty one."));
        }
        let need = bytes_of(&source.manifest, &wish.part);
        room_for(need, folder)?;
        // Built up beside it: a folder with half of a tree in it must never seem whole.
        let parent =
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let draft = tempfile::Builder::new().prefix(ASIDE).tempdir_in(parent);
        let draft = draft.map_err(|error| Error::io("write into", parent, error))?;
        progress.step("Restoring");
        let files = stage(&source.manifest, &source.holders, &wish.part, draft.path(), progress)?;
        flush(draft.path())?;
        progress.go_on()?;
        if existed {
            std::fs::remove_dir(folder).map_err(|error| Error::io("replace", folder, error))?;
        }
        super::exchange::move_to_free(draft.path(), folder)?;
        Ok(Restored { files, safety_copy: None, downtime: 0.0, not_started: None })
    }

    /// Restores into place: everything is proven and staged first, then the process stops, the trees change places, and
    /// it starts again.
    ///
    /// # Errors
    /// Until the process is stopped nothing has changed; after that the live tree is wholly the old one again.
    pub fn restore_into_place(
        &self,
        wish: &Wish,
        now: Instant,
        process: &dyn Process,
        progress: &dyn Progress,
    ) -> Result<Restored> {
        let _lock = self.shelf.lock()?;
        self.recover()?;
        let source = self.source(&wish.which)?;
        let places = self.live_places(&source.manifest, &wish.part)?;
        room_for(bytes_of(&source.manifest, &wish.part), &self.root)?;
        let file = self.intent_file();
        let folder = self.free_folder(now);
        let mut intent = Intent::new(source.manifest.id, now, folder.clone(), Intent::load(&file)?);
        intent.save(&file)?;
        let begun = self.stage_aside(&source, wish, &folder, progress).and_then(|files| {
            progress.step("Stopping the process");
            let stopped = Stopwatch::now();
            Ok((files, process.stop(progress)?, stopped))
        });
        let (files, ran, stopped) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                // Nothing live was touched: nothing of it is left.
                intent.withdraw(&file)?;
                return Err(error);
            }
        };
        progress.step("Exchanging");
        let exchanged = self.swaps(&source.manifest, &wish.part, &folder, &places).and_then(|swaps| {
            intent.swaps = swaps;
            intent.enter(Phase::Exchanging, &file)?;
            intent.put_new()
        });
        if let Err(error) = exchanged {
            intent.put_old()?;
            intent.withdraw(&file)?;
            if ran {
                process.start()?;
            }
            return Err(error);
        }
        intent.enter(Phase::Restored, &file)?;
        let (downtime, not_started) = start_again(process, ran, stopped);
        intent.give_up_the_one_before(&file)?;
        Ok(Restored { files, safety_copy: Some(folder), downtime, not_started })
    }

    /// Takes the last restore back: what it replaced is live again, what it brought is kept in its place.
    ///
    /// # Errors
    /// `NotFound` where nothing was restored, or it was taken back already.
    pub fn undo(&self, process: &dyn Process, progress: &dyn Progress) -> Result<Restored> {
        let _lock = self.shelf.lock()?;
        self.recover()?;
        let file = self.intent_file();
        let nothing = || Error::new(ErrorKind::NotFound, "there is no restore to take back");
        let mut intent = Intent::load(&file)?.ok_or_else(nothing)?;
        if intent.phase != Phase::Restored {
            return Err(nothing().hint(format!("The restore of {} was taken back already.", intent.id)));
        }
        if !intent.is_in_place() {
            let what = format!("what the restore of {} brought is not in its place any more", intent.id);
            return Err(Error::new(ErrorKind::NotFound, what)
                .at(&intent.folder)
                .hint(format!("What was there before it may still be in {}.", intent.folder.display())));
        }
        progress.step("Stopping the process");
        let stopped = Stopwatch::now();
        let ran = process.stop(progress)?;
        intent.enter(Phase::Undoing, &file)?;
        intent.put_old()?;
        intent.enter(Phase::Undone, &file)?;
        let (downtime, not_started) = start_again(process, ran, stopped);
        Ok(Restored { files: 0, safety_copy: Some(intent.folder), downtime, not_started })
    }

    /// The backup whose restore can be taken back.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn can_undo(&self) -> Result<Option<ArchiveId>> {
        let intent = Intent::load(&self.intent_file())?;
        Ok(intent
            .filter(|intent| intent.phase == Phase::Restored && intent.is_in_place())
            .map(|intent| intent.id))
    }

    /// What a backup lists.
    ///
    /// # Errors
    /// `NotFound` where there is none; `Damaged` where its list is.
    pub fn manifest(&self, id: ArchiveId) -> Result<Manifest> {
        Ok(self.source(&Which::Id(id))?.manifest)
    }

    /// Ends what a crash left of a restore; gives what was done, in words.
    ///
    /// # Errors
    /// When it cannot be ended now.
    pub fn recover(&self) -> Result<Option<String>> {
        let file = self.intent_file();
        match Intent::load(&file)? {
            Some(intent) => intent.recover(&file),
            None => Ok(None),
        }
    }

    fn stage_aside(
        &self,
        source: &Source,
        wish: &Wish,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<u64> {
        fsio::create_new_private_dir(folder)?;
        progress.step("Proving and staging");
        let files = stage(&source.manifest, &source.holders, &wish.part, folder, progress)?;
        progress.step("Flushing");
        flush(folder)?;
        progress.go_on()?;
        Ok(files)
    }

    /// What takes the place of what: whole folders that are kept, or the one part.
    fn swaps(
        &self,
        manifest: &Manifest,
        part: &Part,
        folder: &Path,
        places: &[PathBuf],
    ) -> Result<Vec<Swap>> {
        let names = units(manifest, part);
        names
            .iter()
            .zip(places)
            .map(|(name, live)| {
                if let Some(parent) = live.parent() {
                    std::fs::create_dir_all(parent)
                        .map_err(|error| Error::io("create the folder", parent, error))?;
                }
                Swap::new(live.clone(), folder.join(name.as_path()))
            })
            .collect()
    }

    /// A name that nothing has: what lies there if the restore fails is removed.
    fn free_folder(&self, now: Instant) -> PathBuf {
        let stamp = self.zone_stamp(now);
        let named = |count: u32| match count {
            1 => self.root.join(format!("{ASIDE}{stamp}")),
            count => self.root.join(format!("{ASIDE}{stamp}-{count}")),
        };
        (1..).map(named).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| named(1))
    }

    fn intent_file(&self) -> PathBuf {
        self.state_dir.join("backups").join(format!("{}.restore.json", short_name(&self.root)))
    }
}

/// Starts the process again where it ran: for how many seconds it was away, and why it is not back.
fn start_again(process: &dyn Process, ran: bool, stopped: Stopwatch) -> (f64, Option<String>) {
    if !ran {
        return (0.0, None);
    }
    let not_started = process.start().err().map(|error| error.to_string());
    (stopped.elapsed().as_secs_f64(), not_started)
}
