//! Programs that a person may have run: what they are called, how they are run, what their figures should be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;

use super::model::ReportKind;

/// A program of the profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramSettings {
    /// Its short name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The program and its arguments; empty where it cannot be run.
    pub command: Vec<String>,
    /// Why there is no command, in words; empty where nothing is said.
    pub no_command: String,
    /// The file that keeps what it prints, absolute, with `{date}` standing for `YYYYMMDD`.
    pub output: PathBuf,
    /// How long it may take.
    pub timeout: Duration,
    /// Bytes of output that are kept.
    pub cap: u64,
    /// What its figures should be.
    pub targets: Vec<Target>,
}

impl ProgramSettings {
    /// The file that keeps the output of `day`, below `root`.
    pub fn output_of(&self, day: NaiveDate, root: &Path) -> PathBuf {
        let below = self.output.strip_prefix(root).unwrap_or(&self.output).to_string_lossy();
        PathBuf::from(below.replace(ReportKind::DATE, &day.format("%Y%m%d").to_string()))
    }
}

/// What a figure should be: `cpu < 30 %`.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Words of the figure's name, in lower case.
    pub figure: String,
    /// Whether it should be more than the bound, not less.
    pub more: bool,
    /// The bound.
    pub bound: f64,
    /// Its unit in lower case; empty where it has none.
    pub unit: String,
}

impl Target {
    /// Reads `execution time < 10 ms`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "must be a figure, < or >, and a number: \"execution time < 10 ms\"".to_owned();
        let at = text.find(['<', '>']).ok_or_else(wrong)?;
        let (figure, rest) = (text[..at].trim().to_lowercase(), text[at + 1..].trim());
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let bound: f64 =
            rest[..end].parse().ok().filter(|bound: &f64| bound.is_finite()).ok_or_else(wrong)?;
        let unit = rest[end..].trim().to_lowercase();
        if !figure.contains(char::is_alphabetic) || unit.contains(['<', '>', ' ']) {
            return Err(wrong());
        }
        Ok(Self { figure, more: text[at..].starts_with('>'), bound, unit })
    }

    /// It in words: `< 10 ms`.
    pub fn says(&self) -> String {
        let sign = if self.more { '>' } else { '<' };
        format!("{sign} {}", number(self.bound, &self.unit))
    }
}

/// A number with its unit as people write that: `2.1 GB` for `gb`.
pub fn number(value: f64, unit: &str) -> String {
    let unit = match unit {
        "kb" => "kB".to_owned(),
        "gb" | "mb" | "tb" => unit.to_uppercase(),
        unit => unit.to_owned(),
    };
    format!("{value} {unit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_nonsense_is_not() {
        let target = Target::parse("Execution Time <10ms").unwrap();
        assert_eq!(
            target,
            Target { figure: "execution time".into(), more: false, bound: 10.0, unit: "ms".into() }
        );
        assert_eq!(target.says(), "< 10 ms");
        assert_eq!(Target::parse("memory < 4 GB").unwrap().says(), "< 4 GB");
        assert_eq!(Target::parse("items > 1000").unwrap().says(), "> 1000");
        for bad in ["", "cpu", "cpu < ", "< 3", "cpu = 3", "cpu < -1", "cpu < 3 % or so", "3 < cpu < 4"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }
}
