//! When rounds of care come, and what is said of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveTime;

use super::super::model::RoutineSettings;
use super::super::reader::Section;
use super::super::units::shown;
use super::DAY;
use super::records::time_of_day;

/// The checklists that come with Caretaker.
const BUILT_IN: [&str; 6] = ["morning", "evening", "night", "weekly", "monthly", "quarterly"];

/// `path` is the profile's file: a relative folder starts beside it.
pub(super) fn routines(section: &Section<'_>, path: &Path, home: Option<&Path>) -> Option<RoutineSettings> {
    let folder = match section.text_or_none("folder") {
        None => None,
        Some(text) => Some(folder(section, &text, path, home)?),
    };
    let at = section.section("at");
    let times = BUILT_IN.iter().filter_map(|id| Some(((*id).to_owned(), at.text_or_none(id)?))).collect();
    at.refuse_others();
    let left_out = section.words("left_out");
    let notify = section.flag("notify");
    let hours = hours(section);
    let soon = section.time("soon", Duration::ZERO..=DAY);
    let patience = section.time("patience", Duration::ZERO..=DAY * 7);
    section.refuse_others();
    Some(RoutineSettings { folder, times, left_out, notify, hours, soon: soon?, patience: patience? })
}

fn folder(section: &Section<'_>, text: &str, path: &Path, home: Option<&Path>) -> Option<PathBuf> {
    match text.strip_prefix("~/") {
        Some(rest) => match home {
            Some(home) => Some(home.join(rest)),
            None => {
                section
                    .wrong("folder", format!("{} starts in a home folder, and there is none", shown(text)));
                None
            }
        },
        None => Some(path.parent().unwrap_or(Path::new("/")).join(text)),
    }
}

fn hours(section: &Section<'_>) -> Option<(NaiveTime, NaiveTime)> {
    let time = |key: &'static str| {
        let text = section.text_or_none(key)?;
        let time = time_of_day(&text);
        if time.is_none() {
            section.wrong(key, format!("{} is no time of day; write it like \"07:00\"", shown(&text)));
        }
        time
    };
    match (time("from"), time("until")) {
        (Some(from), Some(until)) if from != until => Some((from, until)),
        _ => None,
    }
}
