//! What each signal is called for Prometheus: the signal's own name, in base units.

use std::collections::BTreeMap;

use prometheus_client::registry::Unit as Base;

use super::Family;
use crate::signal::{SignalId, Unit};

/// The metrics of all signals that have a number.
pub struct Figures {
    families: Vec<Family>,
    of: BTreeMap<SignalId, (usize, Figure)>,
}

/// How the values of one signal go into their metric.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// From the signal's unit to the base unit.
    pub scale: f64,
    /// What tells it from the others of its metric.
    pub label: Option<(&'static str, &'static str)>,
}

/// The backups share one metric, by kind.
const AGES: &[(SignalId, &str)] = &[
    (SignalId::BackupDaily, "daily"),
    (SignalId::BackupWeekly, "weekly"),
    (SignalId::BackupMonthly, "monthly"),
    (SignalId::BackupDrill, "drill"),
];

impl Figures {
    /// Each still without a value.
    pub fn new() -> Self {
        let help = "Age of the newest proven backup of each kind, and of the last drill";
        let mut families = vec![Family::new("backup_age", help, Some(Base::Seconds))];
        let age = |signal: SignalId| AGES.iter().find(|(known, _)| *known == signal).map(|(_, kind)| *kind);
        let mut of = BTreeMap::new();
        for signal in SignalId::ALL.iter().copied().filter(|signal| signal.unit() != Unit::None) {
            let placed = match age(signal) {
                Some(kind) => (0, Figure { scale: 1.0, label: Some(("kind", kind)) }),
                None => {
                    let (unit, scale) = base_of(signal.unit());
                    families.push(Family::new(signal.as_str().replace('.', "_"), help_of(signal), unit));
                    (families.len() - 1, Figure { scale, label: None })
                }
            };
            of.insert(signal, placed);
        }
        Self { families, of }
    }

    /// The metric of a signal; `None` where it has no number.
    pub fn get(&mut self, signal: SignalId) -> Option<(&mut Family, Figure)> {
        let (at, figure) = *self.of.get(&signal)?;
        Some((self.families.get_mut(at)?, figure))
    }

    /// All of them.
    pub fn into_families(self) -> Vec<Family> {
        self.families
    }
}

/// The base unit, and what a value is multiplied by to be in it.
fn base_of(unit: Unit) -> (Option<Base>, f64) {
    match unit {
        Unit::Percent => (Some(Base::Other("ratio".to_owned())), 0.01),
        Unit::Bytes => (Some(Base::Bytes), 1.0),
        Unit::Seconds => (Some(Base::Seconds), 1.0),
        Unit::Milliseconds => (Some(Base::Seconds), 0.001),
        Unit::Count | Unit::None => (None, 1.0),
    }
}

fn help_of(signal: SignalId) -> &'static str {
    match signal {
        SignalId::ProcessUptime => "Time since the ecosystem's process started",
        SignalId::ProcessCpu => "Share of the whole machine that the process and its children used",
        SignalId::ProcessMemory => "Resident memory of the process and its children",
        SignalId::MachineCpu => "CPU use of the whole machine",
        SignalId::MachineMemory => "Share of the machine's memory in use",
        SignalId::DiskFree => "Free space of the volume that holds the ecosystem",
        SignalId::DataSize => "Size of the data folder",
        SignalId::LogsSize => "Size of the logs folder",
        SignalId::LogsErrors24h => "Error records of the last 24 hours",
        SignalId::StateAge => "Age of the state file",
        SignalId::ModulesFailing => "Modules that say they failed",
        SignalId::ModulesErrorShare => "Errors per run of the worst module, claimed",
        SignalId::ErrorsRate => "Errors per completed cycle",
        SignalId::SuccessRate => "Share of work that succeeded, claimed",
        SignalId::EfficiencyScore => "The ecosystem's own efficiency score, claimed",
        SignalId::ExecutionTime => "Average execution time, claimed",
        SignalId::SettingsDrift => "Files of code and settings that changed and nobody announced it",
        SignalId::ChecklistsOverdue => "Rounds of care that are overdue",
        SignalId::Forecast => "Time until the first trend reaches its band",
        SignalId::AlertsDelivery => "Channels that do not take what they are to tell",
        SignalId::Contradictions => "Claims that measurements contradict",
        // Without a number, or with a family of their own.
        other => other.label(),
    }
}
