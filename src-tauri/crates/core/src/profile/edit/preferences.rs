//! The preferences of a profile: what is a word, a number or a switch; what it says, what it would say by default, and changed.

use serde::{Deserialize, Serialize};
use toml_edit::{Array, DocumentMut, Item, TableLike, Value};

use super::{Editing, set};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::model::Profile;
use crate::profile::parse::DEFAULTS;

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum PreferenceKind {
    /// Words: a time, an age, a path; of a list all of them, with commas between.
    Text,
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Count,
    /// One of some words.
    Choice,
}

/// One setting as a form shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Preference {
    /// Where it stands in the profile: `backups.daily_at`.
    pub key: String,
    /// What it takes.
    pub kind: PreferenceKind,
    /// What it says now, as text.
    pub value: String,
    /// What it would say without a word in the profile.
    pub default: String,
    /// The words of a choice.
    pub choices: Vec<String>,
}

/// A setting that is to say something else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PreferenceChange {
    /// Which.
    pub key: String,
    /// What it is to say, as text.
    pub value: String,
}

/// The settings that a form shows, in its order, with the words of a choice.
const SHOWN: &[(&str, &[&str])] = &[
    ("ecosystem.name", &[]),
    ("process.argument", &[]),
    ("process.directory", &[]),
    ("process.owner", &["me", "any"]),
    ("state.stale_after", &[]),
    ("sampling.open", &[]),
    ("sampling.closed", &[]),
    ("sampling.sizes", &[]),
    ("sampling.cpu_window", &[]),
    ("alerts.notify", &[]),
    ("alerts.grace", &[]),
    ("alerts.samples", &[]),
    ("alerts.breaches", &[]),
    ("alerts.repeat", &[]),
    ("alerts.repeat_at_most", &[]),
    ("alerts.roll_up", &[]),
    ("forecast.horizon", &[]),
    ("routines.notify", &[]),
    ("routines.from", &[]),
    ("routines.until", &[]),
    ("routines.soon", &[]),
    ("routines.patience", &[]),
    ("routines.at.morning", &[]),
    ("routines.at.evening", &[]),
    ("routines.at.night", &[]),
    ("routines.at.weekly", &[]),
    ("routines.at.monthly", &[]),
    ("routines.at.quarterly", &[]),
    ("backups.automatic", &[]),
    ("backups.daily_at", &[]),
    ("backups.weekly_at", &[]),
    ("backups.monthly_at", &[]),
    ("backups.folder", &[]),
    ("backups.effort", &["normal", "fast"]),
    ("backups.daily", &[]),
    ("backups.weekly", &[]),
    ("backups.monthly", &[]),
    ("backups.second", &[]),
    ("backups.second_daily", &[]),
    ("backups.second_weekly", &[]),
    ("backups.second_monthly", &[]),
    ("backups.only_on_power", &[]),
    ("backups.only_in_use", &[]),
    ("away.store", &[]),
    ("away.endpoint", &[]),
    ("away.region", &[]),
    ("away.key", &[]),
    ("away.secret", &[]),
    ("away.daily", &[]),
    ("away.weekly", &[]),
    ("away.monthly", &[]),
    ("away.bandwidth", &[]),
    ("away.proof", &["read", "store"]),
    ("away.recipients", &[]),
    ("away.passphrase", &[]),
    ("away.identity", &[]),
    ("cleanup.logs", &[]),
    ("cleanup.reports", &[]),
    ("cleanup.quarantine", &[]),
    ("metrics.file", &[]),
    ("metrics.listen", &[]),
    ("metrics.token", &[]),
    ("appearance.icon", &["colour", "plain"]),
    ("appearance.text", &[]),
];

/// The settings as the file of `editing` has them.
///
/// # Errors
/// When the file is no TOML.
pub fn preferences(editing: &Editing) -> Result<Vec<Preference>> {
    let own = editing.document()?;
    let defaults = defaults()?;
    let one = |(key, choices): &(&str, &[&str])| {
        let default = find(defaults.as_table(), key)?;
        let value = find(own.as_table(), key).unwrap_or(default);
        Some(Preference {
            key: (*key).to_owned(),
            kind: kind(default, choices),
            value: text(value),
            default: text(default),
            choices: choices.iter().map(|word| (*word).to_owned()).collect(),
        })
    };
    Ok(SHOWN.iter().filter_map(one).collect())
}

impl Editing {
    /// The text with other settings, and the profile that it says.
    ///
    /// # Errors
    /// `Usage` where there is no such setting, or it takes something else; when the file is no profile now, or would be none
    /// with them: the mistake with its line and key.
    pub fn with_preferences(&self, changes: &[PreferenceChange]) -> Result<(String, Profile)> {
        let defaults = defaults()?;
        self.changed(|document| {
            for change in changes {
                let known = SHOWN.iter().find(|(key, _)| *key == change.key);
                let default = known.and_then(|(key, _)| find(defaults.as_table(), key));
                let Some(default) = default else {
                    return Err(Error::new(
                        ErrorKind::Usage,
                        format!("there is no setting “{}”", change.key),
                    ));
                };
                let value = like(default, &change.key, change.value.trim())?;
                let way: Vec<&str> = change.key.split('.').collect();
                if let Some((key, tables)) = way.split_last() {
                    set(document, tables, key, value);
                }
            }
            Ok(())
        })
    }
}

fn defaults() -> Result<DocumentMut> {
    DEFAULTS.parse().map_err(|error: toml_edit::TomlError| {
        Error::new(ErrorKind::System, "the built-in defaults are not valid TOML").because(error)
    })
}

/// The value at a dotted way.
fn find<'t>(table: &'t dyn TableLike, way: &str) -> Option<&'t Value> {
    match way.split_once('.') {
        None => table.get(way)?.as_value(),
        Some((first, rest)) => find(table.get(first).and_then(Item::as_table_like)?, rest),
    }
}

fn kind(default: &Value, choices: &[&str]) -> PreferenceKind {
    match default {
        _ if !choices.is_empty() => PreferenceKind::Choice,
        Value::Boolean(_) => PreferenceKind::Switch,
        Value::Integer(_) => PreferenceKind::Count,
        _ => PreferenceKind::Text,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.clone().decorated("", "").to_string(),
    }
}

/// `text` as a value of the same kind as `default`.
fn like(default: &Value, key: &str, text: &str) -> Result<Value> {
    let wrong =
        |what: &str| Error::new(ErrorKind::Usage, format!("{key}: “{text}” is {what}; nothing was changed"));
    Ok(match default {
        Value::Boolean(_) => Value::from(text.parse::<bool>().map_err(|_| wrong("neither true nor false"))?),
        Value::Integer(_) => Value::from(text.parse::<i64>().map_err(|_| wrong("no whole number"))?),
        Value::Array(_) => {
            let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
            Value::from(words.collect::<Array>())
        }
        _ => Value::from(text),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::editing;
    use super::*;

    const BEFORE: &str = "# Mine.\n[ecosystem]\nroot = \"/eco\" # here\n\n[backups]\ndaily_at = '03:00'  # late\nautomatic = false\n";

    fn change(key: &str, value: &str) -> PreferenceChange {
        PreferenceChange { key: key.into(), value: value.into() }
    }

    #[test]
    fn every_setting_has_a_default_of_its_kind_and_takes_it() {
        let (_dir, editing) = editing("ecosystem.root = '/eco'\n");
        let all = preferences(&editing).unwrap();
        assert_eq!(all.len(), SHOWN.len());
        for one in all {
            assert_eq!(one.value, one.default, "{}", one.key);
            assert!(one.choices.is_empty() || one.choices.contains(&one.default), "{one:?}");
            editing.with_preferences(&[change(&one.key, &one.value)]).unwrap();
        }
    }

    #[test]
    fn what_the_file_says_counts_and_only_its_value_changes() {
        let (_dir, editing) = editing(BEFORE);
        let all = preferences(&editing).unwrap();
        let of = |key: &str| all.iter().find(|one| one.key == key).unwrap();
        assert_eq!(
            (of("backups.daily_at").value.as_str(), of("backups.daily_at").default.as_str()),
            ("03:00", "02:00")
        );
        assert_eq!(
            (of("backups.automatic").value.as_str(), of("backups.automatic").kind),
            ("false", PreferenceKind::Switch)
        );
        let (text, profile) = editing
            .with_preferences(&[change("backups.daily_at", "04:15"), change("backups.daily", "9")])
            .unwrap();
        assert_eq!(text, BEFORE.replace("'03:00'", "\"04:15\"") + "daily = 9\n");
        assert_eq!(profile.backups.daily, 9);
    }

    #[test]
    fn a_list_is_shown_and_taken_as_words_with_commas_between() {
        let keys = [
            "age1l3zdwft6wntwvc26gae8lj8j66j5xlfshsa4qe7mj8hqs6u5sc9qs8lzwj",
            "age1ptnezdstm47s79wze3k4xkrws7zhtl03wptu0ea70sazc7lr0yyshfj6nv",
        ];
        let (_dir, open) = editing("ecosystem.root = '/eco'\n[away]\nstore = 's3://b/mac'\n");
        let (text, profile) =
            open.with_preferences(&[change("away.recipients", &keys.join(",\n "))]).unwrap();
        assert!(text.contains(&format!("recipients = [\"{}\", \"{}\"]", keys[0], keys[1])), "{text}");
        assert!(profile.away.unwrap().seal.is_some());
        let all = preferences(&editing(&text).1).unwrap();
        let shown = all.iter().find(|one| one.key == "away.recipients").unwrap();
        assert_eq!((shown.value.as_str(), shown.default.as_str()), (keys.join(", ").as_str(), ""));
        let (text, profile) = open.with_preferences(&[change("away.recipients", "")]).unwrap();
        assert!(text.contains("recipients = []") && profile.away.unwrap().seal.is_none(), "{text}");
        let error = open.with_preferences(&[change("away.recipients", "age1nonsense")]).unwrap_err();
        assert!(error.to_string().contains("away.recipients"), "{error}");
    }

    #[test]
    fn what_it_does_not_take_is_refused_with_its_name() {
        let (_dir, editing) = editing(BEFORE);
        for (key, value, said) in [
            ("backups.daily", "many", "no whole number"),
            ("alerts.notify", "yes", "neither true nor false"),
            ("backups.daily_at", "25:99", "backups.daily_at"),
            ("ecosystem.root", "/", "there is no setting"),
            ("appearance.text", "300", "appearance.text"),
            ("appearance.icon", "red", "appearance.icon"),
        ] {
            let error = editing.with_preferences(&[change(key, value)]).unwrap_err();
            assert!(error.to_string().contains(said), "{key}: {error}");
        }
    }
}
