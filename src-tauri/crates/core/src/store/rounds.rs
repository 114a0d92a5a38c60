//! Rounds of care: what was ticked and written, and what became of them.

use chrono::NaiveDateTime;
use rusqlite::{Row, ToSql, params};

use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::routines::calendar::Fate;
use crate::routines::round::{Marks, Recorded};

/// How a slot is written, so that its order is that of time.
const SLOT: &str = "%Y-%m-%dT%H:%M:%S";
const DONE: &str = "done";
const SKIPPED: &str = "skipped";

impl Store {
    /// The round of `checklist` that is called by `slot`; a blank one where nothing is on record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn round(&self, of: EcosystemId, checklist: &str, slot: NaiveDateTime) -> Result<Recorded> {
        let slot_text = slot.format(SLOT).to_string();
        let found = self.rounds_where(
            "checklist = :checklist AND slot = :slot",
            &[(":of", &of.0), (":checklist", &checklist), (":slot", &slot_text)],
        )?;
        Ok(found.into_iter().next().unwrap_or_else(|| Recorded::blank(checklist, slot)))
    }

    /// The rounds on record that are called by `since` or a later time, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rounds_since(&self, of: EcosystemId, since: NaiveDateTime) -> Result<Vec<Recorded>> {
        let since = since.format(SLOT).to_string();
        self.rounds_where("slot >= :since", &[(":of", &of.0), (":since", &since)])
    }

    /// What became of the rounds that are called by `since` or a later time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fates_since(&self, of: EcosystemId, since: NaiveDateTime) -> Result<Vec<(String, NaiveDateTime)>> {
        let rows = self
            .db
            .prepare_cached(
                "SELECT checklist, slot FROM round WHERE ecosystem = ?1 AND slot >= ?2 AND fate IS NOT NULL",
            )
            .and_then(|mut select| {
                select
                    .query_map(params![of.0, since.format(SLOT).to_string()], |row| {
                        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
                    })?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|e| self.sql("read", e))?;
        let known = |(checklist, slot): (String, String)| {
            Some((checklist, NaiveDateTime::parse_from_str(&slot, SLOT).ok()?))
        };
        Ok(rows.into_iter().filter_map(known).collect())
    }

    /// A number that changes whenever another process, or another connection of this one, writes anything.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn version_of_others(&self) -> Result<i64> {
        self.db
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut select| select.query_row([], |row| row.get(0)))
            .map_err(|e| self.sql("read", e))
    }

    fn rounds_where(&self, condition: &str, values: &[(&str, &dyn ToSql)]) -> Result<Vec<Recorded>> {
        let rows = self
            .db
            .prepare_cached(&format!(
                "SELECT checklist, slot, fate, at, body FROM round WHERE ecosystem = :of AND {condition}
                  ORDER BY slot, checklist"
            ))
            .and_then(|mut select| select.query_map(values, columns)?.collect::<rusqlite::Result<Vec<_>>>())
            .map_err(|e| self.sql("read", e))?;
        rows.into_iter().map(|row| self.recorded(row)).collect()
    }

    fn recorded(&self, (checklist, slot, fate, at, body): Columns) -> Result<Recorded> {
        let damaged = |what: String| Error::new(ErrorKind::Damaged, what).at(&self.path);
        let name = format!("the round {checklist} of {slot}");
        let slot = NaiveDateTime::parse_from_str(&slot, SLOT)
            .map_err(|_| damaged(format!("{name} on record has no time")))?;
        let marks: Marks = serde_json::from_str(&body)
            .map_err(|e| damaged(format!("{name} on record cannot be read")).because(e))?;
        let fate = match fate.as_deref() {
            Some(DONE) => at.and_then(|at| Instant::from_timestamp(at, 0)).map(Fate::Done),
            Some(_) => Some(Fate::Skipped(marks.reason.clone().unwrap_or_default())),
            None => None,
        };
        Ok(Recorded { checklist, slot, fate, marks })
    }

    /// Reads a round, changes it and writes it, in one step: two who tick at once lose nothing.
    ///
    /// # Errors
    /// What `change` says, or when the store cannot be written; nothing has changed then.
    pub fn change_round<T>(
        &mut self,
        of: EcosystemId,
        checklist: &str,
        slot: NaiveDateTime,
        change: impl FnOnce(&mut Recorded) -> Result<T>,
    ) -> Result<T> {
        self.in_one_step(|store| {
            let mut round = store.round(of, checklist, slot)?;
            let done = change(&mut round)?;
            store.write_round(of, &round)?;
            Ok(done)
        })
    }

    fn write_round(&self, of: EcosystemId, round: &Recorded) -> Result<()> {
        let (fate, at) = match &round.fate {
            Some(Fate::Done(at)) => (Some(DONE), Some(at.timestamp())),
            Some(Fate::Skipped(_)) => (Some(SKIPPED), None),
            None => (None, None),
        };
        let body = serde_json::to_string(&round.marks)
            .map_err(|e| Error::new(ErrorKind::System, "a round cannot be put into words").because(e))?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO round (ecosystem, checklist, slot, fate, at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    of.0,
                    round.checklist,
                    round.slot.format(SLOT).to_string(),
                    fate,
                    at,
                    body
                ])
            })
            .map_err(|e| self.sql("write", e))?;
        Ok(())
    }

    /// When rounds began for this ecosystem: the first look ever, or `now`, which is then written down.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn rounds_begin(&mut self, of: EcosystemId, now: Instant) -> Result<Instant> {
        // From the future is what a rehearsal, or another clock, left behind.
        if let Some(known) = self.rounds_began(of)?.filter(|known| *known <= now) {
            return Ok(known);
        }
        self.set_notes(of, &[(BEGAN, &now.timestamp().to_string())])?;
        Ok(now)
    }

    /// The same, where it was written down.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rounds_began(&self, of: EcosystemId) -> Result<Option<Instant>> {
        let known = self.note(of, BEGAN)?.and_then(|text| text.parse().ok());
        Ok(known.and_then(|at| Instant::from_timestamp(at, 0)))
    }

    /// The hours of `from..until` in which somebody looked, as seconds since 1970 of their beginnings.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hours_awake(&self, of: EcosystemId, from: Instant, until: Instant) -> Result<Vec<i64>> {
        self.db
            .prepare_cached(
                "SELECT DISTINCT at - at % 3600 FROM (
                    SELECT at FROM hour WHERE ecosystem = ?1 AND signal = 'light' AND at >= ?2 - 3600 AND at < ?3
                    UNION ALL
                    SELECT at FROM summary WHERE ecosystem = ?1 AND signal = 'light' AND at >= ?2 - 3600 AND at < ?3
                    UNION ALL
                    SELECT at FROM fresh WHERE ecosystem = ?1 AND at >= ?2 - 3600 AND at < ?3 AND signal = 'light')
                  ORDER BY 1",
            )
            .and_then(|mut select| {
                select
                    .query_map(params![of.0, from.timestamp(), until.timestamp()], |row| row.get(0))?
                    .collect::<rusqlite::Result<Vec<i64>>>()
            })
            .map_err(|e| self.sql("read", e))
    }
}

/// The name of the note that says since when there are rounds.
const BEGAN: &str = "rounds since";

type Columns = (String, String, Option<String>, Option<i64>, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}
