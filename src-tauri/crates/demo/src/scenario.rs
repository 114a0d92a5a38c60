//! The ways in which the stand-in process behaves.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// How the stand-in process behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scenario {
    /// All is well.
    #[default]
    Healthy,
    /// Runs for two seconds, then dies without saving its state.
    Crash,
    /// Logs errors of one module without end.
    ErrorStorm,
    /// Keeps all cores busy.
    CpuHog,
    /// Takes 450 MB of memory and keeps them.
    MemoryLeak,
    /// Fills `data/cache` with 120 MB.
    DiskFill,
    /// Writes no reports, and those of the last two days are gone.
    StaleReports,
    /// Leaves its state file cut short.
    CorruptState,
    /// One module fails at every run.
    ModuleFailure,
    /// One module fails and recovers every 20 seconds.
    Flapping,
}

/// What Caretaker must show within three ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// `green`, `yellow`, `red` or `unknown`.
    pub light: &'static str,
    /// The signal that gives the cause; `reports.` stands for any of the reports.
    pub signal: Option<&'static str>,
}

impl Scenario {
    /// All scenarios, the healthy one first.
    pub const ALL: [Self; 10] = [
        Self::Healthy,
        Self::Crash,
        Self::ErrorStorm,
        Self::CpuHog,
        Self::MemoryLeak,
        Self::DiskFill,
        Self::StaleReports,
        Self::CorruptState,
        Self::ModuleFailure,
        Self::Flapping,
    ];

    /// The name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Crash => "crash",
            Self::ErrorStorm => "error-storm",
            Self::CpuHog => "cpu-hog",
            Self::MemoryLeak => "memory-leak",
            Self::DiskFill => "disk-fill",
            Self::StaleReports => "stale-reports",
            Self::CorruptState => "corrupt-state",
            Self::ModuleFailure => "module-failure",
            Self::Flapping => "flapping",
        }
    }

    /// What Caretaker must show of it within three ticks, on a demo where nothing else was played in the last 24 hours.
    pub const fn expected(self) -> Expectation {
        let (light, signal) = match self {
            Self::Healthy => ("green", None),
            Self::Crash => ("red", Some("process.state")),
            Self::ErrorStorm => ("red", Some("logs.errors_24h")),
            Self::CpuHog => ("red", Some("process.cpu")),
            Self::MemoryLeak => ("red", Some("process.memory")),
            Self::DiskFill => ("red", Some("data.size")),
            // Those of two days ago are gone too: nobody waits for them any more.
            Self::StaleReports => ("red", Some("reports.")),
            Self::CorruptState => ("unknown", Some("state.age")),
            // `flapping` is green and red by turns; it begins with red.
            Self::ModuleFailure | Self::Flapping => ("red", Some("modules.failing")),
        };
        Expectation { light, signal }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scenario {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|s| s.name() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            Error::Scenario(text.into(), known.join(", "))
        })
    }
}
