//! `caretaker journal`: what was done and seen, and notes of a person's own.

mod version;

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::Journal;
use caretaker_core::store::{Entered, Entry};
use chrono::TimeDelta;
use serde::Serialize;

use crate::args::{JournalArgs, JournalCommand};
use crate::commands::check::plain;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct JournalBody {
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct CheckBody {
    ok: bool,
    /// The first entry that is not as it was written, or before which one is missing.
    first_break: Option<i64>,
}

/// Shows entries, newest first, writes one, or looks whether all are as they were written.
pub fn run(place: &Place, args: &JournalArgs) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let journal = Journal::new(&place.state, &profile.root);
    let now = place.clock.now();
    match &args.command {
        None => {
            let since = TimeDelta::from_std(args.since).ok().and_then(|back| now.checked_sub_signed(back));
            let entries = journal.entries(since.unwrap_or(chrono::DateTime::UNIX_EPOCH), &args.find)?;
            let text = match entries.as_slice() {
                [] => "Nothing is in the journal of that time.".to_owned(),
                entries => entries.iter().map(|entry| row(place, entry)).collect::<Vec<_>>().join("\n"),
            };
            Reply::new(&JournalBody { entries }, text)
        }
        Some(JournalCommand::Note { text }) => {
            if text.trim().is_empty() {
                return Err(Error::new(ErrorKind::Usage, "a note needs a word").into());
            }
            journal.write(now, Entered::Note, text.trim().to_owned(), None)?;
            let entries: Vec<Entry> =
                journal.entries(now - TimeDelta::seconds(1), "")?.into_iter().take(1).collect();
            Reply::new(&JournalBody { entries }, "Noted.")
        }
        Some(JournalCommand::Version { undo: true, consent, .. }) => version::undo(place, profile, *consent),
        Some(JournalCommand::Version { month, write, consent, .. }) => {
            version::run(place, profile, month.as_deref(), *write, *consent)
        }
        Some(JournalCommand::Check) => {
            let first_break = journal.first_break()?;
            let (text, code) = match first_break {
                None => ("The journal is as it was written.".to_owned(), 0),
                Some(number) => (
                    format!(
                        "The journal is not as it was written: see entry {number}, and what came before it."
                    ),
                    2,
                ),
            };
            Ok(Reply::new(&CheckBody { ok: first_break.is_none(), first_break }, text)?.exit(code))
        }
    }
}

fn row(place: &Place, entry: &Entry) -> String {
    let at = place.zone.local(entry.at).format("%Y-%m-%d %H:%M:%S");
    let about = entry.reference.as_deref().map_or_else(String::new, |about| format!("  ({})", plain(about)));
    format!("{at}  {:<9} {}{about}", entry.kind.word(), plain(&entry.text))
}
