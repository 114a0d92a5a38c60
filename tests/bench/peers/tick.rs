//! One tick of the running loop, beside the snippet that people paste from the manual.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::keeper::{Engine, Setup, Shared};
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::Store;
use chrono::TimeDelta;

use crate::place::Place;
use crate::table::{Table, time};
use crate::{count, logfile, usage};

/// Ticks of one batch; the median of the batches counts.
const TICKS: usize = 60;
const BATCHES: usize = 9;
/// What thirty seconds add to the log.
const LINES: usize = 20;

/// Fills the rows about ticks.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let big = Watched::start(place, "demo-1g", Size::Big)?;
    let small = Watched::start(place, "demo-10m", Size::Small)?;
    let log = big.log.display();
    let machine = "top -bn1; df -h; ps aux | grep ecosystem";
    let whole = format!("{machine}; grep -i error {log} | tail -20");

    let (mut big, mut small) = (big, small);
    let (mut bigs, mut smalls) = (Vec::new(), Vec::new());
    for _ in 0..BATCHES {
        bigs.push(big.batch()?);
        smalls.push(small.batch()?);
    }
    let (tick, tick_small) = (usage::median(bigs), usage::median(smalls));
    let (snippet, without) = (shell(&whole, 3)?, shell(machine, 60)?);
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();

    table.add(
        "CPU time of a tick, against the manual's snippet, 1 GB log",
        time(tick),
        time(snippet),
        ratio(tick, snippet),
        0.001,
        " ×",
    );
    table.add(
        "CPU time of a tick, against the snippet without its grep",
        time(tick),
        time(without),
        ratio(tick, without),
        0.05,
        " ×",
    );
    let grown = (ratio(tick, tick_small) - 1.0) * 100.0;
    table.add(
        "CPU time of a tick, 1 GB log against 10 MB",
        time(tick),
        time(tick_small),
        grown,
        10.0,
        " % more",
    );
    Ok(())
}

enum Size {
    Big,
    Small,
}

/// A demo ecosystem with a log of a size, its process, and the loop that watches it.
struct Watched {
    log: PathBuf,
    engine: Engine,
    ticks: usize,
    _stand_in: caretaker_desktop::Started,
}

impl Watched {
    fn start(place: &Place, name: &str, wanted: Size) -> Result<Self> {
        let demo = place.demo(name)?;
        let log = demo.join("logs/measured.log");
        match wanted {
            Size::Big => {
                std::fs::copy(count::big_log(place)?, &log)?;
            }
            Size::Small => logfile::write(&log, 10_000_000)?,
        }
        let profile = demo.join("caretaker.toml");
        let text = std::fs::read_to_string(&profile)?;
        anyhow::ensure!(text.contains("logs/ecosystem.log"), "the demo's profile names another log now");
        // The demo looks more often than anybody would: what is measured is the default.
        let text: String = text
            .replace("logs/ecosystem.log", "logs/measured.log")
            .lines()
            .filter(|line| !line.starts_with("discovery = ") && !line.starts_with("sizes = "))
            .fold(String::new(), |text, line| text + line + "\n");
        std::fs::write(&profile, text)?;
        let stand_in = place.stand_in(&demo)?;
        wait_for_process(place, &profile)?;
        let state_dir = demo.join("state");
        let mut engine = Engine::new(Setup {
            profile: Some(profile),
            state_dir: state_dir.clone(),
            clock: Arc::new(WallClock),
            zone: Zone::Machine,
            home: None,
            native: None,
            secrets: caretaker_core::secrets::Secrets::new(|_| None),
            power: Arc::new(caretaker_core::observe::power::MachinePower),
            every: None,
            shared: Shared::default(),
        });
        // The first look reads everything; what is measured is what follows.
        engine.look_closely(WallClock.now());
        let verdict = engine.overview().verdict.as_ref().context("no judgement")?;
        let signals: Vec<SignalId> = verdict.signals.iter().map(|signal| signal.id).collect();
        remember_a_month(&state_dir, &demo, &signals)?;
        eprintln!("{name}: {} – {}", verdict.light, verdict.summary);
        Ok(Self { log, engine, ticks: 0, _stand_in: stand_in })
    }

    /// Processor time of one tick on average, costly readings and writings at their own pace included.
    ///
    /// All threads of this process count, since folders are measured beside the tick; what fills the log does not.
    fn batch(&mut self) -> Result<Duration> {
        let mut filling = Duration::ZERO;
        let start = usage::own_cpu();
        for _ in 0..TICKS {
            let before = usage::thread_cpu();
            logfile::append(&self.log, LINES, self.ticks * LINES)?;
            filling += usage::thread_cpu() - before;
            self.ticks += 1;
            let now = WallClock.now() + TimeDelta::seconds(30) * i32::try_from(self.ticks)?;
            self.engine.tick(now);
        }
        // A folder's measurement may still be under way.
        std::thread::sleep(Duration::from_millis(50));
        Ok((usage::own_cpu() - start).saturating_sub(filling) / u32::try_from(TICKS)?)
    }
}

/// Fills the store as it is after a month: what a tick costs on an empty one says little.
fn remember_a_month(state_dir: &Path, root: &Path, signals: &[SignalId]) -> Result<()> {
    let mut store = Store::open(state_dir)?.store;
    let ecosystem = store.ecosystem(root)?;
    let now = WallClock.now();
    let far = (2 * 288..30 * 288).rev().map(|step| TimeDelta::minutes(5) * step);
    let near = (1..2 * 2880).rev().map(|step| TimeDelta::seconds(30) * step);
    for ago in far.chain(near) {
        let samples: Vec<_> = signals.iter().map(|id| (*id, Some(50.0), Level::Green)).collect();
        store.record(ecosystem, now - ago, Level::Green, &samples)?;
    }
    Ok(())
}

fn wait_for_process(place: &Place, profile: &Path) -> Result<()> {
    caretaker_desktop::until("the demo's process", Duration::from_secs(20), || {
        let answer = Command::new(&place.caretaker)
            .arg("--profile")
            .arg(profile)
            .args(["process", "status", "--json"])
            .output()?;
        let answer = String::from_utf8_lossy(&answer.stdout);
        Ok((answer.contains("\"pid\":") && !answer.contains("\"pid\":null")).then_some(()))
    })
}

/// Processor time of the shell command, over `rounds`.
fn shell(command: &str, rounds: u32) -> Result<Duration> {
    let before = usage::children_cpu()?;
    for _ in 0..rounds {
        Command::new("sh")
            .args(["-c", command])
            .env("TERM", "dumb")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
    }
    Ok((usage::children_cpu()? - before) / rounds)
}
