//! A report beside those before it: what is new, what is unusual, what is missing. Pure.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::facts::{Facts, FigureName};

/// The days before a report that its means are of.
pub const DAYS: u64 = 30;
/// From so many values on something is usual, and from so many on something can be far from it.
const USUAL: usize = 3;
const ENOUGH: usize = 5;
/// Far from the mean: so many standard deviations, and at least this share of the mean.
const DEVIATIONS: f64 = 3.0;
const SHARE: f64 = 0.1;
/// The reports before one that say what belongs into it.
const LAST: usize = 10;

/// A report beside those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The day of the report before.
    pub before: Option<NaiveDate>,
    /// How many reports of the thirty days before there are.
    pub of_reports: usize,
    /// Its figures, in the order of the text.
    pub figures: Vec<FigureShown>,
    /// Figures that most of the last ten reports gave, and this one does not.
    pub missing_figures: Vec<String>,
    /// Headings that most of the last ten reports had, and this one has not.
    pub missing_sections: Vec<String>,
}

/// A figure beside what it usually is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FigureShown {
    /// As it stands in the report: `Time saved`.
    pub label: String,
    /// The same in lower case.
    #[serde(skip)]
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub key: String,
    /// The number.
    pub value: f64,
    /// What follows it; empty where nothing does.
    pub unit: String,
    /// In the report before.
    pub before: Option<f64>,
    /// The mean of the thirty days before; `None` where none of them gives it.
    pub mean: Option<f64>,
    /// In words: `2.5 hours, usually 1.9`.
    pub says: String,
    /// Whether it is far from what it usually is.
    pub unusual: bool,
    /// The values of the thirty days before, oldest first, and this one last; `None` is a gap.
    pub past: Vec<Option<f64>>,
}

/// Holds the report of `day` against those of the same kind `before` it, oldest first.
///
/// `daily` says that there should be one each day: a day without one is a gap in `past`.
pub fn compare(day: NaiveDate, this: &Facts, before: &[(NaiveDate, &Facts)], daily: bool) -> Compared {
    let since = day.checked_sub_days(Days::new(DAYS)).unwrap_or(NaiveDate::MIN);
    let lately = &before[before.partition_point(|(day, _)| *day < since)..];
    let figures = this
        .figures
        .iter()
        .map(|(name, value)| {
            let past = if daily { by_day(name, since, day, lately) } else { by_report(name, lately) };
            figure(name, *value, before.last().and_then(|(_, facts)| facts.value(name)), past)
        })
        .collect();
    let last = &before[before.len().saturating_sub(LAST)..];
    Compared {
        before: before.last().map(|(day, _)| *day),
        of_reports: lately.len(),
        figures,
        missing_figures: missing_figures(this, last),
        missing_sections: missing_sections(this, last),
    }
}

fn by_day(
    name: &FigureName,
    since: NaiveDate,
    day: NaiveDate,
    lately: &[(NaiveDate, &Facts)],
) -> Vec<Option<f64>> {
    let mut past = vec![None; usize::try_from((day - since).num_days()).unwrap_or(0)];
    for (when, facts) in lately {
        let place = usize::try_from((*when - since).num_days()).ok();
        if let Some(slot) = place.and_then(|place| past.get_mut(place)) {
            *slot = facts.value(name);
        }
    }
    past
}

fn by_report(name: &FigureName, lately: &[(NaiveDate, &Facts)]) -> Vec<Option<f64>> {
    lately.iter().map(|(_, facts)| facts.value(name)).collect()
}

#[allow(clippy::cast_precision_loss, reason = "a handful of values")]
fn figure(name: &FigureName, value: f64, before: Option<f64>, mut past: Vec<Option<f64>>) -> FigureShown {
    let known: Vec<f64> = past.iter().flatten().copied().collect();
    let count = known.len() as f64;
    // Divided first: the sum of what is just finite need not be.
    let mean = (!known.is_empty()).then(|| known.iter().map(|one| one / count).sum::<f64>());
    let unusual = mean.is_some_and(|mean| {
        let spread = known.iter().map(|one| (one - mean).powi(2) / count).sum::<f64>().sqrt();
        let far = (value - mean).abs();
        known.len() >= ENOUGH && far > DEVIATIONS * spread && far > SHARE * mean.abs()
    });
    let usual = mean.filter(|_| known.len() >= USUAL);
    past.push(Some(value));
    FigureShown {
        label: name.label.clone(),
        key: name.key.clone(),
        value,
        unit: name.unit.clone(),
        before,
        mean,
        says: says(value, &name.unit, usual),
        unusual,
        past,
    }
}

fn says(value: f64, unit: &str, usual: Option<f64>) -> String {
    let with_unit = match unit {
        "" => exact(value),
        unit => format!("{} {unit}", exact(value)),
    };
    match usual {
        None => with_unit,
        Some(mean) if rounded(mean) == rounded(value) => format!("{with_unit}, as usual"),
        Some(mean) => format!("{with_unit}, usually {}", rounded(mean)),
    }
}

/// A value with two decimals at most, as people write it: `2.5`, `150`.
pub fn exact(value: f64) -> String {
    with_digits(value, if value.abs() < 0.01 { 6 } else { 2 })
}

fn rounded(value: f64) -> String {
    with_digits(
        value,
        if value.abs() >= 100.0 {
            0
        } else if value.abs() >= 1.0 {
            1
        } else {
            2
        },
    )
}

fn with_digits(value: f64, digits: usize) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:e}");
    }
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// What most of the last reports give: two in three, and three at least.
fn is_most(count: usize, of: usize) -> bool {
    count >= 3 && count * 3 >= of * 2
}

fn missing_figures(this: &Facts, last: &[(NaiveDate, &Facts)]) -> Vec<String> {
    let mut missing: Vec<&FigureName> = Vec::new();
    // As the newest of them calls it.
    for (_, facts) in last.iter().rev() {
        for (name, _) in &facts.figures {
            let known = this.value(name).is_some() || missing.iter().any(|other| other.is(name));
            // The same figure in another unit is no figure that is missing.
            let renamed = this.figures.iter().any(|(here, _)| here.key == name.key);
            if !known
                && !renamed
                && is_most(last.iter().filter(|(_, f)| f.value(name).is_some()).count(), last.len())
            {
                missing.push(name);
            }
        }
    }
    missing.into_iter().map(|name| name.label.clone()).collect()
}

fn missing_sections(this: &Facts, last: &[(NaiveDate, &Facts)]) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for (_, facts) in last.iter().rev() {
        for heading in &facts.sections {
            let known = this.has_section(heading) || missing.iter().any(|m| m.eq_ignore_ascii_case(heading));
            if !known && is_most(last.iter().filter(|(_, f)| f.has_section(heading)).count(), last.len()) {
                missing.push(heading.to_string());
            }
        }
    }
    missing
}
