//! A program that was started for a test and ends with it.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};

/// A program with everything it starts itself: ended together when this is dropped.
#[derive(Debug)]
pub struct Started {
    child: Child,
}

impl Started {
    /// Starts `command` in a group of its own.
    ///
    /// # Errors
    /// When the program is not there.
    pub fn new(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Its process identifier.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The names of its children, as the kernel cuts them: 15 characters.
    pub fn children(&self) -> Vec<String> {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.pid())) else { return Vec::new() };
        threads
            .flatten()
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
            .flat_map(|children| children.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .filter_map(|child| std::fs::read_to_string(format!("/proc/{child}/comm")).ok())
            .map(|name| name.trim_end().to_owned())
            .collect()
    }

    /// Waits for its end and tells whether all went well.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn end(&mut self) -> Result<bool> {
        Ok(self.child.wait()?.success())
    }

    /// What it prints, where that was asked for with a pipe.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the group to end and waits until the program has.
    pub fn stop(&mut self) {
        self.signal(Signal::TERM);
        let _ = self.child.wait();
    }

    /// Asks the program alone to end, as `kill` does, and tells whether it did so without complaint.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ask_to_end(&mut self) -> Result<bool> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        self.end()
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}
