//! The notifications of a desktop by freedesktop.org's rules.

use caretaker_core::alerts::Notification;
use caretaker_core::error::{Error, ErrorKind, Result};

use crate::notify::{buttons, listen};

/// Notifications that can still be replaced.
pub const REMEMBERED: usize = 16;

/// The desktop's number of a notification.
pub type Handle = u32;

/// Hands the notification to the desktop; one that is still known is replaced. `act` hears which button was pressed.
pub fn show(
    message: &Notification,
    replaced: Option<Handle>,
    act: impl FnOnce(&str) + Send + 'static,
) -> Result<Handle> {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Caretaker")
        .summary(&message.title)
        .body(&body(&message.body, markup()))
        .icon("caretaker-app")
        .hint(notify_rust::Hint::DesktopEntry("Caretaker".into()))
        // Critical ones stay until clicked, over the very corner where the panel opens; the icon stays red anyway.
        .urgency(notify_rust::Urgency::Normal);
    for (name, words) in buttons(message.kind) {
        notification.action(name, words);
    }
    if let Some(replaced) = replaced {
        notification.id(replaced);
    }
    let shown = notification.show().map_err(|error| {
        Error::new(ErrorKind::System, "the desktop did not take the notification")
            .because(error)
            .hint("Icon and window show it all the same.")
    })?;
    let number = shown.id();
    // The thread keeps the connection too, which some desktops tie a notification to.
    listen(move || shown.wait_for_action(act));
    Ok(number)
}

fn markup() -> bool {
    notify_rust::get_capabilities().is_ok_and(|all| all.iter().any(|one| one == "body-markup"))
}

/// Desktops that read markup in a body would take a module's name for it.
fn body(text: &str, markup: bool) -> String {
    if markup {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text.to_owned()
    }
}

/// Nobody is asked here: whoever wants no notifications says so in the desktop's settings.
pub fn ask() {}

/// A desktop here does not tell.
pub fn are_on() -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        let hostile = "<img src=x onerror=alert(1)> & more";
        assert_eq!(body(hostile, true), "&lt;img src=x onerror=alert(1)&gt; &amp; more");
        assert_eq!(body(hostile, false), hostile);
    }
}
