//! The Notification Center. Only called from inside an application bundle.

use caretaker_core::alerts::{Notification, NotificationKind};
use caretaker_core::error::{Error, ErrorKind, Result};
use caretaker_core::signal::Level;
use mac_usernotifications::AuthorizationStatus;
use notify_rust::{InterruptionLevel, get_notification_settings_blocking, request_auth_blocking};

use crate::notify::{buttons, listen};

/// The Center does the remembering.
pub const REMEMBERED: usize = 0;

/// Nothing to keep: the Center replaces by the incident's own name.
pub type Handle = ();

/// Asks the person whether Caretaker may notify, where nobody asked yet; waits for the answer.
pub fn ask() {
    if are_on().is_none()
        && let Err(error) = request_auth_blocking()
    {
        tracing::info!(%error, "nobody could be asked for permission to notify");
    }
}

/// Hands the notification to the Center, asking for permission where nobody was asked before.
/// `act` hears which button was pressed.
pub fn show(
    message: &Notification,
    _replaced: Option<Handle>,
    act: impl FnOnce(&str) + Send + 'static,
) -> Result<Handle> {
    // Waits for the person at the very first one; the loop has stopped waiting by then.
    let granted = request_auth_blocking().map_err(|error| not_taken(&error))?;
    if !granted {
        return Err(off());
    }
    let level = match (message.kind, message.level) {
        (NotificationKind::Recovered | NotificationKind::Reminder, _) => InterruptionLevel::Passive,
        (NotificationKind::Raised | NotificationKind::Flapping, Level::Red) => {
            InterruptionLevel::TimeSensitive
        }
        _ => InterruptionLevel::Active,
    };
    let mut notification = notify_rust::Notification::new();
    notification
        .id(message.id.as_str())
        .summary(&message.title)
        .body(&message.body)
        .interruption_level(level);
    for (name, words) in buttons(message.kind) {
        notification.action(name, words);
    }
    let shown = notification.show().map_err(|error| not_taken(&error))?;
    // A response may never come (“Clear All” gives none): the threads that wait are few, and nothing waits for them.
    listen(move || {
        shown.wait_for_action(act);
    });
    Ok(())
}

/// Whether the Center shows what Caretaker tells; `None` while nobody was asked.
pub fn are_on() -> Option<bool> {
    let settings = get_notification_settings_blocking().ok()?;
    match settings.authorization_status {
        AuthorizationStatus::NotDetermined | AuthorizationStatus::Unknown => None,
        AuthorizationStatus::Denied => Some(false),
        _ => Some(true),
    }
}

fn off() -> Error {
    Error::new(ErrorKind::Denied, "notifications are off for Caretaker")
        .hint("Turn them on in System Settings ▸ Notifications ▸ Caretaker.")
}

fn not_taken(error: &dyn std::error::Error) -> Error {
    Error::new(ErrorKind::System, format!("macOS did not take the notification: {error}"))
        .hint("Icon and window show it all the same.")
}
