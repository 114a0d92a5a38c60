//! What only Linux needs: a display may be missing, and WebKit's network process outlives the last page.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tauri::{AppHandle, Manager, Theme};

/// Says whether there is a screen to show an icon on; without this question the toolkit would panic.
///
/// # Errors
/// The way to do without one.
pub fn display() -> Result<(), String> {
    gtk::init().map_err(|_| {
        "There is no display to show the icon on. Without a window, use: caretaker watch".to_owned()
    })
}

/// Whether pages will be light or dark: by the same signs as WebKit's `prefers-color-scheme`.
///
/// The window's own answer knows only what a desktop portal says, and many desktops have none.
pub fn theme() -> Theme {
    use gtk::prelude::GtkSettingsExt;
    let named = |name: &str| {
        let name = name.to_lowercase();
        name.ends_with("-dark") || name.ends_with(":dark")
    };
    let forced = std::env::var("GTK_THEME").is_ok_and(|name| named(&name));
    let chosen = gtk::Settings::default().is_some_and(|settings| {
        settings.is_gtk_application_prefer_dark_theme()
            || settings.gtk_theme_name().is_some_and(|name| named(&name))
    });
    if forced || chosen { Theme::Dark } else { Theme::Light }
}

/// A panel that is opened again within this time finds the network process still there.
const LINGER: Duration = Duration::from_secs(4);

/// Ends WebKit's network process some seconds after the panel was closed; the next panel starts its own.
///
/// The page loads nothing from the network and keeps nothing, so nothing is lost with it.
pub fn end_network_process_later(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(LINGER).await;
        let handle = app.clone();
        // On the main thread, where panels are made: none can appear in between.
        let _ = app.run_on_main_thread(move || {
            if handle.get_webview_window(crate::panel::LABEL).is_none() {
                network_processes().into_iter().for_each(|pid| {
                    let _ = kill_process(pid, Signal::TERM);
                });
            }
        });
    });
}

/// Our own children by that name; the kernel cuts names to 15 characters.
fn network_processes() -> Vec<Pid> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|children| children.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter(|child| {
            fs::read_to_string(format!("/proc/{child}/comm"))
                .is_ok_and(|name| name.trim_end() == "WebKitNetworkPr")
        })
        .filter_map(|child| Pid::from_raw(child.parse().ok()?))
        .collect()
}
