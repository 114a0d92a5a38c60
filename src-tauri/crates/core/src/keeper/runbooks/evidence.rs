//! What speaks for a step, gathered at the moment: the process, the machine, the log, the modules, the data, the backups.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::backup::{Desk, Record};
use crate::clock::{Clock, Instant, Zone};
use crate::judge::{Module, Signal, Verdict, words};
use crate::keeper::errors::DealtErrors;
use crate::keeper::process::ProcessCare;
use crate::observe::logs::{self, ErrorList};
use crate::observe::process::heaviest;
use crate::profile::Profile;
use crate::program::clean;
use crate::progress::Unwatched;
use crate::signal::{Level, SignalId};
use crate::upkeep::{Clue, Course, Runbook, Step, StepEvidence, soundness, space};

/// Lines, programs, folders that are shown of each.
const MOST: usize = 12;
/// Bytes of the end of a log that are read.
const END: u64 = 64 * 1024;
/// The longest line that is shown, in characters.
const LONGEST: usize = 400;
/// Error records that are read.
const MOST_ERRORS: usize = 200;
/// How long the data is looked through while somebody waits for the page.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known of the ecosystem just now.
pub(super) struct Scene<'s> {
    pub profile: &'s Arc<Profile>,
    pub state_dir: &'s Path,
    pub clock: &'s Arc<dyn Clock>,
    pub zone: Zone,
    pub verdict: Option<&'s Verdict>,
    pub course: Option<&'s Course>,
}

impl Scene<'_> {
    /// The present.
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What speaks for a step now.
    pub(super) fn evidence(&self, step: &Step) -> Vec<StepEvidence> {
        step.evidence.iter().flat_map(|clue| self.gather(*clue)).collect()
    }

    fn gather(&self, clue: Clue) -> Vec<StepEvidence> {
        match clue {
            Clue::Process => vec![self.process()],
            Clue::Vitals => self.signals(&[SignalId::ProcessCpu, SignalId::ProcessMemory]),
            Clue::Machine => self.signals(&[SignalId::MachineCpu, SignalId::MachineMemory]),
            Clue::Disk => self.signals(&[SignalId::DiskFree]),
            Clue::Busiest => vec![self.busiest()],
            Clue::Sizes => {
                let mut found = self.signals(&[SignalId::DataSize, SignalId::LogsSize]);
                found.push(self.largest());
                found
            }
            Clue::LogEnd => vec![self.log_end()],
            Clue::Errors => vec![self.errors()],
            Clue::ModuleLog => vec![self.module_log()],
            Clue::Modules => self.modules(),
            Clue::Reports => self.reports(),
            Clue::StateFile => {
                let mut found = self.signals(&[SignalId::StateAge]);
                let contradictions =
                    self.verdict.map(|verdict| verdict.contradictions.as_slice()).unwrap_or_default();
                found.extend(
                    contradictions
                        .iter()
                        .map(|text| self.seen(Some(Level::Yellow), text.clone(), Vec::new())),
                );
                found
            }
            Clue::BrokenData => vec![self.broken_data()],
            Clue::Backups => vec![self.backups()],
        }
    }

    fn seen(&self, level: Option<Level>, text: impl Into<String>, details: Vec<String>) -> StepEvidence {
        let details = details.into_iter().map(|line| clean(&line, LONGEST)).collect();
        StepEvidence { text: clean(&text.into(), LONGEST), level, details, at: self.now() }
    }

    fn unknown(&self, what: &str, why: &dyn std::fmt::Display) -> StepEvidence {
        self.seen(Some(Level::Unknown), format!("{what}: {why}"), Vec::new())
    }

    /// A signal of the newest judgement.
    pub(super) fn signal(&self, id: SignalId) -> Option<&Signal> {
        self.verdict?.signals.iter().find(|signal| signal.id == id)
    }

    fn signals(&self, ids: &[SignalId]) -> Vec<StepEvidence> {
        let found = ids.iter().filter_map(|id| self.signal(*id));
        let one = |signal: &Signal| StepEvidence {
            text: if signal.reason.is_empty() {
                format!("{}: {}", signal.label, signal.text)
            } else {
                clean(&signal.reason, LONGEST)
            },
            level: Some(signal.level),
            details: Vec::new(),
            at: signal.observed_at.unwrap_or_else(|| self.now()),
        };
        found.map(one).collect()
    }

    fn process(&self) -> StepEvidence {
        let care =
            ProcessCare::new(Profile::clone(self.profile), self.state_dir, Arc::clone(self.clock), self.zone);
        let shown = match care.shown() {
            Ok(shown) => shown,
            Err(error) => return self.unknown("The process", &error),
        };
        let lately = match shown.starts_lately {
            0 => String::new(),
            1 => " It was started once in the last ten minutes.".into(),
            many => format!(" It was started {many} times in the last ten minutes."),
        };
        match (shown.pid, shown.started_at) {
            (Some(pid), Some(since)) => {
                let since = words::moment(since, self.now(), self.zone);
                let level = if shown.twins.is_empty() { Level::Green } else { Level::Yellow };
                let twins = if shown.twins.is_empty() { "" } else { " Others of its kind run beside it." };
                let text = format!("Process {pid} runs since {since} ({}).{twins}{lately}", shown.state);
                self.seen(Some(level), text, vec![shown.command.join(" ")])
            }
            _ => self.seen(Some(Level::Red), format!("It does not run.{lately}"), Vec::new()),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "seconds of CPU are far below 2^52")]
    fn busiest(&self) -> StepEvidence {
        let heavy = heaviest(MOST);
        let line = |one: &crate::observe::process::HeavyProcess| {
            let cpu = words::span(one.cpu_seconds as f64);
            format!(
                "{} (process {}): {} of memory, {cpu} of CPU so far",
                one.name,
                one.pid,
                words::bytes(one.memory)
            )
        };
        match heavy.first() {
            None => self.unknown("The programs of this machine", &"they cannot be listed"),
            Some(first) => {
                let text = format!("{} holds most memory: {}.", first.name, words::bytes(first.memory));
                self.seen(None, text, heavy.iter().map(line).collect())
            }
        }
    }

    fn largest(&self) -> StepEvidence {
        match space(&self.profile.data_dir) {
            Err(error) => self.unknown("What takes space", &error),
            Ok(space) => {
                let text = format!(
                    "{} in the data folder, in {} files.",
                    words::bytes(space.taken.bytes),
                    space.taken.files
                );
                let rows = space.entries.iter().take(MOST);
                self.seen(
                    None,
                    text,
                    rows.map(|row| format!("{}  {}", words::bytes(row.taken.bytes), row.name)).collect(),
                )
            }
        }
    }

    fn log_end(&self) -> StepEvidence {
        let Some(log) = self.profile.logs.first() else {
            return self.seen(None, "The profile names no log.", Vec::new());
        };
        let name = log.path.strip_prefix(&self.profile.root).unwrap_or(&log.path).display().to_string();
        match end_of(&log.path) {
            Err(error) => self.unknown(&name, &error),
            Ok(lines) if lines.is_empty() => self.seen(None, format!("{name} is empty."), Vec::new()),
            Ok(lines) => self.seen(None, format!("The end of {name}:"), lines),
        }
    }

    /// The errors that count, with the newest records.
    pub(super) fn error_list(&self) -> crate::error::Result<ErrorList> {
        let now = self.now();
        let day = now - TimeDelta::hours(24);
        let dealt = DealtErrors::new(self.state_dir, &self.profile.root).until()?;
        let since = dealt.map_or(day, |dealt| dealt.max(day));
        logs::records(&self.profile.logs, self.zone, since, now, MOST_ERRORS)
    }

    fn errors(&self) -> StepEvidence {
        let list = match self.error_list() {
            Ok(list) => list,
            Err(error) => return self.unknown("The errors", &error),
        };
        let level = self.signal(SignalId::LogsErrors24h).map(|signal| signal.level);
        let mut modules: Vec<(&String, &u64)> = list.by_module.iter().collect();
        modules.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let text = match modules.first() {
            None => "No errors that count.".to_owned(),
            Some((module, count)) if **count == list.count => format!("{count} errors, all in {module}."),
            Some((module, count)) => format!("{} errors, most in {module} ({count}).", list.count),
        };
        self.seen(
            level,
            text,
            modules.iter().take(MOST).map(|(module, count)| format!("{count}  {module}")).collect(),
        )
    }

    /// The module at fault: the one that was chosen, else the one that says that it failed, else the one with most errors.
    pub(super) fn culprit(&self) -> Option<String> {
        let chosen =
            self.course.and_then(|course| course.marks.get("disable")).and_then(|mark| mark.choice.clone());
        let failed = |module: &&Module| module.status.as_deref() == Some("failed");
        let modules = self.verdict.map(|verdict| verdict.modules.as_slice()).unwrap_or_default();
        let worst = || {
            let list = self.error_list().ok()?;
            let known = list
                .by_module
                .iter()
                .filter(|(name, _)| self.profile.modules.iter().any(|m| m.name == **name));
            known.max_by_key(|(_, count)| **count).map(|(name, _)| name.clone())
        };
        chosen.or_else(|| modules.iter().find(failed).map(|module| module.name.clone())).or_else(worst)
    }

    fn module_log(&self) -> StepEvidence {
        let Some(module) = self.culprit() else {
            return self.seen(None, "No module stands out.", Vec::new());
        };
        let list = logs::records(
            &self.profile.logs,
            self.zone,
            self.now() - TimeDelta::hours(24),
            self.now(),
            MOST_ERRORS,
        );
        let list = match list {
            Ok(list) => list,
            Err(error) => return self.unknown(&module, &error),
        };
        let records: Vec<String> = list
            .records
            .iter()
            .rev()
            .filter(|record| record.module == module)
            .take(MOST)
            .map(|record| {
                let at = self.zone.local(record.at).format("%m-%d %H:%M:%S");
                format!("{at} {} {}", record.level, record.message.lines().next().unwrap_or_default())
            })
            .collect();
        match records.len() {
            0 => self.seen(None, format!("{module} logged no errors in 24 h."), Vec::new()),
            _ => self.seen(None, format!("What {module} logged last:"), records),
        }
    }

    fn modules(&self) -> Vec<StepEvidence> {
        let modules = self.verdict.map(|verdict| verdict.modules.as_slice()).unwrap_or_default();
        let unwell = modules.iter().filter(|module| module.level >= Level::Yellow);
        unwell
            .map(|module| {
                self.seen(Some(module.level), format!("{}: {}", module.name, module.reason), Vec::new())
            })
            .collect()
    }

    fn reports(&self) -> Vec<StepEvidence> {
        let ids = [
            SignalId::ReportsMorning,
            SignalId::ReportsEvening,
            SignalId::ReportsDailySummary,
            SignalId::ReportsOther,
        ];
        self.signals(&ids)
            .into_iter()
            .filter(|seen| seen.level.is_some_and(|level| level >= Level::Yellow))
            .collect()
    }

    fn broken_data(&self) -> StepEvidence {
        match soundness(self.profile, PATIENCE, &Unwatched) {
            Err(error) => self.unknown("The data", &error),
            Ok(found) => {
                let level = match (found.broken.is_empty(), found.unknown.is_empty()) {
                    (false, _) => Level::Red,
                    (true, false) => Level::Unknown,
                    (true, true) => Level::Green,
                };
                let lines = found.broken.iter().chain(&found.unknown).take(MOST).cloned().collect();
                self.seen(Some(level), found.says(), lines)
            }
        }
    }

    /// Backups of which every byte was proven, newest first.
    pub(super) fn proven(&self) -> crate::error::Result<Vec<Record>> {
        let desk = Desk::new(self.profile, self.state_dir, self.zone)?;
        let mut proven: Vec<Record> =
            desk.catalogue()?.records().iter().filter(|record| record.is_proven()).cloned().collect();
        proven.sort_by_key(|record| std::cmp::Reverse(record.created_at));
        Ok(proven)
    }

    /// A backup in a few words.
    pub(super) fn named(&self, record: &Record) -> String {
        let at = words::moment(record.created_at, self.now(), self.zone);
        format!("{} of {at}, {} files, {}", record.kind, record.files, words::bytes(record.bytes))
    }

    fn backups(&self) -> StepEvidence {
        match self.proven() {
            Err(error) => self.unknown("The backups", &error),
            Ok(proven) => match proven.first() {
                None => self.seen(Some(Level::Red), "There is no proven backup.", Vec::new()),
                Some(newest) => {
                    let lines = proven.iter().take(MOST).map(|record| self.named(record)).collect();
                    self.seen(
                        Some(Level::Green),
                        format!("The newest proven backup: {}.", self.named(newest)),
                        lines,
                    )
                }
            },
        }
    }
}

/// The last lines of a log; what is not text shows as such.
fn end_of(path: &Path) -> crate::error::Result<Vec<String>> {
    let (_, end) = crate::fsio::read_end(path, 0, END)?;
    let text = String::from_utf8_lossy(&end);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    Ok(lines.iter().skip(lines.len().saturating_sub(MOST)).map(|line| (*line).to_owned()).collect())
}

/// Those of a runbook's signals that are not well.
pub(super) fn bad_signals(runbook: &Runbook, verdict: &Verdict) -> Vec<SignalId> {
    let bad = |id: SignalId, level| {
        level >= Level::Yellow || (level == Level::Unknown && verdict.cause == Some(id))
    };
    let signals = verdict.signals.iter().filter(|signal| runbook.signals.contains(&signal.id));
    signals.filter(|signal| bad(signal.id, signal.level)).map(|signal| signal.id).collect()
}
