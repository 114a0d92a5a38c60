//! `caretaker tune review`: every setting in one view, and that it was looked at.

use std::sync::Arc;

use caretaker_core::keeper::{ReviewedFile, ReviewedSetting, SettingsReview, SettingsReviewShown};
use caretaker_core::observe::drift::How;
use serde::Serialize;

use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    /// Whether it was marked as reviewed.
    done: bool,
    #[serde(flatten)]
    review: SettingsReviewShown,
}

/// Shows the review; with `done`, marks what is shown as reviewed. That changes nothing but Caretaker's own notes.
pub fn run(place: &Place, done: bool, note: Option<&str>) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let review = SettingsReview::new(&profile, &place.state, Arc::clone(&place.clock));
    let shown = review.shown()?;
    if done {
        review.done(&shown.seen, note)?;
    }
    let mut text = text(place, &shown);
    if done {
        text.push_str("\nReviewed: what changes from now on is told.");
    }
    Reply::new(&Body { done, review: shown }, text)
}

fn text(place: &Place, review: &SettingsReviewShown) -> String {
    let mut lines = vec![match review.reviewed_at {
        None => "Never reviewed before: nothing to compare with.".to_owned(),
        Some(at) => {
            let at = place.zone.local(at).format("%Y-%m-%d %H:%M");
            let note = review.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
            format!(
                "Since the review of {at}{note}: {} values changed, {} keys are new.",
                review.changed, review.unknown
            )
        }
    }];
    for file in &review.files {
        lines.extend([String::new(), format!("{}{}", file.name, if file.new { "  (new)" } else { "" })]);
        lines.extend(file.settings.iter().map(row));
        lines.extend(removed(file));
    }
    lines.extend(review.gone.iter().map(|name| format!("\n{name}  (gone)")));
    for file in &review.broken {
        lines.push(format!("\n{}  (broken)\n  ⬣ {}", file.name, file.why));
        lines.extend(file.hint.iter().map(|hint| format!("    {hint}")));
    }
    if !review.drift.is_empty() {
        let commit = review.commit.as_ref().map_or_else(String::new, |commit| format!(" ({commit})"));
        lines.push(format!("\nChanged, and nobody announced it{commit}:"));
        lines.extend(review.drift.iter().map(|file| {
            let how = match file.how {
                How::New => "new",
                How::Changed => "changed",
                How::Gone => "gone",
            };
            format!("  {how:<8} {}", file.path)
        }));
    }
    lines.join("\n")
}

fn row(one: &ReviewedSetting) -> String {
    let mark = if one.changed { "▲" } else { " " };
    let mut text = format!("{mark}{:>5} {}: {}", one.line, one.key, one.value);
    match &one.before {
        Some(before) if one.secret && *before == one.value => text.push_str("  (another secret than before)"),
        Some(before) => text.push_str(&format!("  (was {before})")),
        None if one.unknown => text.push_str("  (new key)"),
        None => {}
    }
    if let Some(usual) = one.usual.as_ref().filter(|usual| **usual != one.value) {
        text.push_str(&format!("  usually {usual}"));
    }
    text
}

fn removed(file: &ReviewedFile) -> impl Iterator<Item = String> + '_ {
    file.removed.iter().map(|(key, before)| format!("▲      {key} is gone  (was {before})"))
}
