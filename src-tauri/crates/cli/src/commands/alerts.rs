//! `caretaker alerts`: incidents with what was told of them, and what people do about them.

use caretaker_core::alerts::{Handling, Incident, IncidentState};
use caretaker_core::error::ErrorKind;
use caretaker_core::keeper::{self, Handled};
use caretaker_core::store::Store;
use chrono::TimeDelta;
use serde::Serialize;

use crate::args::AlertsCommand;
use crate::commands::check::{mark, plain, secrets};
use crate::commands::replay;
use crate::commands::watch::Terminal;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct AlertsBody {
    alerts: Vec<Incident>,
}

/// Lists incidents, or does about one what was asked.
pub fn run(place: &Place, command: &AlertsCommand) -> anyhow::Result<Reply> {
    let now = place.clock.now();
    match command {
        AlertsCommand::List => list(place),
        AlertsCommand::Ack { id } => handle(place, &Handling::Acknowledge { id: id.clone() }),
        AlertsCommand::Replay { samples } => replay::run(place, samples.as_deref()),
        AlertsCommand::Test { channel } => test(place, channel.as_deref()),
        AlertsCommand::Snooze { id, span } => {
            let until = now + TimeDelta::from_std(*span)?;
            handle(place, &Handling::Snooze { id: Some(id.clone()), until })
        }
    }
}

/// Incidents, newest first.
fn list(place: &Place) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let alerts = match Store::open_read_only(&place.state)? {
        Some(store) => match store.find_ecosystem(&profile.root)? {
            Some(ecosystem) => store.incidents(ecosystem)?,
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    let text =
        if alerts.is_empty() { "No incidents are on record.".to_owned() } else { rows(place, &alerts) };
    Reply::new(&AlertsBody { alerts }, text)
}

#[derive(Serialize)]
struct TestBody {
    channels: Vec<Tested>,
}

#[derive(Serialize)]
struct Tested {
    name: String,
    problem: Option<String>,
}

/// Sends a test by each channel that is asked for; exit code 2 when one does not take it.
fn test(place: &Place, only: Option<&str>) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let names: Vec<String> = match only {
        Some(name) => vec![name.to_owned()],
        None => profile.channels.iter().map(|channel| channel.name.clone()).collect(),
    };
    let mut channels = Vec::new();
    for name in names {
        let sent = keeper::test_channel(&profile, Box::new(Terminal), secrets(), &name, place.clock.now());
        let problem = match sent {
            Err(error) if error.kind == ErrorKind::NotFound && only.is_some() => return Err(error.into()),
            sent => sent.err().map(|error| error.to_string()),
        };
        channels.push(Tested { name, problem });
    }
    let row = |one: &Tested| match &one.problem {
        None => format!("{}: handed over. Whether anybody sees it cannot be known from here.", one.name),
        Some(problem) => format!("{}: {}", one.name, plain(problem)),
    };
    let text = channels.iter().map(row).collect::<Vec<_>>().join("\n");
    let code = if channels.iter().any(|one| one.problem.is_some()) { 2 } else { 0 };
    Ok(Reply::new(&TestBody { channels }, text)?.exit(code))
}

fn handle(place: &Place, handling: &Handling) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let (alerts, text) = match keeper::handle(&place.state, &profile.root, handling, place.clock.now())? {
        Handled::Done(alerts) => {
            let text = rows(place, &alerts);
            (alerts, text)
        }
        Handled::HandedOver => {
            (Vec::new(), "Caretaker is running: it takes note of this at its next look.".to_owned())
        }
    };
    Reply::new(&AlertsBody { alerts }, text)
}

fn rows(place: &Place, alerts: &[Incident]) -> String {
    alerts.iter().map(|incident| row(place, incident)).collect::<Vec<_>>().join("\n")
}

fn row(place: &Place, incident: &Incident) -> String {
    let local = |at| place.zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string();
    let end = match (incident.state, incident.closed_at, incident.snoozed_until) {
        (IncidentState::Closed, Some(at), _) => format!("until {}", local(at)),
        (IncidentState::Snoozed, _, Some(until)) => format!("silent until {}", local(until)),
        (IncidentState::Acknowledged, ..) => "still open, seen".to_owned(),
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
