//! What a tuning would change: shown, agreed to, and then done exactly so.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::edit::Edited;
use super::shelf::{self, Settings};
use super::yaml::Yaml;

/// One value that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "SettingChange"))]
pub struct Change {
    /// The file, from the root of the ecosystem.
    pub file: String,
    /// The key with its sections: `pruning.enabled`.
    pub key: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// What stands there; nothing where it is added.
    pub before: Option<String>,
    /// What will stand there; nothing where it is taken out.
    pub after: Option<String>,
}

/// What a tuning would change.
#[derive(Debug, Clone)]
pub struct TuningPlan {
    /// What people call it.
    pub title: String,
    /// What is to be expected of it; empty for a change by hand.
    pub effect: String,
    /// The values, file by file.
    pub changes: Vec<Change>,
    /// Keys of the preset that no settings file has: nothing is written for them.
    pub missing: Vec<String>,
    /// Keys that are so already, or beyond, and stay.
    pub already: Vec<String>,
    /// Settings files that could not be read, and were left out.
    pub problems: Vec<String>,
    pub(super) files: Vec<FileEdit>,
}

/// A file with all its changes.
#[derive(Debug, Clone)]
pub(super) struct FileEdit {
    pub(super) path: PathBuf,
    /// Tells whether the file is still as it was looked at.
    pub(super) hash: String,
    pub(super) after: Vec<u8>,
}

impl TuningPlan {
    /// A plan that changes nothing yet.
    pub(super) fn new(title: &str, effect: &str) -> Self {
        Self {
            title: title.to_owned(),
            effect: effect.to_owned(),
            changes: Vec::new(),
            missing: Vec::new(),
            already: Vec::new(),
            problems: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Notes a change; a second one of the same file goes on from the first.
    pub(super) fn note(&mut self, settings: &Settings, key: String, edited: Edited) -> Yaml {
        let Edited { yaml, line, before, after } = edited;
        self.changes.push(Change { file: settings.name.clone(), key, line, before, after });
        let bytes = yaml.text.clone().into_bytes();
        match self.files.iter_mut().find(|file| file.path == yaml.path) {
            Some(file) => file.after = bytes,
            None => self.files.push(FileEdit {
                path: yaml.path.clone(),
                hash: shelf::hash(settings.yaml.text.as_bytes()),
                after: bytes,
            }),
        }
        yaml
    }

    /// The changes as lines that go and lines that come.
    pub fn diff(&self) -> String {
        diff(&self.changes)
    }
}

/// Changes as people read them: each file, and for each value the line, what goes and what comes.
pub fn diff(changes: &[Change]) -> String {
    let (mut text, mut file) = (String::new(), "");
    for change in changes {
        if change.file != file {
            file = &change.file;
            text.push_str(&format!("{}{file}\n", if text.is_empty() { "" } else { "\n" }));
        }
        for (sign, value) in [('-', &change.before), ('+', &change.after)] {
            if let Some(value) = value {
                text.push_str(&format!("{:>5} {sign} {}: {value}\n", change.line, change.key));
            }
        }
    }
    text.trim_end().to_owned()
}
