//! A tray icon, a menu of two lines, and a window that is made when it is asked for.

use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{App, AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .setup(|app| {
            tray(app)?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|_app, event| {
        // The last window closed is no reason to end.
        if let tauri::RunEvent::ExitRequested { api, code: None, .. } = event {
            api.prevent_exit();
        }
    });
    Ok(())
}

fn tray(app: &App) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, "open", "Open", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let mut tray =
        TrayIconBuilder::new().menu(&Menu::with_items(app, &[&open, &quit])?).on_menu_event(|app, event| {
            match event.id().as_ref() {
                "open" => panel(app),
                _ => app.exit(0),
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}

/// Shows the window, or closes it when it is there.
fn panel(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("panel") {
        let _ = window.destroy();
        return;
    }
    let _ = WebviewWindowBuilder::new(app, "panel", WebviewUrl::App("index.html".into()))
        .title("Bare")
        .inner_size(420.0, 640.0)
        .decorations(false)
        .build();
}
