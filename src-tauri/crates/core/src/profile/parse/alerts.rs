//! When a profile wants to be told, and of what.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::findings::nearest;
use super::super::model::{AlertSettings, NotifyFrom, SignalAlerts};
use super::super::reader::Section;
use super::super::units::shown;
use super::{DAY, SECOND};
use crate::signal::SignalId;

pub(super) fn alerts(section: &Section<'_>) -> Option<AlertSettings> {
    let samples = section.whole("samples", 1..=100);
    let breaches = section.whole("breaches", 1..=100);
    let grace = section.time("grace", Duration::ZERO..=DAY);
    let notify = section.flag("notify");
    let repeat = match section.text("repeat") {
        Some(text) if text.trim().is_empty() => Some(None),
        Some(_) => section.time("repeat", SECOND * 60..=DAY * 7).map(Some),
        None => None,
    };
    let repeat_at_most = section.time("repeat_at_most", SECOND * 60..=DAY * 30);
    let roll_up = section.time("roll_up", Duration::ZERO..=SECOND * 3600);
    let flaps = section.whole("flaps", 0..=100);
    let flap_window = section.time("flap_window", SECOND..=DAY * 7);
    let general = samples.zip(breaches);
    let signals = signals(&section.section("signals"), general);
    section.refuse_others();
    let (samples, breaches) = general?;
    if breaches > samples {
        section
            .wrong(if section.sets("breaches") { "breaches" } else { "samples" }, never(breaches, samples));
    }
    Some(AlertSettings {
        samples,
        breaches,
        grace: grace?,
        notify,
        repeat: repeat?,
        repeat_at_most: repeat_at_most?,
        roll_up: roll_up?,
        flaps: flaps?,
        flap_window: flap_window?,
        signals,
    })
}

/// What differs for single signals; `general` is what holds for all others.
fn signals(section: &Section<'_>, general: Option<(u8, u8)>) -> BTreeMap<SignalId, SignalAlerts> {
    let mut signals = BTreeMap::new();
    let mut names: Vec<&str> = section.user_keys().into_iter().map(|(key, _)| key).collect();
    names.extend(DIFFERENT.iter().map(|id| id.as_str()).filter(|id| !names.contains(id)).collect::<Vec<_>>());
    for name in names {
        let Ok(id) = name.parse::<SignalId>() else {
            let known: Vec<&str> = SignalId::ALL.iter().map(|id| id.as_str()).collect();
            let hint = match nearest(name, &known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the signals are {}", known.join(", ")),
            };
            section.wrong_key(name, format!("there is no such signal; {hint}"));
            continue;
        };
        if DIFFERENT.contains(&id) {
            section.learn(id.as_str());
        }
        let own = section.sub(name);
        let read = SignalAlerts {
            notify: notify_from(&own),
            samples: own.whole("samples", 1..=100),
            breaches: own.whole("breaches", 1..=100),
        };
        own.refuse_others();
        if let Some((samples, breaches)) = general {
            let (samples, breaches) = (read.samples.unwrap_or(samples), read.breaches.unwrap_or(breaches));
            if breaches > samples {
                let key = if own.sets("breaches") { "breaches" } else { "samples" };
                own.wrong(key, never(breaches, samples));
            }
        }
        signals.insert(id, read);
    }
    signals
}

/// Signals for which the defaults differ.
const DIFFERENT: &[SignalId] = &[SignalId::Forecast];

fn notify_from(section: &Section<'_>) -> Option<NotifyFrom> {
    let word = section.text("notify")?;
    match word.as_str() {
        "red" => Some(NotifyFrom::Red),
        "yellow" => Some(NotifyFrom::Yellow),
        "never" => Some(NotifyFrom::Never),
        other => {
            section
                .wrong("notify", format!("is {}; it must be \"red\", \"yellow\" or \"never\"", shown(other)));
            None
        }
    }
}

fn never(breaches: u8, samples: u8) -> String {
    format!("{breaches} breaches of {samples} samples can never happen; breaches must be at most samples")
}
