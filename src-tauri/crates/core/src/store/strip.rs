//! The light over time, as runs of one colour.

use std::time::Duration;

use chrono::DateTime;
use serde::Serialize;

use super::history::LIGHT;
use super::series::Tier;
use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::Level;

/// How long the last tick before a hole stands for, in seconds: what is not on record is not made up.
const LAST_HOLDS: i64 = 60;

/// A stretch of time in which the light had one colour, or nobody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StripRun {
    /// When it begins.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// How long it lasts.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seconds: i64,
    /// The colour; `None` where nothing is on record.
    pub level: Option<Level>,
}

impl Store {
    /// The colours of the light from `from` to `until` without a hole: what is not on record is a run without colour.
    ///
    /// A tick stands for the time until the next, if that comes within `patience`; of days long past it is the worst
    /// colour of each five minutes, or of each hour.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn strip(
        &self,
        of: EcosystemId,
        from: Instant,
        until: Instant,
        patience: Duration,
    ) -> Result<Vec<StripRun>> {
        let patience = i64::try_from(patience.as_secs()).unwrap_or(i64::MAX).max(1);
        let (from, until) = (from.timestamp(), until.timestamp());
        let mut runs = Runs { end: from, runs: Vec::new() };
        // A tick shortly before still holds at the beginning.
        let mut last: Option<(i64, Level)> = None;
        self.read(
            of,
            LIGHT,
            (from.saturating_sub(patience), until.saturating_sub(1)),
            Tier::Raw,
            |row, tier| {
                if let Some((at, level)) = last.take() {
                    let end = if row.at - at <= patience {
                        row.at
                    } else {
                        at.saturating_add(patience.min(LAST_HOLDS))
                    };
                    runs.add(at, end, Some(level));
                }
                match tier {
                    Tier::Raw => last = Some((row.at, row.level)),
                    coarse => runs.add(row.at, row.at + coarse.seconds(), Some(row.level)),
                }
            },
        )?;
        if let Some((at, level)) = last {
            runs.add(at, at.saturating_add(patience.min(LAST_HOLDS)), Some(level));
        }
        runs.cut(until);
        Ok(runs.into_strip())
    }
}

/// Runs in the making, in the order of time.
struct Runs {
    end: i64,
    runs: Vec<(i64, i64, Option<Level>)>,
}

impl Runs {
    /// Adds a stretch; what lies before the end of the last one is left out, a hole between them is one without colour.
    fn add(&mut self, from: i64, to: i64, level: Option<Level>) {
        let from = from.max(self.end);
        if from >= to {
            return;
        }
        if from > self.end {
            self.runs.push((self.end, from, None));
        }
        self.end = to;
        match self.runs.last_mut() {
            Some((_, end, same)) if *same == level => *end = to,
            _ => self.runs.push((from, to, level)),
        }
    }

    fn cut(&mut self, until: i64) {
        self.add(until, until, None);
        if self.end < until {
            self.runs.push((self.end, until, None));
        }
        for (_, end, _) in &mut self.runs {
            *end = (*end).min(until);
        }
    }

    fn into_strip(self) -> Vec<StripRun> {
        let run = |(from, to, level): (i64, i64, Option<Level>)| {
            Some(StripRun { at: DateTime::from_timestamp(from, 0)?, seconds: to - from, level })
        };
        self.runs.into_iter().filter(|(from, to, _)| from < to).filter_map(run).collect()
    }
}
