//! The last 24 hours of each vital, for the sparklines.

use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Instant;
use crate::judge::Verdict;
use crate::keeper::overview::Series;
use crate::keeper::records::Records;
use crate::signal::{SignalId, Unit};

/// Ten minutes a step: 144 points fill a sparkline of a panel's width.
const STEP_SECONDS: u32 = 600;
const STEPS: u16 = 144;

/// Signals that are drawn over time.
const DRAWN: &[SignalId] = &[
    SignalId::ProcessCpu,
    SignalId::ProcessMemory,
    SignalId::DiskFree,
    SignalId::LogsErrors24h,
    SignalId::DataSize,
    SignalId::LogsSize,
    SignalId::MachineCpu,
    SignalId::MachineMemory,
    SignalId::ErrorsRate,
];

/// The recorded past of every drawn signal of the verdict, gaps as gaps.
pub fn series(records: &Records, verdict: &Verdict, now: Instant) -> Vec<Series> {
    let step = i64::from(STEP_SECONDS);
    // Steps are aligned to the clock, so that points do not wander from tick to tick.
    let aligned = now.timestamp().div_euclid(step) * step;
    let Some(end) = chrono::DateTime::from_timestamp(aligned + step, 0) else { return Vec::new() };
    let start = end - TimeDelta::seconds(step) * i32::from(STEPS);
    let spacing = Duration::from_secs(STEP_SECONDS.into());
    verdict
        .signals
        .iter()
        .filter(|signal| DRAWN.contains(&signal.id) && signal.unit != Unit::None)
        .map(|signal| {
            let mut mean = vec![None; STEPS.into()];
            for point in records.series(signal.id, start, end, spacing) {
                let index = (point.at - start).num_seconds().div_euclid(step);
                if let Some(slot) = usize::try_from(index).ok().and_then(|index| mean.get_mut(index)) {
                    *slot = point.mean;
                }
            }
            Series { signal: signal.id, start, step_seconds: STEP_SECONDS, mean }
        })
        .collect()
}
