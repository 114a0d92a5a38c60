//! The settings as they are read, key by key, with those that hold secrets.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::preset;
use super::shelf::{self, Settings};
use super::value::{Kind, kind_of};
use super::yaml::{Node, What};
use crate::error::{Error, Result};
use crate::mask;

/// A settings file that was understood.
#[derive(Debug, Clone)]
pub struct SettingsRead {
    /// Its name, from the root of the ecosystem.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
    /// What tells its content from another.
    pub hash: String,
    /// Its values in their order; a section is none, a list is one.
    pub values: Vec<SettingRead>,
}

/// A value of a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRead {
    /// Its key with its sections, parted by dots.
    pub key: String,
    /// What it says, a list as it stands there.
    pub value: String,
    /// Its line, counted from one.
    pub line: usize,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// Whether it is a secret or holds some, by its key or by how it looks.
    pub secret: bool,
    /// Those secrets.
    pub secrets: Vec<String>,
    /// What the ecosystem comes with, where a preset knows it.
    pub usual: Option<String>,
}

/// A settings file that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsBroken {
    /// Its name, from the root of the ecosystem.
    pub name: String,
    /// What is wrong, with the line.
    pub why: String,
    /// What helps.
    pub hint: Option<String>,
}

/// All settings files of the folder, by name, and those that cannot be read.
///
/// # Errors
/// When the folder cannot be listed or lies outside of `root`.
pub(super) fn survey(root: &Path, folder: &Path) -> Result<(Vec<SettingsRead>, Vec<SettingsBroken>)> {
    let (files, faults) = shelf::read_all(root, folder)?;
    let broken = |error: Error| {
        let path = error.path.clone().unwrap_or_default();
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        SettingsBroken {
            why: error.to_string().replace(&path.display().to_string(), &name),
            hint: error.hint,
            name,
        }
    };
    Ok((files.into_iter().map(read).collect(), faults.into_iter().map(broken).collect()))
}

/// One file as it stood in `bytes`; `None` where it was no settings then.
pub(super) fn of_bytes(path: &Path, bytes: Vec<u8>) -> Option<SettingsRead> {
    let yaml = super::yaml::Yaml::read(path, bytes).ok()?;
    Some(read(Settings { name: path.display().to_string(), yaml }))
}

fn read(settings: Settings) -> SettingsRead {
    let usual = preset::usual(&settings);
    let Settings { name, yaml } = settings;
    let mut values = Vec::new();
    for (place, keys) in yaml.settings() {
        let Some(node) = yaml
            .at(&place)
            .filter(|node| !matches!(&node.what, What::Map { entries } if !entries.is_empty()))
        else {
            continue;
        };
        let value = said(node, &yaml.text);
        let mut secrets = Vec::new();
        if keys.iter().any(|key| mask::names_a_secret(key)) {
            by_name(node, &mut secrets);
        }
        let there = yaml.text.get(node.bytes.clone()).unwrap_or("");
        secrets
            .extend(mask::find(there.as_bytes()).filter_map(|hit| there.get(hit.range).map(str::to_owned)));
        let secret = !secrets.is_empty();
        let usual = usual.iter().find(|(at, _)| *at == place).map(|(_, usual)| usual.clone());
        values.push(SettingRead {
            key: keys.join("."),
            value,
            line: node.line,
            bytes: node.bytes.clone(),
            secret,
            secrets,
            usual,
        });
    }
    SettingsRead { hash: shelf::hash(yaml.text.as_bytes()), path: yaml.path, name, text: yaml.text, values }
}

fn said(node: &Node, text: &str) -> String {
    match &node.what {
        What::Scalar { says, .. } => says.clone(),
        _ => text.get(node.bytes.clone()).unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// The secrets under a key that says so. A number, a switch or nothing is none, whatever its key is called.
fn by_name(node: &Node, secrets: &mut Vec<String>) {
    match &node.what {
        What::Scalar { says, plain } => {
            let is_one = match kind_of(says, *plain) {
                Kind::Text => !says.is_empty() && !mask::is_placeholder(says),
                Kind::Number => says.len() >= 12,
                Kind::Flag | Kind::Nothing => false,
            };
            secrets.extend(is_one.then(|| says.trim().to_owned()));
        }
        What::List { items, .. } => items.iter().for_each(|item| by_name(item, secrets)),
        What::Map { .. } | What::Alias(_) => {}
    }
}

impl SettingsRead {
    /// The file without its secrets, and how many there were; comments are as they were.
    pub fn veiled(&self) -> (String, usize) {
        let (mut out, mut last, mut count) = (String::with_capacity(self.text.len()), 0, 0);
        for one in self.values.iter().filter(|one| one.secret) {
            let Some(before) = self.text.get(last..one.bytes.start) else { continue };
            out.push_str(before);
            out.push_str(&format!("\"{}\"", mask::veiled(&one.value)));
            // A block of lines ends with its line end, which keeps the next key where it is.
            if self.text.get(one.bytes.clone()).is_some_and(|text| text.ends_with('\n')) {
                out.push('\n');
            }
            last = one.bytes.end;
            count += 1;
        }
        out.push_str(self.text.get(last..).unwrap_or(""));
        (out, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_keys_and_by_their_looks() {
        let text = "a: 1\nmail:\n  smtp_password: hunter2  # old: hunter1\n  max_tokens: 4096\n  password: ${PASS}\n\
                    tokens:\n- abcdef\n- ghijkl\nurl: redis://:s3cret99@h/0\nkey: |\n  -----BEGIN PRIVATE KEY-----\n  \
                    aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5gH7jK9mN1pQ2rS4tU6\n  -----END PRIVATE KEY-----\nb: 2\n";
        let read = of_bytes(Path::new("x.yaml"), text.into()).unwrap();
        let secret: Vec<&str> =
            read.values.iter().filter(|one| one.secret).map(|one| one.key.as_str()).collect();
        assert_eq!(secret, ["mail.smtp_password", "tokens", "url", "key"]);
        let (veiled, count) = read.veiled();
        assert_eq!(count, 4);
        for gone in ["hunter2", "abcdef", "s3cret99", "aB3dE5"] {
            assert!(!veiled.contains(gone), "{veiled}");
        }
        // It is still the same settings beside.
        let again =
            of_bytes(Path::new("x.yaml"), veiled.clone().into()).unwrap_or_else(|| panic!("{veiled}"));
        assert_eq!(again.values.len(), read.values.len());
        assert_eq!(again.values.last().map(|one| one.value.as_str()), Some("2"));
    }
}
