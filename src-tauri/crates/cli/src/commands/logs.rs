//! `caretaker logs`: errors by module, and sizes.

use caretaker_core::judge::words;
use caretaker_core::keeper::DealtErrors;
use caretaker_core::observe::logs::{self, ErrorList};
use caretaker_core::observe::sizes::{self, SizeLimits};
use chrono::TimeDelta;
use serde::Serialize;

use crate::args::LogsCommand;
use crate::commands::check::plain;
use crate::place::Place;
use crate::render::Reply;

/// Records shown at most; the count is always of all.
const MOST_RECORDS: usize = 200;

#[derive(Serialize)]
struct SizeBody {
    bytes: u64,
    files: u64,
    complete: bool,
    logs: Vec<LogSize>,
}

#[derive(Serialize)]
struct LogSize {
    path: String,
    bytes: Option<u64>,
}

/// Runs the command.
pub fn run(place: &Place, command: &LogsCommand) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    match command {
        LogsCommand::Errors { since } => {
            let now = place.clock.now();
            let list = logs::records(
                &profile.logs,
                place.zone,
                now - TimeDelta::from_std(*since)?,
                now,
                MOST_RECORDS,
            )?;
            let text = errors_text(place, &list);
            Reply::new(&list, text)
        }
        LogsCommand::Size => size(&profile),
        LogsCommand::Settle { undo } => settle(place, &profile, *undo),
    }
}

#[derive(Serialize)]
struct SettleBody {
    /// Errors up to here do not count in the light; nothing where all do.
    settled_until: Option<caretaker_core::clock::Instant>,
}

fn settle(place: &Place, profile: &caretaker_core::profile::Profile, undo: bool) -> anyhow::Result<Reply> {
    let errors = DealtErrors::new(&place.state, &profile.root);
    let now = place.clock.now();
    let text = if undo {
        errors.count_again(now)?;
        "All errors of the last 24 hours count again.".to_owned()
    } else {
        errors.deal(now)?;
        "Only errors from now on count in the light. The logs stay as they are.\nUndo: caretaker logs settle --undo".to_owned()
    };
    Reply::new(&SettleBody { settled_until: errors.until()? }, text)
}

fn errors_text(place: &Place, list: &ErrorList) -> String {
    let mut lines = vec![match list.count {
        0 => "No errors".to_owned(),
        1 => "One error".to_owned(),
        count => format!("{count} errors"),
    }];
    lines.extend(list.by_module.iter().map(|(module, count)| format!("  {count:>6}  {}", plain(module))));
    if !list.records.is_empty() {
        lines.push(String::new());
    }
    for record in &list.records {
        let at = place.zone.local(record.at).format("%Y-%m-%d %H:%M:%S");
        let mut message = record.message.lines().map(plain);
        let first = message.next().unwrap_or_default();
        lines.push(format!("{at} {} {}: {first}", record.level, plain(&record.module)));
        // The traceback, under the record it belongs to.
        lines.extend(message.map(|line| format!("    {line}")));
    }
    lines.extend(list.gaps.iter().map(|gap| format!("Not counted: {}", plain(gap))));
    lines.join("\n")
}

fn size(profile: &caretaker_core::profile::Profile) -> anyhow::Result<Reply> {
    let folder = sizes::folder_size(&profile.logs_dir, SizeLimits::default()).map_err(anyhow::Error::msg)?;
    let logs: Vec<LogSize> = profile
        .logs
        .iter()
        .map(|log| LogSize {
            path: log.path.display().to_string(),
            bytes: std::fs::symlink_metadata(&log.path).ok().map(|meta| meta.len()),
        })
        .collect();
    let show = |bytes: u64| words::bytes(bytes);
    let mut lines = vec![format!(
        "{} in {} files under {}",
        show(folder.bytes),
        folder.files,
        profile.logs_dir.display()
    )];
    for log in &logs {
        lines.push(format!("  {:>10}  {}", log.bytes.map_or_else(|| "missing".into(), show), log.path));
    }
    Reply::new(
        &SizeBody { bytes: folder.bytes, files: folder.files, complete: !folder.incomplete, logs },
        lines.join("\n"),
    )
}
