//! Who is new on the machine: reading everybody's arguments each minute would be most of what a tick costs.

use std::collections::HashSet;

/// The identifiers of all processes at the last looks.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    seen: HashSet<u32>,
    settled: HashSet<u32>,
}

impl Newcomers {
    /// Processes that came lately; `None` where the system gives no cheap list of identifiers.
    ///
    /// Each is named at two looks: one that was just forked still bears its parent's arguments.
    pub(super) fn look(&mut self) -> Option<Vec<u32>> {
        let now = listed()?;
        Some(self.take(now))
    }

    fn take(&mut self, now: HashSet<u32>) -> Vec<u32> {
        let new = now.difference(&self.settled).copied().collect();
        self.settled = now.intersection(&self.seen).copied().collect();
        self.seen = now;
        new
    }

    /// Whether this process was there at the last look.
    pub(super) fn lists(&self, pid: u32) -> bool {
        self.seen.contains(&pid)
    }
}

#[cfg(target_os = "linux")]
fn listed() -> Option<HashSet<u32>> {
    let entries = std::fs::read_dir("/proc").ok()?;
    Some(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

#[cfg(not(target_os = "linux"))]
fn listed() -> Option<HashSet<u32>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_newcomer_is_named_twice() {
        let mut newcomers = Newcomers::default();
        let mut look = |pids: &[u32]| {
            let mut new = newcomers.take(pids.iter().copied().collect());
            new.sort_unstable();
            new
        };
        assert_eq!(look(&[1, 2]), [1, 2]);
        assert_eq!(look(&[1, 2]), [1, 2]);
        assert_eq!(look(&[1, 2, 3]), [3]);
        assert_eq!(look(&[1, 3]), [3]);
        // One that left and came back is new again.
        assert_eq!(look(&[1, 2, 3]), [2]);
        assert!(newcomers.lists(2) && !newcomers.lists(4));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_listed() {
        let mut newcomers = Newcomers::default();
        assert!(newcomers.look().unwrap().contains(&std::process::id()));
    }
}
