//! Old logs and reports, put aside where they can be brought back from.
//!
//! What goes is told by the time a file speaks of. What is written now or open, the newest of each kind, links and files with
//! several names stay. Nothing is removed but what was put aside long ago.

mod carry;
mod choose;
mod find;
mod held;
mod name;
mod quarantine;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;
use serde::Serialize;

use self::choose::{choose, is_older};
use self::find::{Found, Search};
use self::held::Held;
pub use self::quarantine::QUARANTINE;
use self::quarantine::{Batch, Quarantine, is_id};
use super::places::{Sight, Tree, flush};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{CleanupSettings, Profile};
use crate::reports::Pattern;

/// Clean-up of one ecosystem.
pub struct Cleanup {
    root: PathBuf,
    /// The folder of the logs, below the root.
    logs: PathBuf,
    /// Logs that are written now, below the root.
    written: Vec<PathBuf>,
    /// The kinds of reports, their folders below the root.
    reports: Vec<(String, Pattern)>,
    settings: CleanupSettings,
    zone: Zone,
}

/// What a clean-up would do.
#[derive(Debug, Default, Serialize)]
pub struct CleanupPlan {
    /// What would be put aside.
    pub moves: Vec<Move>,
    /// What is old and stays all the same, and why.
    pub left: Vec<Left>,
    /// What was put aside long ago, and would be removed for good.
    pub remove: Vec<PutAside>,
}

/// A file that would be put aside.
#[derive(Debug, Clone, Serialize)]
pub struct Move {
    /// Below the root.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
    /// `log`, or the report's kind.
    pub what: String,
    /// Until when it tells.
    pub speaks_of: Instant,
    #[serde(skip)]
    seen: Sight,
}

/// A file that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Where it was, or is again, below the root.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
}

/// Something that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Below the root.
    pub path: PathBuf,
    /// Why, in words.
    pub why: String,
}

/// What one clean-up put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PutAside {
    /// Its name.
    pub id: String,
    /// When.
    pub at: Instant,
    /// How many files are still there.
    pub files: usize,
    /// Bytes that they take.
    pub bytes: u64,
}

/// What a clean-up or an undo did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// The name of the clean-up; `None` where nothing was moved.
    pub id: Option<String>,
    /// What was moved.
    pub moved: Vec<Moved>,
    /// What was not, and why.
    pub left: Vec<Left>,
    /// What was removed for good.
    pub removed: Vec<PutAside>,
}

/// What an undo would bring back.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct UndoPlan {
    /// The name of the clean-up.
    pub id: String,
    /// When it was.
    pub at: Instant,
    /// What lies there.
    pub moves: Vec<Moved>,
}

/// A clean-up that is written down and of which nothing was moved yet.
pub struct Begun {
    tree: Tree,
    quarantine: Quarantine,
    batch: Batch,
}

impl Left {
    fn new(path: &Path, why: impl Into<String>) -> Self {
        Self { path: path.to_owned(), why: why.into() }
    }

    /// What has the name of a log or a report, and is none; a folder is no matter.
    fn special(path: &Path, seen: &Sight) -> Option<Self> {
        match seen.kind {
            FileType::Directory => None,
            FileType::Symlink => Some(Self::new(path, "is a link")),
            _ => Some(Self::new(path, "is not a regular file")),
        }
    }
}

impl Cleanup {
    /// The clean-up that `profile` asks for. `home` is never taken for a folder of logs.
    ///
    /// # Errors
    /// `Usage` where the folder of logs is the root, the home, above them, or has to do with what backups keep.
    pub fn new(profile: &Profile, home: Option<&Path>, zone: Zone) -> Result<Self> {
        guard(profile, home)?;
        let below = |path: &Path| path.strip_prefix(&profile.root).ok().map(Path::to_owned);
        let logs = below(&profile.logs_dir).unwrap_or_default();
        let written = profile.logs.iter().filter_map(|log| below(&log.path)).collect();
        let reports = profile.reports.iter().filter_map(|kind| {
            let mut pattern = Pattern::of(kind)?;
            pattern.folder = below(&pattern.folder)?;
            Some((kind.id.clone(), pattern))
        });
        let reports = reports.collect();
        Ok(Self { root: profile.root.clone(), logs, written, reports, settings: profile.cleanup, zone })
    }

    /// What would be done; changes nothing.
    ///
    /// # Errors
    /// When the ecosystem's folder or the quarantine cannot be opened.
    pub fn plan(&self, now: Instant) -> Result<CleanupPlan> {
        let tree = Tree::open(&self.root)?;
        let search = Search { tree: &tree, zone: self.zone };
        let mut found = Found::default();
        if self.settings.reports.is_some() || self.settings.logs.is_some() {
            search.reports(&self.reports, &mut found);
        }
        if self.settings.logs.is_some() {
            search.logs(&self.logs, &self.written, &mut found);
        }
        let held = Held::look();
        let (moves, mut left) = choose(found.candidates, &self.settings, tree.device, &held, now);
        left.extend(found.left);
        let mut plan = CleanupPlan { moves, left, remove: Vec::new() };
        if let Some(quarantine) = Quarantine::open(&tree, &self.root)? {
            let (batches, strange) = quarantine.batches()?;
            plan.left.extend(strange);
            plan.remove = batches.iter().filter(|one| self.is_over(one, now)).map(PutAside::of).collect();
        }
        Ok(plan)
    }

    /// Writes down what a plan is about to move, and removes for good what it says. `None` where it moves nothing.
    ///
    /// # Errors
    /// `Busy` where another clean-up is at work; or when it cannot be written down: nothing is moved then.
    pub fn begin(&self, plan: &CleanupPlan, now: Instant) -> Result<(Option<Begun>, Cleaned)> {
        let mut cleaned = Cleaned { left: plan.left.clone(), ..Cleaned::default() };
        if plan.moves.is_empty() && plan.remove.is_empty() {
            return Ok((None, cleaned));
        }
        let tree = Tree::open(&self.root)?;
        let quarantine = Quarantine::open_or_make(&tree, &self.root)?;
        quarantine.lock()?;
        quarantine.sweep();
        for batch in quarantine.batches()?.0 {
            let said = PutAside::of(&batch);
            if !plan.remove.contains(&said) || !self.is_over(&batch, now) {
                continue;
            }
            match quarantine.remove(batch) {
                Ok(()) => cleaned.removed.push(said),
                Err(why) => cleaned.left.push(Left::new(&Path::new(QUARANTINE).join(&said.id), why)),
            }
        }
        if plan.moves.is_empty() {
            return Ok((None, cleaned));
        }
        let batch = quarantine.begin(&plan.moves, now, self.zone)?;
        Ok((Some(Begun { tree, quarantine, batch }), cleaned))
    }

    /// Does what a plan says. A file that is not what it was when the plan was made stays, and is named.
    ///
    /// # Errors
    /// As [`Cleanup::begin`].
    pub fn carry_out(&self, plan: &CleanupPlan, now: Instant) -> Result<Cleaned> {
        let (begun, mut cleaned) = self.begin(plan, now)?;
        if let Some(begun) = begun {
            begun.carry_out(plan, now, &mut cleaned)?;
        }
        Ok(cleaned)
    }

    /// What lies in quarantine, oldest first, and what there cannot be understood.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn put_aside(&self) -> Result<(Vec<PutAside>, Vec<Left>)> {
        let tree = Tree::open(&self.root)?;
        let Some(quarantine) = Quarantine::open(&tree, &self.root)? else { return Ok(Default::default()) };
        let (batches, left) = quarantine.batches()?;
        let all = batches.iter().map(PutAside::of).filter(|one| one.files > 0);
        Ok((all.collect(), left))
    }

    /// What would be brought back of the clean-up `id`, or of the last one.
    ///
    /// # Errors
    /// `NotFound` where nothing of it lies in quarantine.
    pub fn undo_plan(&self, id: Option<&str>) -> Result<UndoPlan> {
        let tree = Tree::open(&self.root)?;
        let batch = self.find(&tree, id)?.1;
        let moves = batch.there().into_iter();
        let moves = moves.map(|(_, one)| Moved { path: one.path.clone(), bytes: one.bytes }).collect();
        Ok(UndoPlan { id: batch.id, at: batch.at, moves })
    }

    /// Brings back what a plan names. A file whose place is taken stays in quarantine, and is named.
    ///
    /// # Errors
    /// `NotFound` where it is gone by now, `Busy` where a clean-up is at work.
    pub fn undo(&self, plan: &UndoPlan) -> Result<Cleaned> {
        let tree = Tree::open(&self.root)?;
        let quarantine = self.find(&tree, Some(&plan.id))?.0;
        quarantine.lock()?;
        // Once more: until now another one may have been at work.
        let batch = self.find(&tree, Some(&plan.id))?.1;
        let (moved, mut left) = carry::bring_back(&tree, &batch);
        let id = batch.id.clone();
        if left.is_empty()
            && let Err(why) = quarantine.remove(batch)
        {
            left.push(Left::new(&Path::new(QUARANTINE).join(&id), why));
        }
        Ok(Cleaned { id: Some(id), moved, left, removed: Vec::new() })
    }

    fn find(&self, tree: &Tree, id: Option<&str>) -> Result<(Quarantine, Batch)> {
        if let Some(id) = id.filter(|id| !is_id(id)) {
            let wrong = format!("“{id}” is no name of a clean-up");
            return Err(Error::new(ErrorKind::Usage, wrong).hint("`caretaker cleanup list` shows them."));
        }
        let nothing = || {
            let what = match id {
                Some(id) => format!("nothing of the clean-up {id} lies in quarantine"),
                None => "there is no clean-up to undo".to_owned(),
            };
            Error::new(ErrorKind::NotFound, what).hint("`caretaker cleanup list` shows what can be undone.")
        };
        let quarantine = Quarantine::open(tree, &self.root)?.ok_or_else(nothing)?;
        let batches = quarantine.batches()?.0.into_iter();
        let mut fitting = batches.filter(|one| id.is_none_or(|id| id == one.id) && !one.there().is_empty());
        let batch = fitting.next_back().ok_or_else(nothing)?;
        Ok((quarantine, batch))
    }

    fn is_over(&self, batch: &Batch, now: Instant) -> bool {
        self.settings.quarantine.is_some_and(|kept| is_older(batch.at, kept, now))
    }
}

impl PutAside {
    fn of(batch: &Batch) -> Self {
        let there = batch.there();
        let bytes = there.iter().map(|(_, one)| one.bytes).sum();
        Self { id: batch.id.clone(), at: batch.at, files: there.len(), bytes }
    }
}

impl Begun {
    /// Moves what was written down, and adds to `cleaned` what came of it.
    ///
    /// # Errors
    /// When it cannot be made durable; what was moved can be undone all the same.
    pub fn carry_out(self, plan: &CleanupPlan, now: Instant, cleaned: &mut Cleaned) -> Result<()> {
        let Some(files) = &self.batch.files else { return Ok(()) };
        let held = Held::look();
        let mut folders: BTreeMap<&Path, OwnedFd> = BTreeMap::new();
        for (at, one) in plan.moves.iter().enumerate() {
            match carry::put_aside(&self.tree, files, &(at + 1).to_string(), one, &held, now) {
                Ok(folder) => {
                    folders.insert(one.path.parent().unwrap_or(Path::new("")), folder);
                    cleaned.moved.push(Moved { path: one.path.clone(), bytes: one.bytes });
                }
                Err(why) => cleaned.left.push(Left::new(&one.path, why)),
            }
        }
        let cannot = |errno: rustix::io::Errno| Error::io("flush", Path::new(QUARANTINE), errno.into());
        flush(files).map_err(cannot)?;
        for folder in folders.values() {
            flush(folder).map_err(cannot)?;
        }
        if cleaned.moved.is_empty() {
            // Nothing of the plan was left as it was: an empty folder says nothing to anybody.
            let _ = self.quarantine.remove(self.batch);
        } else {
            cleaned.id = Some(self.batch.id);
        }
        Ok(())
    }
}

/// Refuses a folder of logs in which more than logs lies.
fn guard(profile: &Profile, home: Option<&Path>) -> Result<()> {
    let logs = &profile.logs_dir;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let wrong = |what: &str| {
        let text = format!("the folder of logs {} {what}: nothing is cleaned up there", logs.display());
        Err(Error::new(ErrorKind::Usage, text)
            .at(logs)
            .hint("Name the folder that holds logs and nothing else, as `logs` in [folders] of the profile."))
    };
    // Above the root or the home, or one of them, by name or by what a link leads to.
    for (top, what) in
        [(Some(profile.root.as_path()), "is the root, or above it"), (home, "is the home, or above it")]
    {
        if top.is_some_and(|top| top.starts_with(logs) || real(top).starts_with(real(logs))) {
            return wrong(what);
        }
    }
    let kept = profile.backups.keep.iter().map(|kept| profile.root.join(kept));
    let kept = kept.chain([profile.data_dir.clone(), profile.root.join("config")]);
    for kept in kept.filter(|kept| *kept != profile.root) {
        let meets = |one: &Path, two: &Path| one.starts_with(two) || two.starts_with(one);
        if meets(&kept, logs) || meets(&real(&kept), &real(logs)) {
            return wrong(&format!("has to do with {}, which is kept", kept.display()));
        }
    }
    if !logs.starts_with(&profile.root) {
        return wrong("is not in the root");
    }
    Ok(())
}
