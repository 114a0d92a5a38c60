//! One tick of the running loop, beside the snippet that people paste from the manual.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::keeper::{Engine, Setup};
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
        let text = text
            .replace("logs/ecosystem.log", "logs/measured.log")
            .replace("discovery = \"10s\"\nsizes = \"10s\"\n", "");
        std::fs::write(&profile, text)?;
        let stand_in = place.stand_in(&demo)?;
        wait_for_process(place, &profile)?;
        let mut engine = Engine::new(Setup {
            profile: Some(profile),
            state_dir: demo.join("state"),
            clock: Arc::new(WallClock),
            zone: Zone::Machine,
            home: None,
            channels: Vec::new(),
            every: None,
        });
        // The first look reads everything; what is measured is what follows.
        engine.look_closely(WallClock.now());
        let verdict = engine.overview().verdict.as_ref().context("no judgement")?;
        eprintln!("{name}: {} – {}", verdict.light, verdict.summary);
        Ok(Self { log, engine, ticks: 0, _stand_in: stand_in })
    }

    /// Processor time of one tick, costly readings at their own pace included.
    fn batch(&mut self) -> Result<Duration> {
        let mut spent = Duration::ZERO;
        for _ in 0..TICKS {
            logfile::append(&self.log, LINES, self.ticks * LINES)?;
            self.ticks += 1;
            let now = WallClock.now() + TimeDelta::seconds(30) * i32::try_from(self.ticks)?;
            let before = usage::own_cpu();
            self.engine.tick(now);
            spent += usage::own_cpu() - before;
        }
        Ok(spent / u32::try_from(TICKS)?)
    }
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
