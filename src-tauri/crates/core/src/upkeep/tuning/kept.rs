//! What a tuning replaced, kept until it is taken back; written down before the first file is touched.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::{Change, FileEdit};
use super::shelf;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::hold::Hold;

/// Tunings that are kept, with what they replaced.
const KEEP: usize = 30;
/// Bytes of a journal, and of a file that is kept.
const LARGEST: u64 = 4 << 20;
const JOURNAL: &str = "tuning.json";
const TOLD: &str = "told";

/// A tuning, from its beginning on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Journal {
    schema: u32,
    /// The ecosystem it was for.
    pub(super) root: PathBuf,
    pub(super) title: String,
    pub(super) at: Instant,
    pub(super) phase: Phase,
    pub(super) changes: Vec<Change>,
    pub(super) files: Vec<Kept>,
}

/// How far a tuning has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// Some files may be as they were, some as they are to be.
    Applying,
    /// All of them are as they were to be.
    Applied,
    /// Some may be back already.
    Reverting,
    /// All of them are as they were.
    Reverted,
}

/// A file of a tuning; before and after lie beside the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    before: String,
    after: String,
}

/// The folder of one tuning.
#[derive(Debug)]
pub(super) struct Record {
    folder: PathBuf,
    pub(super) journal: Journal,
}

/// Which of its contents a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Now {
    Before,
    After,
    /// Somebody changed it meanwhile.
    Other,
}

/// Keeps a second one out for as long as it lives.
pub(super) fn lock(folder: &Path) -> Result<Hold> {
    fsio::create_private_dir(folder)?;
    Hold::try_take(&folder.join("lock"))?.ok_or_else(|| {
        Error::new(ErrorKind::Busy, "another Caretaker is changing settings right now")
            .hint("Wait until it is done.")
    })
}

/// All tunings of the ecosystem in `root`, oldest first.
pub(super) fn all(folder: &Path, root: &Path) -> Result<Vec<Record>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("look into", folder, error)),
    };
    let names = entries.flatten().filter(|entry| number(&entry.path()).is_some());
    let mut folders: Vec<PathBuf> = names.map(|entry| entry.path()).collect();
    folders.sort();
    let mut records = Vec::new();
    for folder in folders {
        let path = folder.join(JOURNAL);
        let bytes = match fsio::read_bounded(&path, LARGEST) {
            Ok(bytes) => bytes,
            // It was ended before it had begun: no file was touched.
            Err(error) if error.kind == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Damaged, format!("{} is damaged", path.display()))
                .at(&path)
                .because(error)
                .hint("It tells how a tuning went. Look whether the settings are as they should be, then move its folder away.")
        })?;
        if journal.root == root {
            records.push(Record { folder, journal });
        }
    }
    Ok(records)
}

fn number(folder: &Path) -> Option<u32> {
    let name = folder.file_name()?.to_str()?;
    (name.len() == 6).then(|| name.parse().ok()).flatten()
}

impl Record {
    /// Writes down what is about to be done, with all that is needed to take it back.
    pub(super) fn begin(
        folder: &Path,
        root: &Path,
        title: &str,
        at: Instant,
        changes: &[Change],
        files: &[(FileEdit, Vec<u8>)],
    ) -> Result<Self> {
        let listed = std::fs::read_dir(folder).map_err(|error| Error::io("look into", folder, error))?;
        let mut taken: Vec<u32> = listed.flatten().filter_map(|entry| number(&entry.path())).collect();
        taken.sort_unstable();
        // What is oldest goes; whatever is under way is among the newest.
        for old in taken.iter().take(taken.len().saturating_sub(KEEP - 1)) {
            let old = folder.join(format!("{old:06}"));
            std::fs::remove_dir_all(&old).map_err(|error| Error::io("remove", &old, error))?;
        }
        let own = folder.join(format!("{:06}", taken.last().map_or(1, |last| last + 1)));
        fsio::create_new_private_dir(&own)?;
        let mut kept = Vec::new();
        for (index, (file, before)) in files.iter().enumerate() {
            fsio::write_atomic(&own.join(format!("{index}.before")), before, 0o600)?;
            fsio::write_atomic(&own.join(format!("{index}.after")), &file.after, 0o600)?;
            kept.push(Kept {
                path: file.path.clone(),
                before: shelf::hash(before),
                after: shelf::hash(&file.after),
            });
        }
        let journal = Journal {
            schema: 1,
            root: root.to_owned(),
            title: title.to_owned(),
            at,
            phase: Phase::Applying,
            changes: changes.to_vec(),
            files: kept,
        };
        let record = Self { folder: own, journal };
        record.save()?;
        fsio::flush_folder(folder)?;
        Ok(record)
    }

    /// Goes to another phase and writes that down.
    pub(super) fn go(&mut self, phase: Phase) -> Result<()> {
        self.journal.phase = phase;
        self.save()
    }

    fn save(&self) -> Result<()> {
        let text = serde_json::to_vec_pretty(&self.journal).map_err(|error| {
            Error::new(ErrorKind::System, "a tuning cannot be put into words").because(error)
        })?;
        fsio::write_atomic(&self.folder.join(JOURNAL), &text, 0o600)
    }

    /// Its number among all of them.
    pub(super) fn number(&self) -> u32 {
        number(&self.folder).unwrap_or_default()
    }

    /// Whether what came of it was told.
    pub(super) fn is_told(&self) -> bool {
        self.folder.join(TOLD).exists()
    }

    /// Notes that what came of it was told.
    pub(super) fn tell(&self) -> Result<()> {
        fsio::touch_private(&self.folder.join(TOLD))
    }

    /// Its files.
    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.journal.files.iter().map(|file| file.path.clone())
    }

    /// Which content a file has now.
    pub(super) fn now(&self, index: usize) -> Result<Now> {
        let Some(kept) = self.journal.files.get(index) else { return Ok(Now::Other) };
        let hash = match shelf::bytes_of(&kept.path) {
            Ok((bytes, _)) => shelf::hash(&bytes),
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Now::Other),
            Err(error) => return Err(error),
        };
        Ok(if hash == kept.before {
            Now::Before
        } else if hash == kept.after {
            Now::After
        } else {
            Now::Other
        })
    }

    /// What was kept of a file: as it was, or as it became.
    pub(super) fn content(&self, index: usize, which: Now) -> Result<Vec<u8>> {
        let (name, hash) = match (which, self.journal.files.get(index)) {
            (Now::Before, Some(kept)) => ("before", &kept.before),
            (Now::After, Some(kept)) => ("after", &kept.after),
            _ => return Err(Error::new(ErrorKind::NotFound, "there is no such file in this tuning")),
        };
        let path = self.folder.join(format!("{index}.{name}"));
        let bytes = fsio::read_bounded(&path, LARGEST)?;
        if shelf::hash(&bytes) != *hash {
            return Err(Error::new(ErrorKind::Damaged, format!("{} is not as it was kept", path.display()))
                .at(&path)
                .hint("Bring the settings back from a backup: caretaker backup restore ID --only config."));
        }
        Ok(bytes)
    }

    /// Writes one of its files, as it was or as it is to be.
    pub(super) fn write(&self, index: usize, which: Now) -> Result<()> {
        let content = self.content(index, which)?;
        let Some(kept) = self.journal.files.get(index) else { return Ok(()) };
        let (_, mode) = shelf::bytes_of(&kept.path)?;
        fsio::write_atomic(&kept.path, &content, mode)
    }

    /// Puts back all files that are as they became; those that somebody changed meanwhile stay and are named.
    pub(super) fn put_back(&mut self) -> Result<Vec<PathBuf>> {
        let mut changed = Vec::new();
        for index in 0..self.journal.files.len() {
            match self.now(index)? {
                Now::Before => {}
                Now::After => self.write(index, Now::Before)?,
                Now::Other => changed.push(self.journal.files[index].path.clone()),
            }
        }
        self.go(Phase::Reverted)?;
        Ok(changed)
    }

    /// Removes what a write that was ended left beside the files: the beginning of what was to be written, and nothing else.
    pub(super) fn sweep(&self) -> Result<()> {
        for (index, kept) in self.journal.files.iter().enumerate() {
            let contents = [self.content(index, Now::Before)?, self.content(index, Now::After)?];
            let Some(entries) = kept.path.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else {
                continue;
            };
            for path in entries.flatten().map(|entry| entry.path()) {
                let name =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let ours = name.starts_with(".caretaker-") && name.ends_with(".tmp");
                let begun = || shelf::bytes_of(&path).map(|(bytes, _)| bytes);
                if ours && begun().is_ok_and(|bytes| contents.iter().any(|all| all.starts_with(&bytes))) {
                    fsio::remove(&path)?;
                }
            }
        }
        Ok(())
    }
}
