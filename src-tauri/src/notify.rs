//! Native notifications: told once, replaced when repeated or over, never waited for.

#[cfg(not(target_os = "macos"))]
mod desktop;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use caretaker_core::alerts::{Channel, Notification};
use caretaker_core::error::{Error, ErrorKind, Result};

#[cfg(target_os = "macos")]
use crate::macos::notifications as platform;
#[cfg(not(target_os = "macos"))]
use crate::notify::desktop as platform;

/// How long the loop waits for the system to take a notification; a person's answer is never waited for.
const TAKEN_WITHIN: Duration = Duration::from_secs(3);

/// The channel `native`: the desktop's own notifications.
#[derive(Default)]
pub struct Native {
    shown: Shown,
}

impl Channel for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn deliver(&mut self, notification: &Notification) -> Result<()> {
        allowed_here()?;
        let message = notification.clone();
        let replaced = self.shown.handle_of(&notification.id);
        let (taken, answer) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("notify".into())
            .spawn(move || {
                let _ = taken.send(platform::show(&message, replaced));
            })
            .map_err(|error| Error::new(ErrorKind::System, "the system gave no thread").because(error))?;
        match answer.recv_timeout(TAKEN_WITHIN) {
            Ok(Ok(handle)) => {
                self.shown.remember(&notification.id, handle);
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(_) => {
                Err(Error::new(ErrorKind::System, "the notification service did not answer within 3 seconds")
                    .hint("Icon and window show it all the same."))
            }
        }
    }
}

/// What can still be replaced, oldest first.
#[derive(Default)]
struct Shown(VecDeque<(String, platform::Handle)>);

impl Shown {
    fn handle_of(&mut self, id: &str) -> Option<platform::Handle> {
        let place = self.0.iter().position(|(known, _)| known == id)?;
        self.0.remove(place).map(|(_, handle)| handle)
    }

    fn remember(&mut self, id: &str, handle: platform::Handle) {
        self.0.push_back((id.to_owned(), handle));
        while self.0.len() > platform::REMEMBERED {
            self.0.pop_front();
        }
    }
}

/// Whether the notification service may be called at all from where this program runs.
fn allowed_here() -> Result<()> {
    if cfg!(target_os = "macos") {
        let exe = std::env::current_exe().map_err(|error| {
            Error::new(ErrorKind::System, "Caretaker cannot find its own program").because(error)
        })?;
        return in_bundle(&exe);
    }
    Ok(())
}

/// Outside an application bundle the service of macOS ends the process with an exception that nothing can catch.
fn in_bundle(exe: &Path) -> Result<()> {
    let mut parents = exe.ancestors().skip(1);
    let named =
        |path: Option<&Path>, name: &str| path.and_then(Path::file_name).is_some_and(|found| found == name);
    let inside = named(parents.next(), "MacOS")
        && named(parents.next(), "Contents")
        && parents.next().and_then(Path::extension).is_some_and(|extension| extension == "app");
    if inside {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Denied, "notifications need the application bundle")
        .hint("Start Caretaker.app; a program on its own may not notify on macOS."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_program_inside_a_bundle_may_notify() {
        for fine in
            ["/Applications/Caretaker.app/Contents/MacOS/caretaker-app", "/a b/X.app/Contents/MacOS/x"]
        {
            assert!(in_bundle(Path::new(fine)).is_ok(), "{fine}");
        }
        for bare in [
            "/home/me/target/debug/caretaker-app",
            "/Applications/Caretaker.app/Contents/Resources/caretaker-app",
            "/MacOS/x",
            "/Contents/MacOS/x",
            "/x/Contents/MacOS/x",
            "/",
        ] {
            assert_eq!(in_bundle(Path::new(bare)).unwrap_err().kind, ErrorKind::Denied, "{bare}");
        }
    }
}
