//! `caretaker incident report`: an incident on paper.

use caretaker_core::keeper::incident_report;
use serde::Serialize;

use crate::args::IncidentCommand;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    markdown: String,
}

/// Writes the report to stdout.
pub fn run(place: &Place, command: &IncidentCommand) -> anyhow::Result<Reply> {
    let IncidentCommand::Report { id } = command;
    let profile = place.load_profile()?;
    let markdown = incident_report(&place.state, &profile, id, &*place.clock, place.zone)?;
    Reply::new(&Body { markdown: markdown.clone() }, markdown)
}
