//! The stories: the real app on a real desktop, watching the real demo.
#![cfg(target_os = "linux")]

use std::time::Duration;

use caretaker_desktop::{Page, Stage, Started, Tray, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn a_crash_is_seen_told_once_and_over_once() {
    let mut stage = Stage::set().unwrap();
    stage.play("healthy").unwrap();

    let page = stage.open_page(PATIENCE).unwrap();
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

#[test]
fn without_a_profile_the_panel_opens_by_itself_and_the_demo_is_one_click_away() {
    let mut stage = Stage::set().unwrap();
    // No profile is named, and the user has none: nobody presses anything before the panel is there.
    let page = Page::start(&stage.desktop, &stage.app, |command| command, || Ok(())).unwrap();
    let tray = Tray::wait(stage.desktop.bus(), None, PATIENCE).unwrap();
    until("the first view", PATIENCE, || {
        Ok(page.text("h1")?.contains("What shall Caretaker watch").then_some(()))
    })
    .unwrap();
    stage.picture(&page, "first-run").unwrap();

    page.press("Try It with the Demo Ecosystem").unwrap();
    stage.light(&tray, &page, "green", PATIENCE).unwrap();
    stage.picture(&page, "first-run-done").unwrap();
    let made = stage.desktop.home().join(".local/share/caretaker/demo");
    assert!(made.join("caretaker.toml").exists(), "the demo was made in {}", made.display());
    stage.end_stand_in_of(&made).unwrap();
}

#[test]
fn launching_again_opens_the_panel_of_the_running_app_and_escape_ends_it_whole() {
    let mut stage = Stage::set().unwrap();
    stage.play("healthy").unwrap();
    let launch = || {
        let mut command = stage.desktop.command(&stage.app);
        Started::new(stage.watching(&mut command)).unwrap()
    };
    let mut app = launch();
    let tray = Tray::wait(stage.desktop.bus(), Some(app.pid()), PATIENCE).unwrap();
    let panels = || stage.desktop.windows("Caretaker").unwrap().len();
    let web = || app.children().into_iter().filter(|name| name.starts_with("WebKitWebProc")).count();
    assert_eq!((panels(), web()), (0, 0), "nothing of a web view before somebody looks");

    assert!(launch().end().unwrap(), "the second app hands over and ends without complaint");
    until("the panel of the first app", PATIENCE, || Ok((panels() == 1 && web() == 1).then_some(())))
        .unwrap();
    assert_eq!(tray.pid().unwrap(), app.pid(), "there is one icon, of the first app");

    // The page hears keys only once it is there.
    until("an end of the panel and its web process", PATIENCE, || {
        if panels() == 0 && web() == 0 {
            return Ok(Some(()));
        }
        stage.desktop.press("Escape")?;
        Ok(None)
    })
    .unwrap();
    assert!(tray.labels().is_ok(), "the icon stays");
    assert!(app.runs());

    // By the way of its menu's Quit, which writes down what is only in memory, and not by the signal itself.
    assert!(app.ask_to_end().unwrap(), "asked to end, it ends in order");
}

#[test]
fn a_hostile_name_is_text_and_nothing_else() {
    const NAME: &str = "<img src=x onerror=alert(1)>";
    let stage = Stage::set().unwrap();
    stage.claim_and_log(NAME).unwrap();
    let page = stage.open_page(PATIENCE).unwrap();
    let shown = until("the name among modules and errors", PATIENCE, || {
        let text = page.text("main")?;
        Ok((text.matches(NAME).count() >= 2).then_some(text))
    })
    .unwrap();
    let made = page
        .run("return document.querySelectorAll('img, script:not([src]), [onerror]').length", &[])
        .unwrap();
    assert_eq!(made, 0, "{shown}");
    stage.picture(&page, "hostile").unwrap();
}
