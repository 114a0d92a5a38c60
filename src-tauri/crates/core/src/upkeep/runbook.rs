//! Runbooks: what to do in an emergency, step by step. Data from TOML, and how far somebody has come with one.

mod course;
mod read;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

pub use self::course::{Course, Fate, Mark, StepEvidence, StepState, Undo};
use self::read::read;
use crate::error::{Error, ErrorKind, Result};
use crate::signal::SignalId;

/// The emergencies of the manual, the most urgent first.
const BUILT_IN: [(&str, &str); 4] = [
    ("system-down.toml", include_str!("../../../../../config/runbooks/system-down.toml")),
    ("data-corruption.toml", include_str!("../../../../../config/runbooks/data-corruption.toml")),
    ("high-errors.toml", include_str!("../../../../../config/runbooks/high-errors.toml")),
    ("performance.toml", include_str!("../../../../../config/runbooks/performance.toml")),
];

/// What to do in an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// Its short name: `system-down`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// By what it is recognised.
    pub about: String,
    /// The signals whose alerts lead here.
    pub signals: Vec<SignalId>,
    /// In this order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name within the runbook.
    pub id: String,
    /// What is to be done, in a few words.
    pub text: String,
    /// Why.
    pub why: String,
    /// What somebody should see who decides.
    pub evidence: Vec<Clue>,
    /// What its button does; `None` where it is only looked at.
    pub deed: Option<Deed>,
    /// Not needed unless this step before it failed.
    pub only_if_failed: Option<String>,
    /// Whether what comes after it need not wait for it.
    pub optional: bool,
}

/// What is gathered as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clue {
    /// The watched process.
    Process,
    /// Its CPU and its memory.
    Vitals,
    /// The programs that use most of the machine.
    Busiest,
    /// CPU and memory of the machine.
    Machine,
    /// Free disk.
    Disk,
    /// What takes space.
    Sizes,
    /// The end of the log.
    LogEnd,
    /// The errors that count, by module.
    Errors,
    /// What the module at fault wrote last.
    ModuleLog,
    /// The modules that are not well.
    Modules,
    /// The reports that did not come.
    Reports,
    /// The state file, and what contradicts it.
    StateFile,
    /// Files that cannot be read as what they are.
    BrokenData,
    /// Proven backups.
    Backups,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Deed {
    /// The process is started.
    Start,
    /// The process is stopped.
    Stop,
    /// The process is stopped if it runs, and started.
    Restart,
    /// Data and settings are copied aside as they are.
    KeepAside,
    /// A proven backup is brought back into place.
    Restore,
    /// A module is switched off.
    DisableModule,
    /// A module is switched on.
    EnableModule,
    /// The settings are changed as a preset says.
    Tune,
    /// Old logs and reports are put aside.
    CleanUp,
    /// The errors so far are put behind.
    DealWithErrors,
    /// Every JSON file and database is read.
    SeeData,
    /// It is looked at until it is well, or for long enough.
    SeeLight,
}

impl Deed {
    /// Whether it changes anything, so that its plan is to be agreed to.
    pub fn changes(self) -> bool {
        !matches!(self, Self::SeeData | Self::SeeLight)
    }
}

impl Runbook {
    /// All runbooks, the most urgent first.
    pub fn all() -> &'static [Self] {
        static READ: OnceLock<Vec<Runbook>> = OnceLock::new();
        READ.get_or_init(|| {
            let all = BUILT_IN.iter().filter_map(|(name, text)| {
                read(text).inspect_err(|error| tracing::error!(%error, name, "a runbook is left out")).ok()
            });
            all.collect()
        })
    }

    /// The runbook `id`.
    ///
    /// # Errors
    /// `NotFound`, with the names of those there are.
    pub fn find(id: &str) -> Result<&'static Self> {
        let all = Self::all();
        all.iter().find(|one| one.id == id).ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
            Error::new(ErrorKind::NotFound, format!("there is no runbook “{id}”"))
                .hint(format!("The runbooks are: {}.", known.join(", ")))
        })
    }

    /// The most urgent runbook to which an alert of `signal` leads.
    pub fn of(signal: SignalId) -> Option<&'static Self> {
        Self::all().iter().find(|one| one.signals.contains(&signal))
    }

    /// The step `id`.
    ///
    /// # Errors
    /// `NotFound`, with the names of those there are.
    pub fn step(&self, id: &str) -> Result<&Step> {
        self.steps.iter().find(|step| step.id == id).ok_or_else(|| {
            let known: Vec<&str> = self.steps.iter().map(|step| step.id.as_str()).collect();
            Error::new(ErrorKind::NotFound, format!("“{}” has no step “{id}”", self.id))
                .hint(format!("Its steps are: {}.", known.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_can_be_read_and_each_ends_with_the_light() {
        let all = Runbook::all();
        assert_eq!(all.len(), BUILT_IN.len());
        for runbook in all {
            let last = runbook.steps.iter().rfind(|step| !step.optional).unwrap();
            assert_eq!(last.deed, Some(Deed::SeeLight), "{}", runbook.id);
            for (other, signal) in all.iter().flat_map(|other| other.signals.iter().map(move |s| (other, s)))
            {
                assert!(
                    other == runbook || !runbook.signals.contains(signal),
                    "{signal} leads to two runbooks"
                );
            }
        }
    }
}
