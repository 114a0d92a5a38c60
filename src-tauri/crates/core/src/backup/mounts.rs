//! Volumes in a tree: where one is mounted no folder can change places with another.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// What is said where a part of the live tree cannot be exchanged.
const HINT: &str = "Restore beside it with --to, and copy what you need; or unmount it first.";

/// Refuses what could not be exchanged with a folder in `root`, before anything is done: `path` lies on another volume
/// or another mount of the same one, or something is mounted in it, which would move along with it. `real` is `path` with
/// its links resolved; it need not be there.
///
/// # Errors
/// `Usage`, with the place and another way.
pub fn refuse_mounts(root: &Path, path: &Path, real: &Path) -> Result<()> {
    let refused = |what: String| Err(Error::new(ErrorKind::Usage, what).at(path).hint(HINT));
    let other = || refused(format!("{} lies on another volume than {}", path.display(), root.display()));
    if device(real).is_some() && device(real) != device(root) {
        return other();
    }
    let Ok(root_real) = root.canonicalize() else { return Ok(()) };
    let mounts = mounts();
    if mount_of(&mounts, real) != mount_of(&mounts, &root_real) {
        return other();
    }
    match mounts.iter().find(|mount| mount.starts_with(real)) {
        Some(mount) => refused(format!(
            "{} is a volume of its own, and would move away with the old {}",
            mount.display(),
            path.display()
        )),
        None => Ok(()),
    }
}

/// The nearest place above `path`, or `path` itself, where something is mounted.
fn mount_of<'a>(mounts: &'a [PathBuf], path: &Path) -> Option<&'a PathBuf> {
    mounts.iter().filter(|mount| path.starts_with(mount)).max_by_key(|mount| mount.components().count())
}

fn device(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|metadata| metadata.dev())
}

/// Where something is mounted; empty where the system does not list it, and only the volumes themselves tell.
#[cfg(target_os = "linux")]
fn mounts() -> Vec<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let places =
        table.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    places.map(|place| PathBuf::from(std::ffi::OsString::from_vec(unescaped(place)))).collect()
}

#[cfg(not(target_os = "linux"))]
fn mounts() -> Vec<PathBuf> {
    Vec::new()
}

/// Blanks and the like are written as `\040`.
#[cfg(target_os = "linux")]
fn unescaped(place: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(place.len());
    let mut rest = place;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_the_name_of_a_place_and_the_nearest_mount() {
        assert_eq!(unescaped(br"/mnt/a\040b\134c\9"), br"/mnt/a b\c\9");
        let mounts = ["/", "/home", "/home/x/data"].map(PathBuf::from);
        assert_eq!(mount_of(&mounts, Path::new("/home/x/database")), Some(&mounts[1]));
        assert_eq!(mount_of(&mounts, Path::new("/home/x/data/y")), Some(&mounts[2]));
    }

    #[test]
    fn what_lies_on_another_volume_is_refused_and_what_does_not_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        refuse_mounts(&root, &root.join("data"), &root.join("data")).unwrap();
        let error = refuse_mounts(&root, &root.join("data"), Path::new("/proc")).unwrap_err();
        assert!(error.message.contains("another volume"), "{error}");
    }
}
