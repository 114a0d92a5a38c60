//! From the loop to what is on the screen.

use caretaker_core::keeper::Event;
use tauri::{AppHandle, Emitter, EventTarget, Manager};

use crate::{panel, tray};

/// The event that carries a new overview to the page.
pub const OVERVIEW: &str = "overview";

/// Shows what the loop tells: in the tray always, in the page while there is one.
pub fn relay(app: &AppHandle, event: &Event) {
    match event {
        Event::Changed(overview) => {
            tray::show(app, overview, None);
            if app.get_webview_window(panel::LABEL).is_some()
                && let Err(error) =
                    app.emit_to(EventTarget::webview_window(panel::LABEL), OVERVIEW, &**overview)
            {
                tracing::warn!(%error, "the panel did not take the overview");
            }
        }
    }
}
