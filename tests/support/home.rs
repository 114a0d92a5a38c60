//! A home of its own for each test: nothing of the machine's user is read or written.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A temporary home with the command line in it.
pub struct Home {
    dir: TempDir,
}

impl Home {
    /// An empty home.
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path in it.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// The command line in a clean environment.
    pub fn caretaker(&self) -> Command {
        self.alone(Command::new(env!("CARGO_BIN_EXE_caretaker")))
    }

    /// The command line as an ordinary user: root may read and write anything.
    ///
    /// As root it runs as nobody, to whom everything in this home belongs from now on.
    pub fn caretaker_as_ordinary_user(&self) -> Command {
        let program = self.path("caretaker");
        if !program.exists() {
            std::fs::copy(env!("CARGO_BIN_EXE_caretaker"), &program)
                .expect("a copy that everybody can reach");
        }
        let id = Command::new("id").arg("-u").output().expect("id runs");
        let command = if id.stdout.trim_ascii() == b"0" {
            let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(self.dir.path()).status();
            assert!(owned.expect("chown runs").success());
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        self.alone(command)
    }

    /// A command that sees nothing of the machine's user.
    fn alone(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("HOME", self.dir.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Runs the command line and gives exit code, stdout and stderr.
    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        let out = self.caretaker().args(args).output().expect("caretaker runs");
        (
            out.status.code().unwrap_or(-1),
            String::from_utf8(out.stdout).expect("UTF-8 on stdout"),
            String::from_utf8(out.stderr).expect("UTF-8 on stderr"),
        )
    }

    /// Runs it with `--json` and gives exit code and the object.
    pub fn json(&self, args: &[&str]) -> (i32, Value) {
        let (code, stdout, stderr) = self.run(&[&["--json"], args].concat());
        let object = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout:?} {stderr:?}"));
        (code, object)
    }

    /// Makes a demo ecosystem and gives its folder and profile.
    pub fn demo(&self) -> (PathBuf, PathBuf) {
        let root = self.path("demo");
        let (code, _, stderr) = self.run(&["demo", "create", text(&root)]);
        assert_eq!(code, 0, "{stderr}");
        let profile = root.join("caretaker.toml");
        // How much room the machine of the tests has is not what they are about.
        let text = std::fs::read_to_string(&profile).expect("the demo has a profile");
        let text = format!("{text}\n[bands.\"disk.free\"]\nyellow = \"\"\nred = \"\"\n");
        std::fs::write(&profile, text).expect("the profile can be written");
        (root, profile)
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A process that ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
