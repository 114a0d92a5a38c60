//! The stories of alerts: what is told, how often, and by which way, with a real mail server and a real listener.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/posts.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod posts;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use caretaker_desktop::{Notice, Stage, Started, Tray, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(120);

/// Time in which something that must not come would have come: ten looks and more.
const SILENCE: Duration = Duration::from_secs(14);

type Heard = Arc<Mutex<Vec<String>>>;

/// A listener that takes every message; gives its port and what it heard.
fn listener() -> (u16, Heard) {
    let (at, hears) = posts::listens();
    let heard = Heard::default();
    let ear = Arc::clone(&heard);
    std::thread::spawn(move || {
        for posted in hears {
            ear.lock().unwrap().push(posted.head + &String::from_utf8_lossy(&posted.body));
        }
    });
    (at.port(), heard)
}

/// A mail server; gives its port and what was delivered.
fn mail_server() -> (Started, u16, Heard) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../support/smtp_server.py");
    // Debian's own Python: its package brings the server.
    let mut command = Command::new("/usr/bin/python3");
    let mut server = Started::new(command.arg(script).arg("plain").stdout(Stdio::piped())).unwrap();
    let mut lines = BufReader::new(server.stdout().unwrap()).lines();
    let port = lines.next().unwrap().unwrap().parse().unwrap();
    let heard = Heard::default();
    let ear = Arc::clone(&heard);
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            ear.lock().unwrap().push(line);
        }
    });
    (server, port, heard)
}

/// Mail and webhook beside the desktop's own notifications.
struct Ways {
    web: Heard,
    letters: Heard,
    channels: String,
    _server: Started,
}

impl Ways {
    fn open() -> Self {
        let (port, web) = listener();
        let (server, smtp, letters) = mail_server();
        let channels = format!(
            "[[channels]]\nname = \"native\"\n\n\
             [[channels]]\nname = \"team\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/hook\"\n\n\
             [[channels]]\nname = \"mail\"\nkind = \"mail\"\nserver = \"127.0.0.1\"\nport = {smtp}\n\
             security = \"none\"\nsender = \"caretaker@example.com\"\nto = [\"me@example.com\"]\n"
        );
        Self { web, letters, channels, _server: server }
    }
}

fn heard(way: &Heard) -> Vec<String> {
    way.lock().unwrap().clone()
}

/// Presses “Snooze, for one hour” in the icon's menu, once it is offered.
fn silence(tray: &Tray) {
    until("a menu that offers silence", PATIENCE, || {
        Ok(tray.menu()?.iter().any(|item| item.label == "Snooze" && item.enabled).then_some(()))
    })
    .unwrap();
    tray.press("For 1 Hour").unwrap();
}

fn all_silent(stage: &Stage) -> anyhow::Result<bool> {
    Ok(stage.incidents()?.iter().all(|incident| incident["state"] == "snoozed"))
}

fn app(stage: &Stage) -> (Started, Tray) {
    let mut command = stage.desktop.command(&stage.app);
    let app = Started::new(stage.watching(&mut command)).unwrap();
    let tray = Tray::wait(stage.desktop.bus(), Some(app.pid()), PATIENCE).unwrap();
    (app, tray)
}

/// Waits for a notification that says `word`.
fn notice(stage: &mut Stage, word: &str) -> Notice {
    until(&format!("a notification with “{word}”"), PATIENCE, || {
        stage.take_note();
        let fits = |notice: &&Notice| {
            notice.id.is_some() && format!("{} {}", notice.summary, notice.body).contains(word)
        };
        Ok(stage.notices.heard().iter().find(fits).cloned())
    })
    .unwrap()
}

#[test]
fn an_error_storm_is_told_once_with_the_module_by_every_way_and_can_be_silenced() {
    let ways = Ways::open();
    let mut stage = Stage::set().unwrap();
    stage.add_to_profile(&ways.channels).unwrap();
    stage.play("error-storm").unwrap();
    let (_app, tray) = app(&stage);
    let told = notice(&mut stage, "Knowledge Acquisition System");
    assert!(told.actions.contains(&"Snooze 1 h".to_owned()), "{told:?}");
    for way in [&ways.web, &ways.letters] {
        let first = until("the same by another way", PATIENCE, || Ok(heard(way).first().cloned())).unwrap();
        assert!(first.contains("Knowledge Acquisition System"), "{first}");
    }

    // From the icon's menu: silent from now on, and it says so.
    silence(&tray);
    until("everything silent on record", PATIENCE, || Ok(all_silent(&stage)?.then_some(()))).unwrap();
    std::thread::sleep(SILENCE);
    let notices = stage.notices.heard();
    assert_eq!(notices.len(), 1, "exactly one: {notices:?}");
    assert_eq!((heard(&ways.web).len(), heard(&ways.letters).len()), (1, 1));
    assert!(all_silent(&stage).unwrap(), "the snooze holds");
}

#[test]
fn what_is_silent_is_told_all_the_same_when_it_is_over() {
    let ways = Ways::open();
    let mut stage = Stage::set().unwrap();
    stage.add_to_profile(&ways.channels).unwrap();
    stage.play("healthy").unwrap();
    let (_app, tray) = app(&stage);
    stage.play("crash").unwrap();
    let told = notice(&mut stage, "The process is gone");
    silence(&tray);
    until("everything silent on record", PATIENCE, || Ok(all_silent(&stage)?.then_some(()))).unwrap();

    stage.play("healthy").unwrap();
    let over = notice(&mut stage, "well again");
    assert_eq!(Some(over.replaces), told.id, "it takes the place of the alarm");
    until("beginning and end by every way", PATIENCE, || {
        Ok((heard(&ways.web).len() == 2 && heard(&ways.letters).len() == 2).then_some(()))
    })
    .unwrap();
    assert!(heard(&ways.web)[1].contains("well again") && heard(&ways.letters)[1].contains("well again"));
}

#[test]
fn flapping_is_one_notice() {
    let mut stage = Stage::set().unwrap();
    // Sides change every twenty seconds: four changes are more than a minute away.
    stage.add_to_alerts("samples = 2\nbreaches = 1\nflaps = 3\n").unwrap();
    stage.play("flapping").unwrap();
    let (_app, _tray) = app(&stage);
    let notice = notice(&mut stage, "keeps changing");
    assert!(notice.body.contains("flapping"), "{notice:?}");
    std::thread::sleep(Duration::from_secs(45));
    let heard = stage.notices.heard();
    let count = |word: &str| heard.iter().filter(|notice| notice.summary.contains(word)).count();
    assert_eq!(count("keeps changing"), 1, "{heard:?}");
    let after = heard.iter().skip_while(|notice| !notice.summary.contains("keeps changing")).count();
    assert_eq!(after, 1, "nothing more while it goes on: {heard:?}");
}
