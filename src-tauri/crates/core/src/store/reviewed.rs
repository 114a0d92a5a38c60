//! Which reports somebody read.

use rusqlite::params;

use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::Result;

impl Store {
    /// Notes that somebody read the report of `kind` about the day `date`; the first time counts.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn review(&mut self, of: EcosystemId, kind: &str, date: &str, at: Instant) -> Result<()> {
        self.db
            .execute(
                "INSERT OR IGNORE INTO reviewed (ecosystem, kind, date, at) VALUES (?1, ?2, ?3, ?4)",
                params![of.0, kind, date, at.timestamp()],
            )
            .map_err(|e| self.sql("write", e))?;
        Ok(())
    }

    /// Kind, day and time of the reports that somebody read, about days from `since` on (`2025-12-16`).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reviewed(&self, of: EcosystemId, since: &str) -> Result<Vec<(String, String, Instant)>> {
        let rows = self
            .db
            .prepare_cached(
                "SELECT kind, date, at FROM reviewed WHERE ecosystem = ?1 AND date >= ?2 ORDER BY kind, date",
            )
            .and_then(|mut select| {
                select
                    .query_map(params![of.0, since], |row| {
                        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
                    })?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|e| self.sql("read", e))?;
        let known = |(kind, date, at)| Some((kind, date, Instant::from_timestamp(at, 0)?));
        Ok(rows.into_iter().filter_map(known).collect())
    }
}
