//! Which pictures there are, and how each is taken.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use caretaker_desktop::{Desktop, Dress, Page, Stage, Tray, until};
use serde_json::Value;

use crate::past;

const PATIENCE: Duration = Duration::from_secs(90);

/// Name of the picture, scenario that is played, light that must be on.
const STATES: [(&str, &str, &str); 4] = [
    ("healthy", "healthy", "green"),
    ("yellow", "stale-reports", "yellow"),
    ("red", "crash", "red"),
    ("unknown", "corrupt-state", "unknown"),
];

/// Name of the picture, scenario that is played, light that must be on, and what is pressed and waited for.
const VIEWS: [(&str, &str, &str, &[Opened]); 7] = [
    ("alerts", "crash", "red", &[("#tab-alerts", "I Have Seen It")]),
    ("charts", "healthy", "green", &[("#tab-history", "Show as Table")]),
    ("timeline", "crash", "red", &[("#tab-history", "Show as Table")]),
    ("settings", "healthy", "green", &[("#tab-settings", "Send a test by native")]),
    (
        "backups",
        "healthy",
        "green",
        &[("#tab-backups", "There are no backups yet"), (".now .primary", "kept: made by hand")],
    ),
    (
        "restore",
        "healthy",
        "green",
        &[
            ("#tab-backups", "There are no backups yet"),
            (".now .primary", "kept: made by hand"),
            ("li .buttons button", "Only one file"),
            (".sheet .primary", "come back"),
        ],
    ),
    (
        "channel",
        "healthy",
        "green",
        &[("#tab-settings", "Send a test by native"), (".add button", "Keep Channel")],
    ),
];

/// The selector of a button that is pressed, and a text that is there afterwards.
type Opened = (&'static str, &'static str);

/// Takes those whose name holds the first argument, or all.
pub fn run() -> Result<()> {
    let only = std::env::args().nth(1).unwrap_or_default();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::fs::create_dir_all(&docs)?;
    let wanted = |name: &str| name.contains(&only).then(|| docs.join(format!("{name}.png")));
    for (dress, word) in [(Dress::Light, "light"), (Dress::Dark, "dark")] {
        for (name, scenario, light) in STATES {
            if let Some(file) = wanted(&format!("panel-{name}-{word}")) {
                state(dress, scenario, light, &file)?;
            }
        }
        for (name, scenario, light, opened) in VIEWS {
            if let Some(file) = wanted(&format!("panel-{name}-{word}")) {
                view(dress, scenario, light, opened, &file)?;
            }
        }
        if let Some(file) = wanted(&format!("panel-first-run-{word}")) {
            first_run(dress, &file)?;
        }
    }
    if let Some(file) = wanted("desktop") {
        desktop(&file)?;
    }
    Ok(())
}

/// The panel while `scenario` is played.
fn state(dress: Dress, scenario: &str, light: &str, file: &Path) -> Result<()> {
    let mut stage = with_a_past(dress)?;
    let (page, _tray) = watch(&mut stage, scenario, light)?;
    if light == "red" {
        told(&stage)?;
    }
    settled(&page)?;
    panel(&stage.desktop, file)
}

/// Another view of the panel while `scenario` is played.
fn view(dress: Dress, scenario: &str, light: &str, opened: &[Opened], file: &Path) -> Result<()> {
    let mut stage = with_a_past(dress)?;
    let (page, _tray) = watch(&mut stage, scenario, light)?;
    if light == "red" {
        told(&stage)?;
    }
    for (button, text) in opened {
        until("something to press", PATIENCE, || Ok(page.click(button).ok()))?;
        until(text, PATIENCE, || Ok(page.text("main")?.contains(text).then_some(())))?;
    }
    if file.to_string_lossy().contains("timeline") {
        // A quarter of an hour ago, as somebody would with the arrow keys.
        page.run("document.querySelector('[role=slider]').focus()", &[])?;
        for _ in 0..3 {
            stage.desktop.press("Left")?;
        }
        until("that moment", PATIENCE, || Ok(page.text("main")?.contains("Figures").then_some(())))?;
    }
    if file.to_string_lossy().contains("charts") {
        until("a drawn chart", PATIENCE, || {
            Ok((page.run("return document.querySelectorAll('canvas').length", &[])? == 1).then_some(()))
        })?;
        page.run("document.querySelector('figure').scrollIntoView({ block: 'end' })", &[])?;
    }
    page.painted()?;
    panel(&stage.desktop, file)
}

/// The panel before anything is watched.
fn first_run(dress: Dress, file: &Path) -> Result<()> {
    let stage = Stage::set_on(Desktop::start_in(dress)?)?;
    let page = Page::start(&stage.desktop, &stage.app, |command| command, || Ok(()))?;
    until("the first view", PATIENCE, || Ok(page.text("h1")?.contains("watch").then_some(())))?;
    page.painted()?;
    panel(&stage.desktop, file)
}

/// The whole desktop just after a crash: icon, panel and notification.
fn desktop(file: &Path) -> Result<()> {
    let mut stage = with_a_past(Dress::Light)?;
    let wallpaper = stage.desktop.command("xsetroot").args(["-solid", "#5d7da6"]).status()?;
    ensure!(wallpaper.success(), "xsetroot could not colour the desktop");
    // Where the installed package puts it, for the notification.
    let icons = stage.desktop.home().join(".local/share/icons/hicolor/32x32/apps");
    std::fs::create_dir_all(&icons)?;
    let icon = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../icons/app/32.png");
    std::fs::copy(icon, icons.join("caretaker-app.png"))?;
    let (page, tray) = watch(&mut stage, "healthy", "green")?;
    stage.play("crash")?;
    stage.light(&tray, &page, "red", PATIENCE)?;
    told(&stage)?;
    settled(&page)?;
    still(&stage.desktop, None, file)?;
    smaller(file)
}

/// A demo whose last day is in the store.
fn with_a_past(dress: Dress) -> Result<Stage> {
    let mut stage = Stage::set_on(Desktop::start_in(dress)?)?;
    stage.play("healthy")?;
    let now: Value = until("a first look at the demo", PATIENCE, || {
        let now = stage.check()?;
        Ok((now["light"] == "green").then_some(now))
    })?;
    past::record(&stage.state(), &stage.demo(), &now)?;
    Ok(stage)
}

/// Has the app watch `scenario` until icon, menu and page show `light`.
fn watch(stage: &mut Stage, scenario: &str, light: &str) -> Result<(Page, Tray)> {
    stage.play(scenario)?;
    let page = Page::start(
        &stage.desktop,
        &stage.app,
        |command| stage.watching(command),
        || {
            let tray = Tray::wait(stage.desktop.bus(), None, PATIENCE)?;
            // The panel opens under the pointer, which a person would have on the icon.
            point(&stage.desktop, 1180, 14)?;
            tray.press("Open Caretaker")
        },
    )?;
    let tray = Tray::wait(stage.desktop.bus(), None, PATIENCE)?;
    stage.light(&tray, &page, light, PATIENCE)?;
    Ok((page, tray))
}

/// Waits for the notification, and for the window to know of it.
fn told(stage: &Stage) -> Result<()> {
    until("a notification", PATIENCE, || {
        Ok(stage.notices.heard().iter().any(|notice| notice.id.is_some()).then_some(()))
    })
}

/// Waits for what comes a few looks after the light: alerts, sizes, figures of Caretaker's own.
fn settled(page: &Page) -> Result<()> {
    until("a page at rest", PATIENCE, || Ok((!page.text("footer")?.contains("not measured")).then_some(())))?;
    let script = "return document.querySelector('main').scrollTop";
    ensure!(page.run(script, &[])? == 0, "the page is scrolled");
    page.painted()
}

/// Keeps a picture of the panel alone.
fn panel(desktop: &Desktop, file: &Path) -> Result<()> {
    // Nothing under the pointer: no hover in the picture.
    point(desktop, 4, 790)?;
    let found = desktop.windows("Caretaker")?;
    still(desktop, Some(found.last().context("there is no panel")?), file)?;
    smaller(file)
}

/// Takes the picture once two in a row are the same: nothing moves any more.
fn still(desktop: &Desktop, window: Option<&str>, file: &Path) -> Result<()> {
    let take = |file: &Path| {
        let done =
            desktop.command("import").args(["-window", window.unwrap_or("root")]).arg(file).status()?;
        ensure!(done.success(), "import could not write {}", file.display());
        caretaker_desktop::pixels(file)
    };
    let mut before = take(file)?;
    until("a picture in which nothing moves", PATIENCE, || {
        std::thread::sleep(Duration::from_millis(250));
        let now = take(file)?;
        Ok((now == std::mem::replace(&mut before, now.clone())).then_some(()))
    })
}

fn point(desktop: &Desktop, x: u32, y: u32) -> Result<()> {
    let moved = desktop.command("xdotool").args(["mousemove", &x.to_string(), &y.to_string()]).status()?;
    ensure!(moved.success(), "the pointer did not move");
    Ok(())
}

/// Repositories keep every version of a picture: no byte that is not needed.
fn smaller(file: &Path) -> Result<()> {
    let done = Command::new("convert")
        .arg(file)
        .args(["-strip", "-define", "png:compression-level=9", "-define", "png:exclude-chunks=date,time"])
        .arg(PathBuf::from(format!("PNG24:{}", file.display())))
        .status()?;
    ensure!(done.success(), "convert could not write {}", file.display());
    Ok(())
}
