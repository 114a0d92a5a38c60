//! Which files are code and settings of an ecosystem.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Print;
use crate::profile::Profile;

/// Bytes of a file that counts; what is larger is no code.
pub(super) const LARGEST: u64 = 2 << 20;
/// Files that are looked at, and levels of folders.
const MOST: usize = 5_000;
/// Entries of folders that are passed on the way.
const MOST_SEEN: usize = 200_000;
const DEEPEST: usize = 8;
/// Folders of code that is not the ecosystem's own.
const FOREIGN: [&str; 6] = ["__pycache__", "node_modules", "site-packages", "venv", "env", "build"];

/// The code and the settings of one ecosystem.
#[derive(Debug, Clone)]
pub struct Ground {
    root: PathBuf,
    config: PathBuf,
    /// Folders whose files are neither.
    others: Vec<PathBuf>,
}

impl Ground {
    /// Those of the ecosystem that `profile` describes.
    pub fn of(profile: &Profile) -> Self {
        let mut others =
            vec![profile.data_dir.clone(), profile.logs_dir.clone(), profile.backups.folder.clone()];
        let folders = profile.reports.iter().filter_map(|kind| kind.pattern.parent());
        others.extend(folders.filter(|folder| *folder != profile.root).map(Path::to_owned));
        Self { root: profile.root.clone(), config: profile.config_dir.clone(), others }
    }

    #[cfg(test)]
    pub(super) fn at(root: &Path, config: &Path, others: &[PathBuf]) -> Self {
        Self { root: root.to_owned(), config: config.to_owned(), others: others.to_vec() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Its files by name from the root, with what tells that they did not change; their content is not read.
    pub(super) fn files(&self) -> Result<Vec<(String, PathBuf, Print)>, String> {
        let mut walk = Walk { ground: self, seen: 0, found: Vec::new() };
        walk.folder(&self.root, 0, false)
            .map_err(|error| format!("{} cannot be looked into: {error}", self.root.display()))?;
        // A folder of settings elsewhere is another ecosystem's business.
        if self.config.starts_with(&self.root) && self.config != self.root {
            let _ = walk.folder(&self.config, 1, true);
        }
        walk.found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(walk.found)
    }
}

struct Walk<'g> {
    ground: &'g Ground,
    seen: usize,
    found: Vec<(String, PathBuf, Print)>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize, settings: bool) -> std::io::Result<()> {
        let ground = self.ground;
        for entry in std::fs::read_dir(folder)?.flatten() {
            self.seen += 1;
            if self.found.len() >= MOST || self.seen > MOST_SEEN {
                return Ok(());
            }
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let Ok(metadata) = path.symlink_metadata() else { continue };
            if metadata.is_dir() {
                let passed_over = name.starts_with('.')
                    || FOREIGN.contains(&name.as_str())
                    || ground.others.contains(&path)
                    || (!settings && path == ground.config);
                if depth < DEEPEST && !passed_over {
                    // What cannot be looked into is none of this user's.
                    let _ = self.folder(&path, depth + 1, settings);
                }
            } else if metadata.is_file() && metadata.len() <= LARGEST && counts(&name, settings) {
                let Ok(below) = path.strip_prefix(&ground.root) else { continue };
                let print = Print {
                    size: metadata.len(),
                    modified: (metadata.mtime(), metadata.mtime_nsec()),
                    inode: metadata.ino(),
                    hash: String::new(),
                };
                self.found.push((below.to_string_lossy().into_owned(), path, print));
            }
        }
        Ok(())
    }
}

/// Whether a file of this name counts: Python anywhere, and in the folder of the settings whatever holds some.
fn counts(name: &str, settings: bool) -> bool {
    const SETTINGS: [&str; 7] = ["yaml", "yml", "json", "toml", "ini", "cfg", "conf"];
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    !name.starts_with('.') && (end == "py" || (settings && SETTINGS.contains(&end)))
}
