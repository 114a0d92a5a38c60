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
use crate::program;
use crate::progress::Progress;
use crate::upkeep::launchd::Agent;
use crate::upkeep::stop_note;

/// How long it may take to save its state and end before it is killed.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// After it has ended nothing may start it again for so long: a supervisor would.
const QUIET: Duration = Duration::from_millis(800);
/// How long it may take until a started process is seen.
const SEEN: Duration = Duration::from_secs(5);
/// How long it must stay to count as started.
const STAYS: Duration = Duration::from_secs(4);
/// Between two looks whether it stays.
const GLANCE: Duration = Duration::from_millis(250);
/// Bytes of its last words that are read.
const LAST_WORDS: u64 = 16_384;

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

    /// Asks it to end, waits, asks what it left behind too, kills what does not end, and makes sure that all of it is gone.
    ///
    /// Who cancels while it is waited for is heard before anything is killed; what ended meanwhile stays ended.
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
        let main = Target::of(tree.pid)?;
        let mut rest = children(&tree);
        stop_note::note_stop(&self.state_dir, &self.profile.root, self.clock.now());
        if let Some(agent) = self.agent()?.filter(Agent::is_loaded) {
            // Killed behind its back, launchd would start it again.
            agent.unload()?;
        }
        main.send(Signal::TERM)?;
        let begun = Stopwatch::now();
        let (mut asked, mut killed) = (false, false);
        loop {
            rest.retain(Target::lives);
            let main_lives = main.lives();
            if !main_lives && rest.is_empty() {
                break;
            }
            if !main_lives && !asked {
                // It went and left its children behind: they may have something to save as well.
                asked = true;
                rest.iter().for_each(|child| drop(child.send(Signal::TERM)));
            }
            if begun.elapsed() > PATIENCE * 2 {
                let left = if main_lives { main.pid } else { rest[0].pid };
                return Err(Error::new(ErrorKind::System, format!("process {left} cannot be ended"))
                    .hint("See what it waits for; a process that waits for a disk cannot be killed."));
            }
            if !killed && begun.elapsed() > PATIENCE {
                progress.go_on()?;
                killed = true;
                // Those that it started meanwhile go with it.
                if let Some(now) = self.look()?.filter(|now| now.pid == tree.pid) {
                    rest.extend(children(&now));
                }
                drop(main.send(Signal::KILL));
                rest.iter().for_each(|child| drop(child.send(Signal::KILL)));
            }
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(QUIET);
        if let Some(again) = self.look()? {
            let what = format!("something started it again at once, as process {}", again.pid);
            return Err(Error::new(ErrorKind::Busy, what)
                .hint("Stop whatever keeps it running (launchd, systemd, a loop in a shell) first."));
        }
        progress.go_on()?;
        Ok(if killed { Stopped::Killed(tree.pid) } else { Stopped::Ended(tree.pid) })
    }

    /// Stops it and notes that it is to stay down until it is started: nobody is alarmed that it is gone.
    ///
    /// # Errors
    /// As [`Control::stop`].
    pub fn stop_to_stay(&self, progress: &dyn Progress) -> Result<Stopped> {
        // Before it is gone, so that a look in between knows why.
        stop_note::note_stay(&self.state_dir, &self.profile.root, self.clock.now());
        let stopped = self.stop(progress);
        if stopped.is_err() {
            stop_note::end_stay(&self.state_dir);
        }
        stopped
    }

    /// The agent of launchd that runs it; `None` where there is none.
    ///
    /// # Errors
    /// As [`Agent::of`].
    pub fn agent(&self) -> Result<Option<Agent>> {
        Agent::of(&self.profile.process)
    }

    /// Starts it as the profile says, out of reach of this program's terminal, and waits until it is seen.
    ///
    /// # Errors
    /// When the profile names no program, it cannot be started, or it is gone at once; its output is in the logs folder.
    pub fn start(&self) -> Result<u32> {
        self.launch().map(|launched| launched.pid)
    }

    /// Starts it, and looks for some seconds whether it stays.
    ///
    /// # Errors
    /// As [`Control::start`]; when it does not stay, with its last words.
    pub fn start_and_watch(&self, progress: &dyn Progress) -> Result<u32> {
        progress.step("Starting it");
        let launched = self.launch()?;
        progress.step("Seeing whether it stays");
        let begun = Stopwatch::now();
        while begun.elapsed() < STAYS {
            std::thread::sleep(GLANCE);
            match self.look()? {
                Some(tree) if tree.pid == launched.pid => {}
                // Whatever keeps it alive has begun another one.
                Some(tree) => {
                    let what =
                        format!("process {} ended, and process {} took its place", launched.pid, tree.pid);
                    return Err(Error::new(ErrorKind::System, what).hint("Something else starts it, too."));
                }
                None => return Err(self.ended_soon(&launched, begun.elapsed())),
            }
        }
        Ok(launched.pid)
    }

    fn ended_soon(&self, launched: &Launched, after: Duration) -> Error {
        let what = format!("process {} ended after {:.0} s", launched.pid, after.as_secs_f64().max(1.0));
        let log = self.profile.logs.first().map(|log| (log.path.as_path(), 0));
        let places = [Some((launched.output.as_path(), launched.from)), log];
        let said =
            places.into_iter().flatten().find_map(|(path, from)| Some((path, last_words(path, from)?)));
        match said {
            Some((path, said)) => Error::new(ErrorKind::System, format!("{what}; its last words: {said}"))
                .at(path)
                .hint(format!("See the end of {}.", path.display())),
            None => Error::new(ErrorKind::System, format!("{what}, without a word"))
                .hint("Start it by hand in a terminal to see why."),
        }
    }

    fn launch(&self) -> Result<Launched> {
        if let Some(running) = self.look()? {
            return Err(Error::new(ErrorKind::Busy, format!("it runs already, as process {}", running.pid)));
        }
        stop_note::end_stay(&self.state_dir);
        let output = self.profile.logs_dir.join("stdout.log");
        let from = std::fs::metadata(&output).map_or(0, |is| is.len());
        if let Some(agent) = self.agent()? {
            agent.load()?;
            let pid = self.appears(|| Ok(()), &format!("launchd started {}", agent.label))?;
            return Ok(Launched { pid, output, from });
        }
        let Some((program, arguments)) = self.profile.process.start.split_first() else {
            return Err(Error::new(ErrorKind::Usage, "the profile names no program that starts it")
                .hint("Start it as you always do, or set process.start in the profile."));
        };
        fsio::create_private_dir(&self.profile.logs_dir)?;
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&output);
        let file = file.map_err(|error| Error::io("write", &output, error))?;
        let errors = file.try_clone().map_err(|error| Error::io("write", &output, error))?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.profile.root)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|error| Error::io("start", program.as_ref(), error))?;
        let ended = || match child.try_wait() {
            Ok(Some(status)) => {
                let said = last_words(&output, from)
                    .map_or_else(String::new, |said| format!("; its last words: {said}"));
                let what = format!("{program} ended at once ({status}){said}");
                Err(Error::new(ErrorKind::System, what)
                    .at(&output)
                    .hint(format!("See {}.", output.display())))
            }
            _ => Ok(()),
        };
        let seen = self.appears(ended, &format!("{program} runs"));
        // Whoever starts it must not leave a dead child behind that looks alive.
        let reaper = std::thread::Builder::new().stack_size(64 * 1024);
        let _ = reaper.spawn(move || drop(child.wait()));
        Ok(Launched { pid: seen?, output, from })
    }

    /// Waits until the process is seen; `ended` says whether that is in vain.
    fn appears(&self, mut ended: impl FnMut() -> Result<()>, what: &str) -> Result<u32> {
        let begun = Stopwatch::now();
        while begun.elapsed() < SEEN {
            if let Some(tree) = self.look()? {
                return Ok(tree.pid);
            }
            ended()?;
            std::thread::sleep(LOOK);
        }
        Err(Error::new(
            ErrorKind::System,
            format!("{what}, but not as the process that the profile describes"),
        )
        .hint("Look at process.argument and process.directory in the profile."))
    }
}

/// A process that was started.
struct Launched {
    pid: u32,
    /// Where its output goes, and from where on it is its own.
    output: PathBuf,
    from: u64,
}

/// The last line that it wrote into `path` from byte `from` on, cleaned and cut; `None` where there is none.
fn last_words(path: &Path, from: u64) -> Option<String> {
    let (_, end) = fsio::read_end(path, from, LAST_WORDS).ok()?;
    let text = String::from_utf8_lossy(&end);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(program::clean(line, 300))
}

/// The children of a tree that still live.
fn children(tree: &ProcessTree) -> Vec<Target> {
    tree.children.iter().filter_map(|pid| Target::of(*pid).ok()).collect()
}

/// One process, told by its number and the instant it started.
struct Target {
    pid: u32,
    started_at: Instant,
    #[cfg(target_os = "linux")]
    handle: std::os::fd::OwnedFd,
    #[cfg(not(target_os = "linux"))]
    number: Pid,
}

impl Target {
    fn of(pid: u32) -> Result<Self> {
        let gone = || Error::new(ErrorKind::NotFound, format!("process {pid} is gone"));
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
        // From here on the number cannot become another's without our noticing.
        #[cfg(target_os = "linux")]
        let handle =
            rustix::process::pidfd_open(number, rustix::process::PidfdFlags::empty()).map_err(|_| gone())?;
        let (started_at, dead) = crate::observe::process::started(pid).ok_or_else(gone)?;
        if dead {
            return Err(gone());
        }
        Ok(Self {
            pid,
            started_at,
            #[cfg(target_os = "linux")]
            handle,
            #[cfg(not(target_os = "linux"))]
            number,
        })
    }

    /// Whether the process with this number is still the same, and not dead.
    fn lives(&self) -> bool {
        crate::observe::process::started(self.pid).is_some_and(|(started, dead)| {
            // Counted from the boot time, which two readings may round differently.
            !dead && (started - self.started_at).abs() <= chrono::TimeDelta::seconds(1)
        })
    }

    fn send(&self, signal: Signal) -> Result<()> {
        #[cfg(target_os = "linux")]
        let sent = rustix::process::pidfd_send_signal(&self.handle, signal);
        #[cfg(not(target_os = "linux"))]
        let sent = rustix::process::kill_process(self.number, signal);
        match sent {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(errno) => {
                let what = format!("process {} (since {}) may not be ended", self.pid, self.started_at);
                Err(Error::new(ErrorKind::Denied, what).because(std::io::Error::from(errno)))
            }
        }
    }
}
