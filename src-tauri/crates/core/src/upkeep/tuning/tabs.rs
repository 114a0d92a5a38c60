//! Characters that one reader of YAML passes over and the other one stumbles on.

use std::ops::Range;
use std::path::Path;

use super::yaml::fault;
use crate::error::{Error, Result};

/// Refuses what the ecosystem's reader does not take for text, or takes for the end of a line.
pub(super) fn refuse_unprintable(path: &Path, text: &str) -> Result<()> {
    let bad = text.char_indices().find(|(_, c)| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    });
    match bad {
        None => Ok(()),
        Some((at, c)) => {
            let what = format!("a character that no settings hold (U+{:04X})", u32::from(c));
            Err(fault(path, line_of(text, at), &what, "Take it out; nothing was changed."))
        }
    }
}

/// Refuses tabs outside of texts and comments: the ecosystem's reader does not take them for space.
///
/// `scalars` are the places of all single values in `text`, in their order; the text begins at `start`.
pub(super) fn refuse_tabs(path: &Path, text: &str, start: usize, scalars: &[Range<usize>]) -> Result<()> {
    let bytes = text.as_bytes();
    let mut next = scalars.iter().filter(|range| !range.is_empty()).peekable();
    let mut at = start;
    while at < bytes.len() {
        while next.peek().is_some_and(|range| range.end <= at) {
            next.next();
        }
        if let Some(range) = next.peek()
            && range.contains(&at)
        {
            at = range.end;
            continue;
        }
        match bytes[at] {
            b'\t' => return Err(tab(path, line_of(text, at))),
            b'#' if at == start || bytes[at - 1].is_ascii_whitespace() => {
                while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r') {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// The tab in the indent of a line that is no YAML, or of the one after it.
pub(super) fn indent(path: &Path, text: &str, line: usize) -> Option<Error> {
    let near = text.lines().enumerate().skip(line.saturating_sub(1)).take(2);
    let blank = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let mut with_tab = near.filter(|(_, text)| text[..blank(text)].contains('\t'));
    with_tab.next().map(|(index, _)| tab(path, index + 1))
}

fn tab(path: &Path, line: usize) -> Error {
    let remedy = "Write spaces; the ecosystem cannot read the file as it is.";
    fault(path, line, "a tab where only spaces may be", remedy)
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at];
    let newlines = before.iter().filter(|byte| **byte == b'\n').count();
    // A return alone ends a line too.
    let returns = before.windows(2).filter(|pair| pair[0] == b'\r' && pair[1] != b'\n').count();
    newlines + returns + 1
}
