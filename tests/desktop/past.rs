//! A day that the demo might have had, written into Caretaker's store so that pictures show curves and not their beginnings.
//!
//! Only the past is made up. What the pictures show as present is what the app measured when they were taken.

use std::path::Path;

use anyhow::{Context, Result};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::routines::book::Book;
use caretaker_core::routines::calendar::Fate;
use caretaker_core::routines::round::Mark;
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::Store;
use chrono::{TimeDelta, Timelike, Utc};
use serde_json::Value;

/// Minutes of a day, one look each.
const DAY: i32 = 24 * 60;

/// Records 24 hours that lead up to `now`, which is what `caretaker check --json` said.
pub fn record(state: &Path, root: &Path, now: &Value) -> Result<()> {
    let mut store = Store::open(state)?.store;
    let ecosystem = store.ecosystem(root)?;
    let figures: Vec<(SignalId, f64)> = now["signals"]
        .as_array()
        .context("the check named no signals")?
        .iter()
        .filter_map(|signal| Some((signal["id"].as_str()?.parse().ok()?, signal["value"].as_f64()?)))
        .collect();
    let end = Utc::now();
    let mut dice = 0x2545_F491_4F6C_DD1D_u64;
    for back in (1..=DAY).rev() {
        let at = end - TimeDelta::minutes(i64::from(back));
        let light = match back {
            // Asleep in between, and a bad hour before.
            300..380 => continue,
            540..575 => Level::Red,
            575..600 | 520..540 => Level::Yellow,
            _ => Level::Green,
        };
        let samples: Vec<_> = figures
            .iter()
            .map(|(signal, value)| {
                (*signal, Some(then(*signal, *value, back / LOOKS, at.hour(), &mut dice)), Level::Green)
            })
            .collect();
        store.record(ecosystem, at, light, &samples)?;
    }
    Ok(())
}

/// Looks of which the figures tell the same story.
const LOOKS: i32 = 5;

/// What a figure that is `value` now may have been `back` such stories ago, at that hour.
fn then(signal: SignalId, value: f64, back: i32, hour: u32, dice: &mut u64) -> f64 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    // The upper bits, as a share of one.
    let chance = f64::from(u32::try_from(*dice >> 40).unwrap_or_default()) / f64::from(1_u32 << 24);
    let (days, awake) = (f64::from(back) / f64::from(DAY / LOOKS), (6..22).contains(&hour));
    // A module that has more to do every three hours or so.
    let burst = if back % 37 < 3 { 1.0 } else { 0.0 };
    match signal {
        SignalId::ProcessCpu => 0.8 + f64::from(u8::from(awake)) * 2.6 + 1.5 * chance + 9.0 * burst,
        SignalId::ProcessMemory => {
            // Grows between two clearances of its cache.
            let since_cleared = f64::from((DAY / LOOKS - back) % 48) / 48.0;
            value * (1.0 + 0.9 * since_cleared + 0.12 * chance + 0.5 * burst)
        }
        SignalId::DiskFree => value * (1.0 + 0.05 * days) + 4e8 * chance,
        SignalId::LogsErrors24h => {
            if back > 90 {
                value + 2.0
            } else if back > 40 {
                value + 1.0
            } else {
                value
            }
        }
        SignalId::MachineCpu => 9.0 + f64::from(u8::from(awake)) * 14.0 + 9.0 * chance + 20.0 * burst,
        SignalId::MachineMemory => (value + 6.0 * chance - 3.0).clamp(0.0, 100.0),
        SignalId::DataSize | SignalId::LogsSize => value * (1.0 - 0.08 * days),
        _ => value,
    }
}

/// Records a year of rounds: most of them done, some late, a week of holiday, a few forgotten.
pub fn rounds(state: &Path, root: &Path) -> Result<()> {
    let mut store = Store::open(state)?.store;
    let ecosystem = store.ecosystem(root)?;
    let (now, zone) = (Utc::now(), Zone::Machine);
    let begun = now - TimeDelta::days(364);
    let is_holiday = |at: Instant| (150..157).contains(&(at - begun).num_days());
    for hour in 0..364 * 24 {
        let at = begun + TimeDelta::hours(hour);
        if (6..23).contains(&zone.local(at).hour()) && !is_holiday(at) {
            store.record(ecosystem, at, Level::Green, &[])?;
        }
    }
    store.rounds_begin(ecosystem, begun)?;
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    for checklist in &Book::open(None, &[], &[]).checklists {
        let mut next = checklist.slot.next(&zone, begun);
        while let Some(occurrence) = next.filter(|one| one.by < now - TimeDelta::hours(1)) {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            next = checklist.slot.next(&zone, occurrence.from);
            // The last one is done: nothing is overdue now.
            let is_last = next.as_ref().is_none_or(|next| next.from > now);
            if !is_last && (is_holiday(occurrence.from) || dice.is_multiple_of(23)) {
                continue;
            }
            store.change_round(ecosystem, &checklist.id, occurrence.slot, |round| {
                let minutes = i64::try_from(dice % 5).unwrap_or(0) + 1;
                let from = occurrence.from + TimeDelta::minutes(if dice.is_multiple_of(11) { 45 } else { 5 });
                round.marks.touched = (0..=minutes).map(|minute| from + TimeDelta::minutes(minute)).collect();
                if let Some(item) = checklist.items.iter().find(|item| item.wants_note) {
                    let text = item.text.clone();
                    let note = "Cache, prefetch and the nightly report: all worth their time.".to_owned();
                    round.marks.items.insert(item.id.clone(), Mark { state: None, note, at: from, text });
                }
                round.fate = Some(match dice % 31 {
                    0 => Fate::Skipped("on the road".to_owned()),
                    _ => Fate::Done(from + TimeDelta::minutes(minutes)),
                });
                if let Some(Fate::Skipped(reason)) = &round.fate {
                    round.marks.reason = Some(reason.clone());
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}
