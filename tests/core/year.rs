//! A year of care: a person who sleeps at night, goes on holiday for a week, forgets now and then; a machine that sleeps too,
//! and is started anew each day. Each round comes exactly as often as an obvious calendar says, each is told at most once, and
//! what nobody could do is excused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/zone.rs"]
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use caretaker_core::alerts::{OpenRound, Reminders};
use caretaker_core::clock::Instant;
use caretaker_core::routines::book::Book;
use caretaker_core::routines::calendar::{Fate, WallTime};
use caretaker_core::routines::past::{PastFate, over};
use caretaker_core::routines::round::{Marks, Recorded, place};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use zone::In;

const YEAR: i32 = 2026;

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(YEAR, month, day).unwrap()
}

fn is_holiday(date: NaiveDate) -> bool {
    (day(8, 3)..=day(8, 9)).contains(&date)
}

/// The machine runs from seven to a quarter past eleven at night, and stays shut in the holiday.
fn is_awake(local: NaiveDateTime) -> bool {
    let minutes = local.time().hour() * 60 + local.time().minute();
    (7 * 60..23 * 60 + 15).contains(&minutes) && !is_holiday(local.date())
}

/// When a round comes, told in the plainest way there is.
fn comes(id: &str, date: NaiveDate) -> Option<NaiveDateTime> {
    let sunday = date.weekday() == Weekday::Sun;
    let first = sunday && date.day() <= 7;
    let hour = match id {
        "morning" => Some(6),
        "evening" => Some(18),
        "night" => Some(23),
        "weekly" => sunday.then_some(20),
        "monthly" => first.then_some(14),
        "quarterly" => (first && matches!(date.month(), 1 | 4 | 7 | 10)).then_some(10),
        other => panic!("{other} is no checklist"),
    }?;
    date.and_hms_opt(hour, 0, 0)
}

/// What a person does about a round: each week something is forgotten, and something left out.
fn wish(id: &str, slot: NaiveDateTime) -> Option<&'static str> {
    match (id, slot.weekday()) {
        ("evening", Weekday::Fri) => None,
        ("morning", Weekday::Sat) => Some("skip"),
        _ => Some("do"),
    }
}

#[test]
fn a_year_has_each_round_exactly_as_often_as_the_calendar_says() {
    let zone = In(Tz::Europe__Berlin);
    let book = Book::open(None, &[], &[]);
    let begins = zone.instant(day(1, 1).and_hms_opt(0, 0, 0).unwrap()).unwrap();
    let ends = zone.instant(day(12, 31).and_hms_opt(23, 59, 0).unwrap()).unwrap();
    let hours =
        Some((NaiveTime::from_hms_opt(7, 30, 0).unwrap(), NaiveTime::from_hms_opt(23, 30, 0).unwrap()));

    let mut reminders = Reminders::default();
    let mut told: BTreeMap<(String, NaiveDateTime), usize> = BTreeMap::new();
    let mut done: BTreeMap<(String, NaiveDateTime), Fate> = BTreeMap::new();
    let mut opened: BTreeSet<(String, NaiveDateTime)> = BTreeSet::new();
    let mut awake_at: Vec<Instant> = Vec::new();
    let mut now = begins;
    while now <= ends {
        let local = zone.local(now);
        if !is_awake(local) {
            now += TimeDelta::minutes(10);
            continue;
        }
        awake_at.push(now);
        let mut open = Vec::new();
        for one in &book.checklists {
            let fate = |slot| done.get(&(one.id.clone(), slot)).cloned();
            let placed = place(one, &zone, now, begins, TimeDelta::minutes(30), fate).unwrap();
            if !placed.state.is_open() {
                continue;
            }
            let (slot, by) = (placed.occurrence.slot, placed.occurrence.by);
            opened.insert((one.id.clone(), slot));
            open.push(OpenRound { id: one.id.clone(), title: one.title.clone(), slot, by, minutes: 5.0 });
            // A person comes to it at the look after it was told.
            if told.contains_key(&(one.id.clone(), slot)) {
                match wish(&one.id, slot) {
                    Some("do") => drop(done.insert((one.id.clone(), slot), Fate::Done(now))),
                    Some(_) => drop(done.insert((one.id.clone(), slot), Fate::Skipped("no".into()))),
                    None => {}
                }
            }
        }
        if let Some(reminder) = reminders.next(&open, hours, |at| zone.local(at), now) {
            for id in reminder.ids {
                let slot = open.iter().find(|one| one.id == id).unwrap().slot;
                *told.entry((id, slot)).or_default() += 1;
            }
        }
        // Started anew: only what is written down is known.
        if local.hour() == 12 && local.minute() == 0 {
            let written = serde_json::to_string(&reminders).unwrap();
            reminders = serde_json::from_str(&written).unwrap();
        }
        now += TimeDelta::minutes(10);
    }

    assert!(told.values().all(|times| *times == 1), "told more than once: {told:?}");
    let awake = |from: Instant, until: Instant| {
        let place = awake_at.partition_point(|at| *at < from);
        awake_at.get(place).is_some_and(|at| *at < until)
    };
    for one in &book.checklists {
        let recorded: Vec<Recorded> = done
            .iter()
            .filter(|((id, _), _)| *id == one.id)
            .map(|((id, slot), fate)| Recorded {
                checklist: id.clone(),
                slot: *slot,
                fate: Some(fate.clone()),
                marks: Marks::default(),
            })
            .collect();
        let all = over(one, &zone, (begins, ends), &recorded.iter().collect::<Vec<_>>(), awake);
        let expected: Vec<NaiveDateTime> =
            day(1, 1).iter_days().take(365).filter_map(|date| comes(&one.id, date)).collect();
        let mut seen: Vec<NaiveDateTime> = all.iter().map(|over| over.slot).collect();
        // The last one may be open still.
        let last = *expected.last().unwrap();
        if !seen.contains(&last) {
            seen.push(last);
        }
        assert_eq!(seen, expected, "{}", one.id);

        for over in &all {
            let what = format!("{} of {}: {:?}", one.id, over.slot, over.fate);
            let next = expected.iter().find(|slot| **slot > over.slot);
            let slept = !awake(
                zone.instant(over.slot).unwrap(),
                next.map_or(ends, |next| zone.instant(*next).unwrap()),
            );
            match over.fate {
                PastFate::Excused => assert!(slept, "{what}: the machine was awake"),
                PastFate::Missed => {
                    assert!(!slept, "{what}: nobody could");
                    assert!(opened.contains(&(one.id.clone(), over.slot)), "{what}: it was never open");
                }
                PastFate::Skipped => assert_eq!(wish(&one.id, over.slot), Some("skip"), "{what}"),
                PastFate::Done | PastFate::Late => assert_eq!(wish(&one.id, over.slot), Some("do"), "{what}"),
            }
        }
        let excused = all.iter().filter(|over| over.fate == PastFate::Excused).count();
        // The week of holiday, and nothing else.
        match one.id.as_str() {
            "morning" => assert_eq!(excused, 7),
            // That of the last day is still open on the morning after, and is done then.
            "evening" | "night" => assert_eq!(excused, 6),
            _ => assert_eq!(excused, 0, "a week or more is time enough"),
        }
        let missed: Vec<_> = all.iter().filter(|over| over.fate == PastFate::Missed).collect();
        let fridays = if one.id == "evening" { 51 } else { 0 };
        assert!(
            missed.iter().all(|over| one.id == "evening" && over.slot.weekday() == Weekday::Fri),
            "{missed:?}"
        );
        assert!(missed.len().abs_diff(fridays) <= 1, "{}: {}", one.id, missed.len());
    }
}
