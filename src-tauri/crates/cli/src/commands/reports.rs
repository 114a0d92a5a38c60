//! `caretaker reports`: what there is by day, one of them, and how it compares.

use std::collections::BTreeMap;

use caretaker_core::clock::Instant;
use caretaker_core::keeper::{
    FigureShown, ReportFinding, ReportKindShown, ReportRow, ReportShown, ReportWord, Reports, ReportsShown,
};
use caretaker_core::signal::Level;
use serde::Serialize;

use crate::args::{ReportsCommand, WhichReport};
use crate::commands::check::{mark, plain};
use crate::place::Place;
use crate::render::{self, Reply};

/// Lists, shows or compares.
pub fn run(place: &Place, command: &ReportsCommand) -> anyhow::Result<Reply> {
    let clock = std::sync::Arc::clone(&place.clock);
    let reports = Reports::new(place.load_profile()?, &place.state, clock, place.zone);
    match command {
        ReportsCommand::List { days } => list(place, reports.listed(*days)),
        ReportsCommand::Show(which) => show(place, &reports, which),
        ReportsCommand::Compare(which) => compare(&reports, which),
    }
}

/// One report as the contract has it.
#[derive(Serialize)]
struct Entry<'a> {
    kind: &'a str,
    date: &'a str,
    path: &'a str,
    state: ReportWord,
    arrived_at: Option<Instant>,
    figures: BTreeMap<String, f64>,
    /// The first lines that speak of warnings or errors.
    warnings: &'a [String],
    why: &'a str,
    due_at: Option<Instant>,
    /// What follows a figure, where something does.
    units: BTreeMap<String, &'a str>,
    /// Figures that are far from what they usually are.
    unusual: &'a [String],
    reviewed_at: Option<Instant>,
}

impl<'a> Entry<'a> {
    fn of(row: &'a ReportRow) -> Self {
        let name = |key: &str| key.replace(' ', "_");
        // A name that comes twice, in two units: the first counts.
        let (mut figures, mut units) = (BTreeMap::new(), BTreeMap::new());
        for (key, value, unit) in row.values.iter().rev() {
            figures.insert(name(key), *value);
            units.insert(name(key), unit.as_str());
        }
        units.retain(|_, unit| !unit.is_empty());
        Self {
            kind: &row.kind,
            date: &row.date,
            path: &row.path,
            state: row.state,
            arrived_at: row.arrived_at,
            figures,
            warnings: &row.lines,
            why: &row.why,
            due_at: row.due_at,
            units,
            unusual: &row.unusual,
            reviewed_at: row.reviewed_at,
        }
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    reports: Vec<Entry<'a>>,
    kinds: &'a [ReportKindShown],
    /// What lies among the reports and is none.
    oddities: &'a [String],
}

fn list(place: &Place, shown: ReportsShown) -> anyhow::Result<Reply> {
    let rows = || shown.days.iter().flat_map(|day| &day.reports);
    let mut lines: Vec<String> = Vec::new();
    for day in &shown.days {
        lines.push(day.date.clone());
        lines.extend(day.reports.iter().map(|row| line(place, row)));
    }
    if lines.is_empty() {
        lines.push("There are no reports, and none were due.".into());
    }
    lines.extend(shown.oddities.iter().map(|odd| format!("Note: {}.", plain(odd))));
    let body =
        ListBody { reports: rows().map(Entry::of).collect(), kinds: &shown.kinds, oddities: &shown.oddities };
    Reply::new(&body, lines.join("\n"))
}

fn line(place: &Place, row: &ReportRow) -> String {
    let at = row
        .arrived_at
        .map_or_else(String::new, |at| format!("  {}", place.zone.local(at).format("%Y-%m-%d %H:%M")));
    let count = |count: usize, one: &str| match count {
        0 => String::new(),
        1 => format!("  one {one}"),
        many => format!("  {many} {one}s"),
    };
    let why = if row.why.is_empty() { String::new() } else { format!("  {}", plain(&row.why)) };
    let line = format!(
        "  {} {:<22} {:<13}{at}{}{}{}{why}",
        mark(level(row.state)),
        row.kind,
        row.state.says(),
        count(row.figures, "figure"),
        count(row.warnings, "warning"),
        count(row.unusual.len(), "unusual figure"),
    );
    line.trim_end().to_owned()
}

fn level(state: ReportWord) -> Level {
    match state {
        ReportWord::Arrived | ReportWord::ArrivedLate | ReportWord::Due => Level::Green,
        ReportWord::Excused | ReportWord::Writing => Level::Green,
        ReportWord::Late | ReportWord::Empty => Level::Yellow,
        ReportWord::Missing => Level::Red,
        ReportWord::Unknown => Level::Unknown,
    }
}

/// What is bad is a report that is not there, or holds nothing.
fn exit_code(row: &ReportRow) -> u8 {
    match row.state {
        ReportWord::Late | ReportWord::Missing | ReportWord::Empty | ReportWord::Unknown => 2,
        _ => 0,
    }
}

#[derive(Serialize)]
struct ShowBody<'a> {
    reports: [Entry<'a>; 1],
    text: &'a str,
    cut: bool,
    bytes: u64,
    findings: &'a [ReportFinding],
    missing_figures: &'a [String],
    missing_sections: &'a [String],
    twins: &'a [String],
}

/// Exit code 2 when it is not there, or holds nothing.
fn show(place: &Place, reports: &Reports, which: &WhichReport) -> anyhow::Result<Reply> {
    let shown = reports.report(&which.kind, which.date, None)?;
    let row = &shown.row;
    if !shown.text.is_empty()
        && let Err(error) = reports.review(&row.kind, row.date.parse()?)
    {
        // It is shown all the same: what fails is a note about the reader.
        render::message(&format!("Not noted as read: {error}"));
    }
    let mut lines = vec![head(&shown), line(place, row)];
    lines.extend(
        shown.twins.iter().map(|twin| format!("Note: {} claims to be the same report.", plain(twin))),
    );
    lines.extend(missing(&shown));
    if !shown.text.is_empty() {
        lines.extend([String::new(), shown.text.trim_end().to_owned()]);
    }
    if shown.cut {
        lines.push(format!("\nOnly the beginning of {} bytes is shown.", shown.bytes));
    }
    let body = ShowBody {
        reports: [Entry::of(row)],
        text: &shown.text,
        cut: shown.cut,
        bytes: shown.bytes,
        findings: &shown.findings,
        missing_figures: &shown.missing_figures,
        missing_sections: &shown.missing_sections,
        twins: &shown.twins,
    };
    Ok(Reply::new(&body, lines.join("\n"))?.exit(exit_code(row)))
}

fn head(shown: &ReportShown) -> String {
    format!("{} of {}: {}", shown.row.label, shown.row.date, shown.row.path)
}

fn missing(shown: &ReportShown) -> Vec<String> {
    let named = |names: &[String]| names.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    if !shown.missing_figures.is_empty() {
        lines.push(format!("Missing figures: {}.", named(&shown.missing_figures)));
    }
    if !shown.missing_sections.is_empty() {
        lines.push(format!("Missing sections: {}.", named(&shown.missing_sections)));
    }
    lines
}

#[derive(Serialize)]
struct CompareBody<'a> {
    reports: [Entry<'a>; 1],
    /// The day of the report before.
    before: Option<&'a str>,
    /// From how many reports the means are.
    of_reports: usize,
    compared: &'a [FigureShown],
    missing_figures: &'a [String],
    missing_sections: &'a [String],
}

/// Exit code 2 when it is not there, or holds nothing.
fn compare(reports: &Reports, which: &WhichReport) -> anyhow::Result<Reply> {
    let shown = reports.report(&which.kind, which.date, None)?;
    let before = match &shown.before {
        Some(day) => format!("Before it: {day}; means of {} reports in thirty days.", shown.of_reports),
        None => "There is none before it.".to_owned(),
    };
    let mut lines = vec![head(&shown), before];
    let number = caretaker_core::reports::compare::exact;
    lines.extend(shown.figures.iter().map(|figure| {
        let before =
            figure.before.map_or_else(String::new, |before| format!(" (before: {})", number(before)));
        let sign = mark(if figure.unusual { Level::Yellow } else { Level::Green });
        format!("  {sign} {}: {}{before}", plain(&figure.label), plain(&figure.says))
    }));
    if shown.figures.is_empty() {
        lines.push("  It gives no figures.".into());
    }
    lines.extend(missing(&shown));
    let body = CompareBody {
        reports: [Entry::of(&shown.row)],
        before: shown.before.as_deref(),
        of_reports: shown.of_reports,
        compared: &shown.figures,
        missing_figures: &shown.missing_figures,
        missing_sections: &shown.missing_sections,
    };
    Ok(Reply::new(&body, lines.join("\n"))?.exit(exit_code(&shown.row)))
}
