//! What to do about a signal: the manual's action items in one sentence each.

use crate::judge::scene::Scene;
use crate::judge::{Module, Remedy, RemedyAction, reports};
use crate::signal::{Level, SignalId};

/// The remedy of a signal that is not green.
pub(super) fn remedy(scene: &Scene<'_>, modules: &[Module], id: SignalId, level: Level) -> Option<Remedy> {
    if level == Level::Green {
        return None;
    }
    let profile = scene.profile;
    let say = |text: &str, action| Remedy { text: text.to_owned(), action };
    let down = Some(RemedyAction::RunSystemDown);
    let (errors, slow) = (Some(RemedyAction::RunHighErrors), Some(RemedyAction::RunPerformance));
    Some(match id {
        SignalId::ProcessState if level == Level::Unknown => {
            say("See whether its folder and its processes may be looked at.", Some(RemedyAction::CheckAgain))
        }
        SignalId::ProcessState if scene.is_gone() => match profile.process.start.as_slice() {
            [] => say("Read the end of its log for the cause, then start it again.", down),
            start => say(
                &format!("Read the end of its log for the cause, then start it again: {}", start.join(" ")),
                down,
            ),
        },
        SignalId::ProcessState => say("Read the end of its log to see what it is doing.", down),
        SignalId::ProcessCpu => {
            say("Look for a module that runs away, and lengthen the cycles of the busiest.", slow)
        }
        SignalId::ProcessMemory => say("Lower the limits of what it keeps in memory, or restart it.", slow),
        SignalId::DiskFree if level == Level::Unknown => {
            say("See whether the folder is still there.", Some(RemedyAction::CheckAgain))
        }
        SignalId::DiskFree => say("Make room: old logs and old data first.", Some(RemedyAction::SeeSpace)),
        SignalId::DataSize => say("See how long it keeps its data, and shorten that.", slow),
        SignalId::LogsSize => say("Clean up old logs more often.", Some(RemedyAction::SeeCleanup)),
        SignalId::LogsErrors24h if level == Level::Red => {
            say("Find the module that fails most, and switch it off until it is mended.", errors)
        }
        SignalId::LogsErrors24h => say("Read the errors and sort them by module.", errors),
        SignalId::StateAge if level == Level::Unknown => {
            say("See what is damaged, and bring back what is good.", Some(RemedyAction::RunDataCorruption))
        }
        SignalId::StateAge => say("See whether the ecosystem still writes its state file.", down),
        SignalId::ModulesFailing | SignalId::ModulesErrorShare => {
            say("Read what the module logged, and switch it off until it is mended.", errors)
        }
        SignalId::ReportsMorning
        | SignalId::ReportsEvening
        | SignalId::ReportsDailySummary
        | SignalId::ReportsOther => say(&check_writer(modules), down),
        SignalId::ErrorsRate | SignalId::SuccessRate => {
            say("Look into the failures: the log names the module.", errors)
        }
        SignalId::ExecutionTime => say("See whether its data has grown too large.", slow),
        SignalId::EfficiencyScore => {
            say("Compare it with the reports of the last days.", Some(RemedyAction::ShowReports))
        }
        SignalId::Contradictions => say(
            "Believe the measurement, and find out why the ecosystem says otherwise.",
            Some(RemedyAction::ShowLog),
        ),
        SignalId::MachineCpu | SignalId::MachineMemory => {
            say("See which programs of this machine are busy.", Some(RemedyAction::CheckAgain))
        }
        SignalId::Forecast => {
            say("Make room, or lower what grows, before it is reached.", Some(RemedyAction::SeeSpace))
        }
        SignalId::ChecklistsOverdue => {
            say("Do the round now, or leave it out with a reason.", Some(RemedyAction::SeeRounds))
        }
        SignalId::SettingsDrift => say(
            "See what changed: caretaker tune review; if it is right, say so with --done.",
            Some(RemedyAction::SeeReview),
        ),
        SignalId::AlertsDelivery => {
            say("Send a test, and mend the channel in the profile.", Some(RemedyAction::OpenProfile))
        }
        SignalId::BackupDaily | SignalId::BackupWeekly | SignalId::BackupMonthly => say(
            "Make a backup now: caretaker backup create, or Back Up Now in the window.",
            Some(RemedyAction::SeeBackups),
        ),
        SignalId::BackupDrill => {
            say("Drill the newest backup: caretaker backup drill.", Some(RemedyAction::SeeBackups))
        }
        SignalId::ProcessUptime => say("Look again.", Some(RemedyAction::CheckAgain)),
    })
}

/// The manual's “check reporting module status”, with what is known of it.
fn check_writer(modules: &[Module]) -> String {
    match reports::writer(modules) {
        Some(module) => format!("See whether “{}” is well. {}", module.name, module.reason),
        None => "See whether the module that writes reports is well.".to_owned(),
    }
}
