//! The ecosystem as an agent of launchd: found by what it runs, stopped and started through `launchctl`.
//!
//! A process that launchd keeps alive comes back when it is killed; only launchd itself can be told to let it rest.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::ProcessMatch;
use crate::program::{self, Program};
use crate::progress::Unwatched;

/// Agents that are looked at, and bytes of one that are read, at most.
const MOST: usize = 500;
const LARGEST: u64 = 1_000_000;
/// How long `launchctl` may take: it waits for the process to end.
const PATIENCE: Duration = Duration::from_secs(40);

/// An agent of launchd that runs the ecosystem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// What launchd calls it.
    pub label: String,
    /// Its description.
    pub file: PathBuf,
}

/// What matters of a description: `man launchd.plist`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    label: String,
    program: Option<String>,
    #[serde(default)]
    program_arguments: Vec<String>,
    working_directory: Option<PathBuf>,
    #[serde(default)]
    disabled: bool,
}

impl Agent {
    /// The agent that runs what `process` describes; `None` where no description fits.
    ///
    /// # Errors
    /// When several fit: nobody can tell then which one keeps it alive.
    pub fn of(process: &ProcessMatch) -> Result<Option<Self>> {
        let Some(folder) = &process.agents else { return Ok(None) };
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(None) };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "plist"));
        files.sort();
        files.truncate(MOST);
        let mut found = files.into_iter().filter_map(|file| Self::read(file, process));
        match (found.next(), found.next()) {
            (Some(one), Some(other)) => {
                let (one, other) = (one.file.display(), other.file.display());
                Err(Error::new(ErrorKind::Usage, format!("two agents of launchd run it: {one} and {other}"))
                    .hint("Unload and remove one of them."))
            }
            (found, _) => Ok(found),
        }
    }

    /// What is no description that can be read is somebody else's.
    fn read(file: PathBuf, process: &ProcessMatch) -> Option<Self> {
        let bytes = fsio::read_bounded(&file, LARGEST).ok()?;
        let described: Description = plist::from_bytes(&bytes).ok()?;
        (!described.disabled && described.runs(process)).then_some(Self { label: described.label, file })
    }

    /// Whether launchd knows it now, running or not.
    pub fn is_loaded(&self) -> bool {
        launchctl(&["print", &self.target()]).is_ok()
    }

    /// Has launchd end it and leave it alone until it is loaded again.
    ///
    /// # Errors
    /// What launchd says.
    pub fn unload(&self) -> Result<()> {
        launchctl(&["bootout", &self.target()])
    }

    /// Has launchd start it, and keep it alive from now on if its description says so.
    ///
    /// # Errors
    /// What launchd says.
    pub fn load(&self) -> Result<()> {
        if self.is_loaded() {
            return launchctl(&["kickstart", &self.target()]);
        }
        let file = self.file.to_string_lossy();
        launchctl(&["bootstrap", &domain(), &file])?;
        // Without RunAtLoad being loaded is not yet running; asked twice it does nothing.
        launchctl(&["kickstart", &self.target()])
    }

    fn target(&self) -> String {
        format!("{}/{}", domain(), self.label)
    }
}

impl Description {
    fn runs(&self, process: &ProcessMatch) -> bool {
        let named = |wanted: &str| {
            let last = |text: &str| Path::new(text).file_name().is_some_and(|name| name == wanted);
            self.program.iter().chain(&self.program_arguments).any(|text| text == wanted || last(text))
        };
        let same = |a: &Path, b: &Path| match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => a == b,
        };
        let place = match (&process.directory, &self.working_directory) {
            (Some(wanted), Some(is)) => Some(same(wanted, is)),
            // A full path among its arguments says as much as the folder it works in.
            (Some(wanted), None) => {
                let below = |text: &String| Path::new(text).starts_with(wanted);
                Some(self.program.iter().chain(&self.program_arguments).any(below))
            }
            (None, _) => None,
        };
        match (&process.argument, place) {
            (Some(argument), place) => named(argument) && place != Some(false),
            (None, place) => place == Some(true),
        }
    }
}

/// The user's own part of launchd, with a session at the screen.
fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

fn launchctl(arguments: &[&str]) -> Result<()> {
    let line: Vec<String> =
        std::iter::once("launchctl").chain(arguments.iter().copied()).map(str::to_owned).collect();
    let asked = Program {
        called: "launchctl",
        line: &line,
        folder: Path::new("/"),
        timeout: PATIENCE,
        cap: 1_000_000,
        pen: &[],
    };
    match program::run(&asked, &Unwatched).fault {
        None => Ok(()),
        Some(fault) => Err(Error::new(ErrorKind::System, fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &str) -> Description {
        let text =
            format!("<plist version=\"1.0\"><dict><key>Label</key><string>eco</string>{text}</dict></plist>");
        plist::from_bytes(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_agent_is_told_by_what_it_runs_and_where() {
        let arguments = |text: &str| format!("<key>ProgramArguments</key><array>{text}</array>");
        let place = |text: &str| format!("<key>WorkingDirectory</key><string>{text}</string>");
        let run = arguments("<string>/usr/bin/python3</string><string>ecosystem_integration.py</string>");
        let full = arguments("<string>python3</string><string>/eco/ecosystem_integration.py</string>");
        let other = arguments("<string>vim</string><string>ecosystem_integration.py.txt</string>");
        for (text, argument, fits) in [
            (format!("{run}{}", place("/eco")), Some("ecosystem_integration.py"), true),
            (format!("{run}{}", place("/elsewhere")), Some("ecosystem_integration.py"), false),
            (full.clone(), Some("ecosystem_integration.py"), true),
            (full.replace("/eco/", "/other/"), Some("ecosystem_integration.py"), false),
            (format!("{other}{}", place("/eco")), Some("ecosystem_integration.py"), false),
            (format!("{other}{}", place("/eco")), None, true),
            (other, None, false),
        ] {
            let process = ProcessMatch {
                argument: argument.map(str::to_owned),
                directory: Some(PathBuf::from("/eco")),
                own_only: true,
                start: Vec::new(),
                agents: None,
            };
            assert_eq!(described(&text).runs(&process), fits, "{text} {argument:?}");
        }
    }
}
