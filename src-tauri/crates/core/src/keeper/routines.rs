//! Rounds of care in time: which are open, overdue or next, as the loop sees them; told once, finished by themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};

use crate::alerts::OpenRound;
use crate::clock::{Clock, Instant, Zone};
use crate::judge::Verdict;
use crate::keeper::care::Cared;
use crate::keeper::records::Records;
use crate::keeper::rounds::{LOOK_BACK, NextRound, Rounds, RoundsGlance, when};
use crate::keeper::watched::delta;
use crate::observe::OverdueRound;
use crate::profile::Profile;
use crate::routines::book::Book;
use crate::routines::calendar::Fate;
use crate::routines::item::RoundState;
use crate::routines::round::{self, Placed};

/// How often checklists of a person's own are read again.
const NOW_AND_THEN: TimeDelta = TimeDelta::minutes(5);
/// How often open rounds are looked at for whether anything is left to do; when the window looks, it is done at once.
const FINISHES: TimeDelta = TimeDelta::minutes(15);
/// What is said of a time (`today`, `yesterday`) is right for so long.
const SAID: TimeDelta = TimeDelta::minutes(10);

/// The rounds of the ecosystem that is watched.
pub(super) struct Routines {
    profile: Arc<Profile>,
    zone: Zone,
    rounds: Arc<Rounds>,
    book: Book,
    looked_at: Option<Instant>,
    finished_at: Option<Instant>,
    began: Option<Instant>,
    version: Option<i64>,
    fates: BTreeSet<(String, NaiveDateTime)>,
    placed_at: Option<Instant>,
    /// When the next of them changes how it stands.
    changes_at: Option<Instant>,
    seen: RoutinesSeen,
}

/// What one look gives.
#[derive(Clone, Default)]
pub(super) struct RoutinesSeen {
    /// For the light; `None` before anything is known.
    pub overdue: Option<Vec<OverdueRound>>,
    /// For menu and window.
    pub glance: RoundsGlance,
    /// For a reminder.
    pub open: Vec<OpenRound>,
}

impl Routines {
    pub fn new(
        profile: &Arc<Profile>,
        state_dir: &std::path::Path,
        clock: Arc<dyn Clock>,
        zone: Zone,
    ) -> Self {
        Self {
            rounds: Cared::new((**profile).clone(), state_dir, &clock, zone).rounds,
            profile: Arc::clone(profile),
            zone,
            book: Book::default(),
            looked_at: None,
            finished_at: None,
            began: None,
            version: None,
            fates: BTreeSet::new(),
            placed_at: None,
            changes_at: None,
            seen: RoutinesSeen::default(),
        }
    }

    /// How the rounds stand. `verdict` is the newest one, by which rounds are finished where nothing is left to do;
    /// `may_write` says that this process keeps the record.
    pub fn look(
        &mut self,
        records: &mut Records,
        verdict: Option<&Verdict>,
        may_write: bool,
        now: Instant,
    ) -> RoutinesSeen {
        let began = match self.began {
            Some(began) => began,
            None => {
                let known = records.read(|store, ecosystem| store.rounds_began(ecosystem)).flatten();
                let began = known.or_else(|| records.rounds_begin(now).filter(|_| may_write));
                self.began = began;
                began.unwrap_or(now)
            }
        }
        .min(now);
        let due = self.looked_at.is_none_or(|at| now - at >= NOW_AND_THEN || now < at);
        if due {
            self.looked_at = Some(now);
            self.book = self.rounds.book();
        }
        let finishes = self.finished_at.is_none_or(|at| now - at >= FINISHES || now < at);
        if let Some(verdict) = verdict.filter(|_| finishes && may_write && self.seen.glance.open > 0) {
            self.finished_at = Some(now);
            if let Err(error) = self.rounds.finish_open(verdict) {
                tracing::warn!(%error, "rounds were not finished");
            }
        }
        let version = records.read(|store, _| store.version_of_others());
        let stale = self.placed_at.is_none_or(|at| now - at >= SAID || now < at)
            || self.changes_at.is_some_and(|at| now >= at);
        if due || stale || version != self.version {
            self.version = version;
            let since = self.zone.local(now - LOOK_BACK);
            if let Some(fates) = records.read(|store, ecosystem| store.fates_since(ecosystem, since)) {
                self.fates = fates.into_iter().collect();
            }
            self.place(began, now);
        }
        self.seen.clone()
    }

    fn place(&mut self, began: Instant, now: Instant) {
        self.placed_at = Some(now);
        let settings = &self.profile.routines;
        let soon = delta(settings.soon);
        let patience = delta(settings.patience);
        let since = self.rounds.day_of(began);
        let placed: Vec<(&str, &str, f64, Placed)> = self
            .book
            .checklists
            .iter()
            .filter_map(|one| {
                // What became of it does not matter here, only that something did.
                let fate =
                    |slot| self.fates.contains(&(one.id.clone(), slot)).then(|| Fate::Skipped(String::new()));
                let placed = round::place(one, &self.zone, now, since, soon, fate)?;
                Some((one.id.as_str(), one.title.as_str(), one.minutes(), placed))
            })
            .collect();
        let mut overdue: Vec<OverdueRound> = Vec::new();
        let mut open: Vec<OpenRound> = Vec::new();
        let mut count = 0;
        let mut changes: Vec<Instant> = Vec::new();
        let mut next: Option<(bool, Instant, NextRound)> = None;
        for (id, title, minutes, placed) in &placed {
            let occurrence = placed.occurrence;
            // What ended before there was a Caretaker to do it is told to nobody, and colours nothing.
            let is_ours = occurrence.by > began;
            if placed.state.is_open() {
                count += 1;
            }
            if placed.state.is_open() && is_ours {
                open.push(OpenRound {
                    id: (*id).to_owned(),
                    title: (*title).to_owned(),
                    slot: occurrence.slot,
                    by: occurrence.by,
                    minutes: *minutes,
                });
            }
            if placed.state == RoundState::Overdue && is_ours && now - occurrence.by >= patience {
                overdue.push(OverdueRound { title: (*title).to_owned(), by: occurrence.by });
            }
            let following = placed.next.map(|next| next.from);
            let times = [
                Some(occurrence.from - soon),
                Some(occurrence.from),
                Some(occurrence.by),
                Some(occurrence.by + patience),
                following,
                following.map(|from| from - soon),
            ];
            changes.extend(times.into_iter().flatten().filter(|at| *at > now));
            let (state, from, by) = match (placed.state, placed.next) {
                (RoundState::Done | RoundState::Skipped, Some(next)) => {
                    (RoundState::Upcoming, next.from, next.by)
                }
                (state, _) => (state, occurrence.from, occurrence.by),
            };
            let rank = (!state.is_open(), from);
            if next.as_ref().is_none_or(|(is_later, begins, _)| rank < (*is_later, *begins)) {
                let at = |instant| when(instant, now, self.zone);
                let says = match state {
                    RoundState::Due => format!("{title}, due until {}", at(by)),
                    RoundState::Overdue => format!("{title}, was due until {}", at(by)),
                    _ => format!("{title}, {}", at(from)),
                };
                next = Some((
                    rank.0,
                    from,
                    NextRound { id: (*id).to_owned(), title: (*title).to_owned(), state, from, by, says },
                ));
            }
        }
        self.changes_at = changes.into_iter().min();
        overdue.sort_by_key(|one| one.by);
        let glance = RoundsGlance { next: next.map(|(_, _, next)| next), open: count };
        self.seen = RoutinesSeen { overdue: Some(overdue), glance, open };
    }
}
