//! The ecosystem's settings: presets, single keys and the switches of modules, each planned, changed and taken back.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Upkeep, shown};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::aftermath::{Helped, helped};
use crate::mask::veiled;
use crate::store::Entered;
use crate::upkeep::{Change, Reverting, Tuning, TuningPlan, is_secret};

/// Of all files together so many values are shown.
const MOST_VALUES: usize = 4_000;

/// What can be changed, and what was changed last.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TuningShown {
    /// In the order in which they are shown.
    pub presets: Vec<PresetShown>,
    /// The change that can be taken back.
    pub last: Option<TunedShown>,
    /// What the changes that stand did to the figures they were made for, newest first.
    pub helped: Vec<Helped>,
    /// Settings files that cannot be read, and why.
    pub problems: Vec<String>,
}

/// Changes that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PresetShown {
    /// Its short name.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What is to be expected of it.
    pub effect: String,
    /// How many values it would change now.
    pub changes: usize,
    /// How many of its values stand so already, or beyond.
    pub already: usize,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TunedShown {
    /// What people call it.
    pub title: String,
    /// When it was made.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// The values as they would change back.
    pub changes: Vec<Change>,
    /// Why it cannot be taken back.
    pub problem: Option<String>,
}

/// What a change of settings would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TuningPlanShown {
    /// By which it is agreed to.
    pub number: u32,
    /// What people call it.
    pub title: String,
    /// What is to be expected of it; empty for a change by hand.
    pub effect: String,
    /// The values, file by file.
    pub changes: Vec<Change>,
    /// Keys that no settings file has.
    pub missing: Vec<String>,
    /// Keys that stand so already, or beyond, and stay.
    pub already: Vec<String>,
    /// Settings files that were left out, and why.
    pub problems: Vec<String>,
}

/// The settings files with their values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingsShown {
    /// By name.
    pub files: Vec<SettingsFileShown>,
    /// Those that cannot be read, and why.
    pub problems: Vec<String>,
}

/// A settings file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingsFileShown {
    /// Its name, from the root of the ecosystem.
    pub name: String,
    /// Its single values, in the order of the file.
    pub values: Vec<SettingShown>,
}

/// A value of a settings file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingShown {
    /// The key with its sections.
    pub key: String,
    /// What stands there; `None` where it is a secret.
    pub value: Option<String>,
    /// Its line, counted from 1.
    pub line: usize,
}

/// The modules with their switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ModulesShown {
    /// As the profile has them.
    pub modules: Vec<ModuleSwitch>,
    /// Settings files that cannot be read, and why.
    pub problems: Vec<String>,
}

/// A module's switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ModuleSwitch {
    /// Its name.
    pub name: String,
    /// Whether it is on; `None` where no settings file has a switch for it.
    pub enabled: Option<bool>,
    /// The settings file that says so.
    pub file: Option<String>,
}

impl Upkeep {
    fn tuner(&self) -> Tuning {
        Tuning::new(&self.profile, &self.state_dir)
    }

    /// The presets with what each would change now, and the change that can be taken back.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn tuning(&self) -> Result<TuningShown> {
        let tuner = self.tuner();
        let mut presets = Vec::new();
        let mut problems = BTreeSet::new();
        for preset in tuner.presets() {
            let plan = tuner.plan(&preset.id)?;
            problems.extend(plan.problems.iter().map(|text| shown(text)));
            presets.push(PresetShown {
                id: preset.id,
                title: preset.title,
                effect: preset.effect,
                changes: plan.changes.len(),
                already: plan.already.len(),
            });
        }
        // What cannot be told is left out: it is no reason to show nothing.
        let helped = helped(&self.profile, &self.state_dir, self.clock.now(), self.zone).unwrap_or_default();
        let problems = problems.into_iter().collect();
        Ok(TuningShown { presets, last: self.last_tuning(), helped, problems })
    }

    /// The change that can be taken back.
    pub(super) fn last_tuning(&self) -> Option<TunedShown> {
        match self.tuner().plan_revert() {
            Ok(last) => last.map(|Reverting { title, at, changes }| TunedShown {
                title: shown(&title),
                at,
                changes: veil(changes),
                problem: None,
            }),
            Err(error) => self.tuner().last_applied().ok().flatten().map(|(title, at)| TunedShown {
                title: shown(&title),
                at,
                changes: Vec::new(),
                problem: Some(shown(&error.to_string())),
            }),
        }
    }

    /// All settings files with their values; secrets are left out.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn settings(&self) -> Result<SettingsShown> {
        let (files, problems) = self.tuner().values()?;
        let mut left = MOST_VALUES;
        let files = files.into_iter().map(|file| {
            let values: Vec<SettingShown> = file
                .values
                .into_iter()
                .take(left)
                .map(|one| SettingShown {
                    key: shown(&one.key),
                    value: one.value.map(|value| shown(&value)),
                    line: one.line,
                })
                .collect();
            left -= values.len();
            SettingsFileShown { name: shown(&file.name), values }
        });
        let files = files.collect();
        Ok(SettingsShown { files, problems: problems.iter().map(|text| shown(text)).collect() })
    }

    /// The modules with their switches.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn modules(&self) -> Result<ModulesShown> {
        let (modules, problems) = self.tuner().modules()?;
        let switch = |one: crate::upkeep::ModuleSetting| ModuleSwitch {
            name: one.name,
            enabled: one.enabled,
            file: one.file.map(|file| shown(&file)),
        };
        Ok(ModulesShown {
            modules: modules.into_iter().map(switch).collect(),
            problems: problems.iter().map(|text| shown(text)).collect(),
        })
    }

    /// What a preset would change.
    ///
    /// # Errors
    /// As [`Tuning::plan`].
    pub fn plan_preset(&self, id: &str) -> Result<TuningPlanShown> {
        self.keep(self.tuner().plan(id)?)
    }

    /// What setting one key would change.
    ///
    /// # Errors
    /// As [`Tuning::plan_key`].
    pub fn plan_setting(&self, file: &str, key: &str, value: &str) -> Result<TuningPlanShown> {
        self.keep(self.tuner().plan_key(file, key, value)?)
    }

    /// What switching a module on or off would change.
    ///
    /// # Errors
    /// As [`Tuning::plan_enable`] and [`Tuning::plan_disable`].
    pub fn plan_module(&self, name: &str, on: bool) -> Result<TuningPlanShown> {
        let tuner = self.tuner();
        self.keep(if on { tuner.plan_enable(name)? } else { tuner.plan_disable(name)? })
    }

    fn keep(&self, plan: TuningPlan) -> Result<TuningPlanShown> {
        let all = |texts: &[String]| texts.iter().map(|text| shown(text)).collect();
        let mut laid_out = TuningPlanShown {
            number: 0,
            title: shown(&plan.title),
            effect: plan.effect.clone(),
            changes: veil(plan.changes.clone()),
            missing: all(&plan.missing),
            already: all(&plan.already),
            problems: all(&plan.problems),
        };
        laid_out.number = self.plans.tuning.keep(&self.profile.root, plan);
        Ok(laid_out)
    }

    /// Changes what a plan showed; what was done, in words.
    ///
    /// # Errors
    /// `Busy` where that plan is out of date, or a file changed since; as [`Tuning::apply`].
    pub fn tune(&self, number: u32) -> Result<String> {
        let plan = self.plans.tuning.take(&self.profile.root, number)?;
        let now = self.clock.now();
        self.tuner().apply(&plan, now)?;
        let said = said_of_tuning(&plan);
        self.journal.note_done(now, Entered::Tuning, said.clone(), Some(TUNING_UNDO.to_owned()));
        Ok(said)
    }

    /// Takes back the change that was made at `at`, if it is still the last one; what was done, in words.
    ///
    /// # Errors
    /// `Busy` where another change was made since, or a file changed; as [`Tuning::revert`].
    pub fn revert_tuning(&self, at: Instant) -> Result<String> {
        let tuner = self.tuner();
        let last = tuner.plan_revert()?.filter(|last| last.at == at).ok_or_else(|| {
            Error::new(ErrorKind::Busy, "that is not the last change any more; nothing was changed")
                .hint("Look at it again.")
        })?;
        tuner.revert()?;
        let said = said_of_tuning_undone(&last.title);
        self.journal.note_done(self.clock.now(), Entered::Undo, said.clone(), None);
        Ok(said)
    }
}

/// Changes as they may be shown: what a key that names a secret holds is veiled.
fn veil(changes: Vec<Change>) -> Vec<Change> {
    let value = |key: &str, text: String| if is_secret(key, &text) { veiled(&text) } else { shown(&text) };
    let one = |one: Change| Change {
        before: one.before.map(|text| value(&one.key, text)),
        after: one.after.map(|text| value(&one.key, text)),
        file: shown(&one.file),
        key: shown(&one.key),
        line: one.line,
    };
    changes.into_iter().map(one).collect()
}

/// What takes a change of settings back, as the journal names it.
pub const TUNING_UNDO: &str = "tune revert";

/// What is entered of a change of settings.
pub fn said_of_tuning(plan: &TuningPlan) -> String {
    let files = plan.changes.iter().map(|one| &one.file).collect::<BTreeSet<_>>().len();
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let values = count(plan.changes.len(), "value");
    format!("“{}”: {values} in {} changed.", shown(&plan.title), count(files, "settings file"))
}

/// What is entered of a change that was taken back.
pub fn said_of_tuning_undone(title: &str) -> String {
    format!("“{}” was taken back: every file is as it was before.", shown(title))
}
