//! Where a backup comes from: its list, and the archives that hold its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backup::archive::{Archive, Expected, is_foreign, manifest_beside};
use crate::backup::away::Picked;
use crate::backup::catalogue::Catalogue;
use crate::backup::desk::{Desk, Which};
use crate::backup::foreign::Foreign;
use crate::backup::id::ArchiveId;
use crate::backup::manifest::Manifest;
use crate::backup::sidecar;
use crate::backup::stage::{Holder, Part, stage};
use crate::backup::unpack::damaged;
use crate::error::Result;
use crate::progress::{Progress, Unwatched};

/// A backup with everything that is needed for it.
pub(in crate::backup) struct Source {
    /// What it lists.
    pub manifest: Manifest,
    /// The archives, by name.
    pub holders: BTreeMap<ArchiveId, Holder>,
    /// What is here of it already, in place of them.
    picked: Option<Arc<Picked>>,
}

impl Source {
    /// Builds `part` of it in `folder`, which must be empty; how many files that are.
    ///
    /// # Errors
    /// As [`stage`].
    pub fn stage(&self, part: &Part, folder: &Path, progress: &dyn Progress) -> Result<u64> {
        match &self.picked {
            Some(picked) => picked.stage(part, folder),
            None => stage(&self.manifest, &self.holders, part, folder, progress),
        }
    }
}

impl Desk {
    /// A backup with everything that it needs.
    ///
    /// # Errors
    /// `NotFound` where there is none; `Damaged` where its list is.
    pub(in crate::backup) fn source(&self, which: &Which) -> Result<Source> {
        match which {
            Which::Id(id) => {
                let (catalogue, _) = self.catalogue_of(*id)?;
                let record = catalogue.find(*id).ok_or_else(|| self.unknown(*id))?;
                let source = self.source_at(&record.path, &catalogue)?;
                if source.manifest.id != *id {
                    let what = format!("it is the backup {} under the name of {id}", source.manifest.id);
                    return Err(damaged(what).at(&record.path));
                }
                Ok(source)
            }
            Which::File(path) => self.source_at(path, &self.catalogue()?),
            Which::Picked(picked) => Ok(Source {
                manifest: picked.manifest.clone(),
                holders: BTreeMap::new(),
                picked: Some(Arc::clone(picked)),
            }),
        }
    }

    /// The list beside an archive, or in it, and the archives that it needs: in the catalogue, or in the folder they
    /// belong to.
    fn source_at(&self, path: &Path, catalogue: &Catalogue) -> Result<Source> {
        let (manifest, foreign) = match sidecar::read(&manifest_beside(path)) {
            Ok(beside) => (beside.manifest, None),
            Err(_) if is_foreign(path)? => {
                let foreign = Foreign::open(path, &self.root, &Unwatched)?;
                (foreign.manifest.clone(), Some(foreign))
            }
            Err(_) => (Archive::open(path)?.into_manifest(), None),
        };
        let mut holders = BTreeMap::new();
        let holder = |id: ArchiveId, path: PathBuf, foreign: Option<Foreign>| {
            let archive =
                catalogue.find(id).filter(|record| record.path == path).map(|record| record.archive);
            (id, Holder { path, expected: Expected { archive, id: Some(id) }, foreign })
        };
        holders.extend([holder(manifest.id, path.to_owned(), foreign)]);
        for id in manifest.needs() {
            // An archive that was copied elsewhere brings those that it needs along, in the same folders.
            let beside = path
                .parent()
                .and_then(Path::parent)
                .map(|shelf| shelf.join(id.kind().folder()).join(id.file_name()));
            let known = catalogue.find(id).map(|record| record.path.clone());
            let path =
                beside.filter(|path| path.exists()).or(known).unwrap_or_else(|| self.shelf.archive(id));
            holders.extend([holder(id, path, None)]);
        }
        Ok(Source { manifest, holders, picked: None })
    }
}
