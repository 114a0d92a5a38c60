//! What it costs to sit in the tray, beside the least a tray app can be, in the same minutes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use caretaker_desktop::{Desktop, Started, Tray, until};

use crate::launch::{opening, watching};
use crate::place::Place;
use crate::screen::Screen;
use crate::table::{Table, mb, size, time};
use crate::usage::{Usage, descendants};

const PATIENCE: Duration = Duration::from_secs(30);
/// After the start, until everything has been read once.
const SETTLE: Duration = Duration::from_secs(15);
/// After the panel was closed, as the limit says.
const AFTER: Duration = Duration::from_secs(10);

/// Fills the rows about idling.
pub fn measure(place: &Place, watch: Duration, table: &mut Table) -> Result<()> {
    let desktop = Desktop::start()?;
    let screen = Screen::of(desktop.display())?;
    let demo = place.demo("demo-tray")?;
    let _stand_in = place.stand_in(&demo)?;
    let (mut ours, mut bare) = (desktop.command(&place.app), desktop.command(&place.bare));
    watching(&mut ours, &demo);
    let (ours, bare) = (Started::new(&mut ours)?, Started::new(&mut bare)?);
    let tray = Tray::wait(desktop.bus(), Some(ours.pid()), PATIENCE)?;
    Tray::wait(desktop.bus(), Some(bare.pid()), PATIENCE)?;
    std::thread::sleep(SETTLE);

    let minutes = format!("{} min", watch.as_secs() / 60);
    let (cost, beside) = idle(&[ours.pid(), bare.pid()], watch)?;
    rows(table, &format!("tray only, {minutes}"), &cost, Some(&beside), watch);
    let ratio = mb(cost.resident) / mb(beside.resident);
    table.add(
        "tray only: resident memory",
        size(cost.resident),
        format!("{} bare", size(beside.resident)),
        ratio,
        1.25,
        " ×",
    );
    no_web(table, "tray only: web processes", ours.pid(), true)?;

    let before = screen.pixels()?;
    tray.press(&opening(&tray)?)?;
    screen.painted(&before, PATIENCE)?;
    let open = Usage::of(ours.pid())?;
    let mut whole = open.resident;
    for (pid, _) in descendants(ours.pid())? {
        whole += Usage::of(pid).map_or(0, |usage| usage.resident);
    }
    table.note(
        "panel open: resident memory",
        size(open.resident),
        format!("{} with the system's web processes", size(whole)),
        "–".into(),
    );
    desktop.command("xdotool").args(["key", "Escape"]).status()?;
    until("the panel closed by Escape", PATIENCE, || {
        // Back to what was there before, apart from a few pixels of a pointer.
        let now = screen.pixels()?;
        let other = now.iter().zip(&before).filter(|(now, before)| now != before).count();
        Ok((other < 5_000).then_some(()))
    })?;
    std::thread::sleep(AFTER);
    no_web(table, "10 s after the panel was closed: web content processes", ours.pid(), false)?;
    let watch = watch.min(Duration::from_secs(120));
    let (cost, _) = idle(&[ours.pid(), bare.pid()], watch)?;
    rows(table, "after the panel was closed", &cost, None, watch);
    let held = format!("and {} of clean file pages; {} resident", size(cost.clean), size(cost.resident));
    table.add(
        "after the panel was closed: private memory",
        size(cost.private),
        held,
        mb(cost.private),
        45.0,
        " MB",
    );
    Ok(())
}

/// What each of two processes used during `watch`, and what it holds at the end.
fn idle([ours, bare]: &[u32; 2], watch: Duration) -> Result<(Usage, Usage)> {
    let before = (Usage::of(*ours)?, Usage::of(*bare)?);
    let start = Instant::now();
    std::thread::sleep(watch);
    ensure!(start.elapsed() < watch + Duration::from_secs(5), "the machine slept during the measurement");
    let after = (Usage::of(*ours)?, Usage::of(*bare)?);
    Ok((after.0.since(&before.0), after.1.since(&before.1)))
}

#[allow(clippy::cast_precision_loss, reason = "wake-ups of minutes are few")]
fn rows(table: &mut Table, what: &str, cost: &Usage, beside: Option<&Usage>, watch: Duration) {
    let share = cost.cpu.as_secs_f64() / watch.as_secs_f64() * 100.0;
    let rate = cost.wakeups as f64 / watch.as_secs_f64();
    let of = |text: fn(&Usage) -> String| {
        beside.map_or_else(|| "–".to_owned(), |usage| format!("{} bare", text(usage)))
    };
    table.add(
        &format!("{what}: CPU of one core"),
        time(cost.cpu),
        of(|usage| time(usage.cpu)),
        share,
        0.05,
        " %",
    );
    let wakeups = |usage: &Usage| usage.wakeups.to_string();
    table.add(&format!("{what}: wake-ups"), wakeups(cost), of(wakeups), rate, 1.0, " a second");
}

/// Counts web processes below `pid`: all of them, or those that hold a page.
fn no_web(table: &mut Table, what: &str, pid: u32, all: bool) -> Result<()> {
    let found = descendants(pid)?;
    let names: Vec<&str> = found
        .iter()
        .map(|(_, name)| name.as_str())
        .filter(|name| name.starts_with(if all { "WebKit" } else { "WebKitWeb" }))
        .collect();
    let count = u32::try_from(names.len())?;
    table.add(what, count.to_string(), names.join(", "), f64::from(count), 0.0, "");
    Ok(())
}
