//! A folder gone through from handle to handle: nothing is ever reached through a link.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Dir, FileType, Mode, openat};

use super::places::{FOLDER, Sight, Tree};
use crate::error::{Error, Result};

/// Folders within folders that are entered.
const DEEPEST: usize = 128;

/// Something on the way.
pub(super) struct Visited<'v> {
    /// Where it is, below the root.
    pub path: &'v Path,
    /// The folder that holds it.
    pub folder: &'v OwnedFd,
    /// Its name there.
    pub name: &'v OsStr,
    /// What it is.
    pub sight: Sight,
}

/// Visits everything below `top` in the tree, each folder before what is in it.
///
/// What cannot be looked at is handed to `lost`, with why.
///
/// # Errors
/// What `visit` says.
pub(super) fn visit(
    tree: &Tree,
    top: &Path,
    see: &mut dyn FnMut(Visited<'_>) -> Result<()>,
    lost: &mut dyn FnMut(&Path, std::io::Error),
) -> Result<()> {
    match tree.folder(top) {
        Ok(handle) => enter(&handle, top, 0, see, lost),
        Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(errno) => Err(Error::io("look into", top, errno.into())),
    }
}

fn enter(
    handle: &OwnedFd,
    path: &Path,
    depth: usize,
    see: &mut dyn FnMut(Visited<'_>) -> Result<()>,
    lost: &mut dyn FnMut(&Path, std::io::Error),
) -> Result<()> {
    let mut names: Vec<OsString> = Vec::new();
    match Dir::read_from(handle) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => names.push(OsString::from_vec(entry.file_name().to_bytes().to_vec())),
                    Err(errno) => lost(path, errno.into()),
                }
            }
        }
        Err(errno) => lost(path, errno.into()),
    }
    names.retain(|name| !matches!(name.as_bytes(), b"." | b".."));
    names.sort();
    for name in &names {
        let below: PathBuf = path.join(name);
        let sight = match Sight::at(handle, name.as_os_str()) {
            Ok(sight) => sight,
            // It went between two looks.
            Err(rustix::io::Errno::NOENT) => continue,
            Err(errno) => {
                lost(&below, errno.into());
                continue;
            }
        };
        see(Visited { path: &below, folder: handle, name, sight })?;
        if sight.kind != FileType::Directory {
            continue;
        }
        if depth >= DEEPEST {
            lost(&below, std::io::Error::other("lies too deep"));
            continue;
        }
        match openat(handle, name.as_os_str(), FOLDER, Mode::empty()) {
            Ok(folder) => enter(&folder, &below, depth + 1, see, lost)?,
            Err(errno) => lost(&below, errno.into()),
        }
    }
    Ok(())
}
