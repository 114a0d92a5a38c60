//! Incidents, written when they open, change and close.

use rusqlite::params;

use super::{EcosystemId, Store};
use crate::alerts::Incident;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};

/// Incidents that `incidents` gives at most, newest first.
const MOST: u32 = 1_000;

impl Store {
    /// Writes an incident; one with the same id is replaced.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn save_incident(&mut self, of: EcosystemId, incident: &Incident) -> Result<()> {
        let body = serde_json::to_string(incident)
            .map_err(|e| Error::new(ErrorKind::System, "an incident cannot be put into words").because(e))?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO incident (ecosystem, id, opened_at, closed_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    of.0,
                    incident.id,
                    incident.opened_at.timestamp(),
                    incident.closed_at.map(|at| at.timestamp()),
                    body
                ])
            })
            .map_err(|e| self.sql("write", e))?;
        Ok(())
    }

    /// The incidents of an ecosystem, newest first, a thousand at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn incidents(&self, of: EcosystemId) -> Result<Vec<Incident>> {
        self.open_within(of, (i64::MIN, i64::MAX))
    }

    /// The incidents that were open at some time from `from` to `until`, newest first, a thousand at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn incidents_between(&self, of: EcosystemId, from: Instant, until: Instant) -> Result<Vec<Incident>> {
        self.open_within(of, (from.timestamp(), until.timestamp()))
    }

    fn open_within(&self, of: EcosystemId, (from, until): (i64, i64)) -> Result<Vec<Incident>> {
        let bodies = self
            .db
            .prepare_cached(
                "SELECT body FROM incident
                  WHERE ecosystem = ?1 AND opened_at <= ?3 AND (closed_at IS NULL OR closed_at >= ?2)
                  ORDER BY opened_at DESC, id LIMIT ?4",
            )
            .and_then(|mut select| {
                select.query_map(params![of.0, from, until, MOST], |row| row.get::<_, String>(0))?.collect()
            })
            .map_err(|e| self.sql("read", e))?;
        let bodies: Vec<String> = bodies;
        bodies
            .iter()
            .map(|body| {
                serde_json::from_str(body).map_err(|e| {
                    Error::new(ErrorKind::Damaged, "an incident on record cannot be read")
                        .at(&self.path)
                        .because(e)
                })
            })
            .collect()
    }
}
