//! One gentle word about rounds that are due: each once, several in one, within a person's hours. Pure.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::clock::Instant;

/// A round that can be done now.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRound {
    /// The checklist.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The wall time it is called by.
    pub slot: NaiveDateTime,
    /// Until when it should be done.
    pub by: Instant,
    /// How many minutes it is thought to take.
    pub minutes: f64,
}

/// Which rounds were spoken of: written down, so that a restart says nothing twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reminders {
    told: BTreeMap<String, NaiveDateTime>,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// The rounds it speaks of.
    pub ids: Vec<String>,
    /// One line.
    pub title: String,
    /// What is to be done.
    pub body: String,
}

impl Reminders {
    /// Takes over what another process said.
    pub fn take_over(&mut self, kept: Self) {
        for (id, slot) in kept.told {
            let told = self.told.entry(id).or_insert(slot);
            *told = slot.max(*told);
        }
    }

    /// What is to be said now, if anything; what was said once is never said again, nor anything of an earlier time.
    ///
    /// `local` gives the wall time of an instant.
    pub fn next(
        &mut self,
        open: &[OpenRound],
        hours: Option<(NaiveTime, NaiveTime)>,
        local: impl Fn(Instant) -> NaiveDateTime,
        now: Instant,
    ) -> Option<Reminder> {
        if !hours.is_none_or(|hours| is_within(hours, local(now).time())) {
            return None;
        }
        let is_new = |round: &&OpenRound| self.told.get(&round.id).is_none_or(|told| *told < round.slot);
        let new: Vec<&OpenRound> = open.iter().filter(is_new).collect();
        let (first, more) = new.split_first()?;
        let until = |round: &OpenRound| {
            let by = local(round.by);
            match (round.by <= now, by.date() == local(now).date()) {
                (true, _) => format!("was due until {}", by.format("%H:%M")),
                (false, true) => format!("due until {}", by.format("%H:%M")),
                (false, false) => format!("due until {}", by.format("%A %H:%M")),
            }
        };
        let minutes: f64 = new.iter().map(|round| round.minutes).sum();
        let (title, mut body) = if more.is_empty() {
            (first.title.clone(), format!("{}.", capital(&until(first))))
        } else {
            let lines: Vec<String> =
                new.iter().map(|round| format!("{}: {}.", round.title, until(round))).collect();
            (format!("{} rounds of care", new.len()), lines.join("\n"))
        };
        if minutes >= 1.0 {
            body.push_str(&format!(" About {minutes:.0} min, less what ticks itself."));
        }
        let ids: Vec<String> = new.iter().map(|round| round.id.clone()).collect();
        let slots: Vec<(String, NaiveDateTime)> =
            new.iter().map(|round| (round.id.clone(), round.slot)).collect();
        self.told.extend(slots);
        Some(Reminder { ids, title, body })
    }
}

/// Whether a time lies within hours, which may go over midnight.
fn is_within((from, until): (NaiveTime, NaiveTime), time: NaiveTime) -> bool {
    if from <= until { (from..until).contains(&time) } else { time >= from || time < until }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    fn at(day: u32, hour: u32, minute: u32) -> Instant {
        NaiveDate::from_ymd_opt(2026, 12, day).unwrap().and_hms_opt(hour, minute, 0).unwrap().and_utc()
    }

    fn round(id: &str, begins: Instant) -> OpenRound {
        let by = begins + TimeDelta::minutes(30);
        OpenRound { id: id.into(), title: format!("Round {id}"), slot: begins.naive_utc(), by, minutes: 5.0 }
    }

    fn hours(from: u32, until: u32) -> Option<(NaiveTime, NaiveTime)> {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Some((time(from), time(until)))
    }

    #[test]
    fn each_round_is_told_once_and_several_in_one() {
        let mut reminders = Reminders::default();
        let mut next = |open: &[OpenRound], now| reminders.next(open, None, |at| at.naive_utc(), now);
        let (a, b) = (round("a", at(6, 14, 0)), round("b", at(6, 14, 0)));
        let both = next(&[a.clone(), b.clone()], at(6, 14, 1)).unwrap();
        assert_eq!(
            (both.ids.as_slice(), both.title.as_str()),
            (["a".into(), "b".into()].as_slice(), "2 rounds of care")
        );
        assert_eq!(next(&[a.clone(), b], at(6, 14, 2)), None);
        let later = next(&[a, round("c", at(6, 15, 0))], at(6, 16, 0)).unwrap();
        assert_eq!(later.title, "Round c");
        assert_eq!(later.body, "Was due until 15:30. About 5 min, less what ticks itself.");
        // The clock was set back by a day: what was told is not told again.
        assert_eq!(next(&[round("a", at(5, 14, 0))], at(5, 14, 1)), None);
        assert_eq!(next(&[round("a", at(7, 14, 0))], at(7, 14, 1)).unwrap().ids, ["a"]);
    }

    #[test]
    fn outside_of_the_hours_nothing_is_said_until_they_begin() {
        let mut reminders = Reminders::default();
        let open = [round("night", at(6, 23, 0))];
        let mut next = |now| reminders.next(&open, hours(7, 22), |at| at.naive_utc(), now);
        assert_eq!(next(at(6, 23, 5)), None);
        assert_eq!(next(at(7, 6, 59)), None);
        assert!(next(at(7, 7, 0)).is_some());
        assert_eq!(next(at(7, 7, 1)), None);
        // Hours of somebody who works at night.
        assert!(is_within(hours(22, 7).unwrap(), NaiveTime::from_hms_opt(3, 0, 0).unwrap()));
        assert!(!is_within(hours(22, 7).unwrap(), NaiveTime::from_hms_opt(12, 0, 0).unwrap()));
    }
}
