//! How it stands: what is noticed, what would be got over. Most of it is the newest judgement's word.

use std::os::unix::fs::MetadataExt;

use chrono::TimeDelta;

use crate::judge::words;
use crate::signal::{Level, SignalId};
use crate::upkeep::examination::check::Severity::{High, Low, Medium};
use crate::upkeep::examination::check::{Asked, Place, Sheet, ask};
use crate::upkeep::examination::seen::Of;

/// So many ends of the process within an hour are a loop, and so many within a week no chance.
const IN_AN_HOUR: usize = 3;
const IN_A_WEEK: usize = 5;
/// A record shorter than this says nothing of a week.
const SHORTEST_RECORD: TimeDelta = TimeDelta::hours(1);
/// So long without a line a running process has lost its log.
const SILENT: TimeDelta = TimeDelta::hours(2);
/// Logs that grow by more a day fill a disk within weeks: 200 MB.
const FASTEST_GROWTH: f64 = 200_000_000.0;

pub(super) fn errors(sheet: &mut Sheet<'_>) {
    for (id, severity, signal, text, remedy) in [
        (
            "errors/count",
            Medium,
            SignalId::LogsErrors24h,
            "Few errors were logged in the last 24 hours.",
            "caretaker logs errors shows them by module.",
        ),
        (
            "errors/rate",
            High,
            SignalId::ErrorsRate,
            "Few of its cycles end in an error.",
            "Look at the module with the most errors first.",
        ),
        (
            "errors/modules",
            High,
            SignalId::ModulesFailing,
            "No module failed.",
            "caretaker modules list shows which; disable it until it is mended.",
        ),
    ] {
        sheet.signal(signal, &ask(id, severity, text, remedy));
    }
}

pub(super) fn monitoring(sheet: &mut Sheet<'_>) {
    logs(sheet);
    sheet.tree(
        Of::Logs,
        &ask(
            "monitoring/log-rotation",
            Medium,
            "Logs are turned over before they hold 100 MB.",
            "Use logging.handlers.RotatingFileHandler with maxBytes.",
        ),
    );
    growth(sheet);
    reports(sheet);
    for (id, severity, signal, text, remedy) in [
        (
            "monitoring/process",
            Medium,
            SignalId::ProcessState,
            "The process is there and says that it is well.",
            "caretaker check says what is wrong.",
        ),
        (
            "monitoring/state-age",
            Medium,
            SignalId::StateAge,
            "Its state was saved lately.",
            "Look whether the process hangs; its log says what it did last.",
        ),
        (
            "monitoring/contradictions",
            Medium,
            SignalId::Contradictions,
            "What it says of itself is what is measured.",
            "Believe what is measured; mend what it says.",
        ),
        (
            "monitoring/rounds",
            Low,
            SignalId::ChecklistsOverdue,
            "The rounds of care are done in their time.",
            "caretaker checklist list shows which are not.",
        ),
    ] {
        sheet.signal(signal, &ask(id, severity, text, remedy));
    }
    told(sheet);
}

fn logs(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "monitoring/logs",
        Medium,
        "It writes a log, and errors in it are counted.",
        "Name its log in the profile under [[logs]].",
    );
    let (seen, known) = (sheet.seen, sheet.known);
    if known.profile.logs.is_empty() {
        return sheet.told(&asked, Some(false), "The profile names no log.");
    }
    let missing = known.profile.logs.iter().filter(|log| !log.path.is_file());
    let missing: Vec<Place> =
        missing.map(|log| Place::new(&log.path.display().to_string(), None, "is not there")).collect();
    if !missing.is_empty() {
        return sheet.places(&asked, missing, "");
    }
    let Some(newest) = seen.newest_log else { return sheet.told(&asked, None, "No log was seen.") };
    let ago = words::between(newest, known.now);
    let is_silent = known.running().is_some_and(|tree| known.now - tree.started_at > SILENT)
        && known.now - newest > SILENT;
    sheet.told(&asked, Some(!is_silent), format!("The newest line of a log is {ago} old."));
}

fn growth(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "monitoring/log-growth",
        Medium,
        "Logs grow slowly: less than 200 MB a day.",
        "Look which module writes so much; raise its level to WARNING.",
    );
    match sheet.known.log_growth {
        None => sheet.told(&asked, None, "The record is too short to tell how fast they grow."),
        Some((bytes, days)) => {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of a day")]
            let shown = words::bytes(bytes.max(0.0) as u64);
            sheet.told(&asked, Some(bytes <= FASTEST_GROWTH), format!("{shown} a day over {days:.1} days."));
        }
    }
}

fn reports(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "monitoring/reports",
        Medium,
        "Reports come in time.",
        "caretaker reports list shows which do not.",
    );
    let Some(verdict) = sheet.known.verdict else {
        return sheet.told(&asked, None, "Nobody has looked at it yet.");
    };
    let ids = [
        SignalId::ReportsMorning,
        SignalId::ReportsEvening,
        SignalId::ReportsDailySummary,
        SignalId::ReportsOther,
    ];
    let told: Vec<_> = verdict.signals.iter().filter(|signal| ids.contains(&signal.id)).collect();
    if told.is_empty() {
        return sheet.told(&asked, None, "The profile expects none.");
    }
    let late = told.iter().filter(|signal| matches!(signal.level, Level::Yellow | Level::Red));
    let late: Vec<Place> =
        late.map(|signal| Place::new("", None, format!("{}: {}", signal.label, signal.reason))).collect();
    if late.is_empty() && told.iter().any(|signal| signal.level == Level::Unknown) {
        return sheet.told(&asked, None, "Of some of them it cannot be told.");
    }
    sheet.places(&asked, late, format!("All {} kinds did.", told.len()));
}

fn told(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "monitoring/told",
        Medium,
        "Somebody is told when something is wrong.",
        "Set alerts.notify in the profile, and test each channel with caretaker alerts test.",
    );
    if !sheet.known.profile.alerts.notify {
        return sheet.told(&asked, Some(false), "Nobody is: alerts.notify is off.");
    }
    match sheet.known.signal(SignalId::AlertsDelivery) {
        Ok(signal) if matches!(signal.level, Level::Yellow | Level::Red) => {
            let reason = signal.reason.clone();
            sheet.told(&asked, Some(false), reason);
        }
        _ => {
            let evidence = match sheet.known.profile.channels.len() {
                0 => "By notifications of the desktop.".to_owned(),
                count => format!("By {count} channels of the profile."),
            };
            sheet.told(&asked, Some(true), evidence);
        }
    }
}

pub(super) fn resilience(sheet: &mut Sheet<'_>) {
    backups(sheet);
    apart(sheet);
    second(sheet);
    loops(sheet);
    restart_as(sheet, "resilience/restart");
    twins(sheet);
    for (id, severity, signal, text, remedy) in [
        (
            "resilience/disk",
            High,
            SignalId::DiskFree,
            "There is room on the disk.",
            "caretaker cleanup makes some; caretaker cleanup space shows what takes it.",
        ),
        (
            "resilience/memory",
            Medium,
            SignalId::ProcessMemory,
            "The process takes no more memory than it should.",
            "caretaker tune apply less-memory, then look whether it helped.",
        ),
        (
            "resilience/trends",
            Medium,
            SignalId::Forecast,
            "No trend reaches its band soon.",
            "caretaker forecast shows which, and when.",
        ),
    ] {
        sheet.signal(signal, &ask(id, severity, text, remedy));
    }
}

/// Where no backup was ever made there is nothing that the judgement could speak of.
pub(in crate::upkeep::examination) fn backup(sheet: &mut Sheet<'_>, signal: SignalId, asked: &Asked) {
    if sheet.known.verdict.is_some() && sheet.known.signal(signal).is_err() {
        // That there is none is one fault, not three.
        let ok = (signal == SignalId::BackupDaily).then_some(false);
        return sheet.told(asked, ok, "No backup was made yet.");
    }
    sheet.signal(signal, asked);
}

fn backups(sheet: &mut Sheet<'_>) {
    for (id, severity, signal, text, remedy) in [
        (
            "resilience/backup",
            High,
            SignalId::BackupDaily,
            "A proven backup of the last day is there.",
            "caretaker backup create.",
        ),
        (
            "resilience/full-backup",
            Medium,
            SignalId::BackupWeekly,
            "A proven backup that holds everything is there.",
            "caretaker backup create.",
        ),
        (
            "resilience/drill",
            Medium,
            SignalId::BackupDrill,
            "A backup was brought back in a drill this quarter.",
            "caretaker backup drill.",
        ),
    ] {
        backup(sheet, signal, &ask(id, severity, text, remedy));
    }
}

fn apart(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "resilience/backups-apart",
        Medium,
        "Backups lie outside of what they are backups of.",
        "Name another folder as backups.folder in the profile.",
    );
    let profile = &sheet.known.profile;
    let inside = profile.backups.folder.starts_with(&profile.root);
    let evidence = format!("They lie in {}.", profile.backups.folder.display());
    sheet.told(&asked, Some(!inside), evidence);
}

fn second(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "resilience/second-place",
        Low,
        "Each backup is copied to another volume.",
        "Name a folder on another disk as backups.second in the profile.",
    );
    let backups = &sheet.known.profile.backups;
    let Some(second) = &backups.second else {
        return sheet.told(&asked, Some(false), "The profile names no second place.");
    };
    match (second.metadata(), sheet.known.profile.root.metadata()) {
        (Ok(there), Ok(here)) => {
            let apart = there.dev() != here.dev();
            let says = if apart { "lies on another volume" } else { "lies on the same volume" };
            sheet.told(&asked, Some(apart), format!("{} {says}.", second.display()));
        }
        _ => sheet.told(&asked, None, format!("{} is not there now.", second.display())),
    }
}

fn loops(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "resilience/crash-loop",
        High,
        "The process does not end again and again.",
        "Read the end of its log; start it by hand once that is mended.",
    );
    let now = sheet.known.now;
    let Some(restarts) = &sheet.known.restarts else {
        return sheet.told(&asked, None, "Nothing is on record: let caretaker watch run.");
    };
    let ends = &restarts.at;
    let is_loop = ends.windows(IN_AN_HOUR).any(|some| match (some.first(), some.last()) {
        (Some(first), Some(last)) => *last - *first <= TimeDelta::hours(1),
        _ => false,
    });
    let evidence = match ends.len() {
        0 => "It did not end by itself in the last week.".to_owned(),
        1 => "It ended once in the last week.".to_owned(),
        count => format!("It ended {count} times in the last week."),
    };
    if is_loop || ends.len() >= IN_A_WEEK {
        return sheet.told(&asked, Some(false), evidence);
    }
    let is_short = now - restarts.since < SHORTEST_RECORD;
    sheet.told(
        &asked,
        (!is_short).then_some(true),
        if is_short { "The record is too short.".into() } else { evidence },
    );
}

/// Under the name that it has in either examination.
pub(in crate::upkeep::examination) fn restart_as(sheet: &mut Sheet<'_>, id: &'static str) {
    let asked = ask(
        id,
        Medium,
        "It is known how to start it again.",
        "Write the program and its arguments as process.start into the profile.",
    );
    let Some(first) = sheet.known.profile.process.start.first() else {
        return sheet.told(&asked, Some(false), "The profile does not say how it is started.");
    };
    // A name without a folder is looked for only when it is started.
    let path = std::path::Path::new(first);
    if path.components().count() < 2 {
        return sheet.told(&asked, Some(true), format!("By {}.", crate::program::clean(first, 100)));
    }
    let there = sheet.known.profile.root.join(path).is_file();
    let says = if there { "is there" } else { "is not there" };
    sheet.told(&asked, Some(there), format!("{} {says}.", crate::program::clean(first, 200)));
}

fn twins(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "resilience/one-instance",
        High,
        "It runs once: two that write the same files spoil them.",
        "Stop the one that is too many.",
    );
    match &sheet.known.process {
        Err(why) => sheet.told(&asked, None, why.clone()),
        Ok(None) => sheet.told(&asked, Some(true), "It does not run."),
        Ok(Some(tree)) => {
            let places =
                tree.twins.iter().map(|pid| Place::new("", None, format!("process {pid} as well"))).collect();
            sheet.places(&asked, places, format!("Process {} is the only one.", tree.pid));
        }
    }
}
