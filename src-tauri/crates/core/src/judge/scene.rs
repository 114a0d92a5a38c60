//! What one judgement looks at, and the draft of a signal.

use std::time::Duration;

use crate::clock::{Instant, Zone};
use crate::judge::{BandsShown, Memory, Remedy, Signal, bands, words};
use crate::observe::{Observation, ProcessSeen, ProcessTree, Reading};
use crate::profile::Profile;
use crate::signal::{Level, SignalId, Source, Unit};

/// Everything a judgement may look at.
pub(super) struct Scene<'a> {
    pub profile: &'a Profile,
    pub seen: &'a Observation,
    pub memory: &'a Memory,
    pub now: Instant,
    pub zone: Zone,
}

/// A signal with what the light needs to know about it.
pub(super) struct Draft {
    pub signal: Signal,
    /// Whether the light is unknown when this is.
    pub essential: bool,
}

impl Scene<'_> {
    /// How old a cheap reading may be.
    pub fn cheap(&self) -> Duration {
        (self.profile.sampling.closed * 3).max(Duration::from_secs(120))
    }

    /// How old a folder's size may be.
    pub fn sizes(&self) -> Duration {
        (self.profile.sampling.sizes * 3).max(Duration::from_secs(120))
    }

    /// The level that a signal had when it was last known.
    pub fn before(&self, id: SignalId) -> Option<Level> {
        self.memory.known.iter().find(|(known, _)| *known == id).map(|(_, level)| *level)
    }

    /// The level that a module had when it was last known; green where nothing is remembered.
    pub fn module_before(&self, name: &str) -> Option<Level> {
        self.memory.modules.iter().find(|(known, _)| known == name).map(|(_, level)| *level)
    }

    /// The watched process, when it was seen lately.
    pub fn process(&self) -> Option<&ProcessTree> {
        match self.seen.process.fresh(self.now, self.cheap()) {
            Some(ProcessSeen::Running(tree)) => Some(tree),
            _ => None,
        }
    }

    /// The watched process, when it is there and more than an entry that nobody has collected.
    pub fn living(&self) -> Option<&ProcessTree> {
        self.process().filter(|tree| !matches!(tree.run_state.as_str(), "zombie" | "dead"))
    }

    /// Whether the process was looked for lately and was not there.
    pub fn is_gone(&self) -> bool {
        matches!(self.seen.process.fresh(self.now, self.cheap()), Some(ProcessSeen::Gone))
    }

    /// A signal that was measured as `value`, held against its bands.
    pub fn measured(&self, id: SignalId, value: f64, at: Option<Instant>) -> Draft {
        self.figure(id, value, Source::Measured, at)
    }

    /// A signal that the ecosystem claims as `value`, held against its bands.
    pub fn claimed(&self, id: SignalId, value: f64, at: Option<Instant>) -> Draft {
        self.figure(id, value, Source::Claimed, at)
    }

    fn figure(&self, id: SignalId, value: f64, source: Source, at: Option<Instant>) -> Draft {
        // Measured shares may pass 100 by rounding; claimed ones may not, or boasting would look green.
        let boast = source == Source::Claimed && id.unit() == Unit::Percent && value > 100.0;
        if !value.is_finite() || value < 0.0 || boast {
            return self.unknown(id, source, "The figure cannot be believed.".into(), at);
        }
        let level = match self.profile.bands.get(&id) {
            Some(bands) => bands::level(bands, id.worse(), value, self.before(id)),
            None => Level::Green,
        };
        let text = words::value(value, id.unit());
        let reason = format!("{} {text}.", id.label());
        self.draft(id, Some(value), text, level, source, reason, at)
    }

    /// A signal that cannot be told.
    pub fn unknown(&self, id: SignalId, source: Source, reason: String, at: Option<Instant>) -> Draft {
        self.draft(id, None, "unknown".into(), Level::Unknown, source, reason, at)
    }

    /// A signal whose reading is missing or too old: says since when and why.
    pub fn unread<T>(&self, id: SignalId, reading: &Reading<T>) -> Draft {
        let label = id.label();
        // Below the root, as people think of it: a headline has no room for the way there.
        let root = format!("{}/", self.profile.root.display());
        let problem = reading.problem.as_ref().map(|problem| problem.replace(&root, ""));
        let reason = match (problem, reading.at) {
            (Some(problem), Some(at)) => {
                format!("{label} could not be read for {}: {problem}.", words::between(at, self.now))
            }
            (Some(problem), None) => format!("{label} could not be read: {problem}."),
            (None, Some(at)) => format!("{label} was last read {} ago.", words::between(at, self.now)),
            (None, None) => format!("{label} has not been read yet."),
        };
        self.unknown(id, Source::Measured, reason, reading.at)
    }

    /// A signal with everything said.
    #[allow(
        clippy::too_many_arguments,
        reason = "the fields of one signal, named at the only place that makes it"
    )]
    pub fn draft(
        &self,
        id: SignalId,
        value: Option<f64>,
        text: String,
        level: Level,
        source: Source,
        reason: String,
        at: Option<Instant>,
    ) -> Draft {
        let bands = self.profile.bands.get(&id);
        Draft {
            signal: Signal {
                id,
                label: id.label().to_owned(),
                value,
                unit: id.unit(),
                text,
                level,
                source,
                since: None,
                bands: bands
                    .map_or_else(BandsShown::default, |b| BandsShown { yellow: b.yellow, red: b.red }),
                reason,
                remedy: None,
                observed_at: at,
                unheld: None,
            },
            essential: false,
        }
    }
}

impl Draft {
    /// The light depends on it.
    pub fn essential(mut self) -> Self {
        self.essential = true;
        self
    }

    /// Replaces the reason.
    pub fn because(mut self, reason: String) -> Self {
        self.signal.reason = reason;
        self
    }

    /// Makes the level worse, with the reason; a better one changes nothing.
    pub fn worsen(mut self, level: Level, reason: String) -> Self {
        if level > self.signal.level {
            self.signal.level = level;
            self.signal.reason = reason;
        }
        self
    }

    /// Holds the colour of a signal that keeps changing sides.
    pub fn hold(mut self, level: Level) -> Self {
        let seen = self.signal.level;
        if level > seen {
            let reason = format!("{} It keeps changing; {level} is held.", self.signal.reason);
            self = self.worsen(level, reason);
            self.signal.unheld = Some(seen);
        }
        self
    }

    /// Adds what to do.
    pub fn remedy(mut self, remedy: Option<Remedy>) -> Self {
        self.signal.remedy = remedy;
        self
    }
}
