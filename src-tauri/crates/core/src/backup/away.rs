//! The place that is not on this machine: a bucket of an S3-compatible store.
//!
//! An archive lies there as it lies here, under the same name, its list beside it; the list comes first and counts for
//! nothing without its archive. What was sent is read back and held against its hash before it counts. An upload is
//! written down part by part, so that one that was broken off goes on. Nothing of others is ever touched: what is removed
//! is what the list in the state folder knows, and what lies under our names and is another's is left as it is.
//!
//! Where the profile says so, both are sealed by age before they leave. What is sealed twice is never the same, so that the
//! sealed archive waits in the state folder until it is through; before the sealed list stands a line in clear, by which
//! whoever has no key still knows whose it is and which bytes its archive must have.

mod bucket;
mod fetch;
mod list;
mod parcel;
mod pick;
mod proof;
mod seal;
mod send;
mod stretch;

pub use self::bucket::Bucket;
pub use self::list::AwayList;
pub use self::pick::{Brought, Picked};
use self::seal::Keys;
pub use self::seal::new_key;
pub use self::send::Sent;
use super::catalogue::{Catalogue, Record};
use super::desk::Desk;
use super::id::ArchiveId;
use super::retain::Keep;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{AwayProof, AwaySettings, SealSettings};
use crate::secrets::Secrets;

/// The backups of one ecosystem in their bucket.
pub struct Away<'a> {
    desk: &'a Desk,
    bucket: Bucket,
    keep: Keep,
    /// The place in words: another place has another list.
    place: String,
    bandwidth: Option<u64>,
    proof: AwayProof,
    seal: Option<&'a SealSettings>,
    secrets: &'a Secrets,
}

impl Desk {
    /// The bucket that the profile names.
    ///
    /// # Errors
    /// `NotFound` where it names none; when the credentials are not there, or the address cannot be.
    pub fn away<'a>(&'a self, settings: Option<&'a AwaySettings>, secrets: &'a Secrets) -> Result<Away<'a>> {
        let settings = settings.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the profile names no place that is not on this machine")
                .hint("Name a bucket in [away] of the profile.")
        })?;
        Ok(Away {
            desk: self,
            bucket: Bucket::open(settings, secrets)?,
            keep: Keep::of(settings.keep),
            place: settings.place(),
            bandwidth: settings.bandwidth,
            proof: settings.proof,
            seal: settings.seal.as_ref(),
            secrets,
        })
    }

    /// What is known of the bucket, without asking it; `None` where the profile names none.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn away_list(&self, settings: Option<&AwaySettings>) -> Result<Option<AwayList>> {
        settings.map(|settings| AwayList::load(&self.state_dir, &self.root, &settings.place())).transpose()
    }
}

impl Desk {
    /// What waits to be sent, oldest first, by what is known here and there.
    pub fn waits_to_be_sent(
        &self,
        settings: &AwaySettings,
        catalogue: &Catalogue,
        list: &AwayList,
        now: Instant,
    ) -> Vec<Record> {
        send::plan(self, Keep::of(settings.keep), catalogue, list, now).0
    }
}

impl Away<'_> {
    /// What is known of it.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn list(&self) -> Result<AwayList> {
        AwayList::load(&self.desk.state_dir, &self.desk.root, &self.place)
    }

    /// Its name.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What seals and opens; `None` where nothing is sealed.
    fn keys(&self) -> Option<Keys<'_>> {
        self.seal.map(|settings| Keys::new(settings, self.secrets))
    }
}

/// What the names of what is sealed end with.
const SEALED: &str = ".age";

fn ending(sealed: bool) -> &'static str {
    if sealed { SEALED } else { "" }
}

/// Where an archive lies, below the bucket's folder.
fn name_of(id: ArchiveId, sealed: bool) -> String {
    format!("{}/{}{}", id.kind().folder(), id.file_name(), ending(sealed))
}

/// Where the list beside it lies.
fn list_name_of(id: ArchiveId, sealed: bool) -> String {
    format!("{}/{}{}", id.kind().folder(), id.manifest_name(), ending(sealed))
}

/// Whether what lies there of a backup is sealed.
fn is_sealed(record: &Record) -> bool {
    record.path.to_string_lossy().ends_with(SEALED)
}
