//! Puts files into the demo's folder, each dated by the time it speaks of.

use std::fs::{self, FileTimes, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, NaiveDateTime};

use crate::error::{At, Result};

/// The folder that is being filled, and the present.
#[derive(Debug)]
pub struct Place {
    root: PathBuf,
    now: DateTime<FixedOffset>,
}

impl Place {
    /// Begins to fill `root`.
    pub fn new(root: &Path, now: DateTime<FixedOffset>) -> Self {
        Self { root: root.to_owned(), now }
    }

    /// The instant that the local wall time `naive` stands for.
    pub fn instant(&self, naive: NaiveDateTime) -> DateTime<FixedOffset> {
        naive.and_local_timezone(*self.now.offset()).earliest().unwrap_or(self.now)
    }

    /// The absolute path of `name`, with its folder made.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).at(folder)?;
        }
        Ok(path)
    }

    /// Writes a new file, never over an existing one, dated `at` but not into the future.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>, at: DateTime<FixedOffset>) -> Result<()> {
        self.write(name, content.as_ref(), at, 0o644)
    }

    /// The same for a file that its owner alone may read.
    pub fn put_private(&self, name: &str, content: &str, at: DateTime<FixedOffset>) -> Result<()> {
        self.write(name, content.as_bytes(), at, 0o600)
    }

    fn write(&self, name: &str, content: &[u8], at: DateTime<FixedOffset>, mode: u32) -> Result<()> {
        let path = self.path(name)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path).at(&path)?;
        file.write_all(content).at(&path)?;
        file.set_times(FileTimes::new().set_modified(SystemTime::from(at.min(self.now)))).at(&path)
    }

    /// Dates an existing file.
    pub fn date(&self, path: &Path, at: DateTime<FixedOffset>) -> Result<()> {
        let file = OpenOptions::new().write(true).open(path).at(path)?;
        file.set_times(FileTimes::new().set_modified(SystemTime::from(at.min(self.now)))).at(path)
    }
}
