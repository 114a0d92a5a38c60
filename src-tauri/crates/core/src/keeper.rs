//! The one loop: observe → judge → alert → record; and what the window sees of it.
//!
//! [`start`] runs the loop on a thread of its own; [`Keeper`] is the handle that window, tray and command line hold.
//! The loop sleeps on the wall clock between ticks, since timers stand still while a Mac sleeps: a gap between two
//! ticks is how sleep is noticed.

mod aftermath;
mod alarm;
mod backups;
mod board;
mod care;
mod cost;
mod courier;
mod diagnosis;
mod engine;
mod errors;
mod examiner;
mod exposed;
mod incident_report;
mod journal;
mod leaving;
mod look_back;
mod markdown;
mod moving;
mod outlook;
mod overview;
mod past;
mod performance;
mod process;
mod programs;
mod records;
mod reports;
mod restoring;
mod rounds;
mod routines;
mod run;
mod runbooks;
mod settings_review;
mod upkeep;
mod vault;
mod version_history;
mod watched;

pub use aftermath::{Helped, helped};
pub use alarm::Handled;
pub use backups::{
    AwayShown, BackupPlace, BackupShown, Backups, BackupsShown, FilesShown, Lists, PrunePlan, PruneShown,
    SecondShown,
};
pub use board::{Board, host};
pub use care::{Care, Cared};
pub use diagnosis::{BundleMember, Bundled, Diagnosis, DiagnosisLine, DiagnosisPage, DiagnosisSection};
pub use engine::Engine;
pub use errors::DealtErrors;
pub use examiner::{Examined, Examiner, FindingShown};
pub use exposed::{loop_cost, reading_of, recorded_reading};
pub use incident_report::incident_report;
pub use journal::{
    Journal, LET_GO, said_of_backup, said_of_drill, said_of_fetched, said_of_pruning, said_of_sent,
};
pub use leaving::{Ground, Leaving, Trace, leave, leaving};
pub use look_back::{Chart, ChartPoint, Day, ErrorThen, LookBack, Moment, SignalThen, Span};
pub use moving::{Moved, bring, take_along, would_bring};
pub use overview::*;
pub use performance::{Performance, PerformanceFigure, PerformanceShown, PerformanceSpan, said_of_span};
pub use process::{Doing, ProcessCare, ProcessPlan, ProcessShown};
pub use programs::{ClaimsShown, ProgramKept, ProgramRun, ProgramShown, Programs};
pub use reports::{
    FigureShown, ReportDay, ReportFinding, ReportHit, ReportKindShown, ReportOfDay, ReportRow, ReportShown,
    ReportWord, ReportWriter, Reports, ReportsShown,
};
pub use restoring::said as said_of_restore;
pub use rounds::{
    ItemRemedy, ItemShown, NextRound, PastRound, RoundDay, RoundHistory, RoundShown, RoundSums, Rounds,
    RoundsGlance, RoundsShown,
};
pub use run::{Event, Keeper, Setup, Shared, start};
pub use runbooks::{ChoiceShown, CourseShown, Eyes, RunbookRow, RunbookShown, Runbooks, StepPlan, StepShown};
pub use settings_review::{
    BrokenSettings, ReviewedFile, ReviewedSetting, SettingsReview, SettingsReviewShown,
};
pub use upkeep::{
    CleanedShown, CleanupKind, CleanupPlanShown, CleanupShown, FileLeft, FileShown, JournalShown, KeptAside,
    ModuleSwitch, ModulesShown, Plans, PresetShown, SettingShown, SettingsFileShown, SettingsShown, SpaceOf,
    SpaceShown, TUNING_UNDO, TunedShown, TuningPlanShown, TuningShown, Upkeep, UpkeepGlance, said_of_cleanup,
    said_of_cleanup_undone, said_of_tuning, said_of_tuning_undone,
};
pub use version_history::{VersionHistory, VersionShown};

use std::path::Path;
use std::sync::mpsc;

use crate::alerts::{Channel, Handling};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::Profile;
use crate::secrets::Secrets;

/// Does what a person asks about incidents of the ecosystem in `root`, beside a running Caretaker or without one.
///
/// # Errors
/// When no such incident is open, a snooze is too long, or the record cannot be written.
pub fn handle(state_dir: &Path, root: &Path, handling: &Handling, now: Instant) -> Result<Handled> {
    let mut records = records::Records::new(state_dir.to_owned());
    records.choose(root);
    alarm::handle(&mut records, handling, now)
}

/// Sends a test by the channel `name` of `profile`, and waits until the channel has taken it.
///
/// # Errors
/// When there is no such channel, or why it did not take it.
pub fn test_channel(
    profile: &Profile,
    native: Box<dyn Channel>,
    secrets: Secrets,
    name: &str,
    now: Instant,
) -> Result<()> {
    let mut courier = courier::Courier::new(Some(native), secrets);
    courier.equip(&profile.channels);
    let (reply, answer) = mpsc::channel();
    courier.test(name, now, move |result| {
        let _ = reply.send(result);
    });
    answer.recv().unwrap_or_else(|_| Err(Error::new(ErrorKind::System, "the test was broken off")))
}
