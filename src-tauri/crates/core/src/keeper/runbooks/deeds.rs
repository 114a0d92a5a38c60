//! What a step does: planned, done, taken back; each with the very engine that the window and the command line use.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use super::Eyes;
use super::broken_off::{doing, so_already};
use super::evidence::{Scene, bad_signals};
use super::shown::{ChoiceShown, StepPlan};
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Verdict, words};
use crate::keeper::backups::Backups;
use crate::keeper::errors::DealtErrors;
use crate::keeper::process::ProcessCare;
use crate::profile::Profile;
use crate::progress::Progress;
use crate::signal::{Level, SignalId};
use crate::upkeep::{ASIDE, Aside, Cleanup, Course, Deed, Runbook, Tuning, TuningPlan, Undo, soundness};

/// How long the light is waited for, and between two looks.
const WELL_WITHIN: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_secs(2);
/// How long the data may take to be read.
const DATA_WITHIN: Duration = Duration::from_secs(600);
/// Lines of a plan that are shown of one kind.
const MOST: usize = 20;

/// The engines behind the steps.
pub(super) struct Deeds<'d> {
    pub profile: &'d Arc<Profile>,
    pub state_dir: &'d Path,
    pub home: Option<&'d Path>,
    pub clock: &'d Arc<dyn Clock>,
    pub zone: Zone,
    pub eyes: &'d Eyes,
}

/// What came of a deed.
pub(super) struct Done {
    /// Whether it found or brought about what it was for.
    pub well: bool,
    /// In words.
    pub said: String,
    /// How it is taken back.
    pub undo: Option<Undo>,
}

impl Done {
    pub(super) fn well(said: impl Into<String>, undo: Option<Undo>) -> Self {
        Self { well: true, said: said.into(), undo }
    }
}

impl Deeds<'_> {
    /// What it can be done with, and what is proposed.
    pub(super) fn choices(&self, deed: Deed, scene: &Scene<'_>) -> (Vec<ChoiceShown>, Option<String>) {
        let shown = |id: String, label: String| ChoiceShown { id, label };
        let (choices, proposed): (Vec<ChoiceShown>, Option<String>) = match deed {
            Deed::DisableModule | Deed::EnableModule => {
                let (modules, _) = self.tuning().modules().unwrap_or_default();
                let off = deed == Deed::EnableModule;
                let those = modules.into_iter().filter(|one| (one.enabled == Some(false)) == off);
                (those.map(|one| shown(one.name.clone(), one.name)).collect(), scene.culprit())
            }
            Deed::Tune => {
                let presets = self.tuning().presets();
                let bad = |id: SignalId| scene.signal(id).is_some_and(|signal| signal.level >= Level::Yellow);
                let proposed = match () {
                    () if bad(SignalId::DataSize) || bad(SignalId::DiskFree) => "prune-more",
                    () if bad(SignalId::ProcessMemory) => "less-memory",
                    () => "calmer",
                };
                (presets.into_iter().map(|one| shown(one.id, one.title)).collect(), Some(proposed.to_owned()))
            }
            Deed::Restore => {
                let proven = scene.proven().unwrap_or_default();
                // What was made after the trouble began may hold it.
                let before = scene.course.map(|course| course.begun_at);
                let good = proven.iter().find(|one| before.is_none_or(|begun| one.created_at < begun));
                let proposed = good.or(proven.first()).map(|one| one.id.to_string());
                (proven.iter().map(|one| shown(one.id.to_string(), scene.named(one))).collect(), proposed)
            }
            _ => return (Vec::new(), None),
        };
        let there = |id: &String| choices.iter().any(|one| one.id == *id);
        let first = choices.first().map(|one| one.id.clone());
        let proposed = proposed.filter(there).or(first);
        (choices, proposed)
    }

    /// What would be done; changes nothing.
    pub(super) fn plan(&self, deed: Deed, choice: Option<&str>, scene: &Scene<'_>) -> Result<StepPlan> {
        let choice = choice.map(str::to_owned).or_else(|| self.choices(deed, scene).1);
        let plan = |title: String, lines: Vec<String>| StepPlan {
            title,
            lines,
            choice: choice.clone(),
            confirm: None,
        };
        Ok(match deed {
            Deed::Start | Deed::Stop | Deed::Restart => {
                let process = self.process();
                if let Some(said) = so_already(doing(deed), &process.shown()?) {
                    return Ok(plan(said, vec!["Nothing is to be done.".to_owned()]));
                }
                let planned = process.plan(doing(deed))?;
                let warning = planned.warning.into_iter().map(|warning| format!("Mind: {warning}"));
                plan(planned.title, planned.steps.into_iter().chain(warning).collect())
            }
            Deed::KeepAside => {
                let planned = self.aside().plan()?;
                let folders: Vec<String> =
                    planned.folders.iter().map(|one| one.display().to_string()).collect();
                let lines = vec![
                    format!("{} files, {}, into {ASIDE}", planned.files, words::bytes(planned.bytes)),
                    format!("The volume has {} left; no backup takes it along.", words::bytes(planned.free)),
                ];
                plan(format!("Copy {} as they are", folders.join(" and ")), lines)
            }
            Deed::Restore => {
                let id = chosen(choice.as_deref(), "there is no proven backup to bring back")?;
                let planned = self.backups()?.plan(id, None)?;
                let count = |one: &crate::backup::Named, what: &str| match one.count {
                    0 => None,
                    1 => Some(format!("One file {what}: {}", one.first.first().cloned().unwrap_or_default())),
                    many => Some(format!("{many} files {what}")),
                };
                let mut lines = vec![format!("{} files, {}", planned.files, words::bytes(planned.bytes))];
                lines.extend(count(&planned.changed, "go back to what they were"));
                lines.extend(count(&planned.new, "come back"));
                lines.extend(count(&planned.removed, "that the backup does not know go"));
                lines.push("What is in place now is kept, and comes back with one step.".into());
                let at = words::moment(planned.created_at, scene.now(), self.zone);
                let mut plan = plan(format!("Bring back the backup of {at}"), lines);
                plan.confirm = Some(self.profile.name.clone());
                plan
            }
            Deed::DisableModule | Deed::EnableModule | Deed::Tune => {
                let planned = self.tuning_plan(deed, choice.as_deref())?;
                let mut lines: Vec<String> = planned.diff().lines().map(str::to_owned).collect();
                lines.extend(planned.already.iter().map(|what| format!("stays: {what}")));
                lines.extend(planned.problems.iter().map(|what| format!("left out: {what}")));
                if planned.changes.is_empty() {
                    lines.push("Nothing is to be changed.".into());
                }
                lines.push("The ecosystem reads it when it starts.".into());
                plan(planned.title, lines)
            }
            Deed::CleanUp => {
                let planned = self.cleanup()?.plan(scene.now())?;
                let bytes: u64 = planned.moves.iter().map(|one| one.bytes).sum();
                let title = match planned.moves.len() {
                    0 => "Nothing is old enough to be put aside".to_owned(),
                    1 => format!("Put one file aside, {}", words::bytes(bytes)),
                    many => format!("Put {many} files aside, {}", words::bytes(bytes)),
                };
                let mut lines: Vec<String> = planned
                    .moves
                    .iter()
                    .take(MOST)
                    .map(|one| format!("{}  {}", words::bytes(one.bytes), one.path.display()))
                    .collect();
                if planned.moves.len() > MOST {
                    lines.push(format!("and {} more", planned.moves.len() - MOST));
                }
                plan(title, lines)
            }
            Deed::DealWithErrors => {
                let count = scene.error_list()?.count;
                let title = match count {
                    0 => "There are no errors to put behind".to_owned(),
                    1 => "Put one error behind".to_owned(),
                    many => format!("Put {many} errors behind"),
                };
                plan(title, vec!["They stay in the log. The light counts what comes from now on.".into()])
            }
            Deed::SeeData => plan("Read every JSON file and every database".into(), Vec::new()),
            Deed::SeeLight => plan("Look until all is well, two minutes at most".into(), Vec::new()),
        })
    }

    /// Does it; `since` is when it was begun for the first time, where it was broken off then.
    pub(super) fn act(
        &self,
        deed: Deed,
        choice: Option<&str>,
        scene: &Scene<'_>,
        since: Option<Instant>,
        progress: &dyn Progress,
    ) -> Result<Done> {
        let now = scene.now();
        Ok(match deed {
            Deed::Start | Deed::Stop | Deed::Restart => {
                let process = self.process();
                let shown = process.shown()?;
                if let Some(said) = so_already(doing(deed), &shown) {
                    return Ok(Self::process_done(doing(deed), said, since));
                }
                let ran = shown.pid.is_some();
                // Its plan has said so if it was started often already.
                let said = process.act(doing(deed), true, progress)?;
                let undo = match deed {
                    Deed::Stop => Some(Undo::Start),
                    _ if ran => None,
                    _ => Some(Undo::Stop),
                };
                Done::well(said, undo)
            }
            Deed::KeepAside => {
                let kept = self.aside().keep(now, progress)?;
                let left = match kept.left.first() {
                    None => String::new(),
                    Some(first) => format!(" Not copied: {} things, such as {first}.", kept.left.len()),
                };
                let size = words::bytes(kept.bytes);
                let said = format!("{} files, {size}, are kept in {ASIDE}/{}.{left}", kept.files, kept.name);
                Done::well(said, Some(Undo::Aside(kept.name)))
            }
            Deed::Restore => {
                let id = chosen(choice, "there is no proven backup to bring back")?;
                let said = if self.restored_before(id, since)? {
                    "It was brought back before this was broken off.".to_owned()
                } else {
                    self.backups()?.restore(id, None, progress)?
                };
                Done::well(said, Some(Undo::Restore))
            }
            Deed::DisableModule | Deed::EnableModule | Deed::Tune => {
                let tuning = self.tuning();
                tuning.end_interrupted()?;
                let planned = self.tuning_plan(deed, choice)?;
                if planned.changes.is_empty() {
                    let undo = self.tuned_before(&planned, since)?;
                    return Ok(Done::well(format!("{}: it is so already.", planned.title), undo));
                }
                tuning.apply(&planned, now)?;
                let first = planned.changes.first().map(|one| format!("{} in {}", one.key, one.file));
                let said = match planned.changes.len() {
                    1 => format!("{}: {} was changed.", planned.title, first.unwrap_or_default()),
                    many => format!("{}: {many} values were changed.", planned.title),
                };
                Done::well(said, Some(Undo::Tuning(now)))
            }
            Deed::CleanUp => {
                let cleanup = self.cleanup()?;
                let plan = cleanup.plan(now)?;
                let done = cleanup.carry_out(&plan, now)?;
                let bytes: u64 = done.moved.iter().map(|one| one.bytes).sum();
                let before =
                    self.put_aside_before(since)?.into_iter().filter(|id| done.id.as_ref() != Some(id));
                let ids: Vec<String> = done.id.clone().into_iter().chain(before).collect();
                let said = match (done.moved.len(), ids.is_empty()) {
                    (0, true) => "Nothing was old enough to be put aside.".to_owned(),
                    (0, false) => "All of it was put aside before this was broken off.".to_owned(),
                    (many, _) => format!("{many} files were put aside, {}.", words::bytes(bytes)),
                };
                Done::well(said, (!ids.is_empty()).then_some(Undo::CleanUp(ids)))
            }
            Deed::DealWithErrors => {
                let count = scene.error_list()?.count;
                DealtErrors::new(self.state_dir, &self.profile.root).deal(now)?;
                Done::well(format!("{count} errors are behind; only newer ones count."), Some(Undo::Errors))
            }
            Deed::SeeData => {
                let found = soundness(self.profile, DATA_WITHIN, progress)?;
                let first = found.broken.first().map_or_else(String::new, |first| format!(" {first}"));
                Done { well: found.broken.is_empty(), said: format!("{}{first}", found.says()), undo: None }
            }
            Deed::SeeLight => self.see_light(scene.course, progress)?,
        })
    }

    /// Looks until what brought somebody here is well again, or for long enough.
    fn see_light(&self, course: Option<&Course>, progress: &dyn Progress) -> Result<Done> {
        progress.step("Looking whether all is well");
        let begun = Stopwatch::now();
        loop {
            progress.go_on()?;
            let verdict = (self.eyes.fresh)();
            let left = match (&verdict, course) {
                (None, _) => vec!["Nothing can be seen.".to_owned()],
                (Some(verdict), Some(course)) => still_bad(verdict, course)?,
                (Some(verdict), None) if verdict.light == Level::Green => Vec::new(),
                (Some(verdict), None) => vec![verdict.summary.clone()],
            };
            if left.is_empty() {
                let said = verdict.map(|verdict| verdict.summary).unwrap_or_default();
                return Ok(Done::well(format!("It is over. {said}"), None));
            }
            if begun.elapsed() >= WELL_WITHIN {
                let said = format!("After two minutes it is still so: {}", left.join(" "));
                return Ok(Done { well: false, said, undo: None });
            }
            std::thread::sleep(GLANCE);
        }
    }

    fn tuning_plan(&self, deed: Deed, choice: Option<&str>) -> Result<TuningPlan> {
        let tuning = self.tuning();
        match deed {
            Deed::DisableModule => {
                tuning.plan_disable(chosen(choice, "no module stands out, and none was named")?)
            }
            Deed::EnableModule => tuning.plan_enable(chosen(choice, "no module is switched off")?),
            _ => tuning.plan(chosen(choice, "no preset was named")?),
        }
    }

    pub(super) fn process(&self) -> ProcessCare {
        ProcessCare::new(Profile::clone(self.profile), self.state_dir, Arc::clone(self.clock), self.zone)
    }

    pub(super) fn backups(&self) -> Result<Backups> {
        Backups::new(Profile::clone(self.profile), self.state_dir, Arc::clone(self.clock), self.zone)
    }

    pub(super) fn tuning(&self) -> Tuning {
        Tuning::new(self.profile, self.state_dir)
    }

    pub(super) fn cleanup(&self) -> Result<Cleanup> {
        Cleanup::new(self.profile, self.home, self.zone)
    }

    pub(super) fn aside(&self) -> Aside {
        Aside::new(self.profile, self.zone)
    }
}

fn chosen<'c>(choice: Option<&'c str>, none: &str) -> Result<&'c str> {
    choice.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{none}; nothing was changed")))
}

/// What is not well yet of what brought somebody here, or of what the runbook is for.
fn still_bad(verdict: &Verdict, course: &Course) -> Result<Vec<String>> {
    let runbook = Runbook::find(&course.runbook)?;
    let now = bad_signals(runbook, verdict);
    let signals = verdict.signals.iter().filter(|signal| {
        signal.level == Level::Red && now.contains(&signal.id)
            || signal.level != Level::Green && course.bad.contains(&signal.id)
    });
    Ok(signals.map(|signal| signal.reason.clone()).collect())
}
