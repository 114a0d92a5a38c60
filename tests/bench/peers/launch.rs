//! From launch to icon, and from click to painted panel, beside the least a tray app can be.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use caretaker_desktop::{Desktop, Started, Tray};

use crate::place::Place;
use crate::screen::Screen;
use crate::table::{Table, mb, size, time};
use crate::usage::median;

const ROUNDS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);

/// Fills the rows about waiting.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let desktop = Desktop::start()?;
    // Without a compositor a fresh window shows whatever lay in that memory, which looks painted.
    let composited = desktop
        .command("xfconf-query")
        .args(["-c", "xfwm4", "-p", "/general/use_compositing", "-s", "true"])
        .status()?;
    ensure!(composited.success(), "the compositor was not switched on");
    let screen = Screen::of(desktop.display())?;
    let demo = place.demo("demo-launch")?;
    let _stand_in = place.stand_in(&demo)?;
    let (mut icons, mut panels): ([Vec<Duration>; 2], [Vec<Duration>; 2]) = Default::default();
    // Turn by turn, so that a busy machine is busy for both.
    for _ in 0..ROUNDS {
        for (number, program) in [&place.app, &place.bare].into_iter().enumerate() {
            let (icon, panel) = launch(&desktop, &screen, program, &demo)?;
            icons[number].push(icon);
            panels[number].push(panel);
        }
    }
    let mut add = |what: &str, [ours, bare]: [Vec<Duration>; 2], limit: f64| {
        let (ours, bare) = (median(ours), median(bare));
        let more = (ours.as_secs_f64() - bare.as_secs_f64()) * 1000.0;
        table.add(what, time(ours), format!("{} bare", time(bare)), more, limit, " ms more");
    };
    add("from launch to icon, median of ten", icons, 50.0);
    add("from click to painted panel, median of ten", panels, 100.0);
    Ok(())
}

/// What lies on disk, beside the least a tray app can be.
pub fn sizes(place: &Place, table: &mut Table) -> Result<()> {
    let bytes = |path: &Path| -> Result<u64> { Ok(path.metadata()?.len()) };
    let (app, bare, tool) = (bytes(&place.app)?, bytes(&place.bare)?, bytes(&place.caretaker)?);
    table.note(
        "size of the app",
        size(app),
        format!("{} bare", size(bare)),
        format!("{:.2} ×", mb(app) / mb(bare)),
    );
    table.note("size of the command line", size(tool), "–".into(), "–".into());
    let packages = place.app.with_file_name("bundle").join("deb");
    let found = std::fs::read_dir(packages).into_iter().flatten().flatten().map(|entry| entry.path());
    let package = found.into_iter().find(|path| path.extension().is_some_and(|end| end == "deb"));
    if let Some(package) = package {
        table.note("size of the .deb with both", size(bytes(&package)?), "–".into(), "–".into());
    }
    Ok(())
}

/// Names the demo to Caretaker; the bare app does not mind.
pub fn watching(command: &mut Command, demo: &Path) {
    command.env("CARETAKER_PROFILE", demo.join("caretaker.toml")).env("CARETAKER_STATE", demo.join("state"));
}

fn launch(desktop: &Desktop, screen: &Screen, program: &Path, demo: &Path) -> Result<(Duration, Duration)> {
    let mut command = desktop.command(program);
    watching(&mut command, demo);
    let start = Instant::now();
    let mut app = Started::new(&mut command)?;
    let tray = Tray::wait(desktop.bus(), Some(app.pid()), PATIENCE)?;
    let icon = start.elapsed();
    let before = screen.pixels()?;
    let label = opening(&tray)?;
    let click = Instant::now();
    tray.press(&label)?;
    let panel = screen.painted(&before, PATIENCE)? - click;
    app.stop();
    Ok((icon, panel))
}

/// What the line that opens the panel says.
pub fn opening(tray: &Tray) -> Result<String> {
    let labels = tray.labels()?;
    let found = labels.iter().find(|label| label.starts_with("Open"));
    Ok(found.ok_or_else(|| anyhow::anyhow!("no line that opens the panel: {labels:?}"))?.clone())
}
