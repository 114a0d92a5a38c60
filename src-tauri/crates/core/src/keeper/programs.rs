//! The programs of what is watched, for whoever shows and runs them: each beside its last run, its baseline, its targets and what
//! was measured.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::words;
use crate::keeper::journal::Journal;
use crate::profile::{Profile, ProgramSettings, Target};
use crate::progress::Progress;
use crate::signal::SignalId;
use crate::store::{Entered, Store};
use crate::upkeep::{
    ProgramClaims, ProgramCount, ProgramFigureShown, ProgramRan, are_constants, beside, cannot_run,
    run_program,
};

/// What was measured longer ago speaks of another time than the run.
const LATELY: TimeDelta = TimeDelta::minutes(15);

/// The programs of one ecosystem.
pub struct Programs {
    profile: Profile,
    state_dir: PathBuf,
    journal: Journal,
    clock: Arc<dyn Clock>,
    zone: Zone,
}

/// One program, before it is run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramShown {
    /// Its short name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Why it cannot be run; `None` where it can.
    pub cannot_run: Option<String>,
    /// The file that would keep what it prints today.
    pub output: String,
    /// What its figures should be.
    pub targets: Vec<String>,
    /// The last run.
    pub last: Option<ProgramKept>,
    /// The run that others are compared with.
    pub baseline: Option<ProgramKept>,
}

/// A run that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramKept {
    /// When it was begun.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// What it ended with; `None` where it was ended.
    pub exit: Option<i32>,
    /// How long it ran.
    pub seconds: f64,
    /// The file that kept what it printed.
    pub output: String,
    /// What it claimed.
    pub claims: ProgramClaims,
}

/// A program that was run just now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramRun {
    /// Its short name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whether it ended well and says of nothing that it failed: its own words.
    pub ok: bool,
    /// What it ended with; `None` where it was ended.
    pub exit: Option<i32>,
    /// Why it did not end well, in words.
    pub fault: Option<String>,
    /// How long it ran.
    pub seconds: f64,
    /// The file that keeps what it printed.
    pub output: String,
    /// Bytes of it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Whether it printed more than is kept.
    pub cut: bool,
    /// Where the file of an earlier run of the day is now.
    pub earlier: Option<String>,
    /// The last lines that it printed as errors.
    pub complaints: String,
    /// What it claims.
    pub claims: ClaimsShown,
    /// When the run before was.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub before_at: Option<Instant>,
    /// When the baseline was.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub baseline_at: Option<Instant>,
}

/// What a program claims, beside what there is to compare it with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ClaimsShown {
    /// Lines that it ticks off.
    pub passed: u32,
    /// Lines in which something failed.
    pub failed: u32,
    /// The first of those.
    pub failures: Vec<String>,
    /// Other lines that speak of warnings or errors.
    pub warnings: Vec<String>,
    /// `6/6 passed`.
    pub counts: Vec<ProgramCount>,
    /// Its figures.
    pub figures: Vec<ProgramFigureShown>,
    /// Its last line.
    pub verdict: String,
    /// What the measurements refute, in words.
    pub contradictions: Vec<String>,
    /// Whether its figures are, to the last digit, those of the run before: perhaps nothing was measured.
    pub constant: bool,
}

impl Programs {
    /// The programs of `profile`.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Self {
        let journal = Journal::new(state_dir, &profile.root);
        Self { state_dir: state_dir.to_owned(), journal, clock, zone, profile }
    }

    /// All of them, in the order of the profile.
    ///
    /// # Errors
    /// When what is remembered cannot be read.
    pub fn list(&self) -> Result<Vec<ProgramShown>> {
        let today = self.zone.local(self.clock.now()).date();
        let root = &self.profile.root;
        let shown = |program: &ProgramSettings| -> Result<ProgramShown> {
            Ok(ProgramShown {
                name: program.name.clone(),
                title: program.title.clone(),
                command: program.command.clone(),
                cannot_run: cannot_run(program, root),
                output: root.join(program.output_of(today, root)).display().to_string(),
                targets: program
                    .targets
                    .iter()
                    .map(|one| format!("{} {}", one.figure, Target::says(one)))
                    .collect(),
                last: self.recall(&last(&program.name))?,
                baseline: self.recall(&baseline(&program.name))?,
            })
        };
        self.profile.programs.iter().map(shown).collect()
    }

    /// Whether nothing is on record that a run of `name` could be held against: one look before would tell.
    ///
    /// # Errors
    /// `NotFound` where the profile has no such program.
    pub fn needs_look(&self, name: &str) -> Result<bool> {
        let program = self.find(name)?;
        let idle = self.measured(SignalId::ProcessCpu, self.clock.now()).is_none();
        Ok(idle && cannot_run(program, &self.profile.root).is_none())
    }

    /// Runs one to its end, and keeps what it printed.
    ///
    /// # Errors
    /// As [`run_program`]; `NotFound` where the profile has no such program.
    pub fn run(&self, name: &str, progress: &dyn Progress) -> Result<ProgramRun> {
        let program = self.find(name)?;
        let now = self.clock.now();
        let before = self.recall(&last(name))?;
        let kept = self.recall(&baseline(name))?;
        let ran = run_program(program, &self.profile.root, now, self.zone, progress)?;
        let run = self.shown(program, &ran, before.as_ref(), kept.as_ref(), now);
        let remembered = ProgramKept {
            at: now,
            exit: ran.exit,
            seconds: ran.seconds,
            output: run.output.clone(),
            claims: ran.claims,
        };
        // It ran, and its file is there: that nobody can compare it next time does not undo that.
        if let Err(error) = self.remember(&last(name), &remembered) {
            tracing::warn!(%error, "the run is not remembered");
        }
        self.journal.note_done(now, Entered::Program, said_of(&run), Some(name.to_owned()));
        Ok(run)
    }

    /// Keeps the last run of a program as the one that others are compared with.
    ///
    /// # Errors
    /// `NotFound` where it was never run; when it cannot be written.
    pub fn keep_baseline(&self, name: &str) -> Result<ProgramKept> {
        self.find(name)?;
        let kept = self.recall(&last(name))?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("{name} was not run yet: there is nothing to keep"))
                .hint(format!("`caretaker run {name} --baseline` runs it and keeps that."))
        })?;
        self.remember(&baseline(name), &kept)?;
        let text = format!("The run of {name} was kept as its baseline.");
        self.journal.note_done(self.clock.now(), Entered::Program, text, Some(name.to_owned()));
        Ok(kept)
    }

    fn find(&self, name: &str) -> Result<&ProgramSettings> {
        let programs = &self.profile.programs;
        programs.iter().find(|program| program.name == name).ok_or_else(|| {
            let known: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Error::new(ErrorKind::NotFound, format!("the profile has no program “{name}”"))
                .hint(format!("It has: {known}. More are added as [[programs]] in the profile."))
        })
    }

    fn shown(
        &self,
        program: &ProgramSettings,
        ran: &ProgramRan,
        before: Option<&ProgramKept>,
        kept: Option<&ProgramKept>,
        now: Instant,
    ) -> ProgramRun {
        let then = |run: Option<&ProgramKept>| run.map(|run| run.claims.clone());
        let (last, first) = (then(before), then(kept));
        let figures = beside(&ran.claims, &program.targets, last.as_ref(), first.as_ref(), |signal| {
            self.measured(signal, now)
        });
        let ProgramClaims { passed, failed, failures, warnings, counts, verdict, .. } = ran.claims.clone();
        let root = &self.profile.root;
        let whole = |below: &Path| root.join(below).display().to_string();
        ProgramRun {
            name: program.name.clone(),
            title: program.title.clone(),
            ok: !ran.is_bad(),
            exit: ran.exit,
            fault: ran.fault.clone(),
            seconds: ran.seconds,
            output: whole(&ran.output),
            bytes: ran.bytes,
            cut: ran.cut,
            earlier: ran.earlier.as_deref().map(whole),
            complaints: ran.complaints.clone(),
            claims: ClaimsShown {
                contradictions: figures.iter().filter_map(|figure| figure.refuted.clone()).collect(),
                constant: last.is_some_and(|last| are_constants(&ran.claims, &last)),
                passed,
                failed,
                failures,
                warnings,
                counts,
                figures,
                verdict,
            },
            before_at: before.map(|run| run.at),
            baseline_at: kept.map(|run| run.at),
        }
    }

    /// What was measured of a signal lately; `None` where nobody looked.
    fn measured(&self, signal: SignalId, now: Instant) -> Option<f64> {
        let store = Store::open_read_only(&self.state_dir).ok()??;
        let ecosystem = store.find_ecosystem(&self.profile.root).ok()??;
        let points = store.series(ecosystem, signal, now - LATELY, now, Duration::from_secs(60)).ok()?;
        points.iter().rev().find_map(|point| point.mean)
    }

    fn recall(&self, key: &str) -> Result<Option<ProgramKept>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        let Some(ecosystem) = store.find_ecosystem(&self.profile.root)? else { return Ok(None) };
        // What another version wrote and this one cannot read is not remembered.
        Ok(store.note(ecosystem, key)?.and_then(|body| serde_json::from_str(&body).ok()))
    }

    fn remember(&self, key: &str, run: &ProgramKept) -> Result<()> {
        let body = serde_json::to_string(run).map_err(|error| {
            Error::new(ErrorKind::System, "the run cannot be written down").because(error)
        })?;
        let mut store = Store::open(&self.state_dir)?.store;
        let ecosystem = store.ecosystem(&self.profile.root)?;
        store.set_notes(ecosystem, &[(key, body.as_str())])
    }
}

/// Under which the last run of a program is remembered.
pub(super) fn last(name: &str) -> String {
    format!("program {name} last")
}

fn baseline(name: &str) -> String {
    format!("program {name} baseline")
}

/// What is entered of a run.
fn said_of(run: &ProgramRun) -> String {
    let claims = &run.claims;
    let ended = match &run.fault {
        Some(fault) => format!("did not end well: {fault}"),
        None => "ended well".to_owned(),
    };
    let said = match (claims.passed, claims.failed) {
        (0, 0) => String::new(),
        (passed, failed) => format!(" It claims that {passed} passed and {failed} failed."),
    };
    let first = claims.contradictions.first().map(|text| format!(" {text}")).unwrap_or_default();
    format!("{} ran for {} and {ended}.{said}{first}", run.title, words::took(run.seconds))
}
