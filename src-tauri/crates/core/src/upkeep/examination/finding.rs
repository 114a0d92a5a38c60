//! Findings: what an examination found wrong, with its day, until a later one finds it right. Pure.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::ExaminationKind;
use super::check::{Check, Severity};
use crate::clock::Instant;

/// Of the marks of what was accepted so many are kept: where there are more, more of them goes unseen.
const MOST_MARKS: usize = 2_000;
/// Of the places so many are named in words.
const NAMED: usize = 3;

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check.
    pub id: String,
    /// Of which examination.
    pub kind: ExaminationKind,
    /// Of which of its areas.
    pub area: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in words.
    pub text: String,
    /// What to do.
    pub remedy: String,
    /// When it was found.
    pub opened_at: Instant,
    /// When it was seen last.
    pub seen_at: Instant,
    /// When it was found right.
    pub closed_at: Option<Instant>,
    /// Somebody wants it so.
    pub accepted: Option<Accepted>,
    /// What tells its places from others.
    #[serde(default)]
    pub marks: Vec<String>,
}

/// Somebody's word that a finding may stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Accepted {
    /// When.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// Why.
    pub reason: String,
}

/// What an examination changed among the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Those that are open, with those that this examination closed.
    pub findings: Vec<Finding>,
    /// Which of them are new, by their check.
    pub opened: Vec<String>,
    /// Which were accepted, and became more since.
    pub grown: Vec<String>,
}

impl Finding {
    fn new(kind: ExaminationKind, check: &Check, now: Instant) -> Self {
        Self {
            id: check.id.clone(),
            kind,
            area: check.area.clone(),
            severity: check.severity,
            text: said(check),
            remedy: check.remedy.clone(),
            opened_at: now,
            seen_at: now,
            closed_at: None,
            accepted: None,
            marks: marks(check),
        }
    }

    /// Until when it is to be mended; `None` where nothing presses.
    pub fn due_by(&self) -> Option<Instant> {
        self.opened_at.checked_add_signed(TimeDelta::days(self.severity.days()?))
    }

    /// Whether that is past, and nobody accepted it.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.closed_at.is_none() && self.accepted.is_none() && self.due_by().is_some_and(|due| due <= now)
    }

    /// Whether it is worth a word every day: critical or high, or past its day.
    pub fn is_pressing(&self, now: Instant) -> bool {
        let waits = self.closed_at.is_none() && self.accepted.is_none();
        waits && (self.severity <= Severity::High || self.is_overdue(now))
    }
}

/// Holds the checks of an examination against the findings that are open.
pub fn settle(open: Vec<Finding>, kind: ExaminationKind, checks: &[Check], now: Instant) -> Settled {
    let mut settled = Settled::default();
    for mut finding in open.into_iter().filter(|finding| finding.kind == kind) {
        match checks.iter().find(|check| check.id == finding.id).map(|check| (check, check.ok)) {
            Some((check, Some(false))) => {
                let known: BTreeSet<&String> = finding.marks.iter().collect();
                let fresh = marks(check);
                let has_grown = fresh.len() < MOST_MARKS && fresh.iter().any(|mark| !known.contains(mark));
                if has_grown && finding.accepted.take().is_some() {
                    settled.grown.push(finding.id.clone());
                }
                // What is accepted keeps what it was accepted for: a place that went and came back is none that is new.
                if finding.accepted.is_none() {
                    finding.marks = fresh;
                }
                (finding.text, finding.seen_at) = (said(check), now.max(finding.seen_at));
                (finding.severity, finding.remedy) = (check.severity, check.remedy.clone());
            }
            // What cannot be told is not gone.
            Some((_, None)) => {}
            // One that is not asked any more can never pass.
            Some((_, Some(true))) | None => finding.closed_at = Some(now.max(finding.opened_at)),
        }
        settled.findings.push(finding);
    }
    for check in checks.iter().filter(|check| check.ok == Some(false)) {
        if !settled.findings.iter().any(|finding| finding.id == check.id) {
            settled.opened.push(check.id.clone());
            settled.findings.push(Finding::new(kind, check, now));
        }
    }
    settled.findings.sort_by(|one, two| {
        let order =
            |finding: &Finding| (finding.closed_at.is_some(), finding.accepted.is_some(), finding.severity);
        (order(one), &one.id).cmp(&(order(two), &two.id))
    });
    settled
}

fn marks(check: &Check) -> Vec<String> {
    check.marks.iter().take(MOST_MARKS).cloned().collect()
}

/// What is wrong: how it should be, what was seen, and where first.
fn said(check: &Check) -> String {
    let named: Vec<String> = check
        .places
        .iter()
        .take(NAMED)
        .map(|place| match (&place.path, place.line) {
            (path, _) if path.is_empty() => place.text.clone(),
            (path, Some(line)) => format!("{path}:{line}"),
            (path, None) => path.clone(),
        })
        .collect();
    let more = check.places.len() as u64 + check.more - named.len() as u64;
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match named.is_empty() {
        true => format!("Not so: {} {}", check.text, check.evidence),
        false => format!("Not so: {} {} {}{more}.", check.text, check.evidence, named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upkeep::Place;
    use chrono::{TimeZone, Utc};

    fn at(day: u32) -> Instant {
        Utc.with_ymd_and_hms(2026, 12, day, 12, 0, 0).unwrap()
    }

    fn check(id: &str, severity: Severity, ok: Option<bool>, places: &[&str]) -> Check {
        Check {
            id: id.into(),
            area: "data".into(),
            severity,
            ok,
            text: "It is so.".into(),
            evidence: "Seen.".into(),
            places: places.iter().map(|path| Place::new(path, None, "")).collect(),
            more: 0,
            remedy: "Mend it.".into(),
            marks: places.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    const AUDIT: ExaminationKind = ExaminationKind::Audit;

    #[test]
    fn a_finding_opens_stays_while_nothing_can_be_told_and_closes_when_it_passes() {
        let failed = |ok| vec![check("a/b", Severity::High, ok, &["x", "y"])];
        let first = settle(Vec::new(), AUDIT, &failed(Some(false)), at(1));
        assert_eq!((first.opened.as_slice(), first.findings.len()), (&["a/b".to_owned()][..], 1));
        let finding = &first.findings[0];
        assert_eq!(finding.text, "Not so: It is so. Seen. x, y.");
        assert_eq!(finding.due_by(), Some(at(8)));
        assert!(!finding.is_overdue(at(7)) && finding.is_overdue(at(8)) && finding.is_pressing(at(2)));
        let second = settle(first.findings, AUDIT, &failed(Some(false)), at(2));
        assert!(second.opened.is_empty());
        assert_eq!((second.findings[0].opened_at, second.findings[0].seen_at), (at(1), at(2)));
        let third = settle(second.findings, AUDIT, &failed(None), at(3));
        assert_eq!((third.findings[0].closed_at, third.findings[0].seen_at), (None, at(2)));
        let other = settle(third.findings.clone(), ExaminationKind::Verification, &[], at(4));
        assert!(other.findings.is_empty(), "the other examination says nothing of it");
        let last = settle(third.findings, AUDIT, &failed(Some(true)), at(4));
        assert_eq!(last.findings[0].closed_at, Some(at(4)));
    }

    #[test]
    fn days_are_by_severity() {
        for (severity, day, pressing) in [
            (Severity::Critical, Some(1), true),
            (Severity::High, Some(8), true),
            (Severity::Medium, Some(31), false),
            (Severity::Low, None, false),
        ] {
            let one = settle(Vec::new(), AUDIT, &[check("a/b", severity, Some(false), &[])], at(1));
            assert_eq!(one.findings[0].due_by(), day.map(at), "{severity:?}");
            assert_eq!(one.findings[0].is_pressing(at(1)), pressing);
        }
    }

    #[test]
    fn what_was_accepted_is_quiet_until_there_is_more_of_it() {
        let with = |places: &[&str]| vec![check("a/b", Severity::Critical, Some(false), places)];
        let mut first = settle(Vec::new(), AUDIT, &with(&["x", "y"]), at(1));
        first.findings[0].accepted = Some(Accepted { at: at(1), reason: "meant".into() });
        let less = settle(first.findings, AUDIT, &with(&["x"]), at(2));
        assert!(less.findings[0].accepted.is_some() && !less.findings[0].is_overdue(at(9)));
        let back = settle(less.findings, AUDIT, &with(&["x", "y"]), at(3));
        assert!(back.findings[0].accepted.is_some() && back.grown.is_empty());
        let more = settle(back.findings, AUDIT, &with(&["x", "z"]), at(4));
        assert_eq!((more.findings[0].accepted.as_ref(), more.grown.len()), (None, 1));
    }
}
