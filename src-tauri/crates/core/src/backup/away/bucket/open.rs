//! Opening a store: the four kinds that there are, with what each wants to know.

use std::sync::{Arc, Once};
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::multipart::MultipartStore;
use object_store::{ClientOptions, ObjectStore, RetryConfig};

use super::webdav::WebDav;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{AwayProof, AwaySettings, StoreKind};
use crate::secrets::{Secret, Secrets};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// What fails by the network's or the server's fault is tried again for so long; then it waits for the next time.
const TRIED_FOR: Duration = Duration::from_secs(60);

/// A store, and how large objects get into it.
pub(super) struct Opened {
    pub store: Arc<dyn ObjectStore>,
    pub way: Way,
}

/// How large objects get into a store.
pub(super) enum Way {
    /// In parts, which may come in any order and be days apart.
    Parts(Arc<dyn MultipartStore>),
    /// In one stream.
    Stream(WebDav),
}

/// Opens the store that `settings` name; nothing is asked of it yet.
///
/// # Errors
/// When the credentials are not there, or the address cannot be.
pub(super) fn open(settings: &AwaySettings, secrets: &Secrets) -> Result<Opened> {
    speak_tls();
    let secret = settings.secret.as_ref().map(|source| secrets.get(source)).transpose()?;
    match settings.store {
        StoreKind::S3 => s3(settings, secret.as_ref()).map_err(|error| cannot(settings, error)),
        StoreKind::Google => google(settings, secret.as_ref()).map_err(|error| cannot(settings, error)),
        StoreKind::Azure => azure(settings, secret.as_ref()).map_err(|error| cannot(settings, error)),
        StoreKind::WebDav { tls } => {
            let (dav, store) = WebDav::open(settings, tls, secret.as_ref(), options(settings), retry())?;
            Ok(Opened { store, way: Way::Stream(dav) })
        }
    }
}

pub(super) fn cannot(
    settings: &AwaySettings,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::new(ErrorKind::Usage, format!("{} cannot be opened", settings.place()))
        .because(error)
        .hint("Mend [away] of the profile.")
}

fn in_parts<S: ObjectStore + MultipartStore>(store: S) -> Opened {
    let store = Arc::new(store);
    Opened { store: Arc::<S>::clone(&store), way: Way::Parts(store) }
}

fn s3(settings: &AwaySettings, secret: Option<&Secret>) -> object_store::Result<Opened> {
    // Without a key the store looks into the environment, as its other tools do.
    let mut builder = match &settings.key {
        Some(key) => AmazonS3Builder::new().with_access_key_id(key),
        None => AmazonS3Builder::from_env(),
    };
    if let Some(secret) = secret {
        builder = builder.with_secret_access_key(secret.reveal());
    }
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if settings.proof == AwayProof::Store {
        builder = builder.with_checksum_algorithm(Checksum::SHA256);
    }
    let builder = builder.with_bucket_name(&settings.bucket).with_region(&settings.region);
    builder.with_client_options(options(settings)).with_retry(retry()).build().map(in_parts)
}

fn google(settings: &AwaySettings, secret: Option<&Secret>) -> object_store::Result<Opened> {
    // The secret is the whole JSON of a service account; without one the environment says who one is.
    let mut builder = match secret {
        Some(account) => GoogleCloudStorageBuilder::new().with_service_account_key(account.reveal()),
        None => GoogleCloudStorageBuilder::from_env(),
    };
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_base_url(endpoint);
    }
    let builder = builder.with_bucket_name(&settings.bucket);
    builder.with_client_options(options(settings)).with_retry(retry()).build().map(in_parts)
}

fn azure(settings: &AwaySettings, secret: Option<&Secret>) -> object_store::Result<Opened> {
    let mut builder = match &settings.key {
        Some(account) => MicrosoftAzureBuilder::new().with_account(account),
        None => MicrosoftAzureBuilder::from_env(),
    };
    if let Some(secret) = secret {
        builder = builder.with_access_key(secret.reveal());
    }
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    let builder = builder.with_container_name(&settings.bucket);
    builder.with_client_options(options(settings)).with_retry(retry()).build().map(in_parts)
}

fn options(settings: &AwaySettings) -> ClientOptions {
    let plain = match settings.store {
        StoreKind::WebDav { tls } => !tls,
        _ => settings.endpoint.as_deref().is_some_and(|at| at.starts_with("http://")),
    };
    ClientOptions::new().with_connect_timeout(CONNECT).with_timeout(settings.timeout).with_allow_http(plain)
}

fn retry() -> RetryConfig {
    RetryConfig { max_retries: 4, retry_timeout: TRIED_FOR, ..RetryConfig::default() }
}

/// TLS by ring, as everything else here; said once for the process.
fn speak_tls() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        // Somebody else may have said so already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
