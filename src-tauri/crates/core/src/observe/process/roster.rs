//! Everybody on the machine, read once for all who search.
//!
//! Reading the arguments of every process for each ecosystem and each minute would be most of what a tick costs: so all sensors of a
//! program share one list, and of it only what is new is read, until it is time to read everybody again.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use crate::clock::Instant;

/// A process is read at each look until it is so old, in seconds: one that was just forked still bears its parent's arguments.
const SETTLED: u64 = 10;

/// The list; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Roster(Arc<Mutex<Everybody>>);

/// All processes as they were read last.
#[derive(Debug, Default)]
pub(super) struct Everybody {
    processes: HashMap<u32, Entry>,
    /// When all of them were read, rather than the new ones.
    whole_at: Option<Instant>,
}

/// One process.
#[derive(Debug)]
pub(super) struct Entry {
    pub parent: Option<u32>,
    pub user: Option<u32>,
    pub arguments: Vec<OsString>,
    /// Seconds since 1970.
    pub started: u64,
    /// Found out for few: see [`Everybody::find_directories`].
    directory: Option<PathBuf>,
    settled: bool,
}

impl Roster {
    /// Shows everybody as of now. What turned into another program without a new identifier is seen once all were read, which is done
    /// where that was `whole_after` ago.
    ///
    /// # Errors
    /// When the system lists nobody.
    pub(super) fn look<T>(
        &self,
        now: Instant,
        whole_after: Duration,
        see: impl FnOnce(&mut Everybody) -> T,
    ) -> Result<T, String> {
        let mut everybody = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |at: Instant| (now - at).to_std().is_ok_and(|age| age < whole_after);
        if !everybody.whole_at.is_some_and(lately) || !everybody.read_new() {
            everybody.read_all()?;
            everybody.whole_at = Some(now);
        }
        Ok(see(&mut everybody))
    }
}

impl Everybody {
    fn read_all(&mut self) -> Result<(), String> {
        let mut all = System::new().map_err(|error| format!("cannot list the processes: {error}"))?;
        if all.refresh_processes_specifics(ProcessesToUpdate::All, true, owner_and_arguments()) == 0 {
            return Err("cannot list the processes: the system shows none".into());
        }
        self.processes.clear();
        self.take(&all);
        Ok(())
    }

    /// Reads those that came lately and forgets those that left; false where the system gives no cheap list.
    fn read_new(&mut self) -> bool {
        let Some(there) = listed() else { return false };
        self.processes.retain(|pid, _| there.contains(pid));
        let settled = |pid: &u32| self.processes.get(pid).is_some_and(|entry| entry.settled);
        let new: Vec<u32> = there.into_iter().filter(|pid| !settled(pid)).collect();
        let Some(read) = read(&new, owner_and_arguments()) else { return false };
        self.processes.retain(|pid, _| !new.contains(pid));
        self.take(&read);
        true
    }

    fn take(&mut self, read: &System) {
        let now = chrono::Utc::now().timestamp().cast_unsigned();
        self.processes.extend(read.processes().values().map(|process| {
            let entry = Entry {
                parent: process.parent().map(Pid::as_u32),
                user: process.user_id().map(|user| **user),
                arguments: process.cmd().to_vec(),
                started: process.start_time(),
                directory: None,
                settled: now.saturating_sub(process.start_time()) >= SETTLED,
            };
            (process.pid().as_u32(), entry)
        }));
    }

    /// Those for whom `wanted` holds.
    pub(super) fn who(&self, wanted: impl Fn(u32, &Entry) -> bool) -> Vec<u32> {
        self.processes.iter().filter(|(pid, entry)| wanted(**pid, entry)).map(|(pid, _)| *pid).collect()
    }

    /// Finds out where these work, as far as the system tells: of few, since each costs.
    pub(super) fn find_directories(&mut self, pids: &[u32]) {
        let unknown = |pid: &u32| self.processes.get(pid).is_some_and(|entry| entry.directory.is_none());
        let unknown: Vec<u32> = pids.iter().copied().filter(unknown).collect();
        let directory = ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always).without_tasks();
        let Some(read) = read(&unknown, directory) else { return };
        for (pid, process) in read.processes() {
            if let Some(entry) = self.processes.get_mut(&pid.as_u32()) {
                entry.directory = process.cwd().map(Path::to_owned);
            }
        }
    }

    /// Leaves those of `pids` that live still, as who they were when they were read.
    pub(super) fn alive(&self, pids: &mut Vec<u32>) {
        let Some(read) = read(pids, ProcessRefreshKind::nothing().without_tasks()) else { return };
        pids.retain(|pid| {
            let process = read.process(Pid::from_u32(*pid)).filter(|process| !is_dead(process));
            process.is_some_and(|process| {
                self.started(*pid).is_some_and(|at| same_start(at, process.start_time()))
            })
        });
    }

    /// One of them.
    pub(super) fn entry(&self, pid: u32) -> Option<&Entry> {
        self.processes.get(&pid)
    }

    /// When this one started, in seconds since 1970.
    pub(super) fn started(&self, pid: u32) -> Option<u64> {
        self.entry(pid).map(|entry| entry.started)
    }

    /// Who started whom.
    pub(super) fn parents(&self) -> HashMap<u32, u32> {
        self.processes.iter().filter_map(|(pid, entry)| Some((*pid, entry.parent?))).collect()
    }
}

impl Entry {
    /// Where it works, where that was found out.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }
}

/// Start times are counted from the boot time, which two readings may round differently.
pub(super) fn same_start(a: u64, b: u64) -> bool {
    a.abs_diff(b) <= 2
}

/// Whether nothing is left of it but an entry that its parent has not collected yet.
pub(super) fn is_dead(process: &Process) -> bool {
    matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}

/// Both in one go: each listing opens several files of every process anew.
fn owner_and_arguments() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing().with_user(UpdateKind::Always).with_cmd(UpdateKind::Always).without_tasks()
}

fn read(pids: &[u32], what: ProcessRefreshKind) -> Option<System> {
    let mut some = System::new().ok()?;
    let pids: Vec<Pid> = pids.iter().map(|pid| Pid::from_u32(*pid)).collect();
    if !pids.is_empty() {
        some.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, what);
    }
    Some(some)
}

/// The identifiers of all processes.
#[cfg(target_os = "linux")]
fn listed() -> Option<HashSet<u32>> {
    let entries = std::fs::read_dir("/proc").ok()?;
    Some(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// The same; here a listing without arguments is cheap.
#[cfg(not(target_os = "linux"))]
fn listed() -> Option<HashSet<u32>> {
    let mut all = System::new().ok()?;
    let count = all.refresh_processes_specifics(
        ProcessesToUpdate::All,
        true,
        ProcessRefreshKind::nothing().without_tasks(),
    );
    (count > 0).then(|| all.processes().keys().map(|pid| pid.as_u32()).collect())
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;
    use crate::clock::{Clock, WallClock};

    const HOUR: Duration = Duration::from_secs(3600);

    fn sleep() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    fn end(mut child: Child) {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn runs_sleep(roster: &Roster, now: Instant, whole_after: Duration, pid: u32) -> bool {
        let sleeps = |everybody: &mut Everybody| {
            everybody
                .entry(pid)
                .is_some_and(|entry| entry.arguments.first().is_some_and(|one| one == "sleep"))
        };
        roster.look(now, whole_after, sleeps).unwrap()
    }

    #[test]
    fn who_comes_and_who_leaves_is_known_without_reading_everybody() {
        let (roster, now) = (Roster::default(), WallClock.now());
        let before = sleep();
        assert!(roster.look(now, HOUR, |all| all.entry(std::process::id()).is_some()).unwrap());
        // A trace that only a reading of everybody wipes away.
        roster
            .look(now, HOUR, |all| all.processes.get_mut(&1).unwrap().arguments = vec!["mark".into()])
            .unwrap();
        let child = sleep();
        let begun = std::time::Instant::now();
        while !runs_sleep(&roster, now, HOUR, child.id()) {
            assert!(begun.elapsed() < Duration::from_secs(10), "it was not read again after it was forked");
        }
        let gone = before.id();
        end(before);
        assert!(roster.look(now, HOUR, |all| all.entry(gone).is_none()).unwrap());
        let marked = |all: &mut Everybody| all.entry(1).unwrap().arguments == ["mark"];
        assert!(roster.look(now, HOUR, marked).unwrap());
        assert!(!roster.look(now, Duration::ZERO, marked).unwrap());
        assert!(runs_sleep(&roster, now, HOUR, child.id()));
        end(child);
    }

    #[test]
    fn a_dead_entry_does_not_live_and_neither_does_who_has_anothers_identifier() {
        let (roster, now) = (Roster::default(), WallClock.now());
        let (mut dead, child) = (sleep(), sleep());
        let ids = [dead.id(), child.id()];
        let alive = |all: &mut Everybody| {
            let mut left = ids.to_vec();
            all.alive(&mut left);
            left
        };
        assert_eq!(roster.look(now, HOUR, alive).unwrap(), ids);
        dead.kill().unwrap();
        let begun = std::time::Instant::now();
        while roster.look(now, HOUR, alive).unwrap() != [child.id()] {
            assert!(begun.elapsed() < Duration::from_secs(10), "it is dead");
        }
        let other = |all: &mut Everybody| {
            all.processes.get_mut(&child.id()).unwrap().started -= 100;
            alive(all)
        };
        assert!(roster.look(now, HOUR, other).unwrap().is_empty());
        dead.wait().unwrap();
        end(child);
    }

    #[test]
    fn a_directory_is_found_out_for_whom_it_is_asked() {
        let (roster, now) = (Roster::default(), WallClock.now());
        let me = std::process::id();
        let here = std::env::current_dir().unwrap();
        let directory = |all: &Everybody| all.entry(me).unwrap().directory().map(Path::to_owned);
        let (before, after) = roster
            .look(now, HOUR, |all| {
                let before = directory(all);
                all.find_directories(&[me]);
                (before, directory(all))
            })
            .unwrap();
        assert_eq!((before, after), (None, Some(here)));
    }
}
