//! The story of the package: what it installed starts, watches, notifies, backs up, restores, and leaves without a trace.
//!
//! `.ci/installed` says by CARETAKER_PROGRAMS where it lies.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use caretaker_desktop::{Page, Stage, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);

fn says(page: &Page, text: &str) {
    page.says("main", text, PATIENCE).unwrap();
}

#[test]
fn what_was_installed_does_its_work_and_leaves_no_trace() {
    let programs =
        std::env::var("CARETAKER_PROGRAMS").expect("CARETAKER_PROGRAMS says where it is installed");
    let mut stage = Stage::set().unwrap();
    let (page, tray) = stage.open("healthy", "green", PATIENCE).unwrap();

    page.click("#tab-backups").unwrap();
    page.press("Back Up Now").unwrap();
    says(&page, "kept: made by hand");

    // It dies, that is told, and a backup brings back what somebody ruined meanwhile.
    stage.play("crash").unwrap();
    page.click("#tab-overview").unwrap();
    stage.light(&tray, &page, "red", PATIENCE).unwrap();
    until("a notification of the crash", PATIENCE, || Ok(stage.notices.heard().first().cloned())).unwrap();
    let file = stage.demo().join("config/self_improvement_config.yaml");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, "ruined by hand").unwrap();
    let newest = {
        let folder = stage.demo().with_file_name("demo-backups").join("ecosystem-manual");
        let names =
            std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
        let archive = names.filter(|name| name.ends_with(".tar.gz")).max().unwrap();
        archive.trim_start_matches("ecosystem-").trim_end_matches(".tar.gz").to_owned()
    };
    stage.caretaker(&["backup", "restore", &newest, "--yes"]).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), good);
    stage.play("healthy").unwrap();
    stage.light(&tray, &page, "green", PATIENCE).unwrap();

    // Started at login, by the very program that was installed; then no more of it.
    let entry = stage.desktop.home().join(".config/autostart/caretaker.desktop");
    page.click("#tab-settings").unwrap();
    page.press("This Computer").unwrap();
    page.click("[role=switch][aria-label='Start at login']").unwrap();
    let text = until("the entry", PATIENCE, || Ok(std::fs::read_to_string(&entry).ok())).unwrap();
    assert!(text.contains(&format!("Exec=\"{programs}/caretaker-app\"")), "{text}");
    stage.picture(&page, "this-computer").unwrap();

    page.press("Remove Caretaker…").unwrap();
    says(&page, "This goes");
    stage.picture(&page, "leaving").unwrap();
    page.press("Remove for Good").unwrap();
    until("an end of the app", PATIENCE, || Ok(tray.labels().is_err().then_some(()))).unwrap();
    assert!(!entry.exists() && !stage.state().exists(), "the record and the entry are gone");
    assert!(stage.demo().with_file_name("demo-backups").exists(), "the backups are not");
}
