//! When a routine is due: slots by the wall clock of the person, through every change of summer time. Pure.
//!
//! A slot is a pattern of local time, as `cron` writes it, and how long it stays open: `0 14 * * SUN#1` is the first Sunday
//! of a month at two. One occurrence is open at a time; doing it late moves nothing.

mod plain;

use chrono::{NaiveDateTime, TimeDelta};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

pub use self::plain::parse_slot;
use crate::clock::{Instant, Zone};

/// Wall time may have been ahead of what it is now by a day, where a zone changed its side of the date line, and a bit.
const FURTHEST: TimeDelta = TimeDelta::hours(26);

/// Tells wall time: what the calendar needs of a zone.
pub trait WallTime {
    /// The wall time of an instant.
    fn local(&self, instant: Instant) -> NaiveDateTime;

    /// The instant of a wall time: the earlier one where it happens twice, and the first after the gap where it never does.
    fn instant(&self, local: NaiveDateTime) -> Option<Instant>;
}

impl WallTime for Zone {
    fn local(&self, instant: Instant) -> NaiveDateTime {
        Zone::local(*self, instant)
    }

    fn instant(&self, local: NaiveDateTime) -> Option<Instant> {
        Zone::instant(*self, local)
    }
}

/// A time that comes again and again, and how long it stays open.
#[derive(Debug, Clone)]
pub struct Slot {
    pattern: Cron,
    open_for: TimeDelta,
}

/// One time that a slot came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The wall time in the pattern: what an occurrence is called, whatever the zone does.
    pub slot: NaiveDateTime,
    /// When it can be done.
    pub from: Instant,
    /// Until when it should be done.
    pub by: Instant,
}

impl Slot {
    /// The slot of a pattern of five fields: minute, hour, day, month, day of the week.
    ///
    /// # Errors
    /// What is wrong with the pattern, in words.
    pub fn new(pattern: &str, open_for: TimeDelta) -> Result<Self, String> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let wrong = |says: String| format!("“{pattern}” is no time that comes again: {says}");
        if open_for <= TimeDelta::zero() {
            return Err(wrong("it is open for no time at all".into()));
        }
        let slot =
            Self { pattern: parser.parse(pattern).map_err(|error| wrong(error.to_string()))?, open_for };
        match slot.after(Instant::UNIX_EPOCH.naive_utc(), false) {
            Some(_) => Ok(slot),
            None => Err(wrong("it never comes".into())),
        }
    }

    /// The newest occurrence that has begun at `now`.
    pub fn last(&self, zone: &impl WallTime, now: Instant) -> Option<Occurrence> {
        let mut local = zone.local(now).checked_add_signed(FURTHEST)?;
        loop {
            local = self.before(local)?;
            if let Some(found) = self.occurrence(zone, local).filter(|found| found.from <= now) {
                return Some(found);
            }
        }
    }

    /// The first occurrence that begins after `now`.
    pub fn next(&self, zone: &impl WallTime, now: Instant) -> Option<Occurrence> {
        // Wall time that is behind now never comes later: what a gap left out comes at its end, what happens twice came first.
        let mut local = zone.local(now);
        loop {
            local = self.after(local, false)?;
            if let Some(found) = self.occurrence(zone, local).filter(|found| found.from > now) {
                return Some(found);
            }
        }
    }

    fn occurrence(&self, zone: &impl WallTime, slot: NaiveDateTime) -> Option<Occurrence> {
        let from = zone.instant(slot)?;
        // Open for that long by the clock on the wall, but never for no time.
        let by = zone.instant(slot.checked_add_signed(self.open_for)?).filter(|by| *by > from);
        Some(Occurrence { slot, from, by: by.unwrap_or(from + self.open_for) })
    }

    /// The pattern itself knows nothing of zones: wall time is handed to it as if it were UTC.
    fn after(&self, local: NaiveDateTime, inclusive: bool) -> Option<NaiveDateTime> {
        self.pattern.find_next_occurrence(&local.and_utc(), inclusive).ok().map(|found| found.naive_utc())
    }

    fn before(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        self.pattern.find_previous_occurrence(&local.and_utc(), false).ok().map(|found| found.naive_utc())
    }
}

/// What became of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Done, at that time; after its end it was late.
    Done(Instant),
    /// Left out, for a reason.
    Skipped(String),
}

/// How a routine stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has never come yet, or what came is done: the next time.
    Upcoming,
    /// The next time is near.
    DueSoon,
    /// It can be done now and should be done by its end.
    Due,
    /// Its end has passed; it can still be done until the next one begins.
    Overdue,
}

/// A routine at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// How it stands.
    pub standing: Standing,
    /// The occurrence that this is about: the open one, or the next.
    pub occurrence: Occurrence,
}

/// How a routine stands at `now`; `fate` tells what became of an occurrence, and nothing is due that began before `since`.
///
/// `None` where the slot never comes.
pub fn routine(
    slot: &Slot,
    zone: &impl WallTime,
    now: Instant,
    since: Instant,
    soon: TimeDelta,
    fate: impl Fn(NaiveDateTime) -> Option<Fate>,
) -> Option<Routine> {
    let open = slot.last(zone, now).filter(|last| last.by > since && fate(last.slot).is_none());
    if let Some(occurrence) = open {
        let standing = if now < occurrence.by { Standing::Due } else { Standing::Overdue };
        return Some(Routine { standing, occurrence });
    }
    let occurrence = slot.next(zone, now)?;
    let standing = if occurrence.from - now <= soon { Standing::DueSoon } else { Standing::Upcoming };
    Some(Routine { standing, occurrence })
}

/// Why an occurrence that nobody did is none that was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// It was there to be done.
    Missed,
    /// The machine slept, or Caretaker did not run, from its beginning to the next one.
    Excused,
}

/// The occurrences that began in `from..to`, were not the open one at `to`, and that nobody did; `awake` tells whether
/// anything was seen between two instants.
pub fn left_undone(
    slot: &Slot,
    zone: &impl WallTime,
    (from, to): (Instant, Instant),
    fate: impl Fn(NaiveDateTime) -> Option<Fate>,
    awake: impl Fn(Instant, Instant) -> bool,
) -> Vec<(Occurrence, Past)> {
    let mut undone = Vec::new();
    let mut at = slot.next(zone, from - TimeDelta::nanoseconds(1));
    while let Some(occurrence) = at.filter(|one| one.from < to) {
        let Some(next) = slot.next(zone, occurrence.from) else { break };
        if next.from > to {
            break;
        }
        if fate(occurrence.slot).is_none() {
            let past = if awake(occurrence.from, next.from) { Past::Missed } else { Past::Excused };
            undone.push((occurrence, past));
        }
        at = Some(next);
    }
    undone
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, NaiveDate, TimeZone, Utc};

    fn slot(pattern: &str) -> Slot {
        Slot::new(pattern, TimeDelta::minutes(30)).unwrap()
    }

    fn at(day: (i32, u32, u32), hour: u32, minute: u32) -> Instant {
        Utc.with_ymd_and_hms(day.0, day.1, day.2, hour, minute, 0).unwrap()
    }

    const UTC: Zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());

    #[test]
    fn a_late_one_stays_open_until_the_next_and_moves_nothing() {
        let morning = slot("0 6 * * *");
        let since = at((2025, 1, 1), 0, 0);
        let standing = |now, done: Option<NaiveDateTime>| {
            let fate = |slot| (Some(slot) == done).then_some(Fate::Done(now));
            let routine = routine(&morning, &UTC, now, since, TimeDelta::minutes(30), fate).unwrap();
            (routine.standing, routine.occurrence.from)
        };
        let (monday, tuesday) = (at((2025, 12, 15), 6, 0), at((2025, 12, 16), 6, 0));
        assert_eq!(standing(at((2025, 12, 15), 6, 10), None), (Standing::Due, monday));
        assert_eq!(standing(at((2025, 12, 15), 6, 30), None), (Standing::Overdue, monday));
        assert_eq!(standing(at((2025, 12, 16), 5, 45), None), (Standing::Overdue, monday));
        assert_eq!(standing(at((2025, 12, 16), 6, 0), None), (Standing::Due, tuesday));
        // Done in the last hour before the next: that one comes when it comes.
        let done = Some(monday.naive_utc());
        assert_eq!(standing(at((2025, 12, 15), 9, 0), done), (Standing::Upcoming, tuesday));
        assert_eq!(standing(at((2025, 12, 16), 5, 45), done), (Standing::DueSoon, tuesday));
        assert_eq!(standing(at((2025, 12, 16), 6, 0), done), (Standing::Due, tuesday));
        // The clock was set back by a day: what was done then is not due again.
        assert_eq!(standing(at((2025, 12, 15), 6, 10), Some(tuesday.naive_utc())), (Standing::Due, monday));
    }

    #[test]
    fn nothing_is_due_that_ended_before_the_routine_was_begun_with() {
        let begun = at((2025, 12, 15), 9, 0);
        let routine =
            routine(&slot("0 6 * * *"), &UTC, begun, begun, TimeDelta::minutes(30), |_| None).unwrap();
        assert_eq!(routine.standing, Standing::Upcoming);
    }

    #[test]
    fn what_nobody_did_was_missed_or_excused() {
        let evening = slot("0 18 * * *");
        let span = (at((2025, 12, 1), 0, 0), at((2025, 12, 6), 0, 0));
        let day = |day| NaiveDate::from_ymd_opt(2025, 12, day).unwrap().and_hms_opt(18, 0, 0).unwrap();
        let fate = |slot| (slot == day(2)).then(|| Fate::Skipped("a holiday".into()));
        // Asleep from the evening of the third to that of the fourth.
        let awake = |from: Instant, _| from.naive_utc() != day(3);
        let undone: Vec<_> = left_undone(&evening, &UTC, span, fate, awake)
            .into_iter()
            .map(|(occurrence, past)| (occurrence.slot, past))
            .collect();
        assert_eq!(
            undone,
            [(day(1), Past::Missed), (day(3), Past::Excused), (day(4), Past::Missed)],
            "that of the fifth is still open"
        );
    }

    #[test]
    fn the_slots_of_the_manual_come_when_the_manual_says() {
        let first = |pattern| slot(pattern).next(&UTC, at((2026, 12, 2), 0, 0)).unwrap().slot.to_string();
        assert_eq!(first("0 20 * * SUN"), "2026-12-06 20:00:00");
        assert_eq!(first("0 14 * * SUN#1"), "2026-12-06 14:00:00");
        assert_eq!(first("0 10 * 1,4,7,10 SUN#1"), "2027-01-03 10:00:00");
    }

    #[test]
    fn a_pattern_that_is_none_is_refused() {
        for bad in ["", "0 6 * *", "0 0 6 * * *", "61 6 * * *", "0 6 31 2 *", "0 6 * * FOO", "@daily-ish"] {
            let error = Slot::new(bad, TimeDelta::minutes(30)).unwrap_err();
            assert!(error.contains(bad), "{error}");
        }
        assert!(Slot::new("0 6 * * *", TimeDelta::zero()).is_err());
    }
}
