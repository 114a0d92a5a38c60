//! Looking into a folder without leaving it: no links out, a bounded number of names.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::fsio;

/// How much is read of either end of a log.
const END: u64 = 64 * 1024;

/// The root while it is looked at, with what was odd on the way.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) root: PathBuf,
    /// With every link resolved: what is inside starts with this.
    real: PathBuf,
    pub(super) notes: Vec<String>,
}

/// A regular file inside the root.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its name in its folder.
    pub(super) name: String,
    /// Relative to the root.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Folder {
    pub(super) fn new(root: PathBuf, real: PathBuf) -> Self {
        Self { root, real, notes: Vec::new() }
    }

    /// The regular files of a folder by name, at most `most`; the root itself is `""`. A missing folder is empty.
    pub(super) fn files(&mut self, folder: &str, most: usize) -> Vec<Entry> {
        let path = self.root.join(folder);
        if !self.holds(&path) {
            if path.symlink_metadata().is_ok() {
                self.notes.push(format!("{folder} leads out of the folder, so nothing in it was looked at."));
            }
            return Vec::new();
        }
        let entries = match path.read_dir() {
            Ok(entries) => entries,
            Err(error) => {
                self.notes.push(format!(
                    "{} cannot be looked at: {error}.",
                    if folder.is_empty() { "." } else { folder }
                ));
                return Vec::new();
            }
        };
        let (mut files, mut unreadable, mut seen) = (Vec::new(), 0, 0);
        for entry in entries {
            seen += 1;
            if seen > most {
                self.notes.push(format!(
                    "{} holds more than {most} names; only some were looked at.",
                    if folder.is_empty() { "The folder" } else { folder }
                ));
                break;
            }
            let Ok(entry) = entry else { continue };
            let Ok(name) = entry.file_name().into_string() else {
                unreadable += 1;
                continue;
            };
            if let Some(file) = self.file(&join(folder, &name)) {
                files.push(file);
            }
        }
        if unreadable > 0 {
            let place = if folder.is_empty() { "the folder" } else { folder };
            self.notes.push(format!("{unreadable} names in {place} are not UTF-8 and were left out."));
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }

    /// One regular file inside the root, given relative to it.
    pub(super) fn file(&self, relative: &str) -> Option<Entry> {
        let path = self.root.join(relative);
        // The file or any folder above it may be a link.
        if !self.holds(&path) {
            return None;
        }
        let metadata = path.metadata().ok()?;
        let name = Path::new(relative).file_name()?.to_str()?.to_owned();
        metadata.is_file().then(|| Entry {
            name,
            path: relative.to_owned(),
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// Whether something is there and is a folder inside the root.
    pub(super) fn has_folder(&self, relative: &str) -> bool {
        let path = self.root.join(relative);
        path.is_dir() && self.holds(&path)
    }

    /// Reads a whole file of at most `most` bytes.
    pub(super) fn read(&self, entry: &Entry, most: u64) -> Option<Vec<u8>> {
        let path = self.root.join(&entry.path);
        self.holds(&path).then(|| fsio::read_bounded(&path, most).ok()).flatten()
    }

    /// The whole lines at the beginning and at the end of a file.
    pub(super) fn ends(&self, entry: &Entry) -> Option<Vec<String>> {
        let path = self.root.join(&entry.path);
        if !self.holds(&path) {
            return None;
        }
        let (mut file, metadata) = fsio::open_regular(&path).ok()?;
        let length = metadata.len();
        let mut lines = Vec::new();
        let head = read_at(&mut file, 0)?;
        let cut = length > END;
        // The last line of the head may go on behind it, the first of the tail may begin before it.
        let whole =
            if cut { &head[..head.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1)] } else { &head };
        push_lines(whole, &mut lines);
        if cut {
            let tail = read_at(&mut file, (length - END).max(END))?;
            let begin = tail.iter().position(|b| *b == b'\n').map_or(tail.len(), |i| i + 1);
            push_lines(&tail[begin..], &mut lines);
        }
        Some(lines)
    }

    /// Whether `path`, every link resolved, lies inside the root.
    fn holds(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| real.starts_with(&self.real))
    }
}

fn read_at(file: &mut File, from: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from)).ok()?;
    file.by_ref().take(END).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn push_lines(bytes: &[u8], into: &mut Vec<String>) {
    for line in bytes.split(|b| *b == b'\n') {
        if !line.iter().all(u8::is_ascii_whitespace) {
            into.push(String::from_utf8_lossy(line).into_owned());
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
