//! The window under the icon: made when it is opened, destroyed when it is closed.

mod latch;
mod placement;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::window::Color;
use tauri::{
    AppHandle, Emitter, EventTarget, Manager, Theme, WebviewUrl, WebviewWindowBuilder, WindowEvent, Wry,
};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath, MessageDialogKind};
use tokio::sync::oneshot;

use crate::error::{AppError, AppResult};
use crate::panel::latch::Press;
use crate::panel::placement::{Area, Screen};
use crate::{Caretaker, tray};

/// The window's label, which the capability names.
pub const LABEL: &str = "panel";

/// The event that has the page ask for the view that is wanted.
const VIEW: &str = "view";

/// Window managers take the focus away and give it back while a window appears.
const SETTLED: Duration = Duration::from_millis(120);

/// How often the focus is asked for again at most.
const INSISTED: usize = 25;

/// What must be remembered about the panel between two events.
#[derive(Default)]
pub struct Panel {
    blurred_at: Mutex<Option<Instant>>,
    was_focused: AtomicBool,
    dialogs: Arc<AtomicUsize>,
    /// What the page shows first, where somebody asked for more than the window.
    view: Mutex<Option<String>>,
}

/// Keeps the panel open while a dialogue of ours has the focus.
struct Held(Arc<AtomicUsize>);

impl Panel {
    fn hold(&self) -> Held {
        self.dialogs.fetch_add(1, Ordering::SeqCst);
        Held(Arc::clone(&self.dialogs))
    }

    fn blurred(&self) -> Option<Instant> {
        *self.blurred_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_blurred(&self, at: Option<Instant>) {
        *self.blurred_at.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What the panel was opened from, where the system does not tell where the icon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The icon or its menu: the pointer is near.
    Icon,
    /// A launch: the pointer may be anywhere.
    Launch,
}

/// Opens the panel, or brings it to the front.
pub fn open(app: &AppHandle, from: From) {
    on_main_thread(app, move |app| {
        if let Err(error) = open_now(app, from) {
            tracing::error!(%error, "the panel did not open");
            complain(app, &AppError::from(error));
        }
    });
}

/// Opens the panel, or brings it to the front, at a view: `rounds:morning`, `report:evening`.
pub fn open_at(app: &AppHandle, from: From, view: &str) {
    // Kept until the page takes it: a page that has just been opened hears no events yet.
    *app.state::<Panel>().view.lock().unwrap_or_else(PoisonError::into_inner) = Some(view.to_owned());
    if app.get_webview_window(LABEL).is_some()
        && let Err(error) = app.emit_to(EventTarget::webview_window(LABEL), VIEW, ())
    {
        tracing::warn!(%error, "the panel did not take the view");
    }
    open(app, from);
}

/// The view that somebody asked for, once.
pub fn take_view(app: &AppHandle) -> Option<String> {
    app.state::<Panel>().view.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Closes the panel; the app goes on.
pub fn close(app: &AppHandle) {
    on_main_thread(app, |app| {
        if let Some(window) = app.get_webview_window(LABEL)
            && let Err(error) = window.close()
        {
            tracing::warn!(%error, "the panel did not close");
        }
    });
}

/// Does what a press on the icon means.
pub fn toggle(app: &AppHandle) {
    let is_open = app.get_webview_window(LABEL).is_some();
    let since_blur = app.state::<Panel>().blurred().map(|at| at.elapsed());
    match latch::press(is_open, since_blur) {
        Press::Opens => open(app, From::Icon),
        Press::Closes => close(app),
        Press::Nothing => {}
    }
}

/// Asks for a folder over the panel, which stays open meanwhile; `None` when it was cancelled.
///
/// # Errors
/// When the dialogue vanished without an answer.
pub async fn ask_for_folder(app: &AppHandle, title: &str) -> AppResult<Option<PathBuf>> {
    ask(app, title, |dialog, reply| dialog.pick_folder(reply)).await
}

/// Asks for a file that is there, in the same way.
///
/// # Errors
/// When the dialogue vanished without an answer.
pub async fn ask_for_file(app: &AppHandle, title: &str) -> AppResult<Option<PathBuf>> {
    ask(app, title, |dialog, reply| dialog.pick_file(reply)).await
}

/// Asks where to write a file called `name`, in the same way.
///
/// # Errors
/// When the dialogue vanished without an answer.
pub async fn ask_for_new_file(app: &AppHandle, name: &str) -> AppResult<Option<PathBuf>> {
    ask(app, "Export", |dialog, reply| dialog.set_file_name(name).save_file(reply)).await
}

async fn ask(
    app: &AppHandle,
    title: &str,
    show: impl FnOnce(FileDialogBuilder<Wry>, Box<dyn FnOnce(Option<FilePath>) + Send>),
) -> AppResult<Option<PathBuf>> {
    let held = app.state::<Panel>().hold();
    let (reply, answer) = oneshot::channel();
    let mut dialog = app.dialog().file().set_title(title);
    if let Ok(home) = app.path().home_dir() {
        dialog = dialog.set_directory(home);
    }
    if let Some(window) = app.get_webview_window(LABEL) {
        dialog = dialog.set_parent(&window);
    }
    show(
        dialog,
        Box::new(move |chosen| {
            let _ = reply.send(chosen);
        }),
    );
    let chosen = answer.await.map_err(|_| AppError::system("The dialogue closed without an answer."))?;
    if let Some(window) = app.get_webview_window(LABEL) {
        let _ = window.set_focus();
    }
    drop(held);
    chosen
        .map(|path| path.into_path().map_err(|error| AppError::system(format!("That is no path: {error}"))))
        .transpose()
}

/// Shows an error that nobody in the page asked for.
pub fn complain(app: &AppHandle, error: &AppError) {
    let held = app.state::<Panel>().hold();
    let text = match &error.hint {
        Some(hint) => format!("{}\n\n{hint}", error.message),
        None => error.message.clone(),
    };
    app.dialog().message(text).title("Caretaker").kind(MessageDialogKind::Error).show(move |_| drop(held));
}

fn open_now(app: &AppHandle, from: From) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.show()?;
        return window.set_focus();
    }
    let area = placement_now(app, from)?;
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Caretaker")
        .inner_size(area.width, area.height)
        .position(area.x, area.y)
        .decorations(false)
        .resizable(false)
        .maximizable(false)
        .minimizable(false)
        .skip_taskbar(true)
        .always_on_top(true)
        .accept_first_mouse(true)
        .visible(false)
        .initialization_script(first_snapshot(app))
        .build()?;
    // Nothing flashes before the page is painted.
    #[cfg(target_os = "macos")]
    let theme = window.theme()?;
    #[cfg(not(target_os = "macos"))]
    let theme = crate::linux::theme();
    window.set_background_color(Some(page_colour(theme)))?;
    let state = app.state::<Panel>();
    state.was_focused.store(false, Ordering::SeqCst);
    state.set_blurred(None);
    let handle = app.clone();
    window.on_window_event(move |event| on_window_event(&handle, event));
    #[cfg(target_os = "macos")]
    crate::macos::show_over_everything(&window, area.x, area.y)?;
    #[cfg(not(target_os = "macos"))]
    show_at(&window, area)?;
    window.set_focus()?;
    insist(app);
    looked_at(app, true);
    Ok(())
}

/// Asks for the focus again until the window has had it once: a window manager may not have heard the first time, as the
/// window was not on the screen yet, and without the focus neither keys nor Escape arrive.
fn insist(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        for _ in 0..INSISTED {
            tokio::time::sleep(SETTLED).await;
            let Some(window) = app.get_webview_window(LABEL) else { return };
            if app.state::<Panel>().was_focused.load(Ordering::SeqCst) {
                return;
            }
            if let Err(error) = window.set_focus() {
                tracing::info!(%error, "the panel was not given the focus");
            }
        }
    });
}

/// The newest overview as a script, so that the page has something to paint before its first question is answered.
fn first_snapshot(app: &AppHandle) -> String {
    let overview =
        app.try_state::<Caretaker>().and_then(|it| it.keeper().ok()).map(|keeper| keeper.overview());
    // Nothing but JSON: whatever a name holds, it stays inside its string.
    let json = overview
        // Before the first look there is nothing to show but waiting.
        .filter(|overview| overview.verdict.is_some())
        .and_then(|overview| serde_json::to_string(&*overview).ok());
    let view = take_view(app).and_then(|view| serde_json::to_string(&view).ok());
    [("firstOverview", json), ("firstView", view)]
        .into_iter()
        .filter_map(|(name, json)| {
            Some(format!("Object.defineProperty(window, '{name}', {{ value: {} }});", json?))
        })
        .collect()
}

/// Window managers place a window as if it had a title bar; said again once it is there, the place counts.
#[cfg(not(target_os = "macos"))]
fn show_at(window: &tauri::WebviewWindow, area: Area) -> tauri::Result<()> {
    window.show()?;
    window.set_position(tauri::LogicalPosition::new(area.x, area.y))
}

/// The page's own background: `--window` of `ui/src/styles/base.css`.
fn page_colour(theme: Theme) -> Color {
    match theme {
        Theme::Dark => Color(30, 30, 32, 255),
        _ => Color(246, 246, 246, 255),
    }
}

fn on_window_event(app: &AppHandle, event: &WindowEvent) {
    let state = app.state::<Panel>();
    match event {
        WindowEvent::Focused(true) => {
            state.was_focused.store(true, Ordering::SeqCst);
            state.set_blurred(None);
        }
        WindowEvent::Focused(false) if state.was_focused.load(Ordering::SeqCst) => {
            state.set_blurred(Some(Instant::now()));
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(SETTLED).await;
                close_if_left(&app);
            });
        }
        #[cfg(target_os = "macos")]
        WindowEvent::CloseRequested { .. } => crate::macos::release_panel(app),
        WindowEvent::Destroyed => {
            looked_at(app, false);
            #[cfg(not(target_os = "macos"))]
            crate::linux::end_network_process_later(app);
        }
        _ => {}
    }
}

fn close_if_left(app: &AppHandle) {
    let state = app.state::<Panel>();
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let held = state.dialogs.load(Ordering::SeqCst) > 0;
    if !held && state.blurred().is_some() && !window.is_focused().unwrap_or(false) {
        close(app);
    }
}

/// Whether the window is there.
pub fn is_open(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some()
}

/// Tells the loop of what is shown whether somebody looks.
fn looked_at(app: &AppHandle, open: bool) {
    if let Some(caretaker) = app.try_state::<Caretaker>()
        && let Ok(keeper) = caretaker.keeper()
    {
        keeper.panel_open(open);
    }
}

/// Under the icon where the system tells where that is, under the pointer's place in the bar otherwise.
fn placement_now(app: &AppHandle, from: From) -> tauri::Result<Area> {
    let screens: Vec<Screen> = app.available_monitors()?.iter().map(screen).collect();
    let found = anchor(app, from, &screens).and_then(|anchor| placement::screen_of(anchor, &screens));
    let (anchor, free) = match found {
        Some((anchor, free)) => (Some(anchor), free),
        None => {
            let first = app.primary_monitor()?.as_ref().map(screen).or_else(|| screens.first().copied());
            let free = first.map(|screen| screen.free.scaled_down(screen.scale));
            (None, free.unwrap_or(Area { x: 0.0, y: 0.0, width: 1280.0, height: 800.0 }))
        }
    };
    Ok(placement::place(anchor, free))
}

/// The icon, or else where in the bar the pointer is, in pixels.
fn anchor(app: &AppHandle, from: From, screens: &[Screen]) -> Option<Area> {
    match tray::rect(app) {
        Some(rect) => {
            let (place, size) = (rect.position.to_physical::<f64>(1.0), rect.size.to_physical::<f64>(1.0));
            Some(Area { x: place.x, y: place.y, width: size.width, height: size.height })
        }
        None if from == From::Icon => {
            let pointer = app.cursor_position().ok()?;
            placement::in_bar((pointer.x, pointer.y), screens)
        }
        None => None,
    }
}

fn screen(monitor: &tauri::Monitor) -> Screen {
    let (place, size, free) = (monitor.position(), monitor.size(), monitor.work_area());
    let area = |x: i32, y: i32, width: u32, height: u32| Area {
        x: x.into(),
        y: y.into(),
        width: width.into(),
        height: height.into(),
    };
    Screen {
        whole: area(place.x, place.y, size.width, size.height),
        free: area(free.position.x, free.position.y, free.size.width, free.size.height),
        scale: monitor.scale_factor(),
    }
}

fn on_main_thread(app: &AppHandle<Wry>, work: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    if let Err(error) = app.run_on_main_thread(move || work(&handle)) {
        tracing::error!(%error, "the window system is gone");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_has_the_colour_of_its_page_before_the_page_is_there() {
        let css = include_str!("../../ui/src/styles/base.css");
        let colours: Vec<&str> = css
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--window: ")?.strip_suffix(';'))
            .collect();
        let hex = |Color(red, green, blue, _): Color| format!("#{red:02x}{green:02x}{blue:02x}");
        assert_eq!(colours, [hex(page_colour(Theme::Light)), hex(page_colour(Theme::Dark))]);
    }
}
