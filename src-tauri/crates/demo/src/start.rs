//! How the stand-in process comes to life: the same program, started under the script's name.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::SCRIPT;
use crate::create::is_demo;
use crate::error::{At, Error, Result};
use crate::run::{StopSignal, check_speed, run};
use crate::scenario::Scenario;

/// How long a stand-in may take to save its state and end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Describes the stand-in process of the demo in `root`; `exe` must call [`stand_in_main`] first thing.
///
/// Its working directory is the root, and the script's name stands where an interpreter has it.
/// Errors: no demo there, an impossible speed.
pub fn stand_in_command(exe: &Path, root: &Path, scenario: Scenario, speed: f64) -> Result<Command> {
    check_speed(speed)?;
    let root = fs::canonicalize(root).at(root)?;
    if !is_demo(&root) {
        return Err(Error::NotADemo(root));
    }
    // Told here, before the caller turns into the process or leaves it behind.
    drop(crate::run::lock(&root)?);
    // A relative program would be looked for in the root.
    let exe = fs::canonicalize(exe).at(exe)?;
    let mut command = Command::new(exe);
    command.arg(SCRIPT).arg("--scenario").arg(scenario.name()).arg("--speed").arg(speed.to_string());
    command.current_dir(root);
    Ok(command)
}

/// Ends the stand-in process that runs in the demo, and tells which one it was; `None` where none runs.
///
/// It is asked to end, so that it saves its state, and waited for. Errors: no demo there, or it does not end.
pub fn end_running(root: &Path) -> Result<Option<i32>> {
    let root = fs::canonicalize(root).at(root)?;
    let Some(pid) = crate::run::running(&root)? else { return Ok(None) };
    if let Some(process) = rustix::process::Pid::from_raw(pid) {
        rustix::process::kill_process(process, rustix::process::Signal::TERM)
            .map_err(std::io::Error::from)
            .at(&root)?;
    }
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if crate::run::running(&root)?.is_none() {
            return Ok(Some(pid));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(Error::Running(root))
}

/// Starts the stand-in process on its own, out of reach of this one's terminal, and tells its pid.
///
/// Its output goes to `logs/stdout.log`. Errors: as [`stand_in_command`], or the system refuses.
pub fn start(exe: &Path, root: &Path, scenario: Scenario, speed: f64) -> Result<u32> {
    let mut command = stand_in_command(exe, root, scenario, speed)?;
    let path = root.join("logs/stdout.log");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).at(folder)?;
    }
    let output = OpenOptions::new().create(true).append(true).open(&path).at(&path)?;
    let errors = output.try_clone().at(&path)?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    let mut child = command.spawn().at(exe)?;
    let pid = child.id();
    // Waits for its end, so that a dead stand-in does not stay behind as a zombie that looks alive.
    let reaper = thread::Builder::new().name("demo-reaper".into()).stack_size(64 * 1024);
    reaper.spawn(move || drop(child.wait())).at(exe)?;
    Ok(pid)
}

/// Is the stand-in process, if this process was started as one: call it first thing in `main`.
///
/// `None` means that it was not. Otherwise it comes back when the process is to end, with its exit code.
pub fn stand_in_main() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()?.as_os_str() != SCRIPT {
        return None;
    }
    Some(match stand_in(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody else writes for this process; there is no renderer here.
            let _ = writeln!(std::io::stderr(), "demo: {error}");
            ExitCode::FAILURE
        }
    })
}

fn stand_in(mut arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let (mut scenario, mut speed) = (Scenario::Healthy, 1.0);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
        match name.to_str() {
            Some("--scenario") => scenario = value.parse()?,
            Some("--speed") => speed = value.parse().map_err(|_| Error::Speed(value))?,
            _ => {}
        }
    }
    let stop = StopSignal::new();
    let here = Path::new(".");
    let mut signals = Signals::new([SIGTERM, SIGINT]).at(here)?;
    let raise = stop.clone();
    thread::spawn(move || {
        for _ in signals.forever() {
            raise.stop();
        }
    });
    let root = fs::canonicalize(here).at(here)?;
    run(&root, scenario, speed, &stop)
}
