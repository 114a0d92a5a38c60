//! `caretaker modules`: which are switched on, and switching them.

use caretaker_core::observe::state::read_state;
use serde::Serialize;

use crate::args::ModulesCommand;
use crate::commands::check::plain;
use crate::commands::tune;
use crate::place::Place;
use crate::render::Reply;

/// Lists or switches the modules of the profile.
pub fn run(place: &Place, command: &ModulesCommand) -> anyhow::Result<Reply> {
    let tuning = tune::open(place)?;
    match command {
        ModulesCommand::List => list(place, &tuning),
        ModulesCommand::Disable { name, consent } => {
            tune::change(place, &tuning, &tuning.plan_disable(name)?, *consent)
        }
        ModulesCommand::Enable { name, consent } => {
            tune::change(place, &tuning, &tuning.plan_enable(name)?, *consent)
        }
    }
}

#[derive(Serialize)]
struct ListBody {
    modules: Vec<Row>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    /// Nothing where no settings file has a switch for it.
    enabled: Option<bool>,
    /// What the state file claims of it; nothing where it says nothing.
    status: Option<String>,
    file: Option<String>,
}

fn list(place: &Place, tuning: &caretaker_core::upkeep::Tuning) -> anyhow::Result<Reply> {
    let (settings, problems) = tuning.modules()?;
    let state = place.load_profile()?.state;
    let seen = state.and_then(|file| read_state(&file, place.clock.now(), place.zone).ok());
    let claims = seen.map(|seen| seen.claims.modules).unwrap_or_default();
    let mut lines = Vec::new();
    let mut modules = Vec::new();
    for module in settings {
        let status = claims.get(&module.name).and_then(|claim| claim.status.clone());
        let word = match module.enabled {
            Some(true) => "on",
            Some(false) => "off",
            None => "?",
        };
        lines.push(format!(
            "{word:<4} {:<32} {:<16} {}",
            plain(&module.name),
            plain(status.as_deref().unwrap_or("–")),
            plain(module.file.as_deref().unwrap_or("no settings file has a switch for it"))
        ));
        modules.push(Row { name: module.name, enabled: module.enabled, status, file: module.file });
    }
    if modules.is_empty() {
        lines.push("The profile has no modules.".into());
    }
    lines.extend(problems.iter().map(|what| format!("left out {}", plain(what))));
    Reply::new(&ListBody { modules, problems }, lines.join("\n"))
}
