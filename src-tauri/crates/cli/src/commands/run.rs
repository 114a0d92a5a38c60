//! `caretaker run`: a program of the profile, and what it claims beside what there is to compare it with.

use caretaker_core::judge::words;
use caretaker_core::keeper::{ProgramRun, ProgramShown, Programs};
use caretaker_core::profile::number_with_unit;
use caretaker_core::signal::Unit;
use caretaker_core::upkeep::ProgramFigureShown;
use serde::Serialize;

use crate::args::RunArgs;
use crate::commands::check::{self, plain};
use crate::commands::progress::Line;
use crate::place::Place;
use crate::render::{Reply, exit};

/// Of each list so many lines are shown to people.
const MOST_LINES: usize = 15;

#[derive(Serialize)]
struct Listed {
    programs: Vec<ProgramShown>,
}

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    run: ProgramRun,
    /// Whether it was kept as the baseline.
    baseline_kept: bool,
}

/// Runs one, or lists them.
pub fn run(place: &Place, args: &RunArgs, json: bool) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let programs = Programs::new(profile, &place.state, std::sync::Arc::clone(&place.clock), place.zone);
    let Some(name) = &args.name else { return list(place, programs.list()?) };
    // Where nobody watches nothing is on record to hold its claims against: one look before.
    if programs.needs_look(name)? {
        check::look(place);
    }
    let line = Line::new(json);
    let ran = programs.run(name, &line);
    line.done();
    let run = ran?;
    let kept = args.baseline.then(|| programs.keep_baseline(name)).transpose()?.is_some();
    let text = page(place, &run, kept);
    let code = if run.ok { exit::DONE } else { exit::BAD };
    Ok(Reply::new(&Body { run, baseline_kept: kept }, text)?.exit(code))
}

fn list(place: &Place, programs: Vec<ProgramShown>) -> anyhow::Result<Reply> {
    let mut lines = Vec::new();
    for program in &programs {
        let last = match &program.last {
            Some(last) => format!("last run {}", place.zone.local(last.at).format("%Y-%m-%d %H:%M")),
            None => "not run yet".to_owned(),
        };
        lines.push(format!("{:<14} {}; {last}", plain(&program.name), plain(&program.title)));
        match &program.cannot_run {
            Some(why) => lines.push(format!("               cannot run: {}", plain(why))),
            None => lines.push(format!("               {}", plain(&program.command.join(" ")))),
        }
    }
    if lines.is_empty() {
        lines.push("The profile has no programs.".into());
    }
    Reply::new(&Listed { programs }, lines.join("\n"))
}

fn page(place: &Place, run: &ProgramRun, kept: bool) -> String {
    let claims = &run.claims;
    let ended = match &run.fault {
        Some(fault) => format!("did not end well: {}", plain(fault)),
        None => "ended well".to_owned(),
    };
    let mut lines = vec![format!("{} ran for {} and {ended}.", plain(&run.title), words::took(run.seconds))];
    lines.extend(run.complaints.lines().map(|line| format!("  {}", plain(line))));
    let cut = if run.cut { ", cut there" } else { "" };
    lines.push(format!(
        "What it printed ({}{cut}) is kept as {}.",
        words::bytes(run.bytes),
        plain(&run.output)
    ));
    lines.extend(
        run.earlier.as_ref().map(|earlier| format!("The earlier one of today is now {}.", plain(earlier))),
    );
    if kept {
        lines.push("This run is the baseline from now on.".into());
    }
    lines.push(String::new());
    lines.push("It claims, and nobody checked it:".into());
    if claims.passed + claims.failed > 0 {
        lines.push(format!("  {} ticked off, {} failed", claims.passed, claims.failed));
    }
    lines.extend(some(&claims.failures, |text| format!("  {}", plain(text))));
    lines.extend(some(&claims.warnings, |text| format!("  {}", plain(text))));
    lines.extend(claims.figures.iter().map(figure));
    lines.extend(some(&claims.counts, |count| {
        format!("  {} of {}: {}", count.done, count.of, plain(&count.says))
    }));
    if !claims.verdict.is_empty() {
        lines.push(format!("  “{}”", plain(&claims.verdict)));
    }
    let nothing = lines.last().is_some_and(|last| last.ends_with("checked it:"));
    if nothing {
        lines.push("  nothing that can be read".into());
    }
    let at = |at| place.zone.local(at).format("%Y-%m-%d %H:%M");
    lines.extend(run.before_at.map(|then| format!("  (before: the run of {})", at(then))));
    lines.extend(run.baseline_at.map(|then| format!("  (baseline: the run of {})", at(then))));
    if claims.constant {
        lines.push(
            "Its figures are those of the run before, to the last digit: perhaps nothing was measured."
                .into(),
        );
    }
    lines.extend(claims.contradictions.iter().map(|text| format!("Contradiction: {}", plain(text))));
    lines.join("\n")
}

fn figure(shown: &ProgramFigureShown) -> String {
    let one = &shown.figure;
    let mut says =
        vec![format!("  {:<24} {:>12}", plain(&one.label), plain(&number_with_unit(one.value, &one.unit)))];
    if let Some(target) = &shown.target {
        let met = match shown.met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "in another unit",
        };
        says.push(format!("target {}: {met}", plain(target)));
    }
    says.extend(shown.before.map(|before| format!("before {before}")));
    says.extend(shown.baseline.map(|then| format!("baseline {then}")));
    let unit = shown.signal.map_or(Unit::None, caretaker_core::signal::SignalId::unit);
    says.extend(shown.measured.map(|seen| format!("measured {}", words::value(seen, unit))));
    says.join("   ")
}

/// A line for each of the first, and how many more there are.
fn some<T>(all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let more = all.len().saturating_sub(MOST_LINES);
    let rest = (more > 0).then(|| format!("  … and {more} more"));
    all.iter().take(MOST_LINES).map(line).chain(rest).collect()
}
