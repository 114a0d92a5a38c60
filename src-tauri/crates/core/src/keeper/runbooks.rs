//! Runbooks for whoever goes through one: what fits now, each step with its evidence, done behind a plan, taken back.

mod broken_off;
mod deeds;
mod evidence;
mod paper;
mod record;
mod shown;
mod take_back;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use self::paper::steps;
pub use self::shown::{ChoiceShown, CourseShown, RunbookRow, RunbookShown, StepPlan, StepShown};

use self::deeds::Deeds;
use self::evidence::{Scene, bad_signals};
use crate::clock::{Clock, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Verdict, words};
use crate::keeper::journal::Journal;
use crate::profile::Profile;
use crate::progress::Progress;
use crate::upkeep::{Course, Fate, Mark, Runbook, Step, StepState};

/// How the newest judgement is come by.
pub struct Eyes {
    /// What is known already.
    pub newest: Box<dyn Fn() -> Option<Verdict> + Send + Sync>,
    /// After another look.
    pub fresh: Box<dyn Fn() -> Option<Verdict> + Send + Sync>,
}

/// The runbooks of one ecosystem.
pub struct Runbooks {
    profile: Arc<Profile>,
    state_dir: PathBuf,
    home: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    zone: Zone,
    eyes: Eyes,
    journal: Journal,
}

impl Runbooks {
    /// The runbooks for what `profile` describes.
    pub fn new(
        profile: Profile,
        state_dir: &Path,
        home: Option<&Path>,
        clock: Arc<dyn Clock>,
        zone: Zone,
        eyes: Eyes,
    ) -> Self {
        let journal = Journal::new(state_dir, &profile.root);
        Self {
            profile: Arc::new(profile),
            state_dir: state_dir.to_owned(),
            home: home.map(Path::to_owned),
            clock,
            zone,
            eyes,
            journal,
        }
    }

    /// All runbooks, those that fit what is seen now first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn list(&self) -> Result<Vec<RunbookRow>> {
        let verdict = (self.eyes.newest)();
        let record = self.read()?;
        let mut rows = Vec::new();
        for runbook in Runbook::all() {
            let open = match &record {
                Some((store, of)) => store.open_course(*of, &runbook.id)?,
                None => None,
            };
            rows.push(RunbookRow::of(runbook, open.as_ref(), verdict.as_ref()));
        }
        rows.sort_by_key(|row| (row.begun_at.is_none(), row.fits.is_none()));
        Ok(rows)
    }

    /// A runbook with the evidence of its steps, and how far somebody has come with it.
    ///
    /// # Errors
    /// `NotFound` where there is no such runbook; when the record cannot be read.
    pub fn show(&self, id: &str) -> Result<RunbookShown> {
        let runbook = Runbook::find(id)?;
        let course = match self.read()? {
            Some((store, of)) => store.open_course(of, id)?,
            None => None,
        };
        let verdict = (self.eyes.newest)();
        let scene = self.scene(verdict.as_ref(), course.as_ref());
        let busy = course.is_some() && self.is_busy();
        let steps =
            runbook.steps.iter().map(|step| self.step_shown(runbook, step, course.as_ref(), busy, &scene));
        Ok(RunbookShown {
            steps: steps.collect(),
            next: course.as_ref().and_then(|course| course.next(runbook, busy)).map(|step| step.id.clone()),
            row: RunbookRow::of(runbook, course.as_ref(), verdict.as_ref()),
        })
    }

    fn step_shown(
        &self,
        runbook: &Runbook,
        step: &Step,
        course: Option<&Course>,
        busy: bool,
        scene: &Scene<'_>,
    ) -> StepShown {
        let state = course.map_or(StepState::Open, |course| course.state(step, busy));
        let mark = course.and_then(|course| course.marks.get(&step.id));
        let settled = state.is_settled() || state == StepState::Running;
        let evidence = match mark {
            Some(mark) if settled => mark.evidence.clone(),
            _ if state == StepState::NotNeeded => Vec::new(),
            _ => scene.evidence(step),
        };
        let (choices, choice) = match step.deed {
            Some(deed) if !settled || state == StepState::Failed => self.deeds().choices(deed, scene),
            _ => (Vec::new(), None),
        };
        let last_done = |mark: &Mark| {
            let later = course.into_iter().flat_map(|course| course.marks.values());
            later.filter(|other| other.undo.is_some()).all(|other| other.at <= mark.at)
        };
        StepShown {
            id: step.id.clone(),
            text: step.text.clone(),
            why: step.why.clone(),
            action: step.deed,
            changes: step.deed.is_some_and(|deed| deed.changes()),
            optional: step.optional,
            may: course.is_some_and(|course| course.may_do(runbook, step, busy).is_ok()),
            choices,
            choice: mark.and_then(|mark| mark.choice.clone()).or(choice),
            evidence,
            state,
            said: mark.map(|mark| mark.said.clone()).filter(|said| !said.is_empty()),
            at: mark.map(|mark| mark.at),
            // What was done last is taken back first.
            undo: mark.is_some_and(|mark| mark.fate == Fate::Done && mark.undo.is_some() && last_done(mark)),
        }
    }

    /// Begins a runbook, for `incident` or for the open one that fits; one that goes on is gone on with.
    ///
    /// # Errors
    /// `NotFound` where there is no such runbook or incident; when the record cannot be written.
    pub fn start(&self, id: &str, incident: Option<&str>) -> Result<RunbookShown> {
        let runbook = Runbook::find(id)?;
        let now = self.clock.now();
        let verdict = (self.eyes.newest)();
        let bad = verdict.as_ref().map(|verdict| bad_signals(runbook, verdict)).unwrap_or_default();
        let (mut store, of) = self.open()?;
        let open: Vec<_> = store.incidents(of)?;
        let incident = match incident {
            Some(id) if open.iter().any(|one| one.id == id) => Some(id.to_owned()),
            Some(id) => {
                return Err(Error::new(ErrorKind::NotFound, format!("there is no incident “{id}”"))
                    .hint("`caretaker alerts list` shows them."));
            }
            None => {
                let fits =
                    open.iter().filter(|one| !one.is_closed() && runbook.signals.contains(&one.signal));
                fits.max_by_key(|one| one.level).map(|one| one.id.clone())
            }
        };
        let summary = verdict.map(|verdict| verdict.summary).unwrap_or_default();
        let begun = Course::begin(runbook, now, incident, bad, summary);
        let (wanted, course) = (begun.id.clone(), store.begin_course(of, begun)?);
        drop(store);
        if course.id == wanted && course.begun_at == now {
            self.enter(&course, now, format!("The runbook “{}” was begun.", runbook.title));
        }
        self.show(id)
    }

    /// What a step would do; changes nothing.
    ///
    /// # Errors
    /// When it cannot be done now, and why.
    pub fn plan(&self, id: &str, step: &str, choice: Option<&str>) -> Result<StepPlan> {
        let (runbook, course) = self.course(id)?;
        let step = runbook.step(step)?;
        course.may_do(runbook, step, self.is_busy())?;
        let verdict = (self.eyes.newest)();
        let scene = self.scene(verdict.as_ref(), Some(&course));
        let deed = step.deed.ok_or_else(|| nothing_to_do(step))?;
        self.deeds().plan(deed, choice, &scene)
    }

    /// Does a step; what came of it stands with the step, whether it succeeded or not.
    ///
    /// # Errors
    /// As [`Runbooks::plan`]; what kept it from succeeding.
    pub fn act(
        &self,
        id: &str,
        step: &str,
        choice: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<RunbookShown> {
        let (runbook, course) = self.course(id)?;
        let step = runbook.step(step)?;
        let deed = step.deed.ok_or_else(|| nothing_to_do(step))?;
        let lock = self.lock()?;
        course.may_do(runbook, step, false)?;
        let verdict = (self.eyes.newest)();
        let scene = self.scene(verdict.as_ref(), Some(&course));
        let deeds = self.deeds();
        let broken_off = course.marks.get(&step.id).filter(|mark| mark.fate == Fate::Begun);
        let since = broken_off.map(|mark| mark.at);
        // Once half of it is done, what is proposed now may be something else.
        let begun_with = broken_off.and_then(|mark| mark.choice.clone());
        let choice = choice.map(str::to_owned).or(begun_with).or_else(|| deeds.choices(deed, &scene).1);
        let mut mark = Mark {
            fate: Fate::Begun,
            at: since.unwrap_or_else(|| self.clock.now()),
            said: String::new(),
            evidence: scene.evidence(step),
            choice: choice.clone(),
            undo: None,
            undoing: false,
        };
        // Written down before it is done: a kill in its middle leaves a step that was broken off.
        self.mark(runbook, step, Some(mark.clone()))?;
        let done = deeds.act(deed, choice.as_deref(), &scene, since, progress);
        mark.at = self.clock.now();
        match &done {
            Ok(done) => {
                mark.fate = if done.well { Fate::Done } else { Fate::Failed };
                mark.said.clone_from(&done.said);
                mark.undo.clone_from(&done.undo);
            }
            Err(error) => {
                mark.fate = Fate::Failed;
                mark.said = format!("{}.", error.to_string().trim_end_matches('.'));
            }
        }
        let cancelled = done.is_err() && progress.cancelled();
        let course = self.mark(runbook, step, (!cancelled).then(|| mark.clone()))?;
        if !cancelled {
            self.enter(&course, mark.at, format!("{}: {}", step.text, mark.said));
        }
        drop(lock);
        done?;
        self.show(id)
    }

    /// Says that a step was looked at.
    ///
    /// # Errors
    /// When it is not its turn; where it is to be done, not looked at.
    pub fn see(&self, id: &str, step: &str, note: &str) -> Result<RunbookShown> {
        let runbook = Runbook::find(id)?;
        let step = runbook.step(step)?;
        if step.deed.is_some() {
            let what = format!("“{}” is to be done; nothing was changed", step.text);
            return Err(Error::new(ErrorKind::Usage, what).hint("Do it, or leave it out with a reason."));
        }
        self.settle(runbook, step, Fate::Seen, note)
    }

    /// Leaves a step out, with a reason.
    ///
    /// # Errors
    /// Without a reason; when it is not its turn.
    pub fn skip(&self, id: &str, step: &str, reason: &str) -> Result<RunbookShown> {
        if reason.trim().is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                "a step is left out with a reason; nothing was changed",
            ));
        }
        let runbook = Runbook::find(id)?;
        self.settle(runbook, runbook.step(step)?, Fate::Skipped, reason.trim())
    }

    fn settle(&self, runbook: &Runbook, step: &Step, fate: Fate, said: &str) -> Result<RunbookShown> {
        let (_, course) = self.course(&runbook.id)?;
        course.may_do(runbook, step, self.is_busy())?;
        let verdict = (self.eyes.newest)();
        let scene = self.scene(verdict.as_ref(), Some(&course));
        let now = self.clock.now();
        let evidence = scene.evidence(step);
        let mark =
            Mark { fate, at: now, said: said.to_owned(), evidence, choice: None, undo: None, undoing: false };
        let course = self.mark(runbook, step, Some(mark))?;
        match fate {
            Fate::Skipped => self.enter(&course, now, format!("{}: left out, {said}", step.text)),
            _ if said.is_empty() => {}
            _ => self.enter(&course, now, format!("{}: {said}", step.text)),
        }
        self.show(&runbook.id)
    }

    /// Takes back what a step did.
    ///
    /// # Errors
    /// When there is nothing to take back, or what it changed was changed again since.
    pub fn undo(&self, id: &str, step: &str, progress: &dyn Progress) -> Result<RunbookShown> {
        let (runbook, course) = self.course(id)?;
        let step = runbook.step(step)?;
        let lock = self.lock()?;
        let mark = course.marks.get(&step.id).filter(|mark| mark.fate == Fate::Done);
        let Some((mut mark, undo)) = mark.and_then(|mark| Some((mark.clone(), mark.undo.clone()?))) else {
            let what = format!("there is nothing of “{}” to take back; nothing was changed", step.text);
            return Err(Error::new(ErrorKind::NotFound, what));
        };
        // Written down before it is done, too: a kill in between must not make a fault of what is back already.
        let again = std::mem::replace(&mut mark.undoing, true);
        self.mark(runbook, step, Some(mark.clone()))?;
        let said = self.deeds().undo(&undo, again, progress)?;
        (mark.fate, mark.undo, mark.undoing) = (Fate::Undone, None, false);
        mark.at = self.clock.now();
        mark.said = format!("Taken back. {said}");
        let course = self.mark(runbook, step, Some(mark.clone()))?;
        self.enter(&course, mark.at, format!("{}: {}", step.text, mark.said));
        drop(lock);
        self.show(id)
    }

    /// Ends a runbook; the report of it as Markdown.
    ///
    /// # Errors
    /// When it was not begun, a step is under way, or the record cannot be written.
    pub fn end(&self, id: &str) -> Result<String> {
        let runbook = Runbook::find(id)?;
        let _lock = self.lock()?;
        let now = self.clock.now();
        let (mut store, of) = self.open()?;
        let course = store.change_course(of, id, |course| {
            course.ended_at = Some(now);
            Ok(course.clone())
        })?;
        drop(store);
        let took = words::between(course.begun_at, now);
        self.enter(&course, now, format!("The runbook “{}” was ended after {took}.", runbook.title));
        self.report(&course.id)
    }

    /// The report of a course, that goes on or was ended, as Markdown.
    ///
    /// # Errors
    /// `NotFound` where there is none of that name; when the record cannot be read.
    pub fn report(&self, course: &str) -> Result<String> {
        let unknown = || {
            Error::new(ErrorKind::NotFound, format!("no runbook was gone through as “{course}”"))
                .hint("`caretaker runbook past` shows them.")
        };
        let (store, of) = self.read()?.ok_or_else(unknown)?;
        let course = store.courses(of)?.into_iter().find(|one| one.id == course).ok_or_else(unknown)?;
        paper::report(&course, &store, of, &self.profile.name, &*self.clock, self.zone)
    }

    /// All that was gone through, newest first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn past(&self) -> Result<Vec<CourseShown>> {
        let Some((store, of)) = self.read()? else { return Ok(Vec::new()) };
        Ok(store.courses(of)?.iter().map(CourseShown::of).collect())
    }

    fn scene<'s>(&'s self, verdict: Option<&'s Verdict>, course: Option<&'s Course>) -> Scene<'s> {
        Scene {
            profile: &self.profile,
            state_dir: &self.state_dir,
            clock: &self.clock,
            zone: self.zone,
            verdict,
            course,
        }
    }

    fn deeds(&self) -> Deeds<'_> {
        Deeds {
            profile: &self.profile,
            state_dir: &self.state_dir,
            home: self.home.as_deref(),
            clock: &self.clock,
            zone: self.zone,
            eyes: &self.eyes,
        }
    }
}

fn nothing_to_do(step: &Step) -> Error {
    Error::new(ErrorKind::Usage, format!("“{}” is to be looked at; there is nothing to do", step.text))
        .hint("Say that you have seen it.")
}
