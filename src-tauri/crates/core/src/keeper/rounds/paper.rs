//! A round on paper: as Markdown, to be kept or printed.

use super::{ItemShown, RoundShown, Rounds};
use crate::clock::Zone;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Verdict;
use crate::keeper::markdown::plain;
use crate::routines::item::ItemState;

impl Rounds {
    /// The round of `id` as Markdown.
    ///
    /// # Errors
    /// When there is no such round, or the record cannot be read.
    pub fn markdown(&self, id: &str, verdict: Option<&Verdict>) -> Result<String> {
        let shown = self.shown(verdict)?;
        let round = shown.rounds.iter().find(|round| round.id == id);
        let round =
            round.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no round “{id}”")))?;
        Ok(markdown(round, &self.profile.name, self.zone))
    }
}

/// A round as Markdown.
pub(super) fn markdown(round: &RoundShown, ecosystem: &str, zone: Zone) -> String {
    let local = |at| zone.local(at).format("%Y-%m-%d %H:%M").to_string();
    let mut lines = vec![
        format!("# {}: {}", plain(ecosystem), plain(&round.title)),
        String::new(),
        format!("{} – {}. {}", local(round.due_from), local(round.due_by), round.says),
    ];
    lines.extend(round.reason.iter().map(|reason| format!("Left out: {}", plain(reason))));
    let mut section = "";
    for item in &round.items {
        if item.section != section {
            section = &item.section;
            lines.extend([String::new(), format!("## {}", plain(section)), String::new()]);
        }
        lines.extend(item_lines(item, &local));
    }
    lines.join("\n") + "\n"
}

fn item_lines(item: &ItemShown, local: &impl Fn(crate::clock::Instant) -> String) -> Vec<String> {
    let tick = if item.state.is_settled() { "x" } else { " " };
    let word = match item.state {
        ItemState::Open | ItemState::Passed | ItemState::Ticked => String::new(),
        other => format!(" ({})", other.word()),
    };
    let mut lines = vec![format!("- [{tick}] {}{word}", plain(&item.text))];
    if let Some(evidence) = &item.evidence {
        lines.push(format!("  - {} ({}, {})", plain(&evidence.text), evidence.source, local(evidence.at)));
        lines.extend(evidence.details.iter().map(|detail| format!("    - {}", plain(detail))));
    }
    lines.extend(item.note.lines().map(|line| format!("  > {}", plain(line))));
    lines
}
