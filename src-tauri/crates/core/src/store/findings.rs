//! What examinations found wrong, until a later one finds it right.

use rusqlite::{Connection, params};

use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::upkeep::{Check, ExaminationKind, Finding, Settled, settle};

/// Findings that are read at once, at most.
const MOST: u32 = 1_000;

impl Store {
    /// Holds the checks of an examination against what is open, and writes down what that changes.
    ///
    /// # Errors
    /// When the store cannot be read or written; nothing has changed then.
    pub fn settle_findings(
        &mut self,
        of: EcosystemId,
        kind: ExaminationKind,
        checks: &[Check],
        now: Instant,
    ) -> Result<Settled> {
        let path = self.path.clone();
        let failed = |error| super::sql("write", &path, error);
        // Two who examine at once must not open the same one twice.
        let change =
            self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
        let settled = settle(open(&change, of, &path)?, kind, checks, now);
        for finding in &settled.findings {
            write(&change, of, finding).map_err(failed)?;
        }
        change.commit().map_err(failed)?;
        Ok(settled)
    }

    /// Findings that are open, in the order of opening.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_findings(&self, of: EcosystemId) -> Result<Vec<Finding>> {
        open(&self.db, of, &self.path)
    }

    /// Changes the open finding `id`.
    ///
    /// # Errors
    /// When there is none, or the store cannot be written; nothing has changed then.
    pub fn change_finding(
        &mut self,
        of: EcosystemId,
        id: &str,
        change: impl FnOnce(&mut Finding),
    ) -> Result<Finding> {
        let path = self.path.clone();
        let failed = |error| super::sql("write", &path, error);
        let transaction =
            self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
        let found = open(&transaction, of, &path)?.into_iter().find(|finding| finding.id == id);
        let mut finding = found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no open finding “{id}”"))
                .hint("`caretaker audit findings` shows them.")
        })?;
        change(&mut finding);
        write(&transaction, of, &finding).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(finding)
    }
}

fn open(db: &Connection, of: EcosystemId, path: &std::path::Path) -> Result<Vec<Finding>> {
    let bodies = db
        .prepare_cached(
            "SELECT body FROM finding WHERE ecosystem = ?1 AND closed_at IS NULL ORDER BY opened_at, id LIMIT ?2",
        )
        .and_then(|mut select| {
            select.query_map(params![of.0, MOST], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(|error| super::sql("read", path, error))?;
    let read = |body: &String| {
        serde_json::from_str(body).map_err(|error| {
            Error::new(ErrorKind::Damaged, "a finding on record cannot be read").at(path).because(error)
        })
    };
    bodies.iter().map(read).collect()
}

fn write(db: &Connection, of: EcosystemId, finding: &Finding) -> rusqlite::Result<()> {
    let body = serde_json::to_string(finding)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let closed = finding.closed_at.map(|at| at.timestamp_millis());
    db.prepare_cached(
        "INSERT OR REPLACE INTO finding (ecosystem, id, opened_at, closed_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![of.0, finding.id, finding.opened_at.timestamp_millis(), closed, body])
    .map(drop)
}
