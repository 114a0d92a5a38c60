//! The place of backups that is not on this machine.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::super::away::{AwayProof, AwaySettings, SealSettings, SealedTo, StoreKind};
use super::super::reader::Section;
use super::channels::{secret, web_address};

/// A part of an upload must get through in this time, however slow the line is.
const TIMEOUT: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(86_400);
/// Slower than this a part does not get through in any time.
const SLOWEST: u64 = 10_000;

pub(super) fn away(section: &Section<'_>, home: Option<&Path>) -> Option<Option<AwaySettings>> {
    let store = section.text("store")?;
    let endpoint = match section.text("endpoint").map(|text| text.trim().to_owned()) {
        Some(text) if text.is_empty() => Some(None),
        Some(text) => match web_address(&text) {
            Ok(()) => Some(Some(text)),
            Err(wrong) => {
                section.wrong("endpoint", wrong);
                None
            }
        },
        None => None,
    };
    let region = section.text("region");
    let key = section.text("key").map(|key| Some(key.trim().to_owned()).filter(|key| !key.is_empty()));
    let secret = secret(section, "secret", home);
    let keep = ["daily", "weekly", "monthly"].map(|key| section.whole(key, 1..=250));
    let bandwidth = match section.text("bandwidth") {
        Some(text) if text.trim().is_empty() => Some(None),
        Some(_) => section.size("bandwidth", 1 << 40).and_then(|rate| {
            if rate < SLOWEST {
                section.wrong("bandwidth", "is too slow to get anything through; write it like \"2 MB\"");
                return None;
            }
            Some(Some(rate))
        }),
        None => None,
    };
    let timeout = section.time("timeout", TIMEOUT);
    let proof = section.text("proof");
    let seal = seal(section, home);
    section.refuse_others();
    if store.trim().is_empty() {
        return Some(None);
    }
    let (store, bucket, folder) = place(section, store.trim())?;
    let endpoint = endpoint?;
    if matches!(store, StoreKind::WebDav { .. }) && endpoint.is_some() {
        section
            .wrong("endpoint", "is not for a WebDAV server, whose address is its store already; write \"\"");
        return None;
    }
    let proof = match proof?.trim() {
        "read" => AwayProof::Read,
        "store" if store == StoreKind::S3 => AwayProof::Store,
        "store" => {
            section.wrong("proof", "can be \"store\" only where the store is s3://, which holds parts against their SHA-256; write \"read\"");
            return None;
        }
        _ => {
            section.wrong("proof", "must be \"read\" or \"store\"");
            return None;
        }
    };
    let [daily, weekly, monthly] = keep;
    Some(Some(AwaySettings {
        store,
        bucket,
        folder,
        endpoint,
        region: region?.trim().to_owned(),
        key: key?,
        secret,
        keep: [daily?, weekly?, monthly?].map(u16::from),
        bandwidth: bandwidth?,
        timeout: timeout?,
        proof,
        seal: seal?,
    }))
}

/// Reads to whom archives are sealed.
fn seal(section: &Section<'_>, home: Option<&Path>) -> Option<Option<SealSettings>> {
    let recipients = section.words("recipients");
    let passphrase = secret(section, "passphrase", home);
    let identity = secret(section, "identity", home);
    for one in &recipients {
        if let Err(wrong) = age::x25519::Recipient::from_str(one.trim()) {
            section.wrong(
                "recipients",
                format!(
                    "holds {one:?}, which is no key to seal to ({wrong}); such a key begins with \"age1\""
                ),
            );
            return None;
        }
    }
    let to = match (recipients.is_empty(), passphrase) {
        (true, None) if identity.is_some() => {
            section.wrong("identity", "opens what is sealed, and nothing is: name recipients too");
            return None;
        }
        (true, None) => return Some(None),
        (true, Some(source)) => SealedTo::Passphrase(source),
        (false, None) => SealedTo::Recipients(recipients.iter().map(|one| one.trim().to_owned()).collect()),
        (false, Some(_)) => {
            section.wrong("passphrase", "and recipients exclude each other: name one of them");
            return None;
        }
    };
    Some(Some(SealSettings { to, identity }))
}

/// Reads the name of a place, such as `s3://bucket/folder`.
fn place(section: &Section<'_>, text: &str) -> Option<(StoreKind, String, String)> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = |part: &str| !part.is_empty() && part.chars().all(fine) && part != "." && part != "..";
    let hosted = |part: &str| {
        let (host, port) = part.split_once(':').unwrap_or((part, "80"));
        named(host) && port.parse::<u16>().is_ok()
    };
    let kinds = [
        StoreKind::S3,
        StoreKind::Google,
        StoreKind::Azure,
        StoreKind::WebDav { tls: true },
        StoreKind::WebDav { tls: false },
    ];
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let kind = kinds.into_iter().find(|kind| kind.scheme() == scheme);
    let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
    let folder = folder.trim_matches('/');
    let Some(kind) = kind.filter(|_| folder.is_empty() || folder.split('/').all(named)) else {
        section.wrong(
            "store",
            "must name a bucket, and a folder in it where you like: \"s3://bucket/folder\", or gs://, az://, webdavs://server/folder",
        );
        return None;
    };
    let is_named = match kind {
        StoreKind::WebDav { .. } => hosted(bucket),
        _ => named(bucket),
    };
    if !is_named {
        section.wrong(
            "store",
            "names no bucket: write it like \"s3://bucket/folder\" or \"webdavs://server/folder\"",
        );
        return None;
    }
    if kind == (StoreKind::WebDav { tls: false })
        && let Err(wrong) = web_address(&format!("http://{bucket}/"))
    {
        section.wrong("store", wrong);
        return None;
    }
    Some((kind, bucket.to_owned(), folder.to_owned()))
}
