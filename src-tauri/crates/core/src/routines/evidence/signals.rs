//! Items that signals prove: their colour, their course, their age.

use chrono::TimeDelta;

use super::{Judged, Known, Trend};
use crate::judge::{Signal, words};
use crate::routines::checklist::Outcome;
use crate::routines::item::ItemState;
use crate::signal::{Level, SignalId, Source, Unit, Worse};

/// A change of a mean by less than this share is none.
const STEADY: f64 = 0.1;

pub(super) fn signals(ids: &[SignalId], known: &impl Known) -> Judged {
    let now = known.now();
    let found: Vec<&Signal> = ids.iter().filter_map(|id| known.signal(*id)).collect();
    let Some(worst) = found.iter().max_by_key(|signal| signal.level) else {
        let labels: Vec<&str> = ids.iter().map(|id| id.label()).collect();
        return Judged::new(
            ItemState::Unknown,
            format!("{}: nothing is known", labels.join(", ")),
            now,
            "measured",
        );
    };
    let text = match found.as_slice() {
        [one] => one.text.clone(),
        several => {
            let each = several.iter().map(|one| format!("{} {}", one.label, one.text));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    let source = if found.iter().all(|one| one.source == Source::Measured) { "measured" } else { "claimed" };
    let details =
        found.iter().filter(|one| one.level != Level::Green).map(|one| one.reason.clone()).collect();
    Judged::new(state_of(worst.level), text, worst.observed_at.unwrap_or(now), source)
        .level(worst.level)
        .details(details)
}

pub(super) fn state_of(level: Level) -> ItemState {
    match level {
        Level::Green => ItemState::Passed,
        Level::Unknown => ItemState::Unknown,
        Level::Yellow | Level::Red => ItemState::Failed,
    }
}

pub(super) fn trend(id: SignalId, days: u32, known: &impl Known) -> Judged {
    let now = known.now();
    let Some(Trend { mean, before }) = known.trend(id, days) else {
        return without_record(id, days, known);
    };
    let mut text = format!("{} on average in {days} days", words::value(mean, id.unit()));
    let mut moves = None;
    if let Some(before) = before {
        text.push_str(&format!(", {} before", words::value(before, id.unit())));
        let scale = before.abs().max(floor(id.unit()));
        if mean - before > STEADY * scale {
            moves = Some(Outcome::Rising);
        } else if before - mean > STEADY * scale {
            moves = Some(Outcome::Falling);
        }
    }
    let bands = known.signal(id).map(|signal| signal.bands).unwrap_or_default();
    let beyond = |threshold: Option<f64>, included: bool| {
        threshold.is_some_and(|limit| match id.worse() {
            Worse::Higher => mean > limit || (included && mean >= limit),
            Worse::Lower => mean < limit || (included && mean <= limit),
        })
    };
    let level = match (beyond(bands.red, false), beyond(bands.yellow, true)) {
        (true, _) => Level::Red,
        (false, true) => Level::Yellow,
        (false, false) => Level::Green,
    };
    Judged { moves, ..Judged::new(state_of(level), text, now, "measured").level(level) }
}

/// Without a record of those days: what is seen now says whether it is in its band, though not where it goes.
fn without_record(id: SignalId, days: u32, known: &impl Known) -> Judged {
    let now = known.now();
    let nothing = format!("nothing on record in {days} days");
    match known.signal(id).filter(|signal| signal.value.is_some()) {
        Some(signal) => {
            let source = if signal.source == Source::Measured { "measured" } else { "claimed" };
            Judged::new(state_of(signal.level), format!("{} now, {nothing}", signal.text), now, source)
                .level(signal.level)
        }
        None => Judged::new(ItemState::Unknown, nothing, now, "measured"),
    }
}

/// Below this much a share of a mean says nothing: 0.1 % of CPU and 0.2 % are the same.
fn floor(unit: Unit) -> f64 {
    match unit {
        Unit::Percent => 5.0,
        Unit::Bytes => 50e6,
        Unit::Seconds => 60.0,
        Unit::Milliseconds => 1.0,
        Unit::Count | Unit::None => 1.0,
    }
}

pub(super) fn fresh(id: SignalId, within: TimeDelta, known: &impl Known) -> Judged {
    let now = known.now();
    let missing = || Judged::new(ItemState::Open, "none yet", now, "measured");
    let Some(signal) = known.signal(id) else { return missing() };
    let Some(age) = signal.value else {
        return match signal.level {
            Level::Unknown => missing().details(vec![signal.reason.clone()]),
            level => Judged::new(state_of(level), &signal.text, now, "measured").level(level),
        };
    };
    let young = age <= words::seconds(within);
    // An old one is not yet a fault: this round is there to make a new one.
    let state = match (young, signal.level) {
        (true, Level::Green | Level::Unknown) => ItemState::Passed,
        (true, _) => ItemState::Failed,
        (false, _) => ItemState::Open,
    };
    let details = vec![signal.reason.clone()];
    Judged::new(state, format!("{} old", signal.text), now, "measured").level(signal.level).details(details)
}

/// A point of the last drill; what was not tried is left to a person.
pub(super) fn drilled(point: &str, within: TimeDelta, known: &impl Known) -> Judged {
    let now = known.now();
    let Some(drill) = known.drilled(point) else {
        return Judged::new(ItemState::Open, "no drill yet", now, "measured");
    };
    let (says, ok) = drill
        .points
        .into_iter()
        .find(|(id, ..)| id == point)
        .map_or_else(|| ("the drill says nothing of it".to_owned(), None), |(_, says, ok)| (says, ok));
    let says = says.trim_end_matches('.').to_owned();
    // As with all that is done: an old one is no fault, this round is there to make a new one.
    if now - drill.at > within {
        let ago = words::between(drill.at, now);
        return Judged::new(ItemState::Open, format!("the last drill was {ago} ago"), drill.at, "measured")
            .details(vec![says]);
    }
    match ok {
        Some(true) => Judged::new(ItemState::Passed, says, drill.at, "measured").level(Level::Green),
        Some(false) => Judged::new(ItemState::Failed, says, drill.at, "measured").level(Level::Yellow),
        None => Judged::new(ItemState::Open, says, drill.at, "measured"),
    }
}
