//! A zone with all its changes of summer time, as the calendar asks for it.

use caretaker_core::clock::{Instant, instant_in};
use caretaker_core::routines::calendar::WallTime;
use chrono::NaiveDateTime;
use chrono_tz::Tz;

/// Wall time in a zone.
pub struct In(pub Tz);

impl WallTime for In {
    fn local(&self, instant: Instant) -> NaiveDateTime {
        instant.with_timezone(&self.0).naive_local()
    }

    fn instant(&self, local: NaiveDateTime) -> Option<Instant> {
        instant_in(&self.0, local)
    }
}
