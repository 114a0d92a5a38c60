//! The settings files of an ecosystem: found, read, and known again by their content.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::yaml::Yaml;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// Bytes of a settings file.
const LARGEST: u64 = 512 * 1024;
/// Settings files in the folder.
const MOST: usize = 300;

/// A settings file as it was read.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Its name as people say it, from the root of the ecosystem.
    pub(super) name: String,
    pub(super) yaml: Yaml,
}

/// All settings files of the folder, by name, and what is wrong with those that are left out.
///
/// # Errors
/// When the folder cannot be listed or lies outside of `root`.
pub(super) fn read_all(root: &Path, folder: &Path) -> Result<(Vec<Settings>, Vec<Error>)> {
    let real = folder.canonicalize().map_err(|error| Error::io("look into", folder, error))?;
    let real_root = root.canonicalize().map_err(|error| Error::io("look into", root, error))?;
    if !real.starts_with(&real_root) {
        return Err(Error::new(
            ErrorKind::Denied,
            format!("{} leads out of the ecosystem", folder.display()),
        )
        .at(folder)
        .hint("Name a folder inside the root as folders.config in the profile."));
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| Error::io("look into", folder, error))? {
        let path = entry.map_err(|error| Error::io("look into", folder, error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if is_yaml && !hidden {
            paths.push(path);
        }
    }
    if paths.len() > MOST {
        let what = format!("{} holds {} settings files, more than {MOST}", folder.display(), paths.len());
        return Err(Error::new(ErrorKind::Damaged, what).at(folder));
    }
    paths.sort();
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for path in paths {
        match read(root, &path) {
            Ok(settings) => files.push(settings),
            Err(error) => faults.push(error),
        }
    }
    Ok((files, faults))
}

/// One settings file.
///
/// # Errors
/// When it is no regular file of this user, too large, or not YAML that every reader takes alike.
pub(super) fn read(root: &Path, path: &Path) -> Result<Settings> {
    let (bytes, _) = bytes_of(path)?;
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    Ok(Settings { name, yaml: Yaml::read(path, bytes)? })
}

/// The bytes of a settings file and its permission bits.
///
/// # Errors
/// When it is a link, no regular file, another user's, has a second name, or is too large.
pub(super) fn bytes_of(path: &Path) -> Result<(Vec<u8>, u32)> {
    let (_, metadata) = fsio::open_regular_itself(path)?;
    // A new file takes its place: the owner would change, or the other name would keep the old one.
    let foreign = metadata.uid() != rustix::process::geteuid().as_raw();
    if foreign || metadata.nlink() > 1 {
        let what = if foreign { "belongs to another user" } else { "has a second name (a hard link)" };
        return Err(Error::new(ErrorKind::Denied, format!("{} {what}", path.display()))
            .at(path)
            .hint("Change it by hand, or make it a file of its own that belongs to you."));
    }
    Ok((fsio::read_bounded(path, LARGEST)?, metadata.permissions().mode() & 0o7777))
}

/// What tells one content from another.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file that a person names: as `tune` shows it, or by its name alone, never a path that leads elsewhere.
///
/// # Errors
/// When no settings file has that name.
pub(super) fn named(root: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let plain = Path::new(name).file_name().filter(|last| {
        let below = folder.strip_prefix(root).unwrap_or(folder);
        Path::new(name) == Path::new(last) || Path::new(name) == below.join(last)
    });
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    plain
        .map(|last| folder.join(last))
        .filter(is_yaml)
        .filter(|path| path.symlink_metadata().is_ok())
        .ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no settings file “{name}”"))
                .hint(format!("Name one of those in {}.", folder.display()))
        })
}
