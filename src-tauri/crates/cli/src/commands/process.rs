//! `caretaker process`: which process is watched; starting and stopping it.

use caretaker_core::keeper::{Doing, ProcessCare, ProcessPlan, ProcessShown};
use serde::Serialize;

use crate::args::{Consent, ProcessCommand};
use crate::commands::check::plain;
use crate::commands::consent::{Answer, ask};
use crate::commands::progress::Line;
use crate::place::Place;
use crate::render::Reply;

/// Says how the process is, or does something about it.
pub fn run(place: &Place, command: &ProcessCommand, json: bool) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let name = profile.name.clone();
    let care = ProcessCare::new(profile, &place.state, std::sync::Arc::clone(&place.clock), place.zone);
    match command {
        ProcessCommand::Status => status(place, &care, &name),
        ProcessCommand::Start { again, consent } => act(&care, Doing::Start, *again, *consent, json),
        ProcessCommand::Stop { consent } => act(&care, Doing::Stop, true, *consent, json),
        ProcessCommand::Restart { again, consent } => act(&care, Doing::Restart, *again, *consent, json),
    }
}

fn status(place: &Place, care: &ProcessCare, name: &str) -> anyhow::Result<Reply> {
    let shown = care.shown()?;
    let text = match (shown.pid, shown.started_at) {
        (Some(pid), Some(started)) => {
            let since = place.zone.local(started).format("%Y-%m-%d %H:%M:%S");
            let line = plain(&shown.command.join(" "));
            format!("“{name}” runs as process {pid} since {since} ({}).\n  {line}", shown.state)
        }
        _ => format!("“{name}” does not run."),
    };
    Reply::new(&shown, text)
}

#[derive(Serialize)]
struct Body {
    /// Whether it was done; otherwise it is what would be done.
    done: bool,
    plan: ProcessPlan,
    said: Option<String>,
    #[serde(flatten)]
    process: ProcessShown,
}

fn act(care: &ProcessCare, doing: Doing, again: bool, consent: Consent, json: bool) -> anyhow::Result<Reply> {
    let plan = care.plan(doing)?;
    let mut lines = vec![plain(&plan.title)];
    lines.extend(plan.steps.iter().map(|step| format!("  {}", plain(step))));
    lines.extend(plan.warning.iter().map(|warning| format!("  Mind: {warning}")));
    let shown = lines.join("\n");
    if ask(consent, &shown, "Do this?")? == Answer::OnlyShown {
        return Reply::new(&Body { done: false, plan, said: None, process: care.shown()? }, shown);
    }
    let line = Line::new(json);
    let said = care.act(doing, again, &line);
    line.done();
    let said = said?;
    Reply::new(&Body { done: true, plan, said: Some(said.clone()), process: care.shown()? }, said)
}
