//! The slots of the manual in every zone there is, on every day: against a slow and obvious model, each exactly once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/zone.rs"]
mod zone;

use std::sync::atomic::{AtomicUsize, Ordering};

use caretaker_core::clock::Instant;
use caretaker_core::routines::calendar::{Occurrence, Slot};
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use zone::In;

/// Whether a slot comes on a day.
type Days = fn(NaiveDate) -> bool;

const SLOTS: [(&str, (u32, u32), Days); 8] = [
    ("0 6 * * *", (6, 0), |_| true),
    ("0 18 * * *", (18, 0), |_| true),
    ("0 23 * * *", (23, 0), |_| true),
    ("30 2 * * *", (2, 30), |_| true),
    ("30 0 * * *", (0, 30), |_| true),
    ("0 20 * * SUN", (20, 0), |day| day.weekday() == Weekday::Sun),
    ("0 14 * * SUN#1", (14, 0), |day| day.weekday() == Weekday::Sun && day.day() <= 7),
    ("0 10 * 1,4,7,10 SUN#1", (10, 0), |day| {
        day.weekday() == Weekday::Sun && day.day() <= 7 && matches!(day.month(), 1 | 4 | 7 | 10)
    }),
];

/// The first instant at which the clock on the wall shows that time or a later one of that day, minute by minute.
fn obvious(zone: Tz, mut local: NaiveDateTime) -> Instant {
    loop {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.to_utc();
        }
        local += TimeDelta::minutes(1);
    }
}

fn check(zone: Tz, from: NaiveDate, to: NaiveDate) {
    for (pattern, (hour, minute), comes) in SLOTS {
        let slot = Slot::new(pattern, TimeDelta::minutes(30)).unwrap();
        let days = from.iter_days().take_while(|day| *day < to).filter(|day| comes(*day));
        let mut before: Option<Occurrence> = None;
        let mut at = obvious(zone, from.and_hms_opt(0, 0, 0).unwrap()) - TimeDelta::seconds(1);
        for day in days {
            let wall = day.and_hms_opt(hour, minute, 0).unwrap();
            let found = slot.next(&In(zone), at).unwrap();
            assert_eq!(found.slot, wall, "{zone} {pattern}");
            assert_eq!(found.from, obvious(zone, wall), "{zone} {pattern} {wall}");
            // Three hours happen twice in Antarctica now and then.
            assert!(
                found.by > found.from && found.by - found.from <= TimeDelta::hours(4),
                "{zone} {found:?}"
            );
            assert_eq!(slot.last(&In(zone), found.from), Some(found), "{zone} {pattern} {wall}");
            let just_before = slot.last(&In(zone), found.from - TimeDelta::seconds(1));
            assert!(before.is_none() || just_before == before, "{zone} {pattern} {wall}");
            (before, at) = (Some(found), found.from);
        }
    }
}

/// `CARETAKER_ZONES=all` (`make soak`) takes every zone through sixteen years; otherwise every eighth goes through one year.
#[test]
fn every_slot_comes_exactly_once_in_every_zone() {
    let all = std::env::var("CARETAKER_ZONES").is_ok_and(|zones| zones == "all");
    let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let zones: Vec<(usize, Tz)> = TZ_VARIANTS.iter().copied().enumerate().collect();
    let next = AtomicUsize::new(0);
    let checked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((number, zone)) = zones.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if all {
                        check(*zone, day(2020, 1), day(2036, 1));
                    } else if number % 8 == 0 {
                        let year = 2020 + i32::try_from(number / 8 % 16).unwrap();
                        check(*zone, day(year, 1), day(year + 1, 1));
                    }
                    checked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(checked.into_inner(), TZ_VARIANTS.len());
    assert!(TZ_VARIANTS.len() > 500);
}
