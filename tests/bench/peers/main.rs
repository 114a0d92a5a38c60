//! Caretaker beside the usual tools: every figure as a ratio to something measured in the same run, with its limit.
//!
//! `--quick` watches the tray for one minute instead of ten; `--only PART` runs one of tick, count, replay, history, reports,
//! space, backup, secrets, launch, tray, fleet, away, size; `--write` keeps the table in BENCHMARKS.md.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark is there to print")]

#[cfg(target_os = "linux")]
mod away;
#[cfg(target_os = "linux")]
mod backup;
#[cfg(target_os = "linux")]
mod count;
mod fleet;
#[cfg(target_os = "linux")]
mod history;
#[cfg(target_os = "linux")]
mod launch;
#[cfg(target_os = "linux")]
mod logfile;
#[cfg(target_os = "linux")]
#[path = "../../support/noise.rs"]
mod noise;
#[cfg(target_os = "linux")]
mod place;
#[cfg(target_os = "linux")]
mod replay;
#[cfg(target_os = "linux")]
mod reports;
#[cfg(target_os = "linux")]
#[path = "../../support/s3.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each user of it takes its part; what is not there ends the benchmark"
)]
mod s3;
#[cfg(target_os = "linux")]
mod screen;
#[cfg(target_os = "linux")]
mod secrets;
#[cfg(target_os = "linux")]
mod space;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod tick;
#[cfg(target_os = "linux")]
mod tray;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use std::time::Duration;

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let after = |flag: &str| arguments.iter().skip_while(|argument| *argument != flag).nth(1);
    if let Some(file) = after(count::CHILD) {
        return count::child(file.as_ref());
    }
    let only = after("--only").map(String::as_str);
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let watch = Duration::from_secs(if asked("--quick") { 60 } else { 600 });

    let place = place::Place::prepare()?;
    let mut table = table::Table::default();
    if wanted("tick") {
        tick::measure(&place, &mut table)?;
    }
    if wanted("count") {
        count::measure(&place, &mut table)?;
    }
    if wanted("replay") {
        replay::measure(&place, &mut table)?;
    }
    if wanted("history") {
        history::measure(&place, &mut table)?;
    }
    if wanted("reports") {
        reports::measure(&place, &mut table)?;
    }
    if wanted("space") {
        space::measure(&place, &mut table)?;
    }
    if wanted("backup") {
        backup::measure(&place, &mut table)?;
    }
    if wanted("secrets") {
        secrets::measure(&place, &mut table)?;
    }
    if wanted("launch") {
        launch::measure(&place, &mut table)?;
    }
    if wanted("tray") {
        tray::measure(&place, watch, &mut table)?;
    }
    if wanted("fleet") {
        fleet::measure(&place, watch, &mut table)?;
    }
    if wanted("away") {
        away::measure(&place, &mut table)?;
    }
    if wanted("size") {
        launch::sizes(&place, &mut table)?;
    }
    let text = table.render();
    println!("{text}");
    if asked("--write") {
        table::write(&place.top.join("BENCHMARKS.md"), &text)?;
    }
    anyhow::ensure!(table.missed() == 0, "{} figures are past their limit", table.missed());
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("The benchmark reads Linux's own accounts of processes; run it there.");
}
