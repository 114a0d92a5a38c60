//! `caretaker cleanup`: old logs and reports put aside, and brought back.

mod space;

use std::path::Path;

use caretaker_core::judge::words;
use caretaker_core::keeper::{Journal, said_of_cleanup, said_of_cleanup_undone};
use caretaker_core::store::Entered;
use caretaker_core::upkeep::{Cleaned, Cleanup, CleanupPlan, Left, Moved, PutAside, QUARANTINE, UndoPlan};
use serde::Serialize;

use crate::args::{CleanupArgs, CleanupCommand, Consent};
use crate::commands::check::plain;
use crate::commands::consent::{Answer, ask};
use crate::place::Place;
use crate::render::Reply;

/// Of each list so many lines are shown to people.
const MOST_LINES: usize = 40;

#[derive(Serialize)]
struct Body {
    /// Whether it was done; otherwise it is what would be done.
    done: bool,
    id: Option<String>,
    moved: Vec<Moved>,
    bytes: u64,
    left: Vec<Left>,
    removed: Vec<PutAside>,
}

#[derive(Serialize)]
struct Listed {
    cleanups: Vec<PutAside>,
    bytes: u64,
    left: Vec<Left>,
}

impl Body {
    fn new(done: bool, cleaned: Cleaned) -> Self {
        let Cleaned { id, moved, left, removed } = cleaned;
        let bytes = moved.iter().map(|one| one.bytes).sum();
        Self { done, id, moved, bytes, left, removed }
    }
}

/// Runs the command.
pub fn run(place: &Place, args: &CleanupArgs) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    if let Some(CleanupCommand::Space { most }) = &args.command {
        return space::run(&profile, *most);
    }
    let cleanup = Cleanup::new(&profile, place.home.as_deref(), place.zone)?;
    let journal = Journal::new(&place.state, &profile.root);
    match &args.command {
        None => clean(place, &cleanup, &journal, args.consent),
        Some(CleanupCommand::Undo { id, consent }) => {
            undo(place, &cleanup, &journal, id.as_deref(), *consent)
        }
        Some(CleanupCommand::List | CleanupCommand::Space { .. }) => list(place, &cleanup),
    }
}

fn clean(place: &Place, cleanup: &Cleanup, journal: &Journal, consent: Consent) -> anyhow::Result<Reply> {
    let now = place.clock.now();
    let plan = cleanup.plan(now)?;
    let shown = plan_text(place, &plan);
    let nothing = plan.moves.is_empty() && plan.remove.is_empty();
    if nothing || ask(consent, &shown, "Put these aside?")? == Answer::OnlyShown {
        let moved = plan.moves.into_iter().map(|one| Moved { path: one.path, bytes: one.bytes }).collect();
        let would = Cleaned { id: None, moved, left: plan.left, removed: plan.remove };
        return Reply::new(&Body::new(false, would), shown);
    }
    let cleaned = cleanup.carry_out(&plan, now)?;
    if cleaned.id.is_some() || !cleaned.removed.is_empty() {
        journal.note_done(now, Entered::Cleanup, said_of_cleanup(&cleaned), cleaned.id.clone());
    }
    let body = Body::new(true, cleaned);
    let mut lines = vec![format!("{} put aside, {}.", files(body.moved.len()), words::bytes(body.bytes))];
    if let Some(id) = &body.id {
        lines.push(format!("`caretaker cleanup undo {id}` brings them back from {QUARANTINE}/{id}."));
    }
    lines.extend(removed_text(&body.removed, "removed for good"));
    lines.extend(left_text(&body.left));
    Reply::new(&body, lines.join("\n"))
}

fn undo(
    place: &Place,
    cleanup: &Cleanup,
    journal: &Journal,
    id: Option<&str>,
    consent: Consent,
) -> anyhow::Result<Reply> {
    let plan = cleanup.undo_plan(id)?;
    let UndoPlan { id, at, moves } = &plan;
    let of = place.zone.local(*at).format("%Y-%m-%d %H:%M");
    let mut lines = vec![format!("Bring back {} of the clean-up {id} of {of}:", files(moves.len()))];
    lines.extend(some(moves, |one| row(&one.path, one.bytes)));
    let shown = lines.join("\n");
    if ask(consent, &shown, "Bring these back?")? == Answer::OnlyShown {
        let would = Cleaned { id: Some(plan.id), moved: plan.moves, ..Cleaned::default() };
        return Reply::new(&Body::new(false, would), shown);
    }
    let undone = cleanup.undo(&plan)?;
    if !undone.moved.is_empty() {
        journal.note_done(
            place.clock.now(),
            Entered::Undo,
            said_of_cleanup_undone(&undone),
            undone.id.clone(),
        );
    }
    let body = Body::new(true, undone);
    let mut lines = vec![format!("{} brought back, {}.", files(body.moved.len()), words::bytes(body.bytes))];
    lines.extend(left_text(&body.left));
    Reply::new(&body, lines.join("\n"))
}

fn list(place: &Place, cleanup: &Cleanup) -> anyhow::Result<Reply> {
    let (cleanups, left) = cleanup.put_aside()?;
    let mut lines: Vec<String> = cleanups
        .iter()
        .map(|one| {
            let at = place.zone.local(one.at).format("%Y-%m-%d %H:%M");
            format!("{:<20} {at}  {:>10}  {}", one.id, words::bytes(one.bytes), files(one.files))
        })
        .collect();
    if lines.is_empty() {
        lines.push("Nothing lies in quarantine.".into());
    }
    lines.extend(left_text(&left));
    let bytes = cleanups.iter().map(|one| one.bytes).sum();
    Reply::new(&Listed { cleanups, bytes, left }, lines.join("\n"))
}

fn plan_text(place: &Place, plan: &CleanupPlan) -> String {
    let mut lines = Vec::new();
    if plan.moves.is_empty() {
        lines.push("Nothing is old enough to be put aside.".to_owned());
    } else {
        let bytes = plan.moves.iter().map(|one| one.bytes).sum();
        lines.push(format!("Put aside {}, {}:", files(plan.moves.len()), words::bytes(bytes)));
        lines.extend(some(&plan.moves, |one| {
            let until = place.zone.local(one.speaks_of).format("%Y-%m-%d");
            format!("{}  (until {until})", row(&one.path, one.bytes))
        }));
    }
    lines.extend(removed_text(&plan.remove, "would be removed for good"));
    lines.extend(left_text(&plan.left));
    lines.join("\n")
}

fn removed_text<'a>(removed: &'a [PutAside], how: &'a str) -> impl Iterator<Item = String> + 'a {
    removed.iter().map(move |one| {
        format!("What was put aside as {} {how}: {}, {}.", one.id, files(one.files), words::bytes(one.bytes))
    })
}

fn left_text(left: &[Left]) -> Vec<String> {
    if left.is_empty() {
        return Vec::new();
    }
    let rows = some(left, |one| format!("  {} {}", plain(&one.path.display().to_string()), plain(&one.why)));
    ["Left alone:".to_owned()].into_iter().chain(rows).collect()
}

/// A line for each of the first, and how many more there are.
fn some<T>(all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let more = all.len().saturating_sub(MOST_LINES);
    let rest = (more > 0).then(|| format!("  … and {more} more"));
    all.iter().take(MOST_LINES).map(line).chain(rest).collect()
}

fn row(path: &Path, bytes: u64) -> String {
    format!("  {:>10}  {}", words::bytes(bytes), plain(&path.display().to_string()))
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}
