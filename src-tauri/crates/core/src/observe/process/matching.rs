//! Tells the watched program from everything else that merely has its name among the arguments. Pure.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::profile::ProcessMatch;

/// Whether a process is the watched one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Argument and owner fit, but the system does not tell its working directory.
    DirectoryUnknown,
}

/// The rule of a profile, with the links in its directory resolved.
#[derive(Debug, Clone)]
pub struct Rule {
    argument: Option<String>,
    /// As written and as resolved: the system reports the latter (`/private/tmp` for `/tmp` on macOS).
    directories: Vec<PathBuf>,
    own_only: bool,
}

/// One process as the rule sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its arguments, the program first.
    pub arguments: &'a [OsString],
    /// Its working directory, where the system tells it.
    pub directory: Option<&'a Path>,
    /// Whether it belongs to the user who runs Caretaker.
    pub own: bool,
}

impl Rule {
    /// Makes the rule of a profile; resolves the directory as it is now.
    pub fn new(wanted: &ProcessMatch) -> Self {
        let mut directories = Vec::new();
        if let Some(directory) = &wanted.directory {
            directories.push(directory.clone());
            if let Ok(resolved) = directory.canonicalize()
                && resolved != *directory
            {
                directories.push(resolved);
            }
        }
        Self { argument: wanted.argument.clone(), directories, own_only: wanted.own_only }
    }

    /// Tells whether owner and arguments fit, before the costlier look at the directory.
    ///
    /// The argument counts only where a program stands: as the program itself, or as the script of an
    /// interpreter (the first argument that is no option; not the code after `-c`; after `-m` the module).
    /// Starters such as `env`, `nohup` or `uv run` are looked through. An unknown program may be an
    /// interpreter, but only its very first argument is taken for a script. Editors, pagers and other tools
    /// that are handed files (`vim FILE`, `tail -f FILE`) never count, wherever they stand.
    pub fn fits_arguments(&self, candidate: Candidate<'_>) -> bool {
        if (self.own_only && !candidate.own) || candidate.arguments.is_empty() {
            return false;
        }
        match &self.argument {
            Some(wanted) => is_run(candidate.arguments, wanted, &self.directories),
            // Without an argument the directory must say it all; a shell or an editor there says nothing.
            None => {
                let name = file_name(&candidate.arguments[0]);
                !self.directories.is_empty() && !is_tool(name) && !is_shell(name)
            }
        }
    }

    /// Tells whether the process is the watched one.
    pub fn fits(&self, candidate: Candidate<'_>) -> Fit {
        if !self.fits_arguments(candidate) {
            return Fit::No;
        }
        if self.directories.is_empty() {
            return Fit::Yes;
        }
        match candidate.directory {
            None => Fit::DirectoryUnknown,
            Some(directory) if self.directories.iter().any(|d| d == directory) => Fit::Yes,
            Some(_) => Fit::No,
        }
    }
}

/// Tells whether `arguments` run `wanted`, as opposed to handing it to some other program as a file.
fn is_run(arguments: &[OsString], wanted: &str, directories: &[PathBuf]) -> bool {
    let is_wanted = |argument: &OsStr| names(argument, wanted, directories);
    let mut rest = arguments.iter().map(OsString::as_os_str);
    let Some(program) = rest.next() else { return false };
    let mut program = program;
    loop {
        let name = file_name(program);
        if is_tool(name) {
            return false;
        }
        if is_wanted(program) {
            return true;
        }
        if is_starter(name) {
            // What a starter starts stands behind its own options, of which some take a value:
            // go on at the next word that is a program, an interpreter or a tool.
            let next = rest.find(|a| {
                let name = file_name(a);
                is_wanted(a) || is_tool(name) || is_interpreter(name) || is_starter(name)
            });
            match next {
                Some(next) => program = next,
                None => return false,
            }
            continue;
        }
        if is_interpreter(name) {
            return match script(name, &mut rest) {
                Some(Script::File(file)) => is_wanted(file),
                Some(Script::Module(module)) if is_runner_module(module) => {
                    rest.find(|a| !a.as_bytes().starts_with(b"-")).is_some_and(is_wanted)
                }
                Some(Script::Module(module)) => names_module(module, wanted),
                None => false,
            };
        }
        return rest.next().is_some_and(is_wanted);
    }
}

enum Script<'a> {
    File(&'a OsStr),
    Module(&'a OsStr),
}

/// What an interpreter runs; `None` for code on the command line, standard input, or nothing at all.
fn script<'a>(interpreter: &[u8], rest: &mut impl Iterator<Item = &'a OsStr>) -> Option<Script<'a>> {
    let shell = is_shell(interpreter);
    let python = stem_is(interpreter, &[b"python", b"pypy"]);
    while let Some(argument) = rest.next() {
        match argument.as_bytes() {
            b"--" => return rest.next().map(Script::File),
            b"-" => return None,
            b"-m" if python => return rest.next().map(Script::Module),
            b"-W" | b"-X" | b"-r" | b"-I" | b"-o" | b"--require" | b"--import" | b"--loader"
                if !python || matches!(argument.as_bytes(), b"-W" | b"-X") =>
            {
                rest.next();
            }
            b"-e" | b"-p" | b"--eval" | b"--print" if !shell && !python => return None,
            option if option.starts_with(b"-") => {
                // `-c`, also in a cluster such as `-lc` or `-Ic`: the next word is code.
                if (shell || python) && !option.starts_with(b"--") && option.contains(&b'c') {
                    return None;
                }
            }
            b"run" if stem_is(interpreter, &[b"deno", b"bun"]) => {}
            _ => return Some(Script::File(argument)),
        }
    }
    None
}

fn names(argument: &OsStr, wanted: &str, directories: &[PathBuf]) -> bool {
    if argument == OsStr::new(wanted) || Path::new(argument).file_name() == Some(OsStr::new(wanted)) {
        return true;
    }
    // The profile may name the whole path where the process was started with a relative one.
    Path::new(wanted).is_absolute() && directories.iter().any(|d| d.join(argument) == Path::new(wanted))
}

/// `python -m pkg.name` runs `name.py`.
fn names_module(module: &OsStr, wanted: &str) -> bool {
    let module = module.as_bytes();
    let last = module.rsplit(|b| *b == b'.').next().unwrap_or(module);
    module == wanted.as_bytes() || wanted.as_bytes().strip_suffix(b".py") == Some(last)
}

fn file_name(argument: &OsStr) -> &[u8] {
    let name = Path::new(argument).file_name().unwrap_or(argument).as_bytes();
    // A login shell is called `-bash`.
    name.strip_prefix(b"-").unwrap_or(name)
}

/// Whether `name` is one of `stems`, perhaps with a version: `python`, `Python`, `python3.11`.
fn stem_is(name: &[u8], stems: &[&[u8]]) -> bool {
    let stem = name.trim_ascii_end();
    let end = stem.iter().rposition(|b| !b.is_ascii_digit() && *b != b'.' && *b != b'-').map_or(0, |i| i + 1);
    stems.iter().any(|s| stem[..end].eq_ignore_ascii_case(s))
}

fn is_shell(name: &[u8]) -> bool {
    stem_is(name, &[b"sh", b"bash", b"zsh", b"dash", b"ksh", b"fish", b"ash"])
}

fn is_interpreter(name: &[u8]) -> bool {
    const INTERPRETERS: &[&[u8]] = &[
        b"python", b"pypy", b"pythonw", b"node", b"nodejs", b"deno", b"bun", b"ruby", b"perl", b"php",
        b"lua", b"luajit", b"rscript", b"julia",
    ];
    is_shell(name) || stem_is(name, INTERPRETERS)
}

fn is_starter(name: &[u8]) -> bool {
    const STARTERS: &[&[u8]] = &[
        b"env",
        b"nohup",
        b"nice",
        b"ionice",
        b"setsid",
        b"stdbuf",
        b"timeout",
        b"gtimeout",
        b"time",
        b"caffeinate",
        b"arch",
        b"sudo",
        b"doas",
        b"uv",
        b"uvx",
        b"poetry",
        b"pipenv",
        b"pdm",
        b"hatch",
        b"rye",
        b"conda",
        b"mamba",
        b"micromamba",
        b"taskpolicy",
        b"chrt",
        b"taskset",
        b"systemd-run",
        b"xvfb-run",
    ];
    STARTERS.contains(&name)
}

/// Python modules that run the script they are handed.
fn is_runner_module(module: &OsStr) -> bool {
    matches!(module.as_bytes(), b"pdb" | b"cProfile" | b"profile" | b"trace" | b"runpy" | b"debugpy")
}

/// Programs that are handed files to look at, to change or to move: the file is not what runs.
fn is_tool(name: &[u8]) -> bool {
    const TOOLS: &[&[u8]] = &[
        b"vi",
        b"vim",
        b"vimdiff",
        b"view",
        b"nvim",
        b"gvim",
        b"mvim",
        b"MacVim",
        b"Vim",
        b"nano",
        b"pico",
        b"emacs",
        b"emacsclient",
        b"Emacs",
        b"micro",
        b"hx",
        b"helix",
        b"kak",
        b"joe",
        b"ed",
        b"ex",
        b"code",
        b"Code",
        b"codium",
        b"Electron",
        b"cursor",
        b"Cursor",
        b"zed",
        b"Zed",
        b"subl",
        b"sublime_text",
        b"mate",
        b"bbedit",
        b"BBEdit",
        b"TextEdit",
        b"xed",
        b"Xcode",
        b"pycharm",
        b"charm",
        b"idea",
        b"gedit",
        b"kate",
        b"kwrite",
        b"gnome-text-editor",
        b"less",
        b"more",
        b"most",
        b"tail",
        b"head",
        b"cat",
        b"bat",
        b"tac",
        b"nl",
        b"wc",
        b"grep",
        b"egrep",
        b"fgrep",
        b"rg",
        b"ag",
        b"ack",
        b"git",
        b"ls",
        b"cp",
        b"mv",
        b"rm",
        b"ln",
        b"open",
        b"xdg-open",
        b"sed",
        b"awk",
        b"gawk",
        b"watch",
        b"tar",
        b"zip",
        b"gzip",
        b"rsync",
        b"scp",
        b"ssh",
        b"diff",
        b"cmp",
        b"file",
        b"stat",
        b"find",
        b"fd",
        b"touch",
        b"chmod",
        b"chown",
        b"tee",
        b"xargs",
        b"pgrep",
        b"pkill",
        b"killall",
        b"ps",
        b"lsof",
        b"strace",
        b"ltrace",
        b"dtruss",
        b"gdb",
        b"lldb",
        b"py-spy",
        b"screen",
        b"tmux",
        b"man",
        b"which",
        b"whereis",
        b"md5",
        b"md5sum",
        b"shasum",
        b"sha256sum",
        b"pytest",
        b"mypy",
        b"ruff",
        b"black",
        b"flake8",
        b"pylint",
        b"pyright",
        b"isort",
        b"entr",
        b"fswatch",
        b"inotifywait",
        b"pip",
        b"make",
    ];
    TOOLS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "/srv/eco";

    fn rule(argument: &str) -> Rule {
        Rule { argument: Some(argument.into()), directories: vec![ROOT.into()], own_only: true }
    }

    fn fit(rule: &Rule, line: &[&str], directory: Option<&str>, own: bool) -> Fit {
        let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
        rule.fits(Candidate { arguments: &arguments, directory: directory.map(Path::new), own })
    }

    #[test]
    fn finds_the_program_however_it_was_started() {
        for line in [
            "python3 ecosystem_integration.py",
            "python3.11 -u -X dev -W ignore ecosystem_integration.py --quiet",
            "/Library/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python ecosystem_integration.py",
            "python /srv/eco/ecosystem_integration.py",
            "./ecosystem_integration.py",
            "uv run --with pyyaml python ecosystem_integration.py",
            "uv run ecosystem_integration.py",
            "nice -n 5 nohup python3 ecosystem_integration.py",
            "env MODE=prod python3 ecosystem_integration.py",
            "caffeinate -i python3 ecosystem_integration.py",
            "python3 -m pdb ecosystem_integration.py",
            "python3 -m ecosystem_integration",
            "bash ecosystem_integration.py",
            "/opt/caretaker ecosystem_integration.py --demo",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(fit(&rule("ecosystem_integration.py"), &words, Some(ROOT), true), Fit::Yes, "{line}");
        }
    }

    #[test]
    fn is_not_taken_in_by_those_that_merely_name_it() {
        for line in [
            "vim ecosystem_integration.py",
            "/usr/bin/nvim -R ecosystem_integration.py",
            "tail -f logs/ecosystem_integration.py.log",
            "tail -f ecosystem_integration.py",
            "sudo less ecosystem_integration.py",
            "nohup tail -f ecosystem_integration.py",
            "python3 other.py ecosystem_integration.py",
            "python3 -c pass ecosystem_integration.py",
            "python3 -m pytest ecosystem_integration.py",
            "python3 -m black ecosystem_integration.py",
            "bash -lc ecosystem_integration.py",
            "bash",
            "-zsh",
            "unknown-tool --check ecosystem_integration.py",
            "unknown-tool one ecosystem_integration.py",
            "python3 my_ecosystem_integration.py",
            "python3 ecosystem_integration.py.bak",
            "rsync ecosystem_integration.py there:",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(fit(&rule("ecosystem_integration.py"), &words, Some(ROOT), true), Fit::No, "{line}");
        }
        assert_eq!(fit(&rule("ecosystem_integration.py"), &[], Some(ROOT), true), Fit::No);
    }

    #[test]
    fn directory_and_owner_must_fit_too() {
        let line = ["python3", "ecosystem_integration.py"];
        let rule = rule("ecosystem_integration.py");
        assert_eq!(fit(&rule, &line, Some("/srv/other"), true), Fit::No);
        assert_eq!(fit(&rule, &line, Some(ROOT), false), Fit::No);
        assert_eq!(fit(&rule, &line, None, true), Fit::DirectoryUnknown);
        assert_eq!(fit(&rule, &["vim", line[1]], None, true), Fit::No);
    }

    #[test]
    fn a_whole_path_in_the_profile_fits_a_relative_start() {
        let rule = rule("/srv/eco/run.py");
        assert_eq!(fit(&rule, &["python3", "run.py"], Some(ROOT), true), Fit::Yes);
        assert_eq!(fit(&rule, &["python3", "/srv/eco/run.py"], Some(ROOT), true), Fit::Yes);
        assert_eq!(fit(&rule, &["python3", "/else/run.py"], Some(ROOT), true), Fit::No);
    }

    #[test]
    fn without_an_argument_a_shell_in_the_folder_is_not_the_ecosystem() {
        let rule = Rule { argument: None, directories: vec![ROOT.into()], own_only: true };
        assert_eq!(fit(&rule, &["-zsh"], Some(ROOT), true), Fit::No);
        assert_eq!(fit(&rule, &["vim", "x"], Some(ROOT), true), Fit::No);
        assert_eq!(fit(&rule, &["/srv/eco/daemon"], Some(ROOT), true), Fit::Yes);
    }
}
