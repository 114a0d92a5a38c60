//! The profile as the rest of the core sees it: complete, checked, every default filled in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};

use super::appearance::Appearance;
use super::away::AwaySettings;
use super::channels::{ChannelSettings, QuietHours};
use super::cleanup::CleanupSettings;
use super::due::ReportDue;
use super::metrics::MetricsSettings;
use super::programs::ProgramSettings;
use crate::signal::{Level, SignalId};

/// One ecosystem, completely described.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// What the ecosystem is called, in the window and in notifications.
    pub name: String,
    /// The absolute folder everything else is relative to.
    pub root: PathBuf,
    /// Whether this is the demo ecosystem that Caretaker itself made.
    pub demo: bool,
    /// How its main process is found and started.
    pub process: ProcessMatch,
    /// The state file that it writes, if it writes one.
    pub state: Option<StateFile>,
    /// A question that can be asked of the running ecosystem.
    pub probe: Option<Probe>,
    /// Its logs; errors are counted over all of them.
    pub logs: Vec<LogSource>,
    /// The reports it is expected to write.
    pub reports: Vec<ReportKind>,
    /// Its modules and how often each runs.
    pub modules: Vec<ModuleCycle>,
    /// Programs that a person may have run.
    pub programs: Vec<ProgramSettings>,
    /// The folder whose size is the signal `data.size`, absolute.
    pub data_dir: PathBuf,
    /// The folder whose size is the signal `logs.size`, absolute.
    pub logs_dir: PathBuf,
    /// The folder of its settings in YAML, absolute.
    pub config_dir: PathBuf,
    /// The bands of each signal that has any.
    pub bands: BTreeMap<SignalId, Bands>,
    /// How often things are looked at.
    pub sampling: Sampling,
    /// When a breach becomes an incident.
    pub alerts: AlertSettings,
    /// How far ahead trends are followed.
    pub forecast: ForecastSettings,
    /// What is kept of it, where and for how long.
    pub backups: BackupSettings,
    /// Where backups are kept that are not on this machine.
    pub away: Option<AwaySettings>,
    /// How old its logs and reports become.
    pub cleanup: CleanupSettings,
    /// When rounds of care come, and what is said of them.
    pub routines: RoutineSettings,
    /// When people are left alone.
    pub quiet: Option<QuietHours>,
    /// The ways to tell people.
    pub channels: Vec<ChannelSettings>,
    /// How icon and window look.
    pub appearance: Appearance,
    /// Where figures are laid out for Prometheus.
    pub metrics: MetricsSettings,
}

/// When rounds of care come, and what is said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutineSettings {
    /// The folder of a person's own checklists, absolute.
    pub folder: Option<PathBuf>,
    /// Checklists that come at another time than their files say: the id, and when, as people or cron write it.
    pub times: Vec<(String, String)>,
    /// Checklists that nobody wants.
    pub left_out: Vec<String>,
    /// Whether one is told when a round can be done.
    pub notify: bool,
    /// The hours of the day in which one is told; `None` = any.
    pub hours: Option<(NaiveTime, NaiveTime)>,
    /// How long before its time a round is announced in window and menu.
    pub soon: Duration,
    /// How long after its end an undone round colours the light.
    pub patience: Duration,
}

/// What is backed up, where to, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSettings {
    /// The folder of all backups, absolute.
    pub folder: PathBuf,
    /// Folders of the ecosystem, relative to its root.
    pub keep: Vec<PathBuf>,
    /// Whether time counts more than size.
    pub fast: bool,
    /// How many days are kept.
    pub daily: u16,
    /// How many weeks.
    pub weekly: u16,
    /// How many months.
    pub monthly: u16,
    /// The folder that each archive is copied to, absolute.
    pub second: Option<PathBuf>,
    /// How many days, weeks and months are kept there.
    pub second_keep: [u16; 3],
    /// What looks at a tree that a drill brought back.
    pub drill: Option<DrillProgram>,
    /// Whether they are made by themselves.
    pub automatic: bool,
    /// Whether they wait until the machine is on power.
    pub only_on_power: bool,
    /// Whether they wait until the ecosystem's process runs.
    pub only_in_use: bool,
    /// When: local time of day of the daily one, of the weekly one on Sundays, of the monthly one on first Sundays.
    pub at: [NaiveTime; 3],
}

/// A program that looks at a tree that a drill brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillProgram {
    /// The program and its arguments; `{folder}` stands for the folder of the tree.
    pub line: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Bytes that it may print.
    pub max_output: u64,
}

impl DrillProgram {
    /// What stands for the folder of the tree.
    pub const FOLDER: &str = "{folder}";
}

/// How the main process is told from all others: by argument, working directory and owner, never by a substring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessMatch {
    /// An argument that must be there: equal as a whole, or its last path component is equal.
    pub argument: Option<String>,
    /// The working directory it must have, absolute; `None` accepts any.
    pub directory: Option<PathBuf>,
    /// Whether only processes of the user who runs Caretaker count.
    pub own_only: bool,
    /// The program and arguments that start it; empty where the user starts it by other means.
    pub start: Vec<String>,
    /// Where launchd looks for agents of the user; `None` where there is no home folder.
    pub agents: Option<PathBuf>,
}

/// The state file and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Age after which it is stale while the process runs; `None` where it is written only at the end.
    pub stale_after: Option<Duration>,
}

/// A question to the running ecosystem that answers in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How to ask.
    pub target: ProbeTarget,
    /// How long to wait for the whole answer.
    pub timeout: Duration,
    /// Bytes of answer that are read at most.
    pub max_output: u64,
    /// How often to ask.
    pub every: Duration,
}

/// Where a probe goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeTarget {
    /// A program with its arguments, run in the root without a shell.
    Command(Vec<String>),
    /// A URL on the loopback interface.
    Http(String),
}

/// One log with its rotated predecessors (`NAME.1`, `NAME.2`, …).
#[derive(Debug, Clone, PartialEq)]
pub struct LogSource {
    /// Absolute path of the file that is written now.
    pub path: PathBuf,
    /// What a record looks like.
    pub format: LogFormat,
    /// The levels that count as errors, upper case.
    pub error_levels: Vec<String>,
    /// Message prefixes that name the module at fault, with `{module}` in it: `Error in {module}:`.
    pub module_patterns: Vec<String>,
}

/// What a log record looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFormat {
    /// `%(asctime)s - %(name)s - %(levelname)s - %(message)s` of Python's `logging`.
    Python,
    /// One JSON object a line; keys are looked up among the usual names. `errors_only`: every line is an error.
    JsonLines {
        /// Whether each record is an error even without a level.
        errors_only: bool,
    },
    /// A regular expression with named groups `time`, `level`, `message`, and optionally `logger` and `module`.
    Regex {
        /// The expression, anchored at the start of a line.
        pattern: String,
        /// The time's format in `strftime` notation.
        time_format: String,
    },
}

/// A report the ecosystem is expected to write every day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportKind {
    /// Its short name: `morning`, `evening`, `daily_summary` or one of the user's.
    pub id: String,
    /// Absolute path with `{date}` standing for `YYYYMMDD`.
    pub pattern: PathBuf,
    /// When it is due; `None` where it is written by hand, and so never late.
    pub due: Option<ReportDue>,
    /// How long after it was due it is still in time.
    pub grace: Duration,
    /// How long after it was due nobody waits for it any more; before that it is merely late.
    pub missing: Duration,
}

impl ReportKind {
    /// What stands for the day in a pattern.
    pub const DATE: &str = "{date}";

    /// The file of `day`.
    pub fn path(&self, day: NaiveDate) -> PathBuf {
        let pattern = self.pattern.to_string_lossy();
        PathBuf::from(pattern.replace(Self::DATE, &day.format("%Y%m%d").to_string()))
    }

    /// What people call it: `Daily summary` for `daily_summary`.
    pub fn label(&self) -> String {
        let words = self.id.replace(['_', '-'], " ");
        let mut chars = words.trim().chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    }
}

/// A module and its cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleCycle {
    /// The name as the ecosystem writes it.
    pub name: String,
    /// How often it is meant to run.
    pub cycle: Duration,
}

/// Thresholds of one signal, in the signal's own unit (see [`SignalId::unit`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bands {
    /// Yellow from here on (this value included).
    pub yellow: Option<f64>,
    /// Red beyond this value (this value excluded).
    pub red: Option<f64>,
    /// Share of a threshold by which the value must get better again before the level clears: 0.1 = 10 %.
    pub margin: f64,
}

/// How often things are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Between ticks while the panel is open.
    pub open: Duration,
    /// Between ticks while it is closed.
    pub closed: Duration,
    /// Between searches through all processes.
    pub discovery: Duration,
    /// Between measurements of folder sizes.
    pub sizes: Duration,
    /// The window over which CPU use is averaged.
    pub cpu_window: Duration,
}

/// When a breach becomes an incident, and what is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSettings {
    /// How many of the last samples are looked at.
    pub samples: u8,
    /// How many of them must be beyond the threshold.
    pub breaches: u8,
    /// After start or sleep, no incident opens for this long.
    pub grace: Duration,
    /// Whether anything is told at all.
    pub notify: bool,
    /// After this time a red that nobody took note of is told again, then after ever longer times; `None` = never.
    pub repeat: Option<Duration>,
    /// The longest time between two repeats.
    pub repeat_at_most: Duration,
    /// Causes that come within this time become one notification.
    pub roll_up: Duration,
    /// So many changes of side within `flap_window` are flapping; 0 = never.
    pub flaps: u8,
    /// The time within which changes of side count together.
    pub flap_window: Duration,
    /// What differs for single signals.
    pub signals: BTreeMap<SignalId, SignalAlerts>,
}

/// What differs for one signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignalAlerts {
    /// From which colour on it is told.
    pub notify: Option<NotifyFrom>,
    /// How many of the last samples are looked at.
    pub samples: Option<u8>,
    /// How many of them must be beyond the threshold.
    pub breaches: Option<u8>,
}

/// How far ahead a trend is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForecastSettings {
    /// A band that is reached within this time is told; `None` = none is.
    pub horizon: Option<Duration>,
    /// What differs for single signals.
    pub signals: BTreeMap<SignalId, Option<Duration>>,
}

impl ForecastSettings {
    /// The signals whose trends are followed.
    pub const SIGNALS: &[SignalId] = &[
        SignalId::ProcessMemory,
        SignalId::DiskFree,
        SignalId::DataSize,
        SignalId::LogsSize,
        SignalId::LogsErrors24h,
        SignalId::ErrorsRate,
    ];

    /// How far ahead `signal` is told; `None` = not at all.
    pub fn horizon(&self, signal: SignalId) -> Option<Duration> {
        self.signals.get(&signal).copied().unwrap_or(self.horizon)
    }

    /// Whether anything is foretold at all.
    pub fn is_wanted(&self) -> bool {
        Self::SIGNALS.iter().any(|signal| self.horizon(*signal).is_some())
    }
}

/// From which colour on a signal is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum NotifyFrom {
    /// It only colours the icon.
    Never,
    /// From yellow on.
    Yellow,
    /// Red only.
    Red,
}

/// How many of how many looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streak {
    /// Looks that are considered.
    pub samples: usize,
    /// Of which so many must be beyond the threshold.
    pub breaches: usize,
}

impl AlertSettings {
    /// How many of how many looks open an incident of `signal`.
    pub fn streak(&self, signal: SignalId) -> Streak {
        let own = self.signals.get(&signal);
        let samples = own.and_then(|own| own.samples).unwrap_or(self.samples);
        let breaches = own.and_then(|own| own.breaches).unwrap_or(self.breaches);
        Streak { samples: samples.into(), breaches: usize::from(breaches).max(1) }
    }

    /// From which colour on `signal` is told.
    pub fn notify_from(&self, signal: SignalId) -> NotifyFrom {
        if !self.notify {
            return NotifyFrom::Never;
        }
        self.signals.get(&signal).and_then(|own| own.notify).unwrap_or(NotifyFrom::Red)
    }

    /// Whether people are told when `signal` is at `level`.
    pub fn tells(&self, signal: SignalId, level: Level) -> bool {
        match self.notify_from(signal) {
            NotifyFrom::Never => false,
            NotifyFrom::Yellow => level >= Level::Yellow,
            NotifyFrom::Red => level == Level::Red,
        }
    }
}
