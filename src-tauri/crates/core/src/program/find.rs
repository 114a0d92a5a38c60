//! Where a program is, told without running it.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Of a script's first line the system reads no more.
const LONGEST_LINE: u64 = 256;

/// Finds the program `name`, as a system that runs it in `folder` would.
///
/// # Errors
/// Why it cannot be run, in words.
pub fn find(name: &str, folder: &Path) -> Result<PathBuf, String> {
    let runs = |path: &Path| {
        path.metadata().is_ok_and(|seen| seen.is_file() && seen.permissions().mode() & 0o111 != 0)
    };
    let called = super::clean(name, 200);
    if name.contains('/') {
        let path = folder.join(name);
        return match path.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(format!("{called} is not there"))
            }
            Err(error) => Err(format!("{called} cannot be looked at: {error}")),
            Ok(seen) if !seen.is_file() => Err(format!("{called} is no file")),
            Ok(_) if !runs(&path) => Err(format!("{called} is not executable (chmod +x makes it so)")),
            Ok(_) => asked_for(&path, folder)
                .map_or(Ok(()), |asked| find(&asked, folder).map(drop))
                .map(|()| path)
                .map_err(|why| format!("{called} cannot be run: {why}")),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        // As the system does, from the folder it runs in.
        .map(|place| folder.join(place).join(name))
        .find(|place| runs(place))
        .ok_or_else(|| format!("{called} is not installed, or not on the PATH"))
}

/// The program that a script asks for in its first line.
fn asked_for(script: &Path, folder: &Path) -> Option<String> {
    let mut head = Vec::new();
    std::fs::File::open(script).ok()?.take(LONGEST_LINE).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line).into_owned();
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let by_name = Path::new(first).file_name().is_some_and(|name| name == "env");
    let asked =
        if by_name { words.find(|word| !word.starts_with('-') && !word.contains('=')) } else { Some(first) };
    // One that asks for itself, or for a script that asks for it, is left to the system.
    asked.filter(|asked| !asked.contains('/') || !is_script(&folder.join(asked))).map(str::to_owned)
}

fn is_script(path: &Path) -> bool {
    let mut head = [0; 2];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"#!"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("run.sh");
        std::fs::write(&script, "#!/bin/sh\n").unwrap();
        let why = |name: &str| find(name, dir.path()).unwrap_err();
        assert!(why("./run.sh").contains("not executable"));
        assert!(why("./none.sh").contains("is not there"));
        assert!(why("./").contains("is no file"));
        assert!(why("surely-not-installed").contains("not installed"));
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(find("./run.sh", dir.path()), Ok(dir.path().join("./run.sh")));
        assert!(find("sh", dir.path()).is_ok());
        std::fs::write(&script, "#!/nowhere/python3\n").unwrap();
        assert_eq!(why("./run.sh"), "./run.sh cannot be run: /nowhere/python3 is not there");
        std::fs::write(&script, "#!/usr/bin/env -S surely-not-installed -x\n").unwrap();
        assert!(why("./run.sh").contains("surely-not-installed is not installed"));
        std::fs::write(&script, "#!./run.sh\n").unwrap();
        assert!(find("./run.sh", dir.path()).is_ok());
    }
}
