//! The watch as a service of this user: a unit of systemd, or an agent of launchd. What is written, and how it is told.

mod launchd;
mod systemd;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use caretaker_core::error::{Error, ErrorKind, Result};
use caretaker_core::fsio;

/// What the service runs.
#[derive(Debug, Clone)]
pub struct Job {
    /// This program, absolute.
    pub program: PathBuf,
    /// What it is to do.
    pub arguments: Vec<String>,
    /// What it finds in its environment, beside what the system gives.
    pub environment: Vec<(String, String)>,
    /// Where it logs to where the system has no log of its own.
    pub log: PathBuf,
}

/// A manager of services and the file in which it finds ours.
#[derive(Debug, Clone)]
pub struct Service {
    manager: Manager,
    /// The file.
    pub file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Systemd,
    Launchd,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whether the file is there.
    pub installed: bool,
    /// Whether the manager runs it; `None` where it does not tell.
    pub running: Option<bool>,
}

impl Service {
    /// This platform's, whose file is `file`.
    pub fn here(file: &Path) -> Self {
        let manager = if cfg!(target_os = "macos") { Manager::Launchd } else { Manager::Systemd };
        Self { manager, file: file.to_owned() }
    }

    /// What is written into the file.
    ///
    /// # Errors
    /// When a path in it cannot be written there.
    pub fn text(&self, job: &Job) -> Result<String> {
        match self.manager {
            Manager::Systemd => systemd::unit(job),
            Manager::Launchd => launchd::agent(job),
        }
    }

    /// The commands that start it, and have it start at each login.
    pub fn start_commands(&self) -> Vec<Vec<String>> {
        match self.manager {
            Manager::Systemd => systemd::start(),
            Manager::Launchd => launchd::start(&self.file),
        }
    }

    /// The commands that end it for good.
    pub fn stop_commands(&self) -> Vec<Vec<String>> {
        match self.manager {
            Manager::Systemd => systemd::stop(),
            Manager::Launchd => launchd::stop(),
        }
    }

    /// Writes the file and has the manager start it; where that fails, the file is as it was.
    ///
    /// # Errors
    /// When it cannot be written, or the manager refuses.
    pub fn install(&self, text: &str) -> Result<()> {
        let before = match std::fs::read(&self.file) {
            Ok(before) => Some(before),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io("read", &self.file, error)),
        };
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::io("create the folder", folder, error))?;
        }
        if self.manager == Manager::Launchd && before.is_some() {
            // An agent that is loaded cannot be loaded again; one that is not is no fault.
            let _ = run_all(&self.stop_commands());
        }
        fsio::write_atomic(&self.file, text.as_bytes(), 0o644)?;
        run_all(&self.start_commands()).inspect_err(|_| {
            let _ = match &before {
                Some(before) => fsio::write_atomic(&self.file, before, 0o644),
                None => fsio::remove(&self.file),
            };
        })
    }

    /// Ends it and removes the file.
    ///
    /// # Errors
    /// When the manager refuses, or the file stays.
    pub fn uninstall(&self) -> Result<()> {
        run_all(&self.stop_commands())?;
        fsio::remove(&self.file)?;
        match self.manager {
            Manager::Systemd => run_all(&systemd::forget()),
            Manager::Launchd => Ok(()),
        }
    }

    /// How it stands.
    pub fn state(&self) -> State {
        let installed = self.file.symlink_metadata().is_ok();
        let running = match self.manager {
            Manager::Systemd => said(&systemd::ask()).map(|said| said.trim() == "active"),
            Manager::Launchd => said(&launchd::ask()).map(|said| launchd::is_running(&said)),
        };
        State { installed, running }
    }

    /// What else a person must know.
    pub fn hint(&self) -> Option<&'static str> {
        match self.manager {
            Manager::Systemd => Some("It ends when you log out, unless: loginctl enable-linger"),
            Manager::Launchd => None,
        }
    }
}

fn command(line: &[String]) -> Option<Command> {
    let (program, arguments) = line.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    Some(command)
}

/// Runs commands one after the other until one fails.
fn run_all(lines: &[Vec<String>]) -> Result<()> {
    for line in lines {
        let shown = line.join(" ");
        let failed = |why: String| {
            Error::new(ErrorKind::System, format!("`{shown}` {why}"))
                .hint("Nothing else was changed. Without such a manager, run `caretaker --all watch` by your own means.")
        };
        let Some(mut command) = command(line) else { continue };
        let out = command.output().map_err(|error| failed(format!("cannot be run: {error}")))?;
        if !out.status.success() {
            let complaint = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            return Err(failed(if complaint.is_empty() {
                "failed".to_owned()
            } else {
                format!("said: {complaint}")
            }));
        }
    }
    Ok(())
}

/// What a command prints, however it ends; `None` where there is no such program.
fn said(line: &[String]) -> Option<String> {
    let out = command(line)?.output().ok()?;
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}
