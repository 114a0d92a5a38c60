//! Small memories under a name: levels, sample windows, positions in logs.

use rusqlite::{OptionalExtension, params};

use super::{EcosystemId, Store};
use crate::error::Result;

impl Store {
    /// The note under `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn note(&self, of: EcosystemId, key: &str) -> Result<Option<String>> {
        self.db
            .prepare_cached("SELECT body FROM note WHERE ecosystem = ?1 AND key = ?2")
            .and_then(|mut select| select.query_row(params![of.0, key], |row| row.get(0)).optional())
            .map_err(|e| self.sql("read", e))
    }

    /// Writes notes, all or none.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_notes(&mut self, of: EcosystemId, notes: &[(&str, &str)]) -> Result<()> {
        let path = self.path.clone();
        let failed = |error| super::sql("write", &path, error);
        let change = self.db.transaction().map_err(failed)?;
        for (key, body) in notes {
            change
                .prepare_cached("INSERT OR REPLACE INTO note (ecosystem, key, body) VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| insert.execute(params![of.0, key, body]))
                .map_err(failed)?;
        }
        change.commit().map_err(failed)
    }
}
