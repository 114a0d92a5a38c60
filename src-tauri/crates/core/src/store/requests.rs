//! What other processes ask of the one that owns the loop.

use rusqlite::params;

use super::{EcosystemId, Store};
use crate::error::Result;

/// Requests that are taken at one tick at most.
const MOST: u32 = 100;

impl Store {
    /// Leaves a request for the owner of the loop.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn request(&mut self, of: EcosystemId, body: &str) -> Result<()> {
        self.db
            .execute("INSERT INTO request (ecosystem, body) VALUES (?1, ?2)", params![of.0, body])
            .map_err(|e| self.sql("write", e))?;
        Ok(())
    }

    /// Takes the requests that wait, oldest first; each is given once.
    ///
    /// # Errors
    /// When the store cannot be read or written; the requests wait on.
    pub fn take_requests(&mut self, of: EcosystemId) -> Result<Vec<String>> {
        let waiting = self
            .db
            .prepare_cached("SELECT id, body FROM request WHERE ecosystem = ?1 ORDER BY id LIMIT ?2")
            .and_then(|mut select| {
                select
                    .query_map(params![of.0, MOST], |row| {
                        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                    })?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|e| self.sql("read", e))?;
        if let Some((last, _)) = waiting.last() {
            self.db
                .execute("DELETE FROM request WHERE ecosystem = ?1 AND id <= ?2", params![of.0, last])
                .map_err(|e| self.sql("write", e))?;
        }
        Ok(waiting.into_iter().map(|(_, body)| body).collect())
    }
}
