//! What Caretaker itself costs, so that the window can show it.

use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::clock::Instant;
use crate::keeper::overview::OwnCost;

/// Measures this process between looks.
pub struct OwnCostSensor {
    system: Option<System>,
    pid: Option<Pid>,
    before: Option<(Instant, u64)>,
    latest: OwnCost,
}

/// What the process `pid` costs: its memory now, its CPU as an average since it started. `None` where it is not there.
pub fn cost_of(pid: u32) -> Option<OwnCost> {
    let (mut system, pid) = (System::new().ok()?, Pid::from_u32(pid));
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        false,
        ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks(),
    );
    let process = system.process(pid)?;
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of CPU time are far below 2^52")]
    let share = process.accumulated_cpu_time() as f64 / (process.run_time().max(1) * 1_000) as f64 * 100.0;
    Some(OwnCost { cpu_percent: Some(share), memory: Some(process.memory()) })
}

/// A look sooner than this says nothing about an average.
const SHORTEST: Duration = Duration::from_secs(4);

impl Default for OwnCostSensor {
    fn default() -> Self {
        Self::new()
    }
}

impl OwnCostSensor {
    /// A sensor that has seen nothing yet.
    pub fn new() -> Self {
        Self {
            system: System::new().ok(),
            pid: sysinfo::get_current_pid().ok(),
            before: None,
            latest: OwnCost::default(),
        }
    }

    /// Looks at this process: memory now, CPU as an average since the look before.
    pub fn look(&mut self, now: Instant) -> OwnCost {
        let (Some(pid), Some(system)) = (self.pid, &mut self.system) else { return self.latest };
        system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[pid]),
            false,
            ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks(),
        );
        let Some(own) = system.process(pid) else { return self.latest };
        self.latest.memory = Some(own.memory());
        let spent = own.accumulated_cpu_time();
        match self.before {
            None => self.before = Some((now, spent)),
            Some((then, spent_then)) => {
                let wall = (now - then).to_std().unwrap_or_default();
                if wall >= SHORTEST {
                    #[allow(
                        clippy::cast_precision_loss,
                        reason = "milliseconds of CPU time are far below 2^52"
                    )]
                    let share = spent.saturating_sub(spent_then) as f64 / wall.as_millis() as f64 * 100.0;
                    self.latest.cpu_percent = Some(share);
                    self.before = Some((now, spent));
                }
            }
        }
        self.latest
    }
}
