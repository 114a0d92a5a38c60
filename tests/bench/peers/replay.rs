//! A million values of 25 signals through the alert rules, by the command line, with reading and parsing of the file.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use caretaker_core::signal::{SignalId, Unit};

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::usage;

/// Looks of the file; each names as many signals as there are.
const SAMPLES: usize = 1_000_000;
/// Signals of each look.
const SIGNALS: usize = 25;
const ROUNDS: usize = 5;

/// Fills the rows about the rules.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let demo = place.demo("demo-replay")?;
    let file = samples(place)?;
    let (mut walls, mut plain, mut peak) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let (wall, most) = replay(place, &demo.join("caretaker.toml"), &file)?;
        walls.push(wall);
        peak = peak.max(most);
        let begun = Instant::now();
        ensure!(
            Command::new("wc").arg("-l").arg(&file).stdout(Stdio::null()).status()?.success(),
            "wc failed"
        );
        plain.push(begun.elapsed());
    }
    let (wall, plain) = (usage::median(walls), usage::median(plain));
    let beside = format!("{} for `wc -l` of the same file", time(plain));
    table.add(
        "a million values of 25 signals through the rules",
        time(wall),
        beside,
        wall.as_secs_f64(),
        2.0,
        " s",
    );
    table.add("peak memory of that", size(peak), "–".to_owned(), mb(peak), 64.0, " MB");
    Ok(())
}

/// Wall time and peak memory of one replay.
fn replay(place: &Place, profile: &Path, file: &Path) -> Result<(Duration, u64)> {
    let mut command = Command::new(&place.caretaker);
    command.arg("--profile").arg(profile).args(["--json", "alerts", "replay", "--samples"]).arg(file);
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let pid = child.id();
    let looked = std::thread::spawn(move || {
        let mut peak = 0;
        // A process that has ended tells no peak.
        while let Ok(now) = usage::peak(pid) {
            peak = now.max(peak);
            std::thread::sleep(Duration::from_millis(1));
        }
        peak
    });
    let status = child.wait()?;
    let wall = begun.elapsed();
    ensure!(status.success(), "the replay failed: {status}");
    Ok((wall, looked.join().unwrap_or(0)))
}

/// Half a year of looks every six minutes or so, each signal around its thresholds now and then.
fn samples(place: &Place) -> Result<PathBuf> {
    let path = place.folder.join("samples.jsonl");
    let mut out = BufWriter::new(std::fs::File::create(&path)?);
    let mut at = chrono::DateTime::from_timestamp(1_750_000_000, 0).context("no such time")?;
    let mut dice = 0x2545_F491_4F6C_DD1D_u64;
    let mut line = String::new();
    let signals: Vec<SignalId> =
        SignalId::ALL.iter().copied().cycle().take(SIGNALS.min(SignalId::ALL.len())).collect();
    let mut written = 0;
    while written < SAMPLES {
        at += chrono::TimeDelta::seconds(30);
        for signal in &signals {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let spike = (written / (200 * SIGNALS)).is_multiple_of(7) && dice % 5 < 4;
            let value = match (signal.unit(), spike) {
                (Unit::None, spike) => f64::from(u8::from(spike)) * 3.0,
                (Unit::Bytes, true) => 7e9,
                (Unit::Bytes, false) => 3e9,
                (_, true) => 90.0,
                (_, false) => 3.0,
            };
            line.clear();
            let time = at.format("%Y-%m-%dT%H:%M:%SZ");
            writeln!(line, "{{\"at\":\"{time}\",\"signal\":\"{signal}\",\"value\":{value}}}")?;
            out.write_all(line.as_bytes())?;
            written += 1;
        }
    }
    out.flush()?;
    Ok(path)
}
