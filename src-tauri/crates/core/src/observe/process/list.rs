//! The user's own processes as the look at a new folder needs them.

use chrono::DateTime;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use crate::profile::RunningProcess;

/// Lists the processes of the user who runs Caretaker; empty where the system tells none.
///
/// Reads arguments and directories of all of them: for the first run, not for every tick.
pub fn list() -> Vec<RunningProcess> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    let owner = ProcessRefreshKind::nothing().with_user(UpdateKind::Always).without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, owner);
    let me = rustix::process::geteuid().as_raw();
    let own: Vec<sysinfo::Pid> = system
        .processes()
        .values()
        .filter(|p| p.pid().as_u32() != std::process::id() && p.user_id().is_some_and(|user| **user == me))
        .map(sysinfo::Process::pid)
        .collect();
    let kind = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_cwd(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&own), true, kind);
    own.iter()
        .filter_map(|pid| system.process(*pid))
        .map(|process| RunningProcess {
            pid: process.pid().as_u32(),
            arguments: process.cmd().to_vec(),
            directory: process.cwd().map(std::path::Path::to_owned),
            started: i64::try_from(process.start_time()).ok().and_then(|s| DateTime::from_timestamp(s, 0)),
        })
        .collect()
}
