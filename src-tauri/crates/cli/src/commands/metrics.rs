//! `caretaker metrics`: every signal as OpenMetrics text, from the record where somebody watches, by a look of its own otherwise.

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::{host, loop_cost, reading_of, recorded_reading};
use caretaker_core::metrics::{Reading, open_metrics};
use caretaker_core::profile::Profile;
use chrono::TimeDelta;

use crate::commands::check;
use crate::place::Place;
use crate::render::{self, Reply};

/// A record older than this many looks is not the present.
const LOOKS: u32 = 3;

/// Prints the text; one ecosystem that cannot be read is unknown and keeps no other from being told.
pub fn run(places: &[(String, Place)], json: bool) -> anyhow::Result<Reply> {
    if json {
        return Err(Error::new(ErrorKind::Usage, "metrics are text for Prometheus, not JSON")
            .hint("`caretaker check --json` has the same figures as JSON.")
            .into());
    }
    let [(_, first), ..] = places else { anyhow::bail!("there is nothing to tell of") };
    // Most of the time goes into reading profiles and records: all cores do it.
    let hands = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let all: Vec<anyhow::Result<Reading>> = std::thread::scope(|scope| {
        let work =
            |part: &'_ [(String, Place)]| part.iter().map(|(_, place)| read(place)).collect::<Vec<_>>();
        let parts: Vec<_> =
            places.chunks(places.len().div_ceil(hands)).map(|part| scope.spawn(move || work(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    });
    let alone = places.len() == 1;
    let mut readings = Vec::new();
    for ((id, _), read) in places.iter().zip(all) {
        match read {
            Ok(reading) => readings.push(reading),
            Err(error) if alone => return Err(error),
            Err(error) => {
                render::message(&format!("caretaker: {}", render::error_text(&error)));
                readings.push(Reading::unknown(id, id));
            }
        }
    }
    Ok(Reply::silent().instead(open_metrics(&readings, &host(), loop_cost(&first.state))))
}

fn read(place: &Place) -> anyhow::Result<Reading> {
    reading(place, &place.load_profile()?)
}

fn reading(place: &Place, profile: &Profile) -> anyhow::Result<Reading> {
    let (id, now) = (profile.root.display().to_string(), place.clock.now());
    let recorded = recorded_reading(&id, profile, &place.state, now)?;
    let patience = TimeDelta::from_std(profile.sampling.closed * LOOKS)?.max(TimeDelta::minutes(2));
    if recorded.observed_at.is_some_and(|at| now - at <= patience) {
        return Ok(recorded);
    }
    // Nobody watches: what is on record would pass for the present.
    Ok(reading_of(&id, &check::look(place)))
}
