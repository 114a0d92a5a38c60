//! The stories: the real app on a real desktop, watching the real demo.
#![cfg(target_os = "linux")]

mod stage;

use std::time::Duration;

use caretaker_desktop::{Page, Tray, until};
use stage::Stage;

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn a_crash_is_seen_told_once_and_over_once() {
    let mut stage = Stage::set().unwrap();
    stage.play("healthy").unwrap();

    let page = Page::start(
        &stage.desktop,
        &stage.app,
        |command| stage.watching(command),
        || Tray::wait(stage.desktop.bus(), None, PATIENCE)?.press("Open Caretaker"),
    )
    .unwrap();
    let tray = Tray::wait(stage.desktop.bus(), None, PATIENCE).unwrap();

    let healthy = stage.light(&tray, &page, "green", PATIENCE).unwrap();
    stage.picture(&page, "healthy").unwrap();
    assert_eq!(stage.notices.heard(), [], "nothing is told while all is well");

    stage.play("crash").unwrap();
    let crashed = stage.light(&tray, &page, "red", PATIENCE).unwrap();
    assert_ne!(crashed, healthy);
    let told = until("a notification of the crash", PATIENCE, || {
        Ok(stage.notices.heard().first().filter(|notice| notice.id.is_some()).cloned())
    })
    .unwrap();
    assert!(
        format!("{} {}", told.summary, told.body).to_lowercase().contains("process"),
        "the notification names what is wrong: {told:?}"
    );
    stage.picture(&page, "crashed").unwrap();

    stage.play("healthy").unwrap();
    stage.light(&tray, &page, "green", PATIENCE).unwrap();
    let heard = until("a notification that it is over", PATIENCE, || {
        let heard = stage.notices.heard();
        Ok(heard.get(1).is_some_and(|notice| notice.id.is_some()).then_some(heard))
    })
    .unwrap();
    stage.picture(&page, "recovered").unwrap();
    assert_eq!(heard.len(), 2, "one for the crash, one for its end: {heard:?}");
    assert_eq!(Some(heard[1].replaces), told.id, "the end takes the place of the alarm: {heard:?}");
}
