//! A small ecosystem that truly runs: a process in a folder, with a log and a state file, all well.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::home::{Home, Running, text};

/// A command that takes longer has hung.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running ecosystem in a home of its own.
pub struct Ecosystem {
    pub home: Home,
    pub root: PathBuf,
    pub profile: PathBuf,
    running: Option<Running>,
}

impl Ecosystem {
    /// All is well, with `more` at the end of the profile.
    pub fn with(more: &str) -> Self {
        let home = Home::new();
        let root = home.path("eco");
        for folder in ["data", "logs"] {
            std::fs::create_dir_all(root.join(folder)).expect("made");
        }
        std::fs::write(
            root.join("ecosystem_integration.py"),
            "import time\nwhile True:\n    time.sleep(60)\n",
        )
        .expect("written");
        let mut eco = Self { profile: home.path("caretaker.toml"), home, root, running: None };
        eco.write_profile(more);
        eco.start();
        eco.mend();
        eco
    }

    /// All is well.
    pub fn new() -> Self {
        Self::with("")
    }

    /// Writes the profile, with `more` at its end; how much room the machine has is not what tests are about.
    pub fn write_profile(&self, more: &str) {
        let disk = if more.contains("disk.free") {
            ""
        } else {
            "[bands.\"disk.free\"]\nyellow = \"\"\nred = \"\"\n"
        };
        let text = format!(
            "schema = 1\nreports = []\n[ecosystem]\nname = \"Eco\"\nroot = {:?}\n\
             [state]\nfile = \"data/ecosystem_state.json\"\n\
             [[logs]]\npath = \"logs/ecosystem.log\"\nformat = \"python\"\n\
             [[modules]]\nname = \"Meta-Learning Analysis\"\ncycle = \"15m\"\n\
             {disk}\
             [sampling]\nsizes = \"1s\"\ndiscovery = \"1s\"\n{more}",
            text(&self.root)
        );
        std::fs::write(&self.profile, text).expect("written");
    }

    /// Starts the process.
    pub fn start(&mut self) {
        let mut python = Command::new("python3");
        python.arg("ecosystem_integration.py").current_dir(&self.root);
        python.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(Running(python.spawn().expect("python3 runs")));
        // Seen under its own name only once python3 stands there itself.
        let deadline = Instant::now() + PATIENCE;
        while self.json(&["process", "status"]).1["pid"].is_null() {
            assert!(Instant::now() < deadline, "the process is never seen");
        }
    }

    /// Puts every file back as it is when all is well.
    pub fn mend(&self) {
        replace(&self.state(), good_state().as_bytes());
        replace(&self.log(), good_log(1).as_bytes());
    }

    /// The state file.
    pub fn state(&self) -> PathBuf {
        self.root.join("data/ecosystem_state.json")
    }

    /// The log.
    pub fn log(&self) -> PathBuf {
        self.root.join("logs/ecosystem.log")
    }

    /// The command line on this ecosystem.
    pub fn caretaker(&self, args: &[&str]) -> Command {
        let mut command = self.home.caretaker();
        command.arg("--profile").arg(&self.profile).args(args);
        command
    }

    /// Runs a command within [`PATIENCE`]; no panic, no crash.
    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        bounded(&mut self.caretaker(args), PATIENCE)
    }

    /// The same with `--json`: exit code and the last object.
    pub fn json(&self, args: &[&str]) -> (i32, Value) {
        let (code, stdout, stderr) = self.run(&[&["--json"], args].concat());
        let last = stdout.lines().last().unwrap_or_default();
        let object = serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {stdout:?} {stderr:?}"));
        (code, object)
    }

    /// One check: the light, and everything it says.
    pub fn check(&self) -> (String, String) {
        let (code, check) = self.json(&["check"]);
        let light = check["light"].as_str().expect("a light").to_owned();
        let expected = ["green", "yellow", "red", "unknown"].iter().position(|known| *known == light);
        assert_eq!(usize::try_from(code).ok(), expected, "{check}");
        (light, check.to_string())
    }

    /// The light must be green.
    pub fn is_green(&self, when: &str) {
        let (light, says) = self.check();
        assert_eq!(light, "green", "{when}: {says}");
    }
}

/// Runs a command and kills it when it hangs; it must exit by itself and never panic.
pub fn bounded(command: &mut Command, patience: Duration) -> (i32, String, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (output, hung) = finish(child.spawn().expect("it starts"), patience);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(!hung, "{command:?} hung: {stdout} {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("RUST_BACKTRACE"), "{stderr}");
    let code = output.status.code().unwrap_or_else(|| panic!("{command:?} crashed: {}", output.status));
    (code, stdout, stderr)
}

/// Waits for a child whose pipes are read meanwhile; says whether it had to be killed.
pub fn finish(mut child: std::process::Child, patience: Duration) -> (Output, bool) {
    let read = |from: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.map(|mut from| from.read_to_end(&mut bytes));
            bytes
        })
    };
    let out = read(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let err = read(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let deadline = Instant::now() + patience;
    let mut hung = false;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if Instant::now() > deadline {
            hung = true;
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let output = Output { status, stdout: out.join().expect("read"), stderr: err.join().expect("read") };
    (output, hung)
}

/// `caretaker watch` as it runs, one look after the other.
pub struct Watch {
    child: Option<std::process::Child>,
    looks: mpsc::Receiver<Value>,
    said: Option<std::thread::JoinHandle<String>>,
}

impl Watch {
    /// Starts `command`, which must be a watch with `--json`.
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (tell, looks) = mpsc::channel();
        std::thread::spawn(move || {
            // A killed watch may leave half a line.
            for look in lines.map_while(Result::ok).map_while(|line| serde_json::from_str(&line).ok()) {
                if tell.send(look).is_err() {
                    break;
                }
            }
        });
        let mut stderr = child.stderr.take().expect("piped");
        let said = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8(bytes).expect("UTF-8")
        });
        Self { child: Some(child), looks, said: Some(said) }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// The next `count` looks.
    pub fn looks(&self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.looks.recv_timeout(PATIENCE).expect("a look")).collect()
    }

    /// Waits for a look in which it is so.
    pub fn until(&self, what: &str, so: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut last = Value::Null;
        while !so(&last) {
            let left = deadline.saturating_duration_since(Instant::now());
            last = self.looks.recv_timeout(left).unwrap_or_else(|_| panic!("{what} never came: {last}"));
        }
    }

    /// Sends a signal, such as `-TERM`, waits for the end, and gives it with what was said on stderr.
    pub fn end(mut self, signal: &str) -> (std::process::ExitStatus, String) {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        let (output, hung) = finish(self.child.take().expect("it runs"), PATIENCE);
        let said = self.said.take().expect("read").join().expect("read");
        assert!(!hung && !said.contains("panicked"), "{said}");
        (output.status, said)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Puts a regular file in place of whatever is there.
pub fn replace(path: &Path, bytes: &[u8]) {
    remove(path);
    std::fs::write(path, bytes).expect("written");
}

/// Removes whatever is there.
pub fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
    let _ = std::fs::remove_dir_all(path);
}

/// A state that a running ecosystem may have saved.
pub fn good_state() -> String {
    state_with(r#""status": "integrated", "run_count": 10, "error_count": 0"#)
}

/// A state whose one module holds `fields`.
pub fn state_with(fields: &str) -> String {
    format!(
        r#"{{"timestamp": "{}", "state": "running", "metrics": {{"uptime_hours": 0.0}},
            "modules": {{"Meta-Learning Analysis": {{{fields}}}}}}}"#,
        stamp(Utc::now()).replace(' ', "T").replace(',', ".")
    )
}

/// Records that tell of nothing bad, `minutes` ago.
pub fn good_log(minutes: i64) -> String {
    let at = stamp(Utc::now() - TimeDelta::minutes(minutes));
    format!("{at} - EcosystemIntegration - INFO - error_count: 0\n")
}

/// Error records of now.
pub fn errors(count: usize) -> String {
    let at = stamp(Utc::now() - TimeDelta::seconds(1));
    format!("{at} - EcosystemIntegration - ERROR - Error in Meta-Learning Analysis: division by zero\n")
        .repeat(count)
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S,%3f").to_string()
}
