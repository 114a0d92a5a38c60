//! `caretaker demo`: a believable ecosystem to try things on.

use std::os::unix::process::CommandExt;

use chrono::{FixedOffset, Offset, Utc};
use serde::Serialize;

use crate::args::DemoCommand;
use crate::place::Place;
use crate::render::{self, Reply};

#[derive(Serialize)]
struct DemoBody {
    root: String,
    profile: String,
    pid: Option<u32>,
}

/// Runs the command; `demo run` becomes the stand-in process and does not come back.
pub fn run(place: &Place, command: &DemoCommand, json: bool) -> anyhow::Result<Reply> {
    let exe = std::env::current_exe()?;
    match command {
        DemoCommand::Create { dir } => {
            let now = place.clock.now();
            let offset = FixedOffset::east_opt(place.zone.offset_seconds(now)).unwrap_or_else(|| Utc.fix());
            let created = caretaker_demo::create(dir, now.with_timezone(&offset), &exe)?;
            let body = DemoBody {
                root: created.root.display().to_string(),
                profile: created.profile.display().to_string(),
                pid: None,
            };
            let text = format!(
                "Demo ecosystem made in {root}\n  run it:    caretaker demo run {root}\n  watch it:  caretaker --profile {profile} watch",
                root = body.root,
                profile = body.profile
            );
            Reply::new(&body, text)
        }
        DemoCommand::Run { dir, scenario, speed } => {
            // Another scenario takes the place of the one that runs.
            if let Some(before) = caretaker_demo::end_running(dir)? {
                render::message(&format!("Process {before}, which ran here before, has ended."));
            }
            let mut stand_in = caretaker_demo::stand_in_command(&exe, dir, *scenario, *speed)?;
            let root = std::fs::canonicalize(dir)?;
            // The stand-in takes this process over, so that the identifier printed here stays true.
            let pid = std::process::id();
            let body = DemoBody {
                profile: root.join(caretaker_demo::PROFILE).display().to_string(),
                root: root.display().to_string(),
                pid: Some(pid),
            };
            let text =
                format!("The demo ecosystem runs as process {pid}, scenario {scenario}. Ctrl-C ends it.");
            render::reply(&Reply::new(&body, text)?, json);
            Err(anyhow::Error::from(stand_in.exec()).context("the stand-in process could not be started"))
        }
    }
}
