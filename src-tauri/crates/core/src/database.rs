//! SQLite databases of somebody else: opened for reading alone, and looked at whether they are whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// What a database file begins with.
pub const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Faults of a database that are told at most.
const MOST_FAULTS: u32 = 3;

/// Opens the database at `path` itself, never through a link, for reading; `patience` is how long a write is waited for.
///
/// # Errors
/// What SQLite says.
pub fn open(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(patience)?;
    Ok(db)
}

/// Whether the newest changes of a database are not in its file yet, or one was broken off.
pub fn has_changes_beside(path: &Path) -> bool {
    ["-wal", "-journal"]
        .iter()
        .any(|end| beside(path, end).metadata().is_ok_and(|metadata| metadata.len() > 0))
}

/// What a look at a database came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wholeness {
    /// Every page is as it should be.
    Whole,
    /// It is not: why, in words.
    Broken(String),
    /// It cannot be told: why, in words.
    Unknown(String),
}

/// Looks through every page of the database at `path`; nothing is written, nothing beside it either.
pub fn wholeness(path: &Path, patience: Duration) -> Wholeness {
    match faults(path, patience) {
        Ok(faults) if faults.is_empty() => Wholeness::Whole,
        Ok(faults) => Wholeness::Broken(faults.join("; ")),
        Err(Fault::Said(why)) => Wholeness::Unknown(why.to_owned()),
        Err(Fault::Sqlite(error)) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Wholeness::Broken(error.to_string())
            }
            _ => Wholeness::Unknown(error.to_string()),
        },
    }
}

enum Fault {
    Said(&'static str),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn faults(path: &Path, patience: Duration) -> Result<Vec<String>, Fault> {
    if has_changes_beside(path) {
        let has_index = beside(path, "-shm").exists();
        let is_logged = beside(path, "-wal").metadata().is_ok_and(|metadata| metadata.len() > 0);
        // Whoever opens it then would have to write first.
        if is_logged && !has_index {
            return Err(Fault::Said(
                "its last writer was broken off, and what it left is yet to be taken in",
            ));
        }
    }
    // Without a log a lock keeps writers away, and nothing is put beside the file; with one, its index is there.
    if has_changes_beside(path) || !is_logged_mode(path) {
        return look(&open(path, patience)?);
    }
    // Nothing is beside it: to open a logged one would put files there, unless SQLite is told that nobody writes.
    let mut name = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                name.push(char::from(*byte));
            }
            byte => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_URI;
    let found = look(&Connection::open_with_flags(name, flags)?);
    let is_fine = matches!(&found, Ok(faults) if faults.is_empty());
    // Somebody may have begun to write meanwhile: what was seen then is no proof of anything.
    if !is_fine && has_changes_beside(path) {
        return Err(Fault::Said("it was written to just then"));
    }
    found
}

/// Whether a database is one whose changes go into a log beside it first.
fn is_logged_mode(path: &Path) -> bool {
    use std::io::Read;
    let mut header = [0; 20];
    let read = crate::fsio::open_regular_itself(path)
        .is_ok_and(|(mut file, _)| file.read_exact(&mut header).is_ok());
    read && header[18..] == [2, 2]
}

fn look(db: &Connection) -> Result<Vec<String>, Fault> {
    let mut select = db.prepare(&format!("PRAGMA quick_check({MOST_FAULTS})"))?;
    let found = select.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(path: &Path) -> Wholeness {
        wholeness(path, Duration::from_millis(50))
    }

    #[test]
    fn a_whole_one_a_broken_one_and_nothing_left_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a b%.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(90000));",
        )
        .unwrap();
        assert_eq!(looked(&path), Wholeness::Whole, "beside one that writes");
        db.close().unwrap();
        assert_eq!(looked(&path), Wholeness::Whole);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing was put beside it");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4_096..9_000].fill(0xaa);
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(looked(&path), Wholeness::Broken(_)), "{:?}", looked(&path));
        assert!(matches!(looked(&dir.path().join("none")), Wholeness::Unknown(_)));
    }
}
