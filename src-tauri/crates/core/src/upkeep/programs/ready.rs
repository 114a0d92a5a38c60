//! Whether a program can be run at all, told before anything of it runs.

use std::path::Path;

use crate::profile::ProgramSettings;
use crate::program::{clean, find};

/// Programs that take a script as their first argument.
const INTERPRETERS: &[&str] = &["python", "pypy", "bash", "sh", "zsh", "node", "ruby", "perl"];

/// Why it cannot be run, in words.
pub(super) fn why_not(program: &ProgramSettings, root: &Path) -> Option<String> {
    let Some((first, arguments)) = program.command.split_first() else {
        let why = &program.no_command;
        return Some(if why.is_empty() { "it has no command".into() } else { clean(why, 500) });
    };
    if let Err(why) = find(first, root) {
        return Some(why);
    }
    let called = Path::new(first).file_name()?.to_string_lossy().into_owned();
    if !INTERPRETERS.iter().any(|known| called.strip_prefix(known).is_some_and(is_version)) {
        return None;
    }
    let mut arguments = arguments.iter();
    let script = loop {
        match arguments.next()?.as_str() {
            "-c" if called.starts_with("py") => return no_python(arguments.next()?),
            // What follows is no file.
            "-c" | "-m" | "-e" | "-" | "--eval" => return None,
            option if option.starts_with('-') => {}
            script => break script,
        }
    };
    let shown = clean(script, 200);
    match root.join(script).metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("{shown} is not in {}", root.display()))
        }
        Err(error) => Some(format!("{shown} cannot be looked at: {error}")),
        Ok(seen) if !seen.is_file() && !seen.is_dir() => Some(format!("{shown} is no file")),
        Ok(_) => None,
    }
}

/// `3`, `3.12` or nothing.
fn is_version(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Why a line of Python is none: it names a module with a hyphen, as the manual does.
fn no_python(code: &str) -> Option<String> {
    let module = code.lines().find_map(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("from ").or_else(|| line.strip_prefix("import "))?;
        let module = rest.split_whitespace().next()?;
        module.contains('-').then_some(module)
    })?;
    let module = clean(module, 100);
    Some(format!("`{module}` is a syntax error in Python: no module's name holds a hyphen"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(command: &[&str], root: &Path) -> Option<String> {
        let settings = ProgramSettings {
            name: "x".into(),
            title: "X".into(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            no_command: String::new(),
            output: root.join("x_{date}.txt"),
            timeout: std::time::Duration::from_secs(1),
            cap: 1,
            targets: Vec::new(),
        };
        why_not(&settings, root)
    }

    #[test]
    fn what_the_manual_prints_is_explained() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("there.sh"), "").unwrap();
        let of = |command: &[&str]| why(command, dir.path());
        assert_eq!(of(&[]), Some("it has no command".into()));
        assert_eq!(of(&["sh", "there.sh", "--not-there"]), None);
        assert_eq!(of(&["sh", "-e", "there.sh"]), None);
        assert!(of(&["sh", "not_there.sh"]).unwrap().contains("not_there.sh is not in"));
        assert!(of(&["surely-not-installed"]).unwrap().contains("not installed"));
        assert_eq!(
            no_python("\nfrom feature-02-background-optimization.src.optimization_engine import X\n")
                .unwrap(),
            "`feature-02-background-optimization.src.optimization_engine` is a syntax error in Python: no module's name holds a hyphen"
        );
        assert_eq!(no_python("import os\nprint(3-2)"), None);
    }
}
