//! How far ahead a profile wants trends to be followed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::findings::nearest;
use super::super::model::ForecastSettings;
use super::super::reader::Section;
use super::{DAY, SECOND};
use crate::signal::SignalId;

pub(super) fn forecast(section: &Section<'_>) -> ForecastSettings {
    let settings = ForecastSettings {
        horizon: horizon(section).flatten(),
        signals: signals(&section.section("signals")),
    };
    section.refuse_others();
    settings
}

/// Reads a horizon; `Some(None)` where it is "", `None` where it is missing or wrong, which is noted.
fn horizon(section: &Section<'_>) -> Option<Option<Duration>> {
    if section.text("horizon")?.trim().is_empty() {
        return Some(None);
    }
    section.time("horizon", SECOND * 3600..=DAY * 90).map(Some)
}

fn signals(section: &Section<'_>) -> BTreeMap<SignalId, Option<Duration>> {
    let known: Vec<&str> = ForecastSettings::SIGNALS.iter().map(|id| id.as_str()).collect();
    for (name, _) in section.user_keys() {
        if !known.contains(&name) {
            let hint = match nearest(name, &known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("those are {}", known.join(", ")),
            };
            section.wrong_key(name, format!("is no signal whose trend is followed; {hint}"));
        }
    }
    let mut signals = BTreeMap::new();
    for id in ForecastSettings::SIGNALS {
        let differs = DIFFERENT.contains(id);
        if differs {
            section.learn(id.as_str());
        }
        if differs || section.sets(id.as_str()) {
            let own = section.sub(id.as_str());
            signals.extend(horizon(&own).map(|horizon| (*id, horizon)));
            own.refuse_others();
        }
    }
    signals
}

/// Signals for which the defaults differ.
const DIFFERENT: &[SignalId] = &[SignalId::ProcessMemory];
