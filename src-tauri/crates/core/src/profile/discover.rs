//! A look at a real folder: what is there to watch, and what is missing. Reads little, writes nothing.

mod folder;
mod logs;
mod modules;
mod program;
pub(super) mod reports;

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use self::folder::{Entry, Folder};
use super::found::Found;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};

/// The usual place of the state file.
const STATE: &str = "data/ecosystem_state.json";
/// A state file is some kilobytes; of a larger one the modules are not read.
const LARGEST_STATE: u64 = 4_000_000;

/// A process of the user's own, as far as it matters for finding the main program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningProcess {
    /// Its number.
    pub pid: u32,
    /// Its arguments, the program first.
    pub arguments: Vec<OsString>,
    /// Its working directory, where the system tells it.
    pub directory: Option<PathBuf>,
    /// When it started, where the system tells it.
    pub started: Option<Instant>,
}

/// Looks at a folder and says what it found; `processes` are those that run right now.
///
/// # Errors
/// When there is no such folder, when it is none, or when it cannot be looked at.
pub fn discover(root: &Path, processes: &[RunningProcess]) -> Result<Found> {
    let (root, real) = resolve(root)?;
    let shown = root.to_str().map(str::to_owned).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("the name of {} is not UTF-8", root.display()))
            .at(&root)
            .hint("Rename the folder, or reach it through a link with a plain name.")
    })?;
    let name = root.file_name().map_or_else(|| shown.clone(), |n| n.to_string_lossy().into_owned());
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut folder = Folder::new(root, real.clone());
    let (program, running_pid) = program::look(&mut folder, &real, processes);
    let state_file = state_file(&mut folder);
    let state = state_file.as_ref().and_then(|entry| read_state(&mut folder, entry));
    let started = processes.iter().find(|p| Some(p.pid) == running_pid).and_then(|p| p.started);
    let state_rewritten = state_file.as_ref().is_some_and(|entry| is_rewritten(entry, started));
    let logs = logs::look(&mut folder);
    let reports = reports::look(&mut folder);
    let modules = modules::look(&mut folder, state.as_ref());
    for (name, what) in [("data", "data"), ("logs", "logs")] {
        if !folder.has_folder(name) {
            folder
                .notes
                .push(format!("There is no folder {name} inside: the size of the {what} stays unknown."));
        }
    }
    Ok(Found {
        root: shown,
        name,
        program,
        running_pid,
        state_file: state_file.map(|entry| entry.path),
        logs,
        reports,
        modules,
        notes: folder.notes,
        state_rewritten,
    })
}

/// The folder as it was named, absolute, and with every link resolved.
fn resolve(root: &Path) -> Result<(PathBuf, PathBuf)> {
    let absolute = std::path::absolute(root).map_err(|e| Error::io("find", root, e))?;
    let explained = |error: Error| {
        match error.kind {
        ErrorKind::NotFound => error.hint("Name the folder in which the ecosystem lives."),
        ErrorKind::Denied => error.hint(
            "Give yourself the right to read it; on macOS also in System Settings, Privacy & Security, Files and Folders.",
        ),
        _ => error,
    }
    };
    let real = absolute.canonicalize().map_err(|e| explained(Error::io("find", &absolute, e)))?;
    if !real.is_dir() {
        return Err(Error::new(ErrorKind::Usage, format!("{} is a file, not a folder", absolute.display()))
            .at(&absolute)
            .hint("Name the folder in which it lies."));
    }
    real.read_dir().map_err(|e| explained(Error::io("look into", &absolute, e)))?;
    // `a/../b` may mean another place than `b` where `a` is a link.
    let as_named =
        if absolute.components().any(|c| c == Component::ParentDir) { real.clone() } else { absolute };
    Ok((as_named, real))
}

fn state_file(folder: &mut Folder) -> Option<Entry> {
    let found = folder.file(STATE).or_else(|| {
        let mut others: Vec<Entry> = folder.files("data", 5000);
        others.extend(folder.files("", 5000));
        others.retain(|entry| entry.name == "state.json" || entry.name.ends_with("_state.json"));
        (others.len() == 1).then(|| others.remove(0))
    });
    if found.is_none() {
        folder.notes.push(format!("No state file was found ({STATE}): what the modules say stays unknown."));
    }
    found
}

fn read_state(folder: &mut Folder, entry: &Entry) -> Option<Value> {
    // It is rewritten in place: half a file now may be a whole one a moment later.
    let state = (0..2).find_map(|_| {
        let bytes = folder.read(entry, LARGEST_STATE)?;
        serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
    });
    if state.is_none() {
        folder.notes.push(format!("{} holds no JSON object that can be read right now.", entry.path));
    }
    state
}

/// Whether the process that runs now wrote the state well after its start: then it does so while it runs.
fn is_rewritten(entry: &Entry, started: Option<Instant>) -> bool {
    let (Some(modified), Some(started)) = (entry.modified, started) else { return false };
    Instant::from(modified) > started + chrono::TimeDelta::minutes(2)
}
