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
    // No scenario ends in yellow: a report is emptied, see `state`.
    ("yellow", "healthy", "yellow"),
    ("red", "crash", "red"),
    ("unknown", "corrupt-state", "unknown"),
];

/// Name of the picture, scenario that is played, light that must be on, and what is pressed and waited for.
const VIEWS: [(&str, &str, &str, &[Opened]); 23] = [
    ("alerts", "crash", "red", &[("#tab-alerts", "I Have Seen It")]),
    ("charts", "healthy", "green", &[("#tab-history", "Show as Table")]),
    ("timeline", "crash", "red", &[("#tab-history", "Show as Table")]),
    ("today", "healthy", "green", &[("#tab-rounds", "proven by themselves")]),
    (
        "past-rounds",
        "healthy",
        "green",
        &[("#tab-rounds", "Every week"), (".parts button:last-child", "Checklists")],
    ),
    ("reports", "healthy", "green", &[("#tab-reports", "Evening")]),
    ("reading", "healthy", "green", &[("#tab-reports", "Evening"), ("[id^=report-evening]", "As it stands")]),
    ("settings", "healthy", "green", &[("#tab-settings", "Send a test by native")]),
    ("help", "healthy", "green", &[(".tiles [aria-controls]", "averaged over")]),
    (
        "preferences",
        "healthy",
        "green",
        &[("#tab-settings", "Send a test by native"), ("[role=radio]:nth-of-type(4)", "Each day at")],
    ),
    (
        "computer",
        "healthy",
        "green",
        &[("#tab-settings", "Send a test by native"), ("[role=radio]:nth-of-type(6)", "Start at login")],
    ),
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
    ("upkeep", "healthy", "green", &[("#tab-upkeep", "switched")]),
    (
        "runbook",
        "crash",
        "red",
        &[
            ("#tab-upkeep", "It is down"),
            ("#upkeep-runbook-system-down", "Begin"),
            ("main .primary", "Next"),
            ("[aria-current=step] .primary", "looked at"),
            ("[aria-current=step] .primary", "Unhandled exception"),
            ("[aria-current=step] .primary", "Start Anew"),
        ],
    ),
    ("cleanup", "healthy", "green", &[("#tab-upkeep", "Clean up"), ("#upkeep-cleanup", "Move Aside")]),
    ("space", "healthy", "green", &[("#tab-upkeep", "Clean up"), ("#upkeep-space", "Green below")]),
    (
        "tuning",
        "healthy",
        "green",
        &[("#tab-upkeep", "Clean up"), ("#upkeep-tuning", "Presets"), ("main li button", "Apply")],
    ),
    (
        "audit",
        "healthy",
        "green",
        &[("#tab-upkeep", "Clean up"), ("#upkeep-audit", "Audit Now"), (".now .primary", "All checks")],
    ),
    ("places", "healthy", "green", &[("#tab-backups", "is still kept")]),
    ("elsewhere", "healthy", "green", &[("#tab-backups", "is still kept")]),
    ("prune", "healthy", "green", &[("#tab-backups", "is still kept"), (".prune button", "stay")]),
    (
        "channel",
        "healthy",
        "green",
        &[("#tab-settings", "Send a test by native"), (".add button", "Keep Channel")],
    ),
];

/// How the panel is shown: the desktop around it, the size of its text in percent, and the word for it in a picture's name.
const LOOKS: [(Dress, u16, &str); 4] = [
    (Dress::Light, 100, "light"),
    (Dress::Dark, 100, "dark"),
    (Dress::Contrast, 100, "contrast"),
    (Dress::Light, 200, "large"),
];

/// What is shown with more contrast and in large letters too: each of the tabs once.
const EVERY_LOOK: [&str; 9] =
    ["healthy", "today", "reports", "alerts", "timeline", "backups", "upkeep", "settings", "preferences"];

/// The desktop around the panel, and the size of its text in percent.
type Look = (Dress, u16);

/// The selector of a button that is pressed, and a text that is there afterwards.
type Opened = (&'static str, &'static str);

/// Takes those whose name holds the first argument, or all.
pub fn run() -> Result<()> {
    let only = std::env::args().nth(1).unwrap_or_default();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::fs::create_dir_all(&docs)?;
    let wanted = |name: &str| name.contains(&only).then(|| docs.join(format!("{name}.png")));
    for look in LOOKS {
        let (dress, text, word) = look;
        let shown = |name: &str| (dress != Dress::Contrast && text == 100) || EVERY_LOOK.contains(&name);
        for (name, scenario, light) in STATES.into_iter().filter(|(name, ..)| shown(name)) {
            if let Some(file) = wanted(&format!("panel-{name}-{word}")) {
                state((dress, text), scenario, light, &file)?;
            }
        }
        for (name, scenario, light, opened) in VIEWS.into_iter().filter(|(name, ..)| shown(name)) {
            if let Some(file) = wanted(&format!("panel-{name}-{word}")) {
                view((dress, text), scenario, light, opened, &file)?;
            }
        }
        if let Some(file) = wanted(&format!("panel-first-run-{word}")).filter(|_| shown("first-run")) {
            first_run(dress, &file)?;
        }
    }
    if let Some(file) = wanted("desktop") {
        desktop(&file)?;
    }
    Ok(())
}

/// The panel while `scenario` is played.
fn state(look: Look, scenario: &str, light: &str, file: &Path) -> Result<()> {
    let mut stage = with_a_past(look)?;
    if light == "yellow" {
        empty_the_newest_report(&stage.demo().join("reports"))?;
    }
    let (page, _tray) = watch(&mut stage, scenario, light)?;
    if light == "red" {
        told(&stage)?;
    }
    settled(&page)?;
    panel(&stage.desktop, file)
}

/// Leaves the newest morning report without a word: worth a look, and nothing more.
fn empty_the_newest_report(reports: &Path) -> Result<()> {
    let names = std::fs::read_dir(reports)?.flatten().map(|entry| entry.path());
    let morning = |path: &PathBuf| path.to_string_lossy().contains("morning_");
    std::fs::write(names.filter(morning).max().context("the demo has no report")?, "")?;
    Ok(())
}

/// Another view of the panel while `scenario` is played.
fn view(look: Look, scenario: &str, light: &str, opened: &[Opened], file: &Path) -> Result<()> {
    let mut stage = with_a_past(look)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if ["places", "elsewhere", "prune"].iter().any(|one| name.contains(one)) {
        weeks_of_backups(&mut stage)?;
    }
    if name.contains("today") {
        a_morning(&stage)?;
    }
    if name.contains("past-rounds") {
        past::rounds(&stage.state(), &stage.demo())?;
    }
    if name.contains("cleanup") || name.contains("upkeep") {
        old_logs(&stage)?;
    }
    if name.contains("reports") {
        gaps(&stage.demo().join("reports"))?;
    }
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
    if name.contains("elsewhere") {
        page.run(
            "document.querySelector('main section:last-of-type').scrollIntoView({ block: 'end' })",
            &[],
        )?;
    }
    page.painted()?;
    panel(&stage.desktop, file)
}

/// A morning that began a while ago, its report not read yet.
fn a_morning(stage: &Stage) -> Result<()> {
    let begun = chrono::Local::now() - chrono::TimeDelta::minutes(4);
    stage.morning_at(&begun.format("%H:%M").to_string())?;
    let reports = stage.demo().join("reports");
    let today = reports.join(begun.format("morning_%Y%m%d.txt").to_string());
    if !today.exists() {
        let names = std::fs::read_dir(&reports)?.flatten().map(|entry| entry.path());
        let newest = names.filter(|path| path.to_string_lossy().contains("morning_")).max();
        std::fs::copy(newest.context("the demo has no report")?, &today)?;
        std::fs::File::options().write(true).open(&today)?.set_modified(begun.into())?;
    }
    Ok(())
}

/// Logs of two months ago, some of them put aside a week ago.
fn old_logs(stage: &Stage) -> Result<()> {
    let now = chrono::Local::now();
    let write = |count: i64, days: i64| -> Result<()> {
        let day = (now - chrono::TimeDelta::days(days)).format("%Y-%m-%d");
        let line = format!("{day} 04:00:00,000 - MetaLearning - INFO - pattern kept, 12 of 40 discarded\n");
        Ok(std::fs::write(stage.demo().join(format!("logs/ecosystem.log.{count}")), line.repeat(40_000))?)
    };
    for count in 4..7 {
        write(count, 30 + count * 4)?;
    }
    let week = (now - chrono::TimeDelta::days(7)).format("%Y-%m-%dT%H:%M").to_string();
    stage.caretaker(&["--at", &week, "cleanup", "--yes"])?;
    for count in 2..4 {
        write(count, 32 + count * 2)?;
    }
    Ok(())
}

/// One report that never came, and one without a word.
fn gaps(reports: &Path) -> Result<()> {
    let day = |back: i64| (chrono::Local::now() - chrono::TimeDelta::days(back)).format("%Y%m%d").to_string();
    std::fs::remove_file(reports.join(format!("evening_{}.txt", day(2))))?;
    std::fs::write(reports.join(format!("daily_summary_{}.txt", day(3))), "")?;
    Ok(())
}

/// Weeks of backups in two places, one of the manual's own among them, and a restore.
fn weeks_of_backups(stage: &mut Stage) -> Result<()> {
    stage.rest();
    let beside = stage.demo().with_file_name("demo-backups");
    let volume = stage.desktop.home().join("Volumes/Safe");
    std::fs::create_dir_all(&volume)?;
    stage.add_to_backups(&format!("weekly = 3\nsecond = {volume:?}\nsecond_weekly = 8\n"))?;
    let now = chrono::Local::now();
    let at = |days: i64| (now - chrono::TimeDelta::days(days)).format("%Y-%m-%dT%H:%M").to_string();
    for weeks in (1..6).rev() {
        stage.caretaker(&["--at", &at(weeks * 7), "backup", "create", "--kind", "weekly"])?;
    }
    stage.caretaker(&["--at", &at(8), "backup", "prune", "--yes"])?;
    stage.caretaker(&["backup", "create", "--kind", "weekly"])?;
    let script = "mkdir ecosystem-20251207 && cp -a \"$1/data\" \"$1/config\" ecosystem-20251207/ && \
        tar -czf ecosystem-weekly-20251207.tar.gz ecosystem-20251207 && rm -r ecosystem-20251207";
    let packed =
        Command::new("sh").args(["-c", script, "sh"]).arg(stage.demo()).current_dir(&beside).status()?;
    ensure!(packed.success(), "the manual's own archive could not be made");
    let newest = std::fs::read_dir(beside.join("ecosystem-weekly"))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter_map(|name| Some(name.strip_prefix("ecosystem-")?.strip_suffix(".tar.gz")?.to_owned()))
        .max()
        .context("no backup was made")?;
    stage.caretaker(&["backup", "drill", &newest])?;
    stage.caretaker(&["backup", "restore", &newest, "--yes"])
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
    let mut stage = with_a_past((Dress::Light, 100))?;
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
fn with_a_past((dress, text): Look) -> Result<Stage> {
    let mut stage = Stage::set_on(Desktop::start_in(dress)?)?;
    if text != 100 {
        stage.add_to_profile(&format!("[appearance]\ntext = {text}\n"))?;
    }
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
