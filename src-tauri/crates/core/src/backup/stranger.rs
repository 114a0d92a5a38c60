//! Archives of other programs in the folder of all backups: recognised, and what is known of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalogue::short_name;
use super::desk::Desk;
use super::foreign::{self, Layout};
use super::id::{ArchiveId, Kind};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind};
use crate::fsio;

/// Of so many archives something is said; of more only that they are there.
const MOST: usize = 200;
/// What is known of them takes no more than this.
const LARGEST: u64 = 4 << 20;

/// An archive of another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ForeignBackup"))]
pub struct Stranger {
    /// Where it lies.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub path: PathBuf,
    /// Its bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// When it was written.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub written_at: Instant,
    /// How it is laid out; `None` where it is no archive of an ecosystem.
    pub layout: Option<Layout>,
    /// When it was last read to its last byte: what gzip wrote, with nothing in it that leads elsewhere.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub verified_at: Option<Instant>,
    /// What was wrong with it then.
    pub problem: Option<String>,
}

impl Desk {
    /// Archives of other programs in the folder of all backups: those of the manual's scripts. Nothing ever removes them.
    pub fn foreign(&self) -> Vec<PathBuf> {
        let folders = std::iter::once(self.shelf.folder().to_owned())
            .chain(Kind::ALL.into_iter().map(|kind| self.shelf.folder_of(kind)));
        let mut found = Vec::new();
        for folder in folders {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let ours = ArchiveId::of_file(&name).is_some_and(|id| self.shelf.archive(id) == entry.path());
                let is_file = entry.file_type().is_ok_and(|sort| sort.is_file());
                if is_file && !ours && name.starts_with("ecosystem-") && name.ends_with(".tar.gz") {
                    found.push(entry.path());
                }
            }
        }
        found.sort();
        found
    }

    /// What is known of them, newest first; what is new is looked into, at its first entries only.
    pub fn strangers(&self) -> Vec<Stranger> {
        let mut known = self.known_strangers();
        let mut found: Vec<Stranger> = self.foreign().iter().filter_map(|path| stat(path)).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.written_at));
        let mut learned = false;
        for one in found.iter_mut().take(MOST) {
            match known.remove(&one.path).filter(|known| known.is_still(one)) {
                Some(known) => *one = known,
                None => {
                    one.layout = foreign::layout(&one.path);
                    learned = true;
                }
            }
        }
        if learned {
            self.keep_strangers(&found);
        }
        found
    }

    /// Writes down what reading one to its last byte found.
    pub(super) fn note_stranger(&self, path: &Path, fault: Option<&String>, now: Instant) {
        let mut all = self.strangers();
        let Some(one) = all.iter_mut().find(|one| one.path == path) else { return };
        one.verified_at = fault.is_none().then_some(now);
        one.problem = fault.cloned();
        self.keep_strangers(&all);
    }

    fn known_strangers(&self) -> BTreeMap<PathBuf, Stranger> {
        let read = fsio::read_bounded(&self.strangers_file(), LARGEST);
        let all: Vec<Stranger> =
            read.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        all.into_iter().map(|one| (one.path.clone(), one)).collect()
    }

    /// What cannot be written down is found out anew the next time.
    fn keep_strangers(&self, all: &[Stranger]) {
        let file = self.strangers_file();
        let first = &all[..all.len().min(MOST)];
        let kept = serde_json::to_vec_pretty(first)
            .map_err(|error| Error::new(ErrorKind::System, "they cannot be put into words").because(error))
            .and_then(|text| {
                fsio::create_private_dir(file.parent().unwrap_or(Path::new(".")))?;
                fsio::write_atomic(&file, &text, 0o600)
            });
        if let Err(error) = kept {
            tracing::warn!(%error, "what is known of archives from elsewhere was not written down");
        }
    }

    fn strangers_file(&self) -> PathBuf {
        self.state_dir.join("backups").join(format!("{}.foreign.json", short_name(&self.root)))
    }
}

impl Stranger {
    /// Whether it is the file that was looked at before.
    fn is_still(&self, there: &Self) -> bool {
        (self.bytes, self.written_at) == (there.bytes, there.written_at)
    }
}

fn stat(path: &Path) -> Option<Stranger> {
    let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some(Stranger {
        path: path.to_owned(),
        bytes: metadata.len(),
        written_at: metadata.modified().ok()?.into(),
        layout: None,
        verified_at: None,
        problem: None,
    })
}
