//! The review of the ecosystem's settings: all of them in one view, what changed since the last one, and that it was done.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::clock::{Clock, Instant};
use crate::error::Result;
use crate::keeper::journal::Journal;
use crate::mask;
use crate::observe::drift::{Announcements, Drifted, Ground, Known};
use crate::profile::Profile;
use crate::program::clean;
use crate::store::Entered;
use crate::upkeep::{Reviewed, SettingRead, SettingsRead, Tuning};

/// Characters of a value, and of a note.
const LONGEST: usize = 300;
const LONGEST_NOTE: usize = 2_000;

/// All settings in one view.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingsReviewShown {
    /// When they were last reviewed; `None` = never.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub reviewed_at: Option<Instant>,
    /// What was written about that.
    pub note: Option<String>,
    /// What tells these settings: given back to say that they were reviewed.
    pub seen: String,
    /// Every file that was understood.
    pub files: Vec<ReviewedFile>,
    /// Files that cannot be understood.
    pub broken: Vec<BrokenSettings>,
    /// Files that were there at the last review.
    pub gone: Vec<String>,
    /// Files of code and settings that changed and nobody announced it.
    pub drift: Vec<Drifted>,
    /// The commit that they are from, where they are all as it has them.
    pub commit: Option<String>,
    /// Values that changed since the last review.
    pub changed: usize,
    /// Keys that no review has seen.
    pub unknown: usize,
}

/// One file of settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReviewedFile {
    /// Its name from the root.
    pub name: String,
    /// Whether no review has seen it.
    pub new: bool,
    /// Its values in their order.
    pub settings: Vec<ReviewedSetting>,
    /// Keys that it had at the last review, with their values then.
    pub removed: Vec<(String, String)>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReviewedSetting {
    /// Its key with its sections.
    pub key: String,
    /// What it says; of a secret its first characters at most.
    pub value: String,
    /// Its line, counted from one.
    pub line: usize,
    /// Whether it is a secret.
    pub secret: bool,
    /// What the ecosystem comes with, where a preset knows it.
    pub usual: Option<String>,
    /// Whether it says something else than at the last review.
    pub changed: bool,
    /// What it said then, where it changed.
    pub before: Option<String>,
    /// Whether no review has seen this key.
    pub unknown: bool,
}

/// A file that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BrokenSettings {
    /// Its name from the root.
    pub name: String,
    /// What is wrong, with the line.
    pub why: String,
    /// What helps.
    pub hint: Option<String>,
}

/// The settings of one ecosystem, reviewed.
pub struct SettingsReview {
    tuning: Tuning,
    announcements: Announcements,
    journal: Journal,
    clock: Arc<dyn Clock>,
}

impl SettingsReview {
    /// The review of what `profile` describes.
    pub fn new(profile: &Profile, state_dir: &Path, clock: Arc<dyn Clock>) -> Self {
        Self {
            tuning: Tuning::new(profile, state_dir),
            announcements: Announcements::new(Ground::of(profile), state_dir),
            journal: Journal::new(state_dir, &profile.root),
            clock,
        }
    }

    /// All settings, beside what they were at the last review. May ask git; blocks for that.
    ///
    /// # Errors
    /// When the folder of the settings, or what was kept, cannot be read.
    pub fn shown(&self) -> Result<SettingsReviewShown> {
        let seen = self.tuning.settings_hash()?;
        let (files, broken) = self.tuning.settings()?;
        let before = self.tuning.reviewed()?;
        let names: Vec<&str> = files
            .iter()
            .map(|file| file.name.as_str())
            .chain(broken.iter().map(|file| file.name.as_str()))
            .collect();
        let gone = before.iter().flat_map(|before| before.files.keys());
        let gone = gone.filter(|name| !names.contains(&name.as_str())).map(|name| shown(name)).collect();
        let files: Vec<ReviewedFile> = files.iter().map(|file| file_shown(file, before.as_ref())).collect();
        let settings = || files.iter().flat_map(|file| &file.settings);
        let removed: usize = files.iter().map(|file| file.removed.len()).sum();
        // What cannot be told is no drift; the light says why.
        let drift = self
            .announcements
            .look(&mut Known::default(), false, self.clock.now())
            .ok()
            .flatten()
            .unwrap_or_default();
        Ok(SettingsReviewShown {
            reviewed_at: before.as_ref().map(|before| before.at),
            note: before.as_ref().and_then(|before| before.note.clone()),
            seen,
            changed: settings().filter(|one| one.changed).count() + removed,
            unknown: settings().filter(|one| one.unknown).count(),
            files,
            broken: broken
                .into_iter()
                .map(|file| BrokenSettings {
                    name: shown(&file.name),
                    why: shown(&masked(&file.why)),
                    hint: file.hint,
                })
                .collect(),
            gone,
            drift: drift.files.into_iter().map(|file| Drifted { path: shown(&file.path), ..file }).collect(),
            commit: drift.commit,
        })
    }

    /// Marks what was seen as reviewed: it is what the next review is held against, and what drift is told from.
    ///
    /// # Errors
    /// `Busy` when the settings are not any more what `seen` tells; when it cannot be written down.
    pub fn done(&self, seen: &str, note: Option<&str>) -> Result<()> {
        let now = self.clock.now();
        let review = self.shown()?;
        let note = note.map(|note| clean(note.trim(), LONGEST_NOTE)).filter(|note| !note.is_empty());
        self.tuning.review(seen, note.as_deref(), now)?;
        let mut text = format!(
            "The settings were reviewed: {} files, {} values changed, {} new keys",
            review.files.len(),
            review.changed,
            review.unknown
        );
        if !review.drift.is_empty() {
            text.push_str(&format!(", {} files of code and settings changed", review.drift.len()));
        }
        text.push('.');
        if let Some(note) = note {
            text.push_str(&format!(" {note}"));
        }
        self.journal.note_done(now, Entered::Review, text, None);
        Ok(())
    }
}

fn file_shown(file: &SettingsRead, before: Option<&Reviewed>) -> ReviewedFile {
    let then = before.and_then(|before| before.files.get(&file.name));
    let keys = before.and_then(|before| before.keys.get(&file.name));
    let of = |key: &str| then.and_then(|then| then.values.iter().find(|one| one.key == key));
    let settings = file.values.iter().map(|one| {
        let old = of(&one.key).filter(|old| old.value != one.value);
        ReviewedSetting {
            key: shown(&one.key),
            value: value(one),
            line: one.line,
            secret: one.secret,
            usual: one.usual.clone(),
            changed: old.is_some(),
            before: old.map(value),
            // Before the first review every key would be unknown, which says nothing.
            unknown: before.is_some() && !keys.is_some_and(|keys| keys.contains(&one.key)),
        }
    });
    let removed = then.iter().flat_map(|then| &then.values);
    let removed = removed.filter(|old| !file.values.iter().any(|one| one.key == old.key));
    ReviewedFile {
        name: shown(&file.name),
        new: before.is_some() && keys.is_none(),
        settings: settings.collect(),
        removed: removed.map(|old| (shown(&old.key), value(old))).collect(),
    }
}

/// A value as it may be shown.
fn value(of: &SettingRead) -> String {
    if of.secret { shown(&mask::veiled(&of.value)) } else { shown(&of.value) }
}

fn masked(text: &str) -> String {
    mask::Masker::new(None).text(text)
}

fn shown(text: &str) -> String {
    clean(text, LONGEST)
}
