//! SQLite databases that somebody may be writing: held still while they are read, or copied by SQLite itself.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use tempfile::TempPath;

use super::roots::Roots;
use super::steady;
use super::tree::TreePath;
use crate::database::{MAGIC, has_changes_beside, open};

/// How long another program's write is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pages that are copied at a time; writers get their turn in between.
const PAGES: i32 = 1_000;

/// Files beside a database that belong to it and mean nothing without it.
const COMPANIONS: [&[u8]; 3] = [b"-wal", b"-shm", b"-journal"];

/// The database that a file belongs to, by its name.
pub fn database_of(path: &TreePath) -> Option<TreePath> {
    COMPANIONS.iter().find_map(|end| TreePath::new(path.bytes().strip_suffix(*end)?).ok())
}

/// Whether a file is one, by its first bytes.
pub fn is_database(roots: &Roots, path: &TreePath) -> bool {
    let mut magic = [0; MAGIC.len()];
    steady::open(roots, path)
        .is_ok_and(|(file, _)| file.read_exact_at(&mut magic, 0).is_ok() && &magic == MAGIC)
}

/// A database that cannot change while this is there, or a copy of it.
pub enum Held {
    /// Its file is as good as any: a lock keeps writers away.
    Still(Connection),
    /// A copy in a file of its own, which goes with this.
    Copy(TempPath),
}

/// Holds the database at `path` still; where that is not enough, because the newest changes are not in its file yet, it is
/// copied into `scratch`.
///
/// # Errors
/// What SQLite says, in words.
pub fn hold(path: &Path, scratch: &Path) -> Result<Held, String> {
    let db = open(path, PATIENCE).map_err(|error| error.to_string())?;
    if !has_changes_beside(path) {
        let held = db.execute_batch("BEGIN").and_then(|()| {
            db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))
        });
        held.map_err(|error| error.to_string())?;
        // Somebody may have written between the look and the lock.
        if !has_changes_beside(path) {
            return Ok(Held::Still(db));
        }
        db.execute_batch("COMMIT").map_err(|error| error.to_string())?;
    }
    copy(&db, scratch).map(Held::Copy)
}

fn copy(db: &Connection, scratch: &Path) -> Result<TempPath, String> {
    let file = tempfile::Builder::new()
        .prefix(".database-")
        .tempfile_in(scratch)
        .map_err(|error| error.to_string())?;
    let path = file.into_temp_path();
    let mut target = Connection::open(&path).map_err(|error| error.to_string())?;
    // Nobody else will ever see it half done.
    target.pragma_update(None, "synchronous", "OFF").map_err(|error| error.to_string())?;
    let backup = Backup::new(db, &mut target).map_err(|error| error.to_string())?;
    let begun = std::time::Instant::now();
    loop {
        match backup.step(PAGES).map_err(|error| error.to_string())? {
            StepResult::Done => break,
            StepResult::More => {}
            _ if begun.elapsed() > PATIENCE => return Err("another program holds it".into()),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    drop(backup);
    // The copy is whole in its one file.
    target.pragma_update(None, "journal_mode", "DELETE").map_err(|error| error.to_string())?;
    target.close().map_err(|(_, error)| error.to_string())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_in_the_log_beside_it_is_in_the_copy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live.db");
        let live = Connection::open(&path).unwrap();
        live.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x); INSERT INTO t VALUES (7);")
            .unwrap();
        let Held::Copy(copy) = hold(&path, dir.path()).unwrap() else { panic!("its log holds something") };
        let there: i64 =
            Connection::open(&copy).unwrap().query_row("SELECT x FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(there, 7);
        assert!(std::fs::read(&copy).unwrap().starts_with(MAGIC));
    }

    #[test]
    fn while_it_is_held_nobody_writes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("live.db");
        let live = Connection::open(&path).unwrap();
        live.execute_batch("CREATE TABLE t (x)").unwrap();
        let Held::Still(held) = hold(&path, dir.path()).unwrap() else { panic!("nothing is beside it") };
        live.busy_timeout(Duration::ZERO).unwrap();
        assert!(live.execute("INSERT INTO t VALUES (1)", []).is_err());
        drop(held);
        live.execute("INSERT INTO t VALUES (1)", []).unwrap();
    }

    #[test]
    fn what_only_looks_like_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("broken.db");
        std::fs::write(&path, [&MAGIC[..], &[0xff; 4_000]].concat()).unwrap();
        assert!(hold(&path, dir.path()).is_err());
    }
}
