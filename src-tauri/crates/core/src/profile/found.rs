//! What a look at a folder found: shown at the first run, written down as a profile.

use serde::Serialize;

/// What a look at a real folder found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Found {
    /// The folder, absolute.
    pub root: String,
    /// A name for the ecosystem, from the folder's.
    pub name: String,
    /// The file name of the main program, such as `ecosystem_integration.py`.
    pub program: Option<String>,
    /// The process that matches right now.
    pub running_pid: Option<u32>,
    /// The state file, relative to the root.
    pub state_file: Option<String>,
    /// Logs, relative to the root.
    pub logs: Vec<FoundLog>,
    /// Reports by kind.
    pub reports: Vec<FoundReport>,
    /// Modules by name.
    pub modules: Vec<FoundModule>,
    /// What is missing or odd, each one sentence with what it means for the light.
    pub notes: Vec<String>,
    /// Whether the running process rewrites the state file, as opposed to writing it when it stops.
    #[serde(skip)]
    pub state_rewritten: bool,
}

/// A log that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundLog {
    /// Relative to the root.
    pub path: String,
    /// `python`, `json-lines` or `unknown`.
    pub format: String,
    /// Its size in bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Whether every record is an error.
    #[serde(skip)]
    pub errors_only: bool,
    /// Whether it is in JSON and no record bears a level.
    #[serde(skip)]
    pub without_levels: bool,
    /// Whether its errors stand in another log too.
    #[serde(skip)]
    pub repeats: bool,
}

impl FoundLog {
    /// Whether its errors can be counted, and are not counted in another log.
    pub fn is_counted(&self) -> bool {
        let known = self.format == "python" || self.format == "json-lines";
        known && !self.repeats && (self.errors_only || !self.without_levels)
    }
}

/// A kind of report that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundReport {
    /// `morning`, `evening`, `daily_summary` or another.
    pub kind: String,
    /// Relative to the root, with `{date}`.
    pub pattern: String,
    /// How many there are.
    pub count: u32,
}

/// A module that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundModule {
    /// The name as the ecosystem writes it.
    pub name: String,
    /// Its cycle in minutes, where one was found or is known.
    pub cycle_minutes: Option<f64>,
    /// Where it was found: `state file`, `config/x.yaml`.
    pub found_in: String,
}
