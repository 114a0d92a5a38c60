//! The ecosystem's `VERSION_HISTORY.md`: a section of a month added or replaced, all else kept byte for byte, and taken back.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// The file in the root.
pub const VERSION_FILE: &str = "VERSION_HISTORY.md";
/// Bytes of it.
const LARGEST: u64 = 4 << 20;
/// What marks a section as Caretaker's own; what follows tells whether somebody edited it.
const MARK: &str = "<!-- written by Caretaker ";
/// What a new file begins with.
const TITLE: &str = "# Version history\n";

/// What becomes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum VersionAction {
    /// The section is added at its end.
    Add,
    /// The section of an earlier run is replaced.
    Replace,
}

/// What would be written.
#[derive(Debug, Clone)]
pub struct VersionEdit {
    /// What becomes of the file.
    pub action: VersionAction,
    /// The section as it stands there, where one is replaced.
    pub before: Option<String>,
    path: PathBuf,
    /// The file as it is; `None` where there is none.
    old: Option<Vec<u8>>,
    new: Vec<u8>,
}

/// The version history of one ecosystem.
pub struct VersionFile {
    root: PathBuf,
    state_dir: PathBuf,
}

/// What the last writing replaced.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    schema: u32,
    path: PathBuf,
    title: String,
    /// The hash of the file before; `None` where there was none.
    before: Option<String>,
    after: String,
}

impl VersionFile {
    /// That of the ecosystem in `root`; what is replaced is kept in `state_dir`.
    pub fn new(root: &Path, state_dir: &Path) -> Self {
        Self { root: root.to_owned(), state_dir: state_dir.to_owned() }
    }

    /// The file with the section `title`, whose lines are `body`.
    ///
    /// # Errors
    /// `Denied` where a section of that title is somebody else's or was edited, or the file is none that can be replaced.
    pub fn plan(&self, title: &str, body: &str) -> Result<VersionEdit> {
        let path = self.root.join(VERSION_FILE);
        let old = read(&path)?;
        let text = old.as_ref().map_or("", |(_, text)| text.as_str());
        // A file with the line ends of another system keeps them.
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let body = body.trim_end().replace('\n', end);
        let section =
            format!("## {title}{end}{end}{body}{end}{MARK}{} -->{end}", &hash(body.as_bytes())[..16]);
        let (new, action, before) = match find(text, title) {
            None => {
                let start = if text.is_empty() { TITLE.to_owned() } else { text.to_owned() };
                let gap = if start.ends_with("\n\n") || start.ends_with("\r\n\r\n") {
                    String::new()
                } else if start.ends_with('\n') {
                    end.to_owned()
                } else {
                    format!("{end}{end}")
                };
                (format!("{start}{gap}{section}"), VersionAction::Add, None)
            }
            Some(there) => {
                let found = &text[there.clone()];
                let own = is_untouched(found, end).ok_or_else(|| {
                    Error::new(
                        ErrorKind::Denied,
                        format!(
                            "“{title}” stands in {VERSION_FILE} already, and somebody wrote or edited it"
                        ),
                    )
                    .at(&path)
                    .hint("Take that section out, or add by hand what is missing; nothing was changed.")
                })?;
                let kept = &found[own..];
                let new = format!("{}{section}{kept}{}", &text[..there.start], &text[there.end..]);
                (new, VersionAction::Replace, Some(found[..own].trim_end().to_owned()))
            }
        };
        Ok(VersionEdit { action, before, path, old: old.map(|(bytes, _)| bytes), new: new.into_bytes() })
    }

    /// Writes what a plan says, if the file is still as it was then.
    ///
    /// # Errors
    /// `Busy` when it changed meanwhile; when it cannot be written. Nothing is changed then.
    pub fn write(&self, edit: &VersionEdit, title: &str) -> Result<()> {
        let now = read(&edit.path)?.map(|(bytes, _)| bytes);
        if now != edit.old {
            return Err(Error::new(ErrorKind::Busy, format!("{VERSION_FILE} was changed meanwhile"))
                .at(&edit.path)
                .hint("Look again."));
        }
        let folder = self.folder();
        fsio::create_private_dir(&folder)?;
        if let Some(old) = &edit.old {
            fsio::write_atomic(&folder.join("before"), old, 0o600)?;
        }
        let kept = Kept {
            schema: 1,
            path: edit.path.clone(),
            title: title.to_owned(),
            before: edit.old.as_ref().map(|old| hash(old)),
            after: hash(&edit.new),
        };
        let text = serde_json::to_vec(&kept)
            .map_err(|error| Error::new(ErrorKind::System, "it cannot be put into words").because(error))?;
        fsio::write_atomic(&folder.join("kept.json"), &text, 0o600)?;
        match &edit.old {
            Some(_) => fsio::write_atomic(&edit.path, &edit.new, mode(&edit.path)?),
            None => fsio::create_new_atomic(&edit.path, &[&edit.new], 0o644),
        }
    }

    /// The title of the section that [`VersionFile::undo`] would take out; `None` where there is nothing to take back.
    ///
    /// # Errors
    /// When what was kept cannot be read.
    pub fn can_undo(&self) -> Result<Option<String>> {
        let Some(kept) = self.kept()? else { return Ok(None) };
        let now = read(&kept.path)?.map(|(bytes, _)| hash(&bytes));
        Ok((now.as_ref() != kept.before.as_ref()).then_some(kept.title))
    }

    /// Puts the file back as it was before the last writing, byte for byte; gives the title that is out of it again.
    ///
    /// # Errors
    /// `NotFound` where there is nothing to take back; `Busy` where it was changed since.
    pub fn undo(&self) -> Result<String> {
        let nothing = || Error::new(ErrorKind::NotFound, "there is no version history to take back");
        let kept = self.kept()?.ok_or_else(nothing)?;
        let now = read(&kept.path)?.map(|(bytes, _)| hash(&bytes));
        if now.as_ref() == kept.before.as_ref() {
            return Err(nothing());
        }
        if now.as_ref() != Some(&kept.after) {
            return Err(Error::new(ErrorKind::Busy, format!("{VERSION_FILE} was changed since"))
                .at(&kept.path)
                .hint("Take the section out by hand; nothing was changed."));
        }
        match &kept.before {
            None => fsio::remove(&kept.path)?,
            Some(wanted) => {
                let path = self.folder().join("before");
                let before = fsio::read_bounded(&path, LARGEST)?;
                if hash(&before) != *wanted {
                    return Err(Error::new(
                        ErrorKind::Damaged,
                        format!("{} is not as it was kept", path.display()),
                    )
                    .at(&path));
                }
                fsio::write_atomic(&kept.path, &before, mode(&kept.path)?)?;
            }
        }
        Ok(kept.title)
    }

    fn kept(&self) -> Result<Option<Kept>> {
        let path = self.folder().join("kept.json");
        let bytes = match fsio::read_bounded(&path, 64 * 1024) {
            Ok(bytes) => bytes,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Damaged, format!("{} is damaged", path.display())).at(&path).because(error)
        })?;
        Ok((kept.path == self.root.join(VERSION_FILE)).then_some(kept))
    }

    fn folder(&self) -> PathBuf {
        self.state_dir.join("version").join(&hash(self.root.as_os_str().as_encoded_bytes())[..16])
    }
}

/// The file's bytes and text; `None` where there is none.
fn read(path: &Path) -> Result<Option<(Vec<u8>, String)>> {
    let metadata = match fsio::open_regular_itself(path) {
        Ok((_, metadata)) => metadata,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // A new file takes its place: the owner would change, or another name would keep the old one.
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.nlink() > 1 {
        return Err(Error::new(
            ErrorKind::Denied,
            format!("{} belongs to another user, or has a second name", path.display()),
        )
        .at(path));
    }
    let bytes = fsio::read_bounded(path, LARGEST)?;
    let text = String::from_utf8(bytes.clone()).map_err(|_| {
        Error::new(ErrorKind::Damaged, format!("{} is no text in UTF-8", path.display())).at(path)
    })?;
    Ok(Some((bytes, text)))
}

fn mode(path: &Path) -> Result<u32> {
    let metadata = path.symlink_metadata().map_err(|error| Error::io("look at", path, error))?;
    Ok(metadata.permissions().mode() & 0o7777)
}

/// From the heading of a section to the next of its rank.
fn find(text: &str, title: &str) -> Option<std::ops::Range<usize>> {
    let heading = format!("## {title}");
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end();
        match start {
            None if plain == heading => start = Some(at),
            Some(start) if plain.starts_with("## ") || plain.starts_with("# ") => return Some(start..at),
            _ => {}
        }
        at += line.len();
    }
    start.map(|start| start..text.len())
}

/// Where Caretaker's own part of a section ends, if nobody edited it: what follows it, empty lines mostly, stays.
fn is_untouched(section: &str, end: &str) -> Option<usize> {
    let mark = section.find(MARK)?;
    let line = section[mark..].lines().next()?;
    let told = line.strip_prefix(MARK)?.strip_suffix(" -->")?;
    let body = section[..mark].split_once(&format!("{end}{end}"))?.1.strip_suffix(end)?;
    let own = (mark + line.len() + end.len()).min(section.len());
    (hash(body.as_bytes())[..16] == *told && section[own..].trim().is_empty()).then_some(own)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, VersionFile) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("eco")).unwrap();
        let file = VersionFile::new(&dir.path().join("eco"), &dir.path().join("state"));
        (dir, file)
    }

    fn write(file: &VersionFile, title: &str, body: &str) -> VersionAction {
        let edit = file.plan(title, body).unwrap();
        file.write(&edit, title).unwrap();
        edit.action
    }

    #[test]
    fn a_section_is_added_replaced_and_taken_back_byte_for_byte() {
        for (old, mode) in [
            (None, 0o644),
            (Some("# Ours\n\n## Version 2025.11\n- by hand"), 0o600),
            (Some("x\r\n## A\r\n\r\n"), 0o640),
        ] {
            let (_dir, file) = file();
            let path = file.root.join(VERSION_FILE);
            if let Some(old) = old {
                fsio::write_atomic(&path, old.as_bytes(), mode).unwrap();
            }
            assert_eq!(write(&file, "Version 2025.12", "- a\n- b"), VersionAction::Add);
            let first = std::fs::read_to_string(&path).unwrap();
            assert!(first.starts_with(old.unwrap_or(TITLE)), "{first}");
            assert!(first.lines().any(|line| line == "- b"));
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
            assert_eq!(write(&file, "Version 2025.12", "- a\n- c"), VersionAction::Replace);
            let second = std::fs::read_to_string(&path).unwrap();
            assert_eq!(second.replace("- c", "- b").len(), first.len());
            assert_eq!(second.matches("## Version 2025.12").count(), 1);
            file.undo().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
            assert_eq!(file.undo().unwrap_err().kind, ErrorKind::NotFound, "once only");
        }
        let (_dir, file) = file();
        write(&file, "Version 2025.12", "- a");
        assert_eq!(file.can_undo().unwrap().as_deref(), Some("Version 2025.12"));
        file.undo().unwrap();
        assert!(!file.root.join(VERSION_FILE).exists(), "there was none before");
    }

    #[test]
    fn what_somebody_wrote_or_edited_stays() {
        let (_dir, file) = file();
        let path = file.root.join(VERSION_FILE);
        std::fs::write(&path, "## Version 2025.12\n- by hand\n").unwrap();
        assert_eq!(file.plan("Version 2025.12", "- a").unwrap_err().kind, ErrorKind::Denied);
        std::fs::remove_file(&path).unwrap();
        write(&file, "Version 2025.12", "- a");
        write(&file, "Version 2026.01", "- b");
        let good = std::fs::read_to_string(&path).unwrap();
        for edited in [
            good.replace("- a\n", "- a!\n"),
            good.replace("\n## Version 2026.01", "\nA word of mine.\n\n## Version 2026.01"),
            good.replace("- a\n", "- a\n- mine\n"),
        ] {
            std::fs::write(&path, &edited).unwrap();
            assert_eq!(file.plan("Version 2025.12", "- z").unwrap_err().kind, ErrorKind::Denied, "{edited}");
            assert_eq!(file.undo().unwrap_err().kind, ErrorKind::Busy);
            assert!(file.plan("Version 2026.01", "- z").is_ok(), "the other one is as it was");
        }
        std::fs::write(&path, &good).unwrap();
        assert_eq!(write(&file, "Version 2025.12", "- z"), VersionAction::Replace);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap().lines().last(),
            good.lines().last(),
            "what follows stays"
        );
    }

    #[test]
    fn what_is_no_plain_file_of_this_user_is_refused_and_a_change_meanwhile_too() {
        let (dir, file) = file();
        let (path, other) = (file.root.join(VERSION_FILE), dir.path().join("other"));
        std::fs::write(&other, "canary").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(file.plan("Version 2025.12", "- a").is_err());
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&other, &path).unwrap();
        assert_eq!(file.plan("Version 2025.12", "- a").unwrap_err().kind, ErrorKind::Denied);
        std::fs::remove_file(&path).unwrap();
        let edit = file.plan("Version 2025.12", "- a").unwrap();
        std::fs::write(&path, "mine\n").unwrap();
        assert_eq!(file.write(&edit, "Version 2025.12").unwrap_err().kind, ErrorKind::Busy);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine\n");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "canary");
    }
}
