//! Single files and folders out of the bucket: what holds them is read, and nothing else.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::Away;
use super::list::AwayList;
use super::parcel::Bytes;
use super::proof::named;
use crate::backup::catalogue::Record;
use crate::backup::id::ArchiveId;
use crate::backup::manifest::Manifest;
use crate::backup::members::Members;
use crate::backup::sidecar;
use crate::backup::stage::{Part, create_file, make_folders, set_up, set_up_folders};
use crate::backup::tree::{Entry, What};
use crate::backup::unpack::damaged;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Progress;

/// A part of a backup that was brought from the bucket, in a folder of its own until it is let go of.
#[derive(Debug)]
pub struct Picked {
    /// What the whole backup lists.
    pub(in crate::backup) manifest: Manifest,
    part: Part,
    tree: TempDir,
    /// Bytes that were read for it.
    read: u64,
}

/// What was brought for a restore.
#[derive(Debug)]
pub enum Brought {
    /// No more than what holds the wanted part.
    Part(Picked),
    /// These archives, to the first place.
    Whole(Vec<ArchiveId>),
}

/// Gives stretches of an archive.
type Stretcher<'a> = Box<dyn FnMut(Range<u64>) -> Result<Vec<u8>> + 'a>;

/// They are the same only where they lie in the same place.
impl PartialEq for Picked {
    fn eq(&self, other: &Self) -> bool {
        self.tree.path() == other.tree.path()
    }
}

impl Eq for Picked {}

impl Picked {
    /// Bytes that were read from the bucket for it.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Builds it, or a part of it, in `folder`, which must be empty; how many files that are.
    ///
    /// # Errors
    /// `NotFound` where that is more than was brought; errors of writing.
    pub(in crate::backup) fn stage(&self, part: &Part, folder: &Path) -> Result<u64> {
        let all = || self.manifest.entries.iter().filter(|entry| part.holds(&entry.path));
        if all().any(|entry| !self.part.holds(&entry.path)) {
            return Err(Error::new(ErrorKind::NotFound, "only a part of the backup was brought here"));
        }
        make_folders(&self.manifest, part, folder)?;
        let mut files = 0;
        for entry in all().filter(|entry| entry.what != What::Folder) {
            let from = self.tree.path().join(entry.path.as_path());
            let mut source = std::fs::File::open(&from).map_err(|error| Error::io("open", &from, error))?;
            let (mut file, path) = create_file(folder, &entry.path)?;
            std::io::copy(&mut source, &mut file).map_err(|error| Error::io("write", &path, error))?;
            set_up(&file, &path, entry.mode, entry.mtime)?;
            files += 1;
        }
        set_up_folders(&self.manifest, part, folder)?;
        Ok(files)
    }
}

impl Away<'_> {
    /// Brings what a restore of `part` needs: no more than what holds it, where that can be told.
    ///
    /// # Errors
    /// As [`Away::pick`] and [`Away::fetch`].
    pub fn bring(
        &self,
        id: ArchiveId,
        part: &Part,
        now: Instant,
        progress: &dyn Progress,
    ) -> Result<Brought> {
        if let Part::Only(_) = part {
            match self.pick(id, part, progress) {
                // It was sent without saying where each file lies, or that is wrong: the whole of it tells.
                Err(error) if error.kind == ErrorKind::Damaged => {
                    tracing::warn!(%error, "all of it is brought");
                }
                picked => return picked.map(Brought::Part),
            }
        }
        self.fetch(id, now, progress).map(Brought::Whole)
    }

    /// What a backup in the bucket holds, by the list beside it.
    ///
    /// # Errors
    /// `NotFound` where no such backup is known; as [`Away::pick`].
    pub fn manifest(&self, id: ArchiveId) -> Result<Manifest> {
        let list = self.known()?;
        let record = list.find(id).ok_or_else(|| self.unknown(id))?;
        Ok(self.opened_manifest(record)?.0)
    }

    /// Brings one file or folder of a backup from the bucket, without the archives it lies in; proven, file by file.
    ///
    /// # Errors
    /// `NotFound` where the list knows no such backup, or the backup holds nothing of the part; `Damaged`, also where it was
    /// sent without saying where each file lies; `Denied` where it is sealed and no key opens it; when the store does not answer.
    pub fn pick(&self, id: ArchiveId, part: &Part, progress: &dyn Progress) -> Result<Picked> {
        progress.step("Fetching");
        let list = self.known()?;
        let record = list.find(id).ok_or_else(|| self.unknown(id))?;
        let (manifest, members) = self.opened_members(record)?;
        let entries = || manifest.entries.iter().filter(|entry| part.holds(&entry.path));
        if entries().next().is_none() {
            return Err(Error::new(ErrorKind::NotFound, format!("the backup {id} holds nothing of that")));
        }
        let tree = tempfile::Builder::new().prefix("caretaker-").tempdir();
        let tree = tree.map_err(|error| Error::io("write into", &std::env::temp_dir(), error))?;
        let total = entries().filter_map(Entry::file).map(|file| file.size).sum();
        crate::backup::restore::room_for(total, tree.path())?;
        make_folders(&manifest, part, tree.path())?;
        let mut wanted: BTreeMap<ArchiveId, Vec<&Entry>> = BTreeMap::new();
        for entry in entries() {
            if let Some(file) = entry.file() {
                wanted.entry(file.held.unwrap_or(id)).or_default().push(entry);
            }
        }
        let (mut read, mut done) = (0, 0);
        for (holder, files) in wanted {
            let record = list.find(holder).ok_or_else(|| self.unknown(holder))?;
            let other;
            let (listed, members) = if holder == id {
                (&manifest, &members)
            } else {
                other = self.opened_members(record)?;
                (&other.0, &other.1)
            };
            let mut source = self.source_of(record, &list)?;
            for entry in files {
                progress.go_on()?;
                let path = &entry.path;
                let missing = || damaged(format!("{path} is not in {holder}, which should hold it"));
                let at =
                    listed.entries.binary_search_by(|other| other.path.cmp(path)).map_err(|_| missing())?;
                let lies = members.find(at, listed).ok_or_else(missing)?;
                let (file, full) = create_file(tree.path(), path)?;
                let mut hash = Sha256::new();
                members.unpack(
                    lies,
                    &listed.entries[at],
                    &mut |range| {
                        read += range.end - range.start;
                        source(range)
                    },
                    &mut |offset, piece| {
                        hash.update(piece);
                        done += piece.len() as u64;
                        progress.bytes(done, total);
                        progress.go_on()?;
                        file.write_all_at(piece, offset).map_err(|error| Error::io("write", &full, error))
                    },
                )?;
                let hash: [u8; 32] = hash.finalize().into();
                if entry.file().is_none_or(|wanted| wanted.hash != hash) {
                    return Err(damaged(format!("{path} has another content than its list says")));
                }
                set_up(&file, &full, entry.mode, entry.mtime)?;
            }
        }
        set_up_folders(&manifest, part, tree.path())?;
        Ok(Picked { manifest, part: part.clone(), tree, read })
    }

    /// What an archive in the bucket lists, and which of its members hold what, where that was said.
    fn opened_manifest(&self, record: &Record) -> Result<(Manifest, Option<Members>)> {
        let (text, members) = self.list_of(record)?;
        let beside = sidecar::parse(&text)?;
        if beside.archive != record.archive || beside.manifest.id != record.id {
            return Err(damaged("the list beside it is that of another archive"));
        }
        Ok((beside.manifest, members))
    }

    fn opened_members(&self, record: &Record) -> Result<(Manifest, Members)> {
        let (manifest, members) = self.opened_manifest(record)?;
        let unsaid = || damaged(format!("{} was sent without saying where each file lies", record.id));
        Ok((manifest, members.ok_or_else(unsaid)?))
    }

    /// What gives stretches of an archive in the bucket.
    fn source_of(&self, record: &Record, list: &AwayList) -> Result<Stretcher<'_>> {
        let name = named(record);
        // What lies between two small files of the same member is asked for once.
        let mut last: Option<(Range<u64>, Vec<u8>)> = None;
        let mut ask: Stretcher<'_> = match list.sealed_bytes(record) {
            None => Box::new(move |range| {
                self.bucket
                    .stretch(&name, range)
                    .map(|bytes| bytes.to_vec())
                    .map_err(|error| self.gone(error))
            }),
            Some(Bytes { size, .. }) => {
                let mut opened = self.opened_object(&name, size)?;
                Box::new(move |range| {
                    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
                    opened
                        .seek(SeekFrom::Start(range.start))
                        .and_then(|_| opened.read_exact(&mut bytes))
                        .map_err(super::seal::unwrapped)?;
                    Ok(bytes)
                })
            }
        };
        Ok(Box::new(move |range| {
            if let Some((known, bytes)) = &last
                && *known == range
            {
                return Ok(bytes.clone());
            }
            let bytes = ask(range.clone())?;
            last = Some((range, bytes.clone()));
            Ok(bytes)
        }))
    }
}
