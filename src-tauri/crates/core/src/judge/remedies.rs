//! What to do about a signal: the manual's action items in one sentence each.

use crate::judge::scene::Scene;
use crate::judge::{Remedy, RemedyAction};
use crate::signal::{Level, SignalId};

/// The remedy of a signal that is not green.
pub(super) fn remedy(scene: &Scene<'_>, id: SignalId, level: Level) -> Option<Remedy> {
    if level == Level::Green {
        return None;
    }
    let profile = scene.profile;
    let say = |text: &str, action| Remedy { text: text.to_owned(), action };
    Some(match id {
        SignalId::ProcessState if level == Level::Unknown => {
            say("See whether its folder and its processes may be looked at.", Some(RemedyAction::CheckAgain))
        }
        SignalId::ProcessState if scene.is_gone() && profile.demo => {
            say("Read the end of its log, then start it again.", Some(RemedyAction::StartDemo))
        }
        SignalId::ProcessState if scene.is_gone() => match profile.process.start.as_slice() {
            [] => say(
                "Read the end of its log for the cause, then start it again.",
                Some(RemedyAction::ShowLog),
            ),
            start => say(
                &format!("Read the end of its log for the cause, then start it again: {}", start.join(" ")),
                Some(RemedyAction::ShowLog),
            ),
        },
        SignalId::ProcessState => {
            say("Read the end of its log to see what it is doing.", Some(RemedyAction::ShowLog))
        }
        SignalId::ProcessCpu => say(
            "Look for a module that runs away, and lengthen the cycles of the busiest.",
            Some(RemedyAction::ShowLog),
        ),
        SignalId::ProcessMemory => {
            say("Lower the limits of what it keeps in memory, or restart it.", Some(RemedyAction::ShowRoot))
        }
        SignalId::DiskFree if level == Level::Unknown => {
            say("See whether the folder is still there.", Some(RemedyAction::CheckAgain))
        }
        SignalId::DiskFree => say("Make room: old logs and old data first.", Some(RemedyAction::ShowRoot)),
        SignalId::DataSize => {
            say("See how long it keeps its data, and shorten that.", Some(RemedyAction::ShowData))
        }
        SignalId::LogsSize => say("Clean up old logs more often.", Some(RemedyAction::ShowLog)),
        SignalId::LogsErrors24h if level == Level::Red => say(
            "Find the module that fails most, and switch it off until it is mended.",
            Some(RemedyAction::ShowLog),
        ),
        SignalId::LogsErrors24h => {
            say("Read the errors and sort them by module.", Some(RemedyAction::ShowLog))
        }
        SignalId::StateAge => {
            say("See whether the ecosystem still writes its state file.", Some(RemedyAction::ShowData))
        }
        SignalId::ModulesFailing | SignalId::ModulesErrorShare => say(
            "Read what the module logged, and switch it off until it is mended.",
            Some(RemedyAction::ShowLog),
        ),
        SignalId::ReportsMorning | SignalId::ReportsEvening | SignalId::ReportsDailySummary => {
            say("See whether the module that writes reports is well.", Some(RemedyAction::ShowReports))
        }
        SignalId::ErrorsRate | SignalId::SuccessRate => {
            say("Look into the failures: the log names the module.", Some(RemedyAction::ShowLog))
        }
        SignalId::ExecutionTime => {
            say("See whether its data has grown too large.", Some(RemedyAction::ShowData))
        }
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
            say("Make room, or lower what grows, before it is reached.", Some(RemedyAction::ShowRoot))
        }
        SignalId::AlertsDelivery => {
            say("Send a test, and mend the channel in the profile.", Some(RemedyAction::OpenProfile))
        }
        SignalId::BackupDaily | SignalId::BackupWeekly | SignalId::BackupMonthly => say(
            "Make a backup now: caretaker backup create, or Back Up Now in the window.",
            Some(RemedyAction::CheckAgain),
        ),
        SignalId::BackupDrill => {
            say("Drill the newest backup: caretaker backup drill.", Some(RemedyAction::CheckAgain))
        }
        SignalId::ProcessUptime => say("Look again.", Some(RemedyAction::CheckAgain)),
    })
}
