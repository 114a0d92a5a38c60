//! Fifty ecosystems on one machine: what the loop costs, what one more takes, how fast all their figures are printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use caretaker_desktop::{Started, until};

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::usage::{Usage, median};

/// As many as the limits speak of, and few, to tell what one more takes.
const MANY: usize = 50;
const FEW: usize = 10;
const RUNS: usize = 15;
/// Everything is read once, and the first searches are over.
const SETTLE: Duration = Duration::from_secs(40);
const PATIENCE: Duration = Duration::from_secs(120);

/// Fills the rows about many ecosystems.
pub fn measure(place: &Place, watch: Duration, table: &mut Table) -> Result<()> {
    let watch = watch.min(Duration::from_secs(180));
    let few = Machine::new(place, FEW)?;
    let (few_cost, _) = few.watched(place, watch)?;
    drop(few);
    let many = Machine::new(place, MANY)?;
    let (cost, printed) = many.watched(place, watch)?;
    let share = cost.cpu.as_secs_f64() / watch.as_secs_f64() * 100.0;
    let what = format!("{MANY} demo ecosystems, a look each 30 s, {} min", watch.as_secs() / 60);
    table.add(&format!("{what}: CPU of one core"), time(cost.cpu), "–".into(), share, 1.5, " %");
    #[allow(clippy::cast_precision_loss, reason = "some tens")]
    let each = (mb(cost.private) - mb(few_cost.private)) / (MANY - FEW) as f64;
    let beside = format!("{} with {FEW}", size(few_cost.private));
    table.add("private memory for each further ecosystem", size(cost.private), beside, each, 1.0, " MB");
    let milliseconds = printed.as_secs_f64() * 1_000.0;
    table.add(
        &format!("`metrics` of {MANY} ecosystems"),
        time(printed),
        "–".into(),
        milliseconds,
        50.0,
        " ms",
    );
    Ok(())
}

/// A home with many demos, each with its own process.
struct Machine {
    home: PathBuf,
    _stand_ins: Vec<Started>,
}

impl Machine {
    fn new(place: &Place, count: usize) -> Result<Self> {
        let home = place.folder.join(format!("fleet-{count}"));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home)?;
        let mut stand_ins = Vec::new();
        for number in 0..count {
            let id = if number == 0 { "main".to_owned() } else { format!("eco-{number}") };
            let root = home.join(&id);
            let made =
                caretaker(place, &home).args(["demo", "create"]).arg(&root).stdout(Stdio::null()).status()?;
            ensure!(made.success(), "no demo");
            stand_ins.push(place.stand_in(&root)?);
            let mut init = caretaker(place, &home);
            let made =
                init.args(["--profile", &id, "profile", "init", "--root"]).arg(&root).stdout(Stdio::null());
            ensure!(made.status()?.success(), "no profile");
        }
        Ok(Self { home, _stand_ins: stand_ins })
    }

    /// What the loop used during `watch`, and how long all figures take to print meanwhile.
    fn watched(&self, place: &Place, watch: Duration) -> Result<(Usage, Duration)> {
        let mut command = caretaker(place, &self.home);
        let looking = Started::new(command.args(["--all", "watch", "--quiet"]).stdout(Stdio::null()))?;
        let mut metrics = caretaker(place, &self.home);
        metrics.args(["--all", "metrics"]);
        until("all of them on record", PATIENCE, || {
            let text = String::from_utf8(metrics.output()?.stdout)?;
            let seen =
                text.lines().filter(|line| line.starts_with("caretaker_observed_timestamp_seconds{")).count();
            let all = text.lines().filter(|line| line.starts_with("caretaker_light{")).count();
            Ok((seen == all).then_some(()))
        })?;
        std::thread::sleep(SETTLE);
        let before = Usage::of(looking.pid())?;
        std::thread::sleep(watch);
        let cost = Usage::of(looking.pid())?.since(&before);
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let out = std::fs::File::create(self.home.join("metrics.prom"))?;
            metrics.stdout(out);
            times.push(timed(&mut metrics)?);
        }
        Ok((cost, median(times)))
    }
}

fn timed(command: &mut Command) -> Result<Duration> {
    let begun = std::time::Instant::now();
    ensure!(command.status()?.success(), "no metrics");
    Ok(begun.elapsed())
}

pub fn caretaker(place: &Place, home: &Path) -> Command {
    let mut command = Command::new(&place.caretaker);
    command.env_clear().env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}
