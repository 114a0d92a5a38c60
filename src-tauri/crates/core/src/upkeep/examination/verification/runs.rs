//! How it runs: by the newest judgement, the record, and what the audit left.

use chrono::TimeDelta;

use crate::judge::{Module, words};
use crate::signal::{Level, SignalId};
use crate::upkeep::examination::audit::{backup, restart_as};
use crate::upkeep::examination::check::Severity::{High, Low, Medium};
use crate::upkeep::examination::check::{Place, Sheet, ask};

/// A module that has not run for so many of its cycles has stopped.
const CYCLES: i32 = 3;
/// An audit older than this says nothing of today.
const AUDIT_LASTS: TimeDelta = TimeDelta::days(31);

pub(super) fn modules(sheet: &mut Sheet<'_>) {
    let integrated = ask(
        "modules/integrated",
        High,
        "Every module says that it is integrated.",
        "Look at what its log says when it starts.",
    );
    let fresh = ask(
        "modules/fresh",
        Medium,
        "Every module ran within three of its cycles.",
        "Look at its errors; disable it until it is mended.",
    );
    let Some(verdict) = sheet.known.verdict else {
        sheet.told(&integrated, None, "Nobody has looked at it yet.");
        return sheet.told(&fresh, None, "Nobody has looked at it yet.");
    };
    let told: Vec<&Module> = verdict.modules.iter().filter(|module| module.status.is_some()).collect();
    if told.is_empty() {
        sheet.told(&integrated, None, "It says nothing of its modules.");
    } else {
        let status = |module: &Module| module.status.clone().unwrap_or_default();
        let not = told.iter().filter(|module| module.status.as_deref() != Some("integrated"));
        let places =
            not.map(|module| Place::new("", None, format!("{}: {}", module.name, status(module)))).collect();
        sheet.places(&integrated, places, format!("All {} do.", told.len()));
    }
    freshness(sheet, &fresh, &verdict.modules);
}

fn freshness(sheet: &mut Sheet<'_>, asked: &crate::upkeep::examination::check::Asked, modules: &[Module]) {
    let Some(tree) = sheet.known.running() else {
        return sheet.told(asked, None, "It does not run: nothing of it is due.");
    };
    let (now, began) = (sheet.known.now, tree.started_at);
    let (mut looked_at, mut places) = (0, Vec::new());
    for module in modules {
        let (Some(seconds), Some(last)) = (module.cycle_seconds, module.last_run) else { continue };
        looked_at += 1;
        let allowed =
            TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 4).min(i64::MAX / 4_000)) * CYCLES;
        // One that has just started owes nothing yet.
        if now - last.max(began) > allowed {
            places.push(Place::new(
                "",
                None,
                format!("{} ran {} ago", module.name, words::between(last, now)),
            ));
        }
    }
    if looked_at == 0 {
        return sheet.told(asked, None, "It does not say when its modules ran.");
    }
    sheet.places(asked, places, format!("All {looked_at} that say when they ran did."));
}

pub(super) fn performance(sheet: &mut Sheet<'_>) {
    for (id, signal, text, remedy) in [
        (
            "performance/cpu",
            SignalId::ProcessCpu,
            "It uses no more of the machine than it should.",
            "caretaker tune list shows what makes it slower and lighter.",
        ),
        (
            "performance/memory",
            SignalId::ProcessMemory,
            "It takes no more memory than it should.",
            "caretaker tune list shows what makes it smaller.",
        ),
        (
            "performance/execution",
            SignalId::ExecutionTime,
            "Its work is done in the time that it should take.",
            "caretaker history execution.time shows since when it is slower.",
        ),
        (
            "performance/success",
            SignalId::SuccessRate,
            "Nearly all of its work succeeds.",
            "Look at the module with the most errors first.",
        ),
        (
            "performance/efficiency",
            SignalId::EfficiencyScore,
            "It is as efficient as it should be.",
            "caretaker history efficiency.score shows when it began to fall.",
        ),
    ] {
        sheet.signal(signal, &ask(id, Medium, text, remedy));
    }
}

pub(super) fn security(sheet: &mut Sheet<'_>) {
    let asked =
        ask("security/audited", Medium, "A security audit was made within a month.", "caretaker audit.");
    let clear = ask(
        "security/nothing-pressing",
        High,
        "The audit left nothing open that is critical, high or past its day.",
        "caretaker audit findings shows what is open, and what to do.",
    );
    let Some(audit) = &sheet.known.audit else {
        sheet.told(&asked, Some(false), "None was made yet.");
        return sheet.told(&clear, None, "No audit was made yet.");
    };
    let age = sheet.known.now - audit.at;
    let ago = words::between(audit.at, sheet.known.now);
    sheet.told(&asked, Some(age <= AUDIT_LASTS), format!("The newest is {ago} old."));
    let places = audit.pressing.iter().map(|text| Place::new("", None, text)).collect();
    sheet.places(&clear, places, format!("It left nothing of the kind {ago} ago."));
}

pub(super) fn operation(sheet: &mut Sheet<'_>) {
    for (id, severity, signal, text, remedy) in [
        (
            "operation/process",
            Medium,
            SignalId::ProcessState,
            "It runs.",
            "caretaker process start, or as you start it.",
        ),
        (
            "operation/disk",
            High,
            SignalId::DiskFree,
            "There is room on the disk.",
            "caretaker cleanup makes some.",
        ),
        (
            "operation/errors",
            Medium,
            SignalId::LogsErrors24h,
            "Few errors were logged in the last 24 hours.",
            "caretaker logs errors shows them by module.",
        ),
        (
            "operation/rounds",
            Low,
            SignalId::ChecklistsOverdue,
            "The rounds of care are done in their time.",
            "caretaker checklist list shows which are not.",
        ),
    ] {
        sheet.signal(signal, &ask(id, severity, text, remedy));
    }
    restart_as(sheet, "operation/start");
    for (id, severity, signal, text, remedy) in [
        (
            "operation/backup",
            High,
            SignalId::BackupDaily,
            "A proven backup of the last day is there.",
            "caretaker backup create.",
        ),
        (
            "operation/drill",
            Medium,
            SignalId::BackupDrill,
            "A backup was brought back in a drill this quarter.",
            "caretaker backup drill.",
        ),
    ] {
        backup(sheet, signal, &ask(id, severity, text, remedy));
    }
}

pub(super) fn scale(sheet: &mut Sheet<'_>) {
    for (id, signal, text, remedy) in [
        (
            "scale/data",
            SignalId::DataSize,
            "Its data is no larger than it should be.",
            "caretaker cleanup space shows what takes it; prune what nobody asks for.",
        ),
        (
            "scale/logs",
            SignalId::LogsSize,
            "Its logs are no larger than they should be.",
            "caretaker cleanup puts old ones aside.",
        ),
    ] {
        sheet.signal(signal, &ask(id, Medium, text, remedy));
    }
    let asked = ask(
        "scale/trends",
        Medium,
        "No trend reaches its band soon.",
        "caretaker forecast shows which, and when.",
    );
    let Some(verdict) = sheet.known.verdict else {
        return sheet.told(&asked, None, "Nobody has looked at it yet.");
    };
    let forecast = verdict.signals.iter().find(|signal| signal.id == SignalId::Forecast);
    match forecast {
        None => sheet.told(&asked, None, "The record is too short to foretell anything."),
        Some(signal) if matches!(signal.level, Level::Yellow | Level::Red) => {
            let reason = signal.reason.clone();
            sheet.told(&asked, Some(false), reason);
        }
        Some(_) => sheet.signal(SignalId::Forecast, &asked),
    }
    limits(sheet);
}

fn limits(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "scale/limits",
        Low,
        "Settings bound what grows: memory, entries, age.",
        "Write a limit into each settings file, such as max_entries or retention_days.",
    );
    let files = &sheet.seen.settings;
    if files.is_empty() {
        return sheet.told(&asked, None, "The folder of settings holds none.");
    }
    let bounded = files.iter().filter(|file| file.has_limits).count();
    sheet.told(
        &asked,
        Some(bounded * 2 >= files.len()),
        format!("{bounded} of {} settings files do.", files.len()),
    );
}
