//! Every text of every view against what is behind it, as axe measures it in the real window: AA in light and dark.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::Duration;

use caretaker_desktop::{Desktop, Dress, Page, Stage};

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(90);

/// What is pressed one after the other, and a text that is there afterwards.
const VIEWS: [(&str, &str); 15] = [
    ("#tab-overview", "More figures"),
    ("#tab-rounds", "Every week"),
    ("#tab-reports", "Evening"),
    ("[id^=report-evening]", "As it stands"),
    ("#tab-alerts", "Open now"),
    ("#tab-history", "Show as Table"),
    ("#tab-backups", "Back Up Now"),
    ("#tab-upkeep", "Clean up"),
    ("#upkeep-cleanup", "Earlier clean-ups"),
    ("#tab-settings", "Send a test by native"),
    (".content [role=radio]:nth-of-type(2)", "Add Ecosystem"),
    (".content [role=radio]:nth-of-type(3)", "Reminders"),
    (".content [role=radio]:nth-of-type(4)", "Each day at"),
    (".content [role=radio]:nth-of-type(5)", "Icon and window"),
    (".content [role=radio]:nth-of-type(6)", "Start at login"),
];

#[test]
fn every_text_stands_out_from_its_ground_in_both_schemes() {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).unwrap();
    let mut faint = Vec::new();
    for dress in [Dress::Light, Dress::Dark] {
        let mut stage = Stage::set_on(Desktop::start_in(dress).unwrap()).unwrap();
        // Red has the most to say.
        let (page, _) = stage.open("crash", "red", PATIENCE).unwrap();
        page.run(&format!("{axe}; window.axe = axe;"), &[]).unwrap();
        for (button, text) in VIEWS {
            page.click(button).unwrap();
            page.says("main", text, PATIENCE).unwrap();
            page.painted().unwrap();
            faint.extend(faint_in(&page).into_iter().map(|one| format!("{dress:?} {button}: {one}")));
        }
        // What is faint is found: the ground's own colour, a shade off.
        page.run("document.querySelector('main p').style.color = '#888'", &[]).unwrap();
        assert!(!faint_in(&page).is_empty(), "{dress:?}: grey on the ground passed");
    }
    assert!(faint.is_empty(), "{}", faint.join("\n"));
}

/// What axe says of the colours of this view; that it measured at all is asked too.
fn faint_in(page: &Page) -> Vec<String> {
    let script = "const done = arguments[0];
        axe.run({ runOnly: ['color-contrast'] }).then(
            ({ violations, passes }) => done({
                measured: passes.flatMap((one) => one.nodes).length,
                faint: violations.flatMap((one) => one.nodes).map((node) => `${node.html} ${node.any[0].message}`),
            }),
            (error) => done({ measured: 0, faint: [String(error)] }),
        );";
    let said = page.run_to_its_end(script).unwrap();
    assert!(said["measured"].as_u64().unwrap() > 5, "{said}");
    said["faint"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}
