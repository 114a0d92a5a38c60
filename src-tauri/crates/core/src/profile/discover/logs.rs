//! Which logs there are and how their records look, told from both ends of each file.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::folder::{Entry, Folder};
use crate::profile::FoundLog;

/// More logs than this are not listed: each costs an open file for as long as Caretaker runs.
const MOST: usize = 32;
/// So many of the newest errors are looked for in the other logs.
const COMPARED: usize = 10;

/// The log that the main program writes in an ecosystem that is laid out as usual.
const MAIN: &str = "ecosystem.log";

static PYTHON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - .* - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - ").ok()
});

pub(super) fn look(folder: &mut Folder) -> Vec<FoundLog> {
    let mut entries = folder.files("logs", 5000);
    entries.extend(folder.files("", 5000));
    entries.retain(|entry| is_log(&entry.name));
    if entries.len() > MOST {
        folder.notes.push(format!("There are {} logs; the first {MOST} are listed.", entries.len()));
        entries.truncate(MOST);
    }
    let mut logs = Vec::new();
    let mut seen: Vec<Vec<String>> = Vec::new();
    for entry in entries {
        let Some(lines) = folder.ends(&entry) else {
            folder.notes.push(format!("{} cannot be read, so its errors are not counted.", entry.path));
            continue;
        };
        logs.push(judge(&entry, &lines));
        seen.push(lines);
    }
    for index in 0..logs.len() {
        if logs[index].errors_only && repeats(&seen[index], index, &logs, &seen) {
            logs[index].repeats = true;
        }
    }
    // The main log first: it is the one that is shown.
    logs.sort_by_key(|log| !log.path.ends_with(MAIN));
    notes(&logs, folder);
    logs
}

fn notes(logs: &[FoundLog], folder: &mut Folder) {
    for log in logs.iter().filter(|log| log.format == "unknown") {
        folder.notes.push(format!("The format of {} is not known, so its errors are not counted.", log.path));
    }
    if !logs.iter().any(FoundLog::is_counted) {
        folder
            .notes
            .push("No log was found whose errors can be counted: the number of errors stays unknown.".into());
    }
}

/// A log that is written now, not one that was rotated away or packed.
fn is_log(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".log") || name.ends_with(".jsonl") || name.ends_with(".ndjson")
}

fn judge(entry: &Entry, lines: &[String]) -> FoundLog {
    let python = PYTHON.as_ref().map_or(0, |regex| lines.iter().filter(|line| regex.is_match(line)).count());
    let objects: Vec<Value> =
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect();
    let name = entry.name.to_lowercase();
    let by_name = lines.is_empty();
    let json = if by_name {
        name.ends_with(".jsonl") || name.ends_with(".ndjson")
    } else {
        objects.len() > python && objects.len() * 5 >= lines.len() * 4
    };
    // Nothing is in it yet: then it is what such a file usually is.
    let python = python > 0 || (by_name && name == MAIN);
    let format = if json {
        "json-lines"
    } else if python {
        "python"
    } else {
        "unknown"
    };
    let has = |keys: &[&str]| {
        !objects.is_empty() && objects.iter().any(|o| keys.iter().any(|k| o.get(k).is_some()))
    };
    let levels = has(&["level", "levelname", "log_level", "severity"]);
    let all_errors = !objects.is_empty()
        && objects
            .iter()
            .all(|o| ["error_type", "error_message", "traceback"].iter().any(|k| o.get(k).is_some()));
    FoundLog {
        path: entry.path.clone(),
        format: format.into(),
        bytes: entry.bytes,
        errors_only: json && !levels && (all_errors || (by_name && name.contains("error"))),
        without_levels: json && !levels,
        repeats: false,
    }
}

/// Whether most of the newest errors of one log stand in a Python log too: counted twice they would raise alarms.
fn repeats(lines: &[String], own: usize, logs: &[FoundLog], all: &[Vec<String>]) -> bool {
    let messages: Vec<String> = lines
        .iter()
        .rev()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|record| Some(record.get("error_message")?.as_str()?.lines().next()?.to_owned()))
        .filter(|message| message.len() >= 6)
        .take(COMPARED)
        .collect();
    let others = || {
        logs.iter()
            .zip(all)
            .enumerate()
            .filter(|(index, (log, _))| *index != own && log.format == "python")
            .flat_map(|(_, (_, lines))| lines)
    };
    let found =
        messages.iter().filter(|message| others().any(|line| line.contains(message.as_str()))).count();
    !messages.is_empty() && found * 2 > messages.len()
}
