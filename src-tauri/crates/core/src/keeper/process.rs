//! The ecosystem's process for whoever shows it: started, stopped and started anew, as a plan first.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::words;
use crate::keeper::journal::Journal;
use crate::profile::Profile;
use crate::progress::Progress;
use crate::store::Entered;
use crate::upkeep::{Control, Stopped};

/// After so many starts in so long a time something else is wrong, and one more would not help.
const STARTS: usize = 3;
const LATELY: TimeDelta = TimeDelta::minutes(10);

/// What can be done with the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Doing {
    /// It is started, and watched whether it stays.
    Start,
    /// It is asked to end, and killed if it does not.
    Stop,
    /// Both.
    Restart,
}

/// The process as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProcessShown {
    /// Its number; `None` where it does not run.
    pub pid: Option<u32>,
    /// Since when.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub started_at: Option<Instant>,
    /// Its program and arguments.
    pub command: Vec<String>,
    /// `running`, `sleeping`, …; `gone` where it does not run.
    pub state: String,
    /// Its children.
    pub children: Vec<u32>,
    /// Others of the same kind that run beside it.
    pub twins: Vec<u32>,
    /// What starts it: a program with its arguments, or launchd; empty where nobody knows.
    pub starts_by: Vec<String>,
    /// The agent of launchd that runs it.
    pub agent: Option<String>,
    /// How often it was started in the last ten minutes.
    pub starts_lately: usize,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProcessPlan {
    /// In one sentence.
    pub title: String,
    /// Step by step.
    pub steps: Vec<String>,
    /// Why it should not be done now; it can be done all the same.
    pub warning: Option<String>,
}

/// The process of one ecosystem.
pub struct ProcessCare {
    control: Control,
    journal: Journal,
    profile: Arc<Profile>,
    clock: Arc<dyn Clock>,
    zone: Zone,
}

impl ProcessCare {
    /// The process of `profile`.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Self {
        let profile = Arc::new(profile);
        Self {
            control: Control::new(Arc::clone(&profile), Arc::clone(&clock), state_dir),
            journal: Journal::new(state_dir, &profile.root),
            profile,
            clock,
            zone,
        }
    }

    /// How it is now.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn shown(&self) -> Result<ProcessShown> {
        let agent = self.control.agent()?;
        let starts_by = match &agent {
            Some(agent) => vec!["launchctl".into(), "kickstart".into(), agent.label.clone()],
            None => self.profile.process.start.clone(),
        };
        let mut shown = ProcessShown {
            pid: None,
            started_at: None,
            command: Vec::new(),
            state: "gone".into(),
            children: Vec::new(),
            twins: Vec::new(),
            starts_by,
            agent: agent.map(|agent| agent.label),
            starts_lately: self.starts_lately()?,
        };
        if let Some(tree) = self.control.look()? {
            shown.pid = Some(tree.pid);
            shown.started_at = Some(tree.started_at);
            shown.command = tree.command;
            shown.state = tree.run_state;
            shown.children = tree.children;
            shown.twins = tree.twins;
        }
        Ok(shown)
    }

    /// What would be done; changes nothing.
    ///
    /// # Errors
    /// When there is nothing to be done: it runs already, or does not run; when nobody knows how to start it.
    pub fn plan(&self, doing: Doing) -> Result<ProcessPlan> {
        let now = self.shown()?;
        let name = &self.profile.name;
        let already =
            |what: &str| Error::new(ErrorKind::Busy, format!("“{name}” {what}; nothing was changed"));
        let mut steps = Vec::new();
        if let (Doing::Stop | Doing::Restart, Some(pid)) = (doing, now.pid) {
            if !now.twins.is_empty() {
                return Err(already("runs several times at once").hint("End all but one by hand."));
            }
            let since = now.started_at.map_or_else(String::new, |at| {
                format!(", which runs since {}", self.zone.local(at).format("%Y-%m-%d %H:%M:%S"))
            });
            if let Some(agent) = &now.agent {
                steps.push(format!("Have launchd leave {agent} alone, so that it does not start it again"));
            }
            let children = match now.children.len() {
                0 => String::new(),
                1 => " and its child".into(),
                many => format!(" and its {many} children"),
            };
            steps.push(format!("Ask process {pid}{children} to end{since}"));
            steps.push("Wait up to 15 s, so that it can save its state; then kill it".into());
        }
        if doing == Doing::Stop && now.pid.is_none() {
            return Err(already("does not run"));
        }
        if doing == Doing::Start
            && let Some(pid) = now.pid
        {
            return Err(already(&format!("runs already, as process {pid}")));
        }
        if doing != Doing::Stop {
            if now.starts_by.is_empty() {
                return Err(Error::new(ErrorKind::Usage, "the profile names no program that starts it")
                    .hint("Set process.start in the profile; nothing was changed."));
            }
            steps.push(format!("Start it: {}", now.starts_by.join(" ")));
            steps.push(match now.agent {
                Some(_) => "See that it is there and stays for 4 s".to_owned(),
                None => format!(
                    "See that it is there and stays for 4 s; what it prints goes to {}",
                    self.profile.logs_dir.join("stdout.log").display()
                ),
            });
        }
        let warning = (doing != Doing::Stop && now.starts_lately >= STARTS).then(|| {
            let times = now.starts_lately;
            format!(
                "It was started {times} times in the last ten minutes: find out first why it does not stay."
            )
        });
        let title = match (doing, now.pid) {
            (Doing::Start, _) => format!("Start “{name}”"),
            (Doing::Stop, _) => format!("Stop “{name}”"),
            (Doing::Restart, Some(_)) => format!("Stop “{name}” and start it again"),
            (Doing::Restart, None) => format!("Start “{name}”, which does not run"),
        };
        Ok(ProcessPlan { title, steps, warning })
    }

    /// Does it; what was done, in words. `again` starts it although that did not help lately.
    ///
    /// # Errors
    /// As [`ProcessCare::plan`], [`Control::stop`] and [`Control::start_and_watch`]; `Denied` where it was started often enough.
    pub fn act(&self, doing: Doing, again: bool, progress: &dyn Progress) -> Result<String> {
        let plan = self.plan(doing)?;
        if let Some(warning) = plan.warning.filter(|_| !again) {
            return Err(Error::new(ErrorKind::Denied, warning)
                .hint("Say so if it is to be started all the same (--again)."));
        }
        let stopped = match doing {
            Doing::Start => Stopped::WasNot,
            Doing::Stop | Doing::Restart => {
                progress.step("Waiting for it to end");
                if doing == Doing::Stop {
                    self.control.stop_to_stay(progress)?
                } else {
                    self.control.stop(progress)?
                }
            }
        };
        let ended = match &stopped {
            Stopped::WasNot => String::new(),
            Stopped::Ended(pid) => format!("Process {pid} has ended. "),
            Stopped::Killed(pid) => format!("Process {pid} did not end and was killed. "),
        };
        if doing == Doing::Stop {
            let said = ended.trim_end().to_owned();
            self.enter(Entered::Stop, said.clone());
            return Ok(said);
        }
        let begun = std::time::Instant::now();
        match self.control.start_and_watch(progress) {
            Ok(pid) => {
                let said = format!(
                    "{ended}It runs as process {pid}, for {} so far.",
                    words::span(begun.elapsed().as_secs_f64())
                );
                self.enter(Entered::Start, said.clone());
                Ok(said)
            }
            Err(mut error) => {
                self.enter(Entered::Start, format!("{ended}It did not start: {error}."));
                error.message = format!("{ended}It did not start: {}", error.message);
                Err(error)
            }
        }
    }

    fn enter(&self, kind: Entered, text: String) {
        self.journal.note_done(self.clock.now(), kind, text, None);
    }

    fn starts_lately(&self) -> Result<usize> {
        let since = self.clock.now() - LATELY;
        Ok(self.journal.entries(since, "")?.iter().filter(|entry| entry.kind == Entered::Start).count())
    }
}
