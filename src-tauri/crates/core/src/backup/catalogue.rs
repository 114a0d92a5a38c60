//! What is known of every backup: written last, so that it never knows of one that is not there.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::drill::{DrillFailed, DrillVerified, ProgramSaid};
use super::hash_text::hex;
use super::id::{ArchiveId, Kind};
use super::manifest::Manifest;
use super::shelf::Shelf;
use super::sidecar;
use super::tree::Hash;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// A catalogue takes no more than this.
const LARGEST: u64 = 64 << 20;
/// So many flaws are remembered by name; the archive's manifest has them all.
const MOST_FLAWS: usize = 50;

/// One backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "BackupRecord"))]
pub struct Record {
    /// Its name.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub id: ArchiveId,
    /// Why it was made.
    pub kind: Kind,
    /// When it was begun.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub created_at: Instant,
    /// Where it lies.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub path: PathBuf,
    /// What it builds upon; `None` where it holds everything.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub parent: Option<ArchiveId>,
    /// How many increments lie between it and a full one.
    pub chain: u16,
    /// The other archives that hold some of its files.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub needs: BTreeSet<ArchiveId>,
    /// Files in the tree.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub files: u64,
    /// Bytes of the tree.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Bytes that were read into it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes_in: u64,
    /// Bytes that it takes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes_out: u64,
    /// How long it took to make.
    pub seconds: f64,
    /// The SHA-256 of its bytes.
    #[serde(with = "hex_text")]
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub archive: Hash,
    /// When every byte of it was last proven; `None` = not since it was found.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub verified_at: Option<Instant>,
    /// When it was last restored into a scratch folder and compared.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub drilled_at: Option<Instant>,
    /// How long that took, in seconds.
    pub drill_seconds: Option<f64>,
    /// What the profile's program said of the tree that the last drill brought back.
    #[serde(default)]
    pub drill_program: Option<ProgramSaid>,
    /// The last drill where it failed after the last good one.
    #[serde(default)]
    pub drill_failed: Option<DrillFailed>,
    /// What the last drill showed, point by point.
    #[serde(default)]
    pub drill_verified: Option<DrillVerified>,
    /// When it was copied to the second place, and proven there.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub copied_at: Option<Instant>,
    /// What was found wanting when it was made, in words; the first fifty.
    pub unstable: Vec<String>,
    /// How many files are missing from it or may be wrong.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub losses: u64,
    /// How it is.
    pub state: RecordState,
    /// Why it is damaged.
    pub problem: Option<String>,
}

/// How a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "BackupState"))]
pub enum RecordState {
    /// Proven, and everything that it needs is there.
    Good,
    /// Proven, but some files changed while they were read.
    Flawed,
    /// Found, not proven yet.
    Unproven,
    /// Something is wrong with it, or with one that it needs.
    Damaged,
    /// It is not where it was.
    Missing,
    /// Being pruned.
    Leaving,
}

impl Record {
    /// The record of a backup that was just found or made.
    pub fn of(manifest: &Manifest, path: &Path, archive: Hash, bytes_out: u64) -> Self {
        let (files, bytes) = manifest.totals();
        let said = |flaw: &super::tree::Flaw| format!("{} {}", flaw.path, flaw.kind.says());
        let mut flaws: Vec<_> = manifest.flaws.iter().collect();
        flaws.sort_by_key(|flaw| !flaw.kind.is_a_loss());
        Self {
            id: manifest.id,
            kind: manifest.id.kind(),
            created_at: manifest.created,
            path: path.to_owned(),
            parent: manifest.parent,
            chain: u16::from(manifest.parent.is_some()),
            needs: manifest.needs(),
            files,
            bytes,
            bytes_in: manifest.totals_here().1,
            bytes_out,
            seconds: 0.0,
            archive,
            verified_at: None,
            drilled_at: None,
            drill_seconds: None,
            drill_program: None,
            drill_failed: None,
            drill_verified: None,
            copied_at: None,
            unstable: flaws.into_iter().take(MOST_FLAWS).map(said).collect(),
            losses: manifest.flaws_that_lose().count() as u64,
            state: RecordState::Unproven,
            problem: None,
        }
    }

    /// The record of a copy at `path`: what was done with this one was not done with that.
    pub fn copy_at(&self, path: PathBuf) -> Self {
        Self {
            path,
            copied_at: None,
            drilled_at: None,
            drill_seconds: None,
            drill_program: None,
            drill_failed: None,
            ..self.clone()
        }
    }

    /// Enters that every byte of it was proven just now.
    pub fn prove(&mut self, now: Instant) {
        self.verified_at = Some(now);
        self.problem = None;
        self.state = if self.losses == 0 { RecordState::Good } else { RecordState::Flawed };
    }

    /// Whether every byte of it was proven and is as far as known still there.
    pub fn is_proven(&self) -> bool {
        matches!(self.state, RecordState::Good | RecordState::Flawed) && self.verified_at.is_some()
    }
}

/// All backups of one ecosystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    schema: u32,
    root: PathBuf,
    /// Oldest first.
    records: Vec<Record>,
    #[serde(skip)]
    file: PathBuf,
}

impl Catalogue {
    /// Reads the catalogue of the ecosystem in `root` from the state folder; an empty one where there is none.
    ///
    /// What lies on the shelf and is of this ecosystem comes in; what is not there any more is said to be missing.
    ///
    /// # Errors
    /// When it, or a backup that it knows, cannot be read. A damaged one is set aside and made anew from what lies on the shelf.
    pub fn load(state_dir: &Path, root: &Path, shelf: &Shelf) -> Result<Self> {
        Self::load_from(Self::file(state_dir, root), root, shelf, None)
    }

    /// The same with a backup that was written just now: what is known of it need not be read from beside it.
    ///
    /// # Errors
    /// As [`Catalogue::load`].
    pub(super) fn load_with(state_dir: &Path, root: &Path, shelf: &Shelf, new: Record) -> Result<Self> {
        Self::load_from(Self::file(state_dir, root), root, shelf, Some(new))
    }

    fn file(state_dir: &Path, root: &Path) -> PathBuf {
        state_dir.join("backups").join(format!("{}.json", short_name(root)))
    }

    /// The same of the second place.
    ///
    /// # Errors
    /// As [`Catalogue::load`].
    pub(super) fn load_second(state_dir: &Path, root: &Path, shelf: &Shelf) -> Result<Self> {
        let file = state_dir.join("backups").join(format!("{}.second.json", short_name(root)));
        Self::load_from(file, root, shelf, None)
    }

    fn load_from(file: PathBuf, root: &Path, shelf: &Shelf, new: Option<Record>) -> Result<Self> {
        let mut catalogue = match fsio::read_bounded(&file, LARGEST) {
            Ok(bytes) => match serde_json::from_slice::<Self>(&bytes) {
                Ok(read) if read.schema == 1 && read.root == root => Self { file, ..read },
                _ => {
                    tracing::warn!(file = %file.display(), "the catalogue of backups is damaged and is made anew");
                    let _ = std::fs::rename(&file, file.with_extension("damaged.json"));
                    Self::empty(root, file)
                }
            },
            Err(error) if error.kind == ErrorKind::NotFound => Self::empty(root, file),
            Err(error) => return Err(error),
        };
        if let Some(new) = new {
            catalogue.put(new);
        }
        catalogue.look_at(shelf)?;
        Ok(catalogue)
    }

    fn empty(root: &Path, file: PathBuf) -> Self {
        Self { schema: 1, root: root.to_owned(), records: Vec::new(), file }
    }

    fn look_at(&mut self, shelf: &Shelf) -> Result<()> {
        for record in &mut self.records {
            let there = match record.path.symlink_metadata() {
                Ok(there) => Some(there),
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
                {
                    None
                }
                // What cannot be looked at may well be there: taken for missing it would have to be proven anew.
                Err(error) => return Err(Error::io("look at", &record.path, error)),
            };
            let same = there.as_ref().is_some_and(|there| there.is_file() && there.len() == record.bytes_out);
            match (record.state, there.is_some(), same) {
                (RecordState::Leaving, ..) => {}
                (_, false, _) => record.state = RecordState::Missing,
                (RecordState::Missing, true, true) => {
                    record.state = RecordState::Unproven;
                    record.verified_at = None;
                }
                (RecordState::Damaged, true, true) | (_, true, true) => {}
                (_, true, false) => {
                    record.state = RecordState::Damaged;
                    record.problem = Some("it has another length than when it was written".into());
                }
            }
        }
        for id in shelf.archives() {
            if self.find(id).is_some() {
                continue;
            }
            // Only what has a manifest of ours beside it, of this very ecosystem; everything else is foreign.
            if sidecar::root_of(&shelf.manifest(id)).is_none_or(|root| root != self.root) {
                continue;
            }
            let Ok(beside) = sidecar::read(&shelf.manifest(id)) else { continue };
            if beside.manifest.id == id && beside.manifest.root == self.root {
                let record = Record::of(&beside.manifest, &shelf.archive(id), beside.archive, beside.size);
                self.put(record);
            }
        }
        Ok(())
    }

    /// All backups, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The backup of this name.
    pub fn find(&self, id: ArchiveId) -> Option<&Record> {
        self.records.iter().find(|record| record.id == id)
    }

    /// Enters a backup, in place of what was known of it.
    pub fn put(&mut self, record: Record) {
        self.records.retain(|known| known.id != record.id);
        self.records.push(record);
        self.records.sort_by_key(|record| (record.created_at, record.id));
    }

    /// Changes what is known of a backup.
    pub fn change(&mut self, id: ArchiveId, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.records.iter_mut().find(|record| record.id == id) {
            change(record);
        }
    }

    /// Forgets a backup.
    pub fn forget(&mut self, id: ArchiveId) {
        self.records.retain(|record| record.id != id);
    }

    /// Whether everything that a backup needs is proven.
    pub fn is_whole(&self, record: &Record) -> bool {
        record.is_proven() && record.needs.iter().all(|id| self.find(*id).is_some_and(Record::is_proven))
    }

    /// Writes it down.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn save(&self) -> Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fsio::create_private_dir(folder)?;
        let text = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::System, "the catalogue cannot be put into words").because(error)
        })?;
        fsio::write_atomic(&self.file, &text, 0o600)
    }
}

/// A name for a root that is a file name: its last part, and enough of its hash to tell it from others.
pub(super) fn short_name(root: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let hash = super::assembly::hash(root.as_os_str().as_bytes());
    let last = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let last: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    format!("{last}-{}", &hex(&hash)[..12])
}

pub(super) mod hex_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Hash;
    use crate::backup::hash_text::{hex, unhex};

    pub fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(hash))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        unhex(text.as_bytes()).ok_or_else(|| serde::de::Error::custom("is no SHA-256"))
    }
}
