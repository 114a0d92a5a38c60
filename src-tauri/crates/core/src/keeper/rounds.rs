//! The rounds of care, for whoever shows them and ticks them off.

mod known;
mod paper;
mod past;
mod shown;

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};

use self::shown::round as shown_round;
pub(super) use self::shown::when;
pub use self::shown::*;
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Verdict;
use crate::keeper::journal::Journal;
use crate::keeper::reports::Reports;
use crate::keeper::rounds::known::{ChangesKept, KnownNow};
use crate::keeper::watched::delta;
use crate::profile::Profile;
use crate::routines::book::Book;
use crate::routines::calendar::Fate;
use crate::routines::checklist::{Checklist, Item};
use crate::routines::evidence;
use crate::routines::item::RoundState;
use crate::routines::round::{self, Deed, ItemStands, Placed, Recorded};
use crate::store::{EcosystemId, Entered, Store};

/// Rounds on record that are looked at to tell how one stands: a quarter and a bit.
pub(super) const LOOK_BACK: TimeDelta = TimeDelta::days(100);

/// The rounds of one ecosystem.
pub struct Rounds {
    profile: Profile,
    state_dir: PathBuf,
    clock: Arc<dyn Clock>,
    zone: Zone,
    reports: Arc<Reports>,
    changes: ChangesKept,
}

/// What is on record of rounds.
struct Kept {
    store: Option<(Store, EcosystemId)>,
    rounds: Vec<Recorded>,
    since: Instant,
}

impl Rounds {
    /// The rounds of what `profile` describes, with what Caretaker wrote into `state_dir`.
    pub fn new(
        profile: Profile,
        state_dir: &Path,
        clock: Arc<dyn Clock>,
        zone: Zone,
        reports: Arc<Reports>,
    ) -> Self {
        let state_dir = state_dir.to_owned();
        Self { profile, state_dir, clock, zone, reports, changes: ChangesKept::default() }
    }

    /// All rounds as they stand now, `verdict` being the newest judgement.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn shown(&self, verdict: Option<&Verdict>) -> Result<RoundsShown> {
        let now = self.clock.now();
        let book = self.book();
        let kept = self.kept(now)?;
        let known = self.known(verdict, &kept, now);
        let mut rounds: Vec<RoundShown> = book
            .checklists
            .iter()
            .filter_map(|one| {
                let placed = self.place(one, &kept, now)?;
                let recorded = kept.of(one, placed.occurrence.slot);
                let items = round::items(one, &recorded, &known);
                Some(shown_round(one, &placed, &recorded, items, now, self.zone))
            })
            .collect();
        rounds.sort_by_key(|one| (!one.state.is_open(), one.due_from, one.cadence));
        Ok(RoundsShown { rounds, problems: book.problems })
    }

    /// Does what a person wants about the round of `id` that is called by `slot`; the one at hand where none is named.
    ///
    /// # Errors
    /// When there is no such round or item, it is not its time yet, a note or reason is missing, or the record cannot be
    /// written; nothing has changed then.
    pub fn act(
        &self,
        id: &str,
        slot: Option<NaiveDateTime>,
        deed: &Deed,
        verdict: Option<&Verdict>,
    ) -> Result<RoundsShown> {
        let now = self.clock.now();
        let book = self.book();
        let checklist = self.find(&book, id)?;
        let kept = self.kept(now)?;
        let slot = match slot {
            Some(slot) => self.known_slot(checklist, slot)?,
            None => self.at_hand(checklist, &kept, now)?,
        };
        let known = self.known(verdict, &kept, now);
        let mut store = Store::open(&self.state_dir)?.store;
        let ecosystem = store.ecosystem(&self.profile.root)?;
        store.rounds_begin(ecosystem, now)?;
        let fate = store.change_round(ecosystem, id, slot, |recorded| {
            let before = recorded.fate.clone();
            round::act(checklist, recorded, deed, &known, now)?;
            Ok(recorded.fate.clone().filter(|fate| before.as_ref() != Some(fate)))
        })?;
        drop(store);
        self.enter(checklist, fate.as_ref(), now);
        self.shown(verdict)
    }

    /// Finishes the open rounds in which nothing is left to do; what is left to a person is not looked at first.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub fn finish_open(&self, verdict: &Verdict) -> Result<()> {
        let now = self.clock.now();
        let book = self.book();
        let kept = self.kept(now)?;
        let Some((_, ecosystem)) = &kept.store else { return Ok(()) };
        let known = self.known(Some(verdict), &kept, now);
        for checklist in &book.checklists {
            let Some(placed) = self.place(checklist, &kept, now).filter(|placed| placed.state.is_open())
            else {
                continue;
            };
            let slot = placed.occurrence.slot;
            let recorded = kept.of(checklist, slot);
            let waits = |item: &Item| {
                item.proof.is_none()
                    && recorded.marks.items.get(&item.id).is_none_or(|mark| mark.state.is_none())
            };
            if checklist.items.iter().any(waits)
                || !round::finish(checklist, &mut recorded.clone(), &known, now)
            {
                continue;
            }
            let mut store = Store::open(&self.state_dir)?.store;
            let fate = store.change_round(*ecosystem, &checklist.id, slot, |recorded| {
                let finished = round::finish(checklist, recorded, &known, now);
                Ok(recorded.fate.clone().filter(|_| finished))
            })?;
            drop(store);
            self.enter(checklist, fate.as_ref(), now);
        }
        Ok(())
    }

    /// Enters what became of a round into the journal.
    fn enter(&self, checklist: &Checklist, fate: Option<&Fate>, now: Instant) {
        let (kind, text) = match fate {
            None => return,
            Some(Fate::Done(_)) => (Entered::Round, format!("{} was done.", checklist.title)),
            Some(Fate::Skipped(reason)) => {
                (Entered::Skip, format!("{} was left out: {reason}", checklist.title))
            }
        };
        let journal = Journal::new(&self.state_dir, &self.profile.root);
        journal.note_done(now, kind, text, Some(checklist.id.clone()));
    }

    /// Sees that there is a checklist `id`.
    ///
    /// # Errors
    /// Names those that there are.
    pub fn named(&self, id: &str) -> Result<()> {
        self.find(&self.book(), id).map(drop)
    }

    /// The checklists in force, as they lie there now.
    pub(super) fn book(&self) -> Book {
        let settings = &self.profile.routines;
        Book::open(settings.folder.as_deref(), &settings.times, &settings.left_out)
    }

    fn find<'a>(&self, book: &'a Book, id: &str) -> Result<&'a Checklist> {
        book.find(id).ok_or_else(|| {
            let all: Vec<&str> = book.checklists.iter().map(|one| one.id.as_str()).collect();
            Error::new(ErrorKind::NotFound, format!("there is no checklist “{id}”"))
                .hint(format!("The checklists are: {}.", all.join(", ")))
        })
    }

    fn known<'a>(&'a self, verdict: Option<&'a Verdict>, kept: &'a Kept, now: Instant) -> KnownNow<'a> {
        KnownNow {
            now,
            zone: self.zone,
            verdict,
            record: kept.store.as_ref().map(|(store, ecosystem)| (store, *ecosystem)),
            reports: &self.reports,
            root: &self.profile.root,
            changes: &self.changes,
            state_dir: &self.state_dir,
            backups: &self.profile.backups.folder,
            away: self.profile.away.as_ref(),
            catalogue: OnceCell::new(),
            read: RefCell::default(),
            examined: RefCell::default(),
        }
    }

    fn place(&self, checklist: &Checklist, kept: &Kept, now: Instant) -> Option<Placed> {
        let soon = delta(self.profile.routines.soon);
        let fate = |slot| kept.find(checklist, slot).and_then(|round| round.fate.clone());
        round::place(checklist, &self.zone, now, kept.since, soon, fate)
    }

    /// The slot that a person means who names none: the open round, or the one that was finished last.
    fn at_hand(&self, checklist: &Checklist, kept: &Kept, now: Instant) -> Result<NaiveDateTime> {
        let nothing = || Error::new(ErrorKind::NotFound, format!("“{}” never comes", checklist.id));
        let placed = self.place(checklist, kept, now).ok_or_else(nothing)?;
        if placed.state == RoundState::Upcoming {
            let from = self.zone.local(placed.occurrence.from).format("%A %Y-%m-%d %H:%M");
            return Err(Error::new(
                ErrorKind::Usage,
                format!("“{}” is not due yet: it comes on {from}", checklist.title),
            )
            .hint("What is done before its time is not done for it."));
        }
        Ok(placed.occurrence.slot)
    }

    /// A slot that the checklist really has.
    fn known_slot(&self, checklist: &Checklist, slot: NaiveDateTime) -> Result<NaiveDateTime> {
        let begins = self.zone.instant(slot);
        let found = begins.and_then(|begins| checklist.slot.last(&self.zone, begins));
        found.map(|found| found.slot).filter(|found| *found == slot).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("“{}” does not come at {slot}", checklist.id))
        })
    }

    fn kept(&self, now: Instant) -> Result<Kept> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else {
            return Ok(Kept { store: None, rounds: Vec::new(), since: self.day_of(now) });
        };
        let Some(ecosystem) = store.find_ecosystem(&self.profile.root)? else {
            return Ok(Kept { store: None, rounds: Vec::new(), since: self.day_of(now) });
        };
        let rounds = store.rounds_since(ecosystem, self.zone.local(now - LOOK_BACK))?;
        let since = self.day_of(store.rounds_began(ecosystem)?.unwrap_or(now).min(now));
        Ok(Kept { store: Some((store, ecosystem)), rounds, since })
    }

    /// The beginning of the day of `at`: whoever begins at nine can still do the morning's round.
    pub(super) fn day_of(&self, at: Instant) -> Instant {
        let day = self.zone.local(at).date().and_time(chrono::NaiveTime::MIN);
        self.zone.instant(day).unwrap_or(at)
    }
}

impl Kept {
    fn find(&self, checklist: &Checklist, slot: NaiveDateTime) -> Option<&Recorded> {
        self.rounds.iter().find(|round| round.checklist == checklist.id && round.slot == slot)
    }

    fn of(&self, checklist: &Checklist, slot: NaiveDateTime) -> Recorded {
        self.find(checklist, slot).cloned().unwrap_or_else(|| Recorded::blank(&checklist.id, slot))
    }
}

/// The remedies of an item, for whoever shows it.
fn remedies_of(stands: &ItemStands<'_>) -> Vec<ItemRemedy> {
    evidence::remedies(stands.item, &stands.judged, stands.state)
        .into_iter()
        .map(|rule| ItemRemedy { text: rule.text.clone(), action: rule.action.clone() })
        .collect()
}
