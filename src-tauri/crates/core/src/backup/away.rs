//! The place that is not on this machine: a bucket of an S3-compatible store.
//!
//! An archive lies there as it lies here, under the same name, its list beside it; the list comes first and counts for
//! nothing without its archive. What was sent is read back and held against its hash before it counts. An upload is
//! written down part by part, so that one that was broken off goes on. Nothing of others is ever touched: what is removed
//! is what the list in the state folder knows, and what lies under our names and is another's is left as it is.

mod bucket;
mod fetch;
mod list;
mod send;

pub use self::bucket::Bucket;
pub use self::list::AwayList;
pub use self::send::Sent;
use super::desk::Desk;
use super::id::ArchiveId;
use super::retain::Keep;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::AwaySettings;
use crate::secrets::Secrets;

/// The backups of one ecosystem in their bucket.
pub struct Away<'a> {
    desk: &'a Desk,
    bucket: Bucket,
    keep: Keep,
    /// The place in words: another place has another list.
    place: String,
    bandwidth: Option<u64>,
}

impl Desk {
    /// The bucket that the profile names.
    ///
    /// # Errors
    /// `NotFound` where it names none; when the credentials are not there, or the address cannot be.
    pub fn away<'a>(&'a self, settings: Option<&AwaySettings>, secrets: &Secrets) -> Result<Away<'a>> {
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

impl Away<'_> {
    /// What is known of it.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn list(&self) -> Result<AwayList> {
        AwayList::load(&self.desk.state_dir, &self.desk.root, &self.place)
    }
}

/// Where an archive lies, below the bucket's folder.
fn name_of(id: ArchiveId) -> String {
    format!("{}/{}", id.kind().folder(), id.file_name())
}

/// Where the list beside it lies.
fn list_name_of(id: ArchiveId) -> String {
    format!("{}/{}", id.kind().folder(), id.manifest_name())
}
