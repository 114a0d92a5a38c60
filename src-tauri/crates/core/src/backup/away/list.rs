//! What is known of a bucket: written after each step, so that whoever comes after a crash goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::bucket::Parts;
use super::is_sealed;
use super::parcel::{Bytes, Spool};
use crate::backup::catalogue::{Record, RecordState, short_name};
use crate::backup::id::ArchiveId;
use crate::backup::retain::Candidate;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// A list takes no more than this.
const LARGEST: u64 = 64 << 20;

/// All that lies in a bucket of one ecosystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwayList {
    schema: u32,
    root: PathBuf,
    place: String,
    records: Vec<Record>,
    /// The upload that goes on, or was broken off.
    #[serde(default)]
    pub(super) upload: Option<Upload>,
    /// The sealed archive that waits to be sent, or is being sent.
    #[serde(default)]
    pub(super) spool: Option<Spool>,
    /// What the bucket has of those that are sealed.
    #[serde(default)]
    pub(super) sealed: BTreeMap<ArchiveId, Bytes>,
    /// Backups of which something may lie there that is not whole.
    #[serde(default)]
    pub(super) begun: BTreeSet<ArchiveId>,
    /// What kept the last try from its end, and when that was.
    #[serde(default)]
    pub problem: Option<(Instant, String)>,
    /// When a copy of the key was last seen to open what is sealed.
    #[serde(default)]
    pub key_opened: Option<Instant>,
    #[serde(skip)]
    file: PathBuf,
}

/// An upload in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Upload {
    /// Of which backup.
    pub id: ArchiveId,
    /// What the store calls it.
    pub name: String,
    /// The parts that have arrived.
    pub parts: Parts,
}

impl AwayList {
    /// What the name of a sealed archive ends with that waits in the state folder to be sent.
    pub const WAITS: &str = ".away.age";

    /// Reads the list of `place` for the ecosystem in `root`; an empty one where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load(state_dir: &Path, root: &Path, place: &str) -> Result<Self> {
        let file = state_dir.join("backups").join(format!("{}.away.json", short_name(root)));
        let empty = |file: PathBuf| Self {
            schema: 1,
            root: root.to_owned(),
            place: place.to_owned(),
            records: Vec::new(),
            upload: None,
            spool: None,
            sealed: BTreeMap::new(),
            begun: BTreeSet::new(),
            problem: None,
            key_opened: None,
            file,
        };
        let bytes = match fsio::read_bounded(&file, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(empty(file)),
            Err(error) => return Err(error),
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(read) if read.schema == 1 && read.root == root && read.place == place => {
                Ok(Self { file, ..read })
            }
            // Of another bucket: what lies here is found by looking.
            Ok(_) => Ok(empty(file)),
            Err(error) => {
                tracing::warn!(%error, "the list of what was sent away is damaged; it is made anew");
                Ok(empty(file))
            }
        }
    }

    /// Everything, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// One of them.
    pub fn find(&self, id: ArchiveId) -> Option<&Record> {
        self.records.iter().find(|record| record.id == id)
    }

    /// When the newest one that is proven was made.
    pub fn newest(&self) -> Option<Instant> {
        self.records.iter().filter(|record| self.is_whole(record)).map(|record| record.created_at).max()
    }

    /// Whether it and all that it needs is proven there.
    pub fn is_whole(&self, record: &Record) -> bool {
        record.is_proven() && record.needs.iter().all(|id| self.find(*id).is_some_and(Record::is_proven))
    }

    /// What the bucket must have of it.
    pub(super) fn bytes_of(&self, record: &Record) -> Bytes {
        let plain = Bytes { hash: record.archive, size: record.bytes_out };
        self.sealed_bytes(record).unwrap_or(plain)
    }

    /// The same where it is sealed; `None` where it is not.
    pub(super) fn sealed_bytes(&self, record: &Record) -> Option<Bytes> {
        self.sealed.get(&record.id).copied().filter(|_| is_sealed(record))
    }

    pub(super) fn put(&mut self, record: Record) {
        self.records.retain(|known| known.id != record.id);
        self.records.push(record);
        self.records.sort_by_key(|record| (record.created_at, record.id));
    }

    pub(super) fn change(&mut self, id: ArchiveId, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.records.iter_mut().find(|record| record.id == id) {
            change(record);
        }
    }

    pub(super) fn forget(&mut self, id: ArchiveId) {
        self.records.retain(|record| record.id != id);
        self.sealed.remove(&id);
    }

    /// What retention must know of what is here and there together: `here` counts as if it were sent already.
    pub(super) fn candidates(&self, here: &[&Record]) -> Vec<Candidate> {
        let mut all: BTreeMap<ArchiveId, Candidate> = BTreeMap::new();
        for record in
            here.iter().copied().chain(self.records.iter().filter(|one| one.state != RecordState::Missing))
        {
            let proven = here.iter().any(|one| one.id == record.id) || self.is_whole(record);
            let candidate = Candidate {
                id: record.id,
                proven,
                flawless: record.losses == 0,
                needs: record.needs.clone(),
            };
            all.entry(record.id).or_insert(candidate);
        }
        all.into_values().collect()
    }

    pub(super) fn save(&self) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(|error| {
            Error::new(ErrorKind::System, "the list cannot be put into words").because(error)
        })?;
        if let Some(folder) = self.file.parent() {
            fsio::create_private_dir(folder)?;
        }
        fsio::write_atomic(&self.file, &text, 0o600)
    }
}
