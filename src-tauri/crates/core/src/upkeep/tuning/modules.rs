//! Modules switched off and on: in a module's own file by `enabled`, else in the list `disabled_modules`.

use serde::Serialize;

use super::plan::TuningPlan;
use super::preset::{folded, is_file_of};
use super::shelf::{self, Settings};
use super::value::{Kind, is_on, kind_of};
use super::yaml::What;
use super::{Tuning, edit};
use crate::error::{Error, ErrorKind, Result};

/// The key of the list, and of the switch in a module's own file.
const LIST: &str = "disabled_modules";
const SWITCH: &str = "enabled";
/// Keys by which a module's own file names it.
const NAMES: [&str; 3] = ["module", "module_name", "name"];
/// Files of the ecosystem as a whole: one of them gets the list where there is no switch at all.
const MAIN: [&str; 3] = ["ecosystem_config", "ecosystem", "config"];

/// A module as the settings have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleSetting {
    /// Its name, as the profile has it.
    pub name: String,
    /// Whether it is switched on; `None` where no settings file has a switch for it.
    pub enabled: Option<bool>,
    /// The settings file that says so.
    pub file: Option<String>,
}

/// A switch: whose file it is in, by its number, and where.
struct Place {
    file: usize,
    place: Vec<usize>,
    key: String,
}

impl Tuning {
    /// The modules of the profile with their switches, and what is wrong with settings files that were left out.
    ///
    /// # Errors
    /// When the folder of the settings cannot be read.
    pub fn modules(&self) -> Result<(Vec<ModuleSetting>, Vec<String>)> {
        let (files, faults) = shelf::read_all(&self.root, &self.config)?;
        let list = lists(&files);
        let rows = self.modules.iter().map(|name| {
            let own = own(&files, name);
            let on = own.as_ref().map(|at| is_on(says(&files, at)));
            let listed = list.iter().find(|at| is_listed(&files, at, name));
            let (enabled, from) = match (on, listed) {
                (Some(false), _) => (Some(false), own.as_ref()),
                (_, Some(list)) => (Some(false), Some(list)),
                (Some(true), None) => (Some(true), own.as_ref()),
                (None, None) => (list.first().map(|_| true), list.first()),
            };
            let file = from.map(|at| files[at.file].name.clone());
            ModuleSetting { name: name.clone(), enabled, file }
        });
        Ok((rows.collect(), faults.iter().map(ToString::to_string).collect()))
    }

    /// What switching a module off would change.
    ///
    /// # Errors
    /// When the profile has no such module, a settings file cannot be read, or none has a place for it.
    pub fn plan_disable(&self, module: &str) -> Result<TuningPlan> {
        let name = self.known(module)?;
        let effect = "It no longer runs once the ecosystem has read its settings again.";
        let mut plan = TuningPlan::new(&format!("{name} off"), effect);
        let mut files = self.all()?;
        if let Some(at) = own(&files, &name) {
            set(&mut plan, &mut files, &at, "false")?;
        } else if let Some(at) = the_list(&files)? {
            let edited = edit::add(&files[at.file].yaml, &at.place, &name)?;
            note(&mut plan, &mut files, &at, edited);
        } else {
            let main = files.iter().position(|file| MAIN.iter().any(|main| is_file_of(file, main)));
            let Some(file) = main else {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    format!("no settings file has a switch for “{name}”"),
                )
                .hint("Write `disabled_modules: []` into the file in which the ecosystem looks for it, and try again."));
            };
            let edited = edit::append(&files[file].yaml, LIST, &name)?;
            let at = Place { file, place: Vec::new(), key: LIST.to_owned() };
            note(&mut plan, &mut files, &at, Some(edited));
        }
        Ok(plan)
    }

    /// What switching a module on would change: wherever it is switched off.
    ///
    /// # Errors
    /// When the profile has no such module, or a settings file cannot be read or changed.
    pub fn plan_enable(&self, module: &str) -> Result<TuningPlan> {
        let name = self.known(module)?;
        let effect = "It runs again once the ecosystem has read its settings again.";
        let mut plan = TuningPlan::new(&format!("{name} on"), effect);
        let mut files = self.all()?;
        if let Some(at) = own(&files, &name) {
            set(&mut plan, &mut files, &at, "true")?;
        }
        for at in lists(&files) {
            let edited = edit::take(&files[at.file].yaml, &at.place, &name)?;
            if edited.is_some() {
                note(&mut plan, &mut files, &at, edited);
            }
        }
        Ok(plan)
    }

    /// The profile's name of a module, however it was typed.
    fn known(&self, module: &str) -> Result<String> {
        let exact = self.modules.iter().find(|name| *name == module);
        let alike: Vec<&String> = self.modules.iter().filter(|name| folded(name) == folded(module)).collect();
        match (exact, &alike[..]) {
            (Some(name), _) => Ok(name.clone()),
            (None, [name]) => Ok((*name).clone()),
            _ => Err(Error::new(ErrorKind::NotFound, format!("the profile has no module “{module}”"))
                .hint(format!("Its modules are: {}.", self.modules.join(", ")))),
        }
    }

    /// All settings files: where one cannot be read, nobody can tell whether the switch is in it.
    fn all(&self) -> Result<Vec<Settings>> {
        let (files, faults) = shelf::read_all(&self.root, &self.config)?;
        faults.into_iter().next().map_or(Ok(files), Err)
    }
}

fn set(plan: &mut TuningPlan, files: &mut [Settings], at: &Place, value: &str) -> Result<()> {
    if is_on(says(files, at)) == is_on(value) {
        plan.already.push(format!("{} {}: {}", files[at.file].name, at.key, says(files, at)));
        return Ok(());
    }
    let edited = edit::set(&files[at.file].yaml, &at.place, value)?;
    note(plan, files, at, edited);
    Ok(())
}

fn note(plan: &mut TuningPlan, files: &mut [Settings], at: &Place, edited: Option<edit::Edited>) {
    let settings = &mut files[at.file];
    match edited {
        Some(edited) => settings.yaml = plan.note(settings, at.key.clone(), edited),
        None => plan.already.push(format!("{} {}", settings.name, at.key)),
    }
}

fn says<'f>(files: &'f [Settings], at: &Place) -> &'f str {
    files[at.file].yaml.at(&at.place).and_then(|node| node.says()).unwrap_or("")
}

/// The switch in the module's own file.
fn own(files: &[Settings], module: &str) -> Option<Place> {
    let top = |file: &Settings, key: &str| -> Option<(usize, String)> {
        let entries = file.yaml.root.as_ref()?.entries();
        let index = entries.iter().position(|(name, _)| name.says() == Some(key))?;
        match &entries[index].1.what {
            What::Scalar { says, plain } if key != SWITCH || kind_of(says, *plain) == Kind::Flag => {
                Some((index, says.clone()))
            }
            _ => None,
        }
    };
    let named = |file: &&Settings| NAMES.iter().find_map(|key| top(file, key)).map(|(_, name)| name);
    let fits = |file: &&Settings| match named(file) {
        Some(name) => folded(&name) == folded(module),
        None => is_file_of(file, module),
    };
    let file = files.iter().position(|file| fits(&file) && top(file, SWITCH).is_some())?;
    let (index, _) = top(&files[file], SWITCH)?;
    Some(Place { file, place: vec![index], key: SWITCH.to_owned() })
}

/// Every list of modules that are off.
fn lists(files: &[Settings]) -> Vec<Place> {
    let of = |(file, settings): (usize, &Settings)| {
        let all = settings.yaml.settings().into_iter().filter(|(_, path)| path.last() == Some(&LIST));
        all.map(|(place, path)| Place { file, place, key: path.join(".") }).collect::<Vec<_>>()
    };
    files.iter().enumerate().flat_map(of).collect()
}

/// The one list of modules that are off.
fn the_list(files: &[Settings]) -> Result<Option<Place>> {
    let mut all = lists(files);
    if all.len() > 1 {
        let names: Vec<&str> = all.iter().map(|at| files[at.file].name.as_str()).collect();
        return Err(Error::new(
            ErrorKind::Usage,
            format!("{} settings files have a list {LIST}: {}", all.len(), names.join(", ")),
        )
        .hint("Keep the one that the ecosystem reads, or change it by hand."));
    }
    Ok(all.pop())
}

fn is_listed(files: &[Settings], at: &Place, name: &str) -> bool {
    match files[at.file].yaml.at(&at.place).map(|node| &node.what) {
        Some(What::List { items, .. }) => items.iter().any(|item| item.says() == Some(name)),
        _ => false,
    }
}
