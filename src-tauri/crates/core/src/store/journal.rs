//! What was done and seen, for good: entries are added and never changed, and each holds the hash of all before it, so that
//! one that was changed or taken out shows.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};

/// The longest text of an entry, in characters; what is longer is cut.
const LONGEST: usize = 10_000;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Entered {
    /// A person wrote it.
    Note,
    /// An incident began.
    Incident,
    /// An incident ended.
    Recovery,
    /// A backup was made.
    Backup,
    /// A backup was restored into a scratch folder and looked at.
    Drill,
    /// A backup was brought back into place.
    Restore,
    /// A restore, a clean-up or a change of settings was taken back.
    Undo,
    /// Backups, or what a restore replaced, were removed.
    Removal,
    /// A round of care was done.
    Round,
    /// A round of care was left out.
    Skip,
    /// The process was started, or started anew.
    Start,
    /// The process was stopped.
    Stop,
    /// Something of a runbook was done.
    Runbook,
    /// Errors were dealt with, or counted again.
    Errors,
    /// Old logs and reports were put aside.
    Cleanup,
    /// Settings of the ecosystem were changed.
    Tuning,
    /// A program of the profile was run.
    Program,
    /// An examination found something wrong, or somebody accepted it.
    Finding,
    /// An examination found it right again.
    Mended,
    /// Settings and code were reviewed.
    Review,
    /// The version history was written.
    Version,
}

impl Entered {
    const ALL: &'static [Entered] = &[
        Self::Note,
        Self::Incident,
        Self::Recovery,
        Self::Backup,
        Self::Drill,
        Self::Restore,
        Self::Undo,
        Self::Removal,
        Self::Round,
        Self::Skip,
        Self::Start,
        Self::Stop,
        Self::Runbook,
        Self::Errors,
        Self::Cleanup,
        Self::Tuning,
        Self::Program,
        Self::Finding,
        Self::Mended,
        Self::Review,
        Self::Version,
    ];

    /// All kinds that there are.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied()
    }

    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Incident => "incident",
            Self::Recovery => "recovery",
            Self::Backup => "backup",
            Self::Drill => "drill",
            Self::Restore => "restore",
            Self::Undo => "undo",
            Self::Removal => "removal",
            Self::Round => "round",
            Self::Skip => "skip",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Runbook => "runbook",
            Self::Errors => "errors",
            Self::Cleanup => "cleanup",
            Self::Tuning => "tuning",
            Self::Program => "program",
            Self::Finding => "finding",
            Self::Mended => "mended",
            Self::Review => "review",
            Self::Version => "version",
        }
    }
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Entry {
    /// When it was written, to the thousandth of a second.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// What it is about.
    pub kind: Entered,
    /// One sentence, or what a person wrote.
    pub text: String,
    /// What it is about by name: an incident, a backup, a checklist.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
}

impl Entry {
    /// The hash of this entry after all before it; lengths keep one field from passing into the next.
    fn hash(&self, number: i64, before: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(number.to_le_bytes());
        hash.update(self.at.timestamp_millis().to_le_bytes());
        for field in [self.kind.word(), &self.text, self.reference.as_deref().unwrap_or("\u{0}")] {
            hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(field.as_bytes());
        }
        hash.finalize().into()
    }
}

impl Store {
    /// Adds an entry to the end.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn journal(&mut self, of: EcosystemId, entry: &Entry) -> Result<()> {
        let path = self.path.clone();
        let failed = |error| super::sql("write", &path, error);
        // Two who write at once must not build upon the same entry.
        let change =
            self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
        let last: Option<(i64, Vec<u8>)> = change
            .prepare_cached(
                "SELECT number, hash FROM journal WHERE ecosystem = ?1 ORDER BY number DESC LIMIT 1",
            )
            .and_then(|mut select| {
                select.query_row(params![of.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .map_err(failed)?;
        let (number, before) = last.map_or((1, Vec::new()), |(number, hash)| (number + 1, hash));
        let text: String = entry.text.chars().take(LONGEST).collect();
        let at = Instant::from_timestamp_millis(entry.at.timestamp_millis()).unwrap_or(entry.at);
        let entry = Entry { at, text, ..entry.clone() };
        let hash = entry.hash(number, &before);
        change
            .prepare_cached(
                "INSERT INTO journal (ecosystem, number, at, kind, text, ref, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .and_then(|mut insert| {
                let at = entry.at.timestamp_millis();
                insert.execute(params![of.0, number, at, entry.kind.word(), entry.text, entry.reference, hash])
            })
            .map_err(failed)?;
        change.commit().map_err(failed)
    }

    /// The entries from `since` on, newest first, `most` at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn journal_since(&self, of: EcosystemId, since: Instant, most: u32) -> Result<Vec<Entry>> {
        let rows = self.journal_rows(
            "SELECT number, at, kind, text, ref, hash FROM journal WHERE ecosystem = ?1 AND at >= ?2
              ORDER BY number DESC LIMIT ?3",
            params![of.0, since.timestamp_millis(), most],
        )?;
        rows.into_iter().map(|row| row.entry.ok_or_else(|| self.unreadable(row.number))).collect()
    }

    /// Where the chain breaks: the number of the first entry that is not as it was written, or before which one is missing.
    ///
    /// `None` while it is whole. What was taken from its end does not show.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn journal_break(&self, of: EcosystemId) -> Result<Option<i64>> {
        let rows = self.journal_rows(
            "SELECT number, at, kind, text, ref, hash FROM journal WHERE ecosystem = ?1 ORDER BY number",
            params![of.0],
        )?;
        let mut before: Vec<u8> = Vec::new();
        for (row, expected) in rows.into_iter().zip(1..) {
            let whole = row.number == expected
                && row.entry.is_some_and(|entry| entry.hash(expected, &before).as_slice() == row.hash);
            if !whole {
                return Ok(Some(row.number));
            }
            before = row.hash;
        }
        Ok(None)
    }

    fn journal_rows(&self, question: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Row>> {
        self.db
            .prepare_cached(question)
            .and_then(|mut select| {
                select
                    .query_map(values, |row| {
                        let (at, kind): (i64, String) = (row.get(1)?, row.get(2)?);
                        let entry = Instant::from_timestamp_millis(at)
                            .zip(Entered::ALL.iter().copied().find(|deed| deed.word() == kind));
                        let (text, reference) = (row.get(3)?, row.get(4)?);
                        let entry = entry.map(|(at, kind)| Entry { at, kind, text, reference });
                        Ok(Row { number: row.get(0)?, hash: row.get(5)?, entry })
                    })?
                    .collect::<rusqlite::Result<Vec<Row>>>()
            })
            .map_err(|e| self.sql("read", e))
    }

    fn unreadable(&self, number: i64) -> Error {
        Error::new(ErrorKind::Damaged, format!("entry {number} of the journal cannot be read")).at(&self.path)
    }
}

struct Row {
    number: i64,
    hash: Vec<u8>,
    /// `None` where it is of a kind or a time that there is not.
    entry: Option<Entry>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};
    use std::path::Path;

    fn entry(second: u32, kind: Entered, text: &str) -> Entry {
        let at = Utc.with_ymd_and_hms(2026, 12, 6, 20, 0, second).unwrap();
        Entry { at, kind, text: text.into(), reference: Some("it".into()) }
    }

    fn written(dir: &Path) -> (Store, EcosystemId) {
        let mut store = Store::open(dir).unwrap().store;
        let of = store.ecosystem(Path::new("/eco")).unwrap();
        for second in 0..5 {
            store.journal(of, &entry(second, Entered::Note, &format!("number {second}"))).unwrap();
        }
        (store, of)
    }

    #[test]
    fn entries_come_back_newest_first_and_the_chain_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (store, of) = written(dir.path());
        let since = entry(3, Entered::Note, "").at;
        let texts: Vec<String> =
            store.journal_since(of, since, 10).unwrap().into_iter().map(|entry| entry.text).collect();
        assert_eq!(texts, ["number 4", "number 3"]);
        assert_eq!(store.journal_since(of, Instant::UNIX_EPOCH, 2).unwrap().len(), 2);
        assert_eq!(store.journal_break(of).unwrap(), None);
    }

    #[test]
    fn what_was_changed_or_taken_out_shows() {
        for (change, at) in [
            ("UPDATE journal SET text = 'number 9' WHERE number = 2", 2),
            ("UPDATE journal SET ref = NULL WHERE number = 3", 3),
            ("UPDATE journal SET at = at + 1 WHERE number = 5", 5),
            ("UPDATE journal SET kind = 'drill' WHERE number = 1", 1),
            ("UPDATE journal SET kind = 'nonsense' WHERE number = 4", 4),
            ("DELETE FROM journal WHERE number = 3", 4),
            ("DELETE FROM journal WHERE number = 1", 2),
            (
                "UPDATE journal SET text = 'number 3', at = (SELECT at FROM journal WHERE number = 4) WHERE number = 3",
                3,
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let (store, of) = written(dir.path());
            assert!(store.db.execute(change, []).unwrap() > 0, "{change}");
            assert_eq!(store.journal_break(of).unwrap(), Some(at), "{change}");
        }
    }

    #[test]
    fn two_who_write_at_once_build_one_chain() {
        let dir = tempfile::tempdir().unwrap();
        let (_, of) = written(dir.path());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let dir = dir.path();
                scope.spawn(move || {
                    let mut store = Store::open(dir).unwrap().store;
                    for second in 0..20 {
                        store.journal(of, &entry(second, Entered::Note, &format!("{writer}"))).unwrap();
                    }
                });
            }
        });
        let store = Store::open(dir.path()).unwrap().store;
        assert_eq!(store.journal_since(of, Instant::UNIX_EPOCH, 1_000).unwrap().len(), 85);
        assert_eq!(store.journal_break(of).unwrap(), None);
    }
}
