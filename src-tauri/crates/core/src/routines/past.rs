//! What became of the rounds of the past: done, left out, missed, excused; with rates and times. Pure.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use crate::clock::Instant;
use crate::routines::calendar::{Fate, Occurrence, Past, WallTime, left_undone};
use crate::routines::checklist::Checklist;
use crate::routines::round::Recorded;

/// What became of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum PastFate {
    /// Done in time.
    Done,
    /// Done after its end.
    Late,
    /// Left out with a reason.
    Skipped,
    /// Nobody did it.
    Missed,
    /// Nobody could.
    Excused,
}

/// A round that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Over {
    /// The wall time it is called by.
    pub slot: NaiveDateTime,
    /// What became of it.
    pub fate: PastFate,
}

/// The rounds of a checklist that began in `span` and are over, oldest first.
///
/// `recorded` are those on record; `awake` tells whether anything was seen between two instants.
pub fn over(
    checklist: &Checklist,
    zone: &impl WallTime,
    span: (Instant, Instant),
    recorded: &[&Recorded],
    awake: impl Fn(Instant, Instant) -> bool,
) -> Vec<Over> {
    let fates: BTreeMap<NaiveDateTime, &Fate> =
        recorded.iter().filter_map(|one| Some((one.slot, one.fate.as_ref()?))).collect();
    let fate = |slot: NaiveDateTime| fates.get(&slot).map(|fate| (*fate).clone());
    let mut all: Vec<Over> = left_undone(&checklist.slot, zone, span, fate, awake)
        .into_iter()
        .map(|(occurrence, past): (Occurrence, Past)| Over {
            slot: occurrence.slot,
            fate: match past {
                Past::Missed => PastFate::Missed,
                Past::Excused => PastFate::Excused,
            },
        })
        .collect();
    for (slot, fate) in fates {
        let fate = match fate {
            Fate::Skipped(_) => PastFate::Skipped,
            // Its end by the clock on the wall of that day.
            Fate::Done(at) => match zone.instant(slot + checklist.open_for) {
                Some(end) if *at > end => PastFate::Late,
                _ => PastFate::Done,
            },
        };
        all.push(Over { slot, fate });
    }
    all.sort_by_key(|one| one.slot);
    all
}

/// Sums of what became of rounds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Done, late ones too.
    pub done: usize,
    /// Of those, after their end.
    pub late: usize,
    /// Left out with a reason.
    pub skipped: usize,
    /// Nobody did them.
    pub missed: usize,
    /// Nobody could.
    pub excused: usize,
}

impl Sums {
    /// Adds one.
    pub fn add(&mut self, fate: PastFate) {
        match fate {
            PastFate::Done => self.done += 1,
            PastFate::Late => {
                self.done += 1;
                self.late += 1;
            }
            PastFate::Skipped => self.skipped += 1,
            PastFate::Missed => self.missed += 1,
            PastFate::Excused => self.excused += 1,
        }
    }

    /// Done, of those that were done or missed, in percent; what was left out with a reason or excused does not count.
    #[allow(clippy::cast_precision_loss, reason = "a share of some hundreds")]
    pub fn rate(&self) -> Option<f64> {
        let counted = self.done + self.missed;
        (counted > 0).then(|| self.done as f64 / counted as f64 * 100.0)
    }
}

/// What one took in the middle, in seconds; those that nobody touched took nobody's time and do not count.
#[allow(clippy::cast_precision_loss, reason = "seconds of a day")]
pub fn usual_seconds(recorded: &[&Recorded]) -> Option<f64> {
    let mut spent: Vec<i64> = recorded
        .iter()
        .filter(|one| matches!(one.fate, Some(Fate::Done(_))))
        .map(|one| one.marks.spent().num_seconds())
        .filter(|seconds| *seconds > 0)
        .collect();
    spent.sort_unstable();
    let middle = spent.len().checked_sub(1)? / 2;
    Some(spent[middle] as f64)
}

/// The day of a slot, as the heat map has it.
pub fn day_of(over: &Over) -> NaiveDate {
    over.slot.date()
}
