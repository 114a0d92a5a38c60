//! Tables, and the way from older ones.

use super::Store;
use crate::error::{Error, ErrorKind, Result};

/// Each step takes a file from the version of its index to the next.
const STEPS: &[&str] = &[
    "
    CREATE TABLE ecosystem (id INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE);
    -- Every figure as it was seen, for two days. Times are seconds since 1970, UTC.
    CREATE TABLE sample (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        signal TEXT NOT NULL, at INTEGER NOT NULL, value REAL, level INTEGER NOT NULL,
        PRIMARY KEY (ecosystem, signal, at)
    ) WITHOUT ROWID;
    -- The same by five minutes, for thirty days.
    CREATE TABLE summary (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        signal TEXT NOT NULL, at INTEGER NOT NULL,
        least REAL NOT NULL, mean REAL NOT NULL, most REAL NOT NULL, count INTEGER NOT NULL, level INTEGER NOT NULL,
        PRIMARY KEY (ecosystem, signal, at)
    ) WITHOUT ROWID;
    CREATE TABLE incident (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        id TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (ecosystem, id)
    );
    CREATE INDEX incident_by_time ON incident (ecosystem, opened_at);
    CREATE TABLE note (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        key TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (ecosystem, key)
    ) WITHOUT ROWID;
",
    "
    -- The figures of the last minutes in the order of time, so that a tick writes one page rather than one for each
    -- signal; every five minutes they move to their signals in `sample`.
    CREATE TABLE fresh (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        at INTEGER NOT NULL, signal TEXT NOT NULL, value REAL, level INTEGER NOT NULL,
        PRIMARY KEY (ecosystem, at, signal)
    ) WITHOUT ROWID;
",
    "
    -- What other processes ask of the one that owns the loop; taken at its next tick.
    CREATE TABLE request (
        id INTEGER PRIMARY KEY, ecosystem INTEGER NOT NULL REFERENCES ecosystem (id), body TEXT NOT NULL
    );
",
    "
    -- A step without a figure has a level all the same: that is what a signal without numbers, and the light, are about.
    ALTER TABLE summary RENAME TO summary_of_figures;
    CREATE TABLE summary (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        signal TEXT NOT NULL, at INTEGER NOT NULL,
        least REAL, mean REAL, most REAL, count INTEGER NOT NULL, level INTEGER NOT NULL,
        PRIMARY KEY (ecosystem, signal, at)
    ) WITHOUT ROWID;
    INSERT INTO summary SELECT ecosystem, signal, at, least, mean, most, count, level FROM summary_of_figures;
    DROP TABLE summary_of_figures;
    -- The same by the hour, for two years.
    CREATE TABLE hour (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        signal TEXT NOT NULL, at INTEGER NOT NULL,
        least REAL, mean REAL, most REAL, count INTEGER NOT NULL, level INTEGER NOT NULL,
        PRIMARY KEY (ecosystem, signal, at)
    ) WITHOUT ROWID;
    INSERT INTO hour
        SELECT ecosystem, signal, at - at % 3600 AS begins, min(least), sum(mean * count) / nullif(sum(count), 0),
               max(most), sum(count), max(level)
          FROM summary GROUP BY ecosystem, signal, begins;
",
    "
    -- The first version did not write down how far it had summed up.
    INSERT OR IGNORE INTO note (ecosystem, key, body)
        SELECT ecosystem, 'summed up to', max(at) + 300 FROM summary GROUP BY ecosystem;
",
    "
    -- A round of care by the wall time it is called by; what was ticked and written on it is in its body.
    CREATE TABLE round (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        checklist TEXT NOT NULL, slot TEXT NOT NULL, fate TEXT, at INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (ecosystem, checklist, slot)
    ) WITHOUT ROWID;
    -- Which reports somebody read, by kind and day.
    CREATE TABLE reviewed (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        kind TEXT NOT NULL, date TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (ecosystem, kind, date)
    ) WITHOUT ROWID;
",
    "
    -- What was done and seen, in the order of writing; each entry holds the hash of all before it. Times are milliseconds.
    CREATE TABLE journal (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, ref TEXT, hash BLOB NOT NULL,
        PRIMARY KEY (ecosystem, number)
    );
    CREATE INDEX journal_by_time ON journal (ecosystem, at);
",
    "
    -- How far somebody has come with a runbook; what became of each step is in its body. Times are milliseconds.
    CREATE TABLE course (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        id TEXT NOT NULL, runbook TEXT NOT NULL, begun_at INTEGER NOT NULL, ended_at INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (ecosystem, id)
    ) WITHOUT ROWID;
",
    "
    -- What an examination found wrong, until a later one finds it right; what it says is in its body. Times are milliseconds.
    CREATE TABLE finding (
        ecosystem INTEGER NOT NULL REFERENCES ecosystem (id),
        id TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (ecosystem, id, opened_at)
    ) WITHOUT ROWID;
",
];

/// Brings the file up to date, each step whole or not at all.
pub fn migrate(store: &mut Store) -> Result<()> {
    refuse_newer(store)?;
    let path = store.path.clone();
    let failed = |error| super::sql("bring up to date", &path, error);
    // Two programs may start at once on a fresh file: the write lock comes before the look at the version.
    let change =
        store.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    let version: u32 = change.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    for step in STEPS.iter().skip(version as usize) {
        change.execute_batch(step).map_err(failed)?;
    }
    if (version as usize) < STEPS.len() {
        change.execute_batch(&format!("PRAGMA user_version = {}", STEPS.len())).map_err(failed)?;
    }
    change.commit().map_err(failed)
}

/// Whether no table was made in the file yet.
pub fn is_blank(store: &Store) -> Result<bool> {
    Ok(version(store)? == 0)
}

fn version(store: &Store) -> Result<u32> {
    store.db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|e| store.sql("read", e))
}

/// Refuses a file that a newer Caretaker made: writing to it could lose what it holds.
pub fn refuse_newer(store: &Store) -> Result<()> {
    let version = version(store)?;
    if version as usize > STEPS.len() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("{} was written by a newer Caretaker (version {version})", store.path.display()),
        )
        .hint("Update Caretaker, or choose another folder with --state.")
        .at(&store.path));
    }
    Ok(())
}
