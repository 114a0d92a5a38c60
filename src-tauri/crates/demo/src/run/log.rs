//! The stand-in's log, rotated as Python's handler does it.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::Local;

use crate::create::line;
use crate::error::{At, Result};

/// Bytes at which the log is rotated: small, so that the demo has rotated logs.
pub const LOG_LIMIT: u64 = 1_500_000;
/// Rotated logs that are kept.
const KEPT: u32 = 5;

/// The log that is being written.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    /// Opens the log at its end.
    pub fn open(path: PathBuf) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).at(folder)?;
        }
        let (file, length) = append(&path)?;
        Ok(Self { path, file, length })
    }

    /// Writes a record; `extra` are the lines of a traceback.
    pub fn write(&mut self, level: &str, message: &str, extra: &str) -> Result<()> {
        let record = line(Local::now().naive_local(), level, message) + extra;
        if self.length + record.len() as u64 > LOG_LIMIT {
            self.rotate()?;
        }
        self.file.write_all(record.as_bytes()).at(&self.path)?;
        self.length += record.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> Result<()> {
        for n in (0..KEPT).rev() {
            let from = self.numbered(n);
            if fs::symlink_metadata(&from).is_ok() {
                fs::rename(&from, self.numbered(n + 1)).at(&from)?;
            }
        }
        (self.file, self.length) = append(&self.path)?;
        Ok(())
    }

    fn numbered(&self, n: u32) -> PathBuf {
        if n == 0 { self.path.clone() } else { PathBuf::from(format!("{}.{n}", self.path.display())) }
    }
}

fn append(path: &Path) -> Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path).at(path)?;
    let length = file.metadata().at(path)?.len();
    Ok((file, length))
}
