//! Presets: changes that belong together, as they come with Caretaker.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::edit;
use super::plan::TuningPlan;
use super::shelf::Settings;
use super::value::{Kind, kind_of};
use super::yaml::What;
use crate::signal::SignalId;

/// The presets of the manual, in the order in which they are shown.
const BUILT_IN: [&str; 5] = [
    include_str!("../../../../../../config/presets/calmer.toml"),
    include_str!("../../../../../../config/presets/eager.toml"),
    include_str!("../../../../../../config/presets/less-memory.toml"),
    include_str!("../../../../../../config/presets/prune-more.toml"),
    include_str!("../../../../../../config/presets/less-cpu.toml"),
];

/// Keys by which a module's own file has its cycle, in minutes.
const CYCLES: [&str; 3] = ["cycle_minutes", "cycle_interval_minutes", "interval_minutes"];

/// Changes that belong together.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its short name: `calmer`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What is to be expected of it.
    pub effect: String,
    /// The signals by which one sees whether it helped.
    #[serde(default)]
    pub signals: Vec<SignalId>,
    /// The values it sets.
    pub changes: Vec<Wanted>,
}

/// A value that a preset sets.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The key, in any section of any settings file; with sections where only those count.
    pub key: String,
    /// What it is set to.
    pub value: WantedValue,
    /// What the ecosystem comes with, where that is known.
    pub default: Option<WantedValue>,
    /// Which way it leads: a value that is beyond already stays.
    pub toward: Option<Toward>,
    /// The module whose cycle it is, as its file is called.
    pub module: Option<String>,
}

/// What a preset sets a key to.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum WantedValue {
    /// On or off.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Display for WantedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(on) => write!(f, "{on}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Which way a preset leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Toward {
    /// Down.
    Less,
    /// Up.
    More,
}

/// The presets that come with Caretaker.
pub(super) fn built_in() -> Vec<Preset> {
    // Part of the program: a test reads them all. Even so nothing may fall over.
    BUILT_IN.iter().filter_map(|text| toml::from_str(text).ok()).collect()
}

/// What `preset` would change in `files`.
pub(super) fn plan(preset: &Preset, files: &mut [Settings]) -> TuningPlan {
    let mut plan = TuningPlan::new(&preset.title, &preset.effect);
    for wanted in &preset.changes {
        let value = wanted.value.to_string();
        let mut found = false;
        for settings in files.iter_mut() {
            for (place, key) in places(wanted, settings) {
                found = true;
                match settled(wanted, settings, &place) {
                    Some(stands) => plan.already.push(format!("{} {key}: {stands}", settings.name)),
                    None => match edit::set(&settings.yaml, &place, &value) {
                        Ok(Some(edited)) => settings.yaml = plan.note(settings, key, edited),
                        Ok(None) => plan.already.push(format!("{} {key}: {value}", settings.name)),
                        Err(error) => plan.problems.push(error.to_string()),
                    },
                }
            }
        }
        if !found {
            plan.missing.push(wanted.key.clone());
        }
    }
    plan.changes.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    plan
}

/// The values that the ecosystem comes with, at the places where a settings file has them.
pub(super) fn usual(settings: &Settings) -> Vec<(Vec<usize>, String)> {
    let mut usual = Vec::new();
    for wanted in built_in().iter().flat_map(|preset| &preset.changes) {
        let Some(default) = &wanted.default else { continue };
        usual.extend(places(wanted, settings).into_iter().map(|(place, _)| (place, default.to_string())));
    }
    usual
}

/// Where a settings file has the value: by its key, and by the cycle in the module's own file.
fn places(wanted: &Wanted, settings: &Settings) -> Vec<(Vec<usize>, String)> {
    let keys: Vec<&str> = wanted.key.split('.').collect();
    let own = wanted.module.as_deref().is_some_and(|module| is_file_of(settings, module));
    let all = settings.yaml.settings().into_iter();
    let fits = all.filter(|(place, path)| {
        let cycle = own && path.len() == 1 && CYCLES.contains(&path[0]);
        let single = settings.yaml.at(place).is_some_and(|node| match &node.what {
            What::Scalar { says, plain } => matches!(kind_of(says, *plain), Kind::Number | Kind::Flag),
            What::Alias(_) => true,
            _ => false,
        });
        single && (cycle || path.ends_with(&keys))
    });
    fits.map(|(place, path)| (place, path.join("."))).collect()
}

/// What stands there, if that is beyond what is wanted.
fn settled(wanted: &Wanted, settings: &Settings, place: &[usize]) -> Option<String> {
    let stands = settings.yaml.at(place)?.says()?;
    let (old, new) = (stands.parse::<f64>().ok()?, wanted.value.to_string().parse::<f64>().ok()?);
    let beyond = match wanted.toward? {
        Toward::Less => old < new,
        Toward::More => old > new,
    };
    beyond.then(|| stands.to_owned())
}

/// Whether a file is called after a module: `realtime_adaptation_config.yaml`, `real_time_adaptation.yaml`.
pub(super) fn is_file_of(settings: &Settings, module: &str) -> bool {
    let stem =
        settings.yaml.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    folded(stem.strip_suffix("_config").unwrap_or(&stem)) == folded(module)
}

/// A name without what people write differently.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_that_comes_along_is_read() {
        let presets = built_in();
        let ids: Vec<&str> = presets.iter().map(|preset| preset.id.as_str()).collect();
        assert_eq!(ids, ["calmer", "eager", "less-memory", "prune-more", "less-cpu"]);
        for preset in &presets {
            assert!(!preset.signals.is_empty(), "{} can be held against nothing", preset.id);
            assert!(!preset.title.is_empty() && preset.effect.ends_with('.') && !preset.changes.is_empty());
        }
        assert_eq!(presets[3].changes[0].value.to_string(), "true");
        assert_eq!(presets[0].changes[0].value.to_string(), "10");
    }
}
