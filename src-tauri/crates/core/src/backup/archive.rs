//! An archive on disk: opened, proven to its last byte.

use std::path::{Path, PathBuf};

use super::id::ArchiveId;
use super::members::Members;
use super::segments::{Layout, segments};
use super::sidecar::{self, Sidecar};
use super::tree::Hash;
use super::unpack::{self, Nothing, Opened, Proof, Target, damaged};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// An archive of ours whose manifest was read.
pub struct Archive {
    path: PathBuf,
    opened: Opened,
    beside: Option<Sidecar>,
}

/// What is known of an archive from elsewhere, such as the catalogue.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected {
    /// The SHA-256 of all its bytes.
    pub archive: Option<Hash>,
    /// Its name.
    pub id: Option<ArchiveId>,
}

impl Archive {
    /// Opens the archive at `path`, and the manifest beside it where there is one.
    ///
    /// # Errors
    /// `NotFound`; `Damaged` where it is none of ours or its manifest is not whole, or the two do not belong together.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, metadata) = fsio::open_regular(path)?;
        let at = |error: Error| {
            error.at(path).hint("Restore from another backup: `caretaker backup list` shows them.")
        };
        let layout = segments(&file, metadata.len()).map_err(|wrong| at(damaged(wrong)))?;
        let Layout::Ours(segments) = layout else {
            return Err(at(Error::new(
                ErrorKind::Damaged,
                format!("{} was not written by Caretaker, or its first bytes are damaged", path.display()),
            )));
        };
        let opened = unpack::open(file, metadata.len(), segments).map_err(at)?;
        let beside = match sidecar::read(&manifest_beside(path)) {
            Ok(beside) => Some(beside),
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let archive = Self { path: path.to_owned(), opened, beside };
        archive.belongs_together().map_err(at)?;
        Ok(archive)
    }

    /// Opens an archive that was just written: what is read back must be what is known.
    ///
    /// # Errors
    /// `Damaged` where it is not.
    pub(super) fn written(path: &Path, manifest: super::Manifest, text: Vec<u8>) -> Result<Self> {
        let (file, metadata) = fsio::open_regular(path)?;
        let Ok(Layout::Ours(segments)) = segments(&file, metadata.len()) else {
            return Err(damaged("it is not what was written").at(path));
        };
        let opened = unpack::open_known(file, metadata.len(), segments, manifest, text)?;
        Ok(Self { path: path.to_owned(), opened, beside: None })
    }

    /// What it lists, for good.
    pub(super) fn into_manifest(self) -> super::Manifest {
        self.opened.manifest
    }

    fn belongs_together(&self) -> Result<()> {
        if let Some(beside) = &self.beside {
            if beside.text != self.opened.text {
                return Err(damaged("the manifest beside it is that of another archive"));
            }
            if beside.size != self.opened.size() {
                return Err(damaged(format!(
                    "it has {} bytes, and had {} when it was written",
                    self.opened.size(),
                    beside.size
                )));
            }
        }
        Ok(())
    }

    /// Which member holds what.
    ///
    /// # Errors
    /// `Damaged` where one is not as it was written.
    pub(super) fn members(&self) -> Result<Members> {
        let (file, body) = self.opened.members();
        Members::of(file, body, &self.opened.manifest).map_err(|error| error.at(&self.path))
    }

    /// The bytes of its manifest.
    pub fn manifest_text(&self) -> &[u8] {
        &self.opened.text
    }

    /// Reads every byte of it and holds everything against everything else.
    ///
    /// # Errors
    /// `Damaged` with what is wrong; the system's errors; a person cancelled.
    pub fn verify(&self, expected: Expected, progress: &dyn Progress) -> Result<Proof> {
        self.unpack(expected, &Nothing, progress)
    }

    /// The same, and gives what is wanted to `target` on the way.
    ///
    /// # Errors
    /// As [`Archive::verify`], and those of the target.
    pub fn unpack(&self, expected: Expected, target: &dyn Target, progress: &dyn Progress) -> Result<Proof> {
        let at = |error: Error| if error.path.is_some() { error } else { error.at(&self.path) };
        if expected.id.is_some_and(|id| id != self.opened.manifest.id) {
            return Err(at(damaged(format!(
                "it is the backup {} under another name",
                self.opened.manifest.id
            ))));
        }
        let proof = self.opened.unpack(target, progress).map_err(at)?;
        let known = [expected.archive, self.beside.as_ref().map(|beside| beside.archive)];
        if known.into_iter().flatten().any(|hash| hash != proof.archive) {
            return Err(at(damaged("its bytes are not those that were written")));
        }
        Ok(proof)
    }
}

/// Opens the archive at `path` and proves it to its last byte.
///
/// # Errors
/// As [`Archive::open`] and [`Archive::verify`].
pub(super) fn prove(path: &Path, expected: Expected, progress: &dyn Progress) -> Result<Proof> {
    Archive::open(path)?.verify(expected, progress)
}

/// Whether another program wrote the archive at `path`.
///
/// # Errors
/// When it cannot be read.
pub fn is_foreign(path: &Path) -> Result<bool> {
    let (file, metadata) = fsio::open_regular(path)?;
    Ok(matches!(segments(&file, metadata.len()), Ok(Layout::Foreign)))
}

/// The name of the manifest beside an archive.
pub fn manifest_beside(archive: &Path) -> PathBuf {
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    archive.with_file_name(format!("{}.manifest", name.strip_suffix(".tar.gz").unwrap_or(&name)))
}
