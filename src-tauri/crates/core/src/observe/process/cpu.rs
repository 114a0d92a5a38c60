//! CPU use of a process tree as a share of the whole machine, averaged over a window.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::clock::Instant;

/// Samples closer together than this say nothing: the system counts in hundredths of a second.
const SHORTEST: Duration = Duration::from_millis(200);

/// The accumulated CPU time of one process of the tree.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Its identifier.
    pub pid: u32,
    /// When it started, in seconds since 1970: tells it from an earlier process with the same `pid`.
    pub started: u64,
    /// Milliseconds of CPU time since then.
    pub millis: u64,
}

/// Averages CPU use over a window; survives children that come and go.
#[derive(Debug)]
pub struct CpuMeter {
    window: Duration,
    longest_gap: Duration,
    cpus: f64,
    /// When, and the tree's CPU time in milliseconds up to then; grows only.
    samples: VecDeque<(Instant, f64)>,
    total: f64,
    last: HashMap<(u32, u64), u64>,
}

impl CpuMeter {
    /// Makes a meter for a machine with `cpus` processors; a pause longer than `longest_gap` starts it anew.
    pub fn new(window: Duration, longest_gap: Duration, cpus: usize) -> Self {
        Self {
            window,
            longest_gap,
            cpus: cpus.max(1) as f64,
            samples: VecDeque::new(),
            total: 0.0,
            last: HashMap::new(),
        }
    }

    /// Takes a sample of the tree whose main process started at `main_started`.
    ///
    /// A tree younger than the window has a known beginning, so that its first sample already counts.
    pub fn record(&mut self, now: Instant, main_started: Instant, tree: &[Used]) {
        let mut after_gap = false;
        if let Some((then, _)) = self.samples.back() {
            // The machine slept, or the clock was set back: what was before cannot be compared.
            let gap = (now - *then).to_std();
            if !gap.is_ok_and(|gap| gap <= self.longest_gap) {
                self.reset();
                after_gap = true;
            }
        }
        let first = self.samples.is_empty();
        if first {
            let age = (now - main_started).to_std();
            // After a gap its age holds time in which nothing ran: not a fair divisor.
            if !after_gap && age.is_ok_and(|age| age <= self.window) {
                self.samples.push_back((main_started, 0.0));
                self.total = tree.iter().map(|p| p.millis as f64).sum();
            }
        } else {
            let since = self.samples.front().map_or(0, |(at, _)| at.timestamp());
            for process in tree {
                let before = match self.last.get(&(process.pid, process.started)) {
                    Some(millis) => *millis,
                    // Started while the tree was watched: all its time was spent in that time.
                    None if i64::try_from(process.started).is_ok_and(|s| s >= since) => 0,
                    None => process.millis,
                };
                self.total += process.millis.saturating_sub(before) as f64;
            }
        }
        self.last = tree.iter().map(|p| ((p.pid, p.started), p.millis)).collect();
        self.samples.push_back((now, self.total));
        // One sample at or before the window's beginning stays, so that the window is full.
        while self.samples.len() > 2 && (now - self.samples[1].0).to_std().is_ok_and(|age| age >= self.window)
        {
            self.samples.pop_front();
        }
    }

    /// The average in percent of the whole machine, and over which time; `None` until two samples exist.
    pub fn average(&self) -> (Option<f64>, Duration) {
        let (Some((from, before)), Some((to, after))) = (self.samples.front(), self.samples.back()) else {
            return (None, Duration::ZERO);
        };
        let wall = (*to - *from).to_std().unwrap_or_default();
        if wall < SHORTEST {
            return (None, wall);
        }
        let share = (after - before) / 1000.0 / wall.as_secs_f64() / self.cpus * 100.0;
        (Some(share.clamp(0.0, 100.0)), wall)
    }

    /// Forgets everything: another process is watched now.
    pub fn reset(&mut self) {
        self.samples.clear();
        self.last.clear();
        self.total = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone, Utc};

    fn at(seconds: i64) -> Instant {
        Utc.timestamp_opt(1_000_000 + seconds, 0).unwrap()
    }

    fn used(pid: u32, started: i64, millis: u64) -> Used {
        Used { pid, started: u64::try_from(1_000_000 + started).unwrap(), millis }
    }

    fn meter() -> CpuMeter {
        CpuMeter::new(Duration::from_secs(300), Duration::from_secs(120), 4)
    }

    #[test]
    fn an_old_process_has_no_figure_until_the_second_sample() {
        let mut m = meter();
        m.record(at(0), at(-90_000), &[used(1, -90_000, 5_000_000)]);
        assert_eq!(m.average().0, None);
        m.record(at(30), at(-90_000), &[used(1, -90_000, 5_060_000)]);
        assert_eq!(m.average(), (Some(50.0), Duration::from_secs(30)));
    }

    #[test]
    fn a_young_process_has_a_figure_at_once() {
        let mut m = meter();
        m.record(at(10), at(0), &[used(1, 0, 4_000)]);
        assert_eq!(m.average(), (Some(10.0), Duration::from_secs(10)));
    }

    #[test]
    fn the_window_moves_on() {
        let mut m = meter();
        let mut millis = 0;
        for tick in 0..40_u32 {
            // Busy for the first 300 s, idle ever after.
            if tick <= 10 {
                millis = u64::from(tick) * 120_000;
            }
            m.record(at(i64::from(tick) * 30), at(0), &[used(1, 0, millis)]);
        }
        assert_eq!(m.average(), (Some(0.0), Duration::from_secs(300)));
    }

    #[test]
    fn children_that_end_take_nothing_away_and_new_ones_count() {
        let mut m = meter();
        m.record(at(0), at(-9_000), &[used(1, -9_000, 100), used(2, -10, 90_000)]);
        m.record(at(30), at(-9_000), &[used(1, -9_000, 100), used(2, -10, 102_000)]);
        m.record(at(60), at(-9_000), &[used(1, -9_000, 100), used(3, 40, 12_000)]);
        assert_eq!(m.average(), (Some(10.0), Duration::from_secs(60)));
        // The identifier of a dead child is used again: a new process, not a negative figure.
        m.record(at(90), at(-9_000), &[used(1, -9_000, 100), used(3, 80, 0)]);
        assert!(m.average().0.unwrap() > 0.0);
    }

    #[test]
    fn sleep_and_a_clock_set_back_start_it_anew() {
        let mut m = meter();
        m.record(at(0), at(-9_000), &[used(1, -9_000, 0)]);
        m.record(at(30), at(-9_000), &[used(1, -9_000, 60_000)]);
        m.record(at(30_000), at(-9_000), &[used(1, -9_000, 60_000)]);
        assert_eq!(m.average().0, None);
        m.record(at(30_030), at(-9_000), &[used(1, -9_000, 120_000)]);
        assert_eq!(m.average().0, Some(50.0));
        m.record(at(30_000) - TimeDelta::hours(5), at(-9_000), &[used(1, -9_000, 130_000)]);
        assert_eq!(m.average().0, None);
    }

    #[test]
    fn two_samples_at_once_do_not_divide_by_nothing() {
        let mut m = meter();
        m.record(at(0), at(0), &[used(1, 0, 0)]);
        m.record(at(0), at(0), &[used(1, 0, 5_000)]);
        assert_eq!(m.average().0, None);
    }
}
