//! What is sent of one backup: its archive and its list, as they are or sealed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fetch::room_for;
use super::list::AwayList;
use super::send::{LARGEST_LIST, PART};
use super::{Away, list_name_of, name_of};
use crate::backup::archive::{Archive, manifest_beside};
use crate::backup::catalogue::{Record, short_name};
use crate::backup::hash_text::{hex, unhex};
use crate::backup::id::ArchiveId;
use crate::backup::members::Members;
use crate::backup::sidecar::{self, Sidecar};
use crate::backup::tree::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// What stands before a sealed list, for whoever has no key: the hash and size of the sealed archive, and whose it is.
const HEAD: &[u8] = b"# sealed ";

/// What is sent of one backup.
pub(super) struct Parcel {
    pub name: String,
    pub list_name: String,
    /// The bytes of its list.
    pub list: Vec<u8>,
    /// What is sent as the archive, where it lies, and its bytes.
    pub file: File,
    pub path: PathBuf,
    pub bytes: Bytes,
    pub sealed: bool,
}

impl Parcel {
    /// In how many parts it goes.
    pub fn parts(&self) -> usize {
        usize::try_from(self.bytes.size.div_ceil(PART)).unwrap_or(usize::MAX)
    }

    /// The bytes of a part.
    pub fn length(&self, part: usize) -> u64 {
        PART.min(self.bytes.size - part as u64 * PART)
    }

    /// The content of a part.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn part(&self, part: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.length(part)).unwrap_or_default()];
        let read = self.file.read_exact_at(&mut bytes, part as u64 * PART);
        read.map_err(|error| Error::io("read", &self.path, error)).map(|()| bytes)
    }
}

/// What a store must have: the hash and the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bytes {
    #[serde(with = "crate::backup::catalogue::hex_text")]
    pub hash: Hash,
    pub size: u64,
}

/// A sealed archive that waits beside the list to be sent: what is sealed twice is never the same, and an upload that was
/// broken off must go on with the bytes that it began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spool {
    pub id: ArchiveId,
    /// To whom it was sealed.
    pub to: String,
    pub bytes: Bytes,
}

/// Whose list this is, and what it says of a sealed archive.
pub(super) enum Owner {
    /// This ecosystem's.
    Ours,
    /// Another's.
    Theirs,
    /// No list of a backup.
    Nobody,
}

impl Away<'_> {
    /// Where a sealed archive waits.
    fn spool_file(&self) -> PathBuf {
        let name = format!("{}{}", short_name(&self.desk.root), AwayList::WAITS);
        self.desk.state_dir.join("backups").join(name)
    }

    /// Clears away what waits sealed.
    pub(super) fn drop_spool(&self, list: &mut AwayList) -> Result<()> {
        if list.spool.take().is_some() {
            list.save()?;
        }
        fsio::remove(&self.spool_file())
    }

    /// What is to be sent of a backup; sealed where the profile says so, which takes as much room as it has bytes.
    pub(super) fn parcel(
        &self,
        record: &Record,
        list: &mut AwayList,
        progress: &dyn Progress,
    ) -> Result<Parcel> {
        let mut text = fsio::read_bounded(&manifest_beside(&record.path), LARGEST_LIST)?;
        // By this single files come back without the rest.
        text.extend(Archive::open(&record.path)?.members()?.line().into_bytes());
        let Some(keys) = self.keys() else {
            let (file, about) = fsio::open_regular(&record.path)?;
            if about.len() != record.bytes_out {
                let what = format!("{} has another size now", record.path.display());
                return Err(Error::new(ErrorKind::Damaged, what));
            }
            return Ok(Parcel {
                name: name_of(record.id, false),
                list_name: list_name_of(record.id, false),
                list: text,
                file,
                path: record.path.clone(),
                bytes: Bytes { hash: record.archive, size: record.bytes_out },
                sealed: false,
            });
        };
        let (path, to) = (self.spool_file(), keys.name());
        let waits = list.spool.as_ref().filter(|spool| spool.id == record.id && spool.to == to);
        let there = waits.map(|spool| spool.bytes).filter(|bytes| {
            path.symlink_metadata().is_ok_and(|about| about.is_file() && about.len() == bytes.size)
        });
        let bytes = match there {
            Some(bytes) => bytes,
            None => {
                progress.step("Sealing");
                // Parts that were sent of another sealing are of no use any more.
                if let Some(upload) = list.upload.take_if(|upload| upload.id == record.id) {
                    self.bucket.give_up(&name_of(record.id, true), &upload.name);
                }
                self.drop_spool(list)?;
                let folder = self.desk.state_dir.join("backups");
                fsio::create_private_dir(&folder)?;
                room_for(&folder, record.bytes_out, "sealed")?;
                let (hash, size) = keys.seal_file(&record.path, &path, progress)?;
                let bytes = Bytes { hash, size };
                list.spool = Some(Spool { id: record.id, to, bytes });
                list.save()?;
                bytes
            }
        };
        let sealed = [self.head(bytes).as_bytes(), &keys.seal(&text)?].concat();
        let (file, _) = fsio::open_regular(&path)?;
        Ok(Parcel {
            name: name_of(record.id, true),
            list_name: list_name_of(record.id, true),
            list: sealed,
            file,
            path,
            bytes,
            sealed: true,
        })
    }

    fn head(&self, bytes: Bytes) -> String {
        format!("# sealed {} {} {}\n", hex(&bytes.hash), bytes.size, self.own_mark())
    }

    /// Tells this ecosystem's lists from another's, without saying where it lies.
    fn own_mark(&self) -> String {
        use std::os::unix::ffi::OsStrExt;
        hex(&Sha256::digest(self.desk.root.as_os_str().as_bytes()).into())
    }

    /// Whether a list in the bucket is the one of `parcel`: what is sealed twice differs, what stands before it does not.
    pub(super) fn is_list_of(&self, there: &[u8], parcel: &Parcel) -> bool {
        if parcel.sealed {
            there.starts_with(self.head(parcel.bytes).as_bytes())
        } else {
            there == parcel.list
        }
    }

    /// Whose a list in the bucket is.
    pub(super) fn owner_of(&self, there: &[u8]) -> Owner {
        let is_ours = match read_head(there) {
            Some((_, mark, _)) => Some(mark == self.own_mark()),
            None => sidecar_of(there).map(|list| list.manifest.root == self.desk.root),
        };
        match is_ours {
            Some(true) => Owner::Ours,
            Some(false) => Owner::Theirs,
            None => Owner::Nobody,
        }
    }
}

/// The head of a sealed list: of which bytes its archive is, whose it is, and what follows.
pub(super) fn read_head(there: &[u8]) -> Option<(Bytes, String, &[u8])> {
    let end = there.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(there[..end].strip_prefix(HEAD)?).ok()?;
    let mut words = line.split(' ');
    let hash = unhex(words.next()?.as_bytes())?;
    let size = words.next()?.parse().ok()?;
    Some((Bytes { hash, size }, words.next()?.to_owned(), &there[end + 1..]))
}

fn sidecar_of(there: &[u8]) -> Option<Sidecar> {
    let mut text = there.to_vec();
    Members::split_off(&mut text);
    sidecar::parse(&text).ok()
}
