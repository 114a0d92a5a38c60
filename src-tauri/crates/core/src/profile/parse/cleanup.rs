//! How old logs and reports become, and how long clean-up can be undone.

use std::time::Duration;

use super::super::cleanup::CleanupSettings;
use super::super::reader::Section;
use super::DAY;

/// Nothing is cleaned up sooner than after a day.
const RANGE: std::ops::RangeInclusive<Duration> = DAY..=DAY.saturating_mul(3650);

pub(super) fn cleanup(section: &Section<'_>) -> Option<CleanupSettings> {
    let [logs, reports, quarantine] = ["logs", "reports", "quarantine"].map(|key| age(section, key));
    section.refuse_others();
    Some(CleanupSettings { logs: logs?, reports: reports?, quarantine: quarantine? })
}

/// Reads an age; `Some(None)` where it is "", `None` where it is wrong, which is noted.
fn age(section: &Section<'_>, key: &'static str) -> Option<Option<Duration>> {
    if section.text(key)?.trim().is_empty() {
        return Some(None);
    }
    section.time(key, RANGE).map(Some)
}
