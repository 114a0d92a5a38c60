//! What a restore would do, before it does it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Wish;
use crate::backup::desk::Desk;
use crate::backup::id::ArchiveId;
use crate::backup::manifest::Manifest;
use crate::backup::mounts::refuse_mounts;
use crate::backup::roots::Roots;
use crate::backup::stage::Part;
use crate::backup::tree::{Entry, TreePath, What};
use crate::backup::walk::walk;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Unwatched;

/// Of each list in a plan so many are named.
const NAMED: usize = 100;

/// What a restore would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RestorePlan {
    /// The backup.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub id: ArchiveId,
    /// When it was made.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub created_at: Instant,
    /// The archives that hold it.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub archives: Vec<PathBuf>,
    /// What will be where.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub places: Vec<PathBuf>,
    /// Whether live data is replaced, and the process stopped for it.
    pub into_place: bool,
    /// Files that come back.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub files: u64,
    /// Their bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Free bytes where they go.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub free: u64,
    /// What is not there now: how many, and the first hundred.
    pub new: Named,
    /// What is there and differs.
    pub changed: Named,
    /// What is there and was not in the backup: it is kept beside for the undo.
    pub removed: Named,
}

/// How many, and the first of them by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Named {
    /// How many.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub count: u64,
    /// The first hundred.
    pub first: Vec<String>,
}

impl Named {
    fn add(&mut self, path: &TreePath) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(path.to_string());
        }
    }
}

impl Desk {
    /// What a restore would do; changes nothing.
    ///
    /// # Errors
    /// `NotFound` where there is no such backup, or it holds nothing of the part; `Damaged` where its list is.
    pub fn restore_plan(&self, wish: &Wish) -> Result<RestorePlan> {
        let source = self.source(&wish.which)?;
        let archives = source.holders.into_values().map(|holder| holder.path).collect();
        self.plan_of(&source.manifest, archives, wish)
    }

    /// What restoring from this list does; `archives` are what would be read.
    ///
    /// # Errors
    /// `NotFound` where it holds nothing of the wanted part; when the live tree cannot be looked at.
    pub fn plan_of(&self, manifest: &Manifest, archives: Vec<PathBuf>, wish: &Wish) -> Result<RestorePlan> {
        let entries = || manifest.entries.iter().filter(|entry| wish.part.holds(&entry.path));
        let files = || entries().filter_map(Entry::file);
        if entries().next().is_none() {
            return Err(self.holds_nothing(manifest, &wish.part));
        }
        let into_place = wish.to.is_none();
        let places = match &wish.to {
            Some(folder) => vec![folder.clone()],
            None => self.live_places(manifest, &wish.part)?,
        };
        let target = wish.to.as_deref().unwrap_or(&self.root);
        let (new, changed, removed) =
            if into_place { self.differences(manifest, &wish.part)? } else { Default::default() };
        Ok(RestorePlan {
            id: manifest.id,
            created_at: manifest.created,
            archives,
            places,
            into_place,
            files: files().count() as u64,
            bytes: files().map(|file| file.size).sum(),
            free: free(target)?,
            new,
            changed,
            removed,
        })
    }

    /// Where each unit lies in the ecosystem; what is a link is followed to where it leads.
    pub(super) fn live_places(&self, manifest: &Manifest, part: &Part) -> Result<Vec<PathBuf>> {
        let mut places = Vec::new();
        for name in units(manifest, part) {
            let path = self.root.join(name.as_path());
            let real = match path.canonicalize() {
                Ok(real) => real,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    if path.symlink_metadata().is_ok() {
                        let what = format!("{} is a link that leads nowhere", path.display());
                        return Err(Error::new(ErrorKind::NotFound, what)
                            .at(path)
                            .hint("See whether its volume is missing; or remove the link first."));
                    }
                    path.clone()
                }
                Err(error) => return Err(Error::io("look at", &path, error)),
            };
            refuse_mounts(&self.root, &path, &real)?;
            places.push(real);
        }
        Ok(places)
    }

    /// The live tree held against the backup, by size and time, and where those say nothing, by inode.
    fn differences(&self, manifest: &Manifest, part: &Part) -> Result<(Named, Named, Named)> {
        let (mut new, mut changed, mut removed) = (Named::default(), Named::default(), Named::default());
        let found = match Roots::open(&self.root, &manifest.tops) {
            Ok(roots) => walk(&roots, &Unwatched)?.found,
            Err(error) if error.kind == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut live = found.iter().filter(|found| part.holds(&found.path)).peekable();
        for entry in manifest.entries.iter().filter(|entry| part.holds(&entry.path)) {
            while let Some(gone) = live.next_if(|found| found.path < entry.path) {
                removed.add(&gone.path);
            }
            match live.next_if(|found| found.path == entry.path) {
                None => new.add(&entry.path),
                Some(found) => {
                    let same = match &entry.what {
                        What::Folder => found.stat.mode() == entry.mode,
                        What::File(file) => {
                            (file.size, entry.mtime, entry.mode)
                                == (found.stat.size, found.stat.mtime, found.stat.mode())
                        }
                    };
                    if !same {
                        changed.add(&entry.path);
                    }
                }
            }
        }
        live.for_each(|found| removed.add(&found.path));
        Ok((new, changed, removed))
    }

    fn holds_nothing(&self, manifest: &Manifest, part: &Part) -> Error {
        let what = match part {
            Part::Everything => "anything".to_owned(),
            Part::Only(path) => path.to_string(),
        };
        Error::new(ErrorKind::NotFound, format!("the backup {} does not hold {what}", manifest.id))
            .hint("Paths are relative to the ecosystem's root, such as data/state.json.")
    }
}

/// The folders or the one part that change places as a whole.
pub(super) fn units(manifest: &Manifest, part: &Part) -> Vec<TreePath> {
    match part {
        Part::Everything => manifest.tops.clone(),
        Part::Only(path) => vec![path.clone()],
    }
}

pub(in crate::backup) fn bytes_of(manifest: &Manifest, part: &Part) -> u64 {
    let files = manifest.entries.iter().filter(|entry| part.holds(&entry.path)).filter_map(Entry::file);
    files.map(|file| file.size.next_multiple_of(4_096) + 512).sum()
}

fn free(path: &Path) -> Result<u64> {
    let there = path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/"));
    Ok(fsio::room(there).map_err(|error| Error::io("look at", there, error))?.free)
}

pub(in crate::backup) fn room_for(bytes: u64, path: &Path) -> Result<()> {
    let free = free(path)?;
    if free < bytes {
        let what = format!(
            "a restore needs {} MB in {}, and {} MB are free",
            bytes / 1_000_000,
            path.display(),
            free / 1_000_000
        );
        return Err(Error::new(ErrorKind::System, what).at(path).hint("Make room; nothing was changed."));
    }
    Ok(())
}
