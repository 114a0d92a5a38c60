//! Items that a report proves: that it came, a figure, a line, that it complains of nothing.

use super::{Judged, ReportKnown};
use crate::clock::Instant;
use crate::routines::checklist::ReportPart;
use crate::routines::item::ItemState;
use crate::signal::Level;

pub(super) fn no_kind(kind: &str, now: Instant) -> Judged {
    Judged::new(ItemState::Unknown, format!("the profile names no report “{kind}”"), now, "the profile")
}

pub(super) fn absent(report: &ReportKnown, now: Instant) -> Judged {
    let state = if report.is_awaited { ItemState::Open } else { ItemState::Failed };
    let judged = Judged::new(state, &report.says, now, &report.file);
    match report.level {
        Some(level) => judged.level(level),
        None => judged,
    }
}

pub(super) fn report(report: &ReportKnown, part: &ReportPart, now: Instant) -> Judged {
    let Some(at) = report.arrived_at else { return absent(report, now) };
    let found = |state, text: &str| Judged::new(state, text, at, &report.file);
    match part {
        ReportPart::Arrived => match report.level {
            Some(level @ (Level::Yellow | Level::Red)) => found(ItemState::Failed, &report.says).level(level),
            Some(Level::Unknown) => found(ItemState::Unknown, &report.says).level(Level::Unknown),
            _ => found(ItemState::Passed, &report.says).level(Level::Green),
        },
        ReportPart::Figure(keys) => {
            let named = |key: &&String| report.figures.iter().find(|(name, _)| name == *key);
            match keys.iter().find_map(|key| named(&key)) {
                Some((_, says)) => found(ItemState::Passed, says),
                None => found(ItemState::Unknown, &format!("the report does not say “{}”", first(keys))),
            }
        }
        ReportPart::Line(words) => {
            let begins = |line: &&String| {
                let line = line.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
                words.iter().any(|word| line.starts_with(word.as_str()))
            };
            match report.lines.iter().position(|line| begins(&line)) {
                Some(place) => {
                    let lines = block(&report.lines[place..]);
                    let text = lines.first().cloned().unwrap_or_default();
                    let (state, level) = match says_no(&text) {
                        true => (ItemState::Failed, Level::Yellow),
                        false => (ItemState::Passed, Level::Green),
                    };
                    found(state, &text).level(level).details(lines.into_iter().skip(1).collect())
                }
                None => found(ItemState::Unknown, &format!("the report has no “{}”", first(words))),
            }
        }
        ReportPart::Clean => match report.findings.as_slice() {
            [] => found(ItemState::Passed, "none").level(Level::Green),
            [one] => found(ItemState::Failed, one).level(Level::Yellow),
            several => found(ItemState::Failed, &format!("{} lines", several.len()))
                .level(Level::Yellow)
                .details(several.iter().take(20).cloned().collect()),
        },
    }
}

/// Whether a line of a report says of itself that it is not well.
fn says_no(line: &str) -> bool {
    line.contains(['❌', '✗', '✘'])
        || line
            .to_uppercase()
            .split(|c: char| !c.is_alphabetic())
            .any(|word| matches!(word, "FAIL" | "FAILED" | "FAILS" | "FAILING" | "FAILURE" | "CRITICAL"))
}

fn first(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

/// A line, and what is set in below it where it ends with a colon.
fn block(lines: &[String]) -> Vec<String> {
    let Some((head, rest)) = lines.split_first() else { return Vec::new() };
    let mut block = vec![head.trim().to_owned()];
    if head.trim_end().ends_with(':') {
        let below = rest.iter().take_while(|line| {
            !line.trim().is_empty()
                && (line.starts_with([' ', '\t']) || line.trim_start().starts_with(['•', '-', '*']))
        });
        block.extend(below.take(10).map(|line| line.trim().to_owned()));
    }
    block
}
