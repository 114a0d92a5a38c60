//! The bands of a profile: thresholds in the unit of their signal, on the right side of each other.

use std::collections::BTreeMap;

use toml_edit::{Item, Value};

use super::super::findings::nearest;
use super::super::model::Bands;
use super::super::reader::Section;
use super::super::units::{parse_bytes, parse_duration, shown};
use crate::signal::{SignalId, Unit, Worse};

pub(super) fn bands(section: &Section<'_>) -> BTreeMap<SignalId, Bands> {
    let mut bands = BTreeMap::new();
    for id in SignalId::ALL.iter().copied().filter(|id| id.unit() != Unit::None) {
        section.learn(id.as_str());
        if let Some(read) = read(&section.sub(id.as_str()), id)
            && (read.yellow.is_some() || read.red.is_some())
        {
            bands.insert(id, read);
        }
    }
    refuse_others(section);
    bands
}

fn read(section: &Section<'_>, id: SignalId) -> Option<Bands> {
    let yellow = threshold(section, "yellow", id);
    let red = threshold(section, "red", id);
    let margin = margin(section);
    section.refuse_others();
    let (yellow, red) = (yellow?, red?);
    if let (Some(y), Some(r)) = (yellow, red) {
        let (wrong, direction, remedy) = match id.worse() {
            Worse::Higher => (r < y, "more", "raise red or lower yellow"),
            Worse::Lower => (r > y, "less", "lower red or raise yellow"),
        };
        if wrong {
            let key = if section.sets("red") { "red" } else { "yellow" };
            section.wrong(
                key,
                format!(
                    "of {id} {direction} is worse, but red is {} and yellow {}: it would be red before it is yellow; {remedy}",
                    show(r, id.unit()),
                    show(y, id.unit())
                ),
            );
        }
    }
    Some(Bands { yellow, red, margin: margin? })
}

/// A threshold; `Some(None)` where it is "", `None` where it is wrong, which is noted.
fn threshold(section: &Section<'_>, key: &'static str, id: SignalId) -> Option<Option<f64>> {
    let Some(found) = section.value(key) else { return Some(None) };
    let number = match found.item {
        Item::Value(Value::Integer(n)) => Ok(*n.value() as f64),
        Item::Value(Value::Float(n)) => Ok(*n.value()),
        Item::Value(Value::String(text)) if text.value().trim().is_empty() => return Some(None),
        Item::Value(Value::String(text)) => with_unit(text.value(), id.unit()),
        _ => {
            section.mistyped(&found, wanted(id.unit()));
            return None;
        }
    };
    let must = |wrong: &str| format!("{wrong}; it must be {}", wanted(id.unit()));
    let checked = number.and_then(|n| {
        if !n.is_finite() {
            Err(must("is not a finite number"))
        } else if n < 0.0 {
            Err(must("is negative"))
        } else if id.unit() == Unit::Percent && n > 100.0 {
            Err(must("is more than 100 percent"))
        } else {
            Ok(n)
        }
    });
    match checked {
        Ok(n) => Some(Some(n)),
        Err(wrong) => {
            section.wrong(key, wrong);
            None
        }
    }
}

fn with_unit(text: &str, unit: Unit) -> Result<f64, String> {
    match unit {
        Unit::Bytes => parse_bytes(text).map(|bytes| bytes as f64),
        Unit::Seconds => parse_duration(text).map(|time| time.as_secs_f64()),
        Unit::Milliseconds => parse_duration(text).map(|time| time.as_secs_f64() * 1000.0),
        Unit::Percent | Unit::Count | Unit::None => {
            Err(format!("is the text {}; it must be {}", shown(text), wanted(unit)))
        }
    }
}

/// A threshold as a message shows it.
fn show(threshold: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format!("{} GB", threshold / 1e9),
        Unit::Percent => format!("{threshold} %"),
        Unit::Milliseconds => format!("{threshold} ms"),
        Unit::Seconds => format!("{threshold} s"),
        Unit::Count | Unit::None => threshold.to_string(),
    }
}

fn wanted(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "a number from 0 to 100, or \"\" for none",
        Unit::Bytes => "a size such as \"4 GB\", or \"\" for none",
        Unit::Seconds => "a time such as \"24h\" or a number of seconds, or \"\" for none",
        Unit::Milliseconds => "a number of milliseconds or a time such as \"10ms\", or \"\" for none",
        Unit::Count | Unit::None => "a number that is not negative, or \"\" for none",
    }
}

fn margin(section: &Section<'_>) -> Option<f64> {
    // A signal that the defaults do not know has the usual margin.
    let Some(found) = section.value("margin") else { return Some(0.1) };
    let margin = match found.item {
        Item::Value(Value::Integer(n)) => *n.value() as f64,
        Item::Value(Value::Float(n)) => *n.value(),
        _ => {
            section.mistyped(&found, "a share such as 0.1");
            return None;
        }
    };
    if (0.0..=0.9).contains(&margin) {
        return Some(margin);
    }
    section.wrong("margin", "must be a share from 0 to 0.9: 0.1 is ten percent");
    None
}

fn refuse_others(section: &Section<'_>) {
    let numbered: Vec<&str> =
        SignalId::ALL.iter().filter(|id| id.unit() != Unit::None).map(|id| id.as_str()).collect();
    for (key, _) in section.user_keys() {
        if numbered.contains(&key) {
            continue;
        }
        let message = if key.parse::<SignalId>().is_ok() {
            "has no number, so it has no bands; remove them".to_owned()
        } else if let Some(id) = unquoted(section, key, &numbered) {
            format!("there is no such signal; put the name in quotes: [bands.\"{id}\"]")
        } else if let Some(near) = nearest(key, &numbered) {
            format!("there is no such signal; did you mean \"{near}\"?")
        } else {
            format!("there is no such signal; those with bands are {}", numbered.join(", "))
        };
        section.wrong_key(key, message);
    }
}

/// The signal that was meant by a table in a table: `[bands.process.cpu]`.
fn unquoted<'n>(section: &Section<'_>, key: &str, numbered: &[&'n str]) -> Option<&'n str> {
    let inner = section.sub(key).user_keys();
    let meant = |name: &&&str| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    let exact = numbered.iter().find(|name| inner.iter().any(|(k, _)| **name == format!("{key}.{k}")));
    exact.or_else(|| numbered.iter().find(meant)).copied()
}
