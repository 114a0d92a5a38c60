//! The table that is printed and kept.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

const BEGIN: &str = "<!-- table: written by `make bench BENCH=--write` -->";
const END: &str = "<!-- end of table -->";

/// Rows in the order in which they were measured.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    ours: String,
    beside: String,
    figure: String,
    limit: String,
    kept: bool,
}

impl Table {
    /// Adds what was measured; `figure` must stay at or below `limit`, both written with `unit`.
    pub fn add(&mut self, what: &str, ours: String, beside: String, figure: f64, limit: f64, unit: &str) {
        let kept = figure <= limit;
        eprintln!("{what}: {ours}, beside {beside}: {} {}", number(figure), if kept { "" } else { "MISSED" });
        self.rows.push(Row {
            what: what.to_owned(),
            ours,
            beside,
            figure: format!("{}{unit}", number(figure)),
            limit: format!("≤ {}{unit}", number(limit)),
            kept,
        });
    }

    /// Adds what was measured and has no limit.
    pub fn note(&mut self, what: &str, ours: String, beside: String, figure: String) {
        eprintln!("{what}: {ours}, beside {beside}: {figure}");
        self.rows.push(Row { what: what.to_owned(), ours, beside, figure, limit: "–".into(), kept: true });
    }

    /// How many figures are past their limit.
    pub fn missed(&self) -> usize {
        self.rows.iter().filter(|row| !row.kept).count()
    }

    /// The table with the facts about this machine.
    pub fn render(&self) -> String {
        let mut text = format!("{}\n\n", machine());
        text.push_str(
            "| what | Caretaker | beside it | ratio or difference | limit | |\n|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let mark = if row.limit == "–" {
                ""
            } else if row.kept {
                "kept"
            } else {
                "**missed**"
            };
            let Row { what, ours, beside, figure, limit, .. } = row;
            let _ = writeln!(text, "| {what} | {ours} | {beside} | {figure} | {limit} | {mark} |");
        }
        text
    }
}

/// Puts the table between its marks.
pub fn write(file: &Path, table: &str) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let begin = text.find(BEGIN).context("BENCHMARKS.md has lost the mark where its table begins")?;
    let end = text.find(END).context("BENCHMARKS.md has lost the mark where its table ends")?;
    std::fs::write(file, format!("{}{BEGIN}\n\n{table}\n{}", &text[..begin], &text[end..]))?;
    Ok(())
}

fn machine() -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("")
        .trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!(
        "Measured on {}: {cores} × {model}, Linux {}, release build.",
        chrono::Local::now().format("%Y-%m-%d"),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}

fn number(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.01 => 3,
        _ => 5,
    };
    format!("{value:.digits$}")
}

/// A duration as people read it.
pub fn time(value: Duration) -> String {
    let micros = value.as_secs_f64() * 1e6;
    match micros {
        v if v < 1000.0 => format!("{} µs", number(v)),
        v if v < 1_000_000.0 => format!("{} ms", number(v / 1e3)),
        v => format!("{} s", number(v / 1e6)),
    }
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    format!("{} MB", number(mb(bytes)))
}

/// Decimal megabytes.
#[allow(clippy::cast_precision_loss, reason = "a megabyte more or less in 2^52 bytes is no loss")]
pub fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
