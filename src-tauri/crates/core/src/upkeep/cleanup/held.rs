//! Which files somebody has open.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::clock::Instant;
use crate::upkeep::places::Sight;

/// Where it cannot be told who has a file open, one that changed within this time is taken for open.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// The files that are open, by volume and number.
#[derive(Debug, Default)]
pub(super) struct Held {
    open: HashSet<(u64, u64)>,
    /// Whether every process could be asked.
    complete: bool,
}

impl Held {
    /// Asks every process that may be asked.
    #[cfg(target_os = "linux")]
    pub(super) fn look() -> Self {
        use std::os::unix::fs::MetadataExt;
        let mut held = Self { open: HashSet::new(), complete: true };
        let Ok(processes) = std::fs::read_dir("/proc") else { return Self::default() };
        for process in processes.flatten() {
            if !process.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
                continue;
            }
            let files = match std::fs::read_dir(process.path().join("fd")) {
                Ok(files) => files,
                Err(error) => {
                    held.complete &= error.kind() != std::io::ErrorKind::PermissionDenied;
                    continue;
                }
            };
            for file in files.flatten() {
                // Leads to the file itself, whatever its name is by now.
                if let Ok(file) = file.path().metadata()
                    && file.is_file()
                {
                    held.open.insert((file.dev(), file.ino()));
                }
            }
        }
        held
    }

    /// There is no way to ask without a program of the system's: nothing is known.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn look() -> Self {
        Self::default()
    }

    /// Why a file is left alone, if somebody has it open or may have.
    pub(super) fn why(&self, file: &Sight, now: Instant) -> Option<&'static str> {
        if self.open.contains(&(file.device, file.inode)) {
            return Some("is open");
        }
        let fresh = file.modified.0 > (now - FRESH).timestamp();
        (!self.complete && fresh).then_some("changed just now, and may be open")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_file_is_left_alone_where_nobody_can_be_asked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        std::fs::write(&path, "x").unwrap();
        let tree = crate::upkeep::places::Tree::open(dir.path()).unwrap();
        let file = Sight::at(tree.handle(), "a.log").unwrap();
        let now = chrono::DateTime::from_timestamp(file.modified.0, 0).unwrap() + TimeDelta::minutes(59);
        let blind = Held::default();
        assert!(blind.why(&file, now).is_some());
        assert!(blind.why(&file, now + TimeDelta::minutes(2)).is_none());
        assert!(Held { complete: true, ..Held::default() }.why(&file, now).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_is_open_as_long_as_somebody_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        let open = std::fs::File::create(&path).unwrap();
        let later = dir.path().join("b.log");
        std::fs::rename(&path, &later).unwrap();
        let tree = crate::upkeep::places::Tree::open(dir.path()).unwrap();
        let file = Sight::at(tree.handle(), "b.log").unwrap();
        let now = chrono::DateTime::from_timestamp(file.modified.0, 0).unwrap() + TimeDelta::days(1);
        assert_eq!(Held::look().why(&file, now), Some("is open"));
        drop(open);
        assert_eq!(Held::look().why(&file, now), None);
    }
}
