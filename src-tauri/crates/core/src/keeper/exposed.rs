//! What Prometheus is told of one ecosystem: of the newest look, or of what is on record.

use std::path::Path;
use std::time::Duration;

use crate::clock::Instant;
use crate::error::Result;
use crate::keeper::cost::cost_of;
use crate::keeper::overview::{Overview, OwnCost};
use crate::metrics::{Ongoing, Reading};
use crate::profile::Profile;
use crate::store::{Owner, Store};

/// Modules that are told of at most.
const MOST_MODULES: usize = 200;
/// What is on record longer than this says nothing of the present.
const OLDEST: Duration = Duration::from_secs(86_400);

/// What a look saw.
pub fn reading_of(id: &str, overview: &Overview) -> Reading {
    let name = overview.ecosystem.as_ref().map_or(id, |ecosystem| &ecosystem.name);
    let unknown = Reading::unknown(id, name);
    let Some(verdict) = &overview.verdict else { return unknown };
    let modules = verdict.modules.iter().take(MOST_MODULES);
    Reading {
        observed_at: Some(verdict.at),
        light: verdict.light,
        signals: verdict.signals.iter().map(|one| (one.id, one.value, one.level)).collect(),
        modules: modules.map(|module| (module.name.clone(), module.level)).collect(),
        incidents: overview.incidents.iter().map(Ongoing::from).collect(),
        ..unknown
    }
}

/// What the loop wrote down last, wherever it runs; unknown where that is nothing.
///
/// # Errors
/// When the record cannot be read.
pub fn recorded_reading(id: &str, profile: &Profile, state_dir: &Path, now: Instant) -> Result<Reading> {
    let unknown = Reading::unknown(id, &profile.name);
    let Some(store) = Store::open_read_only(state_dir)? else { return Ok(unknown) };
    let Some(of) = store.find_ecosystem(&profile.root)? else { return Ok(unknown) };
    let Some((observed_at, light, signals)) = store.newest(of, now, OLDEST)? else { return Ok(unknown) };
    let incidents = store.incidents_between(of, now, now)?;
    Ok(Reading {
        observed_at: Some(observed_at),
        light,
        signals,
        incidents: incidents.iter().map(Ongoing::from).collect(),
        ..unknown
    })
}

/// What the loop that watches with the records in `state_dir` costs; nothing where none does.
pub fn loop_cost(state_dir: &Path) -> OwnCost {
    let running = Owner::last_pid(state_dir).filter(|_| Owner::is_held(state_dir));
    running.and_then(cost_of).unwrap_or_default()
}
