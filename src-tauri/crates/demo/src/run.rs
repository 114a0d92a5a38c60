//! The stand-in process: cycles its modules, logs, saves its state, writes reports, and misbehaves as told.

mod heal;
mod life;
mod log;
mod misdeeds;
mod stop;

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::Local;

use self::life::Life;
pub(crate) use self::log::LOG_LIMIT;
use self::misdeeds::Misdeeds;
pub use self::stop::StopSignal;
use crate::create::is_demo;
use crate::error::{At, Error, Result};
use crate::reports::Kind;
use crate::scenario::Scenario;

/// How often the state is saved, at speed 1.
const SAVE: Duration = Duration::from_secs(10);
/// How long `crash` and `flapping` wait, at speed 1.
const CRASH: Duration = Duration::from_secs(2);
const FLAP: Duration = Duration::from_secs(20);
/// How often the health check appends its line, at speed 1.
const HEALTH: Duration = Duration::from_secs(300);

/// Runs the stand-in process in the demo `root` until `stop` is raised.
///
/// `speed` shortens every interval; times of day stay true. What earlier scenarios broke is mended first (state file,
/// withheld reports, cache), but never the log: what happened stays written.
/// Errors: no demo there, one runs already, a failed write; [`Error::Crashed`] at the end of `crash`.
pub fn run(root: &Path, scenario: Scenario, speed: f64, stop: &StopSignal) -> Result<()> {
    check_speed(speed)?;
    let mut lock = lock(root)?;
    lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id())).at(root)?;
    heal::heal(root)?;
    let mut life = Life::begin(root, scenario)?;
    life.save("initializing")?;
    life.integrate()?;
    if scenario == Scenario::StaleReports {
        heal::withhold(root, Local::now().fixed_offset())?;
    } else {
        write_reports(root, &mut life)?;
    }
    let scaled = |span: Duration| span.div_f64(speed).max(Duration::from_millis(50));
    let mut due = Due::begin(scaled);
    let every: Vec<Duration> = life.cycles().into_iter().map(scaled).collect();
    let mut cycle_at: Vec<Instant> = every.iter().map(|_| Instant::now()).collect();
    let mut misdeeds = Misdeeds::new(root, scenario);
    loop {
        let now = Instant::now();
        for (n, at) in cycle_at.iter_mut().enumerate() {
            if *at <= now {
                life.cycle(n)?;
                // Counted from now: after the machine slept, one run is enough.
                *at = now + every[n];
            }
        }
        if due.flap <= now {
            life.flap()?;
            due.flap = now + scaled(FLAP);
            due.save = now;
        }
        if due.crash <= now && scenario == Scenario::Crash {
            life.save("running")?;
            life.crash()?;
            return Err(Error::Crashed);
        }
        if due.health <= now {
            life.health_check()?;
            due.health = now + scaled(HEALTH);
        }
        if due.save <= now {
            if scenario != Scenario::StaleReports {
                write_reports(root, &mut life)?;
            }
            life.storm_on()?;
            life.save("running")?;
            due.save = now + scaled(SAVE);
        }
        let step = misdeeds.step(&mut life)?.map(|pause| Instant::now() + pause);
        let next = cycle_at.iter().copied().chain([due.save, due.health]);
        let next = next.chain(step).chain((scenario == Scenario::Crash).then_some(due.crash));
        let next = next.chain((scenario == Scenario::Flapping).then_some(due.flap)).min().unwrap_or(due.save);
        if stop.wait(next.saturating_duration_since(Instant::now())) {
            break;
        }
    }
    life.end()
}

/// When each thing is next to be done.
struct Due {
    save: Instant,
    health: Instant,
    crash: Instant,
    flap: Instant,
}

impl Due {
    fn begin(scaled: impl Fn(Duration) -> Duration) -> Self {
        let now = Instant::now();
        Self { save: now, health: now + scaled(HEALTH), crash: now + scaled(CRASH), flap: now }
    }
}

/// Refuses a speed that is not a number from 0.01 to 10000.
pub(crate) fn check_speed(speed: f64) -> Result<()> {
    if (0.01..=10_000.0).contains(&speed) { Ok(()) } else { Err(Error::Speed(speed.to_string())) }
}

/// Held by the stand-in process, whose identifier it holds.
const LOCK: &str = ".stand-in.lock";

/// The stand-in process that runs in the demo, if one does.
pub(crate) fn running(root: &Path) -> Result<Option<i32>> {
    match lock(root) {
        Ok(free) => {
            // By name: a program that is being started just now may have it open still.
            let _ = free.unlock();
            Ok(None)
        }
        // Whoever holds the lock wrote the identifier, so it is still that process.
        Err(Error::Running(_)) => Ok(fs::read_to_string(root.join(LOCK)).at(root)?.trim().parse().ok()),
        Err(error) => Err(error),
    }
}

/// Takes the demo for this process alone; the system gives it back however the process ends.
pub(crate) fn lock(root: &Path) -> Result<File> {
    if !is_demo(root) {
        return Err(Error::NotADemo(root.to_owned()));
    }
    let path = root.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path).at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Running(root.to_owned())),
        Err(TryLockError::Error(error)) => Err(error).at(&path),
    }
}

/// Writes the newest report of each kind that is due and missing.
fn write_reports(root: &Path, life: &mut Life) -> Result<()> {
    for kind in Kind::ALL {
        let date = kind.last_due(Local::now().fixed_offset());
        let path = root.join(kind.file(date));
        if fs::symlink_metadata(&path).is_err() {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).at(folder)?;
            }
            fs::write(&path, kind.text(date)).at(&path)?;
            life.reported(kind)?;
        }
    }
    Ok(())
}
