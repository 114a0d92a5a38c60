//! Who works in a folder: has it as working directory, or a file in it open for writing.

use std::path::{Path, PathBuf};

/// A process that works in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Its number.
    pub pid: u32,
    /// What it runs.
    pub command: String,
    /// The file that it has open for writing, or its working directory.
    pub path: PathBuf,
    /// Whether it has a file open for writing.
    pub writes: bool,
}

/// All processes but this one that work in one of `folders`, as far as this user may know; a file may stand for a folder.
///
/// `folders` are as the system names them, without links. Where the system does not list open files (macOS), only
/// working directories are told.
pub fn inside(folders: &[PathBuf]) -> Vec<Inside> {
    let within = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
    let mut found = Vec::new();
    for process in super::list() {
        let writes = written_by(process.pid, &within);
        let path = match &writes {
            Some(path) => Some(path.clone()),
            None => process.directory.filter(|path| within(path)),
        };
        if let Some(path) = path {
            let words: Vec<_> = process.arguments.iter().take(4).map(|word| word.to_string_lossy()).collect();
            found.push(Inside { pid: process.pid, command: words.join(" "), path, writes: writes.is_some() });
        }
    }
    found
}

/// One of the files `within` that a process has open for writing.
#[cfg(target_os = "linux")]
fn written_by(pid: u32, within: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let handles = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let writes = |number: &std::ffi::OsStr| {
        let told = Path::new("/proc").join(pid.to_string()).join("fdinfo").join(number);
        let told = std::fs::read_to_string(told).unwrap_or_default();
        let flags = told.lines().find_map(|line| line.strip_prefix("flags:"));
        // The lowest two bits: 0 = for reading only.
        flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| flags & 3 != 0)
    };
    handles.flatten().find_map(|handle| {
        let path = std::fs::read_link(handle.path()).ok().filter(|path| within(path))?;
        writes(&handle.file_name()).then_some(path)
    })
}

#[cfg(not(target_os = "linux"))]
fn written_by(_pid: u32, _within: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn who_writes_who_is_there_and_who_only_reads() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap();
        let file = folder.join("log");
        std::fs::write(&file, "x").unwrap();
        let open = |script: &str, at: &Path| {
            let mut command = std::process::Command::new("sh");
            // The shell says when it is there.
            command.args(["-c", &format!("{script}; echo ready; read end")]).arg("sh").arg(&file);
            command.current_dir(at).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut said = String::new();
            let out = child.stdout.as_mut().unwrap();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut said).unwrap();
            child
        };
        let outside = Path::new("/");
        let mut children =
            [open("exec 5>>\"$1\"", outside), open("exec 5<\"$1\"", outside), open(":", &folder)];
        let mut found = inside(std::slice::from_ref(&folder));
        found.sort_by_key(|one| one.writes);
        let told: Vec<_> = found.iter().map(|one| (one.pid, one.writes, one.path.clone())).collect();
        let expected = [(children[2].id(), false, folder), (children[0].id(), true, file.clone())];
        assert_eq!(told, expected);
        assert!(found[0].command.starts_with("sh -c"), "{found:?}");
        for child in &mut children {
            drop(child.stdin.take());
            child.wait().unwrap();
        }
    }
}
