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
            insert.execute(params![of.0, LIGHT, seconds, None::<f64>, light.rank()]).map_err(failed)?;
            for (signal, value, level) in samples {
                let value = value.filter(|value| value.is_finite());
                insert
                    .execute(params![of.0, signal.as_str(), seconds, value, level.rank()])
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::ErrorKind;

    /// A tick with a figure of each signal.
    fn tick(store: &mut Store, of: EcosystemId, at: Instant) -> Result<()> {
        let samples: Vec<_> = SignalId::ALL.iter().map(|id| (*id, Some(1.5), Level::Green)).collect();
        store.record(of, at, Level::Green, &samples)
    }

    fn pages(store: &Store, limit: Option<u32>) -> u32 {
        let ask = |text: &str| store.db.query_row(text, [], |row| row.get(0)).unwrap();
        match limit {
            Some(limit) => ask(&format!("PRAGMA max_page_count = {limit}")),
            None => ask("PRAGMA page_count"),
        }
    }

    #[test]
    fn a_disk_that_is_full_while_steps_are_summed_up_loses_nothing_of_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap().store;
        let of = store.ecosystem(Path::new("/eco")).unwrap();
        let begin = Instant::from_timestamp(1_800_000_000, 0).unwrap();
        let at = |seconds| begin + TimeDelta::seconds(seconds);
        // Six hours at one go, still unsummed; then there is no more room than for a tick.
        store
            .db
            .execute("INSERT INTO note VALUES (?1, 'summed up to', ?2)", params![of.0, "1900000000"])
            .unwrap();
        for seconds in (0..6 * HOUR).step_by(30) {
            let change = store.db.transaction().unwrap();
            for id in SignalId::ALL {
                let row = params![of.0, id.as_str(), at(seconds).timestamp(), 1.5, 0];
                change
                    .execute(
                        "INSERT INTO fresh (ecosystem, signal, at, value, level) VALUES (?1, ?2, ?3, ?4, ?5)",
                        row,
                    )
                    .unwrap();
            }
            change.commit().unwrap();
        }
        store.db.execute("UPDATE note SET body = ?1", [begin.timestamp().to_string()]).unwrap();
        let full = pages(&store, None);
        pages(&store, Some(full));
        let error = tick(&mut store, of, at(6 * HOUR)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::System);
        assert!(error.hint.is_some_and(|hint| hint.contains("full")), "{:?}", error.message);
        let count = |store: &Store, table: &str| -> i64 {
            store.db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        let looks = 6 * HOUR / 30 * i64::try_from(SignalId::ALL.len()).unwrap();
        assert_eq!((count(&store, "fresh"), count(&store, "sample"), count(&store, "hour")), (looks, 0, 0));
        // Room again: the next tick sums up everything.
        pages(&store, Some(full * 10));
        tick(&mut store, of, at(6 * HOUR + 30)).unwrap();
        assert_eq!(count(&store, "sample"), looks);
        let hours: i64 = store
            .db
            .query_row("SELECT sum(count) FROM hour WHERE signal = 'disk.free'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(hours, 6 * HOUR / 30);
    }
}
