//! What the name of a file among the logs says: whether it is a log, which ones belong together, and its day.

use chrono::{Datelike, NaiveDate};

/// What old logs are pressed into.
const PRESSED: [&str; 5] = [".gz", ".bz2", ".xz", ".zst", ".zip"];
/// What logs end in.
const ENDINGS: [&str; 2] = [".log", ".jsonl"];
/// What stands for the day in a series.
const DAY: &str = "{date}";

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogName {
    /// The same for all that follow each other: `ecosystem.log` of `ecosystem.log.3`.
    pub series: String,
    /// The day in the name.
    pub day: Option<NaiveDate>,
    /// Whether it is one of several by its name: dated, or counted.
    pub follows: bool,
}

/// What `name` says; `None` where it is no log's. `written` are logs that the profile names, whatever they end in.
pub(super) fn log_name(name: &str, written: &[&str]) -> Option<LogName> {
    let (dated, day) = match day_in(name) {
        Some((begin, end, day)) => {
            (format!("{}{DAY}{}", &name[..begin], after_time(&name[end..])), Some(day))
        }
        None => (name.to_owned(), None),
    };
    let mut series = dated.as_str();
    while let Some(rest) = PRESSED.iter().find_map(|ending| series.strip_suffix(ending)) {
        series = rest;
    }
    let mut counted = false;
    loop {
        let bare = series.trim_end_matches(|c: char| c.is_ascii_digit());
        let rest = if bare.len() < series.len() { bare.strip_suffix('.') } else { None };
        let Some(rest) = rest.or_else(|| series.strip_suffix(DAY)?.strip_suffix(['.', '-', '_'])) else {
            break;
        };
        counted = true;
        series = rest;
    }
    let lower = series.to_ascii_lowercase();
    let is_log = ENDINGS.iter().any(|ending| lower.ends_with(ending)) || written.contains(&series);
    is_log.then(|| LogName { series: series.to_owned(), day, follows: counted || day.is_some() })
}

/// The first `YYYYMMDD` or `YYYY-MM-DD` that stands alone and is a day: where it begins, where it ends, and which.
fn day_in(name: &str) -> Option<(usize, usize, NaiveDate)> {
    let bytes = name.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let number = |from: usize, to: usize| name.get(from..to)?.parse::<u32>().ok();
    (0..bytes.len()).filter(|at| digit(*at) && (*at == 0 || !digit(at - 1))).find_map(|at| {
        let digits = (at..bytes.len()).take_while(|place| digit(*place)).count();
        let dashed = digits == 4
            && bytes.get(at + 4) == Some(&b'-')
            && bytes.get(at + 7) == Some(&b'-')
            && [5, 6, 8, 9].iter().all(|place| digit(at + place))
            && !digit(at + 10);
        let (month, day, end) = match (digits, dashed) {
            (8, _) => (number(at + 4, at + 6)?, number(at + 6, at + 8)?, at + 8),
            (_, true) => (number(at + 5, at + 7)?, number(at + 8, at + 10)?, at + 10),
            _ => return None,
        };
        let year = i32::try_from(number(at, at + 4)?).ok()?;
        let day = NaiveDate::from_ymd_opt(year, month, day).filter(|day| day.year() >= 1970)?;
        Some((at, end, day))
    })
}

/// What follows a day, without a time of day: `_120000`, `T12`, `-1200`.
fn after_time(rest: &str) -> &str {
    let Some(time) = rest.strip_prefix(['_', '-', 'T']) else { return rest };
    let bare = time.trim_start_matches(|c: char| c.is_ascii_digit());
    if matches!(time.len() - bare.len(), 2 | 4 | 6) { bare } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(name: &str) -> Option<(String, Option<String>, bool)> {
        log_name(name, &["ecosystem.out"])
            .map(|log| (log.series, log.day.map(|day| day.to_string()), log.follows))
    }

    #[test]
    fn a_name_gives_series_and_day() {
        let is =
            |series: &str, day: Option<&str>, follows| Some((series.into(), day.map(str::to_owned), follows));
        let day = Some("2025-11-16");
        for (name, meant) in [
            ("ecosystem.log", is("ecosystem.log", None, false)),
            ("ecosystem.log.3", is("ecosystem.log", None, true)),
            ("ecosystem.log.12.gz", is("ecosystem.log", None, true)),
            ("ecosystem.log.2025-11-16", is("ecosystem.log", day, true)),
            ("ecosystem.log-20251116.xz", is("ecosystem.log", day, true)),
            ("ecosystem.log.2025-11-16.1", is("ecosystem.log", day, true)),
            ("health_20251116.log", is("health_{date}.log", day, true)),
            ("health-2025-11-16_120000.log", is("health-{date}.log", day, true)),
            ("20251116.jsonl", is("{date}.jsonl", day, true)),
            ("ERRORS.LOG", is("ERRORS.LOG", None, false)),
            ("ecosystem.out.2", is("ecosystem.out", None, true)),
            ("run20251316.log", is("run20251316.log", None, false)),
            ("run-20250229.log", is("run-20250229.log", None, false)),
            ("v1.2.log", is("v1.2.log", None, false)),
            ("a-202511161.log", is("a-202511161.log", None, false)),
        ] {
            assert_eq!(says(name), meant, "{name}");
        }
    }

    #[test]
    fn what_is_no_log_is_left_out() {
        for name in [
            "",
            ".",
            "notes.txt",
            "state.json",
            "20251116",
            "log",
            ".gz",
            "1",
            "a.logs",
            "é20251116é",
            "x.log.old",
        ] {
            assert_eq!(says(name), None, "{name}");
        }
    }
}
