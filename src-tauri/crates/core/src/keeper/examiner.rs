//! Verification and audit for whoever shows them: made anew, kept, and what they found followed until it is gone.

mod record;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use self::record::known;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Verdict;
use crate::keeper::journal::Journal;
use crate::observe::{ProcessSeen, process};
use crate::profile::Profile;
use crate::progress::Progress;
use crate::store::{EcosystemId, Entered, Store};
use crate::upkeep::{
    Accepted, Check, ExaminationKind, Finding, KnownOfIt, LeftOut, Settled, Severity, examine,
};

/// Of a kept examination so many places of a check stay.
const KEPT_PLACES: usize = 10;
/// Characters of a reason.
const LONGEST_REASON: usize = 500;

/// What came of an examination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Examined {
    /// When it was made.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// Which of the two.
    pub kind: ExaminationKind,
    /// Every check, by area in the manual's order, what is worst of an area first.
    pub checks: Vec<Check>,
    /// What is open of its findings, with those that it closed.
    pub findings: Vec<FindingShown>,
    /// How long it took.
    pub seconds: f64,
    /// What was not looked into, and how much of it.
    pub left_out: Vec<LeftOut>,
    /// Why its findings could not be written down, where they could not.
    pub unwritten: Option<String>,
}

impl Examined {
    /// Whether something examined is bad that nobody accepted.
    pub fn is_bad(&self) -> bool {
        let accepted = |id: &str| self.findings.iter().any(|one| one.id == id && one.accepted.is_some());
        self.checks.iter().any(|check| check.ok == Some(false) && !accepted(&check.id))
    }
}

/// A finding as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FindingShown {
    /// The check that failed.
    pub id: String,
    /// Of which examination.
    pub kind: ExaminationKind,
    /// Of which of its areas.
    pub area: String,
    /// How bad it is.
    pub severity: Severity,
    /// When it was found.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub opened_at: Instant,
    /// When it was seen last.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub seen_at: Instant,
    /// Until when it is to be mended; `None` where nothing presses.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub due_by: Option<Instant>,
    /// Whether that is past, and nobody accepted it.
    pub overdue: bool,
    /// When it was found right.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub closed_at: Option<Instant>,
    /// Somebody wants it so.
    pub accepted: Option<Accepted>,
    /// What is wrong.
    pub text: String,
    /// What to do.
    pub remedy: String,
}

impl FindingShown {
    fn of(finding: &Finding, now: Instant) -> Self {
        let due_by = finding.due_by();
        let overdue = finding.is_overdue(now);
        let Finding {
            id, kind, area, severity, text, remedy, opened_at, seen_at, closed_at, accepted, ..
        } = finding.clone();
        Self {
            id,
            kind,
            area,
            severity,
            opened_at,
            seen_at,
            due_by,
            overdue,
            closed_at,
            accepted,
            text,
            remedy,
        }
    }
}

/// Examines one ecosystem.
pub struct Examiner {
    profile: Arc<Profile>,
    state_dir: PathBuf,
    clock: Arc<dyn Clock>,
    zone: Zone,
    verdict: Option<Verdict>,
}

impl Examiner {
    /// An examiner of what `profile` describes, with what Caretaker wrote into `state_dir`.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Self {
        Self { profile: Arc::new(profile), state_dir: state_dir.to_owned(), clock, zone, verdict: None }
    }

    /// The same with the newest judgement; without one, what a judgement tells is unknown.
    #[must_use]
    pub fn judged(mut self, verdict: Option<Verdict>) -> Self {
        self.verdict = verdict;
        self
    }

    /// Verifies it in the manual's ten categories.
    ///
    /// # Errors
    /// When its folder cannot be opened, or a person asked to stop.
    pub fn verify(&self, progress: &dyn Progress) -> Result<Examined> {
        self.examine(ExaminationKind::Verification, progress)
    }

    /// Audits it in the manual's ten areas.
    ///
    /// # Errors
    /// When its folder cannot be opened, or a person asked to stop.
    pub fn audit(&self, progress: &dyn Progress) -> Result<Examined> {
        self.examine(ExaminationKind::Audit, progress)
    }

    /// Looks for secrets only, and writes nothing down: what an audit finds is followed, what this finds is shown.
    ///
    /// # Errors
    /// When its folder cannot be opened, or a person asked to stop.
    pub fn secrets(&self, progress: &dyn Progress) -> Result<Examined> {
        let mut examined = self.look(ExaminationKind::Audit, true, progress)?;
        examined.findings = self.findings().unwrap_or_default();
        examined.findings.retain(|one| examined.checks.iter().any(|check| check.id == one.id));
        Ok(examined)
    }

    fn examine(&self, kind: ExaminationKind, progress: &dyn Progress) -> Result<Examined> {
        let begun = std::time::Instant::now();
        let mut examined = self.look(kind, false, progress)?;
        match self.settle(&examined) {
            Ok(findings) => examined.findings = findings,
            Err(error) => examined.unwritten = Some(error.to_string()),
        }
        examined.seconds = begun.elapsed().as_secs_f64();
        if examined.unwritten.is_none()
            && let Err(error) = self.keep(&examined)
        {
            examined.unwritten = Some(error.to_string());
        }
        Ok(examined)
    }

    fn look(&self, kind: ExaminationKind, only_secrets: bool, progress: &dyn Progress) -> Result<Examined> {
        let (now, begun) = (self.clock.now(), std::time::Instant::now());
        // What is not asked for is not looked at.
        let record = if only_secrets { None } else { self.record() };
        let seen = if only_secrets {
            Err("it was not looked for".to_owned())
        } else {
            process::ProcessSensor::new(self.profile.process.clone(), &self.profile.sampling).look(now)
        };
        let known = KnownOfIt {
            only_secrets,
            profile: &self.profile,
            now,
            zone: self.zone,
            state_dir: &self.state_dir,
            verdict: self.verdict.as_ref(),
            process: seen.map(|seen| match seen {
                ProcessSeen::Running(tree) => Some(tree),
                ProcessSeen::Gone => None,
            }),
            restarts: record.as_ref().and_then(|(store, of)| record::restarts(store, *of, now)),
            log_growth: record.as_ref().and_then(|(store, of)| record::growth(store, *of, now)),
            audit: record.as_ref().and_then(|(store, of)| record::last_audit(store, *of, now)),
        };
        drop(record);
        let outcome = examine(kind, &known, progress)?;
        Ok(Examined {
            at: now,
            kind,
            checks: outcome.checks,
            findings: Vec::new(),
            seconds: begun.elapsed().as_secs_f64(),
            left_out: outcome.left_out,
            unwritten: None,
        })
    }

    /// The newest examination of a kind, with its findings as they stand now; `None` where there was none.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn last(&self, kind: ExaminationKind) -> Result<Option<Examined>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        let Some(of) = store.find_ecosystem(&self.profile.root)? else { return Ok(None) };
        let Some(mut examined) = record::kept(&store, of, kind)? else { return Ok(None) };
        let now = self.clock.now();
        let open = store.open_findings(of)?;
        examined.findings =
            open.iter().filter(|one| one.kind == kind).map(|one| FindingShown::of(one, now)).collect();
        Ok(Some(examined))
    }

    /// What is open, what presses first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn findings(&self) -> Result<Vec<FindingShown>> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(Vec::new()) };
        let Some(of) = store.find_ecosystem(&self.profile.root)? else { return Ok(Vec::new()) };
        let now = self.clock.now();
        let mut all: Vec<FindingShown> =
            store.open_findings(of)?.iter().map(|one| FindingShown::of(one, now)).collect();
        all.sort_by(|one, two| {
            let order = |one: &FindingShown| (one.accepted.is_some(), one.severity, one.due_by);
            (order(one), &one.id).cmp(&(order(two), &two.id))
        });
        Ok(all)
    }

    /// Lets the open finding `id` stay, with the reason why.
    ///
    /// # Errors
    /// When there is no such finding, no reason is given, or the record cannot be written.
    pub fn accept(&self, id: &str, reason: &str) -> Result<FindingShown> {
        let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
        if reason.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "a reason is needed: it says why this may stay"));
        }
        let accepted = Accepted { at: self.clock.now(), reason: reason.clone() };
        let shown = self.change(id, |finding| finding.accepted = Some(accepted))?;
        self.enter(Entered::Finding, format!("Accepted: {reason}"), id);
        Ok(shown)
    }

    /// Takes it back that the finding `id` may stay.
    ///
    /// # Errors
    /// When there is no such finding, nobody accepted it, or the record cannot be written.
    pub fn reopen(&self, id: &str) -> Result<FindingShown> {
        let is_accepted = self.findings()?.iter().any(|one| one.id == id && one.accepted.is_some());
        let shown = self.change(id, |finding| finding.accepted = None)?;
        if !is_accepted {
            return Err(Error::new(ErrorKind::Usage, format!("nobody accepted “{id}”: it is open")));
        }
        self.enter(Entered::Finding, "It is not accepted any more.".into(), id);
        Ok(shown)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Finding)) -> Result<FindingShown> {
        let mut store = Store::open(&self.state_dir)?.store;
        let of = store.ecosystem(&self.profile.root)?;
        let finding = store.change_finding(of, id, change)?;
        Ok(FindingShown::of(&finding, self.clock.now()))
    }

    fn enter(&self, kind: Entered, text: String, id: &str) {
        let journal = Journal::new(&self.state_dir, &self.profile.root);
        journal.note_done(self.clock.now(), kind, text, Some(id.to_owned()));
    }

    /// Writes the findings down, and what became of them into the journal.
    fn settle(&self, examined: &Examined) -> Result<Vec<FindingShown>> {
        let mut store = Store::open(&self.state_dir)?.store;
        let of = store.ecosystem(&self.profile.root)?;
        let Settled { findings, opened, grown } =
            store.settle_findings(of, examined.kind, &examined.checks, examined.at)?;
        drop(store);
        for finding in &findings {
            let severity = finding.severity.word();
            if opened.contains(&finding.id) {
                self.enter(Entered::Finding, format!("Found, {severity}: {}", finding.text), &finding.id);
            } else if grown.contains(&finding.id) {
                let text = format!("There is more of what was accepted, {severity}: {}", finding.text);
                self.enter(Entered::Finding, text, &finding.id);
            } else if finding.closed_at.is_some() {
                self.enter(Entered::Mended, "It is as it should be again.".into(), &finding.id);
            }
        }
        Ok(findings.iter().map(|finding| FindingShown::of(finding, examined.at)).collect())
    }

    /// Keeps it until the next one, with fewer places.
    fn keep(&self, examined: &Examined) -> Result<()> {
        let mut kept = Examined { findings: Vec::new(), ..examined.clone() };
        for check in &mut kept.checks {
            check.more += check.places.len().saturating_sub(KEPT_PLACES) as u64;
            check.places.truncate(KEPT_PLACES);
        }
        let body = serde_json::to_string(&kept).map_err(|error| {
            Error::new(ErrorKind::System, "the examination cannot be written down").because(error)
        })?;
        let mut store = Store::open(&self.state_dir)?.store;
        let of = store.ecosystem(&self.profile.root)?;
        store.set_notes(of, &[(&record::key(examined.kind), &body)])
    }

    /// What was written down so far; what cannot be read makes some checks unknown, and no more.
    fn record(&self) -> Option<(Store, EcosystemId)> {
        let store = Store::open_read_only(&self.state_dir)
            .inspect_err(|error| tracing::warn!(%error, "the record was not read"))
            .ok()??;
        let of = store.find_ecosystem(&self.profile.root).ok()??;
        Some((store, of))
    }
}
