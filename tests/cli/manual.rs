//! `docs/manual.md` says what serves each section and each box of the manual: every name in it is there, and every item of the
//! checklists is named in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::collections::{BTreeMap, BTreeSet};

use caretaker_core::profile::DEFAULTS;
use caretaker_core::routines::book::Book;
use caretaker_core::signal::SignalId;
use home::Home;

const TABLE: &str = include_str!("../../docs/manual.md");

/// Boxes to tick in each chapter of the manual, and sections.
const BOXES: [(&str, usize); 6] = [
    ("Daily, morning", 4),
    ("Daily, evening", 8),
    ("Weekly", 12),
    ("Monthly", 36),
    ("Quarterly", 12),
    ("The list at the end", 21),
];
const SECTIONS: usize = 35;

/// The rows by chapter: the place in the manual, and the names that serve it.
fn rows() -> BTreeMap<&'static str, Vec<(&'static str, Vec<&'static str>)>> {
    let (mut chapters, mut chapter) = (BTreeMap::<_, Vec<_>>::new(), "");
    for line in TABLE.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            chapter = title;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, place, _, served, _] = cells[..]
            && place.starts_with(['§', '☐'])
        {
            let names = served.split('`').skip(1).step_by(2).collect();
            chapters.entry(chapter).or_default().push((place, names));
        }
    }
    chapters
}

#[test]
fn every_section_and_every_box_has_its_row() {
    let rows = rows();
    for (chapter, boxes) in BOXES {
        let found: BTreeSet<&str> =
            rows[chapter].iter().map(|(place, _)| *place).filter(|place| place.starts_with('☐')).collect();
        assert_eq!(found.len(), boxes, "{chapter}: {found:?}");
    }
    let sections = rows.values().flatten().filter(|(place, _)| place.starts_with('§')).count();
    assert_eq!(sections, SECTIONS);
    let boxes: usize = rows.values().flatten().filter(|(place, _)| place.starts_with('☐')).count();
    assert_eq!(boxes, BOXES.iter().map(|(_, boxes)| boxes).sum::<usize>());
}

#[test]
fn whatever_serves_the_manual_is_there() {
    let home = Home::new();
    let book = Book::open(None, &[], &[]);
    let mut named = BTreeSet::new();
    let mut commands: BTreeMap<&str, bool> = BTreeMap::new();
    for (place, names) in rows().values().flatten() {
        assert!(!names.is_empty(), "{place}: nothing serves it");
        for name in names {
            let (kind, what) = name.split_once(':').unwrap_or_else(|| panic!("{place}: {name}"));
            let there = match kind {
                "item" => {
                    named.insert(what.to_owned());
                    let (checklist, item) = what.split_once('/').unwrap();
                    book.find(checklist).is_some_and(|one| one.items.iter().any(|known| known.id == item))
                }
                "signal" => what.parse::<SignalId>().is_ok(),
                "setting" => match what.split_once('.') {
                    Some((section, key)) => {
                        let begin = DEFAULTS.find(&format!("\n[{section}]")).expect(what);
                        let text = DEFAULTS[begin + 2..].split("\n[").next().unwrap();
                        text.contains(&format!("\n{key} = "))
                    }
                    None => DEFAULTS.contains(&format!("\n[[{what}]]")),
                },
                "command" => *commands.entry(what).or_insert_with(|| {
                    let words: Vec<&str> = what.split(' ').chain(["--help"]).collect();
                    home.run(&words).0 == 0
                }),
                other => panic!("{place}: there is no kind “{other}”"),
            };
            assert!(there, "{place}: {name} is not there");
        }
    }
    for checklist in &book.checklists {
        for item in &checklist.items {
            let name = format!("{}/{}", checklist.id, item.id);
            assert!(named.contains(&name), "no row names {name}");
        }
    }
    let (code, ..) = home.run(&["backup", "nonsense", "--help"]);
    assert_ne!(code, 0, "the question for a command can be answered with no");
}
