//! Clean-up: what would be put aside, what was, and until when it can be brought back.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;

use super::{Upkeep, shown};
use crate::clock::Instant;
use crate::error::Result;
use crate::judge::words;
use crate::store::Entered;
use crate::upkeep::{Cleaned, Cleanup, CleanupPlan, Left, QUARANTINE};

/// Of each list so many files are shown.
const MOST_FILES: usize = 300;

/// Clean-ups that can be taken back, and how old things become.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CleanupShown {
    /// Where it lies, below the root.
    pub folder: String,
    /// Newest first.
    pub aside: Vec<KeptAside>,
    /// What lies there and cannot be understood.
    pub left: Vec<FileLeft>,
    /// Seconds after which a log is old; `None` = never.
    pub logs_after: Option<f64>,
    /// Seconds after which a report is old; `None` = never.
    pub reports_after: Option<f64>,
}

/// What one clean-up put aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeptAside {
    /// Its name.
    pub id: String,
    /// When it was.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// From when on the next clean-up removes it for good; `None` = never.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub goes_at: Option<Instant>,
    /// How many files are still there.
    pub files: usize,
    /// Bytes that they take.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

/// What a clean-up would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CleanupPlanShown {
    /// By which it is agreed to.
    pub number: u32,
    /// What would be put aside, by kind.
    pub kinds: Vec<CleanupKind>,
    /// How many files.
    pub files: usize,
    /// Bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// What is old and stays all the same: the first of it.
    pub left: Vec<FileLeft>,
    /// How many files that are.
    pub left_count: usize,
    /// What was put aside long ago, and would be removed for good.
    pub remove: Vec<KeptAside>,
    /// Seconds for which it can be brought back; `None` = for ever.
    pub kept_for: Option<f64>,
}

/// Files of one kind that would be put aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CleanupKind {
    /// `log`, or the report's kind.
    pub what: String,
    /// How many files.
    pub files: usize,
    /// Bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// The first of them.
    pub first: Vec<FileShown>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FileShown {
    /// Below the root.
    pub path: String,
    /// Bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Until when it tells.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub until: Instant,
}

/// A file that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FileLeft {
    /// Below the root.
    pub path: String,
    /// Why, in words.
    pub why: String,
}

/// What a clean-up or its undo did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CleanedShown {
    /// By which it is taken back; `None` where nothing was moved.
    pub id: Option<String>,
    /// In one sentence.
    pub said: String,
    /// What was not moved, and why: the first of it.
    pub left: Vec<FileLeft>,
    /// All as it is now.
    pub now: CleanupShown,
}

impl Upkeep {
    pub(super) fn cleanup(&self) -> Result<Cleanup> {
        Cleanup::new(&self.profile, self.home.as_deref(), self.zone)
    }

    /// Clean-ups that can be taken back.
    ///
    /// # Errors
    /// When the profile's folder of logs is none that may be cleaned up, or the quarantine cannot be looked at.
    pub fn cleanups(&self) -> Result<CleanupShown> {
        let (aside, left) = self.cleanup()?.put_aside()?;
        let settings = &self.profile.cleanup;
        Ok(CleanupShown {
            folder: QUARANTINE.to_owned(),
            aside: aside.iter().rev().map(|one| self.kept_aside(one)).collect(),
            left: some_left(&left),
            logs_after: settings.logs.map(|age| age.as_secs_f64()),
            reports_after: settings.reports.map(|age| age.as_secs_f64()),
        })
    }

    /// What a clean-up would do; changes nothing.
    ///
    /// # Errors
    /// As [`Cleanup::plan`].
    pub fn plan_cleanup(&self) -> Result<CleanupPlanShown> {
        let plan = self.cleanup()?.plan(self.clock.now())?;
        let mut shown = self.laid_out(&plan);
        shown.number = self.plans.cleanup.keep(&self.profile.root, plan);
        Ok(shown)
    }

    /// Does what a plan showed, and nothing else.
    ///
    /// # Errors
    /// `Busy` where that plan is out of date; as [`Cleanup::carry_out`].
    pub fn clean_up(&self, number: u32) -> Result<CleanedShown> {
        let plan = self.plans.cleanup.take(&self.profile.root, number)?;
        let now = self.clock.now();
        let cleaned = self.cleanup()?.carry_out(&plan, now)?;
        let said = said_of_cleanup(&cleaned);
        if cleaned.id.is_some() || !cleaned.removed.is_empty() {
            self.journal.note_done(now, Entered::Cleanup, said.clone(), cleaned.id.clone());
        }
        self.cleaned(cleaned, said)
    }

    /// Brings back what the clean-up `id` put aside.
    ///
    /// # Errors
    /// As [`Cleanup::undo`].
    pub fn undo_cleanup(&self, id: &str) -> Result<CleanedShown> {
        let cleanup = self.cleanup()?;
        let undone = cleanup.undo(&cleanup.undo_plan(Some(id))?)?;
        let said = said_of_cleanup_undone(&undone);
        if !undone.moved.is_empty() {
            self.journal.note_done(self.clock.now(), Entered::Undo, said.clone(), undone.id.clone());
        }
        // What was brought back cannot be taken back by the same name.
        self.cleaned(Cleaned { id: None, ..undone }, said)
    }

    fn cleaned(&self, cleaned: Cleaned, said: String) -> Result<CleanedShown> {
        Ok(CleanedShown { id: cleaned.id, said, left: some_left(&cleaned.left), now: self.cleanups()? })
    }

    fn laid_out(&self, plan: &CleanupPlan) -> CleanupPlanShown {
        let mut kinds: BTreeMap<&str, CleanupKind> = BTreeMap::new();
        for one in &plan.moves {
            let kind = kinds.entry(&one.what).or_insert_with(|| CleanupKind {
                what: one.what.clone(),
                files: 0,
                bytes: 0,
                first: Vec::new(),
            });
            kind.files += 1;
            kind.bytes += one.bytes;
            if kind.first.len() < MOST_FILES {
                let path = shown(&one.path.display().to_string());
                kind.first.push(FileShown { path, bytes: one.bytes, until: one.speaks_of });
            }
        }
        let mut kinds: Vec<CleanupKind> = kinds.into_values().collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.bytes));
        CleanupPlanShown {
            number: 0,
            files: plan.moves.len(),
            bytes: plan.moves.iter().map(|one| one.bytes).sum(),
            kinds,
            left: some_left(&plan.left),
            left_count: plan.left.len(),
            remove: plan.remove.iter().map(|one| self.kept_aside(one)).collect(),
            kept_for: self.profile.cleanup.quarantine.map(|age| age.as_secs_f64()),
        }
    }

    fn kept_aside(&self, one: &crate::upkeep::PutAside) -> KeptAside {
        let kept = self.profile.cleanup.quarantine;
        let goes = |kept: Duration| one.at.checked_add_signed(TimeDelta::from_std(kept).ok()?);
        KeptAside {
            id: one.id.clone(),
            at: one.at,
            goes_at: kept.and_then(goes),
            files: one.files,
            bytes: one.bytes,
        }
    }
}

fn some_left(left: &[Left]) -> Vec<FileLeft> {
    let one = |one: &Left| FileLeft { path: shown(&one.path.display().to_string()), why: shown(&one.why) };
    left.iter().take(MOST_FILES).map(one).collect()
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

/// What is entered of a clean-up.
pub fn said_of_cleanup(cleaned: &Cleaned) -> String {
    let bytes = cleaned.moved.iter().map(|one| one.bytes).sum();
    let mut said = match cleaned.moved.len() {
        0 => "Nothing was put aside.".to_owned(),
        1 => format!("1 file was put aside, {}.", words::bytes(bytes)),
        count => format!("{count} files were put aside, {}.", words::bytes(bytes)),
    };
    let gone: usize = cleaned.removed.iter().map(|one| one.files).sum();
    if !cleaned.removed.is_empty() {
        let bytes = cleaned.removed.iter().map(|one| one.bytes).sum();
        let of = files(gone);
        said.push_str(&format!(" Removed for good of earlier clean-ups: {of}, {}.", words::bytes(bytes)));
    }
    said
}

/// What is entered of a clean-up that was taken back.
pub fn said_of_cleanup_undone(undone: &Cleaned) -> String {
    let bytes = undone.moved.iter().map(|one| one.bytes).sum();
    let of = files(undone.moved.len());
    let end = if undone.left.is_empty() { "" } else { " Some stayed aside: their places are taken." };
    let are = if undone.moved.len() == 1 { "is" } else { "are" };
    format!("{of} of a clean-up {are} back where they were, {}.{end}", words::bytes(bytes))
}
