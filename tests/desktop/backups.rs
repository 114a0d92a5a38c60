//! The story of a backup: made from the icon and from the window, a file damaged by hand, brought back, and undone.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/servers.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod servers;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use caretaker_desktop::{Page, Stage, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);

fn archives(stage: &Stage) -> Vec<PathBuf> {
    let folder = stage.demo().with_file_name("demo-backups").join("ecosystem-manual");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "gz")).collect()
}

fn says(page: &Page, text: &str) {
    page.says("main", text, PATIENCE).unwrap();
}

/// Presses the first button of the list that begins so and can be pressed; behind that stands for whom it is.
fn press_in_list(page: &Page, label: &str) {
    let script = "const button = [...document.querySelectorAll('main li button')].find((one) => one.textContent.trim().startsWith(arguments[0]) && !one.ariaDisabled);
        button?.click();
        return button ? 1 : null;";
    until(label, PATIENCE, || Ok(page.run(script, &[label.into()])?.as_u64())).unwrap();
}

/// Types into the field with this label.
fn fill(page: &Page, label: &str, text: &str) {
    let script = "const field = [...document.querySelectorAll('label')].find((one) => one.textContent.trim() === arguments[0]);
        const input = document.getElementById(field.htmlFor);
        input.value = arguments[1];
        input.dispatchEvent(new Event('input', { bubbles: true }));
        return true;";
    page.run(script, &[label.into(), text.into()]).unwrap();
}

/// Chooses what has a label that begins so, as soon as it is there.
fn choose(page: &Page, label: &str) {
    let script = "const found = [...document.querySelectorAll('main label')].find((one) => one.textContent.trim().startsWith(arguments[0]));
        found?.querySelector('input').click();
        return found ? 1 : null;";
    until(label, PATIENCE, || Ok(page.run(script, &[label.into()])?.as_u64())).unwrap();
}

/// Agrees to the plan of a restore that is shown.
fn agree(page: &Page) {
    page.press("Next").unwrap();
    let typed = page.text("main").unwrap();
    let name = typed.split('“').nth(1).and_then(|rest| rest.split('”').next()).unwrap().to_owned();
    fill(page, &format!("Type “{name}” to agree"), &name);
    page.press("Stop and Restore").unwrap();
}

#[test]
fn a_damaged_file_comes_back_from_a_backup_and_the_restore_is_undone() {
    let mut stage = Stage::set().unwrap();
    let (page, tray) = stage.open("healthy", "green", PATIENCE).unwrap();

    tray.press("Back Up Now").unwrap();
    until("an archive", PATIENCE, || Ok((archives(&stage).len() == 1).then_some(()))).unwrap();
    until("a menu that says when", PATIENCE, || {
        Ok(tray.labels()?.iter().any(|label| label.starts_with("Back Up Now (last one today")).then_some(()))
    })
    .unwrap();
    page.click("#tab-backups").unwrap();
    says(&page, "By hand");
    page.press("Back Up Now").unwrap();
    until("another archive", PATIENCE, || Ok((archives(&stage).len() == 2).then_some(()))).unwrap();
    says(&page, "kept: made by hand");
    stage.picture(&page, "backups").unwrap();

    let file = stage.demo().join("config/self_improvement_config.yaml");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, "ruined by hand").unwrap();

    press_in_list(&page, "Restore…");
    page.press("Next").unwrap();
    says(&page, "config/self_improvement_config.yaml");
    stage.picture(&page, "restore-plan").unwrap();
    agree(&page);
    says(&page, "files are back");
    assert_eq!(std::fs::read(&file).unwrap(), good);
    stage.picture(&page, "restored").unwrap();

    page.press("Undo Last Restore").unwrap();
    says(&page, "The tree from before is in place again");
    assert_eq!(std::fs::read(&file).unwrap(), b"ruined by hand");
    page.press("Close").unwrap();
    page.click("#tab-overview").unwrap();
    stage.light(&tray, &page, "green", PATIENCE).unwrap();
    let demo = stage.demo();
    stage.end_stand_in_of(&demo).unwrap();
}

#[test]
fn a_backup_is_sent_away_and_brought_back_when_it_is_lost_here() {
    let server = servers::Server::webdav("me", "wonderland");
    let mut stage = Stage::set().unwrap();
    let secret = stage.demo().with_file_name("password");
    std::fs::write(&secret, "wonderland").unwrap();
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    let away = format!(
        "\n[away]\nstore = \"webdav://{}/backups/mac\"\nkey = \"me\"\nsecret = \"file:{}\"\n",
        server.at,
        secret.display()
    );
    stage.add_to_profile(&away).unwrap();
    let (page, _) = stage.open("healthy", "green", PATIENCE).unwrap();

    page.click("#tab-backups").unwrap();
    // Until they were looked at the button waits.
    says(&page, "There are no backups yet");
    page.press("Back Up Now").unwrap();
    says(&page, "One waits to be sent");
    stage.picture(&page, "backup-waits").unwrap();
    page.press("Send Now").unwrap();
    says(&page, "away too");
    assert!(!page.text("main").unwrap().contains("waits to be sent"));
    let there = server.folder.join("backups/mac/ecosystem-manual");
    assert_eq!(std::fs::read_dir(there).unwrap().count(), 2, "the archive and its list");

    let here = archives(&stage);
    let content = std::fs::read(&here[0]).unwrap();
    std::fs::remove_dir_all(here[0].parent().unwrap()).unwrap();
    page.click("#tab-overview").unwrap();
    page.click("#tab-backups").unwrap();
    says(&page, "not on this computer any more");

    let file = stage.demo().join("config/self_improvement_config.yaml");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, "ruined by hand").unwrap();
    press_in_list(&page, "Restore…");
    choose(&page, "Only one file or folder");
    choose(&page, "config/self_improvement_config.yaml");
    page.press("Next").unwrap();
    says(&page, "no more than what holds it");
    stage.picture(&page, "restore-from-away").unwrap();
    agree(&page);
    says(&page, "is back");
    assert_eq!(std::fs::read(&file).unwrap(), good);
    assert!(archives(&stage).is_empty(), "the rest of it was not fetched");
    page.press("Close").unwrap();

    press_in_list(&page, "Bring Back");
    says(&page, "Fetched and proven");
    assert_eq!(std::fs::read(&here[0]).unwrap(), content);
    stage.picture(&page, "backup-brought-back").unwrap();
    let demo = stage.demo();
    stage.end_stand_in_of(&demo).unwrap();
}
