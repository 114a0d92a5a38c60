//! The file beside an archive: the archive's own SHA-256 and size, and its manifest.
//!
//! Read alone it lists what an archive holds without opening it; together they prove each other.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::hash_text::{hex, unhex};
use super::manifest::{Manifest, unescape};
use super::tree::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// A sidecar takes no more than this.
const LARGEST: u64 = 97 << 20;

/// What lies beside an archive.
#[derive(Debug)]
pub struct Sidecar {
    /// The SHA-256 of the archive.
    pub archive: Hash,
    /// Its bytes.
    pub size: u64,
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest's own bytes.
    pub text: Vec<u8>,
}

/// The line of a sidecar that stands before the manifest.
pub fn head(archive: &Hash, size: u64) -> String {
    format!("# archive {} {size}\n", hex(archive))
}

/// Reads the sidecar at `path`.
///
/// # Errors
/// `NotFound` where there is none; `Damaged` where it is not as it was written.
pub fn read(path: &Path) -> Result<Sidecar> {
    parse(&fsio::read_bounded(path, LARGEST)?).map_err(|error| {
        Error::new(ErrorKind::Damaged, format!("{} is damaged", path.display()))
            .because(error)
            .at(path)
            .hint("The archive beside it has a manifest of its own: verify it.")
    })
}

/// Reads a sidecar that lies elsewhere.
///
/// # Errors
/// `Damaged` where it is not as it was written.
pub fn parse(bytes: &[u8]) -> Result<Sidecar> {
    let damaged = || Error::new(ErrorKind::Damaged, "the list is not as it was written");
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
    let head = std::str::from_utf8(&bytes[..end]).ok().and_then(|line| line.strip_prefix("# archive "));
    let (hash, size) = head.and_then(|rest| rest.split_once(' ')).ok_or_else(damaged)?;
    let (archive, size) = (unhex(hash.as_bytes()).ok_or_else(damaged)?, size.parse().map_err(|_| damaged())?);
    let manifest = Manifest::parse(&bytes[end + 1..]).map_err(|error| damaged().because(error))?;
    Ok(Sidecar { archive, size, manifest, text: bytes[end + 1..].to_vec() })
}

/// The root of the ecosystem that a sidecar speaks of, from its first lines alone; the list itself may be megabytes.
pub fn root_of(path: &Path) -> Option<PathBuf> {
    let (file, _) = fsio::open_regular(path).ok()?;
    let mut head = Vec::new();
    file.take(16 * 1024).read_to_end(&mut head).ok()?;
    let line = head.split(|byte| *byte == b'\n').take(8).find_map(|line| line.strip_prefix(b"# root "))?;
    Some(PathBuf::from(OsString::from_vec(unescape(line)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_read_from_the_first_lines_whatever_is_in_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.manifest");
        for root in ["/eco", "/a b/eco\\ 1", "/line\nbreak"] {
            let id = "manual-20251215-060000".parse().unwrap();
            let manifest = Manifest {
                id,
                parent: None,
                created: chrono::DateTime::UNIX_EPOCH,
                root: root.into(),
                tops: Vec::new(),
                entries: Vec::new(),
                gone: Vec::new(),
                flaws: Vec::new(),
            };
            let text = [head(&[7; 32], 1).into_bytes(), manifest.to_text()].concat();
            std::fs::write(&path, text).unwrap();
            assert_eq!(root_of(&path), Some(root.into()));
        }
    }
}
