//! Makes the demo's folder: five weeks of history in the real formats.

mod history;
mod place;
mod settings;
mod stores;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, FixedOffset, TimeDelta};
use serde_json::json;

pub(crate) use self::history::{line, traceback};
use self::place::Place;
use crate::PROFILE;
use crate::error::{At, Error, Result};
use crate::modules::MODULES;
use crate::reports::Kind;

/// Days of history.
const DAYS: u32 = 35;

/// What `create` made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The demo's folder, absolute.
    pub root: PathBuf,
    /// Its profile, absolute.
    pub profile: PathBuf,
}

/// Makes a demo ecosystem in the new or empty folder `root`, with history up to `now`.
///
/// `caretaker_exe` is the program that the profile names to start it. The same `now` gives the same content.
/// Errors: a folder with anything in it, a path that is not UTF-8, a failed write.
pub fn create(root: &Path, now: DateTime<FixedOffset>, caretaker_exe: &Path) -> Result<Created> {
    if is_demo(root) {
        return Err(Error::Exists(root.to_owned()));
    }
    fs::create_dir_all(root).at(root)?;
    if fs::read_dir(root).at(root)?.next().is_some() {
        return Err(Error::Foreign(root.to_owned()));
    }
    fill(root, now, caretaker_exe)
}

/// Makes the demo in `root` anew: its data, logs, reports and settings are removed and written again.
///
/// Errors: the folder holds no demo, its stand-in process runs, a failed write.
pub fn refresh(root: &Path, now: DateTime<FixedOffset>, caretaker_exe: &Path) -> Result<Created> {
    let _lock = crate::run::lock(root)?;
    for folder in ["config", "data", "logs", "reports"] {
        let path = root.join(folder);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).at(&path),
            _ => {}
        }
    }
    for (name, _) in texts::PROGRAMS {
        let path = root.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).at(&path),
            _ => {}
        }
    }
    let profile = root.join(PROFILE);
    fs::remove_file(&profile).at(&profile)?;
    fill(root, now, caretaker_exe)
}

/// Tells whether `root` holds a demo, by the mark in its profile.
pub(crate) fn is_demo(root: &Path) -> bool {
    let path = root.join(PROFILE);
    let small_file = fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() < 1 << 20);
    small_file
        && fs::read_to_string(&path).is_ok_and(|text| text.lines().any(|line| line.trim() == "demo = true"))
}

fn fill(root: &Path, now: DateTime<FixedOffset>, exe: &Path) -> Result<Created> {
    let root = fs::canonicalize(root).at(root)?;
    let profile = root.join(PROFILE);
    let profile_text = settings::profile(&root, exe)?;
    let born = now - TimeDelta::days(i64::from(DAYS));
    // It was stopped a little while ago: nothing runs in a new demo, and its files say so.
    let stopped = now - TimeDelta::minutes(4);
    let place = Place::new(&root, now);

    for (name, text) in texts::PROGRAMS {
        place.put(name, text, born)?;
    }
    for module in &MODULES {
        let name = format!("config/{}_config.yaml", module.key);
        place.put(&name, settings::module(module), born + TimeDelta::days(3))?;
    }
    history::write(&place, born, stopped)?;
    for kind in Kind::ALL {
        let mut date = (born + TimeDelta::days(1)).date_naive();
        while kind.due(date) <= now.naive_local() {
            let minute =
                TimeDelta::seconds(i64::from(date.to_string().bytes().map(u32::from).sum::<u32>() % 120));
            place.put(&kind.file(date), kind.text(date), place.instant(kind.due(date)) + minute)?;
            date = date + Days::new(1);
        }
    }
    stores::write(&place, born, stopped)?;
    place.put("data/ecosystem_state.json", state(stopped), stopped)?;
    // The mark comes last: a demo that was cut short is no demo, and is not taken for one.
    place.put_private(PROFILE, &profile_text, now)?;
    Ok(Created { root, profile })
}

/// The state file as the stopped process left it.
fn state(stopped: DateTime<FixedOffset>) -> String {
    let (hours, mut cycles) = (31_u32, 0);
    let mut modules = serde_json::Map::new();
    for module in &MODULES {
        let runs = hours * 60 / module.minutes;
        cycles += runs;
        let last = stopped - TimeDelta::minutes(i64::from(module.minutes / 2));
        modules.insert(
            module.name.into(),
            json!({
                "status": "integrated",
                "run_count": runs,
                "error_count": u32::from(module.key == "meta_learning"),
                "last_run": last.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            }),
        );
    }
    let state = json!({
        "timestamp": stopped.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
        "state": "shutdown",
        "metrics": {
            "uptime_hours": f64::from(hours),
            "total_cycles_completed": cycles,
            "learning_events": 214,
            "optimizations_applied": 58,
            "adaptations_made": 97,
            "predictions_generated": 62,
            "reports_created": 4,
            "errors_encountered": 1,
            "errors_recovered": 1,
        },
        "modules": modules,
    });
    format!("{state:#}\n")
}
