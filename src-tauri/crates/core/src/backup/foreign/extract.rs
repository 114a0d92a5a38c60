//! An archive of another program, unpacked into an empty folder while it is read: once is enough where nothing live is
//! touched and the folder is given up if anything is wrong.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Foreign, Found, Head, Listing, each, written_by_us};
use crate::backup::manifest::Manifest;
use crate::backup::stage::{Part, create_file, make_folder, set_up, set_up_folders};
use crate::backup::tree::TreePath;
use crate::error::{Error, Result};
use crate::fsio;
use crate::progress::Progress;

/// Reads all of the archive at `path`, as [`Foreign::open`] does, and writes `part` of it into `folder`; gives what it
/// holds and how many files were written. `None` for one of ours that was packed again: its manifest decides what is kept.
///
/// # Errors
/// As [`Foreign::open`], and those of writing: what lies in the folder then is worth nothing.
pub fn extract(
    path: &Path,
    root: &Path,
    part: &Part,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Option<(Manifest, u64)>> {
    if written_by_us(path)? {
        return Ok(None);
    }
    // A part of it may fit where all of it does not.
    let room = match part {
        Part::Everything => {
            Some(fsio::room(folder).map_err(|error| Error::io("look at", folder, error))?.free)
        }
        Part::Only(_) => None,
    };
    let mut out = Out { part, folder, last: None, files: 0 };
    let mut listing = Listing::default();
    let written =
        each(path, room, progress, |name, head, content| listing.add(name, head, content, &mut out))?;
    let manifest = Foreign::listed(listing, written, root)?;
    for entry in manifest.entries.iter().filter(|entry| entry.file().is_none() && part.holds(&entry.path)) {
        make_folder(folder, &entry.path)?;
    }
    set_up_folders(&manifest, part, folder)?;
    Ok(Some((manifest, out.files)))
}

/// The files that are written.
struct Out<'a> {
    part: &'a Part,
    folder: &'a Path,
    /// The folder that was made last: that of the next file too, mostly.
    last: Option<TreePath>,
    files: u64,
}

impl Found for Out<'_> {
    type File = (File, PathBuf);

    fn begin(&mut self, path: &TreePath) -> Result<Option<Self::File>> {
        if !self.part.holds(path) {
            return Ok(None);
        }
        if let Some(parent) = path.parent()
            && self.last.as_ref() != Some(&parent)
        {
            make_folder(self.folder, &parent)?;
            self.last = Some(parent);
        }
        self.files += 1;
        create_file(self.folder, path).map(Some)
    }

    fn piece(&mut self, (file, path): &mut Self::File, piece: &[u8]) -> Result<()> {
        file.write_all(piece).map_err(|error| Error::io("write", path, error))
    }

    fn end(&mut self, (file, path): Self::File, head: &Head) -> Result<()> {
        set_up(&file, &path, head.mode, head.mtime)
    }
}
