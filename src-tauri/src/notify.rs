//! Native notifications: told once, replaced when repeated or over, never waited for.

#[cfg(not(target_os = "macos"))]
mod desktop;

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use caretaker_core::alerts::{Channel, Handling, Nap, Notification, NotificationKind};
use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::error::{Error, ErrorKind, Result};
use caretaker_core::keeper::Keeper;
use caretaker_core::profile::MAIN_SITE;
use tauri::{AppHandle, Manager};

#[cfg(target_os = "macos")]
use crate::macos::notifications as platform;
#[cfg(not(target_os = "macos"))]
use crate::notify::desktop as platform;
use crate::{Caretaker, panel};

/// How long the loop waits for the system to take a notification; a person's answer is never waited for.
const TAKEN_WITHIN: Duration = Duration::from_secs(3);

/// The channel `native`: the desktop's own notifications.
pub struct Native {
    app: AppHandle,
    /// The ecosystem that is spoken of.
    ecosystem: String,
    shown: Shown,
    newest: Newest,
}

impl Native {
    /// Notifications about `ecosystem`, whose buttons act on `app`.
    pub fn new(app: AppHandle, ecosystem: &str) -> Self {
        Self { app, ecosystem: ecosystem.to_owned(), shown: Shown::default(), newest: Newest::default() }
    }
}

impl Channel for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn deliver(&mut self, notification: &Notification) -> Result<()> {
        allowed_here()?;
        let mut message = notification.clone();
        // The system knows one sender: two ecosystems must not replace each other's.
        if self.ecosystem != MAIN_SITE {
            message.id = format!("{}/{}", self.ecosystem, message.id);
        }
        let replaced = self.shown.handle_of(&notification.id);
        let answer = self.newest.answer(&self.app, &self.ecosystem, notification);
        let (taken, reply) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("notify".into())
            .spawn(move || {
                let _ = taken.send(platform::show(&message, replaced, move |action| answer.take(action)));
            })
            .map_err(|error| Error::new(ErrorKind::System, "the system gave no thread").because(error))?;
        match reply.recv_timeout(TAKEN_WITHIN) {
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

/// The buttons: their names for the system and what they say. The names are fixed to the words, since macOS takes
/// other words under the same names for a change of earlier notifications.
const BUTTONS: [(&str, &str); 2] = [("open", "Open"), ("snooze", "Snooze 1 h")];

/// Which notification of each id is the newest: one that was replaced has nothing to say any more.
#[derive(Default, Clone)]
struct Newest(Arc<Mutex<HashMap<String, u64>>>);

impl Newest {
    fn answer(&self, app: &AppHandle, ecosystem: &str, about: &Notification) -> Answer {
        let (id, kind) = (&about.id, about.kind);
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let serial = newest.values().max().copied().unwrap_or_default() + 1;
        newest.insert(id.clone(), serial);
        let (ecosystem, id) = (ecosystem.to_owned(), id.clone());
        Answer { app: app.clone(), ecosystem, id, kind, serial, newest: self.clone() }
    }
}

/// What a person's click on a notification does.
struct Answer {
    app: AppHandle,
    ecosystem: String,
    id: String,
    kind: NotificationKind,
    serial: u64,
    newest: Newest,
}

impl Answer {
    /// Does what `action` names; a notification that was merely closed asks for nothing.
    fn take(self, action: &str) {
        let newest = self.newest.0.lock().unwrap_or_else(PoisonError::into_inner).get(&self.id).copied();
        if newest != Some(self.serial) {
            return;
        }
        if matches!(action, "default" | "open") {
            let caretaker = self.app.state::<Caretaker>();
            if let Err(error) = caretaker.show(&self.app, &self.ecosystem) {
                tracing::info!(message = %error.message, "what it told of is not watched any more");
            }
        }
        match action {
            "default" | "open" if self.kind == NotificationKind::Reminder => {
                panel::open_at(&self.app, panel::From::Launch, "rounds");
            }
            // What helps is opened at once, where it is known.
            "default" | "open" => match self.procedure() {
                Some(view) => panel::open_at(&self.app, panel::From::Launch, view),
                None => panel::open(&self.app, panel::From::Launch),
            },
            "snooze" => {
                let until = Nap::Hour.until(Zone::Machine, WallClock.now());
                let handling = Handling::SnoozeTold { id: self.id.clone(), until };
                let done = self.keeper().map(|keeper| keeper.handle(handling));
                if let Some(Err(error)) = done {
                    tracing::info!(%error, "the snooze came too late");
                }
            }
            _ => {}
        }
    }

    /// The loop that watches what it tells of.
    fn keeper(&self) -> Option<Keeper> {
        self.app.state::<Caretaker>().member(&self.ecosystem).ok()?.keeper.clone().ok()
    }

    /// The place in the window where somebody does something about what it tells of, as long as that goes on.
    fn procedure(&self) -> Option<&'static str> {
        let overview = self.keeper()?.overview();
        let incident = overview.incidents.iter().find(|incident| incident.id == self.id)?;
        let signals = &overview.verdict.as_ref()?.signals;
        let signal = signals.iter().find(|signal| signal.id == incident.signal)?;
        signal.remedy.as_ref()?.action?.aim()
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

/// Notifications whose buttons are listened to at most: each keeps a thread asleep until it is closed.
const LISTENED: usize = 8;

/// Threads that listen to buttons just now.
static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// Has a thread wait for a person's click, if there are not too many that wait already.
pub(crate) fn listen(wait: impl FnOnce() + Send + 'static) {
    if LISTENERS.fetch_add(1, Ordering::SeqCst) >= LISTENED {
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
        return;
    }
    let listening = std::thread::Builder::new().name("buttons".into()).spawn(move || {
        wait();
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
    });
    if listening.is_err() {
        LISTENERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The buttons of a notification: only what goes on can be snoozed, and a reminder leads to its round.
pub(crate) fn buttons(kind: NotificationKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        NotificationKind::Raised | NotificationKind::Repeated | NotificationKind::Flapping => &BUTTONS,
        NotificationKind::Reminder => &BUTTONS[..1],
        NotificationKind::Recovered | NotificationKind::Test => &[],
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

/// Asks the person whether Caretaker may notify, where the system wants that and nobody asked yet: when something begins to
/// be watched, so that the reason is plain, and not in the middle of the first alarm.
pub fn ask_permission() {
    if allowed_here().is_err() {
        return;
    }
    // The person takes their time.
    if let Err(error) = std::thread::Builder::new().name("permission".into()).spawn(platform::ask) {
        tracing::info!(%error, "nobody was asked for permission to notify");
    }
}

/// Whether the system shows our notifications; `None` where it does not tell, or nobody was asked yet.
pub fn are_on() -> Option<bool> {
    allowed_here().ok()?;
    platform::are_on()
}

/// Outside an application bundle the service of macOS ends the process with an exception that nothing can catch.
pub(crate) fn in_bundle(exe: &Path) -> Result<()> {
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
