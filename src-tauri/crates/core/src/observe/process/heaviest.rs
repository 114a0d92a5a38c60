//! The processes that weigh most on the machine, as evidence of the moment when something went wrong.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sysinfo::{Process, ProcessRefreshKind, ProcessesToUpdate, System};

/// One process of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct HeavyProcess {
    /// Its identifier.
    pub pid: u32,
    /// Its name; its arguments may hold secrets and are left out.
    pub name: String,
    /// Seconds of processor time since it started.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub cpu_seconds: u64,
    /// Resident memory in bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub memory: u64,
}

/// The processes of all users that hold most memory or have used most processor time, `count` at most, largest first.
///
/// Looks at every process once: for the moment when an incident opens, not for every tick.
pub fn heaviest(count: usize) -> Vec<HeavyProcess> {
    let Ok(mut system) = System::new() else { return Vec::new() };
    let kind = ProcessRefreshKind::nothing().with_memory().with_cpu().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    // The kernel's own threads hold no memory, and nobody can do anything about them.
    let mut all: Vec<&Process> = system.processes().values().filter(|process| process.memory() > 0).collect();
    let mut chosen = BTreeMap::new();
    let orders: [fn(&Process) -> u64; 2] = [Process::accumulated_cpu_time, Process::memory];
    for (order, share) in orders.into_iter().zip([count / 2, count]) {
        all.sort_by_key(|process| std::cmp::Reverse(order(process)));
        for process in &all {
            if chosen.len() >= share {
                break;
            }
            chosen.insert(process.pid(), *process);
        }
    }
    let mut heavy: Vec<HeavyProcess> = chosen
        .into_values()
        .map(|process| HeavyProcess {
            pid: process.pid().as_u32(),
            name: process.name().to_string_lossy().into_owned(),
            cpu_seconds: process.accumulated_cpu_time() / 1000,
            memory: process.memory(),
        })
        .collect();
    heavy.sort_by_key(|process| std::cmp::Reverse(process.memory));
    heavy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_asked_for_largest_first_and_with_this_one_among_many() {
        let three = heaviest(3);
        assert!(!three.is_empty() && three.len() <= 3);
        assert!(three.is_sorted_by_key(|process| std::cmp::Reverse(process.memory)), "{three:?}");
        assert!(heaviest(100_000).iter().any(|process| process.pid == std::process::id()));
    }
}
