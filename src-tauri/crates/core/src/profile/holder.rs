//! The profile in force: the last good one, whatever happens to its file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::load::read;
use super::model::Profile;
use super::problem::{ProfileErrors, ProfileProblem};
use crate::fsio::Stamp;

/// What became of the profile's file since it was last looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The profile in force is what the file says.
    Unchanged,
    /// The file says something else, which is in force now.
    Replaced(Arc<Profile>),
    /// The file has mistakes; the last good profile stays in force. Repeated until it is mended.
    Broken(Vec<ProfileProblem>),
    /// The file is not there; the last good profile stays in force. Repeated until it is back.
    Gone,
}

/// Keeps the last good profile in force and notices when its file changes.
#[derive(Debug)]
pub struct ProfileHolder {
    path: PathBuf,
    home: Option<PathBuf>,
    profile: Arc<Profile>,
    /// The state of the file that was read last.
    read: Option<Stamp>,
    /// What that reading gave, where it was no profile.
    broken: Option<Vec<ProfileProblem>>,
}

impl ProfileHolder {
    /// Loads the profile that is in force from now on.
    ///
    /// # Errors
    /// As [`load`](super::load()): without a first good profile there is nothing to hold.
    pub fn load(path: &Path, home: Option<&Path>) -> Result<Self, ProfileErrors> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (profile, stamp) = read(&path, home);
        let profile = Arc::new(profile?);
        Ok(Self { path, home: home.map(Path::to_owned), profile, read: stamp, broken: None })
    }

    /// The profile in force.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// The profile's file, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks whether the file changed: one `stat` where it did not.
    pub fn check_for_change(&mut self) -> Change {
        let stamp = match self.path.metadata() {
            Ok(metadata) => Some(Stamp::of(&metadata)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // Forgotten, so that a file put back is read even with its old times.
                self.read = None;
                self.broken = None;
                return Change::Gone;
            }
            // The reading says what is wrong.
            Err(_) => None,
        };
        if stamp.is_some() && stamp == self.read {
            return self.broken.clone().map_or(Change::Unchanged, Change::Broken);
        }
        let (result, stamp) = read(&self.path, self.home.as_deref());
        self.read = stamp;
        self.broken = None;
        match result {
            Ok(profile) if profile == *self.profile => Change::Unchanged,
            Ok(profile) => {
                self.profile = Arc::new(profile);
                Change::Replaced(Arc::clone(&self.profile))
            }
            Err(errors) => {
                let problems = errors.into_problems();
                self.broken = Some(problems.clone());
                Change::Broken(problems)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsio::write_atomic;

    fn text(name: &str) -> String {
        format!("[ecosystem]\nroot = \"/eco\"\nname = \"{name}\"\n")
    }

    fn name(holder: &ProfileHolder) -> &str {
        &holder.profile().name
    }

    #[test]
    fn the_last_good_profile_stays_in_force_while_the_file_is_broken_or_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("caretaker.toml");
        write_atomic(&path, text("one").as_bytes(), 0o600).unwrap();
        let mut holder = ProfileHolder::load(&path, None).unwrap();
        assert_eq!(holder.check_for_change(), Change::Unchanged);

        write_atomic(&path, b"[ecosystem]\nrot = 1\n", 0o600).unwrap();
        for _ in 0..2 {
            let Change::Broken(problems) = holder.check_for_change() else { panic!("not broken") };
            assert_eq!(problems.len(), 2, "{problems:?}");
            assert_eq!(name(&holder), "one");
        }

        std::fs::remove_file(&path).unwrap();
        assert_eq!(holder.check_for_change(), Change::Gone);
        assert_eq!(holder.check_for_change(), Change::Gone);
        assert_eq!(name(&holder), "one");

        write_atomic(&path, text("one").as_bytes(), 0o600).unwrap();
        assert_eq!(holder.check_for_change(), Change::Unchanged, "it says the same as before");

        write_atomic(&path, text("two").as_bytes(), 0o600).unwrap();
        assert!(matches!(holder.check_for_change(), Change::Replaced(p) if p.name == "two"));
        assert_eq!(holder.check_for_change(), Change::Unchanged);
    }

    #[test]
    fn a_file_that_others_may_write_from_now_on_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("caretaker.toml");
        write_atomic(&path, text("one").as_bytes(), 0o600).unwrap();
        let mut holder = ProfileHolder::load(&path, None).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let Change::Broken(problems) = holder.check_for_change() else { panic!("not broken") };
        assert!(problems[0].message.contains("chmod"), "{problems:?}");
    }

    #[test]
    fn a_fifo_in_place_of_the_file_is_named_and_never_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("caretaker.toml");
        write_atomic(&path, text("one").as_bytes(), 0o600).unwrap();
        let mut holder = ProfileHolder::load(&path, None).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
        rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, 0).unwrap();
        let Change::Broken(problems) = holder.check_for_change() else { panic!("not broken") };
        assert!(problems[0].message.contains("FIFO"), "{problems:?}");
    }
}
