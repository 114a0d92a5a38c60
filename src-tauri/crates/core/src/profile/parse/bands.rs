//! The bands of a profile: thresholds in the unit of their signal, on the right side of each other.

use std::collections::BTreeMap;

use toml_edit::{Item, Value};

use super::super::model::Bands;
use super::super::reader::{Section, nearest};
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
        let (wrong, word) = match id.worse() {
            Worse::Higher => (r < y, "below"),
            Worse::Lower => (r > y, "above"),
        };
        if wrong {
            let key = if section.sets("red") { "red" } else { "yellow" };
            let direction = if id.worse() == Worse::Higher { "more" } else { "less" };
            section.wrong(
                key,
                format!("red is {word} yellow, but for {id} {direction} is worse: it would be red before it is yellow; swap them"),
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
    let checked = number.and_then(|n| {
        if !n.is_finite() {
            Err("is not a finite number".into())
        } else if n < 0.0 {
            Err("is negative".into())
        } else if id.unit() == Unit::Percent && n > 100.0 {
            Err("is more than 100 percent".into())
        } else {
            Ok(n)
        }
    });
    match checked {
        Ok(n) => Some(Some(n)),
        Err(wrong) => {
            section.wrong(key, format!("{wrong}; it must be {}", wanted(id.unit())));
            None
        }
    }
}

fn with_unit(text: &str, unit: Unit) -> Result<f64, String> {
    match unit {
        Unit::Bytes => parse_bytes(text).map(|bytes| bytes as f64),
        Unit::Seconds => parse_duration(text).map(|time| time.as_secs_f64()),
        Unit::Milliseconds => parse_duration(text).map(|time| time.as_secs_f64() * 1000.0),
        Unit::Percent | Unit::Count | Unit::None => Err(format!("is the text {}", shown(text))),
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
        } else if let Some(id) = SignalId::ALL.iter().find(|id| id.as_str().split('.').next() == Some(key)) {
            // [bands.process.cpu] is a table in a table.
            format!("there is no such signal; put the name in quotes: [bands.\"{id}\"]")
        } else if let Some(near) = nearest(key, &numbered) {
            format!("there is no such signal; did you mean \"{near}\"?")
        } else {
            format!("there is no such signal; those with bands are {}", numbered.join(", "))
        };
        section.wrong_key(key, message);
    }
}
