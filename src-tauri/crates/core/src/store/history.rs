//! Figures over time, written: each tick as it was seen, then by five minutes, then by the hour.

use chrono::TimeDelta;
use rusqlite::params;

use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::{Level, SignalId};

/// Ticks older than this are dropped; their summaries stay.
const RAW_KEPT: TimeDelta = TimeDelta::days(2);

/// Summaries by five minutes older than this are dropped; those by the hour stay.
const SUMMARIES_KEPT: TimeDelta = TimeDelta::days(30);

/// Summaries by the hour older than this are dropped.
const HOURS_KEPT: TimeDelta = TimeDelta::days(731);

/// Length of a summary's step in seconds.
pub(super) const SUMMARY: i64 = 300;

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3_600;

/// The stretch of recorded time that one clearing drops at most, in seconds.
///
/// Three hours at each new hour keep up with what comes in, and a clock that jumps to the year 2038 for a while costs
/// three hours at the far end rather than the whole history.
const CLEARED_AT_ONCE: i64 = 3 * HOUR;

/// The name under which the light itself is recorded, beside the signals.
pub(super) const LIGHT: &str = "light";

impl Store {
    /// Records one tick: the light, and each signal's value, if it has one, and level. A second tick in the same
    /// second replaces the first.
    ///
    /// Once in five minutes the finished steps are summed up, and once an hour what is too old is dropped.
    ///
    /// # Errors
    /// When the store cannot be written; nothing of the tick is recorded then.
    pub fn record(
        &mut self,
        of: EcosystemId,
        at: Instant,
        light: Level,
        samples: &[(SignalId, Option<f64>, Level)],
    ) -> Result<()> {
        let path = self.path.clone();
        let failed = |error| super::sql("write", &path, error);
        let change = self.db.transaction().map_err(failed)?;
        {
            let mut insert = change
                .prepare_cached("INSERT OR REPLACE INTO fresh (ecosystem, signal, at, value, level) VALUES (?1, ?2, ?3, ?4, ?5)")
                .map_err(failed)?;
            let seconds = at.timestamp();
            insert.execute(params![of.0, LIGHT, seconds, None::<f64>, rank(light)]).map_err(failed)?;
            for (signal, value, level) in samples {
                let value = value.filter(|value| value.is_finite());
                insert
                    .execute(params![of.0, signal.as_str(), seconds, value, rank(*level)])
                    .map_err(failed)?;
            }
        }
        sum_up(&change, of, at).map_err(failed)?;
        change.commit().map_err(failed)
    }
}

/// Moves fresh figures to their signals and sums up steps that are over, when the newest summary is behind.
fn sum_up(change: &rusqlite::Transaction<'_>, of: EcosystemId, now: Instant) -> rusqlite::Result<()> {
    let step_now = now.timestamp().div_euclid(SUMMARY) * SUMMARY;
    let done = super::series::summed_up_to(change, of)?;
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
    let signals = signals(change, of)?;
    // The tables are ordered by signal, then time: a condition on the time alone would read two days of samples whole.
    for signal in &signals {
        change
            .prepare_cached(
                "INSERT OR REPLACE INTO summary (ecosystem, signal, at, least, mean, most, count, level)
                 SELECT ecosystem, signal, at - at % 300 AS step, min(value), avg(value), max(value), count(value), max(level)
                   FROM sample WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 GROUP BY step",
            )?
            .execute(params![of.0, signal, from, step_now])?;
    }
    let (hour_from, hour_now) = (from.div_euclid(HOUR) * HOUR, step_now.div_euclid(HOUR) * HOUR);
    if hour_from < hour_now {
        for signal in &signals {
            change
                .prepare_cached(
                    "INSERT OR REPLACE INTO hour (ecosystem, signal, at, least, mean, most, count, level)
                     SELECT ecosystem, signal, at - at % 3600 AS step, min(least),
                            sum(mean * count) / nullif(sum(count), 0), max(most), sum(count), max(level)
                       FROM summary WHERE ecosystem = ?1 AND signal = ?2 AND at >= ?3 AND at < ?4 GROUP BY step",
                )?
                .execute(params![of.0, signal, hour_from, hour_now])?;
            for (table, kept) in [("sample", RAW_KEPT), ("summary", SUMMARIES_KEPT), ("hour", HOURS_KEPT)] {
                clear(change, of, table, signal, now - kept)?;
            }
        }
    }
    change
        .prepare_cached("INSERT OR REPLACE INTO note (ecosystem, key, body) VALUES (?1, 'summed up to', ?2)")?
        .execute(params![of.0, step_now.to_string()])?;
    Ok(())
}

/// Drops the oldest rows of a signal that lie before `before`, in whole hours, never more than [`CLEARED_AT_ONCE`].
fn clear(
    change: &rusqlite::Transaction<'_>,
    of: EcosystemId,
    table: &str,
    signal: &str,
    before: Instant,
) -> rusqlite::Result<()> {
    change
        .prepare_cached(&format!(
            "DELETE FROM {table} WHERE ecosystem = ?1 AND signal = ?2 AND at < ?3
                AND at < (SELECT (min(at) + ?4) / {HOUR} * {HOUR} FROM {table} WHERE ecosystem = ?1 AND signal = ?2)"
        ))?
        .execute(params![of.0, signal, before.timestamp().div_euclid(HOUR) * HOUR, CLEARED_AT_ONCE])?;
    Ok(())
}

/// The signals of which something is recorded, found by leaps from one to the next.
fn signals(change: &rusqlite::Transaction<'_>, of: EcosystemId) -> rusqlite::Result<Vec<String>> {
    change
        .prepare_cached(
            "WITH RECURSIVE known (signal) AS (
                 SELECT min(signal) FROM sample WHERE ecosystem = ?1
                  UNION ALL
                 SELECT (SELECT min(signal) FROM sample WHERE ecosystem = ?1 AND signal > known.signal)
                   FROM known WHERE known.signal IS NOT NULL
             ) SELECT signal FROM known WHERE signal IS NOT NULL",
        )?
        .query_map([of.0], |row| row.get(0))?
        .collect()
}

fn rank(level: Level) -> i64 {
    match level {
        Level::Green => 0,
        Level::Unknown => 1,
        Level::Yellow => 2,
        Level::Red => 3,
    }
}

/// The level that is recorded as `rank`; a number that is none reads as unknown.
pub(super) fn level(rank: i64) -> Level {
    match rank {
        0 => Level::Green,
        2 => Level::Yellow,
        3 => Level::Red,
        _ => Level::Unknown,
    }
}
