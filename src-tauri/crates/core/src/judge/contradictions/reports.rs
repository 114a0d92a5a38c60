//! Figures of the newest reports that the measurements refute.

use crate::clock::Instant;
use crate::judge::contradictions::{SLACK, WRITTEN_WITHIN};
use crate::judge::scene::Scene;
use crate::judge::words;
use crate::observe::reports::Figure;
use crate::observe::{ReportSeen, ReportState};

/// What a report calls the errors it met.
const ERRORS: &[&str] =
    &["errors", "error count", "total errors", "errors encountered", "errors today", "errors met"];
/// What it calls the time since the ecosystem started.
const UPTIME: &[&str] = &["uptime", "uptime hours", "system uptime"];

/// One sentence for each report with such a figure.
pub(super) fn refuted(scene: &Scene<'_>) -> Vec<String> {
    let sentence = |report: &ReportSeen| {
        let ReportState::Arrived { at } = report.state else { return None };
        // Written in the future: under another clock.
        (at <= scene.now).then(|| errors(scene, report, at).or_else(|| uptime(scene, report, at))).flatten()
    };
    scene.seen.reports.iter().filter_map(sentence).collect()
}

/// No errors, says the report of a day whose log holds some from before it was written.
fn errors(scene: &Scene<'_>, report: &ReportSeen, at: Instant) -> Option<String> {
    let says = figure(report, ERRORS)?;
    let tally = scene.seen.errors.as_ref()?.fresh(scene.now, scene.cheap())?;
    let day = scene.zone.local(at).date();
    let before = |logged: &Instant| *logged + WRITTEN_WITHIN <= at && scene.zone.local(*logged).date() == day;
    let last = tally.by_module.iter().filter_map(|module| module.last_at).filter(before).max()?;
    (says.value == 0.0).then(|| {
        let when = words::moment(last, scene.now, scene.zone);
        format!("{} says there were no errors, but the log holds one of {when}.", named(report))
    })
}

/// A longer time than the process had run when the report was written.
fn uptime(scene: &Scene<'_>, report: &ReportSeen, at: Instant) -> Option<String> {
    let says = figure(report, UPTIME)?;
    let hours = match says.unit.as_str() {
        "h" | "hour" | "hours" | "hrs" | "" => says.value,
        "d" | "day" | "days" => says.value * 24.0,
        "m" | "min" | "minutes" => says.value / 60.0,
        _ => return None,
    };
    let tree = scene.process()?;
    let measured = at - tree.started_at;
    // A process that started after the report was written says nothing about the one before it.
    if measured < chrono::TimeDelta::zero() {
        return None;
    }
    (hours * 3_600.0 > words::seconds(measured + SLACK)).then(|| {
        let (says, is) = (words::span(hours * 3_600.0), words::span(words::seconds(measured)));
        format!("{} says it had run for {says}, but it had run for {is} then.", named(report))
    })
}

fn figure<'a>(report: &'a ReportSeen, keys: &[&str]) -> Option<&'a Figure> {
    report.figures.iter().find(|figure| keys.contains(&figure.key.as_str()) && figure.value >= 0.0)
}

fn named(report: &ReportSeen) -> String {
    format!("The {} report", report.kind.replace('_', " "))
}
