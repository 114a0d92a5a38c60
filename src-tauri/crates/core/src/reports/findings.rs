//! Lines of a report that speak of warnings or errors; `Errors: 0` speaks of none.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::sections::heading;
use crate::signal::Level;

/// The words that are looked for, and what they make of a line.
const WORDS: [(&str, Level); 10] = [
    ("errors", Level::Red),
    ("error", Level::Red),
    ("failures", Level::Red),
    ("failure", Level::Red),
    ("failed", Level::Red),
    ("critical", Level::Red),
    ("❌", Level::Red),
    ("warnings", Level::Yellow),
    ("warning", Level::Yellow),
    ("⚠", Level::Yellow),
];
/// Words before one of those that turn it around: `no errors`, `0 critical errors`.
const NONE_BEFORE: [&str; 6] = ["no", "zero", "0", "without", "never", "none"];
/// What stands where a number might, and means none.
const NONE_AFTER: [&str; 15] = [
    "none", "no", "nil", "null", "false", "ok", "okay", "good", "passed", "pass", "never", "n/a", "na", "-",
    "✓",
];
/// A longer line is cut around the word.
const LONGEST: usize = 300;
/// More than this is a log, not a report.
const MOST: usize = 500;

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(WORDS.map(|(word, _)| word))
        .ok()
});

/// A line that speaks of a warning or an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Counted from 1.
    pub line: usize,
    /// Red for an error, yellow for a warning.
    pub level: Level,
    /// The line, cut to 300 characters.
    pub text: String,
}

/// Those lines of a report, in its order; at most 500.
pub fn findings(text: &str) -> Vec<Finding> {
    let Some(finder) = FINDER.as_ref() else { return Vec::new() };
    if !finder.is_match(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some((level, at)) = speaks(finder, line) else { continue };
        // A heading alone says nothing: what stands under it does.
        if heading(line).is_some() && !is_followed_by_something(lines.clone().map(|(_, line)| line)) {
            continue;
        }
        found.push(Finding { line: index + 1, level, text: around(line, at) });
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// The worst that a line speaks of, and where.
fn speaks(finder: &AhoCorasick, line: &str) -> Option<(Level, usize)> {
    let all_is_well = line.contains(['✅', '✓', '✔']) && !line.contains(['❌', '⚠']);
    let words = finder.find_iter(line).filter(|found| {
        let (before, after) = (&line[..found.start()], &line[found.end()..]);
        let word = &line[found.start()..found.end()];
        let whole = !word.is_ascii() || !(ends_in_letter(before) || starts_with_letter(after));
        whole && !all_is_well && !(word.is_ascii() && (none_before(before) || none_after(after)))
    });
    words
        .map(|found| (WORDS[found.pattern().as_usize()].1, found.start()))
        .reduce(|a, b| if b.0 > a.0 { b } else { a })
}

fn ends_in_letter(text: &str) -> bool {
    text.chars().next_back().is_some_and(char::is_alphanumeric)
}

fn starts_with_letter(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphanumeric)
}

/// Whether one of the last two words of the clause turns it around.
fn none_before(before: &str) -> bool {
    let clause = before.rsplit([',', ';', ':', '(', '|', '=']).next().unwrap_or_default();
    let clause = clause.rsplit(". ").next().unwrap_or_default();
    let words = clause.rsplit(|c: char| !(c.is_alphanumeric() || c == '.')).filter(|word| !word.is_empty());
    words.take(2).any(|word| NONE_BEFORE.iter().any(|none| word.eq_ignore_ascii_case(none)))
}

/// Whether what is said of it is that there is none: `: 0`, ` (0)`, `_count: 0`, `: none`.
fn none_after(after: &str) -> bool {
    let named = after.find(|c: char| !(c.is_alphabetic() || " _-\"'*`".contains(c))).unwrap_or(after.len());
    let (name, rest) = after.split_at(named);
    let is_said = rest.starts_with([':', '=', '|']);
    if !is_said && !rest.starts_with('(') && name.contains(char::is_alphabetic) {
        return false;
    }
    let value = rest.trim_start_matches([':', '=', '|', '(', ' ', '\t', '"', '\'', '*', '`']);
    let end = value.find(|c: char| c.is_whitespace() || ",;|)\"'*`".contains(c)).unwrap_or(value.len());
    let token = value[..end].trim_end_matches(['.', '%']);
    let is_none =
        NONE_AFTER.iter().any(|none| token.eq_ignore_ascii_case(none)) || matches!(token, "[]" | "{}");
    (is_said && is_none) || token.parse::<f64>().is_ok_and(|number| number == 0.0)
}

fn is_followed_by_something<'a>(mut lines: impl Iterator<Item = &'a str>) -> bool {
    let Some(next) = lines.find(|line| !line.trim().is_empty()) else { return false };
    let said = next.trim().trim_start_matches(['•', '-', '*', ' ']).trim_end_matches('.');
    let first = said.split_whitespace().next().unwrap_or_default();
    let is_none = |word: &str| word == "0" || NONE_AFTER.iter().any(|none| word.eq_ignore_ascii_case(none));
    heading(next).is_none() && !is_none(first)
}

/// The line, or what is around the word where it is long.
fn around(line: &str, at: usize) -> String {
    let line_start = line.len() - line.trim_start().len();
    if line.chars().count() <= LONGEST {
        return line.trim().to_owned();
    }
    let mut start = at.saturating_sub(60).max(line_start);
    while !line.is_char_boundary(start) {
        start += 1;
    }
    line[start..].chars().take(LONGEST).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(line: &str) -> Option<Level> {
        findings(line).first().map(|finding| finding.level)
    }

    #[test]
    fn what_speaks_of_trouble_is_found() {
        for line in [
            "Error in Meta-Learning Analysis",
            "Errors: 3",
            "errors encountered: 12",
            "  • Cache test: FAILED (no measurable gain)",
            "3 errors, 0 warnings",
            "Passed: 0, failed: 2",
            "❌ config is world-writable",
            "CRITICAL: out of memory",
            "\"error_count\": 4,",
            "Error rate: 0.5%",
            "2.0 errors a day",
            "No data. Errors were seen",
            "❌ no errors were expected",
            "Errors (see below)",
        ] {
            assert_eq!(level(line), Some(Level::Red), "{line}");
        }
        for line in ["Warning: disk is filling", "⚠ memory 80 %", "⚠️ 3 left", "0 errors, 2 warnings"] {
            assert_eq!(level(line), Some(Level::Yellow), "{line}");
        }
    }

    #[test]
    fn what_speaks_of_none_is_not() {
        for line in [
            "",
            "All is well",
            "Errors: 0",
            "No errors",
            "0 errors",
            "Zero critical errors",
            "without warnings",
            "Error rate: 0.0 %",
            "errors encountered: 0",
            "\"total_errors\": 0,",
            "\"errors\": []",
            "Failed: 0 of 20",
            "| Errors | 0 |",
            "Errors: none",
            "Warnings (0)",
            "Errors found (0)",
            "✅ Error handling verified",
            "errorless terrors and failsafe warnings: none",
            "0 errors, 0 warnings",
            "Errors:\n  none\n",
            "Errors:\n\nRecommendations:\n  - rest",
            "Errors:",
        ] {
            assert_eq!(level(line), None, "{line}");
        }
        assert_eq!(level("Errors:\n  - a timeout"), Some(Level::Red));
    }

    #[test]
    fn a_long_line_is_cut_around_the_word_and_many_are_bounded() {
        let long = format!("{}error{}", "é".repeat(1_000), "ü".repeat(1_000));
        // No word by itself.
        assert_eq!(findings(&long), []);
        let long = format!("{} error {}", "é".repeat(1_000), "ü".repeat(1_000));
        let found = findings(&long);
        assert!(found[0].text.contains(" error ") && found[0].text.chars().count() <= LONGEST);
        assert_eq!(findings(&"error\n".repeat(10_000)).len(), MOST);
    }
}
