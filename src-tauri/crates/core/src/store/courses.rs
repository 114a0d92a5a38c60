//! Runbooks that were begun: how far they have come, and what became of them.

use rusqlite::params;

use super::{EcosystemId, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::upkeep::Course;

/// Courses that are read at once, at most.
const MOST: u32 = 500;

impl Store {
    /// All courses, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn courses(&self, of: EcosystemId) -> Result<Vec<Course>> {
        let bodies = self
            .db
            .prepare_cached(
                "SELECT body FROM course WHERE ecosystem = ?1 ORDER BY begun_at DESC, id LIMIT ?2",
            )
            .and_then(|mut select| {
                select
                    .query_map(params![of.0, MOST], |row| row.get::<_, String>(0))?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .map_err(|e| self.sql("read", e))?;
        bodies.iter().map(|body| self.course_of(body)).collect()
    }

    /// The course through `runbook` that goes on; `None` where none does.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_course(&self, of: EcosystemId, runbook: &str) -> Result<Option<Course>> {
        use rusqlite::OptionalExtension;
        let body = self
            .db
            .prepare_cached(
                "SELECT body FROM course WHERE ecosystem = ?1 AND runbook = ?2 AND ended_at IS NULL
                  ORDER BY begun_at DESC LIMIT 1",
            )
            .and_then(|mut select| {
                select.query_row(params![of.0, runbook], |row| row.get::<_, String>(0)).optional()
            })
            .map_err(|e| self.sql("read", e))?;
        body.map(|body| self.course_of(&body)).transpose()
    }

    /// Begins a course, unless one through the same runbook goes on: that one is given then.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn begin_course(&mut self, of: EcosystemId, course: Course) -> Result<Course> {
        self.in_one_step(|store| match store.open_course(of, &course.runbook)? {
            Some(open) => Ok(open),
            None => {
                store.write_course(of, &course)?;
                Ok(course)
            }
        })
    }

    /// Reads the course through `runbook` that goes on, changes it and writes it, in one step.
    ///
    /// # Errors
    /// `NotFound` where none goes on; what `change` says, or when the store cannot be written. Nothing has changed then.
    pub fn change_course<T>(
        &mut self,
        of: EcosystemId,
        runbook: &str,
        change: impl FnOnce(&mut Course) -> Result<T>,
    ) -> Result<T> {
        self.in_one_step(|store| {
            let mut course = store.open_course(of, runbook)?.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("the runbook “{runbook}” was not begun"))
                    .hint(format!("Begin with `caretaker runbook start {runbook}`."))
            })?;
            let done = change(&mut course)?;
            store.write_course(of, &course)?;
            Ok(done)
        })
    }

    fn course_of(&self, body: &str) -> Result<Course> {
        serde_json::from_str(body).map_err(|error| {
            let what = "what is on record of a runbook cannot be read";
            Error::new(ErrorKind::Damaged, what).at(&self.path).because(error)
        })
    }

    fn write_course(&self, of: EcosystemId, course: &Course) -> Result<()> {
        let body = serde_json::to_string(course)
            .map_err(|e| Error::new(ErrorKind::System, "a runbook cannot be put into words").because(e))?;
        let ended = course.ended_at.map(|at| at.timestamp_millis());
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO course (ecosystem, id, runbook, begun_at, ended_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut insert| {
                let begun = course.begun_at.timestamp_millis();
                insert.execute(params![of.0, course.id, course.runbook, begun, ended, body])
            })
            .map(|_| ())
            .map_err(|e| self.sql("write", e))
    }
}
