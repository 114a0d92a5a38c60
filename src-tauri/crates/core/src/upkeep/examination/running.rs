//! The process as it runs: where it listens, what stands in its environment and on its command line. Linux tells; elsewhere it
//! is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::check::Place;
use crate::mask;
use crate::observe::ProcessTree;

/// Bytes that are read of an account of the system.
const LARGEST: u64 = 16 << 20;
/// Files that a process has open, at most.
const MOST_OPEN: usize = 65_536;
/// The number by which the kernel says that a socket waits for others.
const LISTENING: &str = "0A";

/// Where a process tree can be asked from the whole network: the process and the address.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn listening(tree: &ProcessTree) -> Result<Vec<Place>, String> {
    let mut found = Vec::new();
    for pid in pids(tree) {
        let folder = format!("/proc/{pid}");
        let inodes = sockets(Path::new(&folder)).map_err(|error| untold(pid, &error))?;
        for table in ["tcp", "tcp6"] {
            let text = match read(&format!("{folder}/net/{table}")) {
                Ok(text) => text,
                // A machine without IPv6 has no such table.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && table == "tcp6" => continue,
                Err(error) => return Err(untold(pid, &error)),
            };
            for (address, port, inode) in text.lines().skip(1).filter_map(line) {
                if inodes.contains(&inode) && !is_here(address) {
                    let shown = std::net::SocketAddr::new(address, port);
                    found.push(Place::new("", None, format!("process {pid} answers at {shown}")));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Names in the environment of a process tree that hold secrets.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn environment(tree: &ProcessTree) -> Result<Vec<Place>, String> {
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for pid in pids(tree) {
        let text = read(&format!("/proc/{pid}/environ")).map_err(|error| untold(pid, &error))?;
        for one in text.split('\0') {
            let Some((name, value)) = one.split_once('=') else { continue };
            let by_name = mask::names_a_secret(name) && value.len() >= 8 && !Path::new(value).is_absolute();
            if by_name || mask::find(value.as_bytes()).next().is_some() {
                names.entry(name.to_owned()).or_insert(pid);
            }
        }
    }
    Ok(names
        .into_iter()
        .map(|(name, pid)| Place::new("", None, format!("{name}, of process {pid}")))
        .collect())
}

/// Secrets on the command lines of a process tree.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn arguments(tree: &ProcessTree) -> Result<Vec<Place>, String> {
    let mut found = Vec::new();
    let mut look = |pid: u32, line: &str| {
        for hit in mask::find(line.as_bytes()) {
            let secret = String::from_utf8_lossy(&line.as_bytes()[hit.range]).into_owned();
            let text = format!("process {pid}: {} {}", hit.pattern, mask::veiled(&secret));
            found.push(Place::new("", None, text));
        }
    };
    look(tree.pid, &joined(tree.command.iter().map(String::as_str)));
    for pid in &tree.children {
        match read(&format!("/proc/{pid}/cmdline")) {
            Ok(text) => look(*pid, &joined(text.split('\0'))),
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && Path::new("/proc/self").exists() => {}
            Err(error) => return Err(untold(*pid, &error)),
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// A command line as one text; `--password hush` is a key and its value.
fn joined<'a>(arguments: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for argument in arguments {
        let after_key =
            line.rsplit(' ').next().is_some_and(|last| last.starts_with("--") && !last.contains('='));
        line.push(if after_key && !argument.starts_with('-') { '=' } else { ' ' });
        line.push_str(argument);
    }
    line
}

fn pids(tree: &ProcessTree) -> impl Iterator<Item = u32> + '_ {
    std::iter::once(tree.pid).chain(tree.children.iter().copied())
}

fn untold(pid: u32, error: &std::io::Error) -> String {
    if cfg!(target_os = "linux") {
        format!("Process {pid} cannot be asked: {error}.")
    } else {
        "This system does not say it without a program that would have to be run.".into()
    }
}

fn read(path: &str) -> std::io::Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The sockets that a process has open, by their numbers.
fn sockets(folder: &Path) -> std::io::Result<BTreeSet<u64>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder.join("fd"))?.take(MOST_OPEN) {
        // What was closed meanwhile is no matter.
        let Ok(target) = entry.and_then(|entry| std::fs::read_link(entry.path())) else { continue };
        let number: Option<u64> =
            target.to_str().and_then(|name| name.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        found.extend(number);
    }
    Ok(found)
}

/// Address, port and number of a socket that waits for others.
fn line(text: &str) -> Option<(IpAddr, u16, u64)> {
    let mut parts = text.split_whitespace();
    let local = parts.nth(1)?;
    let state = parts.nth(1)?;
    if state != LISTENING {
        return None;
    }
    let inode = parts.nth(5)?.parse().ok()?;
    let (address, port) = local.split_once(':')?;
    Some((ip(address)?, u16::from_str_radix(port, 16).ok()?, inode))
}

/// An address as the kernel writes it: words of four bytes, each the wrong way round.
fn ip(text: &str) -> Option<IpAddr> {
    let word = |text: &str| Some(u32::from_str_radix(text, 16).ok()?.to_ne_bytes());
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(text)?))),
        32 => {
            let mut bytes = [0; 16];
            for (index, four) in bytes.chunks_mut(4).enumerate() {
                four.copy_from_slice(&word(text.get(index * 8..index * 8 + 8)?)?);
            }
            let address = Ipv6Addr::from(bytes);
            Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4))
        }
        _ => None,
    }
}

/// Whether only this machine reaches an address.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_kernels_tables_are_read() {
        let all = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0";
        let (address, port, inode) = line(all).unwrap();
        assert_eq!((address.to_string().as_str(), port, inode), ("0.0.0.0", 8080, 12345));
        assert!(!is_here(address) && is_here(ip("0100007F").unwrap()));
        assert!(is_here(ip("00000000000000000000000001000000").unwrap()));
        assert!(!is_here(ip("00000000000000000000000000000000").unwrap()));
        assert!(is_here(ip("0000000000000000FFFF00000100007F").unwrap()));
        assert_eq!(line(&all.replace(" 0A ", " 01 ")), None, "one that is connected");
    }

    #[test]
    fn a_secret_on_a_command_line() {
        let line = joined(["python3", "x.py", "--password", "hunter2-hunter2", "-v"].into_iter());
        assert_eq!(line, " python3 x.py --password=hunter2-hunter2 -v");
    }
}
