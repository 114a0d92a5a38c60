//! The figures of a report: whatever reads as `Key: number`, in text or in JSON.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fsio::{self, Stamp};

/// A report is some kilobytes; of a larger one only its beginning is read.
pub const LARGEST: u64 = 256 * 1024;
/// More than this is a table, not a report.
const MOST: usize = 200;
/// A key longer than this is a sentence with a colon in it.
const LONGEST_KEY: usize = 60;
/// JSON is followed this deep.
const DEEPEST: usize = 8;

/// One figure that a report gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is called, in lower case and with spaces: `time saved`, `errors`.
    pub key: String,
    /// The same as it stands there: `Time Saved`.
    pub label: String,
    /// The number as it stands there.
    pub value: f64,
    /// What follows it in lower case: `hours`, `%`; empty where nothing does.
    pub unit: String,
}

/// Figures of reports that were read before: a report is read again only when its file has changed.
#[derive(Debug, Default)]
pub struct ReportFigures {
    known: HashMap<PathBuf, (Stamp, Vec<Figure>)>,
}

impl ReportFigures {
    /// The figures of the report at `path`; none where it cannot be read.
    pub(super) fn of(&mut self, path: &Path, stamp: Stamp) -> Vec<Figure> {
        if let Some((known, figures)) = self.known.get(path)
            && *known == stamp
        {
            return figures.clone();
        }
        let figures =
            beginning(path).map(|bytes| figures(&String::from_utf8_lossy(&bytes))).unwrap_or_default();
        self.known.insert(path.to_owned(), (stamp, figures.clone()));
        figures
    }

    /// Forgets reports of other days.
    pub(super) fn keep_only(&mut self, wanted: impl Fn(&Path) -> bool) {
        self.known.retain(|path, _| wanted(path));
    }
}

fn beginning(path: &Path) -> Option<Vec<u8>> {
    let (file, _) = fsio::open_regular(path).ok()?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Every figure of a report, in the order of the text; a shape that is not known has none.
pub fn figures(text: &str) -> Vec<Figure> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut found = Vec::new();
    if text.starts_with('{')
        && let Ok(json) = serde_json::from_str::<Value>(text)
    {
        gather(&json, "", 0, &mut found);
        return found;
    }
    found.extend(text.lines().filter_map(line).take(MOST));
    found
}

fn line(line: &str) -> Option<Figure> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || "•*-–·>✅❌✓✔✗✘⚠\u{fe0f}".contains(c));
    let (key, rest) = line.split_once(':')?;
    let label = key.trim_matches(|c: char| c.is_whitespace() || "*_`\"".contains(c)).to_owned();
    let key = label.replace('_', " ").to_lowercase();
    if key.is_empty() || key.chars().count() > LONGEST_KEY || !key.contains(|c: char| c.is_alphabetic()) {
        return None;
    }
    let (value, unit) = number(rest.trim_matches(|c: char| c.is_whitespace() || "*_`".contains(c)))?;
    Some(Figure { key, label, value, unit })
}

/// The number at the beginning of a text, and the word that follows it.
fn number(text: &str) -> Option<(f64, String)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.,".contains(c))).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    // 1,234.5 as people write it; a list (1, 2) ends before its comma.
    let digits: String = digits.trim_end_matches([',', '.']).chars().filter(|c| *c != ',').collect();
    let value: f64 = digits.parse().ok().filter(|value: &f64| value.is_finite())?;
    // 12:30 and 12/16 are no figures, and of 1e999 nobody knows what it means.
    let exponent =
        rest.strip_prefix(['e', 'E']).is_some_and(|power| power.starts_with(|c: char| c.is_ascii_digit()));
    if exponent || rest.starts_with([':', '/']) {
        return None;
    }
    let unit = rest.trim_start();
    let end = unit.find(|c: char| c.is_whitespace() || ",;().".contains(c)).unwrap_or(unit.len());
    Some((value, unit[..end].to_lowercase()))
}

fn gather(value: &Value, label: &str, depth: usize, found: &mut Vec<Figure>) {
    let figure = |value, unit| Figure { key: label.to_lowercase(), label: label.to_owned(), value, unit };
    match value {
        Value::Object(fields) if depth < DEEPEST => {
            for (name, value) in fields {
                gather(value, &name.replace(['_', '-'], " "), depth + 1, found);
            }
        }
        Value::Number(number) if found.len() < MOST => {
            if let Some(value) = number.as_f64().filter(|value| value.is_finite()) {
                found.push(figure(value, String::new()));
            }
        }
        Value::String(text) if found.len() < MOST => {
            if let Some((value, unit)) = number(text.trim()) {
                found.push(figure(value, unit));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, f64, String)> {
        figures(text).into_iter().map(|figure| (figure.key, figure.value, figure.unit)).collect()
    }

    #[test]
    fn text_gives_its_pairs_and_keeps_quiet_about_the_rest() {
        let text = "Daily Summary - December 16, 2025\n\nHighlights:\n  • Achieved 85% efficiency\nKey Metrics:\n  \
            • Tasks Completed: 1,150\n  • Time Saved: 2.5 hours\n- **Errors:** 0\nImpact: 35% faster\n\
            Generated: 2025-12-16 23:00\nAt: 23:00\nNote: see 3 things\nDelta: -4\n";
        assert_eq!(
            found(text),
            [
                ("tasks completed".into(), 1150.0, String::new()),
                ("time saved".into(), 2.5, "hours".into()),
                ("errors".into(), 0.0, String::new()),
                ("impact".into(), 35.0, "%".into()),
                ("delta".into(), -4.0, String::new()),
            ]
        );
    }

    #[test]
    fn json_gives_its_numbers_wherever_they_are() {
        let json = r#"{"report_type":"daily","generated_at":"2025-12-16T23:00:00",
            "summary":{"total_errors":0,"uptime":"24.5 hours","list":[1,2]}}"#;
        assert_eq!(
            found(json),
            [("total errors".into(), 0.0, String::new()), ("uptime".into(), 24.5, "hours".into())]
        );
    }

    #[test]
    fn what_is_no_report_has_no_figures() {
        for text in ["", "{", "{\"a\":", ":::", ": 5", "\0\0: 1", "a: 1e999", "x: NaN", "k: .", "k: -,"] {
            assert_eq!(found(text), [], "{text:?}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        assert_eq!(found(&deep), []);
        let many = "k: 1\n".repeat(10_000);
        assert_eq!(figures(&many).len(), MOST);
    }
}
