//! Changing single settings of a profile's file, every other byte of it kept.

mod preferences;
mod telling;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

pub use self::preferences::{Preference, PreferenceChange, PreferenceKind, preferences};
pub use self::telling::{ChannelDraft, QuietDraft, Telling, TellingChange, ToldFrom, telling};
use super::model::{Bands, Profile};
use super::parse::parse;
use super::problem::ProfileErrors;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio::{self, Stamp};
use crate::signal::{SignalId, Unit};

/// A profile is some kilobytes; what is larger than this is something else.
const LARGEST: u64 = 1_000_000;

/// The thresholds of one signal, as they are and as they would be without a word in the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Threshold {
    /// Which signal.
    pub signal: SignalId,
    /// What people call it.
    pub label: String,
    /// The unit of its thresholds.
    pub unit: Unit,
    /// Whether smaller is worse.
    pub lower_is_worse: bool,
    /// Yellow from here on.
    pub yellow: Option<f64>,
    /// Red beyond.
    pub red: Option<f64>,
    /// Yellow by default.
    pub default_yellow: Option<f64>,
    /// Red by default.
    pub default_red: Option<f64>,
}

/// New thresholds of one signal.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ThresholdChange {
    /// Which signal.
    pub signal: SignalId,
    /// Yellow from here on, in the signal's unit; `None` = no such threshold.
    pub yellow: Option<f64>,
    /// Red beyond.
    pub red: Option<f64>,
}

/// The thresholds of every signal that has a number.
pub fn thresholds(profile: &Profile) -> Vec<Threshold> {
    let defaults = parse("ecosystem.root = '/'", Path::new("/defaults.toml"), None).ok();
    let of = |profile: &Profile, signal| profile.bands.get(&signal).copied();
    let split = |bands: Option<Bands>| bands.map_or((None, None), |bands| (bands.yellow, bands.red));
    SignalId::ALL
        .iter()
        .copied()
        .filter(|signal| signal.unit() != Unit::None)
        .map(|signal| {
            let (yellow, red) = split(of(profile, signal));
            let (default_yellow, default_red) = split(defaults.as_ref().and_then(|all| of(all, signal)));
            Threshold {
                signal,
                label: signal.label().to_owned(),
                unit: signal.unit(),
                lower_is_worse: signal.worse() == crate::signal::Worse::Lower,
                yellow,
                red,
                default_yellow,
                default_red,
            }
        })
        .collect()
}

/// A profile's file as it was read, for a change of it.
pub struct Editing {
    path: std::path::PathBuf,
    home: Option<std::path::PathBuf>,
    text: String,
    stamp: Stamp,
    mode: u32,
}

impl Editing {
    /// Reads the file at `path`; `home` stands for `~` in it.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub fn open(path: &Path, home: Option<&Path>) -> Result<Self> {
        let (_, metadata) = fsio::open_regular(path)?;
        let bytes = fsio::read_bounded(path, LARGEST)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(ErrorKind::Damaged, format!("{} is no text", path.display())).at(path))?;
        Ok(Self {
            path: path.to_owned(),
            home: home.map(Path::to_owned),
            text,
            stamp: Stamp::of(&metadata),
            mode: metadata.permissions().mode() & 0o7777,
        })
    }

    /// The text with other thresholds, and the profile that it says.
    ///
    /// # Errors
    /// When the file is no profile now, or would be none with them: the mistake with its line and key.
    pub fn with_thresholds(&self, changes: &[ThresholdChange]) -> Result<(String, Profile)> {
        self.changed(|document| {
            for change in changes {
                for (key, threshold) in [("yellow", change.yellow), ("red", change.red)] {
                    let value = shown(threshold, change.signal.unit());
                    set(document, &["bands", change.signal.as_str()], key, value);
                }
            }
            Ok(())
        })
    }

    /// The file as it was read.
    fn document(&self) -> Result<DocumentMut> {
        self.text.parse().map_err(|error: toml_edit::TomlError| {
            Error::new(ErrorKind::Usage, format!("{} is no valid TOML", self.path.display()))
                .at(&self.path)
                .because(error)
        })
    }

    /// The text after a change, and the profile that it says.
    ///
    /// # Errors
    /// When the file is no profile now, or would be none after it: the mistake with its line and key.
    fn changed(&self, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<(String, Profile)> {
        let mut document = self.document()?;
        change(&mut document)?;
        let text = with_endings_of(&self.text, document.to_string());
        let profile = parse(&text, &self.path, self.home.as_deref())
            .map_err(|problems| Error::from(ProfileErrors::mistakes(&self.path, problems)))?;
        Ok((text, profile))
    }

    /// Writes what [`Editing::with_thresholds`], [`Editing::with_telling`] or [`Editing::with_preferences`] gave, in place of the file that was read.
    ///
    /// # Errors
    /// `Busy` when somebody else changed the file meanwhile; nothing is written then.
    pub fn write(&self, text: &str) -> Result<()> {
        let now = self.path.metadata().map_err(|error| Error::io("read", &self.path, error))?;
        if Stamp::of(&now) != self.stamp {
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{} was changed meanwhile", self.path.display()),
            )
            .at(&self.path)
            .hint("Look at what it says now, then change it again."));
        }
        fsio::write_atomic(&self.path, text.as_bytes(), self.mode)
    }
}

/// A threshold as people write it into a file.
fn shown(threshold: Option<f64>, unit: Unit) -> Value {
    match (threshold, unit) {
        (None, _) => Value::from(""),
        (Some(bytes), Unit::Bytes) => Value::from(format!("{} GB", bytes / 1e9)),
        #[allow(clippy::cast_possible_truncation, reason = "it has no fraction and is far below 2^53")]
        (Some(number), _) if number.fract() == 0.0 && number.abs() < 1e15 => Value::from(number as i64),
        (Some(number), _) => Value::from(number),
    }
}

/// Sets `key` in the table at `way`, making what is missing at the end; what is around a value stays around it.
fn set(document: &mut DocumentMut, way: &[&str], key: &str, value: Value) {
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (depth, name) in way.iter().enumerate() {
        if table.get(name).and_then(Item::as_table_like).is_none() {
            let mut made = Table::new();
            // Only the last one needs a head of its own.
            made.set_implicit(depth + 1 < way.len());
            table.insert(name, Item::Table(made));
        }
        let Some(next) = table.get_mut(name).and_then(Item::as_table_like_mut) else { return };
        table = next;
    }
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// Lines end as they did.
fn with_endings_of(before: &str, after: String) -> String {
    if before.contains("\r\n") { after.replace("\r\n", "\n").replace('\n', "\r\n") } else { after }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const BEFORE: &str = "# Mine.\n[ecosystem]\nroot = \"/eco\" # here\n\n# Disk is small.\n[bands.\"disk.free\"]\n\
        yellow = \"20 GB\"   # early\nred = '8 GB'\n\n[bands]\n\"process.cpu\" = { yellow = 20, red = 40 } # hot\n";

    pub(super) fn editing(text: &str) -> (tempfile::TempDir, Editing) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("caretaker.toml");
        fsio::write_atomic(&path, text.as_bytes(), 0o600).unwrap();
        let editing = Editing::open(&path, None).unwrap();
        (dir, editing)
    }

    fn change(signal: SignalId, yellow: Option<f64>, red: Option<f64>) -> ThresholdChange {
        ThresholdChange { signal, yellow, red }
    }

    #[test]
    fn only_the_value_changes() {
        let (_dir, editing) = editing(BEFORE);
        let (text, profile) =
            editing.with_thresholds(&[change(SignalId::DiskFree, Some(15e9), Some(8e9))]).unwrap();
        assert_eq!(text, BEFORE.replace("\"20 GB\"", "\"15 GB\"").replace("'8 GB'", "\"8 GB\""));
        assert_eq!(profile.bands[&SignalId::DiskFree].yellow, Some(15e9));
        let (text, _) = editing.with_thresholds(&[change(SignalId::ProcessCpu, Some(25.5), None)]).unwrap();
        assert_eq!(text, BEFORE.replace("yellow = 20, red = 40", "yellow = 25.5, red = \"\""));
    }

    #[test]
    fn what_is_missing_is_added_at_the_end_and_dotted_keys_and_line_ends_stay() {
        let (_dir, editing) = editing("ecosystem.root = '/eco'\r\n# a word\r\n");
        let (text, profile) =
            editing.with_thresholds(&[change(SignalId::LogsErrors24h, Some(7.0), Some(30.0))]).unwrap();
        assert!(text.starts_with("ecosystem.root = '/eco'\r\n"), "{text:?}");
        assert!(text.contains("# a word\r\n"), "{text:?}");
        assert!(text.contains("[bands.\"logs.errors_24h\"]\r\nyellow = 7\r\nred = 30\r\n"), "{text:?}");
        assert!(!text.contains("\r\r") && !text.replace("\r\n", "").contains('\n'), "{text:?}");
        assert_eq!(profile.bands[&SignalId::LogsErrors24h].red, Some(30.0));
    }

    #[test]
    fn what_would_be_no_profile_is_refused_with_its_line_and_nothing_is_written() {
        let (_dir, editing) = editing(BEFORE);
        let error = editing.with_thresholds(&[change(SignalId::DiskFree, Some(5e9), Some(9e9))]).unwrap_err();
        assert!(error.to_string().contains("red"), "{error}");
        assert_eq!(std::fs::read_to_string(&editing.path).unwrap(), BEFORE);
    }

    #[test]
    fn a_file_that_somebody_else_changed_meanwhile_is_left_alone_and_its_mode_is_kept() {
        let (_dir, first) = editing(BEFORE);
        let (text, _) = first.with_thresholds(&[change(SignalId::DiskFree, Some(15e9), Some(8e9))]).unwrap();
        first.write(&text).unwrap();
        assert_eq!(first.path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(first.write(BEFORE).unwrap_err().kind, ErrorKind::Busy);
        assert_eq!(std::fs::read_to_string(&first.path).unwrap(), text);
    }

    #[test]
    fn every_signal_with_a_number_can_be_edited() {
        let (_dir, editing) = editing("ecosystem.root = '/eco'\n");
        let (_, profile) = editing.with_thresholds(&[]).unwrap();
        for threshold in thresholds(&profile) {
            let change = change(threshold.signal, threshold.yellow, threshold.red);
            editing.with_thresholds(&[change]).unwrap();
            assert_eq!((threshold.yellow, threshold.red), (threshold.default_yellow, threshold.default_red));
        }
    }
}
