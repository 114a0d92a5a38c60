//! The icon in the menu bar and its menu.

mod icons;
mod texts;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use caretaker_core::alerts::{Handling, Nap};
use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::keeper::Overview;
use caretaker_core::profile::IconStyle;
use caretaker_core::signal::Level;
use tauri::menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

use crate::tray::texts::Texts;
use crate::{Caretaker, commands, demo, panel};

/// The icon's name for the system.
pub const ID: &str = "caretaker";

/// The icon, the parts of its menu that change, and what they show.
struct Tray {
    icon: TrayIcon<Wry>,
    sentence: MenuItem<Wry>,
    figures: [MenuItem<Wry>; 3],
    next: MenuItem<Wry>,
    demo: MenuItem<Wry>,
    backup: MenuItem<Wry>,
    snooze: Submenu<Wry>,
    wake: MenuItem<Wry>,
    scratch: PathBuf,
    shown: Mutex<Option<Texts>>,
}

/// Puts the icon into the bar. `scratch` is where a Linux panel finds its picture.
///
/// # Errors
/// When the system has no place for it; the panel is there without it.
pub fn build(app: &AppHandle, scratch: &Path) -> tauri::Result<()> {
    let texts = Texts::starting();
    let plain = |id: &str, text: &str, enabled: bool| MenuItem::with_id(app, id, text, enabled, None::<&str>);
    let line = || PredefinedMenuItem::separator(app);

    let sentence = plain("sentence", &texts.sentence, false)?;
    let [cpu, memory, disk] = &texts.figures;
    let figures = [plain("cpu", cpu, false)?, plain("memory", memory, false)?, plain("disk", disk, false)?];
    let next = plain("next", &texts.next, false)?;
    let demo = plain("demo", "Start Demo…", texts.demo)?;
    let backup = plain("backup", &texts.backup, true)?;
    let wake = plain("wake", "Wake", false)?;
    let naps = [
        plain("nap-hour", "For 1 Hour", true)?,
        plain("nap-four-hours", "For 4 Hours", true)?,
        plain("nap-tomorrow", "Until Tomorrow, 8:00", true)?,
    ];
    let snooze = Submenu::with_items(app, "Snooze", false, &[&naps[0], &naps[1], &naps[2], &line()?, &wake])?;
    let menu = Menu::with_items(
        app,
        &[
            &sentence,
            &line()?,
            &figures[0],
            &figures[1],
            &figures[2],
            &line()?,
            &next,
            &line()?,
            &plain("open", "Open Caretaker", true)?,
            &plain("check", "Run Health Check", true)?,
            &backup,
            &snooze,
            &demo,
            &line()?,
            &plain("quit", "Quit Caretaker", true)?,
        ],
    )?;
    let icon = TrayIconBuilder::with_id(ID)
        .icon(icons::image(Level::Unknown, texts.style)?)
        .icon_as_template(texts.style == IconStyle::Plain)
        .tooltip(&texts.tooltip)
        .temp_dir_path(picture_folder(scratch, Level::Unknown))
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(on_menu)
        .on_tray_icon_event(on_click)
        .build(app)?;
    #[cfg(target_os = "macos")]
    crate::macos::name_status_item(app, &icon, &texts.tooltip);
    let scratch = scratch.to_owned();
    app.manage(Tray {
        icon,
        sentence,
        figures,
        next,
        demo,
        backup,
        snooze,
        wake,
        scratch,
        shown: Mutex::new(None),
    });
    Ok(())
}

/// Shows what the overview says, or the worst of the `others`, as far as that changed; `problem` is what keeps
/// Caretaker itself from working.
pub fn show(app: &AppHandle, overview: &Overview, others: &[Arc<Overview>], problem: Option<&str>) {
    let texts = match problem {
        Some(problem) => Texts::broken(problem),
        None => Texts::of(overview),
    };
    let texts = texts.among(overview, others);
    let Some(tray) = app.try_state::<Tray>() else { return };
    let before = tray.shown.lock().unwrap_or_else(PoisonError::into_inner).replace(texts.clone());
    if before.as_ref() == Some(&texts) {
        return;
    }
    // Queued rather than awaited: the loop's thread must never wait for the main thread, which waits for it at the end.
    let handle = app.clone();
    let queued = app.run_on_main_thread(move || {
        let Some(tray) = handle.try_state::<Tray>() else { return };
        if let Err(error) = tray.apply(&handle, before.as_ref(), &texts) {
            tracing::warn!(%error, "the icon could not be changed");
        }
    });
    if let Err(error) = queued {
        tracing::warn!(%error, "the icon could not be changed");
    }
}

/// Where the icon is on the screen, in pixels; `None` on Linux, which does not tell.
pub fn rect(app: &AppHandle) -> Option<tauri::Rect> {
    app.try_state::<Tray>()?.icon.rect().ok().flatten()
}

impl Tray {
    /// Changes only what differs: each change wakes the bar's process.
    fn apply(&self, app: &AppHandle, before: Option<&Texts>, now: &Texts) -> tauri::Result<()> {
        let differs = |part: fn(&Texts) -> &str| before.is_none_or(|before| part(before) != part(now));
        if before.map(|before| (before.level, before.style)) != Some((now.level, now.style)) {
            self.icon.set_temp_dir_path(Some(picture_folder(&self.scratch, now.level)))?;
            // Picture and template flag in one call: with two the icon flickers.
            let image = icons::image(now.level, now.style)?;
            self.icon.set_icon_with_as_template(Some(image), now.style == IconStyle::Plain)?;
        }
        if differs(|texts| &texts.tooltip) {
            self.icon.set_tooltip(Some(&now.tooltip))?;
            #[cfg(target_os = "macos")]
            crate::macos::name_status_item(app, &self.icon, &now.tooltip);
            #[cfg(not(target_os = "macos"))]
            let _ = app;
        }
        if differs(|texts| &texts.sentence) {
            self.sentence.set_text(&now.sentence)?;
        }
        for (number, item) in self.figures.iter().enumerate() {
            if before.is_none_or(|before| before.figures[number] != now.figures[number]) {
                item.set_text(&now.figures[number])?;
            }
        }
        if differs(|texts| &texts.next) {
            // What can be read can be pressed.
            self.next.set_enabled(now.next_view.is_some())?;
            self.next.set_text(&now.next)?;
        }
        if differs(|texts| &texts.backup) {
            self.backup.set_text(&now.backup)?;
        }
        if before.is_none_or(|before| before.demo != now.demo) {
            self.demo.set_enabled(now.demo)?;
        }
        if before.is_none_or(|before| before.snooze != now.snooze) {
            self.snooze.set_enabled(now.snooze.is_some())?;
            let silent = now.snooze.as_ref().and_then(|silent| silent.as_ref());
            self.wake.set_enabled(silent.is_some())?;
            let words =
                silent.map_or_else(|| "Wake".to_owned(), |until| format!("Wake (silent until {until})"));
            self.wake.set_text(words)?;
        }
        Ok(())
    }
}

/// A folder for each light, so that the picture's path tells on the bus which one it is.
fn picture_folder(scratch: &Path, level: Level) -> PathBuf {
    scratch.join(level.as_str())
}

fn on_menu(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        "open" => panel::open(app, panel::From::Icon),
        "check" => in_background(app, |caretaker| {
            for keeper in caretaker.keepers() {
                keeper.check_now();
            }
            Ok(())
        }),
        "next" => {
            let tray = app.try_state::<Tray>();
            let shown = tray.as_ref().and_then(|tray| {
                tray.shown.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.next_view.clone()
            });
            panel::open_at(app, panel::From::Icon, shown.as_deref().unwrap_or("rounds"));
        }
        "demo" => {
            in_background(app, |caretaker| demo::start(&caretaker.keeper()?, &caretaker.place()).map(drop));
        }
        "backup" => {
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                if let Err(error) = commands::backups::back_up(app.clone()).await {
                    panel::complain(&app, &error);
                }
            });
        }
        "nap-hour" => snooze(app, Nap::Hour),
        "nap-four-hours" => snooze(app, Nap::FourHours),
        "nap-tomorrow" => snooze(app, Nap::Tomorrow),
        "wake" => snooze(app, Nap::Over),
        "quit" => app.exit(0),
        _ => {}
    }
}

/// Keeps everything that is open silent for a while.
fn snooze(app: &AppHandle, nap: Nap) {
    in_background(app, move |caretaker| {
        let until = nap.until(Zone::Machine, WallClock.now());
        for keeper in caretaker.keepers() {
            if !keeper.overview().incidents.is_empty() {
                keeper.handle(Handling::Snooze { id: None, until })?;
            }
        }
        Ok(())
    });
}

fn in_background(
    app: &AppHandle,
    work: impl FnOnce(&Caretaker) -> crate::error::AppResult<()> + Send + 'static,
) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        let Some(caretaker) = app.try_state::<Caretaker>() else { return };
        if let Err(error) = work(&caretaker) {
            panel::complain(&app, &error);
        }
    });
}

fn on_click(icon: &TrayIcon<Wry>, event: TrayIconEvent) {
    if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Down, .. } =
        event
    {
        panel::toggle(icon.app_handle());
    }
}
