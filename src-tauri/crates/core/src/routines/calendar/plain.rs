//! Times that come again, as people write them: `06:00`, `Sunday 20:00`, `first Sunday of the quarter 10:00`.

use chrono::{NaiveTime, TimeDelta, Timelike, Weekday};

use super::Slot;

/// Reads a time that comes again: plain words, or a pattern of five fields as `cron` writes it.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_slot(text: &str, open_for: TimeDelta) -> Result<Slot, String> {
    let pattern = pattern(text).unwrap_or_else(|| text.trim().to_owned());
    Slot::new(&pattern, open_for).map_err(|_| {
        format!(
            "“{text}” is no time that comes again; write it like 06:00, Sunday 20:00, first Sunday 14:00, \
             first Sunday of the quarter 10:00, or as five fields of cron"
        )
    })
}

/// The pattern of plain words; `None` where they are none.
fn pattern(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (days, time) = match text.rsplit_once(' ') {
        None => ("", text.as_str()),
        Some((days, time)) => (days.trim(), time),
    };
    let time = NaiveTime::parse_from_str(time, "%H:%M").ok()?;
    let (days, months) = match days.strip_suffix(" of the quarter") {
        Some(days) => (days, "1,4,7,10"),
        None => (days.strip_suffix(" of the month").unwrap_or(days), "*"),
    };
    let day = |name: &str| name.trim().parse::<Weekday>().ok().map(|day| day.to_string().to_uppercase());
    let days = match days.strip_prefix("first ") {
        Some(name) => format!("{}#1", day(name)?),
        // A day of each week has no month.
        None if days.is_empty() && months == "*" => "*".to_owned(),
        None if months == "*" => day(days)?,
        None => return None,
    };
    Some(format!("{} {} * {months} {days}", time.minute(), time.hour()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_patterns() {
        let read = |text| pattern(text).unwrap();
        assert_eq!(read("06:00"), "0 6 * * *");
        assert_eq!(read("Sunday 20:00"), "0 20 * * SUN");
        assert_eq!(read(" first sunday 14:05"), "5 14 * * SUN#1");
        assert_eq!(read("First Mon of the month 9:30"), "30 9 * * MON#1");
        assert_eq!(read("first Sunday of the quarter 10:00"), "0 10 * 1,4,7,10 SUN#1");
    }

    #[test]
    fn anything_else_is_cron_or_refused() {
        let open = TimeDelta::minutes(30);
        assert!(parse_slot("*/5 8 * * MON-FRI", open).is_ok());
        for bad in
            ["", "6", "25:00", "Someday 20:00", "Sunday of the quarter 10:00", "first 10:00", "0 6 31 2 *"]
        {
            let error = parse_slot(bad, open).unwrap_err();
            assert!(error.contains(bad) && error.contains("Sunday 20:00"), "{error}");
        }
    }
}
