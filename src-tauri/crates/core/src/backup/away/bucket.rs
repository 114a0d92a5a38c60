//! A bucket, as far as backups need one: small and large objects, their size, their bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Once};
use std::time::Duration;

use futures_util::StreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::MultipartStore;
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::backup::tree::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::AwaySettings;
use crate::progress::Progress;
use crate::secrets::Secrets;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// What fails by the network's or the server's fault is tried again for so long; then it waits for the next time.
const TRIED_FOR: Duration = Duration::from_secs(60);

/// A folder of a bucket.
pub struct Bucket {
    store: Arc<AmazonS3>,
    folder: String,
    place: String,
    runtime: Runtime,
}

/// The parts of an upload that have arrived, by their number, with what the store calls each.
pub type Parts = BTreeMap<usize, String>;

impl Bucket {
    /// Opens it; nothing is asked of it yet.
    ///
    /// # Errors
    /// When the credentials are not there, or the address cannot be.
    pub fn open(settings: &AwaySettings, secrets: &Secrets) -> Result<Self> {
        speak_tls();
        let options = ClientOptions::new()
            .with_connect_timeout(CONNECT)
            .with_timeout(settings.timeout)
            .with_allow_http(settings.endpoint.as_deref().is_some_and(|at| at.starts_with("http://")));
        let retry = RetryConfig { max_retries: 4, retry_timeout: TRIED_FOR, ..RetryConfig::default() };
        // Without a key the store looks into the environment, as its other tools do.
        let mut builder = match &settings.key {
            Some(key) => AmazonS3Builder::new().with_access_key_id(key),
            None => AmazonS3Builder::from_env(),
        };
        if let Some(source) = &settings.secret {
            builder = builder.with_secret_access_key(secrets.get(source)?.reveal());
        }
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let cannot = |error: object_store::Error| {
            Error::new(ErrorKind::Usage, format!("{} cannot be opened", settings.place()))
                .because(error)
                .hint("Mend [away] of the profile.")
        };
        let store = builder
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_client_options(options)
            .with_retry(retry)
            .build()
            .map_err(cannot)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::new(ErrorKind::System, "the system gave no timer").because(error))?;
        Ok(Self { store: Arc::new(store), folder: settings.folder.clone(), place: settings.place(), runtime })
    }

    fn key(&self, name: &str) -> Key {
        Key::from(if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) })
    }

    /// The size of an object; `None` where there is none.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        let key = self.key(name);
        match self.runtime.block_on(self.store.head(&key)) {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.said(name, error)),
        }
    }

    /// The names of all objects below `folder`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn names(&self, folder: &str) -> Result<Vec<String>> {
        let below = self.key(folder);
        let own = self.key("");
        self.runtime.block_on(async {
            let mut all = self.store.list(Some(&below));
            let mut names = Vec::new();
            while let Some(one) = all.next().await {
                let meta = one.map_err(|error| self.said(folder, error))?;
                let parts = meta.location.prefix_match(&own);
                names.extend(
                    parts.map(|parts| {
                        parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/")
                    }),
                );
            }
            Ok(names)
        })
    }

    /// A small object, whole; `None` where there is none.
    ///
    /// # Errors
    /// When the store does not answer, or the object is larger than `most`.
    pub fn get(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let found = self.read(name, &mut |piece| {
            bytes.extend_from_slice(piece);
            if bytes.len() as u64 > most {
                return Err(Error::new(ErrorKind::Damaged, format!("{name} in {} is too large", self.place)));
            }
            Ok(())
        })?;
        Ok(found.then_some(bytes))
    }

    /// Puts a small object in one request.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let key = self.key(name);
        self.runtime
            .block_on(self.store.put(&key, PutPayload::from(bytes)))
            .map(drop)
            .map_err(|error| self.said(name, error))
    }

    /// Gives the bytes of an object piece by piece; false where there is none.
    ///
    /// # Errors
    /// When the store does not answer to its end; those of `take`.
    pub fn read(&self, name: &str, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        self.runtime.block_on(async {
            let got = match self.store.get(&self.key(name)).await {
                Ok(got) => got,
                Err(object_store::Error::NotFound { .. }) => return Ok(false),
                Err(error) => return Err(self.said(name, error)),
            };
            let mut pieces = got.into_stream();
            while let Some(piece) = pieces.next().await {
                take(&piece.map_err(|error| self.said(name, error))?)?;
            }
            Ok(true)
        })
    }

    /// The SHA-256 and the size of an object, as it is read back; `None` where there is none.
    ///
    /// # Errors
    /// When the store does not answer to its end, or a person cancels.
    pub fn hash(&self, name: &str, size: u64, progress: &dyn Progress) -> Result<Option<(Hash, u64)>> {
        let (mut hash, mut done) = (Sha256::new(), 0_u64);
        let found = self.read(name, &mut |piece| {
            hash.update(piece);
            done += piece.len() as u64;
            progress.bytes(done, size);
            progress.go_on()
        })?;
        Ok(found.then(|| (hash.finalize().into(), done)))
    }

    /// Removes an object; one that is gone is no fault.
    ///
    /// # Errors
    /// `Denied` where the store holds on to it; when it does not answer.
    pub fn remove(&self, name: &str) -> Result<()> {
        let key = self.key(name);
        match self.runtime.block_on(self.store.delete(&key)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.said(name, error)),
        }
    }

    /// Begins an upload in parts; what the store calls it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn begin(&self, name: &str) -> Result<String> {
        let key = self.key(name);
        self.runtime.block_on(self.store.create_multipart(&key)).map_err(|error| self.said(name, error))
    }

    /// Sends the parts of `wanted`, some at once; `content` gives the bytes of each, `arrived` hears of each that is there.
    ///
    /// # Errors
    /// `NotFound` where the store knows nothing of the upload any more; when it does not take a part; those of the two.
    pub fn send_parts(
        &self,
        name: &str,
        upload: &str,
        wanted: &[usize],
        at_once: usize,
        content: &dyn Fn(usize) -> Result<Vec<u8>>,
        arrived: &mut dyn FnMut(usize, String) -> Result<()>,
    ) -> Result<()> {
        let (key, upload) = (self.key(name), upload.to_owned());
        self.runtime.block_on(async {
            let sending = wanted.iter().map(|part| {
                let (key, upload, part) = (&key, &upload, *part);
                async move {
                    let payload = PutPayload::from(content(part)?);
                    let sent = self.store.put_part(key, upload, part, payload).await;
                    sent.map(|sent| (part, sent.content_id)).map_err(|error| self.said(name, error))
                }
            });
            let mut sent = futures_util::stream::iter(sending).buffer_unordered(at_once);
            while let Some(one) = sent.next().await {
                let (part, id) = one?;
                arrived(part, id)?;
            }
            Ok(())
        })
    }

    /// Makes one object of all parts.
    ///
    /// # Errors
    /// `NotFound` where the store knows nothing of the upload any more; when it does not answer.
    pub fn complete(&self, name: &str, upload: &str, parts: &Parts) -> Result<()> {
        let parts =
            parts.values().map(|id| object_store::multipart::PartId { content_id: id.clone() }).collect();
        let (key, upload) = (self.key(name), upload.to_owned());
        self.runtime
            .block_on(self.store.complete_multipart(&key, &upload, parts))
            .map(drop)
            .map_err(|error| self.said(name, error))
    }

    /// Has the store forget an upload; what it does not know is no fault, and neither is that it does not answer: stores
    /// clear such leftovers by rules of their own.
    pub fn give_up(&self, name: &str, upload: &str) {
        let (key, upload) = (self.key(name), upload.to_owned());
        if let Err(error) = self.runtime.block_on(self.store.abort_multipart(&key, &upload)) {
            tracing::info!(%error, name, "an unfinished upload stays with the store");
        }
    }

    /// Waits, so that no more than some bytes a second are sent.
    pub fn pause(&self, time: Duration) {
        // Made inside: a timer belongs to the runtime that drives it.
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// What the store said, with what helps.
    fn said(&self, name: &str, error: object_store::Error) -> Error {
        use object_store::Error as Said;
        let what = format!("{name} in {}", self.place);
        let text = error.to_string();
        let (kind, hint) = match &error {
            Said::NotFound { .. } => (ErrorKind::NotFound, "Look whether bucket and folder are right."),
            _ if text.contains("RequestTimeTooSkewed") => {
                (ErrorKind::Denied, "The clock of this machine is wrong: set it, and it goes on.")
            }
            // What is asked of the whole bucket has no kind of its own.
            _ if matches!(error, Said::PermissionDenied { .. } | Said::Unauthenticated { .. })
                || ["401 Unauthorized", "403 Forbidden"].iter().any(|status| text.contains(status)) =>
            {
                (
                    ErrorKind::Denied,
                    "Look whether the access key is still valid, and what it may do in the bucket.",
                )
            }
            _ => (ErrorKind::System, "It is tried again; nothing is lost here."),
        };
        Error::new(kind, format!("the store refused {what}")).because(error).hint(hint)
    }
}

/// TLS by ring, as everything else here; said once for the process.
fn speak_tls() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        // Somebody else may have said so already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
