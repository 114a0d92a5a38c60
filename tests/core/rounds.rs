//! Rounds over a real store: ticked, overruled, left out, written on, by two at once, and found again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use caretaker_core::clock::{Clock, FixedClock, Instant, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::keeper::{Cared, RoundShown, Rounds};
use caretaker_core::profile::{Profile, parse};
use caretaker_core::routines::item::{ItemState, RoundState};
use caretaker_core::routines::past::PastFate;
use caretaker_core::routines::round::Deed;
use chrono::{FixedOffset, NaiveDateTime, TimeDelta, TimeZone, Utc};
use tempfile::TempDir;

const MINE: &str = "id = 'mine'\ntitle = 'Mine'\ncadence = 'daily'\nwhen = '06:00'\nopen_for = '30m'\n\
    [[items]]\nid = 'one'\nsection = 'S'\ntext = 'The first'\nnote = true\n\
    [[items]]\nid = 'two'\nsection = 'S'\ntext = 'The second'\nafter = ['one']\n\
    [[items]]\nid = 'cpu'\nsection = 'S'\ntext = 'CPU'\nproof = { signal = 'process.cpu' }\n";

struct House {
    dir: TempDir,
    clock: Arc<FixedClock>,
}

fn at(day: u32, hour: u32, minute: u32) -> Instant {
    Utc.with_ymd_and_hms(2026, 12, day, hour, minute, 0).unwrap()
}

fn slot(day: u32) -> NaiveDateTime {
    at(day, 6, 0).naive_utc()
}

impl House {
    fn new(now: Instant) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("eco/logs")).unwrap();
        std::fs::create_dir(dir.path().join("checklists")).unwrap();
        std::fs::write(dir.path().join("checklists/mine.toml"), MINE).unwrap();
        Self { dir, clock: Arc::new(FixedClock::new(now)) }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn profile(&self) -> Profile {
        let text = format!("ecosystem.root = {:?}\n", self.path().join("eco").display());
        parse(&text, &self.path().join("caretaker.toml"), None).unwrap()
    }

    fn rounds(&self) -> Arc<Rounds> {
        self.rounds_in(0)
    }

    /// The rounds of somebody whose clock is so many hours ahead.
    fn rounds_in(&self, hours: i32) -> Arc<Rounds> {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let zone = Zone::Fixed(FixedOffset::east_opt(hours * 3_600).unwrap());
        Cared::new(self.profile(), &self.path().join("state"), &clock, zone).rounds
    }

    fn mine(&self) -> RoundShown {
        self.rounds().shown(None).unwrap().rounds.into_iter().find(|round| round.id == "mine").unwrap()
    }

    fn act(&self, deed: Deed) -> caretaker_core::error::Result<()> {
        self.rounds().act("mine", None, &deed, None).map(drop)
    }
}

fn tick(item: &str, note: Option<&str>) -> Deed {
    Deed::Tick { item: item.into(), note: note.map(str::to_owned) }
}

fn states(round: &RoundShown) -> Vec<ItemState> {
    round.items.iter().map(|item| item.state).collect()
}

#[test]
fn a_round_is_done_when_nothing_is_left_and_stays_as_it_was_seen() {
    let house = House::new(at(6, 6, 5));
    assert_eq!(house.mine().state, RoundState::Due);
    assert_eq!(house.mine().items[1].waits_for, ["one"]);
    house.act(tick("one", None)).unwrap();
    assert_eq!(house.mine().items[1].waits_for, [] as [&str; 0]);
    house.clock.advance(TimeDelta::minutes(2));
    house.act(tick("two", None)).unwrap();
    // What the evidence does not say needs a word.
    let refused = house.act(tick("cpu", None)).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Usage);
    assert_eq!(house.mine().state, RoundState::Due);
    house.act(tick("cpu", Some("seen by eye"))).unwrap();
    let done = house.mine();
    assert_eq!(done.state, RoundState::Done);
    assert_eq!(states(&done), [ItemState::Ticked, ItemState::Ticked, ItemState::Overruled]);
    assert_eq!((done.finished_at, done.spent_seconds), (Some(at(6, 6, 7)), 120));
    // Whoever thinks again says so, and the round is done again.
    house.act(Deed::Skip { item: Some("two".into()), reason: "not needed".into() }).unwrap();
    let again = house.mine();
    assert_eq!((again.state, again.items[1].state), (RoundState::Done, ItemState::Skipped));
    // Until the next one is near it is shown as done, then the next one.
    house.clock.advance(TimeDelta::hours(12));
    assert_eq!(house.mine().state, RoundState::Done);
    house.clock.advance(TimeDelta::hours(11) + TimeDelta::minutes(30));
    let next = house.mine();
    assert_eq!((next.state, next.slot.as_str()), (RoundState::DueSoon, "2026-12-07T06:00:00"));
    assert_eq!(states(&next), [ItemState::Open, ItemState::Open, ItemState::Unknown]);
}

#[test]
fn what_was_said_is_taken_back_and_reasons_are_asked_for() {
    let house = House::new(at(6, 7, 0));
    assert_eq!(house.mine().state, RoundState::Overdue);
    let skip = |item: Option<&str>, reason: &str| Deed::Skip {
        item: item.map(str::to_owned),
        reason: reason.into(),
    };
    assert_eq!(house.act(skip(None, "  ")).unwrap_err().kind, ErrorKind::Usage);
    house.act(skip(None, "a holiday")).unwrap();
    let skipped = house.mine();
    assert_eq!((skipped.state, skipped.reason.as_deref()), (RoundState::Skipped, Some("a holiday")));
    house.act(Deed::Reopen).unwrap();
    assert_eq!(house.mine().state, RoundState::Overdue);
    house.act(skip(Some("two"), "not today")).unwrap();
    house.act(Deed::Note { item: "one".into(), text: "kept".into() }).unwrap();
    house.act(tick("one", None)).unwrap();
    house.act(Deed::Untick { item: "two".into() }).unwrap();
    house.act(Deed::Untick { item: "one".into() }).unwrap();
    let round = house.mine();
    assert_eq!(states(&round)[..2], [ItemState::Open, ItemState::Open]);
    let notes: Vec<&str> = round.items.iter().map(|item| item.note.as_str()).collect();
    assert_eq!(notes[..2], ["kept", ""], "a note stays, the reason of what was left out goes");
    let unknown = house.act(tick("nobody", None)).unwrap_err();
    assert!(unknown.hint.unwrap().contains("one, two, cpu"));
    assert_eq!(
        house.rounds().act("nobody", None, &Deed::Reopen, None).unwrap_err().kind,
        ErrorKind::NotFound
    );
    let wrong =
        house.rounds().act("mine", Some(slot(6) + TimeDelta::minutes(1)), &Deed::Reopen, None).unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::NotFound, "no round is called by that time");
}

#[test]
fn two_who_tick_at_once_lose_nothing() {
    let house = House::new(at(6, 6, 5));
    let items: String = (0..24)
        .map(|n| format!("[[items]]\nid = 'item-{n}'\nsection = 'S'\ntext = 'Number {n}'\n"))
        .collect();
    let head = &MINE[..MINE.find("[[items]]").unwrap()];
    std::fs::write(house.path().join("checklists/mine.toml"), format!("{head}{items}")).unwrap();
    house.act(tick("item-0", None)).unwrap();
    std::thread::scope(|scope| {
        for first in [1, 2, 3, 4] {
            let house = &house;
            scope.spawn(move || {
                for n in (first..24).step_by(4) {
                    house.act(tick(&format!("item-{n}"), Some(&format!("by {first}")))).unwrap();
                }
            });
        }
    });
    let round = house.mine();
    assert!(states(&round).iter().all(|state| *state == ItemState::Ticked), "{:?}", states(&round));
    assert_eq!(round.state, RoundState::Done);
}

#[test]
fn a_clock_that_goes_back_opens_nothing_again_and_notes_are_found() {
    let house = House::new(at(6, 6, 5));
    for item in ["one", "two"] {
        house.act(tick(item, Some("the Übung went well"))).unwrap();
    }
    house.act(tick("cpu", Some("fine"))).unwrap();
    house.clock.advance(-TimeDelta::days(1));
    // Yesterday's was before the first day; the one that is done lies ahead.
    assert_ne!(house.mine().state, RoundState::Overdue);
    house.clock.advance(TimeDelta::days(1) + TimeDelta::hours(1));
    assert_eq!(house.mine().state, RoundState::Done);
    let found = house.rounds().search("übung").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].notes.len(), 3);
    assert!(
        house.rounds().search("nowhere").unwrap().is_empty()
            && house.rounds().search(" ").unwrap().is_empty()
    );
    let history = house.rounds().history().unwrap();
    let mine = history.checklists.iter().find(|sums| sums.id == "mine").unwrap();
    assert_eq!((mine.done, mine.missed, mine.rate), (1, 0, Some(100.0)));
    assert_eq!((history.days.len(), history.days.last().unwrap().date.as_str()), (365, "2026-12-06"));
    assert_eq!(history.past[0].fate, PastFate::Done);
}

#[test]
fn a_record_that_cannot_be_written_changes_nothing() {
    let house = House::new(at(6, 6, 5));
    std::fs::write(house.path().join("state"), "no folder").unwrap();
    assert!(house.act(tick("one", None)).is_err());
    assert_eq!(std::fs::read(house.path().join("state")).unwrap(), b"no folder");
}

#[test]
fn a_round_on_paper_holds_what_was_seen_and_nothing_that_it_should_not() {
    let house = House::new(at(6, 6, 5));
    house.act(tick("one", Some("# no heading\n[no](link)"))).unwrap();
    let paper = house.rounds().markdown("mine", None).unwrap();
    assert!(paper.contains("- [x] The first\n  > \\# no heading\n  > \\[no\\](link)\n"), "{paper}");
    assert!(paper.contains("- [ ] CPU (unknown)"), "{paper}");
}

#[test]
fn whoever_flies_does_no_round_twice_and_misses_none() {
    let house = House::new(at(6, 6, 5));
    for (item, note) in [("one", None), ("two", None), ("cpu", Some("fine"))] {
        house.act(tick(item, note)).unwrap();
    }
    let mine = |hours: i32| {
        let all = house.rounds_in(hours).shown(None).unwrap().rounds;
        let mine = all.into_iter().find(|round| round.id == "mine").unwrap();
        (mine.state, mine.slot)
    };
    // Six in the morning of the sixth is over there long past, or comes once more: it is done all the same.
    let done = (RoundState::Done, "2026-12-06T06:00:00".to_owned());
    assert_eq!(mine(9), done);
    house.clock.advance(TimeDelta::hours(8) + TimeDelta::minutes(5));
    assert_eq!(mine(-8), done, "it is ten past six there, for the second time that day");
    // Nine hours ahead the next one begins nine hours earlier, and it is there.
    house.clock.advance(TimeDelta::hours(7));
    assert_eq!(mine(9), (RoundState::Due, "2026-12-07T06:00:00".to_owned()));
}
