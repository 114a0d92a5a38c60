//! Misbehaves for real: busy cores, memory that is kept, a disk that fills.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::heal::CACHE;
use super::life::Life;
use crate::error::{At, Result};
use crate::scenario::Scenario;
use crate::seed::Seed;

const MEGABYTE: usize = 1_000_000;
/// Memory that `memory-leak` takes, by step and in all.
const LEAK: (usize, usize) = (30 * MEGABYTE, 450 * MEGABYTE);
/// Bytes that `disk-fill` writes, by step and in all.
const FILL: (usize, usize) = (5 * MEGABYTE, 120 * MEGABYTE);
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(100);

/// What the process holds while it misbehaves; all of it is let go at the end.
#[derive(Debug)]
pub struct Misdeeds {
    scenario: Scenario,
    cache: PathBuf,
    leaked: Vec<Vec<u8>>,
    filled: usize,
    enough: Arc<AtomicBool>,
    spinning: Vec<JoinHandle<u64>>,
    seed: Seed,
}

impl Misdeeds {
    /// Makes ready; nothing happens before the first step.
    pub fn new(root: &Path, scenario: Scenario) -> Self {
        Self {
            scenario,
            cache: root.join(CACHE),
            leaked: Vec::new(),
            filled: 0,
            enough: Arc::default(),
            spinning: Vec::new(),
            seed: Seed::new(7),
        }
    }

    /// Goes one step further; tells after what time the next is due, `None` when there is none.
    pub fn step(&mut self, life: &mut Life) -> Result<Option<Duration>> {
        match self.scenario {
            Scenario::CpuHog if self.spinning.is_empty() => {
                life.info("Background Process Optimization: rebuilding all indexes in parallel")?;
                self.spin();
                Ok(None)
            }
            Scenario::MemoryLeak if self.leaked.len() * LEAK.0 < LEAK.1 => {
                // Written to the last byte with what does not compress: the system cannot save on it.
                self.leaked.push(self.seed.bytes(LEAK.0));
                std::hint::black_box(&self.leaked);
                Ok(Some(PAUSE))
            }
            Scenario::DiskFill if self.filled < FILL.1 => self.fill(),
            _ => Ok(None),
        }
    }

    fn fill(&mut self) -> Result<Option<Duration>> {
        fs::create_dir_all(&self.cache).at(&self.cache)?;
        let path = self.cache.join(format!("block_{:04}.bin", self.filled / FILL.0));
        fs::write(&path, self.seed.bytes(FILL.0)).at(&path)?;
        self.filled += FILL.0;
        Ok((self.filled < FILL.1).then_some(PAUSE))
    }

    /// Keeps all cores busy; two threads for each, so that other busy programs do not hide it.
    fn spin(&mut self) {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        for n in 0..cores * 2 {
            let enough = Arc::clone(&self.enough);
            self.spinning.push(thread::spawn(move || {
                let mut seed = Seed::new(n as u64);
                let mut sum = 0_u64;
                while !enough.load(Ordering::Relaxed) {
                    for _ in 0..100_000 {
                        sum = sum.wrapping_add(seed.next());
                    }
                }
                std::hint::black_box(sum)
            }));
        }
    }
}

impl Drop for Misdeeds {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        for thread in self.spinning.drain(..) {
            let _ = thread.join();
        }
    }
}
