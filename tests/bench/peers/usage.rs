//! What processes cost, by the kernel's own accounts.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What a process has used since it started, and what it holds now.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Processor time.
    pub cpu: Duration,
    /// How often a thread was given the processor after it had waited.
    pub wakeups: u64,
    /// Both of each thread: one that ends takes its account along.
    threads: HashMap<OsString, (Duration, u64)>,
    /// Resident bytes.
    pub resident: u64,
    /// Bytes that this process alone has written: nobody shares them, and the kernel cannot drop them.
    pub private: u64,
    /// Bytes of files that only this process has mapped just now: the kernel drops them when memory is short.
    pub clean: u64,
}

impl Usage {
    /// Reads the accounts of `pid`.
    pub fn of(pid: u32) -> Result<Self> {
        let process = Path::new("/proc").join(pid.to_string());
        let mut usage = Self::default();
        for thread in std::fs::read_dir(process.join("task"))? {
            let entry = thread?;
            let thread = entry.path();
            // A thread may end between the listing and the reading.
            let Ok(account) = std::fs::read_to_string(thread.join("schedstat")) else { continue };
            let Ok(status) = std::fs::read_to_string(thread.join("status")) else { continue };
            let cpu = Duration::from_nanos(account.split(' ').next().unwrap_or("0").parse()?);
            let wakeups = figure(&status, "voluntary_ctxt_switches:")?;
            usage.cpu += cpu;
            usage.wakeups += wakeups;
            usage.threads.insert(entry.file_name(), (cpu, wakeups));
        }
        let memory = std::fs::read_to_string(process.join("smaps_rollup"))?;
        usage.resident = figure(&memory, "Rss:")? * 1024;
        usage.private = figure(&memory, "Private_Dirty:")? * 1024;
        usage.clean = figure(&memory, "Private_Clean:")? * 1024;
        Ok(usage)
    }

    /// What was used since `before`, and what is held now; what a thread used before it ended in between is lost.
    pub fn since(&self, before: &Self) -> Self {
        let mut spent = Self { cpu: Duration::ZERO, wakeups: 0, ..self.clone() };
        for (thread, (cpu, wakeups)) in &self.threads {
            let (cpu_before, wakeups_before) = before.threads.get(thread).copied().unwrap_or_default();
            spent.cpu += cpu.saturating_sub(cpu_before);
            spent.wakeups += wakeups.saturating_sub(wakeups_before);
        }
        spent
    }
}

/// The largest memory this process ever held.
pub fn own_peak() -> Result<u64> {
    Ok(figure(&std::fs::read_to_string("/proc/self/status")?, "VmHWM:")? * 1024)
}

/// The largest memory the process `pid` has held so far.
pub fn peak(pid: u32) -> Result<u64> {
    Ok(figure(&std::fs::read_to_string(format!("/proc/{pid}/status"))?, "VmHWM:")? * 1024)
}

/// The processes below `pid`, with their names.
pub fn descendants(pid: u32) -> Result<Vec<(u32, String)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else { continue };
        let mut rest = stat[close + 1..].split_whitespace();
        let alive = rest.next() != Some("Z");
        let parent = rest.next().and_then(|parent| parent.parse::<u32>().ok());
        if let Some(parent) = parent.filter(|_| alive) {
            all.push((id, parent, stat[open + 1..close].to_owned()));
        }
    }
    let mut found: Vec<(u32, String)> = Vec::new();
    let mut family = vec![pid];
    while let Some(parent) = family.pop() {
        for (id, _, name) in all.iter().filter(|(_, of, _)| *of == parent) {
            family.push(*id);
            found.push((*id, name.clone()));
        }
    }
    Ok(found)
}

/// Processor time of this process and all its threads.
pub fn own_cpu() -> Duration {
    clock(rustix::time::ClockId::ProcessCPUTime)
}

/// Processor time of this thread alone.
pub fn thread_cpu() -> Duration {
    clock(rustix::time::ClockId::ThreadCPUTime)
}

fn clock(id: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(id);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Processor time of every child that has ended and was waited for, with their own children.
pub fn children_cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let close = stat.rfind(')').context("an account of another shape")?;
    // After the name: the 14th and 15th figure, in hundredths of a second.
    let ticks: u64 =
        stat[close + 1..].split_whitespace().skip(13).take(2).map(|f| f.parse().unwrap_or(0_u64)).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// Processor time of a child with one thread, once it has ended; it is not waited for yet.
pub fn ended_cpu(pid: u32) -> Result<Duration> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let id = Pid::from_raw(i32::try_from(pid)?).context("no such child")?;
    waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    // The account of what has ended stays until it is waited for.
    let account = std::fs::read_to_string(format!("/proc/{pid}/schedstat"))?;
    Ok(Duration::from_nanos(account.split(' ').next().unwrap_or("0").parse()?))
}

fn figure(text: &str, key: &str) -> Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("no {key}"))?;
    Ok(line.split_whitespace().next().unwrap_or("0").parse()?)
}

/// The middle one.
pub fn median(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// How long `command` takes, and the most memory it was seen to hold.
pub fn run(command: &mut Command) -> Result<(Duration, u64)> {
    // Into a pipe: grep stops at its first hit where it writes to nowhere. What it prints fits into the pipe.
    run_into(command, Stdio::piped())
}

/// The same of a command that prints more than a pipe holds.
pub fn run_into(command: &mut Command, out: Stdio) -> Result<(Duration, u64)> {
    let begun = Instant::now();
    let mut child = command.stdout(out).spawn()?;
    let pid = child.id();
    let looked = std::thread::spawn(move || {
        let mut most = 0;
        // A process that has ended tells no peak.
        while let Ok(now) = peak(pid) {
            most = now.max(most);
            std::thread::sleep(Duration::from_millis(1));
        }
        most
    });
    ended_cpu(pid)?;
    let took = begun.elapsed();
    let most = looked.join().unwrap_or(0);
    child.wait()?;
    Ok((took, most))
}
