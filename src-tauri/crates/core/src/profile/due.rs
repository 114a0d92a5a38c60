//! When a report is due: a time of day, on every day or on those of a pattern.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// How the days of the week are written, Sunday first as in `cron`, and what people call them.
const WEEK: [(&str, &str); 7] = [
    ("SUN", "Sunday"),
    ("MON", "Monday"),
    ("TUE", "Tuesday"),
    ("WED", "Wednesday"),
    ("THU", "Thursday"),
    ("FRI", "Friday"),
    ("SAT", "Saturday"),
];
const ORDER: [(&str, &str); 6] =
    [("1", "first"), ("2", "second"), ("3", "third"), ("4", "fourth"), ("5", "fifth"), ("L", "last")];

/// A time of day that comes on every day, or on some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDue {
    /// Local wall time.
    pub at: NaiveTime,
    /// The last three fields of a `cron` pattern; `None` is every day.
    days: Option<Box<Cron>>,
    /// The same as the user wrote them.
    written: String,
}

impl ReportDue {
    /// Due at `at` on the days of `days`: empty for every day, else a day of the week as `cron` has it (`SUN`, `SUN#1`,
    /// `MON-FRI`), or day of the month, month and day of the week (`1 * *`).
    ///
    /// # Errors
    /// What is wrong with `days`, in words.
    pub fn new(at: NaiveTime, days: &str) -> Result<Self, String> {
        let fields: Vec<&str> = days.split_whitespace().collect();
        let written = match fields.as_slice() {
            [] | ["*"] | ["*", "*", "*"] => return Ok(Self { at, days: None, written: String::new() }),
            [weekday] => format!("* * {weekday}"),
            [_, _, _] => fields.join(" "),
            _ => return Err("must be a day of the week, or day, month and day of the week".into()),
        };
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(&format!("0 0 {written}")).map_err(|error| error.to_string())?;
        let due = Self { at, days: Some(Box::new(cron)), written };
        // The 30th of February can be written, but never comes.
        match due.on_or_before(NaiveDate::from_ymd_opt(2400, 1, 1).unwrap_or_default()) {
            Some(_) => Ok(due),
            None => Err("such a day never comes".into()),
        }
    }

    /// Due at `at` every day.
    pub fn daily(at: NaiveTime) -> Self {
        Self { at, days: None, written: String::new() }
    }

    /// Whether it is due on every day.
    pub fn is_daily(&self) -> bool {
        self.days.is_none()
    }

    /// Whether it is due on `day`.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.days.as_ref().is_none_or(|days| days.is_time_matching(&midnight(day)).unwrap_or(false))
    }

    /// The last day up to `day` on which it is due.
    pub fn on_or_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        match &self.days {
            None => Some(day),
            Some(days) => days
                .find_previous_occurrence(&midnight(day), true)
                .ok()
                .map(|found| found.naive_utc().date())
                // Far in the past the search gives up somewhere; never later than asked for.
                .filter(|found| *found <= day),
        }
    }

    /// The pattern of five fields as `cron` has it: minute, hour, day, month, day of the week.
    pub fn cron(&self) -> String {
        let days = if self.written.is_empty() { "* * *" } else { &self.written };
        format!("{} {} {days}", self.at.minute(), self.at.hour())
    }

    /// In words: `every day at 06:00`, `on Sundays at 20:00`.
    pub fn words(&self) -> String {
        let day = |name: &str| WEEK.iter().find(|(short, _)| *short == name).map(|(_, long)| *long);
        let written = self.written.to_uppercase();
        let week = written.strip_prefix("* * ").and_then(|weekday| match weekday.split_once('#') {
            None if weekday == "MON-FRI" => Some("from Monday to Friday".to_owned()),
            None => day(weekday).map(|long| format!("on {long}s")),
            Some((weekday, nth)) => {
                let nth = ORDER.iter().find(|(short, _)| *short == nth).map(|(_, long)| *long)?;
                Some(format!("on the {nth} {} of the month", day(weekday)?))
            }
        });
        let days = match week {
            _ if self.is_daily() => "every day".to_owned(),
            Some(week) => week,
            None => format!("on days “{}”", self.written),
        };
        format!("{days} at {}", self.at.format("%H:%M"))
    }
}

/// The pattern knows nothing of zones: wall time is handed to it as if it were UTC.
fn midnight(day: NaiveDate) -> chrono::DateTime<chrono::Utc> {
    // Beyond these years the search would not come back.
    let day = if (1..=9999).contains(&day.year()) { day } else { NaiveDate::default() };
    NaiveDateTime::new(day, NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(days: &str) -> ReportDue {
        ReportDue::new(NaiveTime::from_hms_opt(6, 5, 0).unwrap(), days).unwrap()
    }

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, month, day).unwrap()
    }

    #[test]
    fn days_are_those_of_the_pattern() {
        // The seventh of December 2025 is a Sunday, the first one of the month.
        for (days, on, before) in [
            ("", day(12, 16), day(12, 16)),
            ("SUN", day(12, 14), day(12, 14)),
            ("sun#1", day(12, 7), day(12, 7)),
            ("1 * *", day(12, 1), day(12, 1)),
            ("1 1,4,7,10 *", day(10, 1), day(10, 1)),
        ] {
            let due = due(days);
            assert!(due.is_on(on), "{days}");
            assert_eq!(due.on_or_before(day(12, 16)), Some(before), "{days}");
            assert_eq!(due.is_on(day(12, 9)), days.is_empty(), "{days}");
        }
    }

    #[test]
    fn what_never_comes_or_is_no_pattern_is_refused() {
        for bad in ["30 2 *", "SUN MON", "FOO", "* * * *", "0 6 * * *"] {
            assert!(ReportDue::new(NaiveTime::MIN, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn it_says_when_in_words_and_as_cron() {
        let words = ["", "SUN", "SUN#1", "MON-FRI", "1 * *"].map(|days| due(days).words());
        assert_eq!(
            words,
            [
                "every day at 06:05",
                "on Sundays at 06:05",
                "on the first Sunday of the month at 06:05",
                "from Monday to Friday at 06:05",
                "on days “1 * *” at 06:05",
            ]
        );
        assert_eq!(
            ["", "SUN#1", "1 * *"].map(|days| due(days).cron()),
            ["5 6 * * *", "5 6 * * SUN#1", "5 6 1 * *"]
        );
    }
}
