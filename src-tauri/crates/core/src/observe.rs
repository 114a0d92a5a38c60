//! What was seen: one [`Observation`] per tick, each reading with its time and, where it failed, the reason.

mod claims;
pub mod drift;
pub mod logs;
pub mod machine;
pub mod observer;
pub mod power;
pub mod probe;
pub mod process;
pub mod reports;
pub mod sizes;
pub mod state;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::claims::parse_claims;
use crate::clock::Instant;

/// One reading: its last good value, when that was seen, and what is wrong now if the newest attempt failed.
///
/// A failed reading keeps the last value; the age tells whether it may still be believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    /// The last good value.
    pub value: Option<T>,
    /// When `value` was seen.
    pub at: Option<Instant>,
    /// Why the newest attempt failed, in words for people; `None` when it succeeded.
    pub problem: Option<String>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { value: None, at: None, problem: None }
    }
}

impl<T> Reading<T> {
    /// A value that was just seen.
    pub fn seen(value: T, at: Instant) -> Self {
        Self { value: Some(value), at: Some(at), problem: None }
    }

    /// A first attempt that failed.
    pub fn failed(problem: impl Into<String>) -> Self {
        Self { value: None, at: None, problem: Some(problem.into()) }
    }

    /// Takes the newest attempt: a success replaces the value, a failure only adds the problem.
    pub fn update(&mut self, attempt: Result<T, String>, now: Instant) {
        match attempt {
            Ok(value) => *self = Self::seen(value, now),
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// The value if it is not older than `max_age`; a value from the future does not count.
    pub fn fresh(&self, now: Instant, max_age: Duration) -> Option<&T> {
        let at = self.at?;
        let age = (now - at).to_std().ok()?;
        if age <= max_age { self.value.as_ref() } else { None }
    }
}

/// Everything that was seen at one tick.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// The watched process.
    pub process: Reading<ProcessSeen>,
    /// CPU use of the whole machine in percent.
    pub machine_cpu: Reading<f64>,
    /// Memory of the whole machine.
    pub machine_memory: Reading<MemoryUse>,
    /// Space on the root's volume.
    pub disk: Reading<DiskSpace>,
    /// Bytes under the data folder.
    pub data_size: Reading<u64>,
    /// Bytes under the logs folder.
    pub logs_size: Reading<u64>,
    /// The state file; `None` where the profile names none.
    pub state: Option<Reading<StateSeen>>,
    /// The probe's answer; `None` where the profile has no probe.
    pub probe: Option<Reading<Claims>>,
    /// Errors of the last 24 hours; `None` where the profile names no log.
    pub errors: Option<Reading<ErrorTally>>,
    /// The reports that were due last, one per kind of the profile that is ever due.
    pub reports: Vec<ReportSeen>,
    /// The backups; `None` where there are none and none was tried.
    pub backups: Option<BackupsSeen>,
    /// Channels that do not take what they are to tell.
    pub failing_channels: Vec<FailingChannel>,
    /// Rounds of care that nobody did though their time has long passed; `None` where that is not known.
    pub overdue: Option<Vec<OverdueRound>>,
    /// Code and settings that changed unannounced; `None` while nothing was announced.
    pub drift: Option<Reading<drift::Drift>>,
}

/// A round of care that is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueRound {
    /// What people call it.
    pub title: String,
    /// Until when it should have been done.
    pub by: Instant,
}

/// What is known of the backups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BackupsSeen {
    /// When the newest proven one was made, and its name.
    pub newest: Option<(Instant, String)>,
    /// The newest proven one that holds everything.
    pub full: Option<(Instant, String)>,
    /// The newest proven monthly archive.
    pub monthly: Option<(Instant, String)>,
    /// The last drill, what it took in seconds.
    pub drilled: Option<(Instant, f64)>,
    /// The last drill that failed: when, of which backup, and why.
    pub drill_failed: Option<(Instant, String, String)>,
    /// Why the last attempt failed, where nothing was proven since.
    pub problem: Option<String>,
    /// One that is due and waits: for power, or for the ecosystem to run.
    pub put_off: Option<PutOff>,
    /// One that is not as it was written.
    pub damaged: Option<String>,
    /// The newest one that was copied to the second place; `None` in the outer place where the profile names none.
    pub copied: Option<Option<Instant>>,
    /// The place that is not on this machine; `None` where the profile names none.
    pub away: Option<AwaySeen>,
    /// Files that the newest one lost, or may have wrong.
    pub losses: u64,
}

/// A backup that is due and waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutOff {
    /// What kind, as a word: `daily`.
    pub kind: &'static str,
    /// When it was due.
    pub since: Instant,
    /// Why, as in “put off: on battery”.
    pub why: &'static str,
}

/// A channel whose last attempts to tell failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingChannel {
    /// What the profile calls it.
    pub name: String,
    /// Since when.
    pub since: Instant,
    /// Why.
    pub problem: String,
}

/// The watched process, or that it is not there.
#[derive(Debug, Clone, PartialEq)]
pub enum ProcessSeen {
    /// Exactly this process tree.
    Running(ProcessTree),
    /// No process matches.
    Gone,
}

/// The watched process with its children.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessTree {
    /// Identifier of the main process.
    pub pid: u32,
    /// When the main process started; with `pid` it identifies the process for good.
    pub started_at: Instant,
    /// The command as it was started.
    pub command: Vec<String>,
    /// What the system says it is doing: `running`, `sleeping`, `stopped`, `zombie` …
    pub run_state: String,
    /// Identifiers of its descendants.
    pub children: Vec<u32>,
    /// Share of the whole machine used by the tree, in percent; `None` until two samples exist.
    pub cpu_percent: Option<f64>,
    /// The time over which `cpu_percent` was averaged.
    pub cpu_window: Duration,
    /// Resident memory of the tree in bytes.
    pub memory: u64,
    /// Other processes that match as well: a second instance.
    pub twins: Vec<u32>,
}

/// Memory of the machine in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUse {
    /// In use.
    pub used: u64,
    /// Installed.
    pub total: u64,
}

/// Space of a volume in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Free for this user, by `statvfs`: purgeable space is not counted.
    pub free: u64,
    /// Size of the volume.
    pub total: u64,
}

/// The state file as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSeen {
    /// When the file was last written, by its modification time.
    pub written_at: Instant,
    /// What it says.
    pub claims: Claims,
}

/// What the ecosystem says about itself, from the state file or the probe. Every field may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// `initializing`, `running`, `paused`, `error`, `shutdown`, or whatever else it says.
    pub state: Option<String>,
    /// `healthy`, `degraded`, `critical`.
    pub health: Option<String>,
    /// Hours.
    pub uptime_hours: Option<f64>,
    /// The time it says it wrote this, where it could be read and is believable.
    pub timestamp: Option<Instant>,
    /// Completed cycles of all modules.
    pub cycles: Option<u64>,
    /// Errors it says it met.
    pub errors: Option<u64>,
    /// Errors it says it recovered from.
    pub recovered: Option<u64>,
    /// Percent.
    pub success_rate: Option<f64>,
    /// Percent.
    pub efficiency: Option<f64>,
    /// Milliseconds.
    pub execution_ms: Option<f64>,
    /// The modules by name.
    pub modules: BTreeMap<String, ModuleClaim>,
    /// Whether it reads as the answer of an instance that was made for the question: `initializing`, no
    /// module ever run. The judge holds it against the uptime that was measured.
    #[serde(default)]
    pub fresh_instance: bool,
    /// Values that were left out because they cannot be true (-1, 1e400, year 9999), as `key: value`.
    pub implausible: Vec<String>,
}

/// What the ecosystem says about one of its modules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModuleClaim {
    /// `not_integrated`, `integrating`, `integrated`, `failed`, or whatever else it says.
    pub status: Option<String>,
    /// Completed runs.
    pub runs: Option<u64>,
    /// Failed runs.
    pub errors: Option<u64>,
    /// When it last ran.
    pub last_run: Option<Instant>,
}

/// Errors in the logs by module, over the last 24 hours of record time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorTally {
    /// All error records.
    pub count: u64,
    /// By module at fault, worst first; records that name none are under the logger's name.
    pub by_module: Vec<ModuleErrors>,
    /// The newest record of any level, as far as it was seen.
    pub last_record_at: Option<Instant>,
    /// Parts of the logs that could not be read or counted, in words.
    pub gaps: Vec<String>,
    /// Those of `gaps` that may hide errors of now: a count of zero says nothing while there is one.
    #[serde(default)]
    pub blind: Vec<String>,
    /// Only errors after this count, where older ones of the window were dealt with.
    #[serde(default)]
    pub after: Option<Instant>,
}

/// Errors of one module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ModuleErrors {
    /// The module at fault.
    pub module: String,
    /// Its error records.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub count: u64,
    /// The newest of them.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub last_at: Option<Instant>,
    /// The newest message, cut to 300 characters.
    pub last_message: String,
}

/// A report of the profile: what was due last and whether it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSeen {
    /// The report's kind, as the profile calls it.
    pub kind: String,
    /// When the last occurrence was due.
    pub due_at: Instant,
    /// The file that was expected.
    pub path: std::path::PathBuf,
    /// What was found.
    pub state: ReportState,
    /// What it says in figures; claimed, like all that the ecosystem says.
    pub figures: Vec<reports::Figure>,
    /// Where it is not there: those that were due before it, newest first, up to the first one that is.
    pub before: Vec<ReportBefore>,
}

/// A report that was due before the last one.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportBefore {
    /// When it was due.
    pub due_at: Instant,
    /// What was found.
    pub state: ReportState,
}

/// Whether a report is there: the bare fact. What an absent one means, the judge says.
#[derive(Debug, Clone, PartialEq)]
pub enum ReportState {
    /// There, with content.
    Arrived {
        /// When it was written.
        at: Instant,
    },
    /// There, but written to a moment ago.
    Writing {
        /// When that was.
        at: Instant,
    },
    /// Not there.
    Absent,
    /// There, but without content.
    Empty,
    /// Could not be looked at.
    Unknown {
        /// Why.
        problem: String,
    },
}

/// What is known of the place of backups that is not on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaySeen {
    /// When the newest backup was made that is whole and proven there.
    pub newest: Option<Instant>,
    /// What kept the last try from its end.
    pub problem: Option<String>,
}
