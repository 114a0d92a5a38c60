//! The first count of a log of 1 GB, beside grep and ripgrep, with the file in the page cache.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use caretaker_core::clock::Zone;
use caretaker_core::observe::logs::count_file;
use caretaker_core::profile::{LogFormat, LogSource};

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::{logfile, usage};

/// Has this program count a file and tell its own peak memory: memory can only be told of a process that did nothing else.
pub const CHILD: &str = "--count-errors-of";
const ROUNDS: usize = 5;
/// How long a log serves for another run.
const KEPT: Duration = Duration::from_secs(2 * 3600);

/// Counts, and prints count and peak.
pub fn child(file: &Path) -> Result<()> {
    let source = LogSource {
        path: file.to_owned(),
        format: LogFormat::Python,
        error_levels: vec!["ERROR".into(), "CRITICAL".into()],
        module_patterns: vec!["Error in {module}:".into(), "Failed to integrate {module}:".into()],
    };
    let counted = count_file(file, &source, Zone::Machine)?;
    println!("{} {}", counted.count, usage::own_peak()?);
    Ok(())
}

/// The log of 1 GB; kept for the next run.
pub fn big_log(place: &Place) -> Result<PathBuf> {
    sized(place, "big.log", 1_000_000_000)
}

/// One line of 100 MB between ordinary ones.
fn long_line(place: &Place) -> Result<PathBuf> {
    let path = place.folder.join("line.log");
    if !path.exists() {
        logfile::write(&path, 1_000_000)?;
        let mut text = std::fs::read(&path)?;
        text.extend(std::iter::repeat_n(b'x', 100_000_000));
        text.push(b'\n');
        std::fs::write(&path, text)?;
        logfile::append(&path, 1000, 0)?;
    }
    Ok(path)
}

fn sized(place: &Place, name: &str, bytes: usize) -> Result<PathBuf> {
    let path = place.folder.join(name);
    // An older one would have left the window of 24 hours while it is watched.
    let fresh =
        path.metadata().and_then(|it| it.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age < KEPT));
    if !fresh {
        eprintln!("writing {} of {}", path.display(), size(bytes as u64));
        logfile::write(&path, bytes)?;
    }
    Ok(path)
}

/// Fills the rows about counting.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let log = big_log(place)?;
    let ours = || -> Result<_> { count(&log) };
    let first = ours()?;
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut rg_peak = 0;
    // Turn by turn, so that a busy machine is busy for all three.
    for _ in 0..ROUNDS {
        times[0].push(ours()?.0);
        times[1].push(usage::run(Command::new("grep").args(["-ic", "error"]).arg(&log))?.0);
        if has("rg") {
            let (took, peak) = usage::run(Command::new("rg").args(["-c", " - ERROR - "]).arg(&log))?;
            times[2].push(took);
            rg_peak = rg_peak.max(peak);
        }
    }
    let [ours, grep, rg] = times.map(usage::median);
    let ratio = |peer: Duration| ours.as_secs_f64() / peer.as_secs_f64();
    table.add(
        "first count of a 1 GB log, against `grep -ic error`",
        time(ours),
        time(grep),
        ratio(grep),
        0.25,
        " ×",
    );
    if has("rg") {
        let beside = format!("{}, {} resident", time(rg), size(rg_peak));
        table.add(
            "first count of a 1 GB log, against `rg -c ' - ERROR - '`",
            time(ours),
            beside,
            ratio(rg),
            3.0,
            " ×",
        );
    } else {
        eprintln!("ripgrep is not here: its row is left out");
    }
    let peak = first.1.max(count(&long_line(place)?)?.1);
    let beside = "of a 1 GB log, and of one with a line of 100 MB".to_owned();
    table.add("peak memory of a count", size(peak), beside, mb(peak), 32.0, " MB");
    Ok(())
}

/// How long the count takes by this program as a process of its own, and its peak memory.
fn count(log: &Path) -> Result<(Duration, u64)> {
    let begun = Instant::now();
    let child = Command::new(std::env::current_exe()?).arg(CHILD).arg(log).stdout(Stdio::piped()).spawn()?;
    usage::ended_cpu(child.id())?;
    let took = begun.elapsed();
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let peak = text.split_whitespace().nth(1).with_context(|| format!("no count: {output:?}"))?.parse()?;
    Ok((took, peak))
}

/// Whether a program is here.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
