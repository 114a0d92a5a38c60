//! `caretaker process`: which process is watched.

use caretaker_core::observe::{ProcessSeen, process};
use serde::Serialize;

use crate::args::ProcessCommand;
use crate::commands::check::plain;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct StatusBody {
    pid: Option<u32>,
    started_at: Option<caretaker_core::clock::Instant>,
    command: Vec<String>,
    state: String,
    children: Vec<u32>,
    twins: Vec<u32>,
}

/// Says whether the process runs.
pub fn run(place: &Place, command: &ProcessCommand) -> anyhow::Result<Reply> {
    let ProcessCommand::Status = command;
    let profile = place.load_profile()?;
    let now = place.clock.now();
    let seen = process::ProcessSensor::new(profile.process.clone(), &profile.sampling)
        .look(now)
        .map_err(anyhow::Error::msg)?;
    let (body, text) = match seen {
        ProcessSeen::Gone => (
            StatusBody {
                pid: None,
                started_at: None,
                command: Vec::new(),
                state: "gone".into(),
                children: Vec::new(),
                twins: Vec::new(),
            },
            format!("“{}” does not run.", profile.name),
        ),
        ProcessSeen::Running(tree) => {
            let since = place.zone.local(tree.started_at).format("%Y-%m-%d %H:%M:%S");
            let text = format!(
                "“{}” runs as process {} since {since} ({}).\n  {}",
                profile.name,
                tree.pid,
                tree.run_state,
                plain(&tree.command.join(" "))
            );
            let body = StatusBody {
                pid: Some(tree.pid),
                started_at: Some(tree.started_at),
                command: tree.command,
                state: tree.run_state,
                children: tree.children,
                twins: tree.twins,
            };
            (body, text)
        }
    };
    Reply::new(&body, text)
}
