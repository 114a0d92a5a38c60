//! Programs that a person may have run.

use std::collections::HashSet;

use super::super::model::ReportKind;
use super::super::programs::{ProgramSettings, Target};
use super::super::reader::Section;
use super::super::units::shown;
use super::values::{Root, inside, within};
use super::{DAY, SECOND};

/// More than this is a mistake of whoever wrote the file.
const MOST: usize = 64;
/// What is kept is held in memory meanwhile.
const LARGEST: u64 = 256_000_000;

pub(super) fn programs(top: &Section<'_>, root: &Root) -> Vec<ProgramSettings> {
    let entries = top.list_by("programs", "name");
    if entries.len() > MOST {
        top.wrong("programs", format!("lists {} programs; at most {MOST} are read", entries.len()));
        return Vec::new();
    }
    let mut names = HashSet::new();
    entries.iter().filter_map(|one| program(&one.section, one.new, root, &mut names)).collect()
}

fn program(
    section: &Section<'_>,
    new: bool,
    root: &Root,
    names: &mut HashSet<String>,
) -> Option<ProgramSettings> {
    let name = name(section, names);
    let title = own(section, "title", new, || section.text_or_none("title"));
    let command = own(section, "command", new, || Some(section.words("command")));
    let no_command = own(section, "no_command", new, || section.text("no_command"));
    let output = match (&name, new && !section.sets("output")) {
        // A program of a person's own is called by its name where nothing else is said.
        (Some(name), true) => {
            section.learn("output");
            within(&format!("{name}_{}.txt", ReportKind::DATE), root).ok()
        }
        _ => output(section, root),
    };
    let timeout = section.time("timeout", SECOND..=DAY);
    let cap = section.size("cap", LARGEST);
    let targets = own(section, "targets", new, || Some(targets(section)));
    section.refuse_others();
    let command = command.unwrap_or_default();
    if command.first().is_some_and(|first| first.trim().is_empty()) {
        section.wrong("command", "begins with an empty text; begin with the program, or write []");
    }
    let name = name?;
    Some(ProgramSettings {
        title: title.unwrap_or_else(|| in_words(&name)),
        name,
        command,
        no_command: no_command.unwrap_or_default(),
        output: output?,
        timeout: timeout?,
        cap: cap?,
        targets: targets.unwrap_or_default(),
    })
}

/// A key that a program of a person's own does not take from the first of the defaults.
fn own<T>(section: &Section<'_>, key: &'static str, new: bool, read: impl Fn() -> Option<T>) -> Option<T> {
    if new && !section.sets(key) {
        section.learn(key);
        return None;
    }
    read()
}

fn name(section: &Section<'_>, names: &mut HashSet<String>) -> Option<String> {
    let name = section.own_text("name")?;
    let plain = name.len() <= 40
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
        && !name.starts_with('-');
    if !plain {
        section.wrong("name", format!("{} must be a short name of a-z, 0-9, _ and -", shown(&name)));
        return None;
    }
    if !names.insert(name.clone()) {
        section.wrong("name", format!("{} is listed twice; remove one, or name it otherwise", shown(&name)));
    }
    Some(name)
}

fn output(section: &Section<'_>, root: &Root) -> Option<std::path::PathBuf> {
    let text = section.text("output")?;
    if text.matches(ReportKind::DATE).count() != 1 {
        section.wrong("output", "must hold {date} once, where the day stands as YYYYMMDD");
    }
    if text.ends_with('/') {
        section.wrong("output", "is a folder; name a file in it");
    }
    inside(section, "output", root).flatten()
}

fn targets(section: &Section<'_>) -> Vec<Target> {
    let read = |text: &String| {
        Target::parse(text).map_err(|wrong| section.wrong("targets", format!("{} {wrong}", shown(text)))).ok()
    };
    section.words("targets").iter().filter_map(read).collect()
}

/// `Nightly check` for `nightly_check`.
fn in_words(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut chars = words.trim().chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
