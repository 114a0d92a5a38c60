//! Restoring: planned and shown, proven and staged while everything still runs, exchanged in a moment, undone with one word.

mod plan;
mod source;

use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

use self::plan::units;
pub use self::plan::{Named, RestorePlan};
pub(super) use self::plan::{bytes_of, room_for};
use self::source::Source;
use super::archive::{is_foreign, manifest_beside};
use super::catalogue::short_name;
use super::desk::{Desk, Which};
use super::foreign::extract;
use super::id::ArchiveId;
use super::intent::{Intent, Phase, Side, Swap};
use super::manifest::Manifest;
use super::stage::{Part, flush};
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
    /// Stops it, wholly, and makes sure that nobody writes in `places` any more.
    ///
    /// # Errors
    /// When it does not stop, or somebody else writes there: nothing is replaced then, and it runs as it did.
    fn stop(&self, places: &[PathBuf], progress: &dyn Progress) -> Result<Halt>;

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    fn start(&self) -> Result<()>;
}

/// How a process was stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Halt {
    /// Whether it ran.
    pub ran: bool,
    /// Who is still in the places, without writing there, in words.
    pub lingering: Vec<String>,
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
    /// Who is still in the folders that were replaced, in words.
    pub lingering: Vec<String>,
}

impl Desk {
    /// Restores beside the ecosystem, into an empty or new folder; gives what the plan of it is, too.
    ///
    /// # Errors
    /// When the folder holds something, an archive is damaged, or there is no room; the folder is as it was then.
    pub fn restore_beside(
        &self,
        wish: &Wish,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<(RestorePlan, Restored)> {
        let existed = folder.is_dir();
        if existed && folder.read_dir().map_err(|error| Error::io("read", folder, error))?.next().is_some() {
            return Err(Error::new(ErrorKind::Usage, format!("{} is not empty", folder.display()))
                .at(folder)
                .hint("Name a new folder, or an empty one."));
        }
        // Built up beside it: a folder with half of a tree in it must never seem whole.
        let parent =
            folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let draft = tempfile::Builder::new().prefix(ASIDE).tempdir_in(parent);
        let draft = draft.map_err(|error| Error::io("write into", parent, error))?;
        progress.step("Restoring");
        let (plan, files) = self.build(wish, folder, draft.path(), progress)?;
        flush(draft.path())?;
        progress.go_on()?;
        if existed {
            std::fs::remove_dir(folder).map_err(|error| Error::io("replace", folder, error))?;
        }
        super::exchange::move_to_free(draft.path(), folder)?;
        let restored =
            Restored { files, safety_copy: None, downtime: 0.0, not_started: None, lingering: Vec::new() };
        Ok((plan, restored))
    }

    /// Builds the wanted part in `draft`, which will be `folder`.
    fn build(
        &self,
        wish: &Wish,
        folder: &Path,
        draft: &Path,
        progress: &dyn Progress,
    ) -> Result<(RestorePlan, u64)> {
        // An archive of another program has no list: it is read once, and written while it is read.
        if let Which::File(path) = &wish.which
            && !manifest_beside(path).exists()
            && is_foreign(path)?
            && let Some((manifest, files)) = extract(path, &self.root, &wish.part, draft, progress)?
        {
            return Ok((self.plan_of(&manifest, vec![path.clone()], wish)?, files));
        }
        let source = self.source(&wish.which)?;
        let archives = source.holders.values().map(|holder| holder.path.clone()).collect();
        let plan = self.plan_of(&source.manifest, archives, wish)?;
        room_for(plan.bytes, folder)?;
        let files = source.stage(&wish.part, draft, progress)?;
        Ok((plan, files))
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
            Ok((files, process.stop(&places, progress)?, stopped))
        });
        let (files, halt, stopped) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                // Nothing live was touched: nothing of it is left, or the next start clears it away.
                if let Err(left) = intent.withdraw(&file) {
                    tracing::warn!(%left, "what a failed restore built is still there");
                }
                return Err(error);
            }
        };
        progress.step("Exchanging");
        let exchanged = self.swaps(&source.manifest, &wish.part, &folder, &places).and_then(|swaps| {
            intent.swaps = swaps;
            intent.enter(Phase::Exchanging, &file)?;
            intent.put_new()?;
            intent.enter(Phase::Restored, &file)
        });
        if let Err(error) = exchanged {
            // What was noted last may say already that it is done.
            let _ = intent.save(&file);
            let side = intent.settle_old();
            // What cannot be cleared away now is cleared away at the next start: nothing of it is live.
            let noted = match side {
                Ok(Side::Old) => intent.withdraw(&file),
                Ok(Side::New) => intent.enter(Phase::Restored, &file),
                Err(_) => Ok(()),
            };
            if let Err(left) = noted {
                tracing::warn!(%left, "the end of a failed restore could not be noted");
            }
            return Err(after_failure(error, side, Side::Old, process, halt.ran));
        }
        self.announcements.announce(&places);
        let (downtime, not_started) = start_again(process, halt.ran, stopped);
        if let Err(left) = intent.give_up_the_one_before(&file) {
            // Nothing depends on it, and the next start tries it again.
            tracing::warn!(%left, "what the restore before kept is still there");
        }
        Ok(Restored { files, safety_copy: Some(folder), downtime, not_started, lingering: halt.lingering })
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
        if !intent.is_in_place()? {
            let what = format!("what the restore of {} brought is not in its place any more", intent.id);
            return Err(Error::new(ErrorKind::NotFound, what)
                .at(&intent.folder)
                .hint(format!("What was there before it may still be in {}.", intent.folder.display())));
        }
        let places: Vec<PathBuf> = intent.swaps.iter().map(|swap| swap.live.clone()).collect();
        progress.step("Stopping the process");
        let stopped = Stopwatch::now();
        let halt = process.stop(&places, progress)?;
        let undone = intent.enter(Phase::Undoing, &file).and_then(|()| {
            intent.put_old()?;
            intent.enter(Phase::Undone, &file)
        });
        if let Err(error) = undone {
            let _ = intent.save(&file);
            let side = intent.settle_new();
            // A tree of two generations stays noted as one: the next start finishes the undo.
            let noted = match side {
                Ok(Side::New) => intent.enter(Phase::Restored, &file),
                Ok(Side::Old) => intent.enter(Phase::Undone, &file),
                Err(_) => Ok(()),
            };
            if let Err(left) = noted {
                tracing::warn!(%left, "the undo that failed could not be noted");
            }
            return Err(after_failure(error, side, Side::New, process, halt.ran));
        }
        self.announcements.announce(&places);
        let (downtime, not_started) = start_again(process, halt.ran, stopped);
        let safety_copy = Some(intent.folder);
        Ok(Restored { files: 0, safety_copy, downtime, not_started, lingering: halt.lingering })
    }

    /// The backup whose restore can be taken back.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn can_undo(&self) -> Result<Option<ArchiveId>> {
        let intent = Intent::load(&self.intent_file())?.filter(|intent| intent.phase == Phase::Restored);
        match intent {
            Some(intent) if intent.is_in_place()? => Ok(Some(intent.id)),
            _ => Ok(None),
        }
    }

    /// What a backup lists.
    ///
    /// # Errors
    /// `NotFound` where there is none; `Damaged` where its list is.
    pub fn manifest(&self, which: &Which) -> Result<Manifest> {
        Ok(self.source(which)?.manifest)
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
        let files = source.stage(&wish.part, folder, progress)?;
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

    pub(super) fn intent_file(&self) -> PathBuf {
        self.state_dir.join("backups").join(format!("{}.restore.json", short_name(&self.root)))
    }
}

/// The error of an exchange that failed, with what became of the tree and the process.
fn after_failure(error: Error, side: Result<Side>, was: Side, process: &dyn Process, ran: bool) -> Error {
    let mut said: Vec<String> = error.hint.iter().cloned().collect();
    match side {
        // A tree of two generations must not be worked in.
        Err(worse) => said.push(format!(
            "The live tree could not be put back either ({worse}): start nothing there. `caretaker backup list` tries it again."
        )),
        Ok(side) => {
            said.push(match side {
                side if side == was => "The live tree is as it was.".to_owned(),
                Side::New => "It could not be put back: the restored tree is live, all of it.".to_owned(),
                Side::Old => "It could not be put back: the tree from before the restore is live, all of it.".to_owned(),
            });
            if let Some(why) = ran.then(|| process.start().err()).flatten() {
                said.push(format!("The process did not start again: {why}."));
            }
        }
    }
    error.hint(said.join(" "))
}

/// Starts the process again where it ran: for how many seconds it was away, and why it is not back.
fn start_again(process: &dyn Process, ran: bool, stopped: Stopwatch) -> (f64, Option<String>) {
    if !ran {
        return (0.0, None);
    }
    let not_started = process.start().err().map(|error| error.to_string());
    (stopped.elapsed().as_secs_f64(), not_started)
}
