//! What stands in the settings files now, for whoever chooses a key by hand.

use super::Tuning;
use super::shelf;
use super::yaml::{What, Yaml};
use crate::error::Result;
use crate::mask::names_a_secret;

/// A settings file with the values in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFile {
    /// Its name, from the root of the ecosystem.
    pub name: String,
    /// Its single values, in the order of the file; lists and sections are none.
    pub values: Vec<SettingValue>,
}

/// A value of a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue {
    /// The key with its sections.
    pub key: String,
    /// What stands there; `None` where the key names a secret.
    pub value: Option<String>,
    /// Its line, counted from 1.
    pub line: usize,
}

impl Tuning {
    /// All settings files with their values, and what is wrong with those that are left out.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn values(&self) -> Result<(Vec<SettingsFile>, Vec<String>)> {
        let (files, faults) = shelf::read_all(&self.root, &self.config)?;
        let files = files.into_iter().map(|file| SettingsFile { values: of(&file.yaml), name: file.name });
        Ok((files.collect(), faults.iter().map(ToString::to_string).collect()))
    }
}

fn of(yaml: &Yaml) -> Vec<SettingValue> {
    let all = yaml.settings().into_iter();
    all.filter_map(|(place, keys)| {
        let node = yaml.at(&place)?;
        let What::Scalar { says, .. } = &node.what else { return None };
        let key = keys.join(".");
        let value = (!is_secret(&key, says)).then(|| says.clone());
        Some(SettingValue { key, value, line: node.line })
    })
    .collect()
}

/// Whether what stands at `key` is nothing to show: a number or a switch never is.
pub fn is_secret(key: &str, says: &str) -> bool {
    let plain = says.is_empty() || says.parse::<f64>().is_ok() || matches!(says, "true" | "false");
    !plain && key.split('.').any(names_a_secret)
}
