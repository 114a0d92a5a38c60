//! The watched process and its children, found by what they run and read with native counters.

mod cpu;
mod heaviest;
mod inside;
mod list;
mod matching;
mod roster;
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
pub use self::roster::Roster;
pub use self::started::started;

use self::roster::{Entry, Everybody, is_dead, same_start};
use super::{ProcessSeen, ProcessTree};
use crate::clock::Instant;
use crate::profile::{ProcessMatch, Sampling};

/// How long a process may take to begin or to end.
const MOMENT: Duration = Duration::from_millis(50);

/// Looks for the watched process: cheap while it is known, a search through all processes now and then.
#[derive(Debug)]
pub struct ProcessSensor {
    wanted: ProcessMatch,
    own_user: u32,
    discovery: Duration,
    /// Holds the tree only, so that a steady look costs what the tree has, not what the machine has.
    system: Option<System>,
    known: Option<Known>,
    searched_at: Option<Instant>,
    /// Whether the next search reads everybody: a person asked.
    anew: bool,
    roster: Roster,
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
            anew: false,
            roster: Roster::default(),
            meter: CpuMeter::new(sampling.cpu_window, longest_gap, cpus),
            left_behind: HashMap::new(),
        }
    }

    /// Searches in what others of this program read too.
    #[must_use]
    pub fn among(mut self, roster: Roster) -> Self {
        self.roster = roster;
        self
    }

    /// Has the next look search through everybody, whatever is known.
    pub fn search_anew(&mut self) {
        self.searched_at = None;
        self.anew = true;
    }

    /// Looks at the process; the error says why it cannot be told whether it is there.
    pub fn look(&mut self, now: Instant) -> Result<ProcessSeen, String> {
        self.refresh_known();
        let due =
            self.searched_at.is_none_or(|at| (now - at).to_std().map_or(true, |age| age >= self.discovery));
        let lives = self.main_lives();
        if due || !lives {
            let found = match self.search(now, lives) {
                // A process that is just beginning or ending has no directory for a moment.
                Ok(Search::Unsure(_)) => {
                    std::thread::sleep(MOMENT);
                    self.search(now, lives)
                }
                found => found,
            };
            match found {
                Ok(found) => {
                    self.searched_at = Some(now);
                    self.anew = false;
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
        self.main().is_some_and(|p| !is_dead(p))
    }

    fn main(&self) -> Option<&Process> {
        self.system.as_ref()?.process(Pid::from_u32(self.known.as_ref()?.pid))
    }

    /// Searches all processes; everybody's arguments are read anew ten times as rarely while the watched process is there.
    fn search(&mut self, now: Instant, lives: bool) -> Result<Search, String> {
        let whole_after = match (self.anew, lives) {
            (true, _) => Duration::ZERO,
            (false, true) => self.discovery.saturating_mul(10),
            (false, false) => self.discovery,
        };
        let roster = self.roster.clone();
        roster.look(now, whole_after, |everybody| self.search_among(everybody))
    }

    fn search_among(&mut self, everybody: &mut Everybody) -> Search {
        self.left_behind.retain(|pid, at| everybody.started(*pid).is_some_and(|now| same_start(now, *at)));
        let rule = Rule::new(&self.wanted);
        // In two steps, so that directories are read of few only.
        let named = everybody.who(|pid, entry| {
            pid != std::process::id()
                && !self.left_behind.contains_key(&pid)
                && rule.fits_arguments(self.candidate(entry))
        });
        everybody.find_directories(&named);
        let fit = |pid: &u32| everybody.entry(*pid).map_or(Fit::No, |entry| rule.fits(self.candidate(entry)));
        let (mut fitting, mut unsure) = (Vec::new(), Vec::new());
        for pid in named {
            match fit(&pid) {
                Fit::Yes => fitting.push(pid),
                Fit::DirectoryUnknown => unsure.push(pid),
                Fit::No => {}
            }
        }
        everybody.alive(&mut fitting);
        everybody.alive(&mut unsure);
        let matches = fitting.into_iter().filter_map(|pid| Some((pid, everybody.started(pid)?))).collect();
        match arrange(&matches, &everybody.parents()) {
            Some((main, children, twins)) => Search::Found { main, children, twins },
            None if unsure.is_empty() => Search::Nothing,
            None => Search::Unsure(unsure),
        }
    }

    fn candidate<'a>(&self, entry: &'a Entry) -> Candidate<'a> {
        let own = entry.user == Some(self.own_user);
        Candidate { arguments: &entry.arguments, directory: entry.directory(), own }
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
