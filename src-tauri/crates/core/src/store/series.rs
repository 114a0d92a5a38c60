//! Figures over time, read: the coarsest rows that serve the step, finer ones for the newest time, coarser ones for the
//! time of which nothing finer is left.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::history::{HOUR, SUMMARY};
use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::{Level, SignalId};

/// The values of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// When the step begins.
    pub at: Instant,
    /// The least value; `None` where the signal was looked at and had no number.
    pub min: Option<f64>,
    /// The mean of all samples.
    pub mean: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// The worst level.
    pub level: Level,
}

/// What one table holds: a row for each of these many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Every tick.
    Raw,
    /// Five minutes.
    Summary,
    /// An hour.
    Hour,
}

/// One row of a tier.
pub(super) struct Row {
    /// Seconds since 1970.
    pub at: i64,
    sum: Option<Sum>,
    pub level: Level,
}

#[derive(Clone, Copy)]
struct Sum {
    least: f64,
    total: f64,
    most: f64,
    count: f64,
}

impl Store {
    /// The values of a signal from `since` to `until` in equal steps, aligned to the clock; steps in which nobody looked
    /// are missing.
    ///
    /// Time of which only five minutes or hours are left gives one point for each of those, however small the step.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn series(
        &self,
        of: EcosystemId,
        signal: SignalId,
        since: Instant,
        until: Instant,
        step: Duration,
    ) -> Result<Vec<Point>> {
        let step = i64::try_from(step.as_secs()).unwrap_or(i64::MAX).max(1);
        let finest = match step {
            step if step % HOUR == 0 => Tier::Hour,
            step if step % SUMMARY == 0 => Tier::Summary,
            _ => Tier::Raw,
        };
        let mut steps: BTreeMap<i64, (Option<Sum>, Level)> = BTreeMap::new();
        self.read(of, signal.as_str(), (since.timestamp(), until.timestamp()), finest, |row, _| {
            let (sum, level) = steps.entry(row.at.div_euclid(step) * step).or_insert((None, row.level));
            *level = row.level.max(*level);
            *sum = match (*sum, row.sum) {
                (Some(known), Some(more)) => Some(known.and(more)),
                (known, more) => known.or(more),
            };
        })?;
        let point = |(at, (sum, level)): (i64, (Option<Sum>, Level))| {
            let at = DateTime::from_timestamp(at, 0)?;
            let (min, max) = (sum.map(|sum| sum.least), sum.map(|sum| sum.most));
            Some(Point { at, min, mean: sum.map(|sum| sum.total / sum.count), max, level })
        };
        Ok(steps.into_iter().filter_map(point).collect())
    }

    /// Gives the rows of a signal, or of the light, from one second to another, both included, in the order of time;
    /// none finer than `finest` where that one reaches.
    pub(super) fn read(
        &self,
        of: EcosystemId,
        signal: &str,
        (since, until): (i64, i64),
        finest: Tier,
        mut row: impl FnMut(Row, Tier),
    ) -> Result<()> {
        let until = until.saturating_add(1);
        let failed = |error| self.sql("read", error);
        let raw_from = first(&self.db, "sample", of, signal).map_err(failed)?;
        let summed_up = summed_up_to(&self.db, of).map_err(failed)?;
        // Where each tier takes over from the coarser one: whole steps, so that none counts twice.
        let (hours_end, summaries_end) = match finest {
            Tier::Hour => (summed_up.div_euclid(HOUR) * HOUR, summed_up),
            Tier::Summary | Tier::Raw => {
                let summary_from = first(&self.db, "summary", of, signal).map_err(failed)?;
                // Only whole hours are ever cleared, of either.
                let summary_from = summary_from.map(|at| at.div_euclid(HOUR) * HOUR);
                let raw_from = raw_from.map_or(summed_up, |at| at.div_euclid(SUMMARY) * SUMMARY);
                let summaries_end = if finest == Tier::Raw { raw_from.min(summed_up) } else { summed_up };
                (summary_from.unwrap_or(summaries_end).min(summaries_end), summaries_end)
            }
        };
        let spans = [
            (Tier::Hour, since, until.min(hours_end)),
            (Tier::Summary, since.max(hours_end), until.min(summaries_end)),
            (Tier::Raw, since.max(summaries_end), until),
        ];
        for (tier, from, to) in spans {
            // A step that began before is in, as far as it reaches.
            let from = from.div_euclid(tier.seconds()) * tier.seconds();
            if from < to {
                rows(&self.db, of, signal, tier, (from, to), |found| row(found, tier)).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// The newest row of a signal, or of the light, at `at` or in the `patience` seconds before.
    pub(super) fn nearest(
        &self,
        of: EcosystemId,
        signal: &str,
        at: i64,
        patience: i64,
    ) -> Result<Option<(i64, Option<f64>, Level)>> {
        let found = self
            .db
            .prepare_cached(
                "SELECT at, value, level FROM (
                     SELECT * FROM (SELECT at, value, level FROM sample WHERE ecosystem = ?1 AND signal = ?2
                                       AND at <= ?3 AND at >= ?3 - ?4 ORDER BY at DESC LIMIT 1)
                      UNION ALL
                     SELECT at, value, level FROM fresh WHERE ecosystem = ?1 AND signal = ?2
                        AND at <= ?3 AND at >= ?3 - ?4
                      UNION ALL
                     SELECT at, mean, level FROM summary WHERE ecosystem = ?1 AND signal = ?2 AND at = ?3 - ?3 % 300
                        AND NOT EXISTS (SELECT 1 FROM sample WHERE ecosystem = ?1 AND signal = ?2 AND at <= ?3)
                      UNION ALL
                     SELECT at, mean, level FROM hour WHERE ecosystem = ?1 AND signal = ?2 AND at = ?3 - ?3 % 3600
                        AND NOT EXISTS (SELECT 1 FROM summary WHERE ecosystem = ?1 AND signal = ?2 AND at <= ?3)
                 ) ORDER BY at DESC LIMIT 1",
            )
            .and_then(|mut select| {
                select
                    .query_row(params![of.0, signal, at, patience], |row| {
                        Ok((row.get(0)?, row.get(1)?, Level::of_rank(row.get(2)?)))
                    })
                    .optional()
            });
        found.map_err(|e| self.sql("read", e))
    }
}

impl Tier {
    /// The length of its steps.
    pub fn seconds(self) -> i64 {
        match self {
            Tier::Raw => 1,
            Tier::Summary => SUMMARY,
            Tier::Hour => HOUR,
        }
    }
}

impl Sum {
    fn and(self, other: Sum) -> Self {
        Self {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            total: self.total + other.total,
            count: self.count + other.count,
        }
    }
}

/// The second up to which ticks were summed up.
pub(super) fn summed_up_to(db: &Connection, of: EcosystemId) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "SELECT coalesce(max(body + 0), 0) FROM note WHERE ecosystem = ?1 AND key = 'summed up to'",
    )?
    .query_row([of.0], |row| row.get(0))
}

fn first(db: &Connection, table: &str, of: EcosystemId, signal: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(&format!("SELECT min(at) FROM {table} WHERE ecosystem = ?1 AND signal = ?2"))?
        .query_row(params![of.0, signal], |row| row.get(0))
}

fn rows(
    db: &Connection,
    of: EcosystemId,
    signal: &str,
    tier: Tier,
    (from, to): (i64, i64),
    mut row: impl FnMut(Row),
) -> rusqlite::Result<()> {
    let statement = match tier {
        Tier::Raw => {
            "SELECT at, value, value, value, value IS NOT NULL, level FROM sample
              WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4
              UNION ALL
             SELECT at, value, value, value, value IS NOT NULL, level FROM fresh
              WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 ORDER BY at"
        }
        Tier::Summary => {
            "SELECT at, least, mean, most, count, level FROM summary
              WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 ORDER BY at"
        }
        Tier::Hour => {
            "SELECT at, least, mean, most, count, level FROM hour
              WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 ORDER BY at"
        }
    };
    let mut statement = db.prepare_cached(statement)?;
    let mut found = statement.query(params![of.0, signal, from, to])?;
    while let Some(read) = found.next()? {
        let sum = match (read.get(1)?, read.get::<_, Option<f64>>(2)?, read.get(3)?) {
            (Some(least), Some(mean), Some(most)) => {
                let count: f64 = read.get(4)?;
                Some(Sum { least, total: mean * count, most, count })
            }
            _ => None,
        };
        row(Row { at: read.get(0)?, sum, level: Level::of_rank(read.get(5)?) });
    }
    Ok(())
}
