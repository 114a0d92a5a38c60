//! A single value as the ecosystem's reader (PyYAML, YAML 1.1) takes it, and as it is written so that it is taken for the same.

use std::fmt::Write as _;

/// Characters of a value by hand.
const LONGEST: usize = 1_000;

/// What the reader makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    Flag,
    Number,
    Text,
}

/// What the reader makes of `says`, which stands there without quotes when `plain`.
pub(super) fn kind_of(says: &str, plain: bool) -> Kind {
    if !plain {
        return Kind::Text;
    }
    match says {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Nothing,
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF" | "true"
        | "True" | "TRUE" | "false" | "False" | "FALSE" => return Kind::Flag,
        _ => {}
    }
    let digits = says.trim_start_matches(['+', '-']);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit())
        || digits.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let hex = digits.starts_with("0x") && digits[2..].bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    if begins && (hex || digits.replace('_', "").parse::<f64>().is_ok()) { Kind::Number } else { Kind::Text }
}

/// Whether a value that is a flag is on.
pub(super) fn is_on(says: &str) -> bool {
    matches!(says.to_ascii_lowercase().as_str(), "yes" | "on" | "true")
}

/// `new` as it is written where a value of kind `old` stood.
///
/// # Errors
/// What is wrong with it, in words that follow the key.
pub(super) fn written(old: Kind, new: &str) -> Result<String, String> {
    if new.chars().count() > LONGEST {
        return Err(format!("takes at most {LONGEST} characters"));
    }
    match old {
        Kind::Flag if is_flag(new) => Ok(new.to_owned()),
        Kind::Flag => Err(format!("is true or false, and “{new}” is neither")),
        Kind::Number if is_number(new) => Ok(new.to_owned()),
        Kind::Number => Err(format!("is a number, and “{new}” is none that every reader takes alike")),
        Kind::Nothing if is_flag(new) || is_number(new) => Ok(new.to_owned()),
        Kind::Nothing | Kind::Text => Ok(quoted(new)),
    }
}

fn is_flag(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// Whether both versions of YAML read the same number: no zero in front, no exponent, no low line.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let all_digits =
        |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && (whole == "0" || !whole.starts_with('0')) && part.is_none_or(all_digits)
}

/// A text in double quotes, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x100 && c.is_control() => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_the_ecosystem_takes_it_for() {
        for (says, kind) in [
            ("5", Kind::Number),
            ("-0.5", Kind::Number),
            ("1_000", Kind::Number),
            ("0x1F", Kind::Number),
            ("yes", Kind::Flag),
            ("Off", Kind::Flag),
            ("~", Kind::Nothing),
            ("", Kind::Nothing),
            ("18:00", Kind::Text),
            ("2026-01-02", Kind::Text),
            ("INFO", Kind::Text),
            ("-", Kind::Text),
            ("inf", Kind::Text),
        ] {
            assert_eq!(kind_of(says, true), kind, "{says}");
            assert_eq!(kind_of(says, false), Kind::Text, "{says}");
        }
    }

    #[test]
    fn what_is_written_cannot_be_taken_for_something_else() {
        assert_eq!(written(Kind::Text, "18:00").unwrap(), "\"18:00\"");
        assert_eq!(written(Kind::Text, "1_000").unwrap(), "\"1_000\"");
        assert_eq!(written(Kind::Nothing, "no").unwrap(), "\"no\"");
        assert_eq!(
            written(Kind::Text, "a\"b\\c\nd\u{2028}\u{7f}").unwrap(),
            "\"a\\\"b\\\\c\\nd\\u2028\\x7F\""
        );
        assert_eq!(written(Kind::Number, "-0.25").unwrap(), "-0.25");
        for (kind, bad) in [
            (Kind::Number, "010"),
            (Kind::Number, "1e3"),
            (Kind::Number, "1_000"),
            (Kind::Number, "18:00"),
            (Kind::Number, ""),
            (Kind::Number, ".5"),
            (Kind::Flag, "no"),
            (Kind::Flag, "1"),
        ] {
            assert!(written(kind, bad).is_err(), "{bad}");
        }
        assert!(written(Kind::Text, &"x".repeat(1_001)).is_err());
    }
}
