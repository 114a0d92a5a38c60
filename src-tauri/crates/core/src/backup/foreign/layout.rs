//! How the archive of another program is laid out: told by its first entries, without reading the rest.

use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use super::kept;
use crate::backup::manifest::MEMBER;
use crate::fsio;

/// To tell a layout so much is unpacked at most.
const LOOKED_AT: u64 = 16 << 20;

/// How the archive of another program is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ForeignLayout"))]
pub enum Layout {
    /// `…/ecosystem-daily/data-20251214`: the manual's backup script.
    Script,
    /// `…/backups/ecosystem-weekly-20251214/data`: the manual's weekly page.
    Weekly,
    /// `ecosystem-20251214/data`: the manual's emergency page.
    Emergency,
    /// `data` at its top.
    Plain,
    /// One of ours that somebody packed again, with the manifest in it.
    Repacked,
}

impl Layout {
    /// Where such an archive comes from, in words.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Script => "by the manual's backup script",
            Self::Weekly => "by the manual's weekly page",
            Self::Emergency => "as on the manual's emergency page",
            Self::Plain => "data or config at its top",
            Self::Repacked => "one of Caretaker's, packed again",
        }
    }
}

/// How the archive at `path` is laid out, by its first entries alone; `None` where they are none of an ecosystem.
pub fn layout(path: &Path) -> Option<Layout> {
    let (file, _) = fsio::open_regular(path).ok()?;
    let stream = MultiGzDecoder::new(BufReader::with_capacity(1 << 15, file)).take(LOOKED_AT);
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries().ok()? {
        let name = entry.ok()?.path_bytes().into_owned();
        if name == MEMBER.as_bytes() {
            return Some(Layout::Repacked);
        }
        let parts: Vec<&[u8]> =
            name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
        let Some(at) = parts.iter().position(|part| kept(part).is_some()) else { continue };
        let in_a_dated_folder = at > 0 && parts[at - 1].starts_with(b"ecosystem-");
        return Some(match at {
            _ if kept(parts[at]) != Some(parts[at]) => Layout::Script,
            0 => Layout::Plain,
            1 if in_a_dated_folder => Layout::Emergency,
            _ if in_a_dated_folder => Layout::Weekly,
            _ => Layout::Plain,
        });
    }
    None
}
