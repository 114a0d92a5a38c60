//! The place of backups that is not on this machine.

use std::time::Duration;

use super::channels::SecretSource;

/// A folder in a store of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaySettings {
    /// How the store is spoken to.
    pub store: StoreKind,
    /// The bucket; of a WebDAV server its host, with its port where it has one.
    pub bucket: String,
    /// The folder in it, without slashes around it; empty = the bucket itself.
    pub folder: String,
    /// The address of its server; `None` = the maker's own.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// The name of the access key, of the account, or of the user; `None` = from the environment.
    pub key: Option<String>,
    /// Where the secret of the access key lies.
    pub secret: Option<SecretSource>,
    /// How many days, weeks and months are kept there.
    pub keep: [u16; 3],
    /// Bytes a second at most.
    pub bandwidth: Option<u64>,
    /// How long a request may take.
    pub timeout: Duration,
    /// What has to be seen before something counts as being there.
    pub proof: AwayProof,
    /// How archives are sealed before they leave; `None` = not at all.
    pub seal: Option<SealSettings>,
}

/// Which kind of store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// Amazon's S3, and whatever speaks like it.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
    /// A WebDAV server, over TLS or not.
    WebDav {
        /// Whether over TLS.
        tls: bool,
    },
}

impl StoreKind {
    /// What stands before `://` in the name of a place.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
            Self::WebDav { tls: true } => "webdavs",
            Self::WebDav { tls: false } => "webdav",
        }
    }
}

/// What has to be seen before something counts as being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AwayProof {
    /// Every byte is read back and held against its hash.
    #[default]
    Read,
    /// The store itself holds each part against the SHA-256 that was sent along; its size is looked at.
    Store,
}

/// How archives are sealed before they leave, by age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealSettings {
    /// To whom.
    pub to: SealedTo,
    /// Where the key lies that opens them; `None` = not on this machine, or the passphrase does.
    pub identity: Option<SecretSource>,
}

/// To whom something is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedTo {
    /// To the holders of these keys (`age1…`).
    Recipients(Vec<String>),
    /// To whoever knows a passphrase.
    Passphrase(SecretSource),
}

impl AwaySettings {
    /// The place in one word, as people read it.
    pub fn place(&self) -> String {
        let at = self.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
        let folder = if self.folder.is_empty() { String::new() } else { format!("/{}", self.folder) };
        format!("{}://{}{folder}{at}", self.store.scheme(), self.bucket)
    }
}
