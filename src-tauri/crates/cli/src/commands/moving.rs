//! `caretaker export` and `caretaker import`: everything that Caretaker knows, taken to another machine.

use std::path::Path;

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::judge::words;
use caretaker_core::keeper::{Moved, bring, take_along, would_bring};
use serde::Serialize;

use crate::args::Consent;
use crate::commands::consent::{Answer, ask};
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    /// Whether it was done, or is only what would be done.
    done: bool,
    file: String,
    #[serde(flatten)]
    moved: Moved,
}

/// Writes everything into one archive.
pub fn export(place: &Place, file: &Path, replace: bool) -> anyhow::Result<Reply> {
    if file.symlink_metadata().is_ok() && !replace {
        return Err(Error::new(ErrorKind::Busy, format!("{} is there already", file.display()))
            .hint("Choose another name, or say --yes to write over it.")
            .into());
    }
    let moved = take_along(place.all_sites()?, file)?;
    let text = format!(
        "{} in {}. Secrets stay in the keychain, backups where they lie.",
        said(&moved),
        file.display()
    );
    Reply::new(&Body { done: true, file: file.display().to_string(), moved }, text)
}

/// Brings what such an archive holds, where nothing of it is here yet.
pub fn import(place: &Place, file: &Path, consent: Consent) -> anyhow::Result<Reply> {
    let sites = place.all_sites()?;
    let shown = file.display().to_string();
    let plan = would_bring(sites, file)?;
    let text = format!("{} would be brought: {}.", said(&plan), plan.ecosystems.join(", "));
    if ask(consent, &text, "Bring all of this?")? == Answer::OnlyShown {
        return Reply::new(&Body { done: false, file: shown, moved: plan }, text);
    }
    let moved = bring(sites, file)?;
    let text = format!(
        "{} brought: {}. Look whether the folders in the profiles are right here: `caretaker profile list`.",
        said(&moved),
        moved.ecosystems.join(", ")
    );
    Reply::new(&Body { done: true, file: shown, moved }, text)
}

fn said(moved: &Moved) -> String {
    format!("{} files ({})", moved.files, words::bytes(moved.bytes))
}
