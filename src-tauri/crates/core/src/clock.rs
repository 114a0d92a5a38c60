//! The present and the zone, handed in: the core never asks the machine for either by itself.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};

/// An instant, always in UTC.
pub type Instant = DateTime<Utc>;

/// A time in which nobody looked: the machine slept, or Caretaker did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last look before it.
    pub from: Instant,
    /// The first look after it.
    pub until: Instant,
}

/// Tells the present.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// The machine's wall clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Instant {
        Utc::now()
    }
}

/// The wall clock moved by a fixed amount, for `--at`: time goes on from the rehearsed instant.
#[derive(Debug, Clone, Copy)]
pub struct ShiftedClock {
    by: TimeDelta,
}

impl ShiftedClock {
    /// Makes a clock that reads `at` right now.
    pub fn starting_at(at: Instant, real_now: Instant) -> Self {
        Self { by: at - real_now }
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Instant {
        Utc::now() + self.by
    }
}

/// A clock that stands still until it is moved: for tests and simulation.
#[derive(Debug)]
pub struct FixedClock(Mutex<Instant>);

impl FixedClock {
    /// Makes a clock that reads `at`.
    pub fn new(at: Instant) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves the clock by `by`, backwards too.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The zone in which local times without an offset are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// The zone of the machine, with its changes of summer time.
    #[default]
    Machine,
    /// A fixed offset: for tests and for `--at` with an offset.
    Fixed(FixedOffset),
}

impl Zone {
    /// The wall time of `instant` in this zone.
    pub fn local(self, instant: Instant) -> NaiveDateTime {
        match self {
            Zone::Machine => instant.with_timezone(&Local).naive_local(),
            Zone::Fixed(offset) => instant.with_timezone(&offset).naive_local(),
        }
    }

    /// The instant of a wall time; the earlier one where it happened twice, and where a change
    /// of summer time left it out, the first instant after the gap.
    pub fn instant(self, local: NaiveDateTime) -> Option<Instant> {
        match self {
            Zone::Machine => instant_in(&Local, local),
            Zone::Fixed(offset) => instant_in(&offset, local),
        }
    }

    /// The offset from UTC in seconds that is in force at `instant`.
    pub fn offset_seconds(self, instant: Instant) -> i32 {
        match self {
            Zone::Machine => instant.with_timezone(&Local).offset().fix().local_minus_utc(),
            Zone::Fixed(offset) => offset.local_minus_utc(),
        }
    }
}

/// The same in any zone.
pub fn instant_in<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Option<Instant> {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return Some(found.to_utc());
    }
    // In a gap: halved until the second is found in which the clock on the wall was put forward.
    let (mut before, mut after) = (
        local.checked_sub_signed(FURTHEST)?.and_utc().timestamp(),
        local.checked_add_signed(FURTHEST)?.and_utc().timestamp(),
    );
    while after - before > 1 {
        let middle = before.midpoint(after);
        if DateTime::from_timestamp(middle, 0)?.with_timezone(zone).naive_local() < local {
            before = middle;
        } else {
            after = middle;
        }
    }
    DateTime::from_timestamp(after, 0)
}

/// No wall clock is further from UTC, a day that a zone leaves out included.
const FURTHEST: TimeDelta = TimeDelta::hours(39);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_zone_goes_there_and_back() {
        let zone = Zone::Fixed(FixedOffset::east_opt(2 * 3600).unwrap());
        let instant = Utc.with_ymd_and_hms(2025, 12, 16, 3, 0, 1).unwrap();
        assert_eq!(zone.local(instant).to_string(), "2025-12-16 05:00:01");
        assert_eq!(zone.instant(zone.local(instant)), Some(instant));
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let start = Utc.with_ymd_and_hms(2025, 12, 16, 3, 0, 0).unwrap();
        let clock = FixedClock::new(start);
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::hours(-1));
        assert_eq!(clock.now(), start - TimeDelta::hours(1));
    }
}
