//! The one way in which git is asked: nothing of a repository's own settings may start a program, and nothing is written.

use std::path::Path;
use std::time::Duration;

use super::{Program, clean, run};
use crate::progress::Unwatched;

/// What git prints at most.
const CAP: u64 = 4_000_000;
/// Before each question.
const QUIET: &[&str] = &[
    "git",
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "core.hooksPath=/dev/null",
];

/// What git answers in `root`.
///
/// # Errors
/// Why it cannot be told, in words: the folder is no repository, git is not installed.
pub fn ask(root: &Path, words: &[&str]) -> Result<Vec<u8>, String> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return Err("the ecosystem is no git repository".into());
    }
    let line: Vec<String> = QUIET.iter().chain(words).map(|word| (*word).to_owned()).collect();
    let timeout = Duration::from_secs(10);
    let ended =
        run(&Program { called: "git", line: &line, folder: root, timeout, cap: CAP, pen: &[] }, &Unwatched);
    let Some(fault) = ended.fault else { return Ok(ended.output) };
    let complaint = clean(&String::from_utf8_lossy(&ended.complaints), 200);
    Err(if complaint.is_empty() { fault } else { format!("{fault}: {complaint}") })
}
