//! Items that Caretaker's own verification and audit prove.

use chrono::TimeDelta;

use super::{ExaminedCheck, Judged, Known};
use crate::routines::item::ItemState;
use crate::signal::Level;

/// Of what is not as it should be so many lines are shown.
const MOST: usize = 12;

pub(super) fn examined(kind: &str, area: Option<&str>, days: u32, known: &impl Known) -> Judged {
    let now = known.now();
    let within = TimeDelta::days(i64::from(days));
    let Some(newest) = known.examined(kind).filter(|newest| now - newest.at <= within) else {
        return Judged::new(ItemState::Open, "not made yet in this round", now, "measured");
    };
    let checks: Vec<&ExaminedCheck> =
        newest.checks.iter().filter(|check| area.is_none_or(|area| check.area == area)).collect();
    let count = |ok: Option<bool>| checks.iter().filter(|check| check.ok == ok).count();
    let (passed, failed, unknown) = (count(Some(true)), count(Some(false)), count(None));
    let mut text = format!("{passed} of {} as they should be", checks.len());
    if failed > 0 {
        text.push_str(&format!(", {failed} not"));
    }
    if unknown > 0 {
        text.push_str(&format!(", {unknown} unknown"));
    }
    let worst = checks.iter().filter(|check| check.ok == Some(false)).map(|check| check.level).max();
    let (state, level) = match worst {
        // That it was made is all that is asked without an area.
        _ if area.is_none() => (ItemState::Passed, Level::Green),
        Some(level) if level > Level::Green => (ItemState::Failed, level),
        _ if passed == 0 => (ItemState::Unknown, Level::Unknown),
        _ => (ItemState::Passed, Level::Green),
    };
    let bad =
        checks.iter().filter(|check| check.ok == Some(false)).take(MOST).map(|check| check.says.clone());
    Judged::new(state, text, newest.at, "measured").level(level).details(bad.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::judge::{Module, Signal};
    use crate::routines::evidence::{Changes, DrillKnown, ExaminedKnown, ReportKnown, Trend};
    use crate::signal::SignalId;
    use chrono::{NaiveDate, TimeZone, Utc};

    struct Only(Option<ExaminedKnown>);

    impl Known for Only {
        fn now(&self) -> Instant {
            Utc.with_ymd_and_hms(2026, 12, 6, 15, 0, 0).unwrap()
        }
        fn signal(&self, _: SignalId) -> Option<&Signal> {
            None
        }
        fn modules(&self) -> &[Module] {
            &[]
        }
        fn uptime(&self) -> Option<f64> {
            None
        }
        fn trend(&self, _: SignalId, _: u32) -> Option<Trend> {
            None
        }
        fn report(&self, _: &str, _: NaiveDate) -> Option<ReportKnown> {
            None
        }
        fn newest_report(&self, _: &str, _: NaiveDate, _: NaiveDate) -> Option<NaiveDate> {
            None
        }
        fn drilled(&self, _: &str) -> Option<DrillKnown> {
            None
        }
        fn examined(&self, kind: &str) -> Option<ExaminedKnown> {
            self.0.clone().filter(|_| kind == "audit")
        }
        fn changes(&self, _: u32) -> Result<Changes, String> {
            Ok(Changes::default())
        }
    }

    #[test]
    fn an_area_passes_fails_or_is_unknown_by_its_own_checks() {
        let check = |area: &str, ok, level| ExaminedCheck { area: area.into(), ok, level, says: "it".into() };
        let at = Utc.with_ymd_and_hms(2026, 12, 6, 14, 0, 0).unwrap();
        let checks = vec![
            check("data", Some(true), Level::Red),
            check("data", None, Level::Red),
            check("access", Some(false), Level::Red),
            check("code", Some(false), Level::Yellow),
            check("privacy", Some(false), Level::Green),
            check("privacy", Some(true), Level::Green),
            check("input", None, Level::Red),
        ];
        let known = Only(Some(ExaminedKnown { at, checks: checks.clone() }));
        let judged = |area: &str| {
            let judged = examined("audit", Some(area), 7, &known);
            (judged.state, judged.evidence.unwrap().level.unwrap())
        };
        assert_eq!(judged("data"), (ItemState::Passed, Level::Green));
        assert_eq!(judged("access"), (ItemState::Failed, Level::Red));
        assert_eq!(judged("code"), (ItemState::Failed, Level::Yellow));
        assert_eq!(judged("privacy"), (ItemState::Passed, Level::Green), "no more than advice");
        assert_eq!(judged("input"), (ItemState::Unknown, Level::Unknown));
        let said = examined("audit", Some("data"), 7, &known).evidence.unwrap().text;
        assert_eq!(said, "1 of 2 as they should be, 1 unknown");
        assert_eq!(examined("audit", None, 7, &known).state, ItemState::Passed, "it was made");
        assert_eq!(examined("verification", None, 7, &known).state, ItemState::Open);
        let old = Only(Some(ExaminedKnown { at: at - TimeDelta::days(8), checks }));
        assert_eq!(examined("audit", Some("data"), 7, &old).state, ItemState::Open);
    }
}
