//! The place of backups that is not on this machine.

use std::path::Path;
use std::time::Duration;

use super::super::away::AwaySettings;
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
    section.refuse_others();
    if store.trim().is_empty() {
        return Some(None);
    }
    let (bucket, folder) = place(section, store.trim())?;
    let [daily, weekly, monthly] = keep;
    Some(Some(AwaySettings {
        bucket,
        folder,
        endpoint: endpoint?,
        region: region?.trim().to_owned(),
        key: key?,
        secret,
        keep: [daily?, weekly?, monthly?].map(u16::from),
        bandwidth: bandwidth?,
        timeout: timeout?,
    }))
}

/// Reads `s3://bucket/folder`.
fn place(section: &Section<'_>, text: &str) -> Option<(String, String)> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = |part: &str| !part.is_empty() && part.chars().all(fine) && part != "." && part != "..";
    let rest = text.strip_prefix("s3://");
    let (bucket, folder) = rest.map(|rest| rest.split_once('/').unwrap_or((rest, ""))).unwrap_or_default();
    let folder = folder.trim_matches('/');
    if named(bucket) && (folder.is_empty() || folder.split('/').all(named)) {
        return Some((bucket.to_owned(), folder.to_owned()));
    }
    section.wrong("store", "must name a bucket, and a folder in it where you like: \"s3://bucket/folder\"");
    None
}
