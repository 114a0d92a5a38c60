//! From the name of a file to the day that it speaks of.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::profile::ReportKind;

/// What reports end in, whatever the pattern says: the same report may lie there in another shape.
const ENDINGS: [&str; 6] = ["txt", "json", "md", "html", "log", "csv"];

/// A pattern of the profile, taken apart: the folder to list and what stands around the day in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The folder that is listed, absolute.
    pub folder: PathBuf,
    /// What follows the named folder, where the day stands in the name of a folder.
    pub below: Option<PathBuf>,
    before: String,
    after: String,
}

/// What a name among the reports is to a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The report of this day.
    Report(NaiveDate),
    /// It claims to be the report of this day too: a copy, another ending, other case.
    Twin(NaiveDate),
    /// It fits but for a day that does not exist.
    NoSuchDay,
    /// Something else.
    Stranger,
}

impl Pattern {
    /// Takes the pattern of `kind` apart; `None` where it holds no day.
    pub fn of(kind: &ReportKind) -> Option<Self> {
        let mut folder = PathBuf::new();
        let mut parts = kind.pattern.components();
        for part in parts.by_ref() {
            let name = part.as_os_str().to_string_lossy();
            if let Some((before, after)) = name.split_once(ReportKind::DATE) {
                let below = parts.as_path();
                let below = (!below.as_os_str().is_empty()).then(|| below.to_owned());
                return Some(Self { folder, below, before: before.into(), after: after.into() });
            }
            folder.push(Path::new(part.as_os_str()));
        }
        None
    }

    /// What `name` in the folder is.
    pub fn named(&self, name: &str) -> Named {
        let exact = name.strip_prefix(&self.before).and_then(|rest| rest.strip_suffix(&self.after));
        if let Some(digits) = exact.filter(|digits| is_eight_digits(digits)) {
            return day(digits).map_or(Named::NoSuchDay, Named::Report);
        }
        self.twin(name).map_or(Named::Stranger, Named::Twin)
    }

    fn twin(&self, name: &str) -> Option<NaiveDate> {
        let (before, rest) = name.split_at_checked(self.before.len())?;
        let (digits, after) = rest.split_at_checked(8)?;
        let fits = before.eq_ignore_ascii_case(&self.before)
            && self.below.is_none()
            && (after.eq_ignore_ascii_case(&self.after) || is_copy(after));
        if fits { day(digits) } else { None }
    }
}

/// Whether `after` is what a copy or another shape of a report ends in: ` 2.txt`, ` (1).txt`, `-copy.txt`, `.json`.
fn is_copy(after: &str) -> bool {
    let Some((mark, ending)) = after.rsplit_once('.') else { return false };
    const BETWEEN: [char; 6] = [' ', '_', '-', '(', ')', '.'];
    let mut words = mark.split(BETWEEN).filter(|word| !word.is_empty());
    let is_mark = |word: &str| {
        word.eq_ignore_ascii_case("copy") || word.len() <= 3 && word.bytes().all(|b| b.is_ascii_digit())
    };
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
        && (mark.is_empty() || mark.starts_with(BETWEEN))
        && words.all(is_mark)
}

fn is_eight_digits(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit())
}

fn day(digits: &str) -> Option<NaiveDate> {
    if !is_eight_digits(digits) {
        return None;
    }
    let (year, month, day) =
        (digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?);
    NaiveDate::from_ymd_opt(year, month, day).filter(|_| year > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        let kind = ReportKind {
            id: "morning".into(),
            pattern: text.into(),
            due: None,
            grace: Duration::ZERO,
            missing: Duration::ZERO,
        };
        Pattern::of(&kind).unwrap()
    }

    #[test]
    fn a_name_gives_its_day_and_nothing_else_does() {
        let day = NaiveDate::from_ymd_opt(2025, 12, 16).unwrap();
        let pattern = pattern("/eco/reports/morning_{date}.txt");
        assert_eq!(pattern.folder, Path::new("/eco/reports"));
        assert_eq!(pattern.named("morning_20251216.txt"), Named::Report(day));
        for name in
            ["morning_20251316.txt", "morning_20250229.txt", "morning_00000000.txt", "morning_00001216.txt"]
        {
            assert_eq!(pattern.named(name), Named::NoSuchDay, "{name}");
        }
        for name in [
            "Morning_20251216.txt",
            "morning_20251216.TXT",
            "morning_20251216 2.txt",
            "morning_20251216 (1).txt",
            "morning_20251216-copy.txt",
            "morning_20251216.json",
        ] {
            assert_eq!(pattern.named(name), Named::Twin(day), "{name}");
        }
        for name in [
            "",
            "morning_",
            "morning_.txt",
            "morning_2025121.txt",
            "morning_202512166.txt",
            "morning_2025121é.txt",
            "morning_+0251216.txt",
            "morning_20251216.txt~",
            "morning_20251216_evening.txt",
            "evening_20251216.txt",
            "éééééééé20251216.txt",
        ] {
            assert_eq!(pattern.named(name), Named::Stranger, "{name}");
        }
    }

    #[test]
    fn the_day_may_stand_in_the_name_of_a_folder() {
        let pattern = pattern("/eco/reports/d{date}/morning.txt");
        assert_eq!(
            (pattern.folder.as_path(), pattern.below.as_deref()),
            (Path::new("/eco/reports"), Some(Path::new("morning.txt")))
        );
        assert!(matches!(pattern.named("d20251216"), Named::Report(_)));
        assert_eq!(pattern.named("d20251216.txt"), Named::Stranger);
    }
}
