//! `caretaker backup let-go`: what is kept since the last restore.

use caretaker_core::backup::{Desk, KeptTree};
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::LET_GO;
use caretaker_core::store::Entered;
use serde::Serialize;

use super::{Book, size};
use crate::args::Consent;
use crate::commands::check::plain;
use crate::commands::consent::{Answer, ask};
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    kept: KeptTree,
    done: bool,
}

/// Shows what is kept, asks, and removes it.
pub fn let_go(desk: &Desk, book: &Book, consent: Consent) -> anyhow::Result<Reply> {
    let kept = desk.kept_tree()?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "nothing is kept: there was no restore, or it was let go already")
    })?;
    let after = if kept.undone { "" } else { " The restore cannot be taken back then." };
    let plan = format!("{}\nIt is removed for good.{after}", said(&kept));
    if ask(consent, &plan, "Let it go?")? == Answer::OnlyShown {
        return Reply::new(&Body { kept, done: false }, plan);
    }
    desk.let_go(&kept)?;
    book.enter(Entered::Removal, LET_GO.to_owned(), None);
    let text = format!("{} are free again.", size(kept.bytes));
    Reply::new(&Body { kept, done: true }, text)
}

/// What is kept, how much it takes, and until when.
pub fn said(kept: &KeptTree) -> String {
    let what = if kept.undone {
        format!("What the restore of {} had brought is kept", kept.id)
    } else {
        format!("What was there before the restore of {} is kept for `backup undo`", kept.id)
    };
    format!(
        "{what}: {} in {} files, until the next restore or `backup let-go`.\n  {}",
        size(kept.bytes),
        kept.files,
        plain(&kept.folder.display().to_string())
    )
}
