//! Which backups are kept: the last proven one of each day, week and month. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::id::{ArchiveId, Kind};

/// What retention must know of a backup.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its name, which holds the local time it was begun.
    pub id: ArchiveId,
    /// Whether every byte of it, and of all that it needs, is proven.
    pub proven: bool,
    /// Whether nothing of the tree is missing from it.
    pub flawless: bool,
    /// The archives that hold some of its files.
    pub needs: BTreeSet<ArchiveId>,
}

/// How many days, weeks and months are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub daily: usize,
    /// Weeks.
    pub weekly: usize,
    /// Months.
    pub monthly: usize,
}

impl Keep {
    /// Of days, weeks and months.
    pub fn of(counts: [u16; 3]) -> Self {
        let [daily, weekly, monthly] = counts.map(usize::from);
        Self { daily, weekly, monthly }
    }
}

/// What is kept and why, and what may go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Kept, with the reason in words, oldest first.
    pub keep: Vec<(ArchiveId, String)>,
    /// May go, oldest first.
    pub remove: Vec<ArchiveId>,
}

impl Retention {
    /// Why a backup is kept; `None` where it may go.
    pub fn why(&self, id: ArchiveId) -> Option<String> {
        self.keep.iter().find(|(kept, _)| *kept == id).map(|(_, why)| why.clone())
    }
}

/// Decides. Only proven archives count for a slot, and only proven ones go; what lies in the future counts for none.
pub fn retain(all: &[Candidate], keep: Keep, now: NaiveDateTime) -> Retention {
    let mut reasons: BTreeMap<ArchiveId, String> = BTreeMap::new();
    for candidate in all {
        let id = candidate.id;
        if !candidate.proven {
            reasons.insert(id, "not proven: it is left alone".into());
        } else if id.stamp() > now {
            reasons.insert(id, "from the future: the clock was another".into());
        } else if id.kind() == Kind::Manual {
            reasons.insert(id, "made by hand".into());
        }
    }
    let past = |candidate: &&Candidate| candidate.proven && candidate.id.stamp() <= now;
    for (kind, count) in
        [(Kind::Daily, keep.daily), (Kind::Weekly, keep.weekly), (Kind::Monthly, keep.monthly)]
    {
        let mut slots: BTreeMap<(i32, u32), &Candidate> = BTreeMap::new();
        for candidate in all.iter().filter(past).filter(|candidate| candidate.id.kind() == kind) {
            // The last one of a slot; a flawless one rather than one that lost something.
            let better =
                |other: &&mut &Candidate| (candidate.flawless, candidate.id) > (other.flawless, other.id);
            match slots.entry(slot(kind, candidate.id.stamp().date())) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(candidate);
                }
                std::collections::btree_map::Entry::Occupied(mut taken) => {
                    if better(&taken.get_mut()) {
                        taken.insert(candidate);
                    }
                }
            }
        }
        for (slot, candidate) in slots.iter().rev().take(count) {
            reasons.insert(candidate.id, said(kind, *slot, candidate.id.stamp().date()));
        }
    }
    // The newest of all, and the newest that lost nothing, whatever the slots say.
    for flawless in [false, true] {
        let last =
            all.iter().filter(past).filter(|one| one.flawless || !flawless).max_by_key(|one| one.id.stamp());
        if let Some(last) = last {
            reasons.entry(last.id).or_insert_with(|| "the last good one".into());
        }
    }
    // What a kept one needs is kept; the manifests name all that they need, so once is enough.
    let needed: Vec<(ArchiveId, ArchiveId)> = all
        .iter()
        .filter(|candidate| reasons.contains_key(&candidate.id))
        .flat_map(|candidate| candidate.needs.iter().map(|need| (*need, candidate.id)))
        .collect();
    for (need, by) in needed {
        reasons.entry(need).or_insert_with(|| format!("{by} needs it"));
    }
    let mut result = Retention::default();
    let mut ids: Vec<ArchiveId> = all.iter().map(|candidate| candidate.id).collect();
    ids.sort_unstable();
    for id in ids {
        match reasons.remove(&id) {
            Some(why) => result.keep.push((id, why)),
            None => result.remove.push(id),
        }
    }
    result
}

fn slot(kind: Kind, day: NaiveDate) -> (i32, u32) {
    match kind {
        Kind::Daily | Kind::Manual => (day.year(), day.ordinal()),
        Kind::Weekly => (day.iso_week().year(), day.iso_week().week()),
        Kind::Monthly => (day.year(), day.month()),
    }
}

fn said(kind: Kind, slot: (i32, u32), day: NaiveDate) -> String {
    match kind {
        Kind::Daily | Kind::Manual => format!("last of {}", day.format("%-d %B")),
        Kind::Weekly => format!("last of week {}", slot.1),
        Kind::Monthly => format!("last of {}", day.format("%B %Y")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    const KEEP: Keep = Keep { daily: 7, weekly: 4, monthly: 12 };

    fn at(day: i64, hour: i64) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap()
            + TimeDelta::hours(day * 24 + hour)
    }

    fn one(kind: Kind, day: i64, hour: i64) -> Candidate {
        let id = ArchiveId::new(kind, at(day, hour), 1);
        Candidate { id, proven: true, flawless: true, needs: BTreeSet::new() }
    }

    #[test]
    fn seven_days_are_seven_and_a_second_of_a_day_takes_the_place_of_the_first() {
        let mut all: Vec<_> = (0..10).map(|day| one(Kind::Daily, day, 6)).collect();
        all.push(one(Kind::Daily, 9, 12));
        let kept = retain(&all, KEEP, at(9, 13));
        assert_eq!(kept.keep.len(), 7);
        assert_eq!(kept.remove, [all[0].id, all[1].id, all[2].id, all[9].id]);
        assert_eq!(kept.keep.last().unwrap().1, "last of 10 January");
    }

    #[test]
    fn a_holiday_prunes_nothing_of_what_is_left() {
        let all: Vec<_> = (0..3).map(|day| one(Kind::Daily, day, 6)).collect();
        assert_eq!(retain(&all, KEEP, at(90, 0)).remove, []);
    }

    #[test]
    fn what_is_not_proven_neither_counts_nor_goes_and_what_is_needed_stays() {
        let mut all: Vec<_> = (0..9).map(|day| one(Kind::Daily, day, 6)).collect();
        all[8].proven = false;
        let first = all[0].id;
        all[7].needs.insert(first);
        let kept = retain(&all, KEEP, at(9, 0));
        assert_eq!(kept.remove, []);
        let why: BTreeMap<_, _> = kept.keep.into_iter().collect();
        assert!(why[&all[0].id].ends_with("needs it"), "{why:?}");
        assert!(why[&all[8].id].starts_with("not proven"));
    }

    #[test]
    fn a_clock_that_jumped_ahead_costs_nothing() {
        let mut all: Vec<_> = (0..7).map(|day| one(Kind::Daily, day, 6)).collect();
        all.extend((4_000..4_010).map(|day| one(Kind::Daily, day, 6)));
        assert_eq!(retain(&all, KEEP, at(7, 0)).remove, []);
    }

    /// The rules again, as plainly as can be.
    fn model(all: &[Candidate], keep: Keep, now: NaiveDateTime) -> BTreeSet<ArchiveId> {
        let mut kept = BTreeSet::new();
        let good: Vec<&Candidate> = all.iter().filter(|one| one.proven && one.id.stamp() <= now).collect();
        for kind in [Kind::Daily, Kind::Weekly, Kind::Monthly] {
            let count = [keep.daily, keep.weekly, keep.monthly][kind as usize];
            let mut mine: Vec<_> = good.iter().filter(|one| one.id.kind() == kind).collect();
            mine.sort_by_key(|one| one.id);
            let mut slots = Vec::new();
            for one in mine.iter().rev() {
                let slot = slot(kind, one.id.stamp().date());
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
            }
            for slot_kept in slots.into_iter().take(count) {
                let here = || mine.iter().filter(|one| slot(kind, one.id.stamp().date()) == slot_kept);
                let last = here().rev().find(|one| one.flawless).or_else(|| here().next_back());
                kept.extend(last.map(|one| one.id));
            }
        }
        kept.extend(
            all.iter()
                .filter(|one| !good.iter().any(|g| g.id == one.id) || one.id.kind() == Kind::Manual)
                .map(|one| one.id),
        );
        kept.extend(good.iter().max_by_key(|one| one.id.stamp()).map(|one| one.id));
        kept.extend(
            good.iter().filter(|one| one.flawless).max_by_key(|one| one.id.stamp()).map(|one| one.id),
        );
        let needed: Vec<_> =
            all.iter().filter(|one| kept.contains(&one.id)).flat_map(|one| one.needs.clone()).collect();
        kept.extend(needed);
        kept
    }

    proptest! {
        #[test]
        fn any_history_is_kept_as_the_model_says(
            history in proptest::collection::vec((0..4_usize, 0..500_i64, 0..24_i64, any::<(bool, bool, u8)>()), 0..120),
            (daily, weekly, monthly) in (1..9_usize, 1..6_usize, 1..14_usize),
            now in 0..500_i64,
        ) {
            let mut all: Vec<Candidate> = Vec::new();
            for (kind, day, hour, (proven, flawless, need)) in history {
                let mut next = one(Kind::ALL[kind], day, hour);
                if all.iter().any(|known| known.id == next.id) {
                    continue;
                }
                (next.proven, next.flawless) = (proven, flawless);
                if let Some(other) = all.get(usize::from(need) % (all.len() + 3)) {
                    next.needs.insert(other.id);
                }
                all.push(next);
            }
            let keep = Keep { daily, weekly, monthly };
            let kept = retain(&all, keep, at(now, 12));
            let ids: BTreeSet<_> = kept.keep.iter().map(|(id, _)| *id).collect();
            prop_assert_eq!(&ids, &model(&all, keep, at(now, 12)));
            // Whoever prunes twice prunes nothing the second time.
            let left: Vec<_> = all.into_iter().filter(|one| ids.contains(&one.id)).collect();
            prop_assert_eq!(retain(&left, keep, at(now, 12)).remove, vec![]);
        }
    }
}
