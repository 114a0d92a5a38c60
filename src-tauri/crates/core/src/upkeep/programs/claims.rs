//! What a program says of itself: its ticks and crosses, its counts, its figures. Read leniently, and believed by nobody.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::literal;
use crate::observe::reports::figures;
use crate::program::clean;
use crate::reports::findings;

/// Lines of a kind that are kept.
const MOST_LINES: usize = 50;
/// Counts that are kept.
const MOST_COUNTS: usize = 100;
/// A line is kept to so many characters.
const LONGEST: usize = 300;

const TICKS: &[char] = &['✅', '✓', '✔', '☑', '🟢'];
const CROSSES: &[char] = &['❌', '✗', '✘', '✖', '🔴'];
/// What may stand before what a line says.
const MARKS: &[char] =
    &['⚠', '\u{fe0f}', '🟡', '•', '*', '-', '–', '·', '>', '#', '|', '=', '└', '├', '─', '│'];

static COUNT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\d/.,:])(\d{1,9})\s?/\s?(\d{1,9})(?:$|[^\d/:]|[.,](?:\s|$))").ok());
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[\[(]\s*\d{1,6}\s*(?:/\s*\d{1,6}\s*)?[\])][:.\s]*|\d{1,6}[.)]\s+)").ok()
});
static NO_FAILURES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:fail\w*|error\w*|issues?|critical)\s*(?:found|checks|tests)?\s*[:=]\s*0\b|\b(?:0|no)\s+(?:\w+\s+)?(?:fail|error|issue|critical)")
        .ok()
});

/// What a program claims.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramClaims {
    /// Lines that it ticks off.
    pub passed: u32,
    /// Lines in which something failed.
    pub failed: u32,
    /// The first of those.
    pub failures: Vec<String>,
    /// Other lines that speak of warnings or errors, the first of them.
    pub warnings: Vec<String>,
    /// `6/6 passed`.
    pub counts: Vec<ProgramCount>,
    /// `CPU Usage: 15.5%`.
    pub figures: Vec<ProgramFigure>,
    /// Its last line.
    pub verdict: String,
}

/// So many of so many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramCount {
    /// The line, without its mark.
    pub says: String,
    /// So many.
    pub done: u32,
    /// Of so many.
    pub of: u32,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramFigure {
    /// What it is called, in lower case.
    pub key: String,
    /// The same as it stands there.
    pub label: String,
    /// The number as it stands there.
    pub value: f64,
    /// What follows it, in lower case.
    pub unit: String,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Tick,
    Cross,
    None,
}

impl ProgramClaims {
    /// What is claimed in a program's output.
    pub fn of(output: &str) -> Self {
        let mut claims = Self::default();
        let mut bare = String::with_capacity(output.len().min(1 << 20));
        for line in
            output.lines().map(|line| line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'))
        {
            let (mark, says) = split(line);
            let counted = count(says);
            let missed = counted.as_ref().is_some_and(is_missed);
            match mark {
                Mark::Tick if !missed => claims.passed += 1,
                Mark::Cross if !says_none(says) => claims.fail(line),
                _ if missed => claims.fail(line),
                _ => {}
            }
            if let Some(count) = counted.filter(|_| claims.counts.len() < MOST_COUNTS) {
                claims.counts.push(count);
            }
            if !says.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() {
                claims.verdict = clean(line, LONGEST);
            }
            bare.push_str(says);
            bare.push('\n');
        }
        let text = literal::to_json(output).unwrap_or(bare);
        claims.figures = figures(&text)
            .into_iter()
            .map(|figure| ProgramFigure {
                key: clean(&figure.key, LONGEST),
                label: clean(&figure.label, LONGEST),
                value: figure.value,
                unit: clean(&figure.unit, 20),
            })
            .collect();
        let spoken = findings(output).into_iter().map(|finding| clean(&finding.text, LONGEST));
        claims.warnings = spoken
            .filter(|text| !claims.failures.contains(text) && !says_none(split(text).1))
            .take(MOST_LINES)
            .collect();
        claims
    }

    /// Whether it says that something failed.
    pub fn says_failed(&self) -> bool {
        self.failed > 0
    }

    fn fail(&mut self, line: &str) {
        self.failed += 1;
        if self.failures.len() < MOST_LINES {
            self.failures.push(clean(line, LONGEST));
        }
    }
}

/// The mark of a line, and what it says behind marks and places (`[3/6]`).
fn split(line: &str) -> (Mark, &str) {
    let mut mark = Mark::None;
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || MARKS.contains(&c));
        let Some(first) = rest.chars().next() else { return (mark, rest) };
        let word = if CROSSES.contains(&first) {
            Some((Mark::Cross, first.len_utf8()))
        } else if TICKS.contains(&first) {
            Some((Mark::Tick, first.len_utf8()))
        } else {
            in_letters(rest)
        };
        if let Some((found, length)) = word.filter(|_| mark == Mark::None) {
            mark = found;
            rest = &rest[length..];
        } else if let Some(place) = PLACE.as_ref().and_then(|place| place.find(rest)) {
            rest = &rest[place.end()..];
        } else {
            break;
        }
    }
    // Some put it at the end: `Configuration … ❌`, `Configuration: [FAIL]`.
    if mark == Mark::None {
        let end = rest.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{fe0f}' || c == '|');
        mark = match end.chars().next_back() {
            Some(last) if CROSSES.contains(&last) => Mark::Cross,
            Some(last) if TICKS.contains(&last) => Mark::Tick,
            Some(']') => {
                end.rfind('[').and_then(|at| in_letters(&end[at..])).map_or(Mark::None, |(mark, _)| mark)
            }
            _ => Mark::None,
        };
    }
    (mark, rest)
}

/// `[PASS]`, `[FAILED]`, `FAIL:`, with its length.
fn in_letters(text: &str) -> Option<(Mark, usize)> {
    const WORDS: [(&str, Mark); 9] = [
        ("[PASSED]", Mark::Tick),
        ("[PASS]", Mark::Tick),
        ("[OK]", Mark::Tick),
        ("[FAILED]", Mark::Cross),
        ("[FAIL]", Mark::Cross),
        ("[ERROR]", Mark::Cross),
        ("FAILED:", Mark::Cross),
        ("FAIL:", Mark::Cross),
        ("PASS:", Mark::Tick),
    ];
    let word = WORDS
        .iter()
        .find(|(word, _)| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))?;
    // `Failed: 0` is a figure, `FAILED: the audit` a mark.
    let is_figure = text[word.0.len()..].trim_start().starts_with(|c: char| c.is_ascii_digit());
    (!(word.0.ends_with(':') && (is_figure || !text.starts_with(word.0)))).then_some((word.1, word.0.len()))
}

fn says_none(says: &str) -> bool {
    NO_FAILURES.as_ref().is_some_and(|none| none.is_match(says))
}

/// The first `N/M` of a line.
fn count(says: &str) -> Option<ProgramCount> {
    let found = COUNT.as_ref()?.captures(says)?;
    let (done, of) = (found[1].parse().ok()?, found[2].parse().ok()?);
    (of > 0).then(|| ProgramCount { says: clean(says, LONGEST), done, of })
}

/// Whether it says that not all passed, or that some failed.
fn is_missed(count: &ProgramCount) -> bool {
    let says = count.says.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| says.contains(word));
    if has(&["fail", "error", "missing", "broken"]) {
        return count.done > 0 && !has(&["pass", "succe"]);
    }
    count.done < count.of && has(&["pass", "succe", "valid", "ok", "healthy", "complete"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(line: &str) -> bool {
        ProgramClaims::of(line).says_failed()
    }

    #[test]
    fn ticks_counts_and_figures_are_read_behind_their_marks() {
        let claims = ProgramClaims::of(
            "====\nPERFORMANCE BENCHMARK\n====\n✅ CPU Usage: 15.5% (target < 30%)\n  ✅ [2/3] Memory Usage: 2.1 GB\n\
             [3/3] ✓ Execution Time: 4.2 ms\nPassed: 41/41\n\nVerification complete: 6/6 passed. SYSTEM READY\nSecurity score: 85/100\nDate: 12/16/2025\n----\nOverall: EXCELLENT\n====\n",
        );
        assert_eq!((claims.passed, claims.failed), (3, 0));
        let figures: Vec<_> =
            claims.figures.iter().map(|one| (one.key.as_str(), one.value, one.unit.as_str())).collect();
        assert_eq!(
            figures,
            [("cpu usage", 15.5, "%"), ("memory usage", 2.1, "gb"), ("execution time", 4.2, "ms")]
        );
        let counts: Vec<_> = claims.counts.iter().map(|one| (one.done, one.of)).collect();
        assert_eq!(counts, [(41, 41), (6, 6), (85, 100)]);
        assert_eq!(claims.verdict, "Overall: EXCELLENT");
    }

    #[test]
    fn what_failed_is_told_from_what_did_not() {
        for line in [
            "❌ Configuration",
            "❌ config is world-writable",
            "Configuration ........ ❌",
            "[FAIL] backup",
            "backup: [FAILED]",
            "FAILED: backup",
            "5/6 checks passed",
            "✅ 5/6 passed",
            "2/6 failed",
            "✗ 1 error",
        ] {
            assert!(failed(line), "{line}");
        }
        for line in [
            "❌ Failed: 0",
            "✅ Passed: 6  ❌ Failed: 0",
            "❌ 0 failed",
            "Failed: 0",
            "6/6 passed",
            "0/6 failed",
            "Security score: 85/100",
            "memory 2/8 GB",
            "16/12/2025 all passed",
            "⚠ memory is filling",
            "an error was met and healed",
            "",
        ] {
            assert!(!failed(line), "{line}");
        }
        let claims = ProgramClaims::of("⚠️ memory is filling\n❌ backup\n");
        assert_eq!(
            (claims.failures.as_slice(), claims.warnings.len()),
            (["❌ backup".to_owned()].as_slice(), 1)
        );
    }

    #[test]
    fn json_and_what_python_prints_have_their_figures_too() {
        for text in [r#"{"total_items": 12, "ok": true}"#, "{'total_items': 12, 'ok': True}"] {
            let claims = ProgramClaims::of(text);
            assert_eq!(
                (claims.figures[0].key.as_str(), claims.figures[0].value),
                ("total items", 12.0),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_endless_or_hostile_stays_small() {
        let claims = ProgramClaims::of(&"❌ \u{1b}[31mno\n".repeat(100_000));
        assert_eq!((claims.failed, claims.failures.len()), (100_000, MOST_LINES));
        assert!(!claims.failures[0].contains('\u{1b}'));
        assert!(ProgramClaims::of(&"é".repeat(1 << 20)).verdict.chars().count() <= LONGEST);
        assert_eq!(ProgramClaims::of("1/1\n".repeat(1_000).as_str()).counts.len(), MOST_COUNTS);
    }
}
