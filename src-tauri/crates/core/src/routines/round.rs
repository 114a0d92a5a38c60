//! A round: a checklist at one of its times, with what a person ticked and wrote, and how it stands. Pure.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::routines::calendar::{self, Fate, Occurrence, Standing, WallTime};
use crate::routines::checklist::{Checklist, Item};
use crate::routines::evidence::{Judged, Known, judge};
use crate::routines::item::{ItemEvidence, ItemKind, ItemState, RoundState};

/// Between two deeds of a person that lie further apart, nobody was at it.
const PAUSE: TimeDelta = TimeDelta::minutes(5);
/// Looking at a round and ticking one thing takes so long at least.
const A_LOOK: TimeDelta = TimeDelta::seconds(10);
/// The longest note, in bytes.
const LONGEST_NOTE: usize = 100_000;

/// What is written down of a round.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// What a person said of its items.
    #[serde(default)]
    pub items: BTreeMap<String, Mark>,
    /// When a person did something about it.
    #[serde(default)]
    pub touched: Vec<Instant>,
    /// How its items stood when it was finished.
    #[serde(default)]
    pub ended: BTreeMap<String, Ended>,
    /// Why it was left out as a whole.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a person said of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Ticked, overruled or left out; `None` where there is only a note.
    pub state: Option<ItemState>,
    /// What was written; the reason, where it was left out.
    #[serde(default)]
    pub note: String,
    /// When.
    pub at: Instant,
    /// What the item asked when it was said, so that a note can be understood later.
    #[serde(default)]
    pub text: String,
}

/// How an item stood at the end of its round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// How.
    pub state: ItemState,
    /// What spoke for it.
    pub evidence: Option<ItemEvidence>,
}

/// A round as it is on record.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The checklist.
    pub checklist: String,
    /// The wall time it is called by.
    pub slot: NaiveDateTime,
    /// What became of it; `None` while it is open.
    pub fate: Option<Fate>,
    /// What was ticked and written.
    pub marks: Marks,
}

impl Recorded {
    /// One of which nothing is on record yet.
    pub fn blank(checklist: &str, slot: NaiveDateTime) -> Self {
        Self { checklist: checklist.to_owned(), slot, fate: None, marks: Marks::default() }
    }
}

impl Marks {
    /// How long a person was at it: the time between deeds that belong together.
    pub fn spent(&self) -> TimeDelta {
        let mut sorted = self.touched.clone();
        sorted.sort();
        let together = |pair: &[Instant]| match pair {
            [one, next] if *next - *one <= PAUSE => *next - *one,
            _ => TimeDelta::zero(),
        };
        let between: TimeDelta = sorted.windows(2).map(together).sum();
        if sorted.is_empty() { TimeDelta::zero() } else { between.max(A_LOOK) }
    }

    fn touch(&mut self, now: Instant) {
        self.touched.push(now);
        // Thousands of clicks on one round are nobody's morning.
        let surplus = self.touched.len().saturating_sub(1_000);
        self.touched.drain(..surplus);
    }
}

/// An item of a round, with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemStands<'a> {
    /// The item.
    pub item: &'a Item,
    /// How it stands, by the evidence and by what a person said.
    pub state: ItemState,
    /// What the evidence alone says.
    pub judged: Judged,
}

/// The items of a round as they stand: by the evidence, or, where it was finished, as they stood then.
pub fn items<'a>(checklist: &'a Checklist, recorded: &Recorded, known: &impl Known) -> Vec<ItemStands<'a>> {
    let day = recorded.slot.date();
    let stand = |item: &'a Item| {
        let mark = recorded.marks.items.get(&item.id);
        if let (Some(_), Some(ended)) = (&recorded.fate, recorded.marks.ended.get(&item.id)) {
            let judged = Judged { state: ended.state, evidence: ended.evidence.clone(), moves: None };
            return ItemStands { item, state: ended.state, judged };
        }
        let judged = judge(item, day, known);
        let state = match mark.and_then(|mark| mark.state) {
            // What became good by itself needs nobody's word any more.
            Some(ItemState::Overruled) if judged.state == ItemState::Passed => ItemState::Passed,
            Some(by_hand) => by_hand,
            None => judged.state,
        };
        ItemStands { item, state, judged }
    };
    checklist.items.iter().map(stand).collect()
}

/// How a round stands, and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// How.
    pub state: RoundState,
    /// The occurrence: the open one, the one that was finished last, or the next.
    pub occurrence: Occurrence,
    /// The one after it.
    pub next: Option<Occurrence>,
}

/// Where a checklist stands at `now`: its open round, the one that was finished until the next is near, or the next.
///
/// `fate` tells what became of an occurrence; nothing is open that ended before `since`. `None` where it never comes.
pub fn place(
    checklist: &Checklist,
    zone: &impl WallTime,
    now: Instant,
    since: Instant,
    soon: TimeDelta,
    fate: impl Fn(NaiveDateTime) -> Option<Fate>,
) -> Option<Placed> {
    let slot = &checklist.slot;
    let routine = calendar::routine(slot, zone, now, since, soon, &fate)?;
    let state = match routine.standing {
        Standing::Upcoming => RoundState::Upcoming,
        Standing::DueSoon => RoundState::DueSoon,
        Standing::Due => RoundState::Due,
        Standing::Overdue => RoundState::Overdue,
    };
    if state == RoundState::Upcoming
        && let Some(last) = slot.last(zone, now)
        && let Some(fate) = fate(last.slot)
    {
        let state = match fate {
            Fate::Done(_) => RoundState::Done,
            Fate::Skipped(_) => RoundState::Skipped,
        };
        return Some(Placed { state, occurrence: last, next: Some(routine.occurrence) });
    }
    let next = slot.next(zone, routine.occurrence.from.max(now));
    Some(Placed { state, occurrence: routine.occurrence, next })
}

/// What a person does about a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Says that an item is done, or will do.
    Tick {
        /// Which item.
        item: String,
        /// A word about it; asked for where the evidence says otherwise.
        note: Option<String>,
    },
    /// Takes back what was said of an item.
    Untick {
        /// Which item.
        item: String,
    },
    /// Opens a round again that was finished or left out.
    Reopen,
    /// Writes something about an item.
    Note {
        /// Which item.
        item: String,
        /// What; it replaces what was written before.
        text: String,
    },
    /// Leaves an item out, or the whole round.
    Skip {
        /// Which item; `None` means the round.
        item: Option<String>,
        /// Why.
        reason: String,
    },
}

/// Does what a person wants, and finishes the round when nothing is left to do.
///
/// # Errors
/// When there is no such item, or a note or a reason is missing where it is needed; nothing is changed then.
pub fn act(
    checklist: &Checklist,
    recorded: &mut Recorded,
    deed: &Deed,
    known: &impl Known,
    now: Instant,
) -> Result<()> {
    let item_of = |id: &str| {
        checklist.items.iter().find(|item| item.id == id).ok_or_else(|| {
            let all: Vec<&str> = checklist.items.iter().map(|item| item.id.as_str()).collect();
            Error::new(ErrorKind::NotFound, format!("“{}” has no item “{id}”", checklist.id))
                .hint(format!("Its items are: {}.", all.join(", ")))
        })
    };
    match deed {
        Deed::Tick { item, note } => {
            let item = item_of(item)?;
            let judged = judge(item, recorded.slot.date(), known);
            let agrees = item.kind() == ItemKind::Person || judged.state == ItemState::Passed;
            let note = note.as_deref().map(str::trim).unwrap_or_default();
            if !agrees && note.is_empty() {
                let says = judged.evidence.map(|evidence| evidence.text).unwrap_or_default();
                return Err(Error::new(
                    ErrorKind::Usage,
                    format!("“{}” is {}: {says}", item.text, judged.state.word()),
                )
                .hint("Say in a note why it will do all the same."));
            }
            reopen(recorded);
            let state = if agrees { ItemState::Ticked } else { ItemState::Overruled };
            let mark = mark_of(recorded, item, now);
            mark.state = Some(state);
            if !note.is_empty() {
                mark.note = long_enough(note)?;
            }
        }
        Deed::Untick { item } => {
            let item = item_of(item)?;
            reopen(recorded);
            let mark = mark_of(recorded, item, now);
            // The reason of what was left out goes with it; a note of a person's own stays.
            if mark.state == Some(ItemState::Skipped) {
                mark.note.clear();
            }
            mark.state = None;
        }
        Deed::Reopen => reopen(recorded),
        Deed::Note { item, text } => {
            let item = item_of(item)?;
            let text = long_enough(text.trim())?;
            mark_of(recorded, item, now).note = text;
        }
        Deed::Skip { item, reason } => {
            let reason = long_enough(reason.trim())?;
            if reason.is_empty() {
                return Err(Error::new(ErrorKind::Usage, "what is left out needs a reason"));
            }
            match item {
                Some(item) => {
                    let item = item_of(item)?;
                    reopen(recorded);
                    let mark = mark_of(recorded, item, now);
                    mark.state = Some(ItemState::Skipped);
                    mark.note = reason;
                }
                None => {
                    recorded.marks.touch(now);
                    end(checklist, recorded, known);
                    recorded.marks.reason = Some(reason.clone());
                    recorded.fate = Some(Fate::Skipped(reason));
                    return Ok(());
                }
            }
        }
    }
    recorded.marks.touch(now);
    if !matches!(deed, Deed::Untick { .. } | Deed::Reopen) {
        finish(checklist, recorded, known, now);
    }
    Ok(())
}

/// Finishes an open round in which nothing is left to do; says whether it did.
pub fn finish(checklist: &Checklist, recorded: &mut Recorded, known: &impl Known, now: Instant) -> bool {
    if recorded.fate.is_some() {
        return false;
    }
    let all = items(checklist, recorded, known);
    if !all.iter().all(|one| one.state.is_settled()) {
        return false;
    }
    end(checklist, recorded, known);
    recorded.fate = Some(Fate::Done(now));
    true
}

/// Opens a round again: whoever does something about one that is over has more to say of it.
fn reopen(recorded: &mut Recorded) {
    recorded.fate = None;
    recorded.marks.reason = None;
}

/// Keeps how the items stand: what is shown of a finished round is what was seen then.
fn end(checklist: &Checklist, recorded: &mut Recorded, known: &impl Known) {
    recorded.fate = None;
    let ended = items(checklist, recorded, known)
        .into_iter()
        .map(|one| (one.item.id.clone(), Ended { state: one.state, evidence: one.judged.evidence }))
        .collect();
    recorded.marks.ended = ended;
}

fn mark_of<'a>(recorded: &'a mut Recorded, item: &Item, now: Instant) -> &'a mut Mark {
    let mark = recorded.marks.items.entry(item.id.clone()).or_default();
    mark.at = now;
    mark.text.clone_from(&item.text);
    mark
}

fn long_enough(text: &str) -> Result<String> {
    if text.len() > LONGEST_NOTE {
        return Err(Error::new(ErrorKind::Usage, format!("a note has {LONGEST_NOTE} bytes at most")));
    }
    Ok(text.to_owned())
}
