//! Figures over time: raw for two days, by five minutes for thirty.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use rusqlite::params;
use serde::Serialize;

use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::{Level, SignalId};

/// Raw samples older than this are dropped; their summaries stay.
const RAW_KEPT: TimeDelta = TimeDelta::days(2);

/// Summaries older than this are dropped.
const SUMMARIES_KEPT: TimeDelta = TimeDelta::days(30);

/// Length of a summary's step in seconds.
const SUMMARY: i64 = 300;

/// The values of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// When the step begins.
    pub at: Instant,
    /// The least value.
    pub min: f64,
    /// The mean of all samples.
    pub mean: f64,
    /// The largest value.
    pub max: f64,
}

impl Store {
    /// Records one tick: each signal's value, if it has one, and level. A second tick in the same second replaces the first.
    ///
    /// Once in five minutes the finished steps are summed up and what is too old is dropped.
    ///
    /// # Errors
    /// When the store cannot be written; nothing of the tick is recorded then.
    pub fn record(
        &mut self,
        of: EcosystemId,
        at: Instant,
        samples: &[(SignalId, Option<f64>, Level)],
    ) -> Result<()> {
        let path = self.path.clone();
        let failed = |error| super::sql("write", &path, error);
        let change = self.db.transaction().map_err(failed)?;
        {
            let mut insert = change
                .prepare_cached("INSERT OR REPLACE INTO fresh (ecosystem, signal, at, value, level) VALUES (?1, ?2, ?3, ?4, ?5)")
                .map_err(failed)?;
            for (signal, value, level) in samples {
                let value = value.filter(|value| value.is_finite());
                insert
                    .execute(params![of.0, signal.as_str(), at.timestamp(), value, rank(*level)])
                    .map_err(failed)?;
            }
        }
        sum_up(&change, of, at).map_err(failed)?;
        change.commit().map_err(failed)
    }

    /// The values of a signal from `since` to `until` in equal steps, aligned to the clock; steps without a sample are missing.
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
        let mut steps: BTreeMap<i64, Sum> = BTreeMap::new();
        // Raw samples where there are some; summaries for the time before them.
        let mut statement = self
            .db
            .prepare_cached(
                "WITH raw_from (at) AS (
                     SELECT coalesce((SELECT min(at) FROM sample WHERE ecosystem = ?1 AND signal = ?2),
                                     (SELECT min(at) FROM fresh WHERE ecosystem = ?1), ?4)
                 )
                 SELECT at, least, mean, most, count FROM summary
                  WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4
                    AND at < (SELECT at - at % 300 FROM raw_from)
                 UNION ALL
                 SELECT at, value, value, value, 1 FROM sample
                  WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 AND value IS NOT NULL
                    AND at >= (SELECT at - at % 300 FROM raw_from)
                 UNION ALL
                 SELECT at, value, value, value, 1 FROM fresh
                  WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 AND value IS NOT NULL
                    AND at >= (SELECT at - at % 300 FROM raw_from)",
            )
            .map_err(|e| self.sql("read", e))?;
        let rows = statement
            .query_map(
                params![of.0, signal.as_str(), since.timestamp(), until.timestamp().saturating_add(1)],
                |row| {
                    Ok((
                        row.get(0)?,
                        Sum { least: row.get(1)?, total: row.get(2)?, most: row.get(3)?, count: row.get(4)? },
                    ))
                },
            )
            .map_err(|e| self.sql("read", e))?;
        for row in rows {
            let (at, sum): (i64, Sum) = row.map_err(|e| self.sql("read", e))?;
            let sum = Sum { total: sum.total * sum.count, ..sum };
            steps.entry(at.div_euclid(step) * step).and_modify(|known| known.add(&sum)).or_insert(sum);
        }
        Ok(steps
            .into_iter()
            .filter_map(|(at, sum)| {
                let at = DateTime::from_timestamp(at, 0)?;
                Some(Point { at, min: sum.least, mean: sum.total / sum.count, max: sum.most })
            })
            .collect())
    }
}

struct Sum {
    least: f64,
    total: f64,
    most: f64,
    count: f64,
}

impl Sum {
    fn add(&mut self, other: &Sum) {
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.total += other.total;
        self.count += other.count;
    }
}

/// Moves fresh figures to their signals, sums up steps that are over, and drops what is too old, when the newest summary is behind.
fn sum_up(change: &rusqlite::Transaction<'_>, of: EcosystemId, now: Instant) -> rusqlite::Result<()> {
    let step_now = now.timestamp().div_euclid(SUMMARY) * SUMMARY;
    let done: i64 = change
        .prepare_cached(
            "SELECT coalesce(max(body + 0), 0) FROM note WHERE ecosystem = ?1 AND key = 'summed up to'",
        )?
        .query_row([of.0], |row| row.get(0))?;
    if done >= step_now && done <= step_now + SUMMARY {
        return Ok(());
    }
    // A clock that went back leaves `done` in the future: begin again at the present.
    let from = if done > step_now { step_now - SUMMARY } else { done };
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO sample (ecosystem, signal, at, value, level)
             SELECT ecosystem, signal, at, value, level FROM fresh
              WHERE ecosystem = ?1 AND at < ?2 ORDER BY signal, at",
        )?
        .execute(params![of.0, step_now])?;
    change
        .prepare_cached("DELETE FROM fresh WHERE ecosystem = ?1 AND at < ?2")?
        .execute(params![of.0, step_now])?;
    // The tables are ordered by signal, then time: a condition on the time alone would read two days of samples whole.
    let by_signal = |table: &str, then: &str| {
        format!(
            "WITH RECURSIVE known (signal) AS (
                 SELECT min(signal) FROM {table} WHERE ecosystem = ?1
                  UNION ALL
                 SELECT (SELECT min(signal) FROM {table} WHERE ecosystem = ?1 AND signal > known.signal)
                   FROM known WHERE known.signal IS NOT NULL
             ) {then}"
        )
    };
    const EACH: &str = "ecosystem = ?1 AND signal IN (SELECT signal FROM known WHERE signal IS NOT NULL)";
    change
        .prepare_cached(&by_signal("sample", &format!(
            "INSERT OR REPLACE INTO summary (ecosystem, signal, at, least, mean, most, count, level)
             SELECT ecosystem, signal, at - at % 300 AS step, min(value), avg(value), max(value), count(value), max(level)
               FROM sample WHERE {EACH} AND at >= ?2 AND at < ?3 AND value IS NOT NULL
              GROUP BY signal, step",
        )))?
        .execute(params![of.0, from, step_now])?;
    change
        .prepare_cached(&by_signal("sample", &format!("DELETE FROM sample WHERE {EACH} AND at < ?2")))?
        .execute(params![of.0, (now - RAW_KEPT).timestamp().div_euclid(SUMMARY) * SUMMARY])?;
    change
        .prepare_cached(&by_signal("summary", &format!("DELETE FROM summary WHERE {EACH} AND at < ?2")))?
        .execute(params![of.0, (now - SUMMARIES_KEPT).timestamp()])?;
    change
        .prepare_cached("INSERT OR REPLACE INTO note (ecosystem, key, body) VALUES (?1, 'summed up to', ?2)")?
        .execute(params![of.0, step_now.to_string()])?;
    Ok(())
}

fn rank(level: Level) -> i64 {
    match level {
        Level::Green => 0,
        Level::Unknown => 1,
        Level::Yellow => 2,
        Level::Red => 3,
    }
}
