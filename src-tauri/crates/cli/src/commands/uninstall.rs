//! `caretaker uninstall`: everything that Caretaker itself put on this machine goes.

use caretaker_core::judge::words;
use caretaker_core::keeper::{Ground, Leaving, Trace, leave, leaving};
use serde::Serialize;

use crate::args::Consent;
use crate::commands::check::plain;
use crate::commands::consent::{Answer, ask};
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    /// Whether it was done; otherwise it is what would be done.
    done: bool,
    #[serde(flatten)]
    leaving: Leaving,
    /// What could not be removed, and why.
    left: Vec<String>,
}

/// Shows what goes and what stays, asks, and removes it.
pub fn run(place: &Place, consent: Consent) -> anyhow::Result<Reply> {
    let ground = Ground::of(place.paths.as_ref(), &place.profile, &place.state, place.home.as_deref());
    let plan = leaving(&ground)?;
    let shown = shown(&plan);
    if plan.goes.is_empty() && plan.secrets.is_empty() {
        return Reply::new(&Body { done: false, leaving: plan, left: Vec::new() }, shown);
    }
    if ask(consent, &shown, "Remove all of this?")? == Answer::OnlyShown {
        return Reply::new(&Body { done: false, leaving: plan, left: Vec::new() }, shown);
    }
    let left = leave(&ground, &plan)?;
    let mut text = "Caretaker has left this machine.".to_owned();
    for one in &left {
        text.push_str(&format!("\nNot removed: {}", plain(one)));
    }
    text.push_str(PROGRAM);
    Reply::new(&Body { done: true, leaving: plan, left }, text)
}

/// The program itself is whoever installed it's to remove.
const PROGRAM: &str = if cfg!(target_os = "macos") {
    "\nThe program itself: move Caretaker.app to the Trash, or `brew uninstall --cask caretaker`."
} else {
    "\nThe program itself: `sudo apt remove caretaker`, or delete the file."
};

fn shown(plan: &Leaving) -> String {
    let rows = |of: &[Trace]| -> Vec<String> {
        of.iter()
            .map(|one| {
                format!(
                    "  {}  {} ({})",
                    words::bytes(one.bytes),
                    plain(&one.path.display().to_string()),
                    one.what
                )
            })
            .collect()
    };
    let mut lines = Vec::new();
    if plan.goes.is_empty() && plan.secrets.is_empty() {
        lines.push("There is nothing of Caretaker’s to remove.".to_owned());
    } else {
        lines.push("This goes for good:".to_owned());
        lines.extend(rows(&plan.goes));
        lines.extend(plan.secrets.iter().map(|name| format!("  “{}” in the keychain", plain(name))));
    }
    if !plan.stays.is_empty() {
        lines.push("This stays:".to_owned());
        lines.extend(rows(&plan.stays));
    }
    lines.join("\n")
}
