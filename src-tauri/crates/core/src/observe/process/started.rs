//! One process by its number: when it started, and whether it is dead.

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use crate::clock::Instant;

/// When the process `pid` started, and whether only its entry is left; `None` where there is none.
pub fn started(pid: u32) -> Option<(Instant, bool)> {
    let mut system = System::new().ok()?;
    let pid = Pid::from_u32(pid);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    let process = system.process(pid)?;
    let at = Instant::from_timestamp(i64::try_from(process.start_time()).ok()?, 0)?;
    Some((at, matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)))
}
