//! Which of the ecosystem's statements about itself speak of now.

use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Instant;
use crate::judge::scene::Scene;
use crate::observe::Claims;

/// An instance that was asked may need this long until its modules have run for the first time.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// File times are coarser than process times.
const SLACK: TimeDelta = TimeDelta::seconds(2);

/// The ecosystem's statements.
pub(super) struct Claimed<'a> {
    /// From the probe, else from the state file, when they speak of the process that runs now.
    current: Option<(&'a Claims, Instant)>,
    /// From the state file, however old: what it said last.
    pub last: Option<(&'a Claims, Instant)>,
    /// From the state file, when it speaks of the process that runs now.
    file: Option<&'a Claims>,
    /// From the probe, when it speaks of the process that runs now.
    probe: Option<&'a Claims>,
    /// Why the probe gives no answer, once it has been asked.
    no_answer: Option<String>,
}

impl<'a> Claimed<'a> {
    /// Sorts the statements of an observation.
    ///
    /// The state file of an ecosystem that saves only when it stops speaks of the run before, and a question that
    /// is answered by an instance made for it speaks of nothing: neither is current.
    pub fn of(scene: &Scene<'a>) -> Self {
        let file = scene.seen.state.as_ref().and_then(|reading| {
            let state = reading.value.as_ref()?;
            Some((&state.claims, state.written_at, reading.fresh(scene.now, scene.cheap()).is_some()))
        });
        let started = scene.process().map(|tree| tree.started_at);
        let probe = scene.seen.probe.as_ref().and_then(|reading| {
            let every = scene.profile.probe.as_ref().map_or(Duration::ZERO, |probe| probe.every);
            let claims = reading.fresh(scene.now, (every * 3).max(scene.cheap()))?;
            let ran_long = started.is_some_and(|started| scene.now - started > FRESH);
            (started.is_some() && !(claims.fresh_instance && ran_long)).then_some((claims, reading.at?))
        });
        let live_file = file.and_then(|(claims, written, fresh)| {
            (fresh && started.is_some_and(|started| written + SLACK >= started)).then_some((claims, written))
        });
        let no_answer = scene.seen.probe.as_ref().and_then(|reading| {
            let problem = reading.problem.as_ref()?;
            let every = scene.profile.probe.as_ref().map_or(Duration::ZERO, |probe| probe.every);
            let patience = (every * 3).max(scene.cheap());
            reading
                .fresh(scene.now, patience)
                .is_none()
                .then(|| format!("The probe gives no answer: {problem}."))
        });
        Self {
            current: probe.or(live_file),
            last: file.map(|(claims, written, _)| (claims, written)),
            file: live_file.map(|(claims, _)| claims),
            probe: probe.map(|(claims, _)| claims),
            no_answer,
        }
    }

    /// What the current statements say of the module `name` that cannot be true.
    pub fn doubted(&self, name: &str) -> Option<&'a str> {
        let about = |text: &'a String| {
            let rest = text.strip_prefix("modules.")?.strip_prefix(name)?;
            rest.strip_prefix('.').or_else(|| rest.strip_prefix(": "))
        };
        self.current()?.implausible.iter().find_map(about)
    }

    /// What in the state file cannot be true, when it speaks of the process that runs now.
    pub fn file_doubt(&self) -> Option<String> {
        doubt(self.file?, "The state file says")
    }

    /// Why the probe's answer is missing or cannot be wholly true.
    pub fn probe_doubt(&self) -> Option<String> {
        self.no_answer.clone().or_else(|| doubt(self.probe?, "The probe answers"))
    }

    /// Statements about the process that runs now.
    pub fn current(&self) -> Option<&'a Claims> {
        self.current.map(|(claims, _)| claims)
    }

    /// When the current statements were made.
    pub fn at(&self) -> Option<Instant> {
        self.current.map(|(_, at)| at)
    }
}

/// The first figure that cannot be true, and how many more.
fn doubt(claims: &Claims, who: &str) -> Option<String> {
    let (first, more) = claims.implausible.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!("{who} what cannot be true: {first}{more}."))
}
