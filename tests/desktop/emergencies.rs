//! The story of emergencies: each way in which the demo misbehaves is cured by its runbook, by clicks alone, from red to green.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use caretaker_desktop::{Page, Stage, Tray, until};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(150);

/// What there is to press at the step at hand, or that nothing is left.
const AT_HAND: &str = "const here = document.querySelector('[aria-current=\"step\"]');
    if (!here) return document.body.innerText.includes('Nothing is left to do.') ? 'over' : null;
    if (here.querySelector('[role=\"alert\"]')) return 'failed: ' + here.innerText;
    const input = here.querySelector('[role=\"dialog\"] input');
    if (input && input.value === '') return 'a name to type';
    const button = [...here.querySelectorAll('button.primary')].find((one) => !one.ariaDisabled);
    return button ? here.querySelector('h3').innerText + '|' + button.innerText.trim() : null;";

/// Presses the button of the step at hand, and types what is wanted before.
const PRESS: &str = "const here = document.querySelector('[aria-current=\"step\"]');
    const input = here.querySelector('[role=\"dialog\"] input');
    if (input) {
        const name = here.querySelector('[role=\"dialog\"] label').innerText.split('“')[1].split('”')[0];
        if (input.value !== name) {
            input.value = name;
            input.dispatchEvent(new Event('input', { bubbles: true }));
            return 'typed';
        }
    }
    const button = [...here.querySelectorAll('button.primary')].find((one) => !one.ariaDisabled);
    button?.click();
    return button ? 'pressed' : null;";

/// Goes through the runbook that the light's own remedy opens; what was pressed, in this order.
fn cure(page: &Page) -> Vec<String> {
    page.click("#tab-overview").unwrap();
    page.press("Open Runbook").unwrap();
    page.press("Begin").unwrap();
    let begun = Instant::now();
    let mut pressed: Vec<String> = Vec::new();
    loop {
        assert!(
            begun.elapsed() < PATIENCE * 2,
            "it takes too long: {pressed:?} {}",
            page.text("main").unwrap()
        );
        let at = page.run(AT_HAND, &[]).unwrap();
        let step = at.as_str().unwrap_or_default().to_owned();
        if step == "over" {
            break;
        }
        assert!(!step.starts_with("failed"), "{step}");
        let does = !step.is_empty() && page.run(PRESS, &[]).unwrap() == "pressed";
        if does && pressed.last() != Some(&step) {
            pressed.push(step);
        }
        std::thread::sleep(Duration::from_millis(150));
    }
    pressed
}

/// Has the demo misbehave, cures it, and reads the report.
fn story(stage: &mut Stage, tray: &Tray, page: &Page, scenario: &str, light: &str) -> String {
    stage.play(scenario).unwrap();
    page.click("#tab-overview").unwrap();
    stage.light(tray, page, light, PATIENCE).unwrap();
    let pressed = cure(page);
    assert!(pressed.iter().any(|step| step.ends_with("Look Now")), "{scenario}: {pressed:?}");
    stage.picture(page, &format!("runbook-{scenario}")).unwrap();
    page.press("End and Write the Report").unwrap();
    let paper = until("the report", PATIENCE, || {
        let text = page.text("main")?;
        Ok(text.contains("Why it happened").then_some(text))
    })
    .unwrap();
    assert!(paper.contains("It is over."), "{scenario}: {paper}");
    page.click("#tab-overview").unwrap();
    stage.light(tray, page, "green", PATIENCE).unwrap();
    let demo = stage.demo();
    stage.end_stand_in_of(&demo).unwrap();
    paper
}

#[test]
fn each_scenario_of_the_demo_is_cured_by_clicks_from_red_to_green() {
    let mut stage = Stage::set().unwrap();
    // What is broken later is brought back from here.
    stage.caretaker(&["backup", "create"]).unwrap();
    let (page, tray) = stage.open("healthy", "green", PATIENCE).unwrap();

    let paper = story(&mut stage, &tray, &page, "crash", "red");
    assert!(paper.contains("Unhandled exception in Meta-Learning Analysis"), "{paper}");
    story(&mut stage, &tray, &page, "stale-reports", "red");
    story(&mut stage, &tray, &page, "memory-leak", "red");
    story(&mut stage, &tray, &page, "cpu-hog", "red");
    story(&mut stage, &tray, &page, "disk-fill", "red");
    let paper = story(&mut stage, &tray, &page, "module-failure", "red");
    assert!(paper.contains("Meta-Learning Analysis off"), "{paper}");
    stage.caretaker(&["modules", "enable", "Meta-Learning Analysis", "--yes"]).unwrap();
    story(&mut stage, &tray, &page, "flapping", "red");
    stage.caretaker(&["modules", "enable", "Meta-Learning Analysis", "--yes"]).unwrap();
    let paper = story(&mut stage, &tray, &page, "corrupt-state", "unknown");
    assert!(paper.contains("are kept in .caretaker-aside"), "{paper}");
    let paper = story(&mut stage, &tray, &page, "error-storm", "red");
    assert!(paper.contains("errors are behind"), "{paper}");
}
