//! Jobs run under `strace`, which kills them or has the system refuse a call, at any call of any kind.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use caretaker_core::backup::{Archive, Expected};
use caretaker_core::progress::Unwatched;
use tempfile::TempDir;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    Full,
    Increment,
    Restore,
    Undo,
    Prune,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Kill,
    NoSpace,
    NoSpaceFromThenOn,
    Broken,
    BrokenFromThenOn,
    Refused,
    RefusedFromThenOn,
}

impl Fault {
    pub const ALL: [Self; 7] = [
        Self::Kill,
        Self::NoSpace,
        Self::NoSpaceFromThenOn,
        Self::Broken,
        Self::BrokenFromThenOn,
        Self::Refused,
        Self::RefusedFromThenOn,
    ];

    fn as_rule(self, point: &Point) -> String {
        let Point { call, at } = point;
        match self {
            Self::Kill => format!("inject={call}:signal=SIGKILL:when={at}"),
            Self::NoSpace => format!("inject={call}:error=ENOSPC:when={at}"),
            Self::NoSpaceFromThenOn => format!("inject={call}:error=ENOSPC:when={at}+"),
            Self::Broken => format!("inject={call}:error=EIO:when={at}"),
            Self::BrokenFromThenOn => format!("inject={call}:error=EIO:when={at}+"),
            Self::Refused => format!("inject={call}:error=EPERM:when={at}"),
            Self::RefusedFromThenOn => format!("inject={call}:error=EPERM:when={at}+"),
        }
    }
}

/// A call of a kind: the how manyth of its thread.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    call: String,
    at: usize,
}

impl Point {
    /// Whether no system ever refuses it, so that programs may rely on it: asking who runs the program (POSIX: “shall
    /// always be successful”), and closing a folder, on whose failure the standard library panics.
    pub fn is_never_refused(&self) -> bool {
        ["close", "getuid", "geteuid", "getgid", "getegid", "getpid", "getppid"].contains(&self.call.as_str())
    }
}

/// Calls that belong to the start and end of any program, to threads waiting for each other, and to the record of the
/// light, which waits seconds for a lock that is refused.
const OF_NO_INTEREST: [&str; 28] = [
    "fcntl",
    "lseek",
    "execve",
    "brk",
    "arch_prctl",
    "set_tid_address",
    "set_robust_list",
    "rseq",
    "prlimit64",
    "mprotect",
    "futex",
    "exit",
    "exit_group",
    "getrandom",
    "sigaltstack",
    "rt_sigaction",
    "rt_sigprocmask",
    "madvise",
    "clone3",
    "poll",
    "gettid",
    "sched_getaffinity",
    "sched_yield",
    "clock_nanosleep",
    "nanosleep",
    "munmap",
    "mmap",
    "restart_syscall",
];

/// All points, or some of them spread over all kinds; `CARETAKER_TORTURE` says how many, or `all`.
pub fn sample(points: &[Point], few: usize) -> Vec<&Point> {
    let asked = std::env::var("CARETAKER_TORTURE").unwrap_or_default();
    if asked == "all" {
        return points.iter().collect();
    }
    let few = asked.parse().unwrap_or(few);
    let step = (points.len() / few.max(1)).max(1);
    points.iter().step_by(step).collect()
}

/// A tree by path: mode, and content of files.
type Tree = BTreeMap<PathBuf, (u32, Option<Vec<u8>>)>;

/// A place where a job can be done again and again from the same beginning.
pub struct Stage {
    job: Job,
    seed: TempDir,
    old: Tree,
    new: Tree,
    archives: Vec<PathBuf>,
}

impl Stage {
    /// Sets the scene for a job.
    pub fn new(job: Job) -> Self {
        let seed = tempfile::tempdir().unwrap();
        let root = seed.path().join("eco");
        let put = |name: &str, content: &[u8]| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        let write = |round: u8| {
            for number in 0..6_u8 {
                put(
                    &format!("data/{number}.json"),
                    format!("{{\"n\": {number}, \"round\": {round}}}").as_bytes(),
                );
            }
            put("data/sub/text", &[b'a' + round; 3_000]);
            put("config/settings.yaml", format!("round: {round}\n").as_bytes());
        };
        write(0);
        // Larger than what is packed in memory: the archive is written in its other way too.
        if job == Job::Full {
            put("data/large", &vec![7; 5_000_000]);
        }
        let stage = |here: &Path, arguments: &[&str]| {
            let mut command = Self::command(here, None);
            let out = command.args(arguments).output().unwrap();
            assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        };
        fs::write(
            seed.path().join("caretaker.toml"),
            "[ecosystem]\nroot = \"eco\"\n[process]\nargument = \"nobody-runs-this\"\n[backups]\nfolder = \"~/backups\"\ndaily = 1\n",
        )
        .unwrap();
        fs::set_permissions(seed.path().join("caretaker.toml"), fs::Permissions::from_mode(0o600)).unwrap();
        let at = |day: &str| format!("2025-12-{day}T06:00");
        let back_up = |day: &str, kind: &str| {
            stage(seed.path(), &["--at", &at(day), "backup", "create", "--kind", kind]);
        };
        back_up("14", "weekly");
        let first = read(&root);
        write(1);
        match job {
            Job::Full | Job::Increment => {}
            Job::Restore => {}
            Job::Undo => {
                stage(seed.path(), &["backup", "restore", "weekly-20251214-060000", "--yes"]);
            }
            Job::Prune => {
                back_up("15", "daily");
                write(2);
                back_up("16", "daily");
                write(3);
                back_up("17", "daily");
            }
        }
        let now = read(&root);
        // What the job makes of it.
        let new = match job {
            Job::Restore => first,
            Job::Undo => {
                let mut undone = now.clone();
                let aside = fs::read_dir(&root)
                    .unwrap()
                    .flatten()
                    .find(|entry| entry.file_name().to_string_lossy().starts_with(".caretaker"))
                    .unwrap();
                undone.clear();
                undone.extend(read(&aside.path()));
                undone
            }
            _ => now.clone(),
        };
        let archives = archives(seed.path());
        Self { job, seed, old: now, new, archives }
    }

    fn arguments(&self) -> &'static [&'static str] {
        match self.job {
            Job::Full => &["--at", "2025-12-21T06:00", "backup", "create", "--kind", "weekly"],
            Job::Increment => &["--at", "2025-12-15T06:00", "backup", "create", "--kind", "daily"],
            Job::Restore => &["backup", "restore", "weekly-20251214-060000", "--yes"],
            Job::Undo => &["backup", "undo", "--yes"],
            Job::Prune => &["--at", "2025-12-17T12:00", "backup", "prune", "--yes"],
        }
    }

    fn command(home: &Path, rule: Option<&str>) -> Command {
        let program = env!("CARGO_BIN_EXE_caretaker");
        let mut command = match rule {
            None => Command::new(program),
            Some(rule) => {
                let mut strace = Command::new("strace");
                strace
                    .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=all", "-e", rule, "--"])
                    .arg(program);
                strace
            }
        };
        command
            .env_clear()
            .env("HOME", home)
            .env("TZ", "UTC")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .arg("--json")
            .arg("--profile")
            .arg(home.join("caretaker.toml"))
            .arg("--state")
            .arg(home.join("state"));
        command.stdin(Stdio::null());
        command
    }

    /// A copy of the scene; the ecosystem keeps its times, so that an increment finds it unchanged.
    fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        let status = Command::new("cp").arg("-a").arg(self.seed.path().join(".")).arg(copy.path()).status();
        assert!(status.unwrap().success());
        // The catalogue and the intent name places of the seed.
        for file in ["state/backups"] {
            for entry in fs::read_dir(copy.path().join(file)).into_iter().flatten().flatten() {
                let text = fs::read_to_string(entry.path()).unwrap();
                let there = text.replace(self.seed.path().to_str().unwrap(), copy.path().to_str().unwrap());
                fs::write(entry.path(), there).unwrap();
            }
        }
        rename_catalogue(copy.path());
        if self.job == Job::Undo {
            renumber_intent(copy.path());
        }
        copy
    }

    /// Every call that the job makes.
    pub fn points(&self) -> Vec<Point> {
        let copy = self.copy();
        let log = copy.path().join("calls");
        let mut command = Command::new("strace");
        command.args(["-ff", "-qq", "-o"]).arg(&log).arg("--").arg(env!("CARGO_BIN_EXE_caretaker"));
        command
            .env_clear()
            .env("HOME", copy.path())
            .env("TZ", "UTC")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .args(["--json", "--profile"])
            .arg(copy.path().join("caretaker.toml"))
            .arg("--state")
            .arg(copy.path().join("state"));
        let out = command.args(self.arguments()).stdin(Stdio::null()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut most: BTreeMap<String, usize> = BTreeMap::new();
        for entry in fs::read_dir(copy.path()).unwrap().flatten() {
            if !entry.file_name().to_string_lossy().starts_with("calls.") {
                continue;
            }
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for line in String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).lines() {
                if let Some((call, _)) = line.split_once('(')
                    && call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                {
                    *counts.entry(call.to_owned()).or_default() += 1;
                }
            }
            for (call, count) in counts {
                let known = most.entry(call).or_default();
                *known = count.max(*known);
            }
        }
        most.retain(|call, _| !OF_NO_INTEREST.contains(&call.as_str()));
        most.into_iter()
            .flat_map(|(call, count)| (1..=count).map(move |at| Point { call: call.clone(), at }))
            .collect()
    }

    /// Does the job with a fault, and looks at what came of it.
    pub fn try_at(&self, fault: Fault, point: &Point) {
        let copy = self.copy();
        let (status, stderr) = self.run(copy.path(), &fault.as_rule(point));
        let what = format!("{:?} {fault:?} at {point:?}: {status:?} {stderr}", self.job);
        assert!(!stderr.contains("panicked"), "{what}");
        self.archives_are_whole(copy.path(), &what);
        self.end_interrupted(copy.path(), &what);
        self.is_old_or_new(copy.path(), status.success(), &what);
        self.nothing_is_left(copy.path(), &what);
    }

    /// Kills the job, then what ends it at some points, then looks.
    pub fn try_recovery_after(&self, point: &Point, few: usize) -> usize {
        let mut tried = 0;
        for (call, at) in [
            ("renameat2", 1),
            ("openat", 20),
            ("unlink", 1),
            ("unlinkat", 1),
            ("fsync", 1),
            ("fsync", 2),
            ("write", 1),
            ("rename", 1),
        ]
        .into_iter()
        .take(few)
        {
            let copy = self.copy();
            let (first, _) = self.run(copy.path(), &Fault::Kill.as_rule(point));
            let rule = Fault::Kill.as_rule(&Point { call: call.into(), at });
            let _ = Self::command(copy.path(), Some(&rule)).args(["backup", "list"]).output().unwrap();
            let what = format!("{:?} killed at {point:?} ({first:?}), its recovery at {call} {at}", self.job);
            self.archives_are_whole(copy.path(), &what);
            self.end_interrupted(copy.path(), &what);
            self.is_old_or_new(copy.path(), false, &what);
            self.nothing_is_left(copy.path(), &what);
            tried += 1;
        }
        tried
    }

    fn run(&self, home: &Path, rule: &str) -> (ExitStatus, String) {
        let out = Self::command(home, Some(rule)).args(self.arguments()).output().unwrap();
        let killed = out.status.signal();
        assert!(killed.is_none_or(|signal| signal == 9), "{rule}: {:?}", out.status);
        (out.status, String::from_utf8_lossy(&out.stderr).into_owned())
    }

    fn end_interrupted(&self, home: &Path, what: &str) {
        let out = Self::command(home, None).args(["backup", "list"]).output().unwrap();
        assert!(out.status.success(), "{what}\n{}", String::from_utf8_lossy(&out.stderr));
    }

    /// Every archive that has a name is proven to the last byte; none of those before is lost.
    fn archives_are_whole(&self, home: &Path, what: &str) {
        let there = archives(home);
        for path in &there {
            let proven = Archive::open(&home.join(path))
                .and_then(|archive| archive.verify(Expected::default(), &Unwatched));
            proven.unwrap_or_else(|error| panic!("{}: {error}\n{what}", path.display()));
        }
        let gone: Vec<_> = self.archives.iter().filter(|path| !there.contains(path)).collect();
        // Of three days one is kept, and the week that all of them need.
        let may_go = |path: &&&PathBuf| {
            self.job == Job::Prune
                && ["20251215", "20251216"].iter().any(|day| path.to_string_lossy().contains(day))
        };
        assert!(gone.iter().all(|path| may_go(&path)), "{gone:?} are gone\n{what}");
    }

    fn is_old_or_new(&self, home: &Path, success: bool, what: &str) {
        let tree = read(&home.join("eco"));
        assert!(tree == self.old || tree == self.new, "the tree is neither old nor new\n{what}");
        if success {
            assert!(tree == self.new, "success is claimed, and the tree is the old one\n{what}");
            let count = archives(home).len();
            match self.job {
                Job::Full | Job::Increment => assert_eq!(count, self.archives.len() + 1, "{what}"),
                Job::Prune => assert!(count < self.archives.len(), "{what}"),
                Job::Restore | Job::Undo => {}
            }
        }
    }

    /// No unfinished archive, no manifest alone, no folder aside but the one that the undo needs.
    fn nothing_is_left(&self, home: &Path, what: &str) {
        for kind in ["weekly", "daily"] {
            for entry in
                fs::read_dir(home.join(format!("backups/ecosystem-{kind}"))).into_iter().flatten().flatten()
            {
                let name = entry.file_name().to_string_lossy().into_owned();
                let alone = name.ends_with(".manifest") && !entry.path().with_extension("tar.gz").exists();
                assert!(!name.ends_with(".part") && !alone, "{name} is left\n{what}");
            }
        }
        let aside = fs::read_dir(home.join("eco")).unwrap().flatten();
        let aside =
            aside.filter(|entry| entry.file_name().to_string_lossy().starts_with(".caretaker")).count();
        assert!(aside <= 1, "{aside} folders are left\n{what}");
    }
}

/// The intent tells the folders by their numbers: those of the copy are others.
fn renumber_intent(home: &Path) {
    let intents = fs::read_dir(home.join("state/backups")).unwrap().flatten().map(|entry| entry.path());
    let file = intents.into_iter().find(|path| path.to_string_lossy().ends_with(".restore.json")).unwrap();
    let mut intent: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    for swap in intent["swaps"].as_array_mut().unwrap() {
        let live = PathBuf::from(swap["live"].as_str().unwrap());
        swap["new_inode"] = std::os::unix::fs::MetadataExt::ino(&live.metadata().unwrap()).into();
    }
    fs::write(&file, serde_json::to_vec(&intent).unwrap()).unwrap();
}

/// The catalogue is called after the folder of the ecosystem: it moved with the copy.
fn rename_catalogue(home: &Path) {
    let root = home.join("eco");
    let wanted = {
        use sha2::Digest;
        use std::os::unix::ffi::OsStrExt;
        let hash = sha2::Sha256::digest(root.as_os_str().as_bytes());
        let hex: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("eco-{hex}")
    };
    for entry in fs::read_dir(home.join("state/backups")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((_, end)) = name.split_once('.') else { continue };
        fs::rename(entry.path(), entry.path().with_file_name(format!("{wanted}.{end}"))).unwrap();
    }
}

fn archives(home: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for kind in ["weekly", "daily"] {
        let folder = PathBuf::from(format!("backups/ecosystem-{kind}"));
        for entry in fs::read_dir(home.join(&folder)).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().ends_with(".tar.gz") {
                all.push(folder.join(entry.file_name()));
            }
        }
    }
    all.sort();
    all
}

fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders: Vec<PathBuf> = ["data", "config"].map(PathBuf::from).into();
    while let Some(folder) = folders.pop() {
        let Ok(metadata) = root.join(&folder).symlink_metadata() else { continue };
        tree.insert(folder.clone(), (metadata.permissions().mode(), None));
        for entry in fs::read_dir(root.join(&folder)).unwrap().flatten() {
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                let mode = entry.metadata().unwrap().permissions().mode();
                tree.insert(path, (mode, Some(fs::read(entry.path()).unwrap())));
            }
        }
    }
    tree
}
