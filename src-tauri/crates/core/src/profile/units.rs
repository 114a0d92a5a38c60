//! Times and sizes as people write them in a profile: `15m`, `4 GB`.

use std::time::Duration;

/// The longest time that a profile can hold.
const LONGEST: Duration = Duration::from_secs(3660 * 86_400);

/// Reads `250ms`, `5s`, `15m`, `24h`, `7d`, `1h30m`, `1.5h`; no unit and no sign are not accepted.
///
/// # Errors
/// One sentence that says what is wrong and how to write it.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{} is not a time; write it like \"5s\", \"15m\", \"24h\" or \"7d\"", shown(text));
    let mut rest = text.trim();
    let mut seconds = 0.0_f64;
    let mut smallest = f64::INFINITY;
    while !rest.is_empty() {
        let (number, after) = number(rest).ok_or_else(wrong)?;
        let after = after.trim_start();
        let unit_length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let unit = match &after[..unit_length] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            _ => return Err(wrong()),
        };
        // Largest first: "30m1h" is a slip of the finger.
        if unit >= smallest {
            return Err(wrong());
        }
        smallest = unit;
        seconds += number * unit;
        rest = after[unit_length..].trim_start();
    }
    if smallest.is_infinite() {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|d| *d <= LONGEST)
        .ok_or_else(|| format!("{} is longer than ten years", shown(text)))
}

/// Reads `256 KB`, `4 GB`, `4 GiB`, `1.5 TB`, `100 B` into bytes; decimal units count by thousands.
///
/// # Errors
/// One sentence that says what is wrong and how to write it.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("{} is not a size; write it like \"256 KB\" or \"4 GB\"", shown(text));
    let (number, unit) = number(text.trim()).ok_or_else(wrong)?;
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return Err(wrong()),
    };
    let bytes = (number * factor).round();
    // Beyond 2^53 a number of bytes is no longer exact, and no disk is that large.
    if bytes > 9e15 {
        return Err(format!("{} is larger than any disk", shown(text)));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 9e15, checked above; `number` reads no sign"
    )]
    Ok(bytes as u64)
}

/// Writes a time so that [`parse_duration`] reads the same again: `90s` as `1m30s`.
pub fn show_duration(duration: Duration) -> String {
    let mut millis = duration.as_millis();
    if millis == 0 {
        return "0s".into();
    }
    let mut text = String::new();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if millis >= length {
            text.push_str(&format!("{}{unit}", millis / length));
            millis %= length;
        }
    }
    text
}

/// Splits the number at the head off: digits with at most one point.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    if head.is_empty() || head.len() > 20 || head.starts_with('.') || head.ends_with('.') {
        return None;
    }
    Some((head.parse().ok()?, rest))
}

/// Text from a profile as a message may show it: one line, not too long, in quotes.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut out = String::from("\"");
    for (count, c) in text.chars().enumerate() {
        if count == MOST {
            out.push('…');
            break;
        }
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, millis) in [
            ("250ms", 250),
            ("5s", 5_000),
            ("15m", 900_000),
            ("60 min", 3_600_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("1h 30m", 5_400_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text).map(|d| d.as_millis()), Ok(millis), "{text}");
        }
        for text in [
            "",
            " ",
            "5",
            "-5s",
            "s",
            "5 parsecs",
            "1e9s",
            "30m1h",
            "5s5s",
            ".5s",
            "5.s",
            "99999999d",
            "1..5s",
            "NaNs",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("256 KB", 256_000),
            ("4 GB", 4_000_000_000),
            ("4GiB", 4_294_967_296),
            ("1.5 MB", 1_500_000),
            ("0 B", 0),
        ] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "4", "-1 GB", "4 G", "GB", "1e3 GB", "18446744073709551616 GB", "4 GB free"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_that_was_written_reads_back() {
        for seconds in [0, 1, 59, 90, 3600, 86_399, 86_400, 1_000_000] {
            let time = Duration::from_secs(seconds);
            assert_eq!(parse_duration(&show_duration(time)), Ok(time));
        }
    }

    #[test]
    fn text_in_a_message_stays_on_one_line() {
        assert_eq!(shown("a\nb\u{202e}c"), "\"a\\nb\\u{202e}c\"");
        assert!(shown(&"x".repeat(1000)).len() < 80);
    }
}
