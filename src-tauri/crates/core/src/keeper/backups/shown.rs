//! The backups as a window shows them, wherever they lie.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Backups;
use crate::backup::retain::Retention;
use crate::backup::{ArchiveId, AwayList, Catalogue, KeptTree, Record, RecordState, Stranger};
use crate::clock::Instant;
use crate::error::Result;

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
    /// The place that is not on this machine; `None` where the profile names none.
    pub away: Option<AwayShown>,
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

/// The place that is not on this machine, as far as it is known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AwayShown {
    /// Its name.
    pub place: String,
    /// How many lie there.
    pub copies: usize,
    /// Bytes that they have here.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// How many wait to be sent.
    pub waiting: usize,
    /// Their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub waiting_bytes: u64,
    /// What kept the last try from its end.
    pub problem: Option<String>,
}

/// Where a backup lies, proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum BackupPlace {
    /// In the first place.
    First,
    /// In the second.
    Second,
    /// Not on this machine.
    Away,
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
    pub(super) fn of(plan: Retention, catalogue: &Catalogue) -> Self {
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
    /// Where it lies.
    pub lies: Vec<BackupPlace>,
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

impl Backups {
    /// All of them.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn shown(&self) -> Result<BackupsShown> {
        self.desk.end_interrupted()?;
        let now = self.clock.now();
        let catalogue = self.desk.catalogue()?;
        let here = self.desk.retention(&catalogue, now);
        let second = self.desk.second_catalogue()?;
        let in_second = second.as_ref().map(|there| self.desk.second_retention(there, now));
        let away = self.desk.away_list(self.away.as_ref())?;
        let records = catalogue.records();
        let copies = || second.iter().flat_map(|there| there.records());
        let sent = || away.iter().flat_map(AwayList::records);
        // Each once: as the first place that has it knows it; what none has, as it was known.
        let is_there = |record: &&Record| record.state != RecordState::Missing;
        let mut known: BTreeMap<ArchiveId, &Record> = BTreeMap::new();
        let at_hand = records.iter().filter(is_there).chain(copies().filter(is_there)).chain(sent());
        for record in at_hand.chain(records) {
            known.entry(record.id).or_insert(record);
        }
        let is_first: BTreeSet<ArchiveId> = records.iter().filter(is_there).map(|one| one.id).collect();
        let is_second: BTreeSet<ArchiveId> =
            copies().filter(|one| one.is_proven()).map(|one| one.id).collect();
        let is_away: BTreeSet<ArchiveId> = sent().filter(|one| one.is_proven()).map(|one| one.id).collect();
        let shown = |record: &Record| {
            let places = [
                (BackupPlace::First, &is_first),
                (BackupPlace::Second, &is_second),
                (BackupPlace::Away, &is_away),
            ];
            let why_second = || in_second.as_ref().and_then(|plan| plan.why(record.id));
            let why = here.why(record.id);
            BackupShown {
                // Of what lies here the first place decides: another one's reason keeps nothing in it.
                kept: if is_first.contains(&record.id) { why } else { why.or_else(why_second) },
                lies: places
                    .iter()
                    .filter(|(_, ids)| ids.contains(&record.id))
                    .map(|(place, _)| *place)
                    .collect(),
                record: record.clone(),
            }
        };
        let mut backups: Vec<BackupShown> = known.into_values().map(shown).collect();
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
                copies: copies().count(),
                bytes: copies().map(|one| one.bytes_out).sum(),
            }),
            away: self.away_shown(&catalogue, away.as_ref(), now),
            foreign: self.desk.strangers(),
        })
    }

    fn away_shown(&self, catalogue: &Catalogue, list: Option<&AwayList>, now: Instant) -> Option<AwayShown> {
        let (settings, list) = (self.away.as_ref()?, list?);
        let waiting = self.desk.waits_to_be_sent(settings, catalogue, list, now);
        Some(AwayShown {
            place: settings.place(),
            copies: list.records().len(),
            bytes: list.records().iter().map(|one| one.bytes_out).sum(),
            waiting: waiting.len(),
            waiting_bytes: waiting.iter().map(|one| one.bytes_out).sum(),
            problem: list.problem.as_ref().map(|(_, problem)| problem.clone()),
        })
    }
}
