//! The watch as a service: written, started and removed through a manager that stands in for the system's.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use home::{Home, Running, text};

/// A home with an ecosystem, and a `systemctl` that notes what it is told; it fails where `broken` is there.
struct Machine {
    home: Home,
    unit: PathBuf,
}

const MANAGER: &str = r#"#!/bin/sh
echo "$*" >>"$HOME/told"
if [ -e "$HOME/broken" ] && [ "$2" = restart ]; then echo "no bus" >&2; exit 1; fi
case "$*" in
  *is-active*) if [ -e "$HOME/active" ]; then echo active; else echo inactive; exit 3; fi ;;
  *restart*) touch "$HOME/active" ;;
  *disable*) rm -f "$HOME/active" ;;
esac
"#;

impl Machine {
    fn new() -> Self {
        let home = Home::new();
        let root = home.path("demo");
        assert_eq!(home.run(&["demo", "create", text(&root)]).0, 0);
        assert_eq!(home.run(&["profile", "init", "--root", text(&root)]).0, 0);
        let manager = home.path("bin/systemctl");
        std::fs::create_dir(home.path("bin")).unwrap();
        std::fs::write(&manager, MANAGER).unwrap();
        std::fs::set_permissions(&manager, std::fs::Permissions::from_mode(0o755)).unwrap();
        let unit = home.path(".config/systemd/user/caretaker.service");
        Self { home, unit }
    }

    fn caretaker(&self) -> Command {
        let mut command = self.home.caretaker();
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.home.path("bin").display()));
        command
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        let out = self.caretaker().args(args).output().unwrap();
        let said = [out.stdout, out.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        (out.status.code().unwrap(), said)
    }

    fn told(&self) -> Vec<String> {
        let told = std::fs::read_to_string(self.home.path("told")).unwrap_or_default();
        told.lines().map(str::to_owned).collect()
    }
}

#[test]
fn it_is_shown_installed_asked_and_removed() {
    let machine = Machine::new();
    let (code, said) = machine.run(&["service", "install"]);
    assert_eq!(code, 1, "nobody agreed: {said}");
    let (code, said) = machine.run(&["service", "install", "--dry-run"]);
    assert_eq!(code, 0);
    assert!(said.contains("ExecStart=") && said.contains("systemctl --user restart"), "{said}");
    assert!(!machine.unit.exists() && machine.told().is_empty());
    assert_eq!(machine.run(&["service", "status"]).0, 2);

    let (code, said) = machine.run(&["service", "install", "--json-log", "--yes"]);
    assert_eq!(code, 0, "{said}");
    let unit = std::fs::read_to_string(&machine.unit).unwrap();
    assert!(
        unit.contains("\"--all\" \"watch\" \"--quiet\"") && unit.contains("CARETAKER_LOG_FORMAT=json"),
        "{unit}"
    );
    let starts =
        ["--user daemon-reload", "--user enable caretaker.service", "--user restart caretaker.service"];
    assert_eq!(machine.told()[1..], starts);
    let (code, said) = machine.run(&["service", "status"]);
    assert!(code == 0 && said.contains("The service runs.") && said.contains("Nobody watches."), "{said}");

    // Who leaves takes the service along too.
    let (_, said) = machine.run(&["uninstall", "--dry-run"]);
    assert!(said.contains(".config/systemd/user/caretaker.service"), "{said}");
    let (code, said) = machine.run(&["service", "uninstall", "--yes"]);
    assert_eq!(code, 0, "{said}");
    assert!(!machine.unit.exists());
    assert!(machine.told().contains(&"--user disable --now caretaker.service".to_owned()));
    assert_eq!(machine.run(&["service", "uninstall", "--yes"]).0, 1, "there is none any more");
}

#[test]
fn what_systemd_itself_says_of_the_unit_is_nothing() {
    let machine = Machine::new();
    assert_eq!(machine.run(&["service", "install", "--yes"]).0, 0);
    let out = Command::new("systemd-analyze").args(["verify", "--user"]).arg(&machine.unit).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    // Other units of the machine are not ours to judge, and manual pages are not installed here.
    let ours: Vec<_> =
        said.lines().filter(|line| line.contains("caretaker.service") && !line.contains("man")).collect();
    assert!(ours.is_empty(), "{said}");
}

#[test]
fn a_manager_that_refuses_leaves_everything_as_it_was() {
    let machine = Machine::new();
    std::fs::write(machine.home.path("broken"), "").unwrap();
    let (code, said) = machine.run(&["service", "install", "--yes"]);
    assert_eq!(code, 1);
    assert!(said.contains("no bus") && said.contains("--all watch"), "{said}");
    assert!(!machine.unit.exists());
    std::fs::create_dir_all(machine.unit.parent().unwrap()).unwrap();
    std::fs::write(&machine.unit, "an older one").unwrap();
    assert_eq!(machine.run(&["service", "install", "--yes"]).0, 1);
    assert_eq!(std::fs::read_to_string(&machine.unit).unwrap(), "an older one");
}

#[test]
fn without_an_ecosystem_nothing_is_installed() {
    let home = Home::new();
    let (code, _, said) = home.run(&["service", "install", "--yes"]);
    assert_eq!(code, 64);
    assert!(said.contains("profile init"), "{said}");
}

#[test]
fn the_line_of_the_unit_watches_says_only_what_is_new_and_ends_in_order() {
    let machine = Machine::new();
    let mut command = machine.caretaker();
    command.args(["--all", "watch", "--quiet", "--every", "200ms"]);
    command.env("CARETAKER_LOG_FORMAT", "json").env("CARETAKER_LOG", "info");
    let out = machine.home.path("out");
    let child = command.stdout(std::fs::File::create(&out).unwrap()).stderr(Stdio::null()).spawn().unwrap();
    let mut running = Running(child);
    let store = machine.home.path(".local/share/caretaker/caretaker.sqlite3");
    let begun = Instant::now();
    let waited = |done: &dyn Fn() -> bool| {
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", std::fs::read_to_string(&out));
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    waited(&|| store.exists() && !std::fs::read_to_string(&out).unwrap().is_empty());
    // One that comes while it watches is watched too; the window's settings and `profile init` write it like this.
    let root = machine.home.path("second");
    assert_eq!(machine.run(&["demo", "create", text(&root)]).0, 0);
    assert_eq!(machine.run(&["--profile", "lab", "profile", "init", "--root", text(&root)]).0, 0);
    let other = machine.home.path(".local/share/caretaker/ecosystems/lab/caretaker.sqlite3");
    waited(&|| other.exists());
    std::thread::sleep(Duration::from_secs(1));
    let told = std::fs::read_to_string(&out).unwrap();
    let lights = told.lines().filter(|line| line.contains("main: ")).count();
    assert!((1..6).contains(&lights), "many looks, few words: {told}");
    let (_, said) = machine.run(&["service", "status"]);
    assert!(said.contains(&format!("Process {} watches.", running.0.id())), "{said}");
    assert!(Command::new("kill").arg(running.0.id().to_string()).status().unwrap().success());
    assert!(running.0.wait().unwrap().success(), "asked to end, it ends in order");
}
