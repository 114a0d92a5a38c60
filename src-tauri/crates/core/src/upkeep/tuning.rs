//! The ecosystem's own settings, changed: a preset or a single key, planned and shown, undone byte for byte.

mod edit;
mod kept;
mod modules;
mod plan;
mod preset;
mod review;
mod shelf;
mod survey;
mod tabs;
mod value;
mod values;
mod yaml;

use std::path::{Path, PathBuf};

use self::kept::{Now, Phase, Record};
pub use self::modules::ModuleSetting;
pub use self::plan::{Change, TuningPlan, diff};
pub use self::preset::{Preset, Toward, Wanted, WantedValue};
pub use self::review::Reviewed;
pub use self::survey::{SettingRead, SettingsBroken, SettingsRead};
pub use self::values::{SettingValue, SettingsFile, is_secret};
pub(in crate::upkeep) use self::yaml::{Yaml, fault_of};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::observe::drift::{Announcements, Ground};
use crate::profile::Profile;

/// Changes the settings of one ecosystem.
pub struct Tuning {
    root: PathBuf,
    config: PathBuf,
    modules: Vec<String>,
    folder: PathBuf,
    announcements: Announcements,
}

/// What was put back at a revert, and when it had been applied.
#[derive(Debug, Clone)]
pub struct Reverting {
    /// What people call the tuning.
    pub title: String,
    /// When it was applied.
    pub at: Instant,
    /// The values as they change back.
    pub changes: Vec<Change>,
}

/// A change of settings that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedTuning {
    /// What people call it.
    pub title: String,
    /// When it was made.
    pub at: Instant,
    /// Whether what came of it was told already.
    pub told: bool,
    number: u32,
}

impl Tuning {
    /// The settings of `profile`; what they were is kept in `state_dir`.
    pub fn new(profile: &Profile, state_dir: &Path) -> Self {
        Self {
            root: profile.root.clone(),
            config: profile.config_dir.clone(),
            modules: profile.modules.iter().map(|module| module.name.clone()).collect(),
            folder: state_dir.join("tuning"),
            announcements: Announcements::new(Ground::of(profile), state_dir),
        }
    }

    /// The presets, in the order in which they are shown.
    pub fn presets(&self) -> Vec<Preset> {
        preset::built_in()
    }

    /// All settings files with their values, and those that cannot be read.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn settings(&self) -> Result<(Vec<SettingsRead>, Vec<SettingsBroken>)> {
        survey::survey(&self.root, &self.config)
    }

    /// What a preset would change.
    ///
    /// # Errors
    /// When there is no such preset, or the folder of the settings cannot be read.
    pub fn plan(&self, id: &str) -> Result<TuningPlan> {
        let presets = self.presets();
        let Some(preset) = presets.iter().find(|preset| preset.id == id) else {
            let known: Vec<&str> = presets.iter().map(|preset| preset.id.as_str()).collect();
            return Err(Error::new(ErrorKind::NotFound, format!("there is no preset “{id}”"))
                .hint(format!("The presets are: {}.", known.join(", "))));
        };
        let (mut files, faults) = shelf::read_all(&self.root, &self.config)?;
        let mut plan = preset::plan(preset, &mut files);
        plan.problems.extend(faults.iter().map(ToString::to_string));
        Ok(plan)
    }

    /// What setting one key to `value` would change; sections are parted by dots.
    ///
    /// # Errors
    /// When the file or the key is not there, or the value cannot stand there: with its line and what helps.
    pub fn plan_key(&self, file: &str, key: &str, value: &str) -> Result<TuningPlan> {
        let mut settings = shelf::read(&self.root, &shelf::named(&self.root, &self.config, file)?)?;
        let mut places = settings.yaml.settings();
        places.retain(|(_, path)| path.join(".") == key);
        let (place, more) = match &places[..] {
            [] => {
                return Err(Error::new(ErrorKind::NotFound, format!("{} has no key “{key}”", settings.name))
                    .at(&settings.yaml.path)
                    .hint("Write it with its sections, such as pruning.enabled."));
            }
            [(place, _), more @ ..] => (place.clone(), !more.is_empty()),
        };
        if more {
            return Err(Error::new(ErrorKind::Usage, format!("{} has “{key}” in two ways", settings.name))
                .at(&settings.yaml.path)
                .hint("Change it by hand; nothing was changed."));
        }
        let mut plan = TuningPlan::new(&format!("{key} in {}", settings.name), "");
        match edit::set(&settings.yaml, &place, value)? {
            Some(edited) => settings.yaml = plan.note(&settings, key.to_owned(), edited),
            None => plan.already.push(format!("{} {key}: {value}", settings.name)),
        }
        Ok(plan)
    }

    /// Writes what a plan says: all of its files, or none.
    ///
    /// # Errors
    /// `Busy` when a file changed since the plan; whatever keeps a file from being written. Nothing is changed then.
    pub fn apply(&self, plan: &TuningPlan, now: Instant) -> Result<()> {
        if plan.files.is_empty() {
            return Ok(());
        }
        let _lock = kept::lock(&self.folder)?;
        self.end()?;
        let mut files = Vec::new();
        for file in &plan.files {
            let (before, _) = shelf::bytes_of(&file.path)?;
            if shelf::hash(&before) != file.hash {
                return Err(meanwhile(&file.path, "").hint("Look at what it says now, then plan again."));
            }
            files.push((file.clone(), before));
        }
        let mut record = Record::begin(&self.folder, &self.root, &plan.title, now, &plan.changes, &files)?;
        if let Err(error) = write_all(&record) {
            record.put_back()?;
            return Err(error);
        }
        self.announce(&record);
        record.go(Phase::Applied)
    }

    /// The changes that stand, oldest first, as far as they are kept.
    ///
    /// # Errors
    /// When what was kept cannot be read.
    pub fn applied(&self) -> Result<Vec<AppliedTuning>> {
        let mut all = kept::all(&self.folder, &self.root)?;
        all.retain(|record| record.journal.phase == Phase::Applied);
        let one = |record: &Record| AppliedTuning {
            title: record.journal.title.clone(),
            at: record.journal.at,
            told: record.is_told(),
            number: record.number(),
        };
        Ok(all.iter().map(one).collect())
    }

    /// Notes that what came of a change was told.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn mark_told(&self, change: &AppliedTuning) -> Result<()> {
        let all = kept::all(&self.folder, &self.root)?;
        all.iter().find(|record| record.number() == change.number).map_or(Ok(()), Record::tell)
    }

    /// What reverting the last tuning would change; `None` where there is none to revert.
    ///
    /// # Errors
    /// `Busy` when one of its files changed since: which keys. When what was kept cannot be read.
    pub fn plan_revert(&self) -> Result<Option<Reverting>> {
        let Some(record) = self.last()? else { return Ok(None) };
        self.refuse_changed(&record)?;
        let back = |change: Change| Change { before: change.after, after: change.before, ..change };
        let journal = record.journal;
        let changes = journal.changes.into_iter().map(back).collect();
        Ok(Some(Reverting { title: journal.title, at: journal.at, changes }))
    }

    /// The title of the tuning that a revert would be about, and when it was applied, whether or not it can be reverted.
    ///
    /// # Errors
    /// When what was kept cannot be read.
    pub fn last_applied(&self) -> Result<Option<(String, Instant)>> {
        Ok(self.last()?.map(|record| (record.journal.title, record.journal.at)))
    }

    /// Puts the files of the last tuning back as they were, byte for byte, if they are still as it left them.
    ///
    /// # Errors
    /// As [`Tuning::plan_revert`]; when there is nothing to revert; when a file cannot be written.
    pub fn revert(&self) -> Result<()> {
        let _lock = kept::lock(&self.folder)?;
        self.end()?;
        let Some(mut record) = self.last()? else {
            return Err(Error::new(ErrorKind::NotFound, "there is no tuning to revert"));
        };
        self.refuse_changed(&record)?;
        record.go(Phase::Reverting)?;
        let changed = record.put_back()?;
        self.announce(&record);
        changed.first().map_or(Ok(()), |path| Err(meanwhile(path, "")))
    }

    /// Takes back what was ended in its middle; says so, if there was anything.
    ///
    /// # Errors
    /// When another Caretaker is at it, or a file cannot be read or written.
    pub fn end_interrupted(&self) -> Result<Option<String>> {
        let open = |record: &Record| matches!(record.journal.phase, Phase::Applying | Phase::Reverting);
        if !kept::all(&self.folder, &self.root)?.iter().any(open) {
            return Ok(None);
        }
        let _lock = kept::lock(&self.folder)?;
        self.end()
    }

    fn end(&self) -> Result<Option<String>> {
        let mut said = None;
        for mut record in kept::all(&self.folder, &self.root)? {
            if !matches!(record.journal.phase, Phase::Applying | Phase::Reverting) {
                continue;
            }
            record.sweep()?;
            let changed = record.put_back()?;
            let ours: Vec<PathBuf> = record.paths().filter(|path| !changed.contains(path)).collect();
            self.announcements.announce(&ours);
            let mut text = format!("“{}” was ended in its middle and was taken back.", record.journal.title);
            for path in changed {
                text.push_str(&format!("\n{} was changed since and stays as it is.", path.display()));
            }
            said = Some(text);
        }
        Ok(said)
    }

    /// What Caretaker itself changed is no drift.
    fn announce(&self, record: &Record) {
        self.announcements.announce(&record.paths().collect::<Vec<_>>());
    }

    fn last(&self) -> Result<Option<Record>> {
        let all = kept::all(&self.folder, &self.root)?;
        Ok(all.into_iter().rfind(|record| record.journal.phase == Phase::Applied))
    }

    fn refuse_changed(&self, record: &Record) -> Result<()> {
        for (index, file) in record.journal.files.iter().enumerate() {
            if record.now(index)? == Now::After {
                continue;
            }
            let keys = changed_keys(&file.path, record.content(index, Now::After)?);
            let which = if keys.is_empty() { String::new() } else { format!(" ({})", keys.join(", ")) };
            return Err(meanwhile(&file.path, &which).hint(
                "Set the keys by hand, or put the file back as the tuning left it; nothing was changed.",
            ));
        }
        Ok(())
    }
}

/// Writes each file as it is to be, unless somebody changed it at the last moment.
fn write_all(record: &Record) -> Result<()> {
    for (index, file) in record.journal.files.iter().enumerate() {
        if record.now(index)? != Now::Before {
            return Err(meanwhile(&file.path, ""));
        }
        record.write(index, Now::After)?;
    }
    Ok(())
}

/// The keys in which a file differs from what a tuning made of it.
fn changed_keys(path: &Path, applied: Vec<u8>) -> Vec<String> {
    let now = shelf::bytes_of(path).and_then(|(bytes, _)| Yaml::read(path, bytes));
    let (Ok(now), Ok(then)) = (now, Yaml::read(path, applied)) else { return Vec::new() };
    let leaves = |yaml: &Yaml| -> std::collections::BTreeMap<String, yaml::Shape> {
        let all = yaml.settings().into_iter();
        let ends = all.filter_map(|(place, keys)| Some((keys.join("."), yaml.at(&place)?)));
        ends.filter(|(_, node)| node.entries().is_empty()).map(|(key, node)| (key, node.shape())).collect()
    };
    let (now, then) = (leaves(&now), leaves(&then));
    let mut keys: Vec<String> = now.keys().chain(then.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    keys.retain(|key| now.get(key) != then.get(key));
    keys
}

fn meanwhile(path: &Path, which: &str) -> Error {
    Error::new(ErrorKind::Busy, format!("{} was changed meanwhile{which}", path.display())).at(path)
}
