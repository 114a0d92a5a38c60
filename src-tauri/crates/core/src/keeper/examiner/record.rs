//! What the record tells an examiner: how often the process was gone, how fast logs grow, what was examined last.

use std::time::Duration;

use chrono::TimeDelta;

use super::Examined;
use crate::clock::Instant;
use crate::error::Result;
use crate::routines::evidence::{ExaminedCheck, ExaminedKnown};
use crate::signal::{Level, SignalId};
use crate::store::{EcosystemId, Entered, Point, Store};
use crate::upkeep::{AuditKnown, Check, ExaminationKind, Restarts, Severity};

/// The record is looked back on so far.
const LOOK_BACK: TimeDelta = TimeDelta::days(7);
/// How fast logs grow is told from so much of it at least.
const LEAST_GROWTH: TimeDelta = TimeDelta::days(1);
/// A start so long after a person's own is that one.
const OWN: TimeDelta = TimeDelta::minutes(15);
/// Two days of the record are this fine.
const FINE: Duration = Duration::from_secs(30);

/// When the process was started without a person's doing: its uptime fell.
pub(super) fn restarts(store: &Store, of: EcosystemId, now: Instant) -> Option<Restarts> {
    let since = now - LOOK_BACK;
    let points = store.series(of, SignalId::ProcessUptime, since, now, FINE).ok()?;
    let first =
        store.series(of, SignalId::ProcessState, since, now, Duration::from_secs(3_600)).ok()?.first()?.at;
    let own: Vec<Instant> = store
        .journal_since(of, since, 10_000)
        .ok()?
        .into_iter()
        .filter(|entry| {
            matches!(entry.kind, Entered::Start | Entered::Stop | Entered::Restore | Entered::Undo)
        })
        .map(|entry| entry.at)
        .collect();
    let mut at = fallen(&points);
    at.retain(|start| !own.iter().any(|own| (*start - *own).abs() < OWN));
    Some(Restarts { at, since: first })
}

/// When a figure that grows with time fell.
fn fallen(points: &[Point]) -> Vec<Instant> {
    let mut found = Vec::new();
    let mut before: Option<f64> = None;
    for point in points {
        let (Some(least), Some(most)) = (point.min, point.max) else { continue };
        // A second of rounding is no start. What came after it in the same step is more than the least of it.
        let fell = before.is_some_and(|before| least + 2.0 < before);
        if fell {
            found.push(point.at);
        }
        before = Some(if fell { least } else { most.max(least) });
    }
    found
}

/// By how many bytes a day the logs grew, and over how many days.
pub(super) fn growth(store: &Store, of: EcosystemId, now: Instant) -> Option<(f64, f64)> {
    let points =
        store.series(of, SignalId::LogsSize, now - LOOK_BACK, now, Duration::from_secs(3_600)).ok()?;
    let mut known = points.iter().filter_map(|point| Some((point.at, point.mean?)));
    let (first, was) = known.next()?;
    let (last, is) = known.next_back()?;
    let span = last - first;
    #[allow(clippy::cast_precision_loss, reason = "seconds of a week")]
    let days = span.num_seconds() as f64 / 86_400.0;
    (span >= LEAST_GROWTH).then(|| ((is - was) / days, days))
}

pub(super) fn last_audit(store: &Store, of: EcosystemId, now: Instant) -> Option<AuditKnown> {
    let examined = kept(store, of, ExaminationKind::Audit).ok()??;
    let open = store.open_findings(of).ok()?;
    let pressing = open.iter().filter(|one| one.kind == ExaminationKind::Audit && one.is_pressing(now));
    Some(AuditKnown {
        at: examined.at,
        pressing: pressing.map(|one| format!("{}: {}", one.id, one.text)).collect(),
    })
}

/// What the newest examination found, for the proofs of checklists.
pub(in crate::keeper) fn known(store: &Store, of: EcosystemId, kind: &str) -> Option<ExaminedKnown> {
    let kind =
        [ExaminationKind::Verification, ExaminationKind::Audit].into_iter().find(|one| one.word() == kind)?;
    let examined = kept(store, of, kind)
        .inspect_err(|error| tracing::warn!(%error, "the newest examination was not read"))
        .ok()??;
    let accepted: Vec<String> = store
        .open_findings(of)
        .ok()?
        .into_iter()
        .filter(|finding| finding.accepted.is_some())
        .map(|finding| finding.id)
        .collect();
    let check = |check: Check| ExaminedCheck {
        level: match check.severity {
            _ if accepted.contains(&check.id) => Level::Green,
            Severity::Critical | Severity::High => Level::Red,
            Severity::Medium => Level::Yellow,
            Severity::Low => Level::Green,
        },
        says: format!("{}, {}: {}", check.id, check.severity.word(), check.evidence),
        area: check.area,
        ok: check.ok,
    };
    Some(ExaminedKnown { at: examined.at, checks: examined.checks.into_iter().map(check).collect() })
}

pub(super) fn key(kind: ExaminationKind) -> String {
    format!("examined {}", kind.word())
}

pub(super) fn kept(store: &Store, of: EcosystemId, kind: ExaminationKind) -> Result<Option<Examined>> {
    let Some(body) = store.note(of, &key(kind))? else { return Ok(None) };
    // One that an older Caretaker wrote is made anew.
    Ok(serde_json::from_str(&body).ok())
}
