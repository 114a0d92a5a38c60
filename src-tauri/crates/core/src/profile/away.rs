//! The place of backups that is not on this machine.

use std::time::Duration;

use super::channels::SecretSource;

/// A bucket of an S3-compatible store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaySettings {
    /// The bucket.
    pub bucket: String,
    /// The folder in it, without slashes around it; empty = the bucket itself.
    pub folder: String,
    /// The address of its server; `None` = Amazon's own.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// The name of the access key; `None` = from the environment (AWS_ACCESS_KEY_ID).
    pub key: Option<String>,
    /// Where the secret of the access key lies.
    pub secret: Option<SecretSource>,
    /// How many days, weeks and months are kept there.
    pub keep: [u16; 3],
    /// Bytes a second at most.
    pub bandwidth: Option<u64>,
    /// How long a request may take.
    pub timeout: Duration,
}

impl AwaySettings {
    /// The place in one word, as people read it.
    pub fn place(&self) -> String {
        let at = self.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
        let folder = if self.folder.is_empty() { String::new() } else { format!("/{}", self.folder) };
        format!("s3://{}{folder}{at}", self.bucket)
    }
}
