//! What is known of the ecosystem, for the proofs of checklists: the newest judgement, the record, reports, git.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{NaiveDate, TimeDelta};

use crate::backup::{AwayList, Catalogue, Shelf};
use crate::clock::{Instant, Zone};
use crate::judge::{Module, Signal, Verdict};
use crate::keeper::examiner;
use crate::keeper::reports::{ReportOfDay, ReportShown, ReportWord, Reports};
use crate::profile::AwaySettings;
use crate::routines::changes;
use crate::routines::evidence::{Changes, DrillKnown, ExaminedKnown, Known, ReportKnown, Trend};
use crate::signal::{Level, SignalId};
use crate::store::{EcosystemId, Store};

/// The point of a drill that is about the key of what is sealed.
const KEY: &str = "key";

/// What git said is believed for so long.
const CHANGES_KEPT: TimeDelta = TimeDelta::minutes(10);

/// What git said last, by the number of days.
#[derive(Default)]
pub struct ChangesKept(Mutex<BTreeMap<u32, Said>>);

/// When git was asked, and what it said.
type Said = (Instant, Result<Changes, String>);

/// What is known now.
pub struct KnownNow<'a> {
    pub now: Instant,
    pub zone: Zone,
    pub verdict: Option<&'a Verdict>,
    pub record: Option<(&'a Store, EcosystemId)>,
    pub reports: &'a Reports,
    pub root: &'a Path,
    pub changes: &'a ChangesKept,
    pub state_dir: &'a Path,
    /// The folder of the backups.
    pub backups: &'a Path,
    /// The place that is not on this machine.
    pub away: Option<&'a AwaySettings>,
    /// The list of backups, once it was asked for.
    pub catalogue: OnceCell<Option<Catalogue>>,
    /// Examinations that were asked for: twenty items ask for two.
    pub examined: RefCell<BTreeMap<String, Option<ExaminedKnown>>>,
    /// Reports that were asked for: several items ask for one, and each look goes through the folders.
    pub read: RefCell<BTreeMap<(String, NaiveDate), Option<ReportKnown>>>,
}

/// A report as checklists see it.
fn report_known(report: &ReportOfDay, zone: Zone) -> ReportKnown {
    let ReportShown { row, text, figures, findings, .. } = &report.shown;
    let at = |instant: Instant| zone.local(instant).format("%H:%M").to_string();
    let level = match row.state {
        ReportWord::Arrived | ReportWord::ArrivedLate | ReportWord::Writing => Some(Level::Green),
        ReportWord::Late | ReportWord::Empty => Some(Level::Yellow),
        ReportWord::Missing => Some(Level::Red),
        ReportWord::Unknown => Some(Level::Unknown),
        ReportWord::Due | ReportWord::Excused => None,
    };
    let is_there = matches!(
        row.state,
        ReportWord::Arrived | ReportWord::ArrivedLate | ReportWord::Writing | ReportWord::Empty
    );
    let says = match (row.state, row.arrived_at) {
        (ReportWord::Arrived | ReportWord::Writing, Some(arrived)) => format!("arrived {}", at(arrived)),
        (ReportWord::ArrivedLate, Some(arrived)) => format!("arrived late, {}", at(arrived)),
        (ReportWord::Due, _) => match row.due_at {
            Some(due) => format!("not there yet, due {}", at(due)),
            None => "not there yet".into(),
        },
        (state, _) if row.why.is_empty() => state.says().into(),
        _ => row.why.trim_end_matches('.').to_owned(),
    };
    ReportKnown {
        arrived_at: row.arrived_at.filter(|_| is_there),
        is_awaited: matches!(row.state, ReportWord::Due | ReportWord::Excused),
        level,
        says,
        file: Path::new(&row.path)
            .file_name()
            .map_or_else(|| row.path.clone(), |name| name.to_string_lossy().into_owned()),
        figures: figures.iter().map(|figure| (figure.label.to_lowercase(), figure.says.clone())).collect(),
        lines: text.lines().take(MOST_LINES).map(str::to_owned).collect(),
        findings: findings.iter().map(|finding| finding.text.clone()).collect(),
        reviewed_at: row.reviewed_at,
    }
}

/// A report of a kind that was not due on its day, or is not yet.
fn not_there_yet(day: NaiveDate) -> ReportKnown {
    ReportKnown {
        is_awaited: true,
        says: format!("not there yet for {day}"),
        file: "measured".into(),
        ..ReportKnown::default()
    }
}

/// Lines of a report that checklists look through.
const MOST_LINES: usize = 2_000;

impl KnownNow<'_> {
    /// The mean of a signal from `since` to `until`, from the record by the hour.
    #[allow(clippy::cast_precision_loss, reason = "a mean of some hundreds of hours")]
    fn mean(&self, id: SignalId, since: Instant, until: Instant) -> Option<f64> {
        let (store, ecosystem) = self.record?;
        let hour = std::time::Duration::from_secs(3_600);
        let points = store
            .series(ecosystem, id, since, until, hour)
            .inspect_err(|error| tracing::warn!(%error, %id, "the record was not read"))
            .ok()?;
        let means: Vec<f64> = points.iter().filter_map(|point| point.mean).collect();
        (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)
    }
}

impl KnownNow<'_> {
    /// Whether a copy of the key was seen to open what was sealed and sent away.
    fn key_known(&self) -> DrillKnown {
        let known = |at: Instant, says: &str, ok: Option<bool>| DrillKnown {
            at,
            points: vec![(KEY.to_owned(), says.to_owned(), ok)],
        };
        let Some(settings) = self.away.filter(|settings| settings.seal.is_some()) else {
            return known(self.now, "nothing is sealed, so that no key is needed", Some(true));
        };
        match AwayList::load(self.state_dir, self.root, &settings.place()).map(|list| list.key_opened) {
            Ok(Some(at)) => known(at, "the copy of the key opened what lies away", Some(true)),
            Ok(None) => known(self.now, "no copy of the key was tried yet", None),
            Err(error) => known(self.now, &error.message, None),
        }
    }
}

impl Known for KnownNow<'_> {
    fn now(&self) -> Instant {
        self.now
    }

    fn signal(&self, id: SignalId) -> Option<&Signal> {
        self.verdict?.signals.iter().find(|signal| signal.id == id)
    }

    fn modules(&self) -> &[Module] {
        self.verdict.map(|verdict| verdict.modules.as_slice()).unwrap_or_default()
    }

    fn uptime(&self) -> Option<f64> {
        self.signal(SignalId::ProcessUptime)?.value
    }

    fn trend(&self, id: SignalId, days: u32) -> Option<Trend> {
        let span = TimeDelta::days(i64::from(days));
        let mean = self.mean(id, self.now - span, self.now)?;
        Some(Trend { mean, before: self.mean(id, self.now - span * 2, self.now - span) })
    }

    fn report(&self, kind: &str, day: NaiveDate) -> Option<ReportKnown> {
        let asked = (kind.to_owned(), day);
        if let Some(known) = self.read.borrow().get(&asked) {
            return known.clone();
        }
        let known = self
            .reports
            .of_day(kind, day)
            .map(|report| report_known(&report, self.zone))
            .or_else(|| self.reports.has_kind(kind).then(|| not_there_yet(day)));
        self.read.borrow_mut().insert(asked, known.clone());
        known
    }

    fn newest_report(&self, kind: &str, since: NaiveDate, until: NaiveDate) -> Option<NaiveDate> {
        self.reports.newest_between(kind, since, until)
    }

    fn drilled(&self, point: &str) -> Option<DrillKnown> {
        if point == KEY {
            return Some(self.key_known());
        }
        let catalogue = self.catalogue.get_or_init(|| {
            Catalogue::load(self.state_dir, self.root, &Shelf::new(self.backups))
                .inspect_err(|error| tracing::warn!(%error, "the backups were not looked at"))
                .ok()
        });
        let drills = catalogue.as_ref()?.records().iter().filter_map(|record| record.drill_verified.clone());
        let last = drills.max_by_key(|drill| drill.at)?;
        let points = last.points.into_iter().map(|point| (point.id, point.text, point.ok)).collect();
        Some(DrillKnown { at: last.at, points })
    }

    fn examined(&self, kind: &str) -> Option<ExaminedKnown> {
        if let Some(known) = self.examined.borrow().get(kind) {
            return known.clone();
        }
        let known = self.record.and_then(|(store, ecosystem)| examiner::known(store, ecosystem, kind));
        self.examined.borrow_mut().insert(kind.to_owned(), known.clone());
        known
    }

    fn changes(&self, days: u32) -> Result<Changes, String> {
        let fresh = |at: &Instant| self.now >= *at && self.now - *at < CHANGES_KEPT;
        let mut kept = self.changes.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, said)) = kept.get(&days)
            && fresh(at)
        {
            return said.clone();
        }
        let said = changes::ask(self.root, days);
        kept.insert(days, (self.now, said.clone()));
        said
    }
}
