//! Which program is the main one, told from what runs in the root and from the names of its files.

use std::ffi::OsStr;
use std::path::Path;

use super::RunningProcess;
use super::folder::{Entry, Folder};

/// Programs that are run now and then, not all the time.
const TOOLS: [&str; 3] = ["performance_benchmark.py", "final_system_verification.py", "security_audit.py"];
/// What a main program is usually called, most telling first.
const USUAL: [&str; 5] = ["ecosystem_integration.py", "main.py", "__main__.py", "app.py", "run.py"];
/// Programs that run the file they are handed first.
const INTERPRETERS: [&str; 8] = ["python", "pypy", "node", "ruby", "perl", "deno", "bun", "php"];

/// The main program's file name, and the process that runs it.
pub(super) fn look(
    folder: &mut Folder,
    real: &Path,
    processes: &[RunningProcess],
) -> (Option<String>, Option<u32>) {
    let files = folder.files("", 5000);
    let mut running: Vec<(&RunningProcess, String)> = processes
        .iter()
        .filter(|p| p.directory.as_deref().is_some_and(|d| d == folder.root || d == real))
        .filter_map(|process| Some((process, script(process, &files)?)))
        .collect();
    // Several may run here: the likeliest first, of two workers the older one.
    running.sort_by_key(|(process, name)| (rank(name), process.pid));
    if let Some((process, name)) = running.first() {
        return (Some(name.clone()), Some(process.pid));
    }
    let mut scripts: Vec<&str> =
        files.iter().map(|e| e.name.as_str()).filter(|n| n.ends_with(".py") && rank(n) < ODD).collect();
    scripts.sort_by_key(|name| (rank(name), (*name).to_owned()));
    let best = scripts.first().copied();
    let rivals = scripts.iter().filter(|name| Some(rank(name)) == best.map(rank)).count();
    match best {
        // Nothing in its name says so, and it is not alone: better none than a wrong one.
        Some(name) if rank(name) < PLAIN || rivals == 1 => {
            if rivals > 1 {
                folder.notes.push(format!("{rivals} programs could be the main one; {name} was taken."));
            }
            folder.notes.push(format!("{name} is not running: the light is red until it runs."));
            (Some(name.to_owned()), None)
        }
        _ => {
            folder.notes.push("No main program was found: name it in the profile under [process].".into());
            (None, None)
        }
    }
}

/// Ranks of names that say nothing, and of names that say it is something else.
const PLAIN: usize = 20;
const ODD: usize = 30;

fn rank(name: &str) -> usize {
    if let Some(index) = USUAL.iter().position(|usual| *usual == name) {
        // Behind everything that is called an integration, but for the very name.
        return if index == 0 { 0 } else { 10 + index };
    }
    if name.ends_with("_integration.py") {
        return 1;
    }
    let aside = ["setup.py", "conftest.py", "__init__.py"].contains(&name)
        || name.starts_with("test_")
        || name.ends_with("_test.py")
        || TOOLS.contains(&name);
    if aside { ODD } else { PLAIN }
}

/// The file of the root that a process runs: its own program, or the script of an interpreter.
fn script(process: &RunningProcess, files: &[Entry]) -> Option<String> {
    let here = |argument: &OsStr| {
        let path = Path::new(argument);
        // `tools/x.py` is another file than `x.py`.
        let direct = path.is_absolute()
            || path.parent().is_none_or(|p| p.as_os_str().is_empty() || p == Path::new("."));
        let name = path.file_name()?.to_str()?;
        (direct && files.iter().any(|file| file.name == name)).then(|| name.to_owned())
    };
    let program = process.arguments.first()?;
    let program_name = Path::new(program).file_name()?.to_str()?.to_lowercase();
    if INTERPRETERS.iter().any(|i| program_name.starts_with(i)) {
        let mut arguments = process.arguments.iter().skip(1);
        let script =
            arguments.find(|a| !a.as_encoded_bytes().starts_with(b"-") || *a == "-c" || *a == "-m")?;
        // What follows -c is code, and what follows -m the name of a module.
        return here(script);
    }
    here(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_name_wins() {
        let mut names = [
            "security_audit.py",
            "x.py",
            "app.py",
            "vy_integration.py",
            "ecosystem_integration.py",
            "main.py",
        ];
        names.sort_by_key(|name| rank(name));
        assert_eq!(
            names,
            [
                "ecosystem_integration.py",
                "vy_integration.py",
                "main.py",
                "app.py",
                "x.py",
                "security_audit.py"
            ]
        );
    }

    #[test]
    fn an_editor_that_holds_the_file_does_not_run_it() {
        let files = [Entry { name: "main.py".into(), path: "main.py".into(), bytes: 1, modified: None }];
        let of = |arguments: &[&str]| {
            let arguments = arguments.iter().map(Into::into).collect();
            script(&RunningProcess { pid: 1, arguments, directory: None, started: None }, &files)
        };
        assert_eq!(of(&["vim", "main.py"]), None);
        assert_eq!(of(&["tail", "-f", "main.py"]), None);
        assert_eq!(of(&["python3", "-c", "main.py"]).as_deref(), None, "code, not a file");
        assert_eq!(of(&["python3", "tools/main.py"]), None);
        assert_eq!(of(&["/usr/bin/python3.12", "-u", "main.py"]).as_deref(), Some("main.py"));
        assert_eq!(of(&["./main.py"]).as_deref(), Some("main.py"));
    }
}
