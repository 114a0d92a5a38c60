//! The sensors against real processes, real files of the worst kinds, and probes that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, a measurement prints"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use caretaker_core::clock::{Clock, Instant, WallClock, Zone};
use caretaker_core::observe::observer::Observer;
use caretaker_core::observe::process::ProcessSensor;
use caretaker_core::observe::{ProcessSeen, ProcessTree, ReportState, probe, state};
use caretaker_core::profile::{
    AlertSettings, Probe, ProbeTarget, ProcessMatch, Profile, ReportDue, ReportKind, Sampling, StateFile,
};

const PROGRAM: &str = "ecosystem_integration.py";

/// A process that ends with the test, children and all.
struct Running(Child);

impl Running {
    /// Runs the stand-in in `folder`, under the name `called`.
    fn start(folder: &Path, called: &str, arguments: &[&str]) -> Self {
        let child = Command::new("sh")
            .arg0(called)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        Self(child)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.0.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    fn kill_and_collect(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

fn now() -> Instant {
    WallClock.now()
}

/// An ecosystem's folder whose program waits for the end of its input.
fn folder(script: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(PROGRAM), script).unwrap();
    dir
}

const WAITS: &str = "read line\n";

fn wanted(root: &Path) -> ProcessMatch {
    ProcessMatch {
        argument: Some(PROGRAM.into()),
        directory: Some(root.to_owned()),
        own_only: true,
        agents: None,
        start: Vec::new(),
    }
}

fn sampling() -> Sampling {
    Sampling {
        open: Duration::from_secs(5),
        closed: Duration::from_secs(30),
        // Every look of these tests searches.
        discovery: Duration::ZERO,
        sizes: Duration::from_secs(600),
        cpu_window: Duration::from_secs(300),
    }
}

fn sensor(root: &Path) -> ProcessSensor {
    ProcessSensor::new(wanted(root), &sampling())
}

fn tree(seen: ProcessSeen) -> ProcessTree {
    match seen {
        ProcessSeen::Running(tree) => tree,
        ProcessSeen::Gone => panic!("the process was not found"),
    }
}

/// Waits until `found` is true: a process needs a moment to become what it was started as.
fn eventually(mut found: impl FnMut() -> bool) {
    let begun = Stopwatch::now();
    while !found() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it did not happen within 10 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_program_is_found_and_its_look_alikes_are_not() {
    let (dir, elsewhere) = (folder(WAITS), folder(WAITS));
    let _editor = Running::start(dir.path(), "vim", &[PROGRAM]);
    let _other = Running::start(elsewhere.path(), "python3", &[PROGRAM]);
    let _reader = Running::start(dir.path(), "tail", &[PROGRAM, "-f"]);
    let mut sensor = sensor(dir.path());
    eventually(|| sensor_finds_elsewhere(elsewhere.path()));
    assert_eq!(sensor.look(now()), Ok(ProcessSeen::Gone));

    let main = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(_))));
    let seen = tree(sensor.look(now()).unwrap());
    assert_eq!((seen.pid, seen.twins, seen.children), (main.pid(), vec![], vec![]));
    assert_eq!(seen.command, ["python3", PROGRAM]);
    assert!(seen.memory > 0);
}

fn sensor_finds_elsewhere(root: &Path) -> bool {
    matches!(sensor(root).look(now()), Ok(ProcessSeen::Running(_)))
}

#[test]
fn a_link_to_the_folder_is_the_folder() {
    let dir = folder(WAITS);
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(dir.path(), &link).unwrap();
    let main = Running::start(dir.path(), "python3", &[PROGRAM]);
    let mut sensor = sensor(&link);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(_))));
    assert_eq!(tree(sensor.look(now()).unwrap()).pid, main.pid());
}

#[test]
fn killed_is_gone_and_started_again_is_another() {
    let dir = folder(WAITS);
    let mut sensor = sensor(dir.path());
    let mut first = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(_))));
    // Dead, but not collected by its parent: still in the list, and shown as what it is.
    first.signal(rustix::process::Signal::KILL);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(t)) if t.run_state == "zombie"));
    let second = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(t)) if t.pid == second.pid()));
    first.kill_and_collect();
    drop(second);
    assert_eq!(sensor.look(now()), Ok(ProcessSeen::Gone));
}

#[test]
fn children_belong_to_the_tree_and_may_die_first() {
    let dir = folder("sleep 60 &\nsleep 60 &\nwait\n");
    let mut sensor = sensor(dir.path());
    let main = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(t)) if t.children.len() == 2));
    let seen = tree(sensor.look(now()).unwrap());
    let child = rustix::process::Pid::from_raw(seen.children[0].cast_signed()).unwrap();
    rustix::process::kill_process(child, rustix::process::Signal::KILL).unwrap();
    eventually(|| {
        let after = tree(sensor.look(now()).unwrap());
        assert!(after.cpu_percent.is_none_or(|cpu| (0.0..=100.0).contains(&cpu)));
        after.pid == main.pid() && after.children == seen.children[1..]
    });
}

/// A worker that was forked looks exactly like its parent; when that dies, the worker is not the program.
#[test]
fn a_worker_left_behind_is_not_taken_for_the_program() {
    let dir = folder("( read line < wait ) &\nwait\n");
    let fifo = dir.path().join("wait");
    make_fifo(&fifo);
    let mut sensor = sensor(dir.path());
    let mut main = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(t)) if t.children.len() == 1));
    assert_eq!(tree(sensor.look(now()).unwrap()).twins, Vec::<u32>::new());
    main.kill_and_collect();
    assert_eq!(sensor.look(now()), Ok(ProcessSeen::Gone));
}

#[test]
fn a_second_instance_is_a_twin_of_the_oldest() {
    let dir = folder(WAITS);
    let mut sensor = sensor(dir.path());
    let main = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(_))));
    let twin = Running::start(dir.path(), "python3.12", &["-u", PROGRAM]);
    eventually(|| tree(sensor.look(now()).unwrap()).twins == [main.pid().max(twin.pid())]);
}

#[cfg(target_os = "linux")]
#[test]
fn stopped_is_seen() {
    let dir = folder(WAITS);
    let mut sensor = sensor(dir.path());
    let main = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor.look(now()), Ok(ProcessSeen::Running(_))));
    main.signal(rustix::process::Signal::STOP);
    eventually(|| tree(sensor.look(now()).unwrap()).run_state == "stopped");
}

fn make_fifo(path: &Path) {
    let done = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(done.success());
}

fn read_state(path: &Path) -> Result<Option<String>, String> {
    let file = StateFile { path: path.to_owned(), stale_after: None };
    state::read_state(&file, now(), Zone::Machine).map(|seen| seen.claims.state)
}

#[test]
fn state_files_of_the_worst_kinds_are_named_and_never_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    let begun = Stopwatch::now();
    let bad = |says: &str| {
        let problem = read_state(&path).unwrap_err();
        assert!(problem.contains(says) && problem.contains("state.json"), "{says}: {problem}");
        std::fs::remove_file(&path).ok();
    };
    bad("no state file");
    make_fifo(&path);
    bad("FIFO");
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    bad("device");
    std::fs::File::create(&path).unwrap().set_len(5_000_000_000).unwrap();
    bad("5000000000");
    std::fs::write(&path, "").unwrap();
    bad("empty");
    std::fs::write(&path, r#"{"state": "running", "mod"#).unwrap();
    bad("damaged");
    std::fs::write(&path, "[".repeat(100_000)).unwrap();
    bad("damaged");
    std::fs::write(&path, vec![0; 4096]).unwrap();
    bad("damaged");
    std::fs::write(&path, r#"{"state": "running"}"#).unwrap();
    assert_eq!(read_state(&path), Ok(Some("running".into())));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_half_written_state_file_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    std::fs::write(&path, r#"{"state": "#).unwrap();
    let writer = std::thread::spawn({
        let path = path.clone();
        move || {
            std::thread::sleep(Duration::from_millis(10));
            std::fs::write(path, r#"{"state": "paused"}"#).unwrap();
        }
    });
    assert_eq!(read_state(&path), Ok(Some("paused".into())));
    writer.join().unwrap();
}

fn ask(target: ProbeTarget, timeout: Duration) -> Result<Option<String>, String> {
    let probe = Probe { target, timeout, max_output: 100_000, every: Duration::from_secs(60) };
    probe::ask(&probe, Path::new("/"), now(), Zone::Machine).map(|claims| claims.state)
}

fn ask_program(script: &str, timeout: Duration) -> Result<Option<String>, String> {
    ask(ProbeTarget::Command(vec!["sh".into(), "-c".into(), script.into()]), timeout)
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_probe_answers_with_or_without_prose_before() {
    assert_eq!(ask_program(r#"echo '{"state": "running"}'"#, LONG), Ok(Some("running".into())));
    let chatty = r#"echo "Checking {all} modules"; echo oops >&2; echo '{"ecosystem_state": "paused"}'"#;
    assert_eq!(ask_program(chatty, LONG), Ok(Some("paused".into())));
}

#[test]
fn a_probe_sees_neither_our_input_nor_our_environment() {
    // `cat` ends at once where there is no input; CARGO is set in every test.
    let script = r#"cat; echo "{\"state\": \"${CARGO:-clean} $PWD\"}""#;
    assert_eq!(ask_program(script, LONG), Ok(Some("clean /".into())));
}

#[test]
fn probes_that_fail_say_why() {
    let problem = ask_program("echo first >&2; echo 'No module named yaml' >&2; exit 3", LONG).unwrap_err();
    assert!(problem.contains("No module named yaml") && problem.contains('3'), "{problem}");
    let problem = ask_program("echo All systems operational", LONG).unwrap_err();
    assert!(problem.contains("All systems operational"), "{problem}");
    let problem = ask_program("true", LONG).unwrap_err();
    assert!(problem.contains("empty"), "{problem}");
    let problem = ask(ProbeTarget::Command(vec!["/no/such/program".into()]), LONG).unwrap_err();
    assert!(problem.contains("/no/such/program"), "{problem}");
}

#[test]
fn a_probe_that_hangs_is_ended_with_all_its_children() {
    let dir = tempfile::tempdir().unwrap();
    let pids = dir.path().join("pids");
    let script = format!("sleep 300 & echo $! > {0}; echo $$ >> {0}; wait", pids.display());
    let begun = Stopwatch::now();
    let problem = ask_program(&script, Duration::from_secs(1)).unwrap_err();
    assert!(problem.contains("did not answer"), "{problem}");
    assert!(begun.elapsed() < Duration::from_secs(8));
    let pids = std::fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
        eventually(|| is_over(pid));
    }
}

/// Gone, or dead and waiting for whoever collects orphans here.
fn is_over(pid: rustix::process::Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    rustix::process::test_kill_process(pid).is_err() || stat.is_ok_and(|s| s.contains(") Z "))
}

#[test]
fn a_probe_that_prints_without_end_is_cut_off() {
    let begun = Stopwatch::now();
    let problem = ask_program("head -c 1000000000 /dev/zero", LONG).unwrap_err();
    assert!(problem.contains("more than 100000 bytes"), "{problem}");
    // Complaints without end are no answer either, and are not kept.
    let problem = ask_program("cat /dev/zero >&2", Duration::from_secs(1)).unwrap_err();
    assert!(problem.contains("did not answer"), "{problem}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_probe_is_not_kept_waiting_by_a_child_that_holds_its_output_open() {
    let begun = Stopwatch::now();
    let answer = ask_program(r#"sleep 300 & echo '{"state": "running"}'"#, LONG);
    assert_eq!(answer, Ok(Some("running".into())));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// Answers one request with `answer`; with `None` it stays silent until the asker gives up.
fn serve(answer: Option<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        match answer {
            Some(answer) => drop(stream.write_all(answer.as_bytes())),
            None => drop(stream.read(&mut [0; 1])),
        }
    });
    url
}

fn ask_http(answer: Option<String>, timeout: Duration) -> Result<Option<String>, String> {
    ask(ProbeTarget::Http(serve(answer)), timeout)
}

#[test]
fn a_loopback_address_is_asked_and_bounded() {
    let ok = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(ask_http(Some(ok(r#"{"state": "running"}"#)), LONG), Ok(Some("running".into())));
    let problem = ask_http(Some(ok(&"x".repeat(200_000))), LONG).unwrap_err();
    assert!(problem.contains("more than 100000 bytes"), "{problem}");
    let away = "HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\nContent-Length: 0\r\n\r\n";
    let problem = ask_http(Some(away.into()), LONG).unwrap_err();
    assert!(problem.contains("302"), "{problem}");
    let problem = ask_http(Some("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n".into()), LONG).unwrap_err();
    assert!(problem.contains("500"), "{problem}");
    assert!(ask_http(Some("\0\0\0nonsense\r\n\r\n".into()), LONG).is_err());
    let begun = Stopwatch::now();
    assert!(ask_http(None, Duration::from_millis(300)).is_err());
    assert!(begun.elapsed() < Duration::from_secs(8));
    assert!(ask(ProbeTarget::Http("http://example.com/".into()), LONG).unwrap_err().contains("refused"));
}

fn profile(root: PathBuf) -> Profile {
    let defaults =
        caretaker_core::profile::parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap();
    Profile {
        appearance: caretaker_core::profile::Appearance::default(),
        name: "Test".into(),
        demo: false,
        process: wanted(&root),
        state: Some(StateFile { path: root.join("data/state.json"), stale_after: None }),
        probe: Some(Probe {
            target: ProbeTarget::Command(vec!["echo".into(), r#"{"state": "running"}"#.into()]),
            timeout: LONG,
            max_output: 1_000,
            every: Duration::from_secs(60),
        }),
        logs: Vec::new(),
        reports: vec![ReportKind {
            id: "morning".into(),
            pattern: root.join("reports/morning_{date}.txt"),
            due: Some(ReportDue::daily(chrono::NaiveTime::MIN)),
            grace: Duration::ZERO,
            missing: Duration::ZERO,
        }],
        modules: Vec::new(),
        programs: Vec::new(),
        data_dir: root.join("data"),
        logs_dir: root.join("logs"),
        config_dir: root.join("config"),
        bands: std::collections::BTreeMap::new(),
        sampling: sampling(),
        alerts: AlertSettings { grace: Duration::ZERO, ..defaults.alerts },
        forecast: caretaker_core::profile::ForecastSettings::default(),
        backups: defaults.backups,
        away: defaults.away,
        cleanup: defaults.cleanup,
        metrics: defaults.metrics,
        routines: defaults.routines,
        quiet: None,
        channels: Vec::new(),
        root,
    }
}

#[test]
fn one_complete_look_has_every_reading() {
    let dir = folder(WAITS);
    for sub in ["data", "logs", "reports"] {
        std::fs::create_dir(dir.path().join(sub)).unwrap();
    }
    std::fs::write(dir.path().join("data/state.json"), r#"{"state": "paused"}"#).unwrap();
    let _main = Running::start(dir.path(), "python3", &[PROGRAM]);
    eventually(|| matches!(sensor(dir.path()).look(now()), Ok(ProcessSeen::Running(_))));
    let mut observer = Observer::new(Arc::new(profile(dir.path().to_owned())), Zone::Machine);
    let seen = observer.look_complete(&WallClock);
    assert!(tree(seen.process.value.unwrap()).cpu_percent.is_some());
    assert!(seen.machine_cpu.value.is_some() && seen.machine_memory.value.is_some());
    assert!(seen.disk.value.unwrap().free > 0);
    assert_eq!((seen.data_size.value, seen.logs_size.value), (Some(19), Some(0)));
    assert_eq!(seen.state.unwrap().value.unwrap().claims.state.as_deref(), Some("paused"));
    assert_eq!(seen.probe.unwrap().value.unwrap().state.as_deref(), Some("running"));
    assert_eq!(seen.reports[0].state, ReportState::Absent);
    assert_eq!(seen.errors, None);
}

#[test]
fn without_the_root_every_reading_says_so_and_recovers_when_it_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("eco");
    let mut observer = Observer::new(Arc::new(profile(root.clone())), Zone::Machine);
    let seen = observer.look_complete(&WallClock);
    let state = seen.state.as_ref().unwrap();
    for problem in [&seen.disk.problem, &seen.data_size.problem, &seen.logs_size.problem, &state.problem] {
        assert!(problem.as_ref().unwrap().contains("is not there"), "{problem:?}");
    }
    assert_eq!(seen.process.value, Some(ProcessSeen::Gone));
    assert!(matches!(seen.reports[0].state, ReportState::Unknown { .. }));

    std::fs::write(&root, "").unwrap();
    assert!(observer.look(now()).disk.problem.unwrap().contains("is a file"));

    std::fs::remove_file(&root).unwrap();
    std::fs::create_dir_all(root.join("data")).unwrap();
    std::fs::write(root.join("data/state.json"), r#"{"state": "running"}"#).unwrap();
    let seen = observer.look_complete(&WallClock);
    assert_eq!(seen.disk.problem, None);
    assert_eq!(seen.state.unwrap().problem, None);
    assert_eq!(seen.data_size.value, Some(20));
    assert!(seen.logs_size.problem.unwrap().contains("missing"));
}
