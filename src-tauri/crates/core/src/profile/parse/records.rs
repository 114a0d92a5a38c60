//! The lists of a profile: logs, reports, modules.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, NaiveTime};

use super::super::due::ReportDue;
use super::super::findings::nearest;
use super::super::model::{LogFormat, LogSource, ModuleCycle, ReportKind};
use super::super::reader::Section;
use super::super::units::shown;
use super::DAY;
use super::values::{Root, inside};

/// More of one kind than this is a mistake of whoever wrote the file.
const MOST: usize = 1000;
/// Each log costs an open file and a look per tick.
const MOST_LOGS: usize = 64;

pub(super) fn logs(top: &Section<'_>, root: &Root) -> Vec<LogSource> {
    let sections = list(top, "logs", MOST_LOGS);
    let mut seen = HashSet::new();
    let mut logs = Vec::new();
    for section in &sections {
        let path = section.own_text("path").and_then(|_| inside(section, "path", root).flatten());
        let format = log_format(section);
        let error_levels: Vec<String> =
            section.words("error_levels").iter().map(|level| level.trim().to_uppercase()).collect();
        if error_levels.iter().any(String::is_empty) {
            section.wrong("error_levels", "holds an empty text; name levels such as \"ERROR\"");
        }
        if error_levels.is_empty() && !matches!(format, Some(LogFormat::JsonLines { errors_only: true })) {
            section.wrong(
                "error_levels",
                "is empty, so no record would ever count as an error; name at least one",
            );
        }
        let module_patterns = section.words("module_patterns");
        if let Some(odd) = module_patterns.iter().find(|p| p.matches("{module}").count() != 1) {
            section.wrong(
                "module_patterns",
                format!("{} must hold {{module}} once: \"Error in {{module}}:\"", shown(odd)),
            );
        }
        section.refuse_others();
        let Some(path) = path else { continue };
        if !seen.insert(path.clone()) {
            section.wrong("path", "this log is listed twice, so its errors would count twice; remove one");
        }
        if let Some(format) = format {
            logs.push(LogSource { path, format, error_levels, module_patterns });
        }
    }
    logs
}

fn log_format(section: &Section<'_>) -> Option<LogFormat> {
    const FORMATS: [&str; 3] = ["python", "json-lines", "regex"];
    let format = section.text("format");
    let pattern = section.text_or_none("pattern");
    let time_format = section.text_or_none("time_format");
    let errors_only = section.flag("errors_only");
    let format = format?;
    if format != "json-lines" && errors_only {
        section.wrong("errors_only", "is for format = \"json-lines\" only; remove it");
    }
    if format != "regex" {
        for (key, value) in [("pattern", &pattern), ("time_format", &time_format)] {
            if value.is_some() {
                section.wrong(key, "is for format = \"regex\" only; remove it, or set the format");
            }
        }
    }
    match format.as_str() {
        "python" => Some(LogFormat::Python),
        "json-lines" => Some(LogFormat::JsonLines { errors_only }),
        "regex" => {
            let wrong = pattern.as_deref().map_or(Err("is missing".to_owned()), check_pattern);
            if let Err(wrong) = &wrong {
                section
                    .wrong("pattern", format!("{wrong}; it needs the named groups time, level and message"));
            }
            let wrong_time = time_format.as_deref().map_or(Err("is missing".to_owned()), check_time_format);
            if let Err(wrong) = &wrong_time {
                section.wrong("time_format", format!("{wrong}; write it like \"%Y-%m-%d %H:%M:%S\""));
            }
            (wrong.is_ok() && wrong_time.is_ok()).then(|| LogFormat::Regex {
                pattern: pattern.unwrap_or_default(),
                time_format: time_format.unwrap_or_default(),
            })
        }
        other => {
            let hint =
                nearest(other, &FORMATS).map(|f| format!(" (did you mean \"{f}\"?)")).unwrap_or_default();
            section.wrong(
                "format",
                format!("is {}{hint}; it must be \"python\", \"json-lines\" or \"regex\"", shown(other)),
            );
            None
        }
    }
}

/// Checks that an expression compiles and names what a record needs.
fn check_pattern(pattern: &str) -> Result<(), String> {
    if pattern.len() > 4096 {
        return Err("is longer than 4096 characters".into());
    }
    let regex = regex::bytes::Regex::new(pattern).map_err(|error| {
        // The library draws the place over several lines; the last one says what is wrong.
        let text = error.to_string();
        let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        format!("is no regular expression: {}", last.trim().trim_start_matches("error: "))
    })?;
    let names: Vec<&str> = regex.capture_names().flatten().collect();
    let missing: Vec<&str> =
        ["time", "level", "message"].into_iter().filter(|n| !names.contains(n)).collect();
    if !missing.is_empty() {
        let groups: Vec<String> = missing.iter().map(|n| format!("(?<{n}>…)")).collect();
        return Err(format!("has no {}", groups.join(", ")));
    }
    if let Some(other) = names.iter().find(|n| !["time", "level", "message", "logger", "module"].contains(*n))
    {
        return Err(format!("has a group {}, which means nothing here", shown(other)));
    }
    Ok(())
}

/// Checks that a format is understood, and that a whole date and time can be read with it.
fn check_time_format(format: &str) -> Result<(), String> {
    use chrono::format::{Item, StrftimeItems};
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    if items.iter().any(|item| matches!(item, Item::Error)) {
        return Err(format!("{} holds a % sequence that is not known", shown(format)));
    }
    let Some(sample) = DateTime::from_timestamp(1_765_854_001, 123_000_000) else { return Ok(()) };
    let text = sample.fixed_offset().format_with_items(items.iter().cloned()).to_string();
    let readable = DateTime::parse_from_str(&text, format).is_ok()
        || NaiveDateTime::parse_from_str(&text, format).is_ok();
    if readable { Ok(()) } else { Err(format!("{} does not give a whole date and time", shown(format))) }
}

pub(super) fn reports(top: &Section<'_>, root: &Root) -> Vec<ReportKind> {
    let mut seen = HashSet::new();
    let mut reports = Vec::new();
    for section in &list(top, "reports", MOST_LOGS) {
        let id = section.own_text("kind");
        let pattern_text = section.own_text("pattern");
        let pattern = pattern_text.as_ref().and_then(|_| inside(section, "pattern", root).flatten());
        let due = report_due(section);
        let grace = section.time("grace", Duration::ZERO..=DAY);
        let missing = section.time("missing", Duration::ZERO..=DAY * 31);
        if let (Some(grace), Some(missing)) = (grace, missing)
            && missing < grace
        {
            let key = if section.sets("missing") { "missing" } else { "grace" };
            section
                .wrong(key, "lets it be missing before it is late; `missing` must be no less than `grace`");
        }
        section.refuse_others();
        if let Some(text) = &pattern_text
            && text.matches("{date}").count() != 1
        {
            section.wrong("pattern", "must hold {date} once, where the day stands as YYYYMMDD");
        }
        if let Some(id) = &id {
            let plain = id.len() <= 40
                && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
            if !plain {
                section.wrong("kind", format!("{} must be a short name of a-z, 0-9, _ and -", shown(id)));
            } else if !seen.insert(id.clone()) {
                section.wrong(
                    "kind",
                    format!("{} is listed twice; remove one, or name it otherwise", shown(id)),
                );
            }
        }
        if let (Some(id), Some(pattern), Some(due), Some(grace), Some(missing)) =
            (id, pattern, due, grace, missing)
        {
            reports.push(ReportKind { id, pattern, due, grace, missing });
        }
    }
    reports
}

/// When a report is due: `Some(None)` where it is written by hand, `None` where that is wrong, which is noted.
fn report_due(section: &Section<'_>) -> Option<Option<ReportDue>> {
    let days = section.text("days")?;
    if !section.sets("due") {
        // Says that every entry needs its own.
        return section.own_text("due").map(|_| None);
    }
    let text = section.text("due")?;
    if text.trim().is_empty() {
        if section.sets("days") && !days.trim().is_empty() {
            section.wrong("days", "is for reports that are due; set `due` too, or remove it");
        }
        return Some(None);
    }
    let Some(at) = time_of_day(&text) else {
        let says = format!("{} is no time of day; write it like \"06:00\", or \"\" for never", shown(&text));
        section.wrong("due", says);
        return None;
    };
    match ReportDue::new(at, &days) {
        Ok(due) => Some(Some(due)),
        Err(wrong) => {
            let like = "write it like \"SUN\", \"SUN#1\" or \"1 * *\", or \"\" for every day";
            section.wrong("days", format!("{}: {wrong}; {like}", shown(&days)));
            None
        }
    }
}

/// Reads `06:00` or `6:00`; seconds are allowed.
pub(super) fn time_of_day(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S")).ok()
}

pub(super) fn modules(top: &Section<'_>) -> Vec<ModuleCycle> {
    let mut seen = HashSet::new();
    let mut modules = Vec::new();
    for section in &list(top, "modules", MOST) {
        let name = section.own_text("name");
        let cycle =
            section.own_text("cycle").and_then(|_| section.time("cycle", Duration::from_secs(1)..=DAY * 366));
        section.refuse_others();
        if let Some(name) = &name
            && !seen.insert(name.clone())
        {
            section.wrong("name", format!("{} is listed twice; remove one", shown(name)));
        }
        if let (Some(name), Some(cycle)) = (name, cycle) {
            modules.push(ModuleCycle { name, cycle });
        }
    }
    modules
}

pub(super) fn list<'a>(top: &Section<'a>, key: &'static str, most: usize) -> Vec<Section<'a>> {
    let mut sections = top.list(key);
    if sections.len() > most {
        top.wrong(key, format!("has {} entries; at most {most} are read", sections.len()));
        sections.truncate(most);
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_format_must_give_a_whole_time() {
        for format in ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%z", "%s"] {
            assert_eq!(check_time_format(format), Ok(()), "{format}");
        }
        for format in ["", "%", "%Q", "%H:%M", "%b %d %H:%M:%S", "%Y-%m-%d"] {
            assert!(check_time_format(format).is_err(), "{format}");
        }
    }

    #[test]
    fn a_time_of_day_is_read_and_others_are_not() {
        assert_eq!(time_of_day("06:00"), NaiveTime::from_hms_opt(6, 0, 0));
        for text in ["24:00", "6", "06:60", "-1:00", "6pm", ""] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
