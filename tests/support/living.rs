//! A small ecosystem with a process of any manners, and backups of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::home::{Home, Running};

/// A process that waits has waited in vain after this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// An ecosystem in `eco` of a home of its own, with its profile.
pub struct Living {
    pub home: Home,
    running: Vec<Running>,
}

impl Living {
    /// One that nobody runs yet; `more` is the end of its profile.
    pub fn new(more: &str) -> Self {
        let home = Home::new();
        let living = Self { home, running: Vec::new() };
        living.write(1);
        let profile = format!("reports = []\nmodules = []\nlogs = []\n[ecosystem]\nroot = \"eco\"\n{more}");
        fs::write(living.profile(), profile).unwrap();
        fs::set_permissions(living.profile(), fs::Permissions::from_mode(0o600)).unwrap();
        living
    }

    pub fn root(&self) -> PathBuf {
        self.home.path("eco")
    }

    pub fn profile(&self) -> PathBuf {
        self.home.path("caretaker.toml")
    }

    /// Puts another generation of the tree in place, file by file.
    pub fn write(&self, round: u32) {
        for name in ["data/state.json", "data/sub/more.json", "config/settings.json"] {
            let path = self.root().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{{\"round\": {round}}}")).unwrap();
        }
    }

    /// Whether all of the tree is of one generation, and which.
    pub fn round(&self) -> u64 {
        let rounds: Vec<u64> = ["data/state.json", "data/sub/more.json", "config/settings.json"]
            .map(|name| fs::read(self.root().join(name)).unwrap())
            .iter()
            .map(|text| serde_json::from_slice::<Value>(text).unwrap()["round"].as_u64().unwrap())
            .collect();
        assert!(rounds.iter().all(|round| *round == rounds[0]), "half old and half new: {rounds:?}");
        rounds[0]
    }

    /// Writes its program, in Python: `begin`, then it says that it is ready and sleeps.
    pub fn program(&self, begin: &str) {
        let text = format!(
            "import os, signal, subprocess, sys, time\n{begin}\nopen('ready', 'w').write(str(os.getpid()))\nwhile True: time.sleep(1)\n"
        );
        fs::write(self.root().join("ecosystem_integration.py"), text).unwrap();
    }

    /// Starts it by `command` and waits until the program has begun; gives its number.
    pub fn start(&mut self, command: &[&str]) -> u32 {
        let _ = fs::remove_file(self.root().join("ready"));
        let mut starter = Command::new(command[0]);
        starter.args(&command[1..]).current_dir(self.root());
        starter.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running.push(Running(starter.spawn().unwrap()));
        self.number_in("ready")
    }

    /// The number that a program writes into this file of the root.
    pub fn number_in(&self, file: &str) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(self.root().join(file)).unwrap_or_default();
            if let Ok(pid) = text.parse() {
                return pid;
            }
            assert!(Instant::now() < deadline, "{file} is never written");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Which process the command line sees.
    pub fn pid(&self) -> Option<u64> {
        self.json(&["process", "status"]).1["pid"].as_u64()
    }

    /// The command line on this ecosystem.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.caretaker();
        self.with_places(&mut command).args(args);
        command
    }

    /// The same as an ordinary user.
    pub fn ordinary_user(&self, args: &[&str]) -> Command {
        let mut command = self.home.caretaker_as_ordinary_user();
        self.with_places(&mut command).args(args);
        command
    }

    /// Exit code, object and messages.
    pub fn json(&self, args: &[&str]) -> (i32, Value, String) {
        run(&mut self.command(args))
    }

    /// Makes a backup that holds everything; gives its name.
    pub fn back_up(&self) -> String {
        let (code, made, said) = self.json(&["backup", "create"]);
        assert_eq!(code, 0, "{said}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// Restores into place.
    pub fn restore(&self, id: &str) -> (i32, Value, String) {
        self.json(&["backup", "restore", id, "--yes"])
    }

    /// Folders in which a restore builds up a tree or keeps one.
    pub fn aside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.root()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".caretaker")).collect()
    }

    fn with_places<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.arg("--json").arg("--profile").arg(self.profile());
        command.arg("--state").arg(self.home.path("state"))
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        // Supervisors first, then what they or the restore started.
        self.running.clear();
        let here = self.home.path("");
        for _ in 0..3 {
            for process in fs::read_dir("/proc").unwrap().flatten() {
                let pid = process.file_name().to_string_lossy().parse();
                let works_here =
                    fs::read_link(process.path().join("cwd")).is_ok_and(|at| at.starts_with(&here));
                if let (Ok(pid), true) = (pid, works_here) {
                    kill(pid);
                }
            }
        }
    }
}

/// Ends a process at once.
pub fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
}

/// Whether a process is there, and more than an entry that nobody has collected.
pub fn lives(pid: u32) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    status.is_ok_and(|status| !status.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

/// Exit code, object and messages of a command, which must not panic.
pub fn run(command: &mut Command) -> (i32, Value, String) {
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    (out.status.code().unwrap_or(-1), serde_json::from_slice(&out.stdout).unwrap_or_default(), said)
}
