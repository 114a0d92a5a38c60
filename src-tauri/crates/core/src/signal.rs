//! The vocabulary of the light: signals, levels, units.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a signal, or the whole ecosystem, is doing.
///
/// The order is that of the light: red over yellow over unknown over green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Level {
    /// All is well.
    Green,
    /// It cannot be told.
    Unknown,
    /// Worth a look.
    Yellow,
    /// Needs action.
    Red,
}

impl Level {
    /// The level as a number: in the record, in samples of a replay, for Prometheus.
    pub fn rank(self) -> u8 {
        match self {
            Level::Green => 0,
            Level::Unknown => 1,
            Level::Yellow => 2,
            Level::Red => 3,
        }
    }

    /// The level whose number that is; a number that is none is unknown.
    pub fn of_rank(rank: i64) -> Self {
        match rank {
            0 => Level::Green,
            2 => Level::Yellow,
            3 => Level::Red,
            _ => Level::Unknown,
        }
    }

    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Green => "green",
            Level::Unknown => "unknown",
            Level::Yellow => "yellow",
            Level::Red => "red",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Source {
    /// Seen from outside by Caretaker.
    Measured,
    /// Said by the ecosystem about itself.
    Claimed,
}

/// The unit of a signal's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Unit {
    /// 0–100.
    Percent,
    /// Bytes; shown in decimal GB as Finder does.
    Bytes,
    /// Seconds.
    Seconds,
    /// Thousandths of a second.
    Milliseconds,
    /// A plain number of things.
    Count,
    /// No number: the level and the text say it all.
    None,
}

/// Which way a signal gets worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worse {
    /// Larger is worse.
    Higher,
    /// Smaller is worse.
    Lower,
}

macro_rules! signals {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $label:literal, $unit:ident, $worse:ident;)*) => {
        /// Every signal there is; the text form is fixed by the command line's contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        pub enum SignalId {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl SignalId {
            /// All signals in the order in which they are shown.
            pub const ALL: &'static [SignalId] = &[$(SignalId::$name),*];

            /// The fixed name, such as `disk.free`.
            pub fn as_str(self) -> &'static str {
                match self { $(SignalId::$name => $id),* }
            }

            /// What people call it.
            pub fn label(self) -> &'static str {
                match self { $(SignalId::$name => $label),* }
            }

            /// The unit of its value.
            pub fn unit(self) -> Unit {
                match self { $(SignalId::$name => Unit::$unit),* }
            }

            /// Which way it gets worse.
            pub fn worse(self) -> Worse {
                match self { $(SignalId::$name => Worse::$worse),* }
            }
        }
    };
}

signals! {
    /// Whether the process is there and what it says it is doing.
    ProcessState = "process.state", "Process", None, Higher;
    /// Time since the process started.
    ProcessUptime = "process.uptime", "Uptime", Seconds, Lower;
    /// Share of the whole machine that the process tree used, averaged over five minutes.
    ProcessCpu = "process.cpu", "CPU", Percent, Higher;
    /// Resident memory of the process tree.
    ProcessMemory = "process.memory", "Memory", Bytes, Higher;
    /// CPU use of the whole machine.
    MachineCpu = "machine.cpu", "Machine CPU", Percent, Higher;
    /// Share of the machine's memory in use.
    MachineMemory = "machine.memory", "Machine memory", Percent, Higher;
    /// Free space of the volume that holds the root.
    DiskFree = "disk.free", "Free disk", Bytes, Lower;
    /// Size of the data folder.
    DataSize = "data.size", "Data", Bytes, Higher;
    /// Size of the logs folder.
    LogsSize = "logs.size", "Logs", Bytes, Higher;
    /// Error records of the last 24 hours.
    LogsErrors24h = "logs.errors_24h", "Errors, 24 h", Count, Higher;
    /// Age of the state file.
    StateAge = "state.age", "State file", Seconds, Higher;
    /// Modules that say they failed.
    ModulesFailing = "modules.failing", "Failing modules", Count, Higher;
    /// The worst module's errors per run.
    ModulesErrorShare = "modules.error_share", "Module errors", Percent, Higher;
    /// Errors per completed cycle.
    ErrorsRate = "errors.rate", "Error rate", Percent, Higher;
    /// Share of work that succeeded.
    SuccessRate = "success.rate", "Success rate", Percent, Lower;
    /// The ecosystem's own efficiency score.
    EfficiencyScore = "efficiency.score", "Efficiency", Percent, Lower;
    /// Average execution time.
    ExecutionTime = "execution.time", "Execution time", Milliseconds, Higher;
    /// The morning report.
    ReportsMorning = "reports.morning", "Morning report", None, Higher;
    /// The evening report.
    ReportsEvening = "reports.evening", "Evening report", None, Higher;
    /// The daily summary.
    ReportsDailySummary = "reports.daily_summary", "Daily summary", None, Higher;
    /// Reports of other kinds.
    ReportsOther = "reports.other", "Other reports", None, Higher;
    /// Age of the newest proven backup.
    BackupDaily = "backup.daily", "Backup", Seconds, Higher;
    /// Age of the newest proven backup that holds everything.
    BackupWeekly = "backup.weekly", "Full backup", Seconds, Higher;
    /// Age of the newest proven monthly archive.
    BackupMonthly = "backup.monthly", "Monthly archive", Seconds, Higher;
    /// Age of the last drill.
    BackupDrill = "backup.drill", "Backup drill", Seconds, Higher;
    /// Files of code and settings that changed and nobody announced it.
    SettingsDrift = "settings.drift", "Code and settings", Count, Higher;
    /// Rounds whose time has passed and that nobody did.
    ChecklistsOverdue = "checklists.overdue", "Overdue rounds", Count, Higher;
    /// Time until the first trend reaches its band.
    Forecast = "forecast", "Forecast", Seconds, Lower;
    /// Channels that do not take what they are to tell.
    AlertsDelivery = "alerts.delivery", "Failing channels", Count, Higher;
    /// What the ecosystem claims against what was measured.
    Contradictions = "contradictions", "Contradictions", Count, Higher;
}

impl fmt::Display for SignalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SignalId {
    type Err = crate::error::Error;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|id| id.as_str() == s).ok_or_else(|| {
            crate::error::Error::new(crate::error::ErrorKind::Usage, format!("there is no signal “{s}”"))
                .hint(format!(
                    "The signals are: {}.",
                    Self::ALL.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ")
                ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_prefers_the_worst() {
        assert!(
            Level::Red > Level::Yellow && Level::Yellow > Level::Unknown && Level::Unknown > Level::Green
        );
    }

    #[test]
    fn every_signal_reads_back_from_its_name() {
        for id in SignalId::ALL {
            assert_eq!(id.as_str().parse::<SignalId>().unwrap(), *id);
            assert_eq!(serde_json::to_string(id).unwrap(), format!("\"{id}\""));
        }
    }
}
