//! The story of two ecosystems on one machine: the worst light in the bar, a switcher, one put off and watched again.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use anyhow::ensure;
use caretaker_desktop::{Stage, Tray, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_bar_shows_the_worst_of_two_and_the_window_either() {
    let mut stage = Stage::set().unwrap();
    stage.settle("lab").unwrap();
    stage.play("healthy").unwrap();
    let page = stage.open_page_of_all(PATIENCE).unwrap();
    let tray = Tray::wait(stage.desktop.bus(), None, PATIENCE).unwrap();

    // The one that is shown is well, the other is dead: the bar says whose light it is.
    stage.icon(&tray, "red", PATIENCE).unwrap();
    until("a sentence that names it", PATIENCE, || {
        let said = tray.labels()?.first().cloned().unwrap_or_default();
        ensure!(said.starts_with("lab: "), "the menu says “{said}”");
        Ok(Some(()))
    })
    .unwrap();
    page.says("main", "Demo Ecosystem", PATIENCE).unwrap();
    page.says("[role=radiogroup]", "lab", PATIENCE).unwrap();
    stage.picture(&page, "several").unwrap();

    // Another look, of the other one: its own light, its own figures.
    page.click("[role=radio]:nth-of-type(2)").unwrap();
    page.says("h1", "gone", PATIENCE).unwrap();
    stage.picture(&page, "several-other").unwrap();
    let told = |stage: &Stage| stage.notices.heard().iter().any(|one| one.summary.starts_with("lab: "));
    until("a notification that names it", PATIENCE, || Ok(told(&stage).then_some(()))).unwrap();

    // Put off in the settings, the bar is green again; watched again by the command line, the window knows it.
    page.click("#tab-settings").unwrap();
    page.click(".content [role=radio]:nth-of-type(2)").unwrap();
    page.says("main", "Stop Watching", PATIENCE).unwrap();
    stage.picture(&page, "several-settings").unwrap();
    page.click("[aria-label='Stop watching lab']").unwrap();
    stage.icon(&tray, "green", PATIENCE).unwrap();
    until("a window without a switcher", PATIENCE, || {
        Ok(page.text(".window > [role=radiogroup]").is_err().then_some(()))
    })
    .unwrap();
    stage.of_all(&["profile", "on", "lab"]).unwrap();
    page.says(".window > [role=radiogroup]", "lab", PATIENCE).unwrap();
    stage.icon(&tray, "red", PATIENCE).unwrap();
}
