//! The verdict: an [`Observation`](crate::observe::Observation) held against the profile's bands. Pure.

mod backups;
mod bands;
mod claims;
mod contradictions;
mod ecosystem;
mod forecast;
mod light;
mod modules;
pub mod performance;
mod process;
mod remedies;
pub mod reports;
mod scene;
pub mod trend;
pub mod words;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use self::bands::level;
pub use self::forecast::{Forecast, Outlook};
pub use self::light::judge;

use crate::clock::{Gap, Instant};
use crate::signal::{Level, SignalId, Source, Unit};

/// The judgement of one tick.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Verdict {
    /// When it was made.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// The worst of all.
    pub light: Level,
    /// One sentence: the worst cause, since when.
    pub summary: String,
    /// Since when the light has had this colour.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub since: Option<Instant>,
    /// What to do about the worst cause.
    pub remedy: Option<Remedy>,
    /// The signal behind the light; `None` when green.
    pub cause: Option<SignalId>,
    /// Every signal that applies to this profile.
    pub signals: Vec<Signal>,
    /// Every module, known from the profile or from a claim.
    pub modules: Vec<Module>,
    /// Claims that the measurements refute, in words.
    pub contradictions: Vec<String>,
    /// Where figures are heading, the nearest band first.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub forecasts: Vec<Forecast>,
}

/// One figure, its level and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Signal {
    /// Which signal.
    pub id: SignalId,
    /// What people call it.
    pub label: String,
    /// The value in `unit`; `None` when unknown or when there is no number.
    pub value: Option<f64>,
    /// The unit of `value` and of the bands.
    pub unit: Unit,
    /// The value as people read it: `41 %`, `3.2 GB`, `running`.
    pub text: String,
    /// How it is doing.
    pub level: Level,
    /// Who says so.
    pub source: Source,
    /// Since when it has had this level.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub since: Option<Instant>,
    /// The thresholds it was held against.
    pub bands: BandsShown,
    /// Why it has this level, one sentence.
    pub reason: String,
    /// What to do; `None` when green.
    pub remedy: Option<Remedy>,
    /// When the value was seen.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub observed_at: Option<Instant>,
    /// The level as it was seen, where a worse one is held because it keeps changing.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub unheld: Option<Level>,
}

/// The thresholds of a signal as shown.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BandsShown {
    /// Yellow from here on.
    pub yellow: Option<f64>,
    /// Red beyond.
    pub red: Option<f64>,
}

/// What to do about a signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Remedy {
    /// One sentence from the manual's action items.
    pub text: String,
    /// What a click can do about it now.
    pub action: Option<RemedyAction>,
}

/// A remedy that the window can carry out with one click; none of them changes the ecosystem: what does is shown as a plan first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum RemedyAction {
    /// Opens the runbook for an ecosystem that is down.
    RunSystemDown,
    /// Opens the runbook for damaged data.
    RunDataCorruption,
    /// Opens the runbook for too many errors.
    RunHighErrors,
    /// Opens the runbook for one that is slow or greedy.
    RunPerformance,
    /// Opens the clean-up of old logs and reports.
    SeeCleanup,
    /// Shows what takes space.
    SeeSpace,
    /// Opens the review of settings and code.
    SeeReview,
    /// Shows the backups.
    SeeBackups,
    /// Shows the rounds of care.
    SeeRounds,
    /// Shows the log file.
    ShowLog,
    /// Shows the root folder.
    ShowRoot,
    /// Shows the data folder.
    ShowData,
    /// Shows the reports folder.
    ShowReports,
    /// Opens the profile in the user's editor.
    OpenProfile,
    /// Looks again at once.
    CheckAgain,
}

impl RemedyAction {
    /// The place in the window where it is done; `None` where it opens something outside of it, or looks again.
    pub fn aim(self) -> Option<&'static str> {
        Some(match self {
            Self::RunSystemDown => "upkeep:runbook:system-down",
            Self::RunDataCorruption => "upkeep:runbook:data-corruption",
            Self::RunHighErrors => "upkeep:runbook:high-errors",
            Self::RunPerformance => "upkeep:runbook:performance",
            Self::SeeCleanup => "upkeep:cleanup",
            Self::SeeSpace => "upkeep:space",
            Self::SeeReview => "upkeep:review",
            Self::SeeBackups => "backups",
            Self::SeeRounds => "rounds",
            Self::ShowLog
            | Self::ShowRoot
            | Self::ShowData
            | Self::ShowReports
            | Self::OpenProfile
            | Self::CheckAgain => return None,
        })
    }
}

/// One module of the ecosystem.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Module {
    /// The name as the ecosystem writes it.
    pub name: String,
    /// How it is doing.
    pub level: Level,
    /// What it says of itself.
    pub status: Option<String>,
    /// Completed runs, claimed.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub runs: Option<u64>,
    /// Failed runs, claimed.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub errors: Option<u64>,
    /// Error records in the last 24 hours, measured.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub logged_errors: u64,
    /// The cycle in seconds, from the profile.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub cycle_seconds: Option<u64>,
    /// When it last ran, claimed.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub last_run: Option<Instant>,
    /// Why it has this level.
    pub reason: String,
}

/// What one judgement leaves for the next: levels with their beginnings, for hysteresis and "since".
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The light and since when it has had its colour.
    pub light: Option<(Level, Instant)>,
    /// Each signal's level and since when.
    pub levels: Vec<(SignalId, Level, Instant)>,
    /// The last level other than unknown of each signal: one look that fails must not end a hysteresis.
    #[serde(default)]
    pub known: Vec<(SignalId, Level)>,
    /// Each module's last known level, for the same reason; only those that are not green.
    #[serde(default)]
    pub modules: Vec<(String, Level)>,
    /// Signals that keep changing sides, with the colour that is held until they stand still; given by the alerts.
    #[serde(skip)]
    pub held: Vec<(SignalId, Level)>,
    /// What the record says about the time to come; given by whoever reads the record.
    #[serde(skip)]
    pub outlook: Outlook,
    /// The process that was seen last and when it started: a fall of uptime shows a restart.
    pub process: Option<(u32, Instant)>,
    /// When the process was started anew without having been seen to stop, if it is still the same one.
    #[serde(default)]
    pub restarted: Option<Instant>,
    /// When Caretaker itself last stopped the process: the restart that follows is no mishap.
    #[serde(skip)]
    pub own_stop: Option<Instant>,
    /// Since when the process is to stay down, because a person had Caretaker stop it.
    #[serde(skip)]
    pub to_stay: Option<Instant>,
    /// When nobody looked, lately, oldest first: an excuse for what should have been done meanwhile.
    #[serde(default)]
    pub asleep: Vec<Gap>,
    /// When this memory was made; from the future it is not believed.
    pub at: Option<Instant>,
}

/// Gaps that are remembered: more than a month of nights and weekends.
const MOST_GAPS: usize = 100;

/// The shortest time without a look that counts as a gap: memories are written every five minutes only, so that after a
/// start the last look may have been later than what is known of it.
const SHORTEST_GAP: TimeDelta = TimeDelta::minutes(10);

impl Memory {
    /// Since when the process is down on purpose; `None` where it has run since, whoever started it.
    pub fn down_on_purpose(&self) -> Option<Instant> {
        self.to_stay.filter(|at| self.process.is_none_or(|(_, started)| started <= *at))
    }

    /// Notes that nobody looked since the last judgement, where that is longer than looks are apart.
    pub fn note_gap(&mut self, now: Instant, interval: std::time::Duration) {
        let Some(from) = self.at else { return };
        let longest = TimeDelta::from_std(interval).unwrap_or(SHORTEST_GAP) * 3;
        if now - from > longest.max(SHORTEST_GAP) {
            self.asleep.push(Gap { from, until: now });
            let surplus = self.asleep.len().saturating_sub(MOST_GAPS);
            self.asleep.drain(..surplus);
        }
    }
}
