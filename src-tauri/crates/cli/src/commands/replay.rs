//! `caretaker alerts replay`: recorded or given values through the rules, delivering nothing.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use caretaker_core::alerts::{Replay, Replayed, Sample};
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::LookBack;
use caretaker_core::profile::Profile;
use chrono::TimeDelta;

use crate::commands::check::plain;
use crate::place::Place;
use crate::render::Reply;

/// A line of a sample has some hundred bytes; what is longer is something else.
const LONGEST: u64 = 64 * 1024;

/// Every look is kept for two days.
const ON_RECORD: TimeDelta = TimeDelta::days(2);

/// Runs the values of `samples`, or those on record, through the rules of the profile.
pub fn run(place: &Place, samples: Option<&Path>) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let replayed = match samples {
        Some(file) => from_file(&profile, file)?,
        None => {
            let record = LookBack::open(&place.state, profile.clone(), place.zone)?;
            record.replay(&profile, place.clock.now() - ON_RECORD)?
        }
    };
    let text = page(place, &replayed);
    Reply::new(&replayed, text)
}

fn from_file(profile: &Profile, file: &Path) -> anyhow::Result<Replayed> {
    let open = File::open(file).map_err(|error| Error::io("read", file, error))?;
    let mut reader = BufReader::with_capacity(256 * 1024, open);
    let mut replay = Replay::new(profile);
    let mut line = Vec::new();
    let mut number = 0_u64;
    loop {
        line.clear();
        number += 1;
        let wrong = |what: String| {
            Error::new(ErrorKind::Damaged, format!("{}:{number}: {what}", file.display())).at(file)
        };
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|error| Error::io("read", file, error))? == 0 {
            return Ok(replay.end());
        }
        if line.len() as u64 >= LONGEST {
            return Err(wrong("the line is too long for a sample".into()).into());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let sample = Sample::from_json(&line).map_err(wrong)?;
        replay.take(sample).map_err(|error| {
            let hint = error.hint.unwrap_or_default();
            wrong(error.message).hint(hint)
        })?;
    }
}

fn page(place: &Place, replayed: &Replayed) -> String {
    let mut lines: Vec<String> = replayed
        .notifications
        .iter()
        .map(|told| {
            let at = place.zone.local(told.at).format("%Y-%m-%d %H:%M:%S");
            let words = told.text.lines().map(plain).collect::<Vec<_>>().join("\n    ");
            format!("{at}  {words}")
        })
        .collect();
    let (told, alerts) = (replayed.notifications.len(), replayed.alerts.len());
    lines.push(format!("Notifications: {told}, incidents: {alerts}. Nothing was delivered."));
    lines.join("\n")
}
