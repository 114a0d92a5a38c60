//! The rounds of a year: what became of each, by day and by checklist, and what was written on them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};

use super::{PastRound, RoundDay, RoundHistory, RoundSums, Rounds};
use crate::clock::Instant;
use crate::error::Result;
use crate::routines::calendar::Fate;
use crate::routines::past::{self, PastFate, Sums};
use crate::routines::round::Recorded;

/// Days that the heat map shows.
const YEAR: i64 = 365;
/// Rounds that are listed at most.
const MOST: usize = 500;

impl Rounds {
    /// What became of the rounds of the last year.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn history(&self) -> Result<RoundHistory> {
        let now = self.clock.now();
        let today = self.zone.local(now).date();
        let first = today - TimeDelta::days(YEAR - 1);
        let mut days: BTreeMap<NaiveDate, RoundDay> =
            first.iter_days().take_while(|day| *day <= today).map(|day| (day, blank(day))).collect();
        let (mut checklists, mut listed) = (Vec::new(), Vec::new());
        let kept = self.kept(now)?;
        let begins = self.zone.instant(first.and_time(chrono::NaiveTime::MIN)).unwrap_or(now).max(kept.since);
        let (all, hours) = match &kept.store {
            Some((store, ecosystem)) => (
                store.rounds_since(*ecosystem, self.zone.local(begins))?,
                store.hours_awake(*ecosystem, begins, now)?.into_iter().collect(),
            ),
            None => (Vec::new(), BTreeSet::new()),
        };
        let awake = |from: Instant, until: Instant| {
            let first_hour = from.timestamp() - from.timestamp().rem_euclid(3_600);
            hours.range(first_hour..until.timestamp()).next().is_some()
        };
        for checklist in &self.book().checklists {
            let of: Vec<&Recorded> = all.iter().filter(|round| round.checklist == checklist.id).collect();
            let over = past::over(checklist, &self.zone, (begins, now), &of, awake);
            let mut sums = Sums::default();
            for one in &over {
                sums.add(one.fate);
                if let Some(day) = days.get_mut(&past::day_of(one)) {
                    count(day, one.fate);
                }
                let recorded = of.iter().find(|round| round.slot == one.slot);
                listed.push(past_round(&checklist.id, &checklist.title, one, recorded.copied()));
            }
            let open = self.place(checklist, &kept, now).filter(|placed| placed.state.is_open());
            if let Some(placed) = open
                && let Some(day) = days.get_mut(&placed.occurrence.slot.date())
            {
                day.open += 1;
            }
            checklists.push(RoundSums {
                id: checklist.id.clone(),
                title: checklist.title.clone(),
                done: sums.done,
                late: sums.late,
                skipped: sums.skipped,
                missed: sums.missed,
                excused: sums.excused,
                rate: sums.rate(),
                usual_seconds: past::usual_seconds(&of),
            });
        }
        listed.sort_by(|one, other| other.slot.cmp(&one.slot).then_with(|| one.id.cmp(&other.id)));
        listed.truncate(MOST);
        Ok(RoundHistory { checklists, days: days.into_values().collect(), past: listed })
    }

    /// The rounds on which something was written that holds `text`, newest first, whatever their age.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn search(&self, text: &str) -> Result<Vec<PastRound>> {
        let wanted = text.trim().to_lowercase();
        let kept = self.kept(self.clock.now())?;
        let Some((store, ecosystem)) = kept.store.as_ref().filter(|_| !wanted.is_empty()) else {
            return Ok(Vec::new());
        };
        let book = self.book();
        let title = |id: &str| book.find(id).map_or_else(|| id.to_owned(), |one| one.title.clone());
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        let mut found: Vec<PastRound> = store
            .rounds_since(*ecosystem, chrono::NaiveDateTime::MIN)?
            .iter()
            .filter(|round| {
                let marks = &round.marks;
                marks
                    .items
                    .values()
                    .any(|mark| holds(&mark.note) || (!mark.note.is_empty() && holds(&mark.text)))
                    || marks.reason.as_deref().is_some_and(holds)
            })
            .map(|round| {
                let fate = match &round.fate {
                    Some(Fate::Skipped(_)) => PastFate::Skipped,
                    Some(Fate::Done(_)) | None => PastFate::Done,
                };
                let over = past::Over { slot: round.slot, fate };
                past_round(&round.checklist, &title(&round.checklist), &over, Some(round))
            })
            .collect();
        found.reverse();
        found.truncate(MOST);
        Ok(found)
    }
}

fn past_round(id: &str, title: &str, over: &past::Over, recorded: Option<&Recorded>) -> PastRound {
    let marks = recorded.map(|round| &round.marks);
    let notes = marks.into_iter().flat_map(|marks| marks.items.values());
    PastRound {
        id: id.to_owned(),
        title: title.to_owned(),
        slot: over.slot.format("%Y-%m-%dT%H:%M:%S").to_string(),
        fate: over.fate,
        at: recorded.and_then(|round| match &round.fate {
            Some(Fate::Done(at)) => Some(*at),
            _ => round.marks.touched.last().copied(),
        }),
        reason: marks.and_then(|marks| marks.reason.clone()),
        seconds: marks.map_or(0, |marks| u64::try_from(marks.spent().num_seconds()).unwrap_or(0)),
        notes: notes
            .filter(|mark| !mark.note.is_empty())
            .map(|mark| (mark.text.clone(), mark.note.clone()))
            .collect(),
    }
}

fn blank(day: NaiveDate) -> RoundDay {
    RoundDay { date: day.to_string(), done: 0, skipped: 0, missed: 0, excused: 0, open: 0 }
}

fn count(day: &mut RoundDay, fate: PastFate) {
    match fate {
        PastFate::Done | PastFate::Late => day.done += 1,
        PastFate::Skipped => day.skipped += 1,
        PastFate::Missed => day.missed += 1,
        PastFate::Excused => day.excused += 1,
    }
}
