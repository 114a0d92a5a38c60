//! A profile from what was found: commented, only differences, and valid whatever the names are.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::discover::reports::due;
use super::found::{Found, FoundLog};
use super::units::show_duration;
use crate::error::Result;
use crate::fsio;

/// Writes what was found as a profile; what cannot be watched yet stands in comments.
pub fn render_profile(found: &Found) -> String {
    let mut text = String::from(
        "# Caretaker's profile of one ecosystem, made from what was found in its folder.\n\
         # It holds only what differs from the defaults; delete a line, and the default counts.\n",
    );
    if !found.notes.is_empty() {
        text.push_str("#\n# What was noticed:\n");
        for note in &found.notes {
            let _ = writeln!(text, "# - {}", comment(note));
        }
    }
    text.push_str("\nschema = 1\n");
    // What follows a table belongs to it, so empty lists come first.
    for (key, any) in [
        ("logs", found.logs.iter().any(|log| log.is_counted() && is_inside(&log.path))),
        ("reports", found.reports.iter().any(|r| is_inside(&r.pattern))),
        ("modules", found.modules.iter().any(|m| cycle(m.cycle_minutes).is_some() && is_name(&m.name))),
    ] {
        if !any {
            let _ = writeln!(text, "# None that could be used.\n{key} = []");
        }
    }
    let _ = writeln!(text, "\n[ecosystem]\nname = {}\nroot = {}", string(&found.name), string(&found.root));
    process(found, &mut text);
    state(found, &mut text);
    logs(found, &mut text);
    reports(found, &mut text);
    modules(found, &mut text);
    text
}

/// Writes a new profile that only its owner can read; missing folders are made for the owner alone.
///
/// # Errors
/// `Busy` where a file is there already: it is never overwritten.
pub fn write_profile(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fsio::create_private_dir(folder)?;
    }
    fsio::create_new_atomic(path, &[text.as_bytes()], 0o600)
}

fn process(found: &Found, text: &mut String) {
    text.push_str("\n[process]\n");
    match &found.program {
        Some(program) if is_name(program) => {
            let _ = writeln!(text, "argument = {}", string(program));
            if program.ends_with(".py") {
                let _ = writeln!(text, "start = [\"python3\", {}]", string(program));
            } else {
                text.push_str("# The program and the arguments that start it.\nstart = []\n");
            }
        }
        _ => text.push_str(
            "# No main program was found. Name it here and remove the #; until then the light looks for the usual one.\n\
             # argument = \"main.py\"\n# start = [\"python3\", \"main.py\"]\n",
        ),
    }
}

fn state(found: &Found, text: &mut String) {
    text.push_str("\n[state]\n");
    match found.state_file.as_deref().filter(|file| is_inside(file)) {
        None => text.push_str("# None was found.\nfile = \"\"\n"),
        Some(file) => {
            let _ = writeln!(text, "file = {}", string(file));
            if found.state_rewritten {
                text.push_str("# It was rewritten while the process ran. Set this to some times the pause between two writes.\nstale_after = \"1h\"\n");
            } else {
                text.push_str("# If it is written while the process runs, say after what time it is stale.\n# stale_after = \"15m\"\n");
            }
        }
    }
}

fn logs(found: &Found, text: &mut String) {
    let mut seen = HashSet::new();
    for log in found.logs.iter().filter(|log| is_inside(&log.path)) {
        if !seen.insert(PathBuf::from(&log.path).components().collect::<PathBuf>()) {
            continue;
        }
        let path = string(&log.path);
        if log.is_counted() {
            let _ = writeln!(text, "\n[[logs]]\npath = {path}\nformat = {}", string(&log.format));
            if log.errors_only && log.format == "json-lines" {
                text.push_str("# Every line is an error.\nerrors_only = true\n");
            }
        } else {
            let _ = writeln!(text, "\n# Left out: {path}: {}", left_out(log));
        }
    }
}

fn left_out(log: &FoundLog) -> &'static str {
    if log.repeats {
        "it repeats errors that are counted in another log."
    } else if log.format == "unknown" {
        "its format is not known; list it with format = \"regex\" and a pattern to count its errors."
    } else {
        "its records have no level, so none of them counts as an error."
    }
}

fn reports(found: &Found, text: &mut String) {
    let mut seen = HashSet::new();
    for report in found.reports.iter().filter(|report| is_inside(&report.pattern)) {
        if !seen.insert(&report.kind) || report.pattern.matches("{date}").count() != 1 {
            continue;
        }
        let (kind, pattern) = (string(&report.kind), string(&report.pattern));
        let (why, due) = match due(&report.kind) {
            Some(due) => ("", due),
            None => {
                ("# Listed, and never late. Where it comes by itself, say when it is due: \"06:00\".\n", "")
            }
        };
        let _ = writeln!(text, "\n[[reports]]\nkind = {kind}\npattern = {pattern}\n{why}due = \"{due}\"");
    }
}

fn modules(found: &Found, text: &mut String) {
    let mut seen = HashSet::new();
    for module in found.modules.iter().filter(|module| is_name(&module.name)) {
        if !seen.insert(&module.name) {
            continue;
        }
        let name = string(&module.name);
        match cycle(module.cycle_minutes) {
            Some(cycle) => {
                let _ = writeln!(text, "\n[[modules]]\nname = {name}\ncycle = \"{}\"", show_duration(cycle));
            }
            None => {
                let _ = writeln!(
                    text,
                    "\n# How often it runs is not known. Set the time and remove the #.\n\
                     # [[modules]]\n# name = {name}\n# cycle = \"30m\""
                );
            }
        }
    }
}

/// A cycle that a profile may hold.
fn cycle(minutes: Option<f64>) -> Option<Duration> {
    let seconds = (minutes? * 60.0).round();
    (1.0..=366.0 * 86_400.0).contains(&seconds).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// Whether the parser takes a path for one inside the root.
fn is_inside(path: &str) -> bool {
    is_name(path)
        && !path.starts_with('~')
        && Path::new(path).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir))
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('\0')
}

/// A text as TOML has it, on one line whatever is in it.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Control characters, and marks that turn the direction of what follows.
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text as a comment may hold it: on one line.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}') { ' ' } else { c })
        .collect()
}
