//! What a file is, by where it lies and what it is called.

use std::path::{Path, PathBuf};

use super::seen::Of;
use crate::profile::Profile;
use crate::reports::{Named, Pattern};

/// Folders that are never looked into, and why.
const NEVER: &[(&str, &str)] = &[
    (crate::upkeep::QUARANTINE, "what was put aside"),
    (".git", "the past of the code"),
    (".hg", "the past of the code"),
    (".svn", "the past of the code"),
    ("node_modules", "packages of others"),
    ("site-packages", "packages of others"),
    ("__pycache__", "made from the code"),
    (".mypy_cache", "made from the code"),
    (".pytest_cache", "made from the code"),
    (".ruff_cache", "made from the code"),
    (".tox", "packages of others"),
];
const SETTINGS: &[&str] =
    &["yaml", "yml", "toml", "ini", "cfg", "conf", "json", "env", "properties", "xml", "plist"];
const SCRIPTS: &[&str] =
    &["sh", "bash", "zsh", "command", "js", "mjs", "ts", "rb", "pl", "php", "lua", "go", "rs", "java"];
/// Folders of tests.
const TESTS: &[&str] = &["tests", "test", "testing"];

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Code,
    Script,
    Settings,
    Log,
    Report,
    Data,
    Other,
}

impl Sort {
    /// Among what checks look for it.
    pub(super) fn of(self) -> Of {
        match self {
            Self::Code => Of::Code,
            Self::Script => Of::Script,
            Self::Settings => Of::Settings,
            Self::Log => Of::Logs,
            Self::Report => Of::Reports,
            Self::Data | Self::Other => Of::Data,
        }
    }
}

/// Tells what files are.
pub(super) struct Sorter {
    config: PathBuf,
    logs: PathBuf,
    data: PathBuf,
    reports: Vec<Pattern>,
    backups: PathBuf,
}

impl Sorter {
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            config: profile.config_dir.clone(),
            logs: profile.logs_dir.clone(),
            data: profile.data_dir.clone(),
            reports: profile.reports.iter().filter_map(Pattern::of).collect(),
            backups: profile.backups.folder.clone(),
        }
    }

    /// Why a folder is not looked into; `path` is where it is, absolute.
    pub(super) fn never(&self, path: &Path, name: &[u8]) -> Option<&'static str> {
        if path == self.backups {
            return Some("the backups");
        }
        NEVER.iter().find(|(never, _)| never.as_bytes() == name).map(|(_, why)| *why)
    }

    /// What a file is; `path` is where it is, absolute, and `at_root` whether it lies in the root itself.
    pub(super) fn sort(&self, path: &Path, at_root: bool) -> Sort {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        let end = Path::new(&lower).extension().and_then(|end| end.to_str()).unwrap_or_default().to_owned();
        let report = |pattern: &Pattern| {
            path.parent() == Some(&pattern.folder) && !matches!(pattern.named(name), Named::Stranger)
        };
        if end == "py" || end == "pyw" {
            return Sort::Code;
        }
        if SCRIPTS.contains(&end.as_str()) {
            return Sort::Script;
        }
        if self.reports.iter().any(report) {
            return Sort::Report;
        }
        let set = SETTINGS.contains(&end.as_str());
        if lower.starts_with(".env") || (set && (at_root || path.starts_with(&self.config))) {
            return Sort::Settings;
        }
        if path.starts_with(&self.logs) || end == "log" || lower.contains(".log.") {
            return Sort::Log;
        }
        if path.starts_with(&self.data) { Sort::Data } else { Sort::Other }
    }
}

/// Whether a file of Python holds tests, by its name and its folder, from the root.
pub(super) fn is_test(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "conftest.py"
        || parts.iter().any(|part| TESTS.contains(part))
}
