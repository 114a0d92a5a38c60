//! The ecosystem's process, stopped and started: exactly this one, never by a name that others may have too.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use rustix::process::{Pid, Signal};

use crate::clock::{Clock, Instant};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::observe::process::ProcessSensor;
use crate::observe::{ProcessSeen, ProcessTree};
use crate::profile::Profile;
use crate::progress::Progress;

/// How long it may take to save its state and end before it is killed.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// After it has ended nothing may start it again for so long: a supervisor would.
const QUIET: Duration = Duration::from_millis(400);
/// Where a stop is noted, and how long such a note is at most, in bytes.
const NOTE: &str = "stopped";
const LONGEST_NOTE: u64 = 8_192;
/// How long a start is watched.
const ALIVE: Duration = Duration::from_secs(2);

/// Stops and starts the process that a profile describes.
pub struct Control {
    profile: Arc<Profile>,
    clock: Arc<dyn Clock>,
    state_dir: PathBuf,
}

/// What stopping found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// It did not run.
    WasNot,
    /// It ended by itself, asked to.
    Ended(u32),
    /// It had to be killed.
    Killed(u32),
}

impl Control {
    /// The process of `profile`; that it was stopped is noted in `state_dir`, so that nobody takes it for a mishap.
    pub fn new(profile: Arc<Profile>, clock: Arc<dyn Clock>, state_dir: &Path) -> Self {
        Self { profile, clock, state_dir: state_dir.to_owned() }
    }

    /// The process and its children, if it runs.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn look(&self) -> Result<Option<ProcessTree>> {
        let mut sensor = ProcessSensor::new(self.profile.process.clone(), &self.profile.sampling);
        match sensor.look(self.clock.now()) {
            Ok(ProcessSeen::Gone) => Ok(None),
            Ok(ProcessSeen::Running(tree)) => Ok(Some(tree)),
            Err(problem) => {
                Err(Error::new(ErrorKind::System, format!("the process cannot be looked for: {problem}")))
            }
        }
    }

    /// Asks it to end, waits, kills what is left of it and its children, and makes sure that it is gone.
    ///
    /// # Errors
    /// When several of it run, when it cannot be ended, or something starts it again.
    pub fn stop(&self, progress: &dyn Progress) -> Result<Stopped> {
        let Some(tree) = self.look()? else { return Ok(Stopped::WasNot) };
        if !tree.twins.is_empty() {
            let twins: Vec<String> = tree.twins.iter().map(u32::to_string).collect();
            let what =
                format!("it runs several times at once (processes {}, {})", tree.pid, twins.join(", "));
            return Err(
                Error::new(ErrorKind::Busy, what).hint("End all but one by hand; nothing was changed.")
            );
        }
        let main = Target::of(&tree)?;
        note(&self.state_dir, &self.profile.root, self.clock.now());
        main.send(Signal::TERM)?;
        let begun = Stopwatch::now();
        let mut killed = false;
        loop {
            let rest = self.rest_of(&tree);
            if rest.is_empty() {
                break;
            }
            progress.go_on()?;
            if begun.elapsed() > PATIENCE {
                if killed && begun.elapsed() > PATIENCE * 2 {
                    return Err(Error::new(
                        ErrorKind::System,
                        format!("process {} cannot be ended", tree.pid),
                    ));
                }
                killed = true;
                rest.iter().for_each(|pid| kill(*pid));
            }
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(QUIET);
        if let Some(again) = self.look()? {
            let what = format!("something started it again at once, as process {}", again.pid);
            return Err(Error::new(ErrorKind::Busy, what)
                .hint("Stop whatever keeps it running (launchd, systemd, a loop in a shell) first."));
        }
        Ok(if killed { Stopped::Killed(tree.pid) } else { Stopped::Ended(tree.pid) })
    }

    /// Those of the tree that still live.
    fn rest_of(&self, tree: &ProcessTree) -> Vec<u32> {
        let living = |pid: &&u32| Target::alive(**pid, tree.started_at);
        std::iter::once(&tree.pid).chain(&tree.children).filter(living).copied().collect()
    }

    /// Starts it as the profile says, out of reach of this program's terminal, and waits until it is seen.
    ///
    /// # Errors
    /// When the profile names no program, it cannot be started, or it is gone at once; its output is in the logs folder.
    pub fn start(&self) -> Result<u32> {
        if let Some(running) = self.look()? {
            return Err(Error::new(ErrorKind::Busy, format!("it runs already, as process {}", running.pid)));
        }
        let Some((program, arguments)) = self.profile.process.start.split_first() else {
            return Err(Error::new(ErrorKind::Usage, "the profile names no program that starts it")
                .hint("Start it as you always do, or set process.start in the profile."));
        };
        fsio::create_private_dir(&self.profile.logs_dir)?;
        let path = self.profile.logs_dir.join("stdout.log");
        let output = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let output = output.map_err(|error| Error::io("write", &path, error))?;
        let errors = output.try_clone().map_err(|error| Error::io("write", &path, error))?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.profile.root)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|error| Error::io("start", program.as_ref(), error))?;
        let begun = Stopwatch::now();
        while begun.elapsed() < ALIVE {
            if let Some(tree) = self.look()? {
                // Whoever starts it must not leave a dead child behind that looks alive.
                let reaper = std::thread::Builder::new().stack_size(64 * 1024);
                let _ = reaper.spawn(move || drop(child.wait()));
                return Ok(tree.pid);
            }
            if let Ok(Some(status)) = child.try_wait() {
                let what = format!("{program} ended at once ({status})");
                return Err(Error::new(ErrorKind::System, what)
                    .at(&path)
                    .hint(format!("See {}.", path.display())));
            }
            std::thread::sleep(LOOK);
        }
        Err(Error::new(
            ErrorKind::System,
            format!("{program} runs, but not as the process that the profile describes"),
        )
        .hint("Look at process.argument and process.directory in the profile."))
    }
}

/// When Caretaker itself last stopped the process of the ecosystem in `root`, and so brought its restart about.
pub fn own_stop(state_dir: &Path, root: &Path) -> Option<Instant> {
    let text = fsio::read_bounded(&state_dir.join(NOTE), LONGEST_NOTE).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (at, of) = text.trim_end().split_once(' ')?;
    (Path::new(of) == root).then(|| at.parse().ok()).flatten()
}

fn note(state_dir: &Path, root: &Path, now: Instant) {
    let text = format!("{} {}\n", now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), root.display());
    let written = fsio::create_private_dir(state_dir)
        .and_then(|()| fsio::write_atomic(&state_dir.join(NOTE), text.as_bytes(), 0o600));
    if let Err(error) = written {
        tracing::warn!(%error, "the stop was not noted: the restart will look like a mishap");
    }
}

/// One process, told by its number and the instant it started.
struct Target {
    pid: Pid,
    started_at: Instant,
    #[cfg(target_os = "linux")]
    handle: std::os::fd::OwnedFd,
}

impl Target {
    fn of(tree: &ProcessTree) -> Result<Self> {
        let gone = || Error::new(ErrorKind::NotFound, format!("process {} is gone", tree.pid));
        let pid = i32::try_from(tree.pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
        let target = Self {
            pid,
            started_at: tree.started_at,
            // From here on the number cannot become another's without our noticing.
            #[cfg(target_os = "linux")]
            handle: rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
                .map_err(|_| gone())?,
        };
        if Self::alive(tree.pid, tree.started_at) { Ok(target) } else { Err(gone()) }
    }

    /// Whether the process with this number is the one that started then, or a child of it, and not dead.
    fn alive(pid: u32, tree_started: Instant) -> bool {
        let Some((started, dead)) = crate::observe::process::started(pid) else { return false };
        !dead && started >= tree_started - chrono::TimeDelta::seconds(1)
    }

    fn send(&self, signal: Signal) -> Result<()> {
        #[cfg(target_os = "linux")]
        let sent = rustix::process::pidfd_send_signal(&self.handle, signal);
        #[cfg(not(target_os = "linux"))]
        let sent = rustix::process::kill_process(self.pid, signal);
        match sent {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(errno) => {
                let what = format!(
                    "process {} (since {}) may not be ended",
                    self.pid.as_raw_nonzero(),
                    self.started_at
                );
                Err(Error::new(ErrorKind::Denied, what).because(std::io::Error::from(errno)))
            }
        }
    }
}

fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}
