//! A text looked for in all reports.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Condition, Shelf};

/// A longer line is cut to what is around the text.
const LONGEST: usize = 200;
/// Characters shown before the text then.
const BEFORE: usize = 60;

/// A place where a text was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The place of the kind.
    pub kind: usize,
    /// The day of the report.
    pub day: NaiveDate,
    /// Counted from 1.
    pub line: usize,
    /// The line, cut to what is around the text.
    pub text: String,
}

impl Shelf {
    /// Where `text` stands in the reports up to `until`, in whatever case: newest first, at most `most`.
    pub fn search(&self, text: &str, until: NaiveDate, most: usize) -> Vec<Hit> {
        let wanted = text.trim().to_lowercase();
        let mut hits = Vec::new();
        if wanted.is_empty() {
            return hits;
        }
        let days: BTreeSet<NaiveDate> =
            self.kinds.iter().flat_map(|kept| kept.days.range(..=until).map(|(day, _)| *day)).collect();
        let mut buffer = Vec::new();
        for day in days.into_iter().rev() {
            for kind in 0..self.kinds.len() {
                let is_text =
                    self.kinds[kind].days.get(&day).is_some_and(|one| one.condition == Condition::Text);
                let page = if is_text { self.page_into(kind, day, &mut buffer).ok() } else { None };
                let Some(text) = page.and_then(|page| page.text) else { continue };
                for (index, line) in text.lines().enumerate() {
                    let Some(shown) = found_in(line, &wanted) else { continue };
                    hits.push(Hit { kind, day, line: index + 1, text: shown });
                    if hits.len() == most {
                        return hits;
                    }
                }
            }
        }
        hits
    }
}

/// The line, or what is around the text where it is long; `None` where the text is not in it.
fn found_in(line: &str, wanted: &str) -> Option<String> {
    let lower = line.to_lowercase();
    let at = lower.find(wanted)?;
    let line = line.trim();
    if line.chars().count() <= LONGEST {
        return Some(line.to_owned());
    }
    // Characters of another case may be longer or shorter; a few to the left are shown anyway.
    let start = lower[..at].chars().count().saturating_sub(BEFORE);
    Some(line.chars().skip(start).take(LONGEST).collect())
}
