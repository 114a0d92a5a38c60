//! `caretaker profile`: make and check the description of an ecosystem.

use caretaker_core::profile::{self, Found, ProfileProblem};
use serde::Serialize;

use crate::args::ProfileCommand;
use crate::place::Place;
use crate::render::{Reply, exit};

#[derive(Serialize)]
struct InitBody {
    profile: String,
    found: Found,
    written: bool,
}

#[derive(Serialize)]
struct CheckBody {
    ok: bool,
    problems: Vec<ProfileProblem>,
}

/// Runs the command.
pub fn run(place: &Place, command: &ProfileCommand) -> anyhow::Result<Reply> {
    match command {
        ProfileCommand::Init { root, dry_run } => init(place, root, *dry_run),
        ProfileCommand::Check => check(place),
    }
}

fn init(place: &Place, root: &std::path::Path, dry_run: bool) -> anyhow::Result<Reply> {
    let found = profile::discover(root, &caretaker_core::observe::process::list())?;
    let text = profile::render_profile(&found);
    if !dry_run {
        profile::write_profile(&place.profile, &text)?;
    }
    let shown = if dry_run { text } else { found_text(&found, place) };
    Reply::new(&InitBody { profile: place.profile.display().to_string(), found, written: !dry_run }, shown)
}

fn found_text(found: &Found, place: &Place) -> String {
    let mut lines = vec![format!("Profile for “{}” written to {}", found.name, place.profile.display())];
    let mut row = |what: &str, value: String| lines.push(format!("  {what:<9} {value}"));
    row("process", found.program.clone().unwrap_or_else(|| "not found".into()));
    row("state", found.state_file.clone().unwrap_or_else(|| "none".into()));
    for log in &found.logs {
        row("log", format!("{} ({})", log.path, log.format));
    }
    for report in &found.reports {
        row("reports", format!("{} × {}", report.count, report.pattern));
    }
    row("modules", found.modules.len().to_string());
    lines.extend(found.notes.iter().map(|note| format!("  note: {note}")));
    lines.join("\n")
}

fn check(place: &Place) -> anyhow::Result<Reply> {
    match profile::load(&place.profile, place.home.as_deref()) {
        Ok(profile) => {
            let text = format!(
                "{} is in order: “{}” in {}",
                place.profile.display(),
                profile.name,
                profile.root.display()
            );
            Reply::new(&CheckBody { ok: true, problems: Vec::new() }, text)
        }
        Err(errors) => {
            let problems = errors.problems().to_vec();
            if problems.is_empty() {
                return Err(errors.into());
            }
            let text = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            Ok(Reply::new(&CheckBody { ok: false, problems }, text)?.exit(exit::USAGE))
        }
    }
}
