//! The watched process and its children, found by what they run and read with native counters.

mod cpu;
mod heaviest;
mod inside;
mod list;
mod matching;
mod newcomers;
mod started;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::DateTime;
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

pub use self::cpu::{CpuMeter, Used};
pub use self::heaviest::{HeavyProcess, heaviest};
pub use self::inside::{Inside, inside};
pub use self::list::list;
pub use self::matching::{Candidate, Fit, Rule};
pub use self::started::started;

use self::newcomers::Newcomers;
use super::{ProcessSeen, ProcessTree};
use crate::clock::Instant;
use crate::profile::{ProcessMatch, Sampling};

/// How long a process may take to begin or to end.
const MOMENT: Duration = Duration::from_millis(50);

/// Looks for the watched process: cheap while it is known, a search through all processes when it is not.
#[derive(Debug)]
pub struct ProcessSensor {
    wanted: ProcessMatch,
    own_user: u32,
    discovery: Duration,
    /// Holds the tree only, so that a steady look costs what the tree has, not what the machine has.
    system: Option<System>,
    known: Option<Known>,
    searched_at: Option<Instant>,
    /// When the last search through all processes was, rather than through those that came lately.
    searched_all_at: Option<Instant>,
    newcomers: Newcomers,
    meter: CpuMeter,
    /// Children that outlived their main process: forked workers look just like it, but are not it.
    left_behind: HashMap<u32, u64>,
}

/// The tree as the last look knew it.
#[derive(Debug)]
struct Known {
    pid: u32,
    started: u64,
    children: BTreeMap<u32, u64>,
    twins: Vec<u32>,
}

/// What a search through all processes found.
enum Search {
    Found {
        main: u32,
        children: Vec<u32>,
        twins: Vec<u32>,
    },
    Nothing,
    /// These fit but for their working directory, which the system does not tell.
    Unsure(Vec<u32>),
}

impl ProcessSensor {
    /// Makes a sensor for the process that `wanted` describes.
    pub fn new(wanted: ProcessMatch, sampling: &Sampling) -> Self {
        let mut system = System::new().ok();
        let cpus = system.as_mut().map_or(0, |system| {
            system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
            system.cpus().len()
        });
        let cpus = if cpus > 0 { cpus } else { std::thread::available_parallelism().map_or(1, usize::from) };
        // A tick may come late on a busy machine; beyond this it was asleep.
        let longest_gap = sampling.closed.max(sampling.open) * 3 + Duration::from_secs(30);
        Self {
            wanted,
            own_user: rustix::process::getuid().as_raw(),
            discovery: sampling.discovery,
            system,
            known: None,
            searched_at: None,
            searched_all_at: None,
            newcomers: Newcomers::default(),
            meter: CpuMeter::new(sampling.cpu_window, longest_gap, cpus),
            left_behind: HashMap::new(),
        }
    }

    /// Looks at the process; the error says why it cannot be told whether it is there.
    pub fn look(&mut self, now: Instant) -> Result<ProcessSeen, String> {
        self.refresh_known();
        let due =
            self.searched_at.is_none_or(|at| (now - at).to_std().map_or(true, |age| age >= self.discovery));
        let lives = self.main_lives();
        if lives && due && self.nothing_new(now) {
            self.searched_at = Some(now);
        } else if due || !lives {
            let found = match self.search() {
                // A process that is just beginning or ending has no directory for a moment.
                Ok(Search::Unsure(_)) => {
                    std::thread::sleep(MOMENT);
                    self.search()
                }
                found => found,
            };
            match found {
                Ok(found) => {
                    self.searched_at = Some(now);
                    self.searched_all_at = Some(now);
                    self.take(found)?;
                }
                // What is known can be told without the others.
                Err(_) if lives => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(self.report(now))
    }

    /// Reads the known tree again and looks for new children where that is cheap.
    fn refresh_known(&mut self) {
        let (Some(system), Some(known)) = (&mut self.system, &mut self.known) else { return };
        let mut pids: Vec<u32> = std::iter::once(known.pid).chain(known.children.keys().copied()).collect();
        let mut index = 0;
        while index < pids.len() {
            for child in children_now(pids[index]) {
                if !pids.contains(&child) {
                    pids.push(child);
                }
            }
            index += 1;
        }
        refresh_tree(system, &pids);
        known.children = pids[1..]
            .iter()
            .filter_map(|pid| Some((*pid, system.process(Pid::from_u32(*pid))?.start_time())))
            // An identifier that was known with another start belongs to a stranger now.
            .filter(|(pid, started)| known.children.get(pid).is_none_or(|before| before == started))
            .collect();
        if system.process(Pid::from_u32(known.pid)).is_none_or(|p| p.start_time() != known.started) {
            self.left_behind.extend(known.children.iter().map(|(pid, started)| (*pid, *started)));
            self.known = None;
            self.meter.reset();
        }
    }

    /// Whether the main process is there and more than an entry that its parent has not collected yet.
    fn main_lives(&self) -> bool {
        self.main().is_some_and(|p| !matches!(p.status(), ProcessStatus::Zombie | ProcessStatus::Dead))
    }

    fn main(&self) -> Option<&Process> {
        self.system.as_ref()?.process(Pid::from_u32(self.known.as_ref()?.pid))
    }

    /// Whether a search through all processes would find what the last one found.
    ///
    /// A process that turns into another program without a new identifier is missed until the next search through
    /// all, ten times as rare; where the watched process is not there, every search goes through all.
    fn nothing_new(&mut self, now: Instant) -> bool {
        let Some(new) = self.newcomers.look() else { return false };
        let Some(known) = &self.known else { return false };
        let lately =
            |at: Instant| (now - at).to_std().is_ok_and(|age| age < self.discovery.saturating_mul(10));
        let twins_left = known.twins.iter().any(|pid| !self.newcomers.lists(*pid));
        if !self.searched_all_at.is_some_and(lately) || twins_left || !self.left_behind.is_empty() {
            return false;
        }
        let expected =
            |pid| pid == known.pid || known.children.contains_key(&pid) || known.twins.contains(&pid);
        let new: Vec<Pid> = new.into_iter().filter(|pid| !expected(*pid)).map(Pid::from_u32).collect();
        if new.is_empty() {
            return true;
        }
        let Ok(mut some) = System::new() else { return false };
        some.refresh_processes_specifics(ProcessesToUpdate::Some(&new), true, owner_and_arguments());
        let rule = Rule::new(&self.wanted);
        !some.processes().values().any(|p| self.is_candidate(&rule, p))
    }

    /// Whether owner and arguments are those of the watched process.
    fn is_candidate(&self, rule: &Rule, p: &Process) -> bool {
        let pid = p.pid().as_u32();
        pid != std::process::id()
            && (!self.wanted.own_only || self.is_own(p))
            && rule.fits_arguments(Candidate { arguments: p.cmd(), directory: None, own: self.is_own(p) })
            && !self.left_behind.contains_key(&pid)
            && !matches!(p.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
    }

    fn is_own(&self, p: &Process) -> bool {
        p.user_id().is_some_and(|user| **user == self.own_user)
    }

    /// Searches all processes in two steps, so that directories are read of few only.
    fn search(&mut self) -> Result<Search, String> {
        let mut all = System::new().map_err(|e| format!("cannot list the processes: {e}"))?;
        if all.refresh_processes_specifics(ProcessesToUpdate::All, true, owner_and_arguments()) == 0 {
            return Err("cannot list the processes: the system shows none".into());
        }
        let started = |pid: u32| all.process(Pid::from_u32(pid)).map(Process::start_time);
        self.left_behind.retain(|pid, at| started(*pid).is_some_and(|now| same_start(now, *at)));
        let rule = Rule::new(&self.wanted);
        let named: Vec<Pid> =
            all.processes().values().filter(|p| self.is_candidate(&rule, p)).map(Process::pid).collect();
        if !named.is_empty() {
            let directory = ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always).without_tasks();
            all.refresh_processes_specifics(ProcessesToUpdate::Some(&named), true, directory);
        }
        let mut matches = HashMap::new();
        let mut unsure = Vec::new();
        for process in named.iter().filter_map(|pid| all.process(*pid)) {
            match rule.fits(Candidate {
                arguments: process.cmd(),
                directory: process.cwd(),
                own: self.is_own(process),
            }) {
                Fit::Yes => drop(matches.insert(process.pid().as_u32(), process.start_time())),
                Fit::DirectoryUnknown => unsure.push(process.pid().as_u32()),
                Fit::No => {}
            }
        }
        let parents: HashMap<u32, u32> =
            all.processes().values().filter_map(|p| Some((p.pid().as_u32(), p.parent()?.as_u32()))).collect();
        Ok(match arrange(&matches, &parents) {
            Some((main, children, twins)) => Search::Found { main, children, twins },
            None if unsure.is_empty() => Search::Nothing,
            None => Search::Unsure(unsure),
        })
    }

    fn take(&mut self, search: Search) -> Result<(), String> {
        match search {
            Search::Found { main, children, twins } => {
                let Some(system) = &mut self.system else {
                    return Err("cannot read processes: the system gives no counters".into());
                };
                let pids: Vec<u32> = std::iter::once(main).chain(children).collect();
                refresh_tree(system, &pids);
                let started = |pid: u32| system.process(Pid::from_u32(pid)).map(Process::start_time);
                let Some(main_started) = started(main) else {
                    self.known = None;
                    return Ok(());
                };
                if self.known.as_ref().is_none_or(|k| (k.pid, k.started) != (main, main_started)) {
                    self.meter.reset();
                }
                let children = pids[1..].iter().filter_map(|pid| Some((*pid, started(*pid)?))).collect();
                self.known = Some(Known { pid: main, started: main_started, children, twins });
            }
            // A dead entry that is still listed stays what is shown until something better is found.
            Search::Nothing | Search::Unsure(_) if self.main().is_some() => {}
            Search::Nothing => self.known = None,
            Search::Unsure(pids) => {
                self.known = None;
                let pids: Vec<String> = pids.iter().take(5).map(u32::to_string).collect();
                return Err(format!(
                    "process {} runs the right program, but the system does not tell its working directory; \
                     run Caretaker as the user who started it",
                    pids.join(", ")
                ));
            }
        }
        Ok(())
    }

    fn report(&mut self, now: Instant) -> ProcessSeen {
        let (Some(system), Some(known)) = (&self.system, &self.known) else { return ProcessSeen::Gone };
        let Some(main) = system.process(Pid::from_u32(known.pid)) else { return ProcessSeen::Gone };
        let tree: Vec<&Process> = std::iter::once(known.pid)
            .chain(known.children.keys().copied())
            .filter_map(|pid| system.process(Pid::from_u32(pid)))
            .collect();
        let started_at = i64::try_from(known.started)
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .unwrap_or_default();
        let used: Vec<Used> = tree
            .iter()
            .map(|p| Used {
                pid: p.pid().as_u32(),
                started: p.start_time(),
                millis: p.accumulated_cpu_time(),
            })
            .collect();
        self.meter.record(now, started_at, &used);
        let (cpu_percent, cpu_window) = self.meter.average();
        ProcessSeen::Running(ProcessTree {
            pid: known.pid,
            started_at,
            command: main.cmd().iter().map(|a| a.to_string_lossy().into_owned()).collect(),
            run_state: run_state(main.status()).into(),
            children: known.children.keys().copied().collect(),
            cpu_percent,
            cpu_window,
            memory: tree.iter().map(|p| p.memory()).sum(),
            twins: known.twins.clone(),
        })
    }
}

/// Start times are counted from the boot time, which two readings may round differently.
fn same_start(a: u64, b: u64) -> bool {
    a.abs_diff(b) <= 2
}

/// Both in one go: each listing opens several files of every process anew.
fn owner_and_arguments() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing().with_user(UpdateKind::Always).with_cmd(UpdateKind::Always).without_tasks()
}

fn refresh_tree(system: &mut System, pids: &[u32]) {
    let pids: Vec<Pid> = pids.iter().map(|pid| Pid::from_u32(*pid)).collect();
    let kind = ProcessRefreshKind::nothing()
        .with_cpu()
        .with_memory()
        .with_cmd(UpdateKind::OnlyIfNotSet)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
}

/// Tells the main process, its descendants, and the twins: other instances with no matching ancestor.
///
/// The main one is the oldest: a second one started by mistake must not take its place.
fn arrange(matches: &HashMap<u32, u64>, parents: &HashMap<u32, u32>) -> Option<(u32, Vec<u32>, Vec<u32>)> {
    let ancestors = |pid: u32| {
        // Bounded: a listing taken while processes come and go may hold a circle.
        std::iter::successors(parents.get(&pid).copied(), |p| parents.get(p).copied()).take(64)
    };
    let mut roots: Vec<u32> =
        matches.keys().copied().filter(|pid| !ancestors(*pid).any(|a| matches.contains_key(&a))).collect();
    roots.sort_by_key(|pid| (matches.get(pid).copied(), *pid));
    let main = *roots.first()?;
    let mut children: Vec<u32> =
        parents.keys().copied().filter(|pid| *pid != main && ancestors(*pid).any(|a| a == main)).collect();
    children.sort_unstable();
    Some((main, children, roots.split_off(1)))
}

fn run_state(status: ProcessStatus) -> &'static str {
    match status {
        ProcessStatus::Run | ProcessStatus::Waking => "running",
        ProcessStatus::Sleep | ProcessStatus::Idle | ProcessStatus::Parked => "sleeping",
        ProcessStatus::Stop | ProcessStatus::Suspended => "stopped",
        ProcessStatus::Tracing => "traced",
        ProcessStatus::Zombie => "zombie",
        ProcessStatus::Dead => "dead",
        ProcessStatus::UninterruptibleDiskSleep | ProcessStatus::LockBlocked | ProcessStatus::Wakekill => {
            "waiting"
        }
        _ => "unknown",
    }
}

/// The children of `pid` right now, where the kernel lists them; those that other threads of it started
/// come with the next search.
#[cfg(target_os = "linux")]
fn children_now(pid: u32) -> Vec<u32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .map(|list| list.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect())
        .unwrap_or_default()
}

/// Elsewhere children come with the next search.
#[cfg(not(target_os = "linux"))]
fn children_now(_pid: u32) -> Vec<u32> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_the_main_one_and_what_it_started_is_no_twin() {
        // 10 started 11 (same script: a worker), 11 started 12; 20 is a second instance; 30 is a shell.
        let matches = HashMap::from([(20, 90), (10, 50), (11, 50), (21, 95)]);
        let parents = HashMap::from([(10, 1), (11, 10), (12, 11), (20, 30), (30, 1), (21, 20)]);
        assert_eq!(arrange(&matches, &parents), Some((10, vec![11, 12], vec![20])));
        assert_eq!(arrange(&HashMap::new(), &parents), None);
    }

    #[test]
    fn a_circle_of_parents_does_not_hang() {
        let parents = HashMap::from([(1, 2), (2, 1), (3, 1)]);
        assert!(arrange(&HashMap::from([(3, 5)]), &parents).is_some());
    }
}
