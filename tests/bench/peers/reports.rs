//! Ten thousand reports: listed, parsed and compared by the command line beside `grep -r` through the same files, and listed again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::Reports;
use caretaker_core::profile;
use chrono::{Days, Local, NaiveDate};

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::usage::{median, run_into};

/// Files; three of each day but today.
const FILES: u64 = 10_000;
const RUNS: usize = 5;

/// Fills the rows about reports.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let root = place.folder.join("reports");
    let today = Local::now().date_naive();
    let profile = write(&root, today)?;
    let (listed, hits) = (root.join("listed.json"), root.join("hits.txt"));
    let (mut ours, mut grep, mut memory) = (Vec::new(), Vec::new(), 0);
    for round in 0..RUNS {
        // A state folder of its own: nothing is known from the time before.
        let state = root.join(format!("state-{round}"));
        let mut list = Command::new(&place.caretaker);
        list.arg("--profile").arg(&profile).arg("--state").arg(&state);
        list.args(["--json", "reports", "list", "--days", "36500"]);
        let (took, most) = run_into(&mut list, File::create(&listed)?.into())?;
        ours.push(took);
        memory = most.max(memory);
        let mut search = Command::new("grep");
        search.args(["-rE", ": [0-9]|[Ee]rror|[Ff]ailed|FAILED"]).arg(root.join("eco/reports"));
        let (took, _) = run_into(&mut search, File::create(&hits)?.into())?;
        grep.push(took);
    }
    ensure!(hits.metadata()?.len() > FILES, "grep found next to nothing");
    let there = std::fs::read_to_string(&listed)?.matches("\"figures\":{\"").count();
    ensure!(there as u64 == FILES, "{there} of {FILES} were listed with their figures");
    let (ours, grep) = (median(ours), median(grep));
    let warm = warm(&profile, &root)?;
    let what = format!("{FILES} reports, cold");
    let beside = format!("{} for grep -r", time(grep));
    let seconds = ours.as_secs_f64();
    table.add(&format!("{what}: listed, parsed, compared"), time(ours), beside.clone(), seconds, 1.0, " s");
    table.add(&format!("{what}: beside grep"), time(ours), beside, seconds / grep.as_secs_f64(), 10.0, " ×");
    table.add(&format!("{what}: peak memory"), size(memory), "–".into(), mb(memory), 64.0, " MB");
    table.add("the same list, warm", time(warm), "–".into(), warm.as_secs_f64() * 1000.0, 20.0, " ms");
    Ok(())
}

/// The window's list once everything is known.
fn warm(profile: &Path, root: &Path) -> Result<Duration> {
    let profile = profile::load(profile, None).map_err(caretaker_core::error::Error::from)?;
    let reports = Reports::new(profile, &root.join("state-warm"), Arc::new(WallClock), Zone::Machine);
    ensure!(reports.shown(None).files as u64 == FILES, "not all are listed");
    let mut took = Vec::new();
    for _ in 0..25 {
        let begun = Instant::now();
        ensure!(!reports.shown(None).days.is_empty(), "nothing is listed");
        took.push(begun.elapsed());
    }
    Ok(median(took))
}

/// Writes the reports of more than nine years, and a profile.
fn write(root: &Path, today: NaiveDate) -> Result<PathBuf> {
    if root.exists() {
        std::fs::remove_dir_all(root)?;
    }
    let folder = root.join("eco/reports");
    std::fs::create_dir_all(&folder)?;
    for number in 0..FILES {
        let day = today.checked_sub_days(Days::new(1 + number / 3)).context("before all days")?;
        let (kind, text) = text(number, day);
        std::fs::write(folder.join(format!("{kind}_{}.txt", day.format("%Y%m%d"))), text)?;
    }
    let profile = root.join("caretaker.toml");
    std::fs::write(&profile, format!("[ecosystem]\nroot = {:?}\n", root.join("eco")))?;
    Ok(profile)
}

fn text(number: u64, day: NaiveDate) -> (&'static str, String) {
    let figure = number * 7_919 % 97;
    let when = day.format("%B %-d, %Y");
    match number % 3 {
        0 => (
            "morning",
            format!(
                "Morning Optimization Report - {when}\n\nImprovements Deployed: {}\n  • Cache optimization (+{figure}% performance)\n\
             Top Improvement: Cache optimization\nImpact: {figure}% faster response times\n",
                figure % 9
            ),
        ),
        1 => (
            "evening",
            format!(
                "Evening Learning Report - {when}\n\nLearning Events: {figure}\n  • Discovered: Morning productivity peak (9-11 AM)\n\
             Experiments: 2\n  • Cache test: {}\nPatterns Discovered: {}\n",
                if figure.is_multiple_of(5) {
                    "FAILED (no measurable gain)"
                } else {
                    "SUCCESS (28% improvement)"
                },
                figure % 11
            ),
        ),
        _ => (
            "daily_summary",
            format!(
                "Daily Summary - {when}\n\nHighlights:\n  • Achieved {figure}% efficiency\nKey Metrics:\n  • Tasks Completed: {}\n  \
             • Time Saved: {}.5 hours\n  • Errors: {}\nRecommendations:\n  • Continue caching strategy\n",
                figure * 2,
                figure % 4,
                figure % 3
            ),
        ),
    }
}
