//! The place that is not on this machine: sent to, proven, fetched from.

use std::path::PathBuf;
use std::sync::Arc;

use caretaker_core::backup::{ArchiveId, Brought, Checked, Desk, Which, new_key};
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::fsio;
use caretaker_core::keeper::{said_of_fetched, said_of_sent};
use caretaker_core::profile::Profile;
use caretaker_core::store::Entered;
use serde::Serialize;

use super::restore::part_of;
use super::{Book, size};
use crate::args::{Consent, KeyCommand};
use crate::commands::check::secrets;
use crate::commands::progress::Line;
use crate::render::Reply;

/// A copy of a key takes no more than this.
const LARGEST_KEY: u64 = 64 * 1024;

#[derive(Serialize)]
struct SendBody {
    /// Whether it was done, or is only what would be done.
    done: bool,
    sent: Vec<ArchiveId>,
    removed: Vec<ArchiveId>,
    /// What was to go, and the store holds on to.
    held: Vec<ArchiveId>,
}

/// Sends what waits, and removes what is kept no longer.
pub fn send(
    profile: &Profile,
    desk: &Desk,
    book: &Book,
    dry_run: bool,
    line: &Line,
) -> anyhow::Result<Reply> {
    let secrets = secrets();
    let away = desk.away(profile.away.as_ref(), &secrets)?;
    if dry_run {
        let waiting = away.waiting(book.now)?;
        let bytes = waiting.iter().map(|record| record.bytes_out).sum();
        let text = format!("{} archives wait, {}.", waiting.len(), size(bytes));
        let sent = waiting.into_iter().map(|record| record.id).collect();
        return Reply::new(&SendBody { done: false, sent, removed: Vec::new(), held: Vec::new() }, text);
    }
    let sent = away.send(book.now, line)?;
    line.done();
    let mut lines = Vec::new();
    if !sent.sent.is_empty() {
        let text = said_of_sent(&sent);
        book.enter(Entered::Backup, text.clone(), None);
        lines.push(text);
    }
    if !sent.removed.is_empty() {
        lines.push(format!("{} are kept there no longer and were removed.", sent.removed.len()));
    }
    if !sent.held.is_empty() {
        lines.push(format!("The store holds on to {}, which retention would remove.", sent.held.len()));
    }
    if lines.is_empty() {
        lines.push("Everything is there already.".to_owned());
    }
    let body = SendBody { done: true, sent: sent.sent, removed: sent.removed, held: sent.held };
    Reply::new(&body, lines.join("\n"))
}

#[derive(Serialize)]
struct FetchBody {
    fetched: Vec<ArchiveId>,
}

/// Brings a backup, and all that it needs, back to the first place.
pub fn fetch(profile: &Profile, desk: &Desk, book: &Book, id: &str, line: &Line) -> anyhow::Result<Reply> {
    let id: ArchiveId = id.parse().map_err(|_| {
        Error::new(ErrorKind::NotFound, format!("“{id}” is no backup"))
            .hint("`caretaker backup list` shows what is there.")
    })?;
    let secrets = secrets();
    let fetched = desk.away(profile.away.as_ref(), &secrets)?.fetch(id, book.now, line)?;
    line.done();
    enter_fetched(book, id, &fetched);
    let text = match fetched.len() {
        0 => format!("{id} and all that it needs is here already."),
        _ => said_of_fetched(&fetched),
    };
    Reply::new(&FetchBody { fetched }, text)
}

/// The same, before a restore of what is only there; of a part no more is brought than what holds it.
pub fn bring_if_away(
    profile: &Profile,
    desk: &Desk,
    book: &Book,
    which: Which,
    only: Option<&str>,
    consent: Consent,
    line: &Line,
) -> anyhow::Result<Which> {
    let Which::Id(id) = which else { return Ok(which) };
    if profile.away.is_none() || desk.is_at_hand(id)? {
        return Ok(which);
    }
    let secrets = secrets();
    let away = desk.away(profile.away.as_ref(), &secrets)?;
    if !away.knows(id)? {
        return Ok(which);
    }
    let part = part_of(only)?;
    let brought = match (consent.dry_run, only) {
        (true, None) => return Ok(which),
        // Nothing here is changed by it: a plan may be made of it too.
        (true, Some(_)) => away.pick(id, &part, line).map(Brought::Part),
        (false, _) => away.bring(id, &part, book.now, line),
    };
    line.done();
    match brought? {
        Brought::Part(picked) => Ok(Which::Picked(Arc::new(picked))),
        Brought::Whole(fetched) => {
            enter_fetched(book, id, &fetched);
            Ok(which)
        }
    }
}

fn enter_fetched(book: &Book, id: ArchiveId, fetched: &[ArchiveId]) {
    if !fetched.is_empty() {
        book.enter(Entered::Backup, said_of_fetched(fetched), Some(id.to_string()));
    }
}

/// Reads a backup and all that it needs back from there; the newest one where none is named.
pub fn verify(
    profile: &Profile,
    desk: &Desk,
    book: &Book,
    which: Option<&str>,
    line: &Line,
) -> anyhow::Result<Vec<Checked>> {
    let secrets = secrets();
    let away = desk.away(profile.away.as_ref(), &secrets)?;
    let id = match which {
        Some(text) => text.parse().ok(),
        None => away.list()?.records().last().map(|record| record.id),
    };
    let id: ArchiveId = id.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "there is no such backup in that place")
            .hint("`caretaker backup list` shows what is there.")
    })?;
    Ok(away.verify(id, book.now, line)?)
}

#[derive(Serialize)]
struct NewKey {
    file: PathBuf,
    /// To whom one seals with it.
    recipient: String,
}

#[derive(Serialize)]
struct KeyTried {
    /// What it opened.
    opened: ArchiveId,
}

/// Makes a key, or tries a copy of one.
pub fn key(profile: &Profile, desk: &Desk, book: &Book, command: &KeyCommand) -> anyhow::Result<Reply> {
    match command {
        KeyCommand::New { file } => {
            let (text, recipient) = new_key(&book.now.to_rfc3339());
            fsio::create_new_atomic(file, &[text.as_bytes()], 0o600)?;
            let says = format!(
                "{} is the key; a copy of it belongs where this computer is not.\nIn [away] of the profile:\n\n    \
                 recipients = [\"{recipient}\"]\n    identity = \"file:{}\"",
                file.display(),
                std::path::absolute(file)?.display()
            );
            Reply::new(&NewKey { file: file.clone(), recipient }, says)
        }
        KeyCommand::Check { file } => {
            let bytes = fsio::read_bounded(file, LARGEST_KEY)?;
            let text = String::from_utf8(bytes).map_err(|_| {
                Error::new(ErrorKind::Damaged, format!("{} holds no text", file.display())).at(file)
            })?;
            let secrets = secrets();
            let opened = desk.away(profile.away.as_ref(), &secrets)?.try_key(&text, book.now)?;
            let says = format!("{} opens {opened}, which lies away.", file.display());
            book.enter(
                Entered::Drill,
                "A copy of the key opened what lies away.".into(),
                Some(opened.to_string()),
            );
            Reply::new(&KeyTried { opened }, says)
        }
    }
}
