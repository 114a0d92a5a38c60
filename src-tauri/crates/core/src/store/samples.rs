//! Every look that is still on record, in the order of time: for running it through other rules.

use chrono::DateTime;
use rusqlite::params;

use super::{EcosystemId, Store};
use crate::alerts::Sample;
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::{Level, SignalId, Unit};

impl Store {
    /// Gives every value from `from` on to `each`, oldest first; of a signal without a number its level's number.
    ///
    /// # Errors
    /// When the store cannot be read, or what `each` says.
    pub fn samples(
        &self,
        of: EcosystemId,
        from: Instant,
        mut each: impl FnMut(Sample) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT at, signal, value, level FROM sample WHERE ecosystem = ?1 AND at >= ?2
                 UNION ALL SELECT at, signal, value, level FROM fresh WHERE ecosystem = ?1 AND at >= ?2
                 ORDER BY at",
            )
            .map_err(|e| self.sql("read", e))?;
        let mut rows = statement.query(params![of.0, from.timestamp()]).map_err(|e| self.sql("read", e))?;
        while let Some(row) = rows.next().map_err(|e| self.sql("read", e))? {
            let read = || -> rusqlite::Result<(i64, String, Option<f64>, i64)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            };
            let (at, signal, value, rank) = read().map_err(|e| self.sql("read", e))?;
            // The light itself is on record too, and is no signal.
            let (Some(at), Ok(signal)) = (DateTime::from_timestamp(at, 0), signal.parse::<SignalId>()) else {
                continue;
            };
            let value = if signal.unit() == Unit::None {
                u8::try_from(rank).ok().map(f64::from)
            } else {
                value.filter(|_| Level::of_rank(rank) != Level::Unknown)
            };
            each(Sample { at, signal, value })?;
        }
        Ok(())
    }
}
