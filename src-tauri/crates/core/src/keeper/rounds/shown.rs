//! What window and command line show of the rounds of care.

use serde::Serialize;

use crate::clock::{Instant, Zone};
use crate::routines::calendar::Fate;
use crate::routines::checklist::Checklist;
use crate::routines::item::{Cadence, ItemAction, ItemEvidence, ItemKind, ItemState, RoundState};
use crate::routines::past::PastFate;
use crate::routines::round::{ItemStands, Placed, Recorded};

/// All rounds as they stand now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundsShown {
    /// Those that can be done now first, then by when they come next.
    pub rounds: Vec<RoundShown>,
    /// Mistakes in checklist files, with file and line; what is without one stays in force.
    pub problems: Vec<String>,
}

/// One round: the occurrence of a checklist that is open, or the one that comes next.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundShown {
    /// The checklist: `morning`.
    pub id: String,
    /// What people call it: `Morning round`.
    pub title: String,
    /// How often it comes.
    pub cadence: Cadence,
    /// How it stands.
    pub state: RoundState,
    /// What there is to say about the state, one sentence: `due until 06:30`, `done at 06:12, in 2 min`.
    pub says: String,
    /// The wall time it is called by: `2026-12-06T20:00:00`.
    pub slot: String,
    /// From when it can be done.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub due_from: Instant,
    /// Until when it should be done.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub due_by: Instant,
    /// When it comes after this one.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub next_from: Option<Instant>,
    /// When it was finished.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub finished_at: Option<Instant>,
    /// Why it was left out.
    pub reason: Option<String>,
    /// How many minutes it is thought to take by hand.
    pub minutes: u32,
    /// How many seconds somebody really spent on it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub spent_seconds: u64,
    /// In the order of the checklist.
    pub items: Vec<ItemShown>,
}

/// One item of a round.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ItemShown {
    /// Its name within the checklist: `cpu`.
    pub id: String,
    /// Under which heading it stands.
    pub section: String,
    /// What is to be seen to, in a few words.
    pub text: String,
    /// Why.
    pub why: String,
    /// Who can tell.
    pub kind: ItemKind,
    /// How it stands.
    pub state: ItemState,
    /// What speaks for that; `None` where only a person can tell.
    pub evidence: Option<ItemEvidence>,
    /// What a person wrote.
    pub note: String,
    /// Whether there is room for more than a word: planning, lessons learned.
    pub wants_note: bool,
    /// When a person ticked it, or left it out.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub by_hand_at: Option<Instant>,
    /// What can be done about it as it stands.
    pub remedies: Vec<ItemRemedy>,
    /// Items of the same round that come before it and are not settled yet.
    pub waits_for: Vec<String>,
    /// How many minutes it is thought to take by hand.
    pub minutes: f64,
}

/// Something that can be done about an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ItemRemedy {
    /// One sentence.
    pub text: String,
    /// What a click can do about it.
    pub action: Option<ItemAction>,
}

/// What became of the rounds of a year.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundHistory {
    /// Each checklist with its sums.
    pub checklists: Vec<RoundSums>,
    /// Each day of the year, oldest first, today last.
    pub days: Vec<RoundDay>,
    /// The rounds that were done, left out or missed, newest first.
    pub past: Vec<PastRound>,
}

/// A checklist over a year.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundSums {
    /// The checklist.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// How many were done.
    pub done: usize,
    /// Of those, how many after their end.
    pub late: usize,
    /// How many were left out with a reason.
    pub skipped: usize,
    /// How many nobody did.
    pub missed: usize,
    /// How many nobody could do, because the machine slept or Caretaker did not run.
    pub excused: usize,
    /// Done, of those that were done or missed, in percent; `None` before the first.
    pub rate: Option<f64>,
    /// What one took in the middle, in seconds.
    pub usual_seconds: Option<f64>,
}

/// One day of the heat map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundDay {
    /// `2026-12-06`.
    pub date: String,
    /// Rounds that began on it, by what became of them.
    pub done: usize,
    /// Left out with a reason.
    pub skipped: usize,
    /// Nobody did them.
    pub missed: usize,
    /// Nobody could.
    pub excused: usize,
    /// Still open.
    pub open: usize,
}

/// A round of the past.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PastRound {
    /// The checklist.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The wall time it is called by.
    pub slot: String,
    /// What became of it.
    pub fate: PastFate,
    /// When it was finished or left out.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub at: Option<Instant>,
    /// Why it was left out.
    pub reason: Option<String>,
    /// How many seconds somebody spent on it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub seconds: u64,
    /// What was written on it: the item's text and the note.
    pub notes: Vec<(String, String)>,
}

/// What the icon's menu and the first view say of the rounds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundsGlance {
    /// The one to be done now, or the one that comes next.
    pub next: Option<NextRound>,
    /// How many can be done now.
    pub open: usize,
}

/// The round to think of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NextRound {
    /// The checklist.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// How it stands.
    pub state: RoundState,
    /// From when it can be done.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub from: Instant,
    /// Until when it should be done.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub by: Instant,
    /// In words: `Morning round, due until 06:30`.
    pub says: String,
}

/// A round as it is shown.
pub(super) fn round(
    checklist: &Checklist,
    placed: &Placed,
    recorded: &Recorded,
    items: Vec<ItemStands<'_>>,
    now: Instant,
    zone: Zone,
) -> RoundShown {
    let all_settled = items.iter().all(|one| one.state.is_settled());
    // Nothing is left to do: it is written down at the next look of the loop.
    let state = if all_settled && placed.state.is_open() { RoundState::Done } else { placed.state };
    let finished_at = match &recorded.fate {
        Some(Fate::Done(at)) => Some(*at),
        _ => None,
    };
    let spent = u64::try_from(recorded.marks.spent().num_seconds()).unwrap_or(0);
    let unsettled: Vec<String> =
        items.iter().filter(|one| !one.state.is_settled()).map(|one| one.item.id.clone()).collect();
    RoundShown {
        id: checklist.id.clone(),
        title: checklist.title.clone(),
        cadence: checklist.cadence,
        state,
        says: says(placed, state, finished_at, spent, now, zone),
        slot: placed.occurrence.slot.format("%Y-%m-%dT%H:%M:%S").to_string(),
        due_from: placed.occurrence.from,
        due_by: placed.occurrence.by,
        next_from: placed.next.map(|next| next.from),
        finished_at,
        reason: recorded.marks.reason.clone(),
        minutes: whole(checklist.minutes()),
        spent_seconds: spent,
        items: items.iter().map(|stands| item(stands, recorded, &unsettled)).collect(),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes of a checklist, checked")]
fn whole(minutes: f64) -> u32 {
    minutes.round() as u32
}

fn item(stands: &ItemStands<'_>, recorded: &Recorded, unsettled: &[String]) -> ItemShown {
    let item = stands.item;
    let mark = recorded.marks.items.get(&item.id);
    ItemShown {
        id: item.id.clone(),
        section: item.section.clone(),
        text: item.text.clone(),
        why: item.why.clone(),
        kind: item.kind(),
        state: stands.state,
        evidence: stands.judged.evidence.clone(),
        note: mark.map(|mark| mark.note.clone()).unwrap_or_default(),
        wants_note: item.wants_note,
        by_hand_at: mark.filter(|mark| mark.state.is_some()).map(|mark| mark.at),
        remedies: super::remedies_of(stands),
        waits_for: item.after.iter().filter(|name| unsettled.contains(name)).cloned().collect(),
        minutes: item.minutes,
    }
}

/// What there is to say of how a round stands.
fn says(
    placed: &Placed,
    state: RoundState,
    finished_at: Option<Instant>,
    spent: u64,
    now: Instant,
    zone: Zone,
) -> String {
    let at = |instant| when(instant, now, zone);
    match state {
        RoundState::Upcoming => format!("Comes {}.", at(placed.occurrence.from)),
        RoundState::DueSoon => format!("Due soon: {}.", at(placed.occurrence.from)),
        RoundState::Due => format!("Due until {}.", at(placed.occurrence.by)),
        RoundState::Overdue => format!("Was due until {}.", at(placed.occurrence.by)),
        RoundState::Skipped => "Left out.".to_owned(),
        RoundState::Done => match (finished_at, spent) {
            (None, _) => "Nothing is left to do.".to_owned(),
            (Some(done), 0) => format!("Done {}.", at(done)),
            (Some(done), 1..90) => format!("Done {}, in {spent} s.", at(done)),
            (Some(done), _) => format!("Done {}, in {} min.", at(done), spent.div_ceil(60)),
        },
    }
}

/// A time as people say it: `18:00` of today, `tomorrow 06:00`, `Sunday 20:00` of this week, `Sunday 6 December, 14:00`.
pub(in crate::keeper) fn when(at: Instant, now: Instant, zone: Zone) -> String {
    let (local, today) = (zone.local(at), zone.local(now).date());
    let format = match (local.date() - today).num_days() {
        0 => "%H:%M",
        1 => "tomorrow %H:%M",
        -1 => "yesterday %H:%M",
        2..=6 => "%A %H:%M",
        _ => "%A %-d %B, %H:%M",
    };
    local.format(format).to_string()
}
