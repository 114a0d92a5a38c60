//! `caretaker journal version`: the month's entry of the version history, shown, written and taken back.

use std::sync::Arc;

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::{VersionHistory, VersionShown};
use caretaker_core::profile::Profile;
use caretaker_core::upkeep::VersionAction;
use serde::Serialize;

use crate::args::Consent;
use crate::commands::consent::{Answer, ask};
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body<'a> {
    written: bool,
    #[serde(flatten)]
    version: &'a VersionShown,
}

#[derive(Serialize)]
struct Undone {
    undone: bool,
    title: String,
}

/// Shows the entry; with `write`, asks and writes it.
pub fn run(
    place: &Place,
    profile: Profile,
    month: Option<&str>,
    write: bool,
    consent: Consent,
) -> anyhow::Result<Reply> {
    let history = history(place, profile);
    let shown = history.shown(month)?;
    let mut text = format!("## {}\n\n{}", shown.title, shown.text);
    let mut written = false;
    if write {
        if let Some(why) = &shown.refused {
            let hint = "Take that section out, or add by hand what is missing; nothing was changed.";
            return Err(Error::new(ErrorKind::Denied, why.clone()).hint(hint).into());
        }
        let what = match shown.action {
            Some(VersionAction::Replace) => "is replaced in",
            _ => "is added to",
        };
        written =
            ask(consent, &format!("This {what} {}:\n\n{text}", shown.path), "Write this?")? == Answer::Go;
        if written {
            history.write(month, &shown.text)?;
            text.push_str(&format!("\nWritten into {}; undo: caretaker journal version --undo", shown.path));
        }
    }
    Reply::new(&Body { written, version: &shown }, text)
}

/// Takes the last writing back.
pub fn undo(place: &Place, profile: Profile, consent: Consent) -> anyhow::Result<Reply> {
    let history = history(place, profile);
    let Some(title) = history.shown(None)?.can_undo else {
        return Err(Error::new(ErrorKind::NotFound, "there is no version history to take back").into());
    };
    let mut text = format!("{title} would be taken out again.");
    let undone = ask(consent, &text, "Take it back?")? == Answer::Go;
    if undone {
        text = history.undo()?;
    }
    Reply::new(&Undone { undone, title }, text)
}

fn history(place: &Place, profile: Profile) -> VersionHistory {
    VersionHistory::new(profile, &place.state, Arc::clone(&place.clock), place.zone)
}
