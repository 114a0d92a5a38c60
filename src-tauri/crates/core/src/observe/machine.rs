//! The machine as a whole: CPU, memory, and the space left on a volume.

use std::path::Path;

use sysinfo::{MemoryRefreshKind, System};

use super::{DiskSpace, MemoryUse};
use crate::fsio;

/// Reads CPU and memory of the machine.
#[derive(Debug)]
pub struct MachineSensor {
    system: Option<System>,
    samples: u8,
}

impl Default for MachineSensor {
    fn default() -> Self {
        Self { system: System::new().ok(), samples: 0 }
    }
}

impl MachineSensor {
    /// CPU use in percent since the last call; `Ok(None)` for the first, which has nothing to compare with.
    pub fn cpu(&mut self) -> Result<Option<f64>, String> {
        let system = self.system.as_mut().ok_or("the system gives no CPU counters")?;
        system.refresh_cpu_usage();
        self.samples = self.samples.saturating_add(1);
        if self.samples < 2 {
            return Ok(None);
        }
        Ok(Some(f64::from(system.global_cpu_usage()).clamp(0.0, 100.0)))
    }

    /// Memory in use and installed.
    pub fn memory(&mut self) -> Result<MemoryUse, String> {
        let system = self.system.as_mut().ok_or("the system gives no memory counters")?;
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        match system.total_memory() {
            0 => Err("the system does not tell how much memory there is".into()),
            total => Ok(MemoryUse { used: system.used_memory().min(total), total }),
        }
    }
}

/// Reads the space on the volume of `path`: what this user can still write, without what the system could purge.
pub fn disk_space(path: &Path) -> Result<DiskSpace, String> {
    let room = fsio::room(path)
        .map_err(|error| format!("cannot read the free space at {}: {error}", path.display()))?;
    Ok(DiskSpace { free: room.free, total: room.total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_look_has_no_cpu_figure_and_the_second_has() {
        let mut machine = MachineSensor::default();
        assert_eq!(machine.cpu(), Ok(None));
        let second = machine.cpu().unwrap().unwrap();
        assert!((0.0..=100.0).contains(&second));
    }

    #[test]
    fn memory_in_use_is_part_of_what_is_installed() {
        let memory = MachineSensor::default().memory().unwrap();
        assert!(memory.used > 0 && memory.used <= memory.total);
    }

    #[test]
    fn a_missing_folder_has_no_space_rather_than_none_left() {
        let space = disk_space(Path::new("/")).unwrap();
        assert!(space.total > 0 && space.free <= space.total);
        assert!(disk_space(Path::new("/no/such/folder")).unwrap_err().contains("/no/such/folder"));
    }
}
