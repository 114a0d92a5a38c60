//! The story of a morning: told once, opened from the icon's menu, and done by clicks.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::{Duration, Instant};

use caretaker_desktop::{Page, Stage, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);
/// A morning takes no longer than this.
const A_MINUTE: Duration = Duration::from_secs(60);

/// What the machine's own clock says, as `date` writes it.
fn local(when: &str, format: &str) -> String {
    let said = Command::new("date").args(["-d", when, format]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

fn says(page: &Page, text: &str) {
    page.says("main", text, PATIENCE).unwrap();
}

#[test]
fn a_morning_is_told_once_and_done_by_clicks_in_under_a_minute() {
    let mut stage = Stage::set().unwrap();
    // Begun two minutes ago, whatever the hour is; its report was written then.
    stage.morning_at(&local("2 minutes ago", "+%H:%M")).unwrap();
    let day = local("2 minutes ago", "+%Y%m%d");
    let report = stage.demo().join(format!("reports/morning_{day}.txt"));
    std::fs::write(&report, "Morning Optimization Report\n\nImprovements Deployed: 4\n  • Cache (+35% performance)\nTop Improvement: Cache\nImpact: 35% faster\n").unwrap();
    // What was written a moment ago may still grow, and is not taken for read.
    assert!(Command::new("touch").args(["-d", "2 minutes ago"]).arg(&report).status().unwrap().success());
    let (page, tray) = stage.open("healthy", "green", PATIENCE).unwrap();

    // One gentle word, and the icon's menu leads there.
    until("a reminder", PATIENCE, || {
        Ok(stage.notices.heard().iter().any(|one| one.summary.contains("Morning round")).then_some(()))
    })
    .unwrap();
    let entry = until("the round in the menu", PATIENCE, || {
        Ok(tray.labels()?.into_iter().find(|label| label.starts_with("Morning round, due until")))
    })
    .unwrap();

    let begun = Instant::now();
    tray.press(&entry).unwrap();
    says(&page, "The morning report was read");
    stage.picture(&page, "round-due").unwrap();
    page.press("Read the Report").unwrap();
    says(&page, "Improvements Deployed: 4");
    stage.picture(&page, "round-report").unwrap();
    page.click("#tab-rounds").unwrap();
    says(&page, "Nothing is due");
    let took = begun.elapsed();
    assert!(took < A_MINUTE, "the morning took {took:?}");
    stage.picture(&page, "round-done").unwrap();

    // The menu turns to what comes next, and the command line knows it too.
    until("what comes next in the menu", PATIENCE, || {
        Ok((!tray.labels()?.iter().any(|label| label.starts_with("Morning round, due"))).then_some(()))
    })
    .unwrap();
    let told = stage.notices.heard().iter().filter(|one| one.summary.contains("round")).count();
    assert_eq!(told, 1, "{:?}", stage.notices.heard());
}
