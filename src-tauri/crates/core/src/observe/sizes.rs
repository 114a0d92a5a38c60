//! Measures folders by looking at every file in them, never through a link and never beyond the volume.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, stat, statat};

/// How much of a folder is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimits {
    /// Files and folders that are looked at.
    pub entries: u64,
    /// Levels of folders below the one that is measured.
    pub depth: u32,
}

impl Default for SizeLimits {
    fn default() -> Self {
        Self { entries: 2_000_000, depth: 64 }
    }
}

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderSize {
    /// The lengths of its files, as Finder and `ls` show them: holes count, blocks do not.
    pub bytes: u64,
    /// Its files; one with several names in the folder counts once.
    pub files: u64,
    /// Whether something was left out: `bytes` is then a lower bound.
    pub incomplete: bool,
    /// Folders that could not be looked at, ten at most.
    pub unreadable: Vec<PathBuf>,
}

const OPEN: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);

/// Measures the folder at `path`; links within it are neither followed nor counted.
///
/// The folder itself may be a link. The error says why it cannot be measured at all; what cannot be seen
/// below it makes the result incomplete.
pub fn folder_size(path: &Path, limits: SizeLimits) -> Result<FolderSize, String> {
    let problem = |e: rustix::io::Errno| match e {
        rustix::io::Errno::NOENT => format!("{} is missing", path.display()),
        rustix::io::Errno::NOTDIR => format!("{} is not a folder", path.display()),
        rustix::io::Errno::ACCESS | rustix::io::Errno::PERM => {
            format!("{} may not be read by this user", path.display())
        }
        e => format!("{} cannot be read: {}", path.display(), std::io::Error::from(e)),
    };
    let root = rustix::fs::open(path, OPEN.difference(OFlags::NOFOLLOW), Mode::empty()).map_err(problem)?;
    let device = stat(path).map_err(problem)?.st_dev;
    let mut size = FolderSize::default();
    let (mut seen, mut several) = (0, HashSet::new());
    // Each level holds one handle, so the depth bounds them.
    let mut stack = vec![(Dir::new(root).map_err(problem)?, path.to_owned())];
    loop {
        let depth = stack.len();
        let Some((level, folder)) = stack.last_mut() else { break };
        let entry = match level.read() {
            Some(Ok(entry)) => entry,
            Some(Err(_)) => {
                size.leave_out(folder.clone());
                stack.pop();
                continue;
            }
            None => {
                stack.pop();
                continue;
            }
        };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if seen >= limits.entries {
            size.incomplete = true;
            break;
        }
        seen += 1;
        let Ok(parent) = level.fd() else { continue };
        // What is gone by now counts for nothing.
        let Ok(found) = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile if found.st_nlink < 2 || several.insert(found.st_ino) => {
                size.files += 1;
                size.bytes = size.bytes.saturating_add(u64::try_from(found.st_size).unwrap_or(0));
            }
            FileType::Directory if found.st_dev == device => {
                let below = folder.join(OsStr::from_bytes(name.to_bytes()));
                if depth > limits.depth as usize {
                    size.incomplete = true;
                    continue;
                }
                match openat(parent, name, OPEN, Mode::empty()).and_then(Dir::new) {
                    Ok(dir) => stack.push((dir, below)),
                    Err(rustix::io::Errno::NOENT) => {}
                    Err(_) => size.leave_out(below),
                }
            }
            // Another volume, a link, a pipe: not this folder's bytes.
            _ => {}
        }
    }
    Ok(size)
}

impl FolderSize {
    fn leave_out(&mut self, folder: PathBuf) {
        self.incomplete = true;
        if self.unreadable.len() < 10 {
            self.unreadable.push(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("one"), [0; 10]).unwrap();
        fs::write(dir.path().join("a/two"), [0; 100]).unwrap();
        fs::write(dir.path().join("a/b/three"), [0; 1000]).unwrap();
        dir
    }

    #[test]
    fn adds_up_the_lengths_of_all_files() {
        let dir = tree();
        let size = folder_size(dir.path(), SizeLimits::default()).unwrap();
        assert_eq!(size, FolderSize { bytes: 1110, files: 3, ..FolderSize::default() });
    }

    #[test]
    fn links_are_not_followed_and_hard_links_count_once() {
        let dir = tree();
        symlink("/", dir.path().join("root")).unwrap();
        symlink("../..", dir.path().join("a/b/up")).unwrap();
        symlink("/dev/zero", dir.path().join("zero")).unwrap();
        fs::hard_link(dir.path().join("one"), dir.path().join("a/again")).unwrap();
        assert_eq!(folder_size(dir.path(), SizeLimits::default()).unwrap().bytes, 1110);
    }

    #[test]
    fn a_sparse_file_counts_with_its_length() {
        let dir = tree();
        fs::File::create(dir.path().join("sparse")).unwrap().set_len(5 << 30).unwrap();
        assert_eq!(folder_size(dir.path(), SizeLimits::default()).unwrap().bytes, 1110 + (5 << 30));
    }

    #[test]
    fn limits_give_a_lower_bound_that_says_so() {
        let dir = tree();
        let flat = folder_size(dir.path(), SizeLimits { depth: 1, ..SizeLimits::default() }).unwrap();
        assert_eq!((flat.bytes, flat.incomplete), (110, true));
        let few = folder_size(dir.path(), SizeLimits { entries: 2, ..SizeLimits::default() }).unwrap();
        assert!(few.incomplete && few.bytes < 1110);
    }

    #[test]
    fn what_is_no_folder_is_an_error_and_not_zero() {
        let dir = tree();
        let missing = folder_size(&dir.path().join("no"), SizeLimits::default()).unwrap_err();
        assert!(missing.ends_with("is missing"), "{missing}");
        let file = folder_size(&dir.path().join("one"), SizeLimits::default()).unwrap_err();
        assert!(file.ends_with("is not a folder"), "{file}");
    }
}
