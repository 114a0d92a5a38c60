//! What takes space: a folder by its entries, walked by all cores, never through a link and never onto another volume.

use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::hands::{Board, hands};
use crate::upkeep::places::FOLDER;

/// So many names of one folder are looked at by one hand at a time.
const AT_ONCE: usize = 512;
/// Of so many entries the sizes are kept apart; the rest is added up.
const MOST_ENTRIES: usize = 100_000;

/// What files take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The lengths of the files, as Finder and `ls` show them.
    pub bytes: u64,
    /// What they take of the volume, as `du` counts: less where they have holes.
    pub on_disk: u64,
    /// How many there are; one with several names counts once.
    pub files: u64,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntrySpace {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// What it takes, with all that is in it.
    #[serde(flatten)]
    pub taken: Taken,
}

/// What a folder takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Space {
    /// All of it.
    #[serde(flatten)]
    pub taken: Taken,
    /// Its entries, the largest first.
    pub entries: Vec<EntrySpace>,
    /// Whether all of it could be seen; what was found is a lower bound otherwise.
    pub complete: bool,
}

impl Taken {
    fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.on_disk = self.on_disk.saturating_add(other.on_disk);
        self.files += other.files;
    }
}

/// Measures the folder at `path`, which may itself be a link, by its entries.
///
/// # Errors
/// When it cannot be opened; what cannot be seen below it makes the answer incomplete.
pub fn space(path: &Path) -> Result<Space> {
    let cannot = |errno: rustix::io::Errno| Error::io("look into", path, errno.into());
    let root = rustix::fs::open(path, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty()).map_err(cannot)?;
    #[allow(clippy::unnecessary_cast, reason = "another width on macOS")]
    let device = rustix::fs::fstat(&root).map_err(cannot)?.st_dev as u64;
    let look = Look {
        tasks: Board::new(Task::Top(root)),
        device,
        names: Mutex::default(),
        several: Mutex::default(),
    };
    let sums = std::thread::scope(|scope| {
        let others: Vec<_> = (1..hands()).map(|_| scope.spawn(|| look.work())).collect();
        let mut sums = vec![look.work()];
        sums.extend(others.into_iter().filter_map(|hand| hand.join().ok()));
        sums
    });
    let names = look.names.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut taken = vec![Taken::default(); names.len()];
    let (mut all, mut complete) = (Taken::default(), true);
    for sum in sums {
        complete &= !sum.left_out;
        all.add(sum.beyond);
        for (entry, of) in sum.of.into_iter().enumerate() {
            taken[entry].add(of);
            all.add(of);
        }
    }
    let mut entries: Vec<EntrySpace> = names
        .into_iter()
        .zip(taken)
        .map(|((name, folder), taken)| EntrySpace {
            name: name.to_string_lossy().into_owned(),
            folder,
            taken,
        })
        .collect();
    entries.sort_by(|one, two| (two.taken.on_disk, &one.name).cmp(&(one.taken.on_disk, &two.name)));
    Ok(Space { taken: all, entries, complete })
}

/// Something to look at.
enum Task {
    /// The folder itself.
    Top(OwnedFd),
    /// A folder below it, opened only when it is looked at: few are open at a time. With the place of its entry.
    Folder(Arc<OwnedFd>, CString, usize),
    /// Files in a folder, with the place of the entry of each.
    Files(Arc<OwnedFd>, Vec<(CString, usize)>),
}

/// What one hand found.
#[derive(Default)]
struct Sums {
    of: Vec<Taken>,
    /// Of entries beyond those that are kept apart.
    beyond: Taken,
    left_out: bool,
}

impl Sums {
    fn add(&mut self, entry: usize, taken: Taken) {
        if entry >= MOST_ENTRIES {
            return self.beyond.add(taken);
        }
        if self.of.len() <= entry {
            self.of.resize(entry + 1, Taken::default());
        }
        self.of[entry].add(taken);
    }
}

/// One measurement, for all hands that are at it.
struct Look {
    tasks: Board<Task>,
    device: u64,
    names: Mutex<Vec<(CString, bool)>>,
    /// Files with several names that were seen.
    several: Mutex<HashSet<u64>>,
}

impl Look {
    fn work(&self) -> Sums {
        let mut sums = Sums::default();
        while let Some(task) = self.tasks.take() {
            self.look(task, &mut sums);
            self.tasks.done(Vec::new());
        }
        sums
    }

    fn look(&self, task: Task, sums: &mut Sums) {
        match task {
            Task::Top(handle) => self.list(handle, None, sums),
            Task::Folder(parent, name, entry) => match openat(&parent, &name, FOLDER, Mode::empty()) {
                Ok(handle) => {
                    #[allow(clippy::unnecessary_cast, reason = "another width on macOS")]
                    let here = rustix::fs::fstat(&handle).is_ok_and(|seen| seen.st_dev as u64 == self.device);
                    if here {
                        self.list(handle, Some(entry), sums);
                    }
                }
                // Gone, or swapped for a link, since it was listed.
                Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => {}
                Err(_) => sums.left_out = true,
            },
            Task::Files(folder, names) => {
                for (name, entry) in names {
                    self.measure(&folder, &name, entry, sums);
                }
            }
        }
    }

    /// `entry` is the one that the folder belongs to; without one its own entries are named.
    fn list(&self, handle: OwnedFd, entry: Option<usize>, sums: &mut Sums) {
        let handle = Arc::new(handle);
        let Ok(dir) = openat(&handle, ".", FOLDER, Mode::empty()).and_then(Dir::new) else {
            sums.left_out = true;
            return;
        };
        let (mut tasks, mut files) = (Vec::new(), Vec::with_capacity(AT_ONCE));
        for found in dir {
            let Ok(found) = found else {
                sums.left_out = true;
                break;
            };
            let name = found.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match found.file_type() {
                FileType::Unknown => statat(&handle, name, AtFlags::SYMLINK_NOFOLLOW)
                    .map_or(FileType::Unknown, |seen| FileType::from_raw_mode(seen.st_mode)),
                kind => kind,
            };
            let folder = kind == FileType::Directory;
            if !folder && kind != FileType::RegularFile {
                continue;
            }
            let entry = entry.unwrap_or_else(|| self.name(name, folder));
            if folder {
                tasks.push(Task::Folder(Arc::clone(&handle), name.to_owned(), entry));
            } else {
                files.push((name.to_owned(), entry));
                if files.len() == AT_ONCE {
                    tasks.push(Task::Files(Arc::clone(&handle), std::mem::take(&mut files)));
                }
            }
            if tasks.len() == AT_ONCE {
                self.tasks.add(&mut tasks);
            }
        }
        self.tasks.add(&mut tasks);
        // The rest at once: handing it over would cost more.
        for (name, entry) in files {
            self.measure(&handle, &name, entry, sums);
        }
    }

    fn name(&self, name: &CStr, folder: bool) -> usize {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST_ENTRIES {
            return MOST_ENTRIES;
        }
        names.push((name.to_owned(), folder));
        names.len() - 1
    }

    fn measure(&self, folder: &OwnedFd, name: &CStr, entry: usize, sums: &mut Sums) {
        // What is gone by now counts for nothing.
        let Ok(seen) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
        if FileType::from_raw_mode(seen.st_mode) != FileType::RegularFile {
            return;
        }
        if seen.st_nlink > 1
            && !self.several.lock().unwrap_or_else(PoisonError::into_inner).insert(seen.st_ino)
        {
            return;
        }
        let positive = |number: i64| u64::try_from(number).unwrap_or(0);
        // A block of this figure has 512 bytes, whatever the volume's have.
        let on_disk = positive(seen.st_blocks).saturating_mul(512);
        sums.add(entry, Taken { bytes: positive(seen.st_size), on_disk, files: 1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn entries_come_largest_first_and_add_up() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, length: usize| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![b'x'; length]).unwrap();
        };
        for number in 0..1500 {
            put(&format!("many/{}/{number}.json", number % 7), 10_000);
        }
        put("one.json", 50_000);
        put("deep/a/b/c/d", 200_000);
        symlink("/", dir.path().join("link")).unwrap();
        fs::hard_link(dir.path().join("one.json"), dir.path().join("deep/again")).unwrap();
        let found = space(dir.path()).unwrap();
        let names: Vec<&str> = found.entries.iter().map(|one| one.name.as_str()).collect();
        assert_eq!((names[0], names.len(), found.complete), ("many", 3, true));
        assert_eq!(found.taken.bytes, 15_000_000 + 250_000);
        assert_eq!(found.taken.files, 1502);
        assert_eq!(found.entries[0].taken.bytes, 15_000_000);
        assert_eq!(found.entries.iter().map(|one| one.taken.bytes).sum::<u64>(), found.taken.bytes);
        assert_eq!(found.entries.iter().map(|one| one.taken.on_disk).sum::<u64>(), found.taken.on_disk);
    }

    #[test]
    fn holes_take_no_room_and_what_is_not_there_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::File::create(dir.path().join("sparse")).unwrap().set_len(5 << 30).unwrap();
        let found = space(dir.path()).unwrap();
        assert_eq!(found.taken.bytes, 5 << 30);
        assert!(found.taken.on_disk < 1 << 20, "{found:?}");
        assert!(space(&dir.path().join("none")).is_err());
    }
}
