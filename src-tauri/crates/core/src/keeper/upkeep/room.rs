//! What takes space: the folders of data and logs by their entries, as deep as somebody looks, beside the bands.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Upkeep, shown};
use crate::error::{Error, ErrorKind, Result};
use crate::signal::SignalId;
use crate::upkeep::space;

/// Of a folder so many entries are shown; the rest is added up.
const MOST_ENTRIES: usize = 60;

/// Which folder is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum SpaceOf {
    /// The ecosystem's data.
    Data,
    /// Its logs.
    Logs,
}

/// What a folder takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SpaceShown {
    /// The folder of data or logs.
    pub path: String,
    /// What lies below it on the way to what is shown.
    pub below: Vec<String>,
    /// The lengths of all files, as Finder counts.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// What they take of the volume.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub on_disk: u64,
    /// How many there are.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub files: u64,
    /// The largest entries first.
    pub entries: Vec<SpaceEntry>,
    /// How many more there are, and the bytes that they take.
    #[cfg_attr(feature = "typescript", ts(type = "[number, number]"))]
    pub more: (usize, u64),
    /// Whether all of it could be seen; it takes more than that otherwise.
    pub complete: bool,
    /// Bytes from which on the light is yellow; for the whole folder only.
    pub yellow: Option<f64>,
    /// Bytes beyond which it is red.
    pub red: Option<f64>,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SpaceEntry {
    /// Its name.
    pub name: String,
    /// Whether it is a folder that can be looked into.
    pub folder: bool,
    /// The lengths of its files.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// How many files are in it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub files: u64,
}

impl Upkeep {
    /// What lies below `of`, down the folders `below`; changes nothing.
    ///
    /// # Errors
    /// When it is no folder, or cannot be opened.
    pub fn space(&self, of: SpaceOf, below: &[String]) -> Result<SpaceShown> {
        let (top, signal) = match of {
            SpaceOf::Data => (&self.profile.data_dir, SignalId::DataSize),
            SpaceOf::Logs => (&self.profile.logs_dir, SignalId::LogsSize),
        };
        let space = space(&inside(top, below)?)?;
        let mut entries = space.entries;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.taken.bytes));
        let rest = entries.split_off(entries.len().min(MOST_ENTRIES));
        let bands = self.profile.bands.get(&signal).filter(|_| below.is_empty());
        Ok(SpaceShown {
            path: top.display().to_string(),
            below: below.to_vec(),
            bytes: space.taken.bytes,
            on_disk: space.taken.on_disk,
            files: space.taken.files,
            more: (rest.len(), rest.iter().map(|entry| entry.taken.bytes).sum()),
            entries: entries
                .into_iter()
                .map(|entry| SpaceEntry {
                    // A name that cannot be shown as it is cannot be asked for either.
                    folder: entry.folder && shown(&entry.name) == entry.name,
                    name: shown(&entry.name),
                    bytes: entry.taken.bytes,
                    files: entry.taken.files,
                })
                .collect(),
            complete: space.complete,
            yellow: bands.and_then(|bands| bands.yellow),
            red: bands.and_then(|bands| bands.red),
        })
    }
}

/// The folder down `below`, never out of `top` and never through a link.
fn inside(top: &Path, below: &[String]) -> Result<PathBuf> {
    let mut path = top.to_owned();
    for name in below {
        let mut parts = Path::new(name).components();
        let one = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        path.push(name);
        let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|seen| seen.is_dir());
        if !one || !is_folder(&path) {
            let what = format!("“{}” is no folder that can be looked into", shown(name));
            return Err(Error::new(ErrorKind::NotFound, what).at(top).hint("Begin at the top again."));
        }
    }
    Ok(path)
}
