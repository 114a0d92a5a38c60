//! What each signal is called for Prometheus: the signal's own name, in base units.

use std::collections::BTreeMap;

use prometheus_client::registry::{Registry, Unit as Base};

use super::{Gauges, gauges};
use crate::signal::{SignalId, Unit};

/// The metric of one signal.
pub struct Figure {
    /// Where its values go; several signals may share one.
    pub family: Gauges,
    /// From the signal's unit to the base unit.
    pub scale: f64,
    /// What tells it from the others of its family.
    pub label: Option<(&'static str, &'static str)>,
}

/// The backups share one metric, by kind.
const AGES: &[(SignalId, &str)] = &[
    (SignalId::BackupDaily, "daily"),
    (SignalId::BackupWeekly, "weekly"),
    (SignalId::BackupMonthly, "monthly"),
    (SignalId::BackupDrill, "drill"),
];

/// Registers a metric for each signal that has a number.
pub fn families(registry: &mut Registry) -> BTreeMap<SignalId, Figure> {
    let help = "Age of the newest proven backup of each kind, and of the last drill";
    let ages = gauges(registry, "backup_age", help, Some(Base::Seconds));
    let age = |signal: SignalId| AGES.iter().find(|(known, _)| *known == signal).map(|(_, kind)| *kind);
    let mut families = BTreeMap::new();
    for signal in SignalId::ALL.iter().copied().filter(|signal| signal.unit() != Unit::None) {
        let figure = match age(signal) {
            Some(kind) => Figure { family: ages.clone(), scale: 1.0, label: Some(("kind", kind)) },
            None => own(registry, signal),
        };
        families.insert(signal, figure);
    }
    families
}

fn own(registry: &mut Registry, signal: SignalId) -> Figure {
    let (unit, scale) = match signal.unit() {
        Unit::Percent => (Some(Base::Other("ratio".to_owned())), 0.01),
        Unit::Bytes => (Some(Base::Bytes), 1.0),
        Unit::Seconds => (Some(Base::Seconds), 1.0),
        Unit::Milliseconds => (Some(Base::Seconds), 0.001),
        Unit::Count | Unit::None => (None, 1.0),
    };
    let family = gauges(registry, signal.as_str().replace('.', "_"), help(signal), unit);
    Figure { family, scale, label: None }
}

fn help(signal: SignalId) -> &'static str {
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
