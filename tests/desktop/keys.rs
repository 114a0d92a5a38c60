//! The story of somebody without a mouse: first run, a morning, a backup and a restore.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::Duration;

use caretaker_desktop::{Keyboard, Page, Stage, Tray};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);

fn says(page: &Page, text: &str) {
    page.says("#app", text, PATIENCE).unwrap();
}

#[test]
fn a_first_run_needs_no_mouse() {
    let mut stage = Stage::set().unwrap();
    let page = Page::start(&stage.desktop, &stage.app, |command| command, || Ok(())).unwrap();
    let tray = Tray::wait(stage.desktop.bus(), None, PATIENCE).unwrap();
    says(&page, "What shall Caretaker watch");
    Keyboard::new(&stage.desktop, &page).press("Try It with the Demo Ecosystem", "Return").unwrap();
    stage.light(&tray, &page, "green", PATIENCE).unwrap();
    let made = stage.desktop.home().join(".local/share/caretaker/demo");
    stage.end_stand_in_of(&made).unwrap();
}

#[test]
fn a_morning_a_backup_and_a_restore_need_no_mouse() {
    let mut stage = Stage::set().unwrap();
    let local = |format: &str| {
        let said = Command::new("date").args(["-d", "2 minutes ago", format]).output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    };
    stage.morning_at(&local("+%H:%M")).unwrap();
    let report = stage.demo().join(format!("reports/morning_{}.txt", local("+%Y%m%d")));
    std::fs::write(&report, "Morning Optimization Report\n\nImprovements Deployed: 4\n  • Cache (+35% performance)\nTop Improvement: Cache\nImpact: 35% faster\n").unwrap();
    assert!(Command::new("touch").args(["-d", "2 minutes ago"]).arg(&report).status().unwrap().success());
    let (page, _) = stage.open("healthy", "green", PATIENCE).unwrap();
    says(&page, "Vitals");
    let keys = Keyboard::new(&stage.desktop, &page);

    // The help of a figure opens and closes where one is.
    keys.press("What is CPU?", "space").unwrap();
    says(&page, "averaged over some minutes");

    keys.view("Today").unwrap();
    says(&page, "The morning report was read");
    keys.press("Read the Report", "Return").unwrap();
    says(&page, "Improvements Deployed: 4");
    keys.view("Today").unwrap();
    says(&page, "Nothing is due");

    keys.view("Backups").unwrap();
    says(&page, "There are no backups yet");
    keys.press("Back Up Now", "Return").unwrap();
    says(&page, "kept: made by hand");
    let file = stage.demo().join("config/self_improvement_config.yaml");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, "ruined by hand").unwrap();
    keys.press("Restore", "Return").unwrap();
    says(&page, "Everything: data and config");
    keys.press("Next", "Return").unwrap();
    says(&page, "config/self_improvement_config.yaml");
    keys.press("Next", "Return").unwrap();
    says(&page, "to agree");
    let text = page.text("main").unwrap();
    let name = text.split('“').nth(1).and_then(|rest| rest.split('”').next()).unwrap().to_owned();
    keys.tab_to("to agree").unwrap();
    keys.write(&name).unwrap();
    keys.press("Stop and Restore", "Return").unwrap();
    says(&page, "files are back");
    assert_eq!(std::fs::read(&file).unwrap(), good);
    stage.picture(&page, "restored-by-keys").unwrap();

    // Escape leaves the sheet, and again the window.
    stage.desktop.press("Escape").unwrap();
    let demo = stage.demo();
    stage.end_stand_in_of(&demo).unwrap();
}
