//! Figures as people read them: decimal sizes as Finder counts, times in words.

use chrono::TimeDelta;

use crate::clock::{Instant, Zone};
use crate::signal::Unit;

/// A value in its unit: `41 %`, `3.2 GB`, `3 h 12 min`, `7`.
pub fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{} %", short(value)),
        Unit::Bytes => bytes_of(value),
        Unit::Seconds => span(value),
        Unit::Milliseconds => format!("{} ms", short(value)),
        Unit::Count | Unit::None => short(value),
    }
}

/// A size: `950 kB`, `3.2 GB`.
#[allow(clippy::cast_precision_loss, reason = "two digits are shown")]
pub fn bytes(bytes: u64) -> String {
    bytes_of(bytes as f64)
}

fn bytes_of(bytes: f64) -> String {
    const UNITS: &[(&str, f64)] = &[("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    // A value that would round up to 1000 of a unit is shown in the next one.
    match UNITS.iter().find(|(_, size)| bytes.abs() >= size * 0.9995) {
        Some((unit, size)) => format!("{} {unit}", short(bytes / size)),
        None => format!("{bytes:.0} bytes"),
    }
}

/// One decimal below ten, none from there on, and never `.0`.
fn short(value: f64) -> String {
    let text = if value.abs() < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A span of time in its two largest units: `40 s`, `3 h 12 min`, `2 days 4 h`.
pub fn span(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "an unknown time".to_owned();
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite, not negative; saturates"
    )]
    let seconds = seconds as u64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let and = |amount: u64, unit: &str| if amount == 0 { String::new() } else { format!(" {amount} {unit}") };
    if days > 0 {
        format!("{days} {}{}", if days == 1 { "day" } else { "days" }, and(hours, "h"))
    } else if hours > 0 {
        format!("{hours} h{}", and(minutes, "min"))
    } else if minutes > 0 {
        format!("{minutes} min")
    } else {
        format!("{seconds} s")
    }
}

/// How long something took: `0.3 s`, `12 s`, `3 min`.
pub fn took(seconds: f64) -> String {
    if (0.0..9.95).contains(&seconds) { format!("{} s", short(seconds)) } else { span(seconds) }
}

/// A span of which only the size is known: `about 5 days`, `about 3 hours`, `less than an hour`.
pub fn about(seconds: f64) -> String {
    let (days, hours) = ((seconds / 86_400.0).round(), (seconds / 3_600.0).round());
    if days >= 2.0 {
        format!("about {days:.0} days")
    } else if hours >= 2.0 {
        format!("about {hours:.0} hours")
    } else if seconds >= 3_600.0 {
        "about an hour".to_owned()
    } else {
        "less than an hour".to_owned()
    }
}

/// The span between two instants; a negative one counts as none.
pub fn between(from: Instant, to: Instant) -> String {
    span(seconds(to - from))
}

/// A span in seconds, never negative.
#[allow(clippy::cast_precision_loss, reason = "seconds of centuries fit")]
pub fn seconds(span: TimeDelta) -> f64 {
    span.num_seconds().max(0) as f64
}

/// A moment as local wall time: `03:12` today, `Mon 03:12` this week, else the date too.
pub fn moment(at: Instant, now: Instant, zone: Zone) -> String {
    let (local, today) = (zone.local(at), zone.local(now).date());
    let days = (today - local.date()).num_days();
    let format = match days {
        0 => "%H:%M",
        1..=6 => "%a %H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    local.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_decimal_and_short() {
        let shown = [0, 999, 1_000, 950_000, 999_960, 3_200_000_000, 12_345_678_901].map(bytes);
        assert_eq!(shown, ["0 bytes", "999 bytes", "1 kB", "950 kB", "1 MB", "3.2 GB", "12 GB"]);
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let shown = [0.0, 59.0, 60.0, 3_600.0, 11_520.0, 86_400.0, 187_200.0, -1.0, f64::NAN].map(span);
        assert_eq!(
            shown,
            [
                "0 s",
                "59 s",
                "1 min",
                "1 h",
                "3 h 12 min",
                "1 day",
                "2 days 4 h",
                "an unknown time",
                "an unknown time"
            ]
        );
    }

    #[test]
    fn what_is_only_guessed_is_rounded() {
        let shown = [0.0, 3_600.0, 9_000.0, 129_000.0, 130_000.0, 432_000.0].map(about);
        assert_eq!(
            shown,
            [
                "less than an hour",
                "about an hour",
                "about 3 hours",
                "about 36 hours",
                "about 2 days",
                "about 5 days"
            ]
        );
    }

    #[test]
    fn percents_lose_needless_decimals() {
        let shown = [0.04, 4.96, 9.96, 41.4, 100.0, -0.01].map(|v| value(v, Unit::Percent));
        assert_eq!(shown, ["0 %", "5 %", "10 %", "41 %", "100 %", "0 %"]);
    }
}
