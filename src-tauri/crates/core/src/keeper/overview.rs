//! Everything the window shows, in one snapshot.

use std::path::Path;

use serde::Serialize;

use crate::alerts::Incident;
use crate::clock::Instant;
use crate::error::Error;
use crate::judge::{Forecast, Remedy, RemedyAction, Verdict};
use crate::keeper::RoundsGlance;
pub use crate::metrics::OwnCost;
use crate::observe::{FailingChannel, ModuleErrors, Observation};
use crate::profile::Appearance;
use crate::profile::channels::{ChannelKind, ChannelSettings};
use crate::signal::{Level, SignalId};

/// One snapshot for the window; also what the tray needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Overview {
    /// The watched ecosystem; `None` before the first run is done.
    pub ecosystem: Option<Ecosystem>,
    /// The newest judgement; `None` before the first tick.
    pub verdict: Option<Verdict>,
    /// The last 24 hours of each vital that has a number.
    pub series: Vec<Series>,
    /// Errors of the last 24 hours.
    pub errors: ErrorsShown,
    /// Incidents that are open, worst first.
    pub incidents: Vec<Incident>,
    /// Where figures are heading, what is reached first before all others.
    pub forecasts: Vec<Forecast>,
    /// The round to think of.
    pub rounds: RoundsGlance,
    /// The ways to tell people, and whether they work.
    pub channels: Vec<ChannelState>,
    /// Things about Caretaker itself that the user must know, such as a broken profile.
    pub notices: Vec<Notice>,
    /// What Caretaker itself costs.
    pub cost: OwnCost,
    /// How icon and window look.
    pub appearance: Appearance,
}

impl Overview {
    /// Nothing chosen yet: the first run.
    pub fn empty() -> Self {
        Self {
            ecosystem: None,
            verdict: None,
            series: Vec::new(),
            errors: ErrorsShown::default(),
            incidents: Vec::new(),
            forecasts: Vec::new(),
            rounds: RoundsGlance::default(),
            channels: Vec::new(),
            notices: Vec::new(),
            cost: OwnCost::default(),
            appearance: Appearance::default(),
        }
    }

    /// A profile that is there but cannot be read: grey, with the mistake and the way to mend it.
    pub fn unreadable(path: &Path, error: &Error, now: Instant) -> Self {
        let name = "Ecosystem".to_owned();
        let profile = path.display().to_string();
        Self {
            ecosystem: Some(Ecosystem { name, root: String::new(), profile, demo: false }),
            verdict: Some(Verdict {
                at: now,
                light: Level::Unknown,
                summary: "Nothing is watched: the profile cannot be read.".into(),
                since: None,
                remedy: Some(Remedy {
                    text: "Mend the profile; it is taken as soon as it is saved.".into(),
                    action: Some(RemedyAction::OpenProfile),
                }),
                cause: None,
                signals: Vec::new(),
                modules: Vec::new(),
                contradictions: Vec::new(),
                forecasts: Vec::new(),
            }),
            notices: vec![Notice { text: error.to_string(), hint: error.hint.clone() }],
            ..Self::empty()
        }
    }
}

/// A way to tell people, and whether it works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChannelState {
    /// What the profile calls it.
    pub name: String,
    /// `native`, `mail` or `webhook`.
    pub kind: String,
    /// The least level that it takes.
    pub from: Level,
    /// It hears only of what nobody took note of for so many seconds.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub after_seconds: Option<u64>,
    /// Since when it has failed; `None` while it works, as far as can be known.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub failing_since: Option<Instant>,
    /// Why it failed last.
    pub problem: Option<String>,
}

impl ChannelState {
    /// The channels of a profile, with those among them that fail.
    pub fn all(settings: &[ChannelSettings], failing: &[FailingChannel]) -> Vec<Self> {
        settings
            .iter()
            .map(|channel| {
                let failing = failing.iter().find(|one| one.name == channel.name);
                let kind = match channel.kind {
                    ChannelKind::Native => "native",
                    ChannelKind::Mail(_) => "mail",
                    ChannelKind::Webhook(_) => "webhook",
                };
                Self {
                    name: channel.name.clone(),
                    kind: kind.to_owned(),
                    from: channel.from,
                    after_seconds: channel.after.map(|after| after.as_secs()),
                    failing_since: failing.map(|one| one.since),
                    problem: failing.map(|one| one.problem.clone()),
                }
            })
            .collect()
    }
}

/// Which ecosystem is watched.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ecosystem {
    /// What it is called.
    pub name: String,
    /// Its folder.
    pub root: String,
    /// The profile's file.
    pub profile: String,
    /// Whether it is the demo.
    pub demo: bool,
}

/// A signal's recent past in equal steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Series {
    /// Which signal.
    pub signal: SignalId,
    /// When the first step begins.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub start: Instant,
    /// Length of a step in seconds.
    pub step_seconds: u32,
    /// The mean of each step; `None` is a gap.
    pub mean: Vec<Option<f64>>,
}

/// Errors by module.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ErrorsShown {
    /// All of the last 24 hours; `None` when unknown.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub count: Option<u64>,
    /// Worst first.
    pub by_module: Vec<ModuleErrors>,
    /// What could not be counted, in words.
    pub gaps: Vec<String>,
}

impl ErrorsShown {
    /// What an observation holds of them.
    pub fn of(seen: &Observation) -> Self {
        let Some(reading) = &seen.errors else { return Self::default() };
        match &reading.value {
            Some(tally) => Self {
                count: Some(tally.count),
                by_module: tally.by_module.clone(),
                gaps: tally.gaps.clone(),
            },
            None => Self {
                count: None,
                by_module: Vec::new(),
                gaps: reading.problem.clone().into_iter().collect(),
            },
        }
    }
}

/// Something about Caretaker itself that the user must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Notice {
    /// One sentence.
    pub text: String,
    /// The next step.
    pub hint: Option<String>,
}
