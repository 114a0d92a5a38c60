//! The files of one instant: before anything is read, each file that is wanted is cloned by the file system, which takes
//! a moment for all of them together and no space; then the clones are read while the ecosystem writes on.
//!
//! Where the file system cannot do that, or where a clone fails, the file itself is read, as often as it takes.

use std::collections::HashMap;
use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::assembly::{hash, in_order};
use super::hash_text::hex;
use super::pack::Wanted;
use super::roots::{Roots, Sort, Stat, Top};
use super::steady;
use super::tree::{FlawKind, TreePath};
use crate::error::Result;
use crate::progress::Progress;

/// How the folder of the clones begins; the rest tells whose backups they are for.
const PREFIX: &str = ".caretaker-instant-";
/// A file that changes each time it is cloned is read like any other after so many times.
const MOST_TIMES: u32 = 3;

/// Makes a second file that shares the content of the first one, at once.
pub trait Cloner: Sync {
    /// Clones `from` as the new file `name` in `folder`.
    ///
    /// # Errors
    /// When the file system cannot.
    fn clone_file(&self, from: &File, folder: &OwnedFd, name: &str) -> rustix::io::Result<()>;
}

/// The file system's own: APFS on macOS; Btrfs, XFS and others on Linux.
pub struct BySystem;

impl Cloner for BySystem {
    #[cfg(target_os = "macos")]
    fn clone_file(&self, from: &File, folder: &OwnedFd, name: &str) -> rustix::io::Result<()> {
        rustix::fs::fclonefileat(from, folder, name, rustix::fs::CloneFlags::NOOWNERCOPY)
    }

    #[cfg(not(target_os = "macos"))]
    fn clone_file(&self, from: &File, folder: &OwnedFd, name: &str) -> rustix::io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let clone = rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?;
        rustix::fs::ioctl_ficlone(&clone, from)
    }
}

/// Clones, gone again when this is dropped.
pub struct Copies {
    folders: Vec<Folder>,
    taken: HashMap<TreePath, Copy>,
}

/// A clone, and what the file was when it was cloned.
struct Copy {
    folder: usize,
    name: String,
    stat: Stat,
}

/// The clones of one of the folders that are kept, on its volume.
struct Folder {
    path: PathBuf,
    handle: OwnedFd,
}

impl Copies {
    /// Clones everything in `wanted` that can be, and writes down there what it was at that instant.
    ///
    /// # Errors
    /// When a person cancelled.
    pub fn take(
        roots: &Roots,
        wanted: &mut [Wanted],
        backups: &Path,
        cloner: &dyn Cloner,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let mut copies = Self { folders: Vec::new(), taken: HashMap::new() };
        for top in roots.tops() {
            let files: Vec<usize> = wanted
                .iter()
                .enumerate()
                .filter(|(_, one)| one.found.stat.sort() == Sort::File && one.found.path.is_within(&top.name))
                .map(|(index, _)| index)
                .collect();
            let Some((first, others)) = files.split_first() else { continue };
            let Some(folder) = Folder::new(top, backups) else { continue };
            // One is tried: on most file systems nothing can be cloned.
            let clone = |index: &usize| clone(roots, &wanted[*index].found.path, *index, &folder, cloner);
            let Some(stat) = clone(first) else { continue };
            let mut found = vec![(*first, stat)];
            in_order(
                others,
                || (),
                |(), _, index| {
                    progress.go_on()?;
                    Ok(clone(index).map(|stat| (*index, stat)))
                },
                |_, one| {
                    found.extend(one);
                    Ok(())
                },
            )?;
            let number = copies.folders.len();
            copies.folders.push(folder);
            for (index, stat) in found {
                wanted[index].found.stat = stat;
                let copy = Copy { folder: number, name: index.to_string(), stat };
                copies.taken.insert(wanted[index].found.path.clone(), copy);
            }
        }
        Ok(copies)
    }

    /// Opens the clone of a file.
    pub fn open(&self, path: &TreePath) -> Option<(File, Stat)> {
        let copy = self.taken.get(path)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file =
            rustix::fs::openat(&self.folders.get(copy.folder)?.handle, &*copy.name, flags, Mode::empty());
        Some((File::from(file.ok()?), copy.stat))
    }

    /// Reads the clone of a file of at most `most` bytes into `buffer`; what the file was when it was cloned.
    pub fn read(&self, path: &TreePath, most: u64, buffer: &mut Vec<u8>) -> Option<Stat> {
        let (file, stat) = self.open(path)?;
        buffer.clear();
        let read = file.take(most).read_to_end(buffer).ok()?;
        (read as u64 == stat.size).then_some(stat)
    }

    /// Removes what an interrupted job left.
    pub fn sweep(roots: &Roots, backups: &Path) {
        for top in roots.tops() {
            if let Some(path) = place(top, backups)
                && path.symlink_metadata().is_ok()
            {
                let _ = std::fs::remove_dir_all(&path);
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Folder {
    /// A new folder beside `top`; `None` where there can be none.
    fn new(top: &Top, backups: &Path) -> Option<Self> {
        let path = place(top, backups)?;
        let _ = std::fs::remove_dir_all(&path);
        DirBuilder::new().mode(0o700).create(&path).ok()?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::open(&path, flags, Mode::empty()) {
            Ok(handle) => Some(Self { path, handle }),
            Err(_) => {
                let _ = std::fs::remove_dir(&path);
                None
            }
        }
    }
}

/// Beside the folder itself, since clones are of one volume; two folders of backups have two places.
fn place(top: &Top, backups: &Path) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let whose = [backups.as_os_str().as_bytes(), b"\0", top.name.bytes()].concat();
    Some(top.real.parent()?.join(format!("{PREFIX}{}", &hex(&hash(&whose))[..12])))
}

/// Clones a file that holds still meanwhile; what it was then.
fn clone(roots: &Roots, path: &TreePath, index: usize, folder: &Folder, cloner: &dyn Cloner) -> Option<Stat> {
    let name = index.to_string();
    let remove = || rustix::fs::unlinkat(&folder.handle, &*name, rustix::fs::AtFlags::empty());
    for _ in 0..MOST_TIMES {
        let (file, before) = steady::open(roots, path).ok()?;
        if cloner.clone_file(&file, &folder.handle, &name).is_err() {
            let _ = remove();
            return None;
        }
        if rustix::fs::fstat(&file).is_ok_and(|after| Stat::of(&after) == before) {
            return Some(before);
        }
        let _ = remove();
    }
    None
}

/// Reads the clone of a small file, if there is one and it is as good as the file can be.
pub fn read_clone(
    copies: Option<&Copies>,
    path: &TreePath,
    most: u64,
    buffer: &mut Vec<u8>,
) -> Option<steady::Reading> {
    let stat = copies?.read(path, most, buffer)?;
    // Broken at that instant, and perhaps whole a moment later: the file itself is read.
    let good = !steady::is_json(path) || steady::is_good_json(buffer);
    good.then_some(steady::Reading::Content(stat, None::<FlawKind>))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::walk::walk;
    use crate::progress::Unwatched;

    /// Copies byte by byte: every file system can.
    struct ByHand;

    impl Cloner for ByHand {
        fn clone_file(&self, from: &File, folder: &OwnedFd, name: &str) -> rustix::io::Result<()> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
            let mut to = File::from(rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?);
            let mut from = from;
            std::io::copy(&mut from, &mut to).map(|_| ()).map_err(|_| rustix::io::Errno::IO)
        }
    }

    struct Never;

    impl Cloner for Never {
        fn clone_file(&self, _: &File, _: &OwnedFd, _: &str) -> rustix::io::Result<()> {
            Err(rustix::io::Errno::OPNOTSUPP)
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_read_is_what_was_there_at_the_instant() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("data/sub")).unwrap();
        std::fs::write(root.join("data/a.json"), "{\"before\": 1}").unwrap();
        std::fs::write(root.join("data/sub/broken.json"), "{\"half").unwrap();
        let top = TreePath::new(b"data").unwrap();
        let roots = Roots::open(&root, &[top]).unwrap();
        let mut wanted: Vec<Wanted> = walk(&roots, &Unwatched)
            .unwrap()
            .found
            .into_iter()
            .map(|found| Wanted { found, known: None, entry: 0 })
            .collect();
        let path = |name: &str| TreePath::new(name.as_bytes()).unwrap();
        std::fs::write(root.join("data/a.json"), "{\"at the instant\": 1}").unwrap();
        let copies = Copies::take(&roots, &mut wanted, Path::new("/b"), &ByHand, &Unwatched).unwrap();
        std::fs::write(root.join("data/a.json"), "{}").unwrap();
        let mut buffer = Vec::new();
        let Some(steady::Reading::Content(stat, None)) =
            read_clone(Some(&copies), &path("data/a.json"), 1 << 20, &mut buffer)
        else {
            panic!("a clone");
        };
        assert_eq!((&buffer[..], stat.size), (&b"{\"at the instant\": 1}"[..], 21));
        let planned = wanted.iter().find(|one| one.found.path == path("data/a.json")).unwrap();
        assert_eq!(planned.found.stat, stat);
        assert!(read_clone(Some(&copies), &path("data/sub/broken.json"), 1 << 20, &mut buffer).is_none());
        assert!(read_clone(Some(&copies), &path("data/other"), 1 << 20, &mut buffer).is_none());
        assert_eq!(names(&root).len(), 2, "the clones lie beside the folder");
        drop(copies);
        assert_eq!(names(&root), ["data"]);
        // Where nothing can be cloned nothing is left of the attempt; what a crash left goes too.
        let copies = Copies::take(&roots, &mut wanted, Path::new("/b"), &Never, &Unwatched).unwrap();
        assert!(copies.taken.is_empty());
        assert_eq!(names(&root), ["data"]);
        std::mem::forget(Copies::take(&roots, &mut wanted, Path::new("/b"), &ByHand, &Unwatched).unwrap());
        assert_eq!(names(&root).len(), 2);
        Copies::sweep(&roots, Path::new("/another"));
        assert_eq!(names(&root).len(), 2, "those of another folder of backups are not ours");
        Copies::sweep(&roots, Path::new("/b"));
        assert_eq!(names(&root), ["data"]);
    }
}
