//! Caretaker's own memory on disk: one SQLite file for history, incidents and notes, and the lock of the loop's owner.
//!
//! The app and the command line open the same file side by side (write-ahead log). Whoever holds [`Owner`] writes
//! figures; everybody may read.

mod courses;
mod findings;
mod history;
mod incidents;
mod journal;
mod moment;
mod notes;
mod owner;
mod requests;
mod reviewed;
mod rounds;
mod samples;
mod schema;
mod series;
mod strip;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use self::journal::{Entered, Entry};
pub use self::moment::{Newest, Standing, Standings};
pub use self::owner::Owner;
pub use self::series::Point;
pub use self::strip::StripRun;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// The file's name in the state folder.
const FILE: &str = "caretaker.sqlite3";

/// How long a write waits for another process' write.
const BUSY: Duration = Duration::from_secs(2);

/// An open store.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

/// A store that was opened, and what had to be done for it.
pub struct Opened {
    /// The store, ready for use.
    pub store: Store,
    /// What the user must know: a damaged file was set aside, for example.
    pub notice: Option<String>,
}

/// One ecosystem in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EcosystemId(i64);

impl Store {
    /// Opens the store in `dir`, makes both where they are missing, and brings an older file up to date.
    ///
    /// A damaged file is set aside under a new name and a fresh one started; the notice says so.
    ///
    /// # Errors
    /// When the folder cannot be written, or the file was made by a newer Caretaker.
    pub fn open(dir: &Path) -> Result<Opened> {
        fsio::create_private_dir(dir)?;
        let path = dir.join(FILE);
        match Self::open_file(&path) {
            Ok(store) => Ok(Opened { store, notice: None }),
            Err(error) if error.kind == ErrorKind::Damaged => Self::renew(dir, &error.to_string()),
            Err(error) => Err(error),
        }
    }

    /// Sets a damaged store aside under a new name, as `why` says, and starts a fresh one.
    ///
    /// Whoever has it open must have let go of it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn renew(dir: &Path, why: &str) -> Result<Opened> {
        let path = dir.join(FILE);
        let aside = set_aside(&path)?;
        let store = Self::open_file(&path)?;
        let notice = format!(
            "The history was damaged ({why}); it was set aside as {} and a fresh one started.",
            aside.display()
        );
        Ok(Opened { store, notice: Some(notice) })
    }

    /// Opens the store in `dir` for reading; `None` where there is none yet, or nothing in it.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub fn open_read_only(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let mut store = Self::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        if let Err(error) = schema::refuse_newer(&store) {
            // Killed in the middle of its very first write, its maker left a journal that only a writer may roll back.
            if error.kind != ErrorKind::Denied || !Self::recover(&path) {
                return Err(error);
            }
            store = Self::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            schema::refuse_newer(&store)?;
        }
        // Its maker was killed, or is at it just now, before the first table was there.
        Ok((!schema::is_blank(&store)?).then_some(store))
    }

    fn connect(path: &Path, access: OpenFlags) -> Result<Self> {
        let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(|e| sql("open", path, e))?;
        db.busy_timeout(BUSY).map_err(|e| sql("open", path, e))?;
        Ok(Self { db, path: path.to_owned() })
    }

    /// Lets SQLite undo what a killed writer left half done; whether it could.
    fn recover(path: &Path) -> bool {
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .and_then(|store| schema::is_blank(&store))
            .is_ok()
    }

    fn open_file(path: &Path) -> Result<Self> {
        // Made by us first, so that its mode is right before SQLite writes the first byte.
        fsio::touch_private(path)?;
        let mut store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // One turn of the clock uses more than the sixteen that are kept by default.
        store.db.set_prepared_statement_cache_capacity(32);
        store
            .db
            .execute_batch(
                // A small cache: the watch touches few pages, and resident memory is part of the promise.
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -128; PRAGMA temp_store = MEMORY;",
            )
            .map_err(|e| store.sql("open", e))?;
        schema::migrate(&mut store)?;
        Ok(store)
    }

    /// The ecosystem in `root`, entered if it is new.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn ecosystem(&mut self, root: &Path) -> Result<EcosystemId> {
        if let Some(known) = self.find_ecosystem(root)? {
            return Ok(known);
        }
        self.db
            .execute("INSERT OR IGNORE INTO ecosystem (root) VALUES (?1)", [key(root)])
            .map_err(|e| self.sql("write", e))?;
        self.find_ecosystem(root)?
            .ok_or_else(|| Error::new(ErrorKind::System, "the ecosystem was not entered").at(root))
    }

    /// The ecosystem in `root`; `None` where nothing was recorded of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_ecosystem(&self, root: &Path) -> Result<Option<EcosystemId>> {
        let found =
            self.db.query_row("SELECT id FROM ecosystem WHERE root = ?1", [key(root)], |row| row.get(0));
        match found {
            Ok(id) => Ok(Some(EcosystemId(id))),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(self.sql("read", error)),
        }
    }

    /// Looks and writes as one: nobody else writes in between, and what fails has changed nothing.
    fn in_one_step<T>(&mut self, step: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        // The lock for writing comes before the look.
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(|e| self.sql("write", e))?;
        let done = step(self);
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        match self.db.execute_batch(end) {
            Ok(()) => done,
            Err(error) => {
                // A transaction that cannot be ended must not swallow what comes after it.
                let _ = self.db.execute_batch("ROLLBACK");
                done.and(Err(self.sql("write", error)))
            }
        }
    }

    fn sql(&self, doing: &str, error: rusqlite::Error) -> Error {
        sql(doing, &self.path, error)
    }
}

fn key(root: &Path) -> String {
    root.to_string_lossy().into_owned()
}

/// Sorts what SQLite says by what can be done about it.
fn sql(doing: &str, path: &Path, error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    let (kind, hint) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (ErrorKind::Damaged, None),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Busy, Some("Another program holds it; Caretaker tries again at the next tick."))
        }
        Some(ErrorCode::DiskFull) => (ErrorKind::System, Some("The disk is full: make room.")),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            (ErrorKind::Denied, Some("Make the folder writable for you, or choose another with --state."))
        }
        _ => (ErrorKind::System, None),
    };
    let made = Error::new(kind, format!("cannot {doing} {}", path.display())).at(path).because(error);
    match hint {
        Some(hint) => made.hint(hint),
        None => made,
    }
}

/// Moves a damaged file, with its log, to a name that is free.
fn set_aside(path: &Path) -> Result<PathBuf> {
    let mut number = 1_u32;
    let aside = loop {
        let candidate = path.with_extension(format!("damaged-{number}.sqlite3"));
        if !candidate.exists() {
            break candidate;
        }
        number += 1;
    };
    std::fs::rename(path, &aside).map_err(|e| Error::io("set aside", path, e))?;
    for suffix in ["-wal", "-shm"] {
        let mut from = path.as_os_str().to_owned();
        from.push(suffix);
        let mut to = aside.as_os_str().to_owned();
        to.push(suffix);
        // Mostly not there: a damaged file was rarely being written.
        let _ = std::fs::rename(from, to);
    }
    Ok(aside)
}
