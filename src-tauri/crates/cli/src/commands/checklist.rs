//! `caretaker checklist`: the rounds of care, each item with what speaks for it.

use caretaker_core::keeper::{Cared, ItemShown, PastRound, RoundHistory, RoundShown, Rounds, RoundsShown};
use caretaker_core::routines::item::{ItemKind, ItemState};
use caretaker_core::routines::past::PastFate;
use caretaker_core::routines::round::Deed;
use serde::Serialize;

use crate::args::ChecklistCommand;
use crate::commands::check::{look, plain};
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct ChecklistsBody<'a> {
    checklists: &'a [RoundShown],
    problems: &'a [String],
}

#[derive(Serialize)]
struct PastBody {
    past: Vec<PastRound>,
}

#[derive(Serialize)]
struct PaperBody {
    markdown: String,
}

/// Shows rounds, or does about one what was asked.
pub fn run(place: &Place, command: &ChecklistCommand) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let Cared { rounds, .. } = Cared::new(profile, &place.state, &place.clock, place.zone);
    match command {
        ChecklistCommand::List => {
            let shown = rounds.shown(look(place).verdict.as_ref())?;
            reply(&shown, None)
        }
        ChecklistCommand::Show { id } => {
            let shown = rounds.shown(look(place).verdict.as_ref())?;
            one(&rounds, &shown, id)
        }
        ChecklistCommand::Tick { id, item, note } => {
            act(place, &rounds, id, &Deed::Tick { item: item.clone(), note: note.clone() })
        }
        ChecklistCommand::Untick { id, item } => {
            let deed = item.clone().map_or(Deed::Reopen, |item| Deed::Untick { item });
            act(place, &rounds, id, &deed)
        }
        ChecklistCommand::Skip { id, item, reason } => {
            act(place, &rounds, id, &Deed::Skip { item: item.clone(), reason: reason.clone() })
        }
        ChecklistCommand::Note { id, item, text } => {
            act(place, &rounds, id, &Deed::Note { item: item.clone(), text: text.clone() })
        }
        ChecklistCommand::History => history(&rounds.history()?),
        ChecklistCommand::Search { text } => {
            let past = rounds.search(text)?;
            let lines: Vec<String> = past.iter().flat_map(noted).collect();
            let text = if lines.is_empty() { "Nothing was found.".to_owned() } else { lines.join("\n") };
            Reply::new(&PastBody { past }, text)
        }
        ChecklistCommand::Export { id } => {
            let markdown = rounds.markdown(id, look(place).verdict.as_ref())?;
            Reply::new(&PaperBody { markdown: markdown.clone() }, markdown)
        }
    }
}

fn act(place: &Place, rounds: &Rounds, id: &str, deed: &Deed) -> anyhow::Result<Reply> {
    let shown = rounds.act(id, None, deed, look(place).verdict.as_ref())?;
    reply(&shown, Some(id))
}

fn one(rounds: &Rounds, shown: &RoundsShown, id: &str) -> anyhow::Result<Reply> {
    // A wrong name is answered with those that there are.
    rounds.named(id)?;
    reply(shown, Some(id))
}

/// All rounds in a line each, or one with its items.
fn reply(shown: &RoundsShown, only: Option<&str>) -> anyhow::Result<Reply> {
    let wanted: Vec<RoundShown> =
        shown.rounds.iter().filter(|round| only.is_none_or(|id| round.id == id)).cloned().collect();
    let mut lines: Vec<String> = match only {
        None => wanted.iter().map(row).collect(),
        Some(_) => wanted.iter().flat_map(page).collect(),
    };
    lines.extend(shown.problems.iter().map(|problem| format!("Note: {}", plain(problem))));
    Reply::new(&ChecklistsBody { checklists: &wanted, problems: &shown.problems }, lines.join("\n"))
}

fn row(round: &RoundShown) -> String {
    let settled = round.items.iter().filter(|item| item.state.is_settled()).count();
    format!(
        "{} {:<18} {:>3} of {:<3} {}",
        if round.state.is_open() { "▸" } else { " " },
        plain(&round.title),
        settled,
        round.items.len(),
        round.says
    )
}

fn page(round: &RoundShown) -> Vec<String> {
    let mut lines = vec![format!("{}. {}", plain(&round.title), round.says)];
    lines.extend(round.reason.iter().map(|reason| format!("  Left out: {}", plain(reason))));
    let mut section = "";
    for item in &round.items {
        if item.section != section {
            section = &item.section;
            lines.push(String::new());
            lines.push(format!("  {}", plain(section)));
        }
        lines.push(item_row(item));
        let details = item.evidence.iter().flat_map(|evidence| &evidence.details);
        let most = if item.state == ItemState::Passed { 0 } else { 5 };
        lines.extend(details.take(most).map(|detail| format!("        {}", plain(detail))));
        lines.extend(item.note.lines().map(|line| format!("        “{}”", plain(line))));
        if !item.state.is_settled() {
            lines.extend(item.remedies.iter().map(|remedy| format!("        → {}", remedy.text)));
        }
    }
    lines
}

fn item_row(item: &ItemShown) -> String {
    let mark = match item.state {
        ItemState::Passed | ItemState::Ticked => "✓",
        ItemState::Overruled => "≈",
        ItemState::Skipped => "–",
        ItemState::Failed => "✗",
        ItemState::Unknown => "?",
        ItemState::Open => "·",
    };
    let evidence = match (&item.evidence, item.kind) {
        (Some(evidence), _) => format!("  {} ({})", plain(&evidence.text), evidence.source),
        (None, ItemKind::Person) => "  for you to say".to_owned(),
        (None, ItemKind::Auto) => String::new(),
    };
    format!("    {mark} {:<20} {}{evidence}", item.id, plain(&item.text))
}

fn history(history: &RoundHistory) -> anyhow::Result<Reply> {
    let row = |one: &caretaker_core::keeper::RoundSums| {
        let rate = one.rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.0} %"));
        let usual = one
            .usual_seconds
            .map_or_else(String::new, |seconds| format!(", usually in {:.0} min", (seconds / 60.0).ceil()));
        format!(
            "{:<18} {rate:>5}  {} done ({} late), {} left out, {} missed, {} excused{usual}",
            plain(&one.title),
            one.done,
            one.late,
            one.skipped,
            one.missed,
            one.excused
        )
    };
    let mut lines: Vec<String> = history.checklists.iter().map(row).collect();
    lines.push(String::new());
    lines.extend(history.past.iter().take(20).flat_map(noted));
    Reply::new(history, lines.join("\n"))
}

fn noted(past: &PastRound) -> Vec<String> {
    let word = match past.fate {
        PastFate::Done => "done",
        PastFate::Late => "done late",
        PastFate::Skipped => "left out",
        PastFate::Missed => "missed",
        PastFate::Excused => "excused",
    };
    let reason = past.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", plain(reason)));
    let slot = past.slot.replace('T', " ");
    let mut lines =
        vec![format!("{}  {:<18} {word}{reason}", &slot[..slot.len().min(16)], plain(&past.title))];
    lines.extend(past.notes.iter().map(|(item, note)| format!("    {}: {}", plain(item), plain(note))));
    lines
}
