//! The mistakes found in a text so far, each with its place.

use std::cell::RefCell;
#[cfg(test)]
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use super::problem::ProfileProblem;

/// More mistakes than this are not listed: nobody mends them one by one.
const MOST_PROBLEMS: usize = 200;

/// Where in the text something stands.
pub(super) type Span = Range<usize>;

/// The text with the mistakes found in it so far.
pub(super) struct Findings<'t> {
    path: String,
    text: &'t str,
    problems: RefCell<Vec<(Span, ProfileProblem)>>,
    /// Every key that was asked for, lists without their numbers: what the parser knows, and a test holds against the defaults.
    #[cfg(test)]
    asked: RefCell<BTreeSet<String>>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(path: &Path, text: &'t str) -> Self {
        Self {
            path: path.display().to_string(),
            text,
            problems: RefCell::default(),
            #[cfg(test)]
            asked: RefCell::default(),
        }
    }

    /// Notes that the parser asked for a key.
    #[cfg(test)]
    pub(super) fn learn(&self, key: String) {
        self.asked.borrow_mut().insert(key);
    }

    /// Notes a mistake; `message` says what is wrong and how to mend it.
    pub(super) fn add(&self, span: Span, key: &str, message: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            let (line, column) = place(self.text, span.start);
            let (path, key, message) = (self.path.clone(), one_line(key), one_line(&message.into()));
            let problem = ProfileProblem { path, line, column, key, message };
            // A value that is looked at twice is wrong once.
            if !problems.iter().any(|(_, known)| *known == problem) {
                problems.push((span, problem));
            }
        }
    }

    pub(super) fn none(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// The mistakes in the order of the text.
    pub(super) fn into_problems(self) -> Vec<ProfileProblem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(span, _)| span.start);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    #[cfg(test)]
    pub(super) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }
}

/// The candidate that `text` was probably meant to be.
pub(super) fn nearest<'c>(text: &str, candidates: &[&'c str]) -> Option<&'c str> {
    if text.chars().count() > 40 {
        return None;
    }
    let folded = text.to_lowercase().replace('-', "_");
    let (distance, best) = candidates.iter().map(|c| (distance(&folded, c), *c)).min()?;
    (distance <= 2.min(best.chars().count() / 2)).then_some(best)
}

/// How many letters must be added, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let changed = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Line and column, both from 1, of a byte in a text.
pub(super) fn place(text: &str, at: usize) -> (u32, u32) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |i| i + 1);
    let column = before[begin..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named_only_when_it_is_near() {
        assert_eq!(nearest("ownr", &["owner", "start"]), Some("owner"));
        assert_eq!(nearest("stale-after", &["file", "stale_after"]), Some("stale_after"));
        assert_eq!(nearest("colour", &["owner", "start"]), None);
        assert_eq!(nearest(&"x".repeat(100_000), &["owner"]), None);
    }

    #[test]
    fn a_place_counts_characters_and_survives_any_offset() {
        let text = "ä = 1\nöö = 2";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.find('2').unwrap()), (2, 6));
        assert_eq!(place(text, 1), (1, 1));
        assert_eq!(place(text, 10_000), (2, 7));
    }
}
