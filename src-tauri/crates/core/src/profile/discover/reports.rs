//! Which daily reports there are, told from the names of the files.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::folder::Folder;
use crate::profile::FoundReport;

/// The kinds that have a signal of their own, and the other names they go by.
const KNOWN: [(&str, &str); 3] = [("morning", "morning"), ("evening", "evening"), ("daily_summary", "daily")];
/// What the manual has people write into the root; never due.
const BY_HAND: [&str; 3] = ["weekly_performance", "monthly_verification", "monthly_security"];
const MOST: usize = 20;

pub(super) fn look(folder: &mut Folder) -> Vec<FoundReport> {
    let mut counts: BTreeMap<(&str, String, String), u32> = BTreeMap::new();
    for entry in folder.files("reports", 50_000) {
        if let Some((prefix, extension)) = split(&entry.name) {
            *counts.entry(("reports/", prefix, extension)).or_default() += 1;
        }
    }
    let none_by_itself = counts.is_empty();
    for entry in folder.files("", 50_000) {
        if let Some((prefix, extension)) = split(&entry.name).filter(|(name, _)| is_by_hand(name)) {
            *counts.entry(("", prefix, extension)).or_default() += 1;
        }
    }
    let mut found: BTreeMap<String, FoundReport> = BTreeMap::new();
    for ((place, prefix, extension), count) in counts {
        let report = FoundReport {
            kind: kind_of(&prefix),
            pattern: format!("{place}{prefix}_{{date}}.{extension}"),
            count,
        };
        // The same report as text and as JSON: the one there is more of.
        match found.get(&report.kind) {
            Some(other) if other.count >= report.count => {}
            _ => {
                found.insert(report.kind.clone(), report);
            }
        }
    }
    if none_by_itself {
        folder.notes.push("No dated reports were found in reports, so none are expected.".into());
    }
    let mut reports: Vec<FoundReport> = found.into_values().collect();
    let place =
        |report: &FoundReport| KNOWN.iter().position(|(kind, _)| *kind == report.kind).unwrap_or(KNOWN.len());
    reports.sort_by_key(place);
    reports.truncate(MOST);
    let unknown: Vec<&str> = reports
        .iter()
        .map(|report| report.kind.as_str())
        .filter(|kind| due(kind).is_none() && !is_by_hand(kind))
        .collect();
    if !unknown.is_empty() {
        folder.notes.push(format!(
            "When these reports are due is not known, so they are not expected yet: {}.",
            unknown.join(", ")
        ));
    }
    reports
}

fn is_by_hand(kind: &str) -> bool {
    BY_HAND.contains(&kind)
}

/// When a known kind is due, local time.
pub(in super::super) fn due(kind: &str) -> Option<&'static str> {
    match kind {
        "morning" => Some("06:00"),
        "evening" => Some("18:00"),
        "daily_summary" => Some("23:00"),
        _ => None,
    }
}

/// Splits `morning_20251216.txt` into `morning` and `txt`.
fn split(name: &str) -> Option<(String, String)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let (prefix, date) = stem.rsplit_once('_')?;
    let plain = !prefix.is_empty()
        && prefix.len() <= 40
        && prefix.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let dated = date.len() == 8 && NaiveDate::parse_from_str(date, "%Y%m%d").is_ok();
    (plain && dated && matches!(extension, "txt" | "json" | "md" | "html"))
        .then(|| (prefix.to_owned(), extension.to_owned()))
}

fn kind_of(prefix: &str) -> String {
    let lower = prefix.to_ascii_lowercase();
    let known =
        KNOWN.iter().find(|(kind, begins)| lower == *kind || lower.split(['_', '-']).next() == Some(begins));
    known.map_or(lower.clone(), |(kind, _)| (*kind).to_owned())
}
