//! The hours in which people are left alone. Pure.

use chrono::TimeDelta;

use crate::clock::{Instant, Zone};
use crate::profile::channels::QuietHours;

/// When the quiet hours end that `now` lies in; `None` outside of them.
///
/// Slots are wall time: an end that a change of summer time leaves out comes when it would have come without it.
pub fn quiet_until(hours: &QuietHours, zone: Zone, now: Instant) -> Option<Instant> {
    let local = zone.local(now);
    let (today, time) = (local.date(), local.time());
    let overnight = hours.until <= hours.from;
    let within = if overnight {
        time >= hours.from || time < hours.until
    } else {
        time >= hours.from && time < hours.until
    };
    if !within {
        return None;
    }
    let tomorrow = overnight && time >= hours.from;
    let day = if tomorrow { today.succ_opt()? } else { today };
    let end = zone.instant(day.and_time(hours.until))?;
    // Where clocks go back the end may have been an hour ago: then it comes a second time.
    Some(if end > now { end } else { end + TimeDelta::hours(1) })
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, NaiveTime, TimeZone, Utc};

    use super::*;

    fn at(hour: u32, minute: u32) -> Instant {
        Utc.with_ymd_and_hms(2025, 12, 16, hour, minute, 0).unwrap()
    }

    fn hours(from: u32, until: u32) -> QuietHours {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        QuietHours { from: time(from), until: time(until), red: true }
    }

    #[test]
    fn over_midnight_and_within_a_day() {
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let until = |hours, now| quiet_until(&hours, zone, now);
        assert_eq!(until(hours(22, 7), at(21, 59)), None);
        assert_eq!(until(hours(22, 7), at(22, 0)), Some(at(7, 0) + TimeDelta::days(1)));
        assert_eq!(until(hours(22, 7), at(3, 0)), Some(at(7, 0)));
        assert_eq!(until(hours(22, 7), at(7, 0)), None);
        assert_eq!(until(hours(12, 13), at(12, 30)), Some(at(13, 0)));
        assert_eq!(until(hours(12, 13), at(13, 0)), None);
    }

    #[test]
    fn wall_time_is_that_of_the_zone() {
        let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
        assert_eq!(quiet_until(&hours(22, 7), zone, at(21, 0)), Some(at(6, 0) + TimeDelta::days(1)));
    }
}
