//! A year of every signal on record: how much room it takes, and how long a chart takes to be asked for.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use caretaker_core::clock::Zone;
use caretaker_core::keeper::{LookBack, Span};
use caretaker_core::profile;
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::Store;
use chrono::{TimeDelta, Utc};

use crate::place::Place;
use crate::table::{Table, mb, size, time};

/// Questions of which the slowest five in a hundred are left out.
const QUESTIONS: usize = 400;

/// Fills the rows about history.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let demo = place.demo("demo-history")?;
    let state = demo.join("state");
    let now = Utc::now();
    {
        let mut store = Store::open(&state)?.store;
        let ecosystem = store.ecosystem(&demo)?;
        let mut dice = 0x2545_F491_4F6C_DD1D_u64;
        let mut looks = 0_u64;
        // As the loop would have left it: looks every thirty seconds of the last days, fewer of the time before, of
        // which only five minutes and hours are kept.
        for (from, until, step) in [(365 * 24, 32 * 24, 1200), (32 * 24, 50, 150), (50, 0, 30)] {
            let (mut at, end) = (now - TimeDelta::hours(from), now - TimeDelta::hours(until));
            while at < end {
                let samples: Vec<(SignalId, Option<f64>, Level)> = SignalId::ALL
                    .iter()
                    .map(|signal| {
                        dice ^= dice << 13;
                        dice ^= dice >> 7;
                        dice ^= dice << 17;
                        #[allow(clippy::cast_precision_loss, reason = "a random figure")]
                        let value = (dice >> 40) as f64;
                        (*signal, Some(value), Level::Green)
                    })
                    .collect();
                store.record(ecosystem, at, Level::Green, &samples)?;
                looks += 1;
                at += TimeDelta::seconds(step);
            }
        }
        eprintln!("a year of history: {looks} looks of {} signals", SignalId::ALL.len());
    }
    let file = state.join("caretaker.sqlite3");
    let bytes = file.metadata().context("there is no history")?.len();
    let record = LookBack::open(
        &state,
        profile::load(&demo.join("caretaker.toml"), None).map_err(caretaker_core::error::Error::from)?,
        Zone::Machine,
    )?;
    let spans = [Span::Hour, Span::Day, Span::Week, Span::Month];
    let mut charts = Vec::with_capacity(QUESTIONS);
    for question in 0..QUESTIONS {
        let signal = SignalId::ALL[question * 7 % SignalId::ALL.len()];
        let begun = Instant::now();
        record.chart(signal, spans[question % spans.len()], now)?;
        charts.push(begun.elapsed());
    }
    let scan = scan(&file)?;
    let chart = slowest(charts);
    table.add("a year of every signal on disk", size(bytes), "–".to_owned(), mb(bytes), 100.0, " MB");
    let beside = format!("{} for SQLite to go through the same file", time(scan));
    table.add("a chart, 95th percentile", time(chart), beside, chart.as_secs_f64() * 1000.0, 20.0, " ms");
    Ok(())
}

/// A plain question that reads every row that holds figures.
fn scan(file: &std::path::Path) -> Result<Duration> {
    let script = "import sqlite3,sys,time; db=sqlite3.connect(sys.argv[1]); t=time.perf_counter();\n\
        [db.execute(f'select sum(length(signal)) from {table} where at > 0').fetchone() for table in ('sample','summary','hour')]\n\
        print(time.perf_counter()-t)";
    let out = std::process::Command::new("python3").args(["-c", script]).arg(file).output()?;
    let seconds: f64 =
        String::from_utf8_lossy(&out.stdout).trim().parse().with_context(|| format!("{out:?}"))?;
    Ok(Duration::from_secs_f64(seconds))
}

fn slowest(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    values.get(values.len() * 95 / 100).copied().unwrap_or_default()
}
