//! `caretaker profile`: make and check the description of an ecosystem.

use caretaker_core::error::ErrorKind;
use caretaker_core::profile::{self, Found, ProfileProblem, Site};
use serde::Serialize;

use crate::args::ProfileCommand;
use crate::commands::check::plain;
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
        ProfileCommand::List => list(place),
        ProfileCommand::Off { name } => turn(place, name, false),
        ProfileCommand::On { name } => turn(place, name, true),
    }
}

/// One ecosystem of this machine.
#[derive(Serialize)]
struct Row {
    id: String,
    /// What its people call it; `None` where its profile cannot be read.
    name: Option<String>,
    root: Option<String>,
    profile: String,
    state: String,
    watched: bool,
}

#[derive(Serialize)]
struct ListBody {
    ecosystems: Vec<Row>,
}

fn list(place: &Place) -> anyhow::Result<Reply> {
    let sites = place.all_sites()?;
    let row = |site: Site, watched: bool| {
        let read = profile::load(&site.profile, place.home.as_deref()).ok().filter(|_| watched);
        Row {
            id: site.id,
            name: read.as_ref().map(|profile| profile.name.clone()),
            root: read.map(|profile| profile.root.display().to_string()),
            profile: site.profile.display().to_string(),
            state: site.state_dir.display().to_string(),
            watched,
        }
    };
    let watched = sites.watched().into_iter().map(|site| row(site, true));
    let ecosystems: Vec<Row> = watched.chain(sites.off().into_iter().map(|site| row(site, false))).collect();
    let line = |row: &Row| {
        let about = match (&row.name, &row.root, row.watched) {
            (Some(name), Some(root), _) => format!("{} in {}", plain(name), plain(root)),
            (_, _, true) => format!("cannot be read: {}", plain(&row.profile)),
            _ => "put off".to_owned(),
        };
        format!("  {:<20} {about}", row.id)
    };
    let text = if ecosystems.is_empty() {
        "No ecosystem yet. Make a profile with: caretaker profile init --root DIR".to_owned()
    } else {
        ecosystems.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    Reply::new(&ListBody { ecosystems }, text)
}

#[derive(Serialize)]
struct TurnBody {
    id: String,
    profile: String,
    watched: bool,
}

fn turn(place: &Place, name: &str, on: bool) -> anyhow::Result<Reply> {
    let site = place.all_sites()?.turn(name, on)?;
    let text = if on {
        format!("“{name}” is watched again, by whoever watches this machine’s ecosystems.")
    } else {
        format!(
            "“{name}” is watched no longer. Its profile, records and backups stay: `caretaker profile on {name}`."
        )
    };
    Reply::new(&TurnBody { id: site.id, profile: site.profile.display().to_string(), watched: on }, text)
}

fn init(place: &Place, root: &std::path::Path, dry_run: bool) -> anyhow::Result<Reply> {
    let found = profile::discover(root, &caretaker_core::observe::process::list())?;
    let text = profile::render_profile(&found);
    if !dry_run {
        profile::write_profile(&place.profile, &text).map_err(|error| match error.kind {
            ErrorKind::Busy => error.hint("For a second ecosystem, give it a name: --profile NAME."),
            _ => error,
        })?;
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
