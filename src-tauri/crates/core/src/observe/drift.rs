//! Code and settings that changed since they were announced: reviewed by a person, or changed by Caretaker itself.

mod commit;
mod ground;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::ground::Ground;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// Bytes of what is kept about announced files.
const LARGEST: u64 = 8 << 20;
/// Files that are named; all of them are counted.
const NAMED: usize = 50;

/// Files that changed since they were announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// How many.
    pub count: usize,
    /// The first of them by name.
    pub files: Vec<Drifted>,
    /// The commit that they are from, in words, where they are all as it has them.
    pub commit: Option<String>,
}

/// A file that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Drifted {
    /// Its path from the root.
    pub path: String,
    /// How.
    pub how: How,
}

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum How {
    /// It was not there.
    New,
    /// It says something else.
    Changed,
    /// It is not there any more.
    Gone,
}

/// What was announced of an ecosystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Announced {
    schema: u32,
    root: PathBuf,
    at: Instant,
    /// The commit of its repository, where it is one.
    head: Option<String>,
    files: BTreeMap<String, Print>,
}

/// What tells a file's content, and what tells without reading that it is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Print {
    size: u64,
    modified: (i64, i64),
    inode: u64,
    hash: String,
}

/// What is announced of one ecosystem, kept in the state folder.
#[derive(Debug, Clone)]
pub struct Announcements {
    ground: Ground,
    file: PathBuf,
}

/// What was read before, so that a file that was only touched is read once.
#[derive(Debug, Default)]
pub struct Known {
    prints: BTreeMap<String, Print>,
    commit: Option<(Option<String>, Vec<Drifted>, Option<String>)>,
}

impl Announcements {
    /// Those of the ecosystem whose files `ground` has.
    pub fn new(ground: Ground, state_dir: &Path) -> Self {
        let name = hash(ground.root().as_os_str().as_encoded_bytes());
        Self { ground, file: state_dir.join(format!("announced-{}.json", &name[..16])) }
    }

    /// What tells that something was announced since.
    pub fn stamp(&self) -> Option<fsio::Stamp> {
        self.file.symlink_metadata().ok().map(|metadata| fsio::Stamp::of(&metadata))
    }

    /// What changed since it was announced; `None` where nothing was announced yet and `may_begin` does not allow to.
    ///
    /// # Errors
    /// When what was announced cannot be read, or for the first time not be written; in words.
    pub fn look(&self, known: &mut Known, may_begin: bool, now: Instant) -> Result<Option<Drift>, String> {
        let Some(announced) = self.read().map_err(|error| error.to_string())? else {
            if may_begin {
                self.announce_all(now).map_err(|error| error.to_string())?;
            }
            return Ok(may_begin.then(Drift::default));
        };
        let mut files = Vec::new();
        let mut there = BTreeMap::new();
        for (name, path, mut print) in self.ground.files()? {
            let before = announced.files.get(&name);
            let same = |known: &&Print| {
                (known.size, known.modified, known.inode) == (print.size, print.modified, print.inode)
            };
            print.hash = match before.filter(same).or_else(|| known.prints.get(&name).filter(same)) {
                Some(known) => known.hash.clone(),
                // Gone in this moment: the next look says so.
                None => match content(&path) {
                    Some(hash) => hash,
                    None => continue,
                },
            };
            match before {
                None => files.push(Drifted { path: name.clone(), how: How::New }),
                Some(before) if before.hash != print.hash => {
                    files.push(Drifted { path: name.clone(), how: How::Changed });
                }
                Some(_) => {}
            }
            there.insert(name, print);
        }
        let gone = announced.files.keys().filter(|name| !there.contains_key(*name));
        files.extend(gone.map(|name| Drifted { path: name.clone(), how: How::Gone }));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        known.prints = there;
        let commit = self.commit(known, &announced, &files);
        let count = files.len();
        files.truncate(NAMED);
        Ok(Some(Drift { count, files, commit }))
    }

    /// The commit that all of it is from; git is asked only once for the same files.
    fn commit(&self, known: &mut Known, announced: &Announced, files: &[Drifted]) -> Option<String> {
        let head = commit::head(self.ground.root());
        if files.is_empty() || head.is_none() || head == announced.head {
            known.commit = None;
            return None;
        }
        if let Some((of, named, said)) = &known.commit
            && (of, named.as_slice()) == (&head, files)
        {
            return said.clone();
        }
        let said = commit::says_so(self.ground.root(), files);
        known.commit = Some((head, files.to_vec(), said.clone()));
        said
    }

    /// Announces all files as they are now.
    ///
    /// # Errors
    /// When the root cannot be looked into, or the state folder not be written.
    pub fn announce_all(&self, now: Instant) -> Result<()> {
        let files = self.ground.files().map_err(|why| Error::new(ErrorKind::System, why))?;
        let files = files
            .into_iter()
            .filter_map(|(name, path, print)| Some((name, Print { hash: content(&path)?, ..print })));
        self.write(&Announced {
            schema: 1,
            root: self.ground.root().to_owned(),
            at: now,
            head: commit::head(self.ground.root()),
            files: files.collect(),
        })
    }

    /// Announces what lies at `paths` or below them, because Caretaker itself changed it; the rest stays as it was announced.
    ///
    /// What cannot be written down is drift until the next review: no reason to undo what was done.
    pub fn announce(&self, paths: &[PathBuf]) {
        let ours = |name: &str| paths.iter().any(|path| self.ground.root().join(name).starts_with(path));
        let done =
            || -> Result<()> {
                // Where nothing was announced yet, the first look takes all as it is.
                let Some(mut announced) = self.read()? else { return Ok(()) };
                announced.files.retain(|name, _| !ours(name));
                let files = self.ground.files().map_err(|why| Error::new(ErrorKind::System, why))?;
                let files = files.into_iter().filter(|(name, ..)| ours(name));
                announced.files.extend(files.filter_map(|(name, path, print)| {
                    Some((name, Print { hash: content(&path)?, ..print }))
                }));
                self.write(&announced)
            };
        if let Err(error) = done() {
            tracing::warn!(%error, "what Caretaker changed was not announced");
        }
    }

    fn read(&self) -> Result<Option<Announced>> {
        let bytes = match fsio::read_bounded(&self.file, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let announced: Announced = serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Damaged, format!("{} is damaged", self.file.display()))
                .at(&self.file)
                .because(error)
                .hint("Review the settings anew: caretaker tune review --done.")
        })?;
        // Names are told apart by a part of a hash: another root of the same name is none of ours.
        Ok((announced.root == self.ground.root()).then_some(announced))
    }

    fn write(&self, announced: &Announced) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fsio::create_private_dir(folder)?;
        }
        let text = serde_json::to_vec(announced).map_err(|error| {
            Error::new(ErrorKind::System, "what is announced cannot be put into words").because(error)
        })?;
        fsio::write_atomic(&self.file, &text, 0o600)
    }
}

/// What tells the content of a file; `None` where it cannot be read.
fn content(path: &Path) -> Option<String> {
    fsio::read_bounded(path, ground::LARGEST).ok().map(|bytes| hash(&bytes))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
