//! A WebDAV server: objects as everywhere, but a large one comes in a single stream, under a name of its own until it is whole.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::Stream;
use object_store::http::HttpBuilder;
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode};

use super::open::cannot;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::AwaySettings;
use crate::secrets::Secret;

/// What is appended to the name of what is not whole yet.
const UNFINISHED: &str = ".part";

/// The way of large objects into a WebDAV server.
pub(super) struct WebDav {
    client: Client,
    at: String,
}

impl WebDav {
    /// Opens both: the way of large objects, and the store for everything else.
    pub fn open(
        settings: &AwaySettings,
        tls: bool,
        secret: Option<&Secret>,
        options: ClientOptions,
        retry: RetryConfig,
    ) -> Result<(Self, Arc<dyn ObjectStore>)> {
        let at = format!("{}://{}", if tls { "https" } else { "http" }, settings.bucket);
        let mut head = HeaderMap::new();
        if let Some(user) = &settings.key {
            head.insert(AUTHORIZATION, basic(user, secret)?);
        }
        let store = HttpBuilder::new()
            .with_url(&at)
            .with_client_options(options.with_default_headers(head.clone()))
            .with_retry(retry)
            .build()
            .map_err(|error| cannot(settings, error))?;
        // No limit for the whole of it: it may be hours. What stands still for as long as a part may take is given up.
        let client = Client::builder()
            .default_headers(head)
            .read_timeout(settings.timeout)
            .https_only(tls)
            .build()
            .map_err(|error| cannot(settings, error))?;
        Ok((Self { client, at }, Arc::new(store)))
    }

    fn url(&self, key: &Key) -> String {
        format!("{}/{key}", self.at)
    }

    /// Where something is put that is not whole yet.
    pub fn unfinished(name: &str) -> String {
        format!("{name}{UNFINISHED}")
    }

    /// Sends `length` bytes in one stream.
    ///
    /// # Errors
    /// When the server does not take them.
    pub async fn put(
        &self,
        key: &Key,
        length: u64,
        pieces: impl Stream<Item = Result<Vec<u8>>> + Send + 'static,
    ) -> std::result::Result<(), Refused> {
        let request = self.client.put(self.url(key)).header(CONTENT_LENGTH, length);
        answered(request.body(reqwest::Body::wrap_stream(pieces)).send().await)
    }

    /// Gives what is whole its name; what had it before is replaced.
    ///
    /// # Errors
    /// When the server does not do so.
    pub async fn name(&self, unfinished: &Key, key: &Key) -> std::result::Result<(), Refused> {
        let method = Method::from_bytes(b"MOVE").unwrap_or_default();
        let request = self.client.request(method, self.url(unfinished));
        answered(request.header("Destination", self.url(key)).header("Overwrite", "T").send().await)
    }
}

/// Why the server did not do something.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It said so.
    #[error("it answered {0}")]
    Said(StatusCode),
    /// It did not answer.
    #[error("it did not answer: {0}")]
    Silent(reqwest::Error),
}

fn answered(answer: reqwest::Result<reqwest::Response>) -> std::result::Result<(), Refused> {
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Refused::Said(answer.status())),
        // The address may hold no secret, and yet is nobody's business in a log.
        Err(error) => Err(Refused::Silent(error.without_url())),
    }
}

fn basic(user: &str, secret: Option<&Secret>) -> Result<HeaderValue> {
    let both = format!("{user}:{}", secret.map(Secret::reveal).unwrap_or_default());
    let value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(both)));
    let mut value = value.map_err(|error| {
        Error::new(ErrorKind::Usage, "the user of [away] cannot be put into a request").because(error)
    })?;
    value.set_sensitive(true);
    Ok(value)
}
