//! What the page is told while it is there.

use serde::Serialize;
use tauri::{AppHandle, Emitter, EventTarget};

use crate::panel;

/// The event that carries a new overview of the ecosystem that is shown.
pub const OVERVIEW: &str = "overview";
/// The event that carries the list of all ecosystems.
pub const ECOSYSTEMS: &str = "ecosystems";

/// Tells the page, if there is one.
pub fn tell_page(app: &AppHandle, event: &str, what: &(impl Serialize + ?Sized)) {
    if panel::is_open(app)
        && let Err(error) = app.emit_to(EventTarget::webview_window(panel::LABEL), event, what)
    {
        tracing::warn!(%error, event, "the panel was not told");
    }
}
