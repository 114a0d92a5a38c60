//! What can go wrong with the demo, in words that name the place and the remedy.

use std::io;
use std::path::{Path, PathBuf};

/// The demo's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the demo could not be made or run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder holds something that is not a demo.
    #[error("{} is not empty and is not a demo ecosystem; name an empty or new folder", .0.display())]
    Foreign(PathBuf),
    /// The folder already holds a demo.
    #[error("{} already holds a demo ecosystem; run it, or name another folder", .0.display())]
    Exists(PathBuf),
    /// The folder holds no demo.
    #[error("{} holds no demo ecosystem; make one with `caretaker demo create {}`", .0.display(), .0.display())]
    NotADemo(PathBuf),
    /// Another stand-in process runs in the folder.
    #[error("the demo in {} is running already; stop it first", .0.display())]
    Running(PathBuf),
    /// The path cannot be written into a profile, which is UTF-8.
    #[error("{} is not valid UTF-8; name a folder whose path is", .0.display())]
    Name(PathBuf),
    /// No such scenario.
    #[error("there is no scenario “{0}”; the scenarios are {1}")]
    Scenario(String, String),
    /// The speed is not a number above zero.
    #[error("a speed of {0} is not possible; give a number from 0.01 to 10000")]
    Speed(String),
    /// The scenario `crash` has come to its end.
    #[error("the demo crashed, as its scenario says")]
    Crashed,
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The knowledge database could not be written.
    #[error("the demo's knowledge database: {0}")]
    Database(#[from] rusqlite::Error),
}

/// Names the path in an I/O error.
pub(crate) trait At<T> {
    /// Adds `path` to the error.
    fn at(self, path: &Path) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { path: path.to_owned(), source })
    }
}
