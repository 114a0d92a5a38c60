//! What is backed up, where to, and how long it is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveTime;

use super::super::model::{BackupSettings, DrillProgram};
use super::super::reader::Section;
use super::super::units::shown;
use super::records::time_of_day;
use super::values::{Root, within};

pub(super) fn backups(
    section: &Section<'_>,
    drill: &Section<'_>,
    root: &Root,
    home: Option<&Path>,
) -> Option<BackupSettings> {
    let folder = folder(section, "folder", home);
    let second = match section.text("second") {
        Some(text) if !text.trim().is_empty() => self::folder(section, "second", home),
        _ => None,
    };
    let keep = keep(section, root);
    let fast = section.text("effort").and_then(|effort| match effort.as_str() {
        "normal" => Some(false),
        "fast" => Some(true),
        other => {
            section.wrong("effort", format!("is {}; it must be \"normal\" or \"fast\"", shown(other)));
            None
        }
    });
    let daily = section.whole("daily", 1..=250);
    let weekly = section.whole("weekly", 1..=250);
    let monthly = section.whole("monthly", 1..=250);
    let second_keep =
        ["second_daily", "second_weekly", "second_monthly"].map(|key| section.whole(key, 1..=250));
    let automatic = section.flag("automatic");
    let only_on_power = section.flag("only_on_power");
    let only_in_use = section.flag("only_in_use");
    let at = ["daily_at", "weekly_at", "monthly_at"].map(|key| time(section, key));
    section.refuse_others();
    let drill = self::drill(drill, keep.as_deref().unwrap_or_default(), root);
    let (folder, keep) = (folder?, keep?);
    if let Some(root) = &root.path
        && let Some(inner) = keep.iter().map(|kept| root.join(kept)).find(|kept| folder.starts_with(kept))
    {
        let inner = inner.display();
        section
            .wrong("folder", format!("lies in {inner}, which is kept: each backup would hold all before it"));
        return None;
    }
    if second.as_ref().is_some_and(|second| second.starts_with(&folder) || folder.starts_with(second)) {
        section.wrong("second", "is the first place, or lies in it: a copy there would be lost with it");
        return None;
    }
    Some(BackupSettings {
        folder,
        keep,
        fast: fast?,
        daily: daily?.into(),
        weekly: weekly?.into(),
        monthly: monthly?.into(),
        second,
        second_keep: [second_keep[0]?.into(), second_keep[1]?.into(), second_keep[2]?.into()],
        drill,
        automatic,
        only_on_power,
        only_in_use,
        at: [at[0]?, at[1]?, at[2]?],
    })
}

/// What a drill runs: never something that is told to look at the live folders.
fn drill(section: &Section<'_>, keep: &[PathBuf], root: &Root) -> Option<DrillProgram> {
    let line = section.words("command");
    let timeout = section.time("timeout", Duration::from_secs(1)..=Duration::from_secs(86_400));
    let max_output = section.size("max_output", 64_000_000);
    section.refuse_others();
    if line.first()?.trim().is_empty() {
        section.wrong("command", "begins with an empty text; begin with the program, or write []");
        return None;
    }
    let live = |word: &&String| {
        let root = root.path.as_ref()?;
        keep.iter().map(|kept| root.join(kept)).find(|kept| Path::new(word).starts_with(kept))
    };
    if let Some((word, kept)) = line.iter().find_map(|word| Some((word, live(&word)?))) {
        let (word, kept) = (shown(word), kept.display());
        let wrong = format!(
            "names {word}, which lies in the live {kept}; write {{folder}} for the folder of the drill"
        );
        section.wrong("command", wrong);
        return None;
    }
    Some(DrillProgram { line, timeout: timeout?, max_output: max_output? })
}

fn time(section: &Section<'_>, key: &'static str) -> Option<NaiveTime> {
    let text = section.text(key)?;
    let time = time_of_day(&text);
    if time.is_none() {
        section.wrong(key, format!("{} is no time of day; write it like \"02:00\"", shown(&text)));
    }
    time
}

fn folder(section: &Section<'_>, key: &'static str, home: Option<&Path>) -> Option<PathBuf> {
    let text = section.text(key)?;
    let path = match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(&text),
    };
    if !path.is_absolute() && !text.starts_with("~/") {
        section.wrong(key, format!("is {}; write it as /… or ~/…", shown(&text)));
        return None;
    }
    Some(path)
}

fn keep(section: &Section<'_>, root: &Root) -> Option<Vec<PathBuf>> {
    let words = section.words("keep");
    let mut kept: Vec<PathBuf> = Vec::new();
    for word in &words {
        let path = match within(word, root) {
            Ok(path) => path,
            Err(wrong) => {
                section.wrong("keep", wrong);
                return None;
            }
        };
        let base = root.path.clone().unwrap_or_default();
        let below = path.strip_prefix(&base).unwrap_or(&path).to_owned();
        if below.as_os_str().is_empty() {
            section.wrong("keep", "names the root itself; name folders in it");
            return None;
        }
        if kept.iter().any(|other| below.starts_with(other) || other.starts_with(&below)) {
            section.wrong("keep", format!("names {} twice, or a folder in another one", shown(word)));
            return None;
        }
        kept.push(below);
    }
    if kept.is_empty() {
        section.wrong("keep", "is empty; name at least one folder of the ecosystem");
        return None;
    }
    Some(kept)
}
