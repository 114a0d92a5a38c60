//! `caretaker alerts`: incidents with what was told of them.

use caretaker_core::alerts::{Incident, IncidentState};
use caretaker_core::store::Store;
use serde::Serialize;

use crate::args::AlertsCommand;
use crate::commands::check::{mark, plain};
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct AlertsBody {
    alerts: Vec<Incident>,
}

/// Lists incidents, newest first.
pub fn run(place: &Place, command: &AlertsCommand) -> anyhow::Result<Reply> {
    let AlertsCommand::List = command;
    let profile = place.load_profile()?;
    let alerts = match Store::open_read_only(&place.state)? {
        Some(store) => match store.find_ecosystem(&profile.root)? {
            Some(ecosystem) => store.incidents(ecosystem)?,
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    let text = if alerts.is_empty() {
        "No incidents are on record.".to_owned()
    } else {
        alerts.iter().map(|incident| row(place, incident)).collect::<Vec<_>>().join("\n")
    };
    Reply::new(&AlertsBody { alerts }, text)
}

fn row(place: &Place, incident: &Incident) -> String {
    let local = |at| place.zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string();
    let end = match (incident.state, incident.closed_at) {
        (IncidentState::Closed, Some(at)) => format!("until {}", local(at)),
        _ => "still open".to_owned(),
    };
    format!(
        "{} {}  {end}  {}\n    {}",
        mark(incident.level),
        local(incident.opened_at),
        incident.id,
        plain(&incident.message)
    )
}
