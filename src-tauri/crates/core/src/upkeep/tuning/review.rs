//! What the settings were at the last review: kept whole, so that the next one says what changed and from what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Tuning;
use super::shelf::hash;
use super::survey::{SettingsBroken, SettingsRead, of_bytes, survey};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// Bytes of the list, and of a file that is kept.
const LARGEST: u64 = 8 << 20;
const LIST: &str = "review.json";

/// The settings as they were at the last review.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// When.
    pub at: Instant,
    /// What was written about it.
    pub note: Option<String>,
    /// The files by name.
    pub files: BTreeMap<String, SettingsRead>,
    /// Keys of each file that some review has seen.
    pub keys: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct List {
    schema: u32,
    root: PathBuf,
    at: Instant,
    note: Option<String>,
    /// The hash of each file by name.
    files: BTreeMap<String, String>,
    keys: BTreeMap<String, BTreeSet<String>>,
}

impl Tuning {
    /// The settings as they were at the last review; `None` before the first one.
    ///
    /// # Errors
    /// When what was kept cannot be read or is not as it was kept.
    pub fn reviewed(&self) -> Result<Option<Reviewed>> {
        let Some(list) = self.list()? else { return Ok(None) };
        let mut files = BTreeMap::new();
        for (name, wanted) in list.files {
            let path = self.review_folder().join(&wanted);
            let bytes = fsio::read_bounded(&path, LARGEST)?;
            if hash(&bytes) != wanted {
                return Err(damaged(&path));
            }
            if let Some(read) = of_bytes(Path::new(&name), bytes) {
                files.insert(name, read);
            }
        }
        Ok(Some(Reviewed { at: list.at, note: list.note, files, keys: list.keys }))
    }

    /// Takes the settings as they are for reviewed, and code with them: what changes from now on is drift.
    ///
    /// `seen` is what tells the settings that the person looked at ([`Tuning::settings_hash`]).
    ///
    /// # Errors
    /// `Busy` when a file changed since; when it cannot be written down: the review before counts then.
    pub fn review(&self, seen: &str, note: Option<&str>, now: Instant) -> Result<()> {
        let (files, broken) = self.settings()?;
        if settings_hash(&files, &broken) != seen {
            return Err(Error::new(ErrorKind::Busy, "the settings changed while they were looked at")
                .hint("Look again; nothing was marked."));
        }
        let before = self.list()?;
        let folder = self.review_folder();
        fsio::create_private_dir(&folder)?;
        let mut list = List {
            schema: 1,
            root: self.root.clone(),
            at: now,
            note: note.map(str::to_owned),
            files: BTreeMap::new(),
            keys: before.map(|list| list.keys).unwrap_or_default(),
        };
        for file in &files {
            fsio::write_atomic(&folder.join(&file.hash), file.text.as_bytes(), 0o600)?;
            list.files.insert(file.name.clone(), file.hash.clone());
            list.keys
                .entry(file.name.clone())
                .or_default()
                .extend(file.values.iter().map(|one| one.key.clone()));
        }
        let text = serde_json::to_vec(&list).map_err(|error| {
            Error::new(ErrorKind::System, "a review cannot be put into words").because(error)
        })?;
        self.announcements.announce_all(now)?;
        fsio::write_atomic(&folder.join(LIST), &text, 0o600)?;
        // What the review before kept is of no more use; what stays behind is swept next time.
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.len() == 64 && !list.files.values().any(|hash| *hash == name) {
                let _ = fsio::remove(&entry.path());
            }
        }
        Ok(())
    }

    /// What tells these settings from any others.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn settings_hash(&self) -> Result<String> {
        let (files, broken) = survey(&self.root, &self.config)?;
        Ok(settings_hash(&files, &broken))
    }

    fn list(&self) -> Result<Option<List>> {
        let path = self.review_folder().join(LIST);
        let bytes = match fsio::read_bounded(&path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let list: List = serde_json::from_slice(&bytes).map_err(|error| damaged(&path).because(error))?;
        Ok((list.root == self.root).then_some(list))
    }

    fn review_folder(&self) -> PathBuf {
        // Beside the tunings, a folder for each ecosystem.
        let name = hash(self.root.as_os_str().as_encoded_bytes());
        self.folder.with_file_name("review").join(&name[..16])
    }
}

fn settings_hash(files: &[SettingsRead], broken: &[SettingsBroken]) -> String {
    let mut all = String::new();
    for file in files {
        all.push_str(&format!("{}\0{}\0", file.name, file.hash));
    }
    for file in broken {
        all.push_str(&format!("{}\0{}\0", file.name, file.why));
    }
    hash(all.as_bytes())
}

fn damaged(path: &Path) -> Error {
    Error::new(ErrorKind::Damaged, format!("{} is not as it was kept", path.display()))
        .at(path)
        .hint("Move its folder away: the next review begins anew.")
}
