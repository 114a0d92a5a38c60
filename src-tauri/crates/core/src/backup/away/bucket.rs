//! A bucket, as far as backups need one: small and large objects, their size, their bytes.

mod open;
mod webdav;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use futures_util::StreamExt;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use self::open::{Opened, Way};
use self::webdav::{Refused, WebDav};
use crate::backup::tree::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::AwaySettings;
use crate::progress::Progress;
use crate::secrets::Secrets;

/// A folder of a bucket.
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    way: Way,
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
        let Opened { store, way } = open::open(settings, secrets)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::new(ErrorKind::System, "the system gave no timer").because(error))?;
        Ok(Self { store, way, folder: settings.folder.clone(), place: settings.place(), runtime })
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

    /// The names of all objects in `folder`, without what lies in folders of it: many WebDAV servers tell no more.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn names(&self, folder: &str) -> Result<Vec<String>> {
        let (below, own) = (self.key(folder), self.key(""));
        let listed = self.runtime.block_on(self.store.list_with_delimiter(Some(&below)));
        let listed = listed.map_err(|error| self.said(folder, error))?;
        let name = |meta: object_store::ObjectMeta| {
            let parts = meta.location.prefix_match(&own)?;
            Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
        };
        Ok(listed.objects.into_iter().filter_map(name).collect())
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

    /// The bytes of a stretch of an object.
    ///
    /// # Errors
    /// `NotFound` where there is none; when the store does not answer to its end.
    pub fn stretch(&self, name: &str, range: Range<u64>) -> Result<bytes::Bytes> {
        let key = self.key(name);
        self.runtime.block_on(self.store.get_range(&key, range)).map_err(|error| self.said(name, error))
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

    /// Whether large objects get into it in parts.
    pub fn takes_parts(&self) -> bool {
        matches!(self.way, Way::Parts(_))
    }

    fn parts(&self) -> Result<&dyn MultipartStore> {
        match &self.way {
            Way::Parts(store) => Ok(&**store),
            Way::Stream(_) => Err(Error::new(ErrorKind::System, format!("{} takes no parts", self.place))),
        }
    }

    /// Begins an upload in parts; what the store calls it.
    ///
    /// # Errors
    /// When the store does not answer, or takes no parts.
    pub fn begin(&self, name: &str) -> Result<String> {
        let (key, store) = (self.key(name), self.parts()?);
        self.runtime.block_on(store.create_multipart(&key)).map_err(|error| self.said(name, error))
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
        let (key, upload, store) = (self.key(name), upload.to_owned(), self.parts()?);
        self.runtime.block_on(async {
            let sending = wanted.iter().map(|part| {
                let (key, upload, part) = (&key, &upload, *part);
                async move {
                    let payload = PutPayload::from(content(part)?);
                    let sent = store.put_part(key, upload, part, payload).await;
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
        let parts = parts.values().map(|id| PartId { content_id: id.clone() }).collect();
        let (key, upload, store) = (self.key(name), upload.to_owned(), self.parts()?);
        self.runtime
            .block_on(store.complete_multipart(&key, &upload, parts))
            .map(drop)
            .map_err(|error| self.said(name, error))
    }

    /// Has the store forget an upload; what it does not know is no fault, and neither is that it does not answer: stores
    /// clear such leftovers by rules of their own.
    pub fn give_up(&self, name: &str, upload: &str) {
        let (key, upload) = (self.key(name), upload.to_owned());
        let Way::Parts(store) = &self.way else { return };
        if let Err(error) = self.runtime.block_on(store.abort_multipart(&key, &upload)) {
            tracing::info!(%error, name, "an unfinished upload stays with the store");
        }
    }

    /// Sends an object of `length` bytes in one stream, to a store that takes no parts; it has its name when it is whole.
    /// `next` gives the next bytes, `None` at their end.
    ///
    /// # Errors
    /// When the store does not take them; those of `next`.
    pub fn send_stream(
        &self,
        name: &str,
        length: u64,
        bandwidth: Option<u64>,
        next: &mut dyn FnMut() -> Result<Option<Vec<u8>>>,
    ) -> Result<()> {
        let Way::Stream(dav) = &self.way else {
            return Err(Error::new(ErrorKind::System, format!("{} takes parts", self.place)));
        };
        let unfinished = self.key(&WebDav::unfinished(name));
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Vec<u8>>>(1);
        let pieces = futures_util::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|piece| (piece, receiver))
        });
        let feeding = async move {
            loop {
                let begun = Stopwatch::now();
                let piece = match next() {
                    Ok(Some(piece)) => piece,
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        // The server must not take what came so far for the whole.
                        let broken = Error::new(ErrorKind::System, "broken off");
                        let _ = sender.send(Err(broken)).await;
                        return Err(error);
                    }
                };
                let bytes = piece.len() as u64;
                if sender.send(Ok(piece)).await.is_err() {
                    return Ok(());
                }
                if let Some(rate) = bandwidth {
                    tokio::time::sleep(owed(bytes, rate).saturating_sub(begun.elapsed())).await;
                }
            }
        };
        self.runtime.block_on(async {
            let (fed, put) = futures_util::future::join(feeding, dav.put(&unfinished, length, pieces)).await;
            fed?;
            put.map_err(|refused| self.refused(name, refused))?;
            dav.name(&unfinished, &self.key(name)).await.map_err(|refused| self.refused(name, refused))
        })
    }

    /// Removes what an upload in one stream left when it was broken off.
    ///
    /// # Errors
    /// As [`Bucket::remove`].
    pub fn remove_unfinished(&self, name: &str) -> Result<()> {
        match self.way {
            Way::Parts(_) => Ok(()),
            Way::Stream(_) => self.remove(&WebDav::unfinished(name)),
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
        let text = error.to_string();
        let kind = match &error {
            Said::NotFound { .. } => ErrorKind::NotFound,
            // What is asked of the whole bucket has no kind of its own.
            Said::PermissionDenied { .. } | Said::Unauthenticated { .. } => ErrorKind::Denied,
            _ if ["401 Unauthorized", "403 Forbidden"].iter().any(|status| text.contains(status)) => {
                ErrorKind::Denied
            }
            // Of an upload whose parts have gone meanwhile.
            _ if ["NoSuchUpload", "InvalidPart", "InvalidBlockList"]
                .iter()
                .any(|code| text.contains(code)) =>
            {
                ErrorKind::NotFound
            }
            _ => ErrorKind::System,
        };
        let hint = if text.contains("RequestTimeTooSkewed") {
            "The clock of this machine is wrong: set it, and it goes on."
        } else {
            hint(kind)
        };
        Error::new(kind, format!("the store refused {name} in {}", self.place)).because(error).hint(hint)
    }

    fn refused(&self, name: &str, refused: Refused) -> Error {
        let kind = match &refused {
            Refused::Said(status) => match status.as_u16() {
                401 | 403 => ErrorKind::Denied,
                404 => ErrorKind::NotFound,
                _ => ErrorKind::System,
            },
            Refused::Silent(_) => ErrorKind::System,
        };
        Error::new(kind, format!("the store refused {name} in {}", self.place))
            .because(refused)
            .hint(hint(kind))
    }
}

fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "Look whether bucket and folder are right.",
        ErrorKind::Denied => "Look whether the access key is still valid, and what it may do in the bucket.",
        _ => "It is tried again; nothing is lost here.",
    }
}

/// How long `bytes` may take at `rate` bytes a second.
pub(super) fn owed(bytes: u64, rate: u64) -> Duration {
    #[allow(clippy::cast_precision_loss, reason = "pieces are of some megabytes")]
    Duration::from_secs_f64(bytes as f64 / rate as f64)
}
