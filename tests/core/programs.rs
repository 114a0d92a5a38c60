//! Programs on a real folder: what they print is kept whole or not at all, whatever they do, and what they claim is held against
//! all that is known.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Stopwatch};

use caretaker_core::clock::{FixedClock, Instant, Zone};
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::{Journal, ProgramRun, Programs};
use caretaker_core::profile::{Profile, parse};
use caretaker_core::progress::{Progress, Unwatched};
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::{Entered, Store};
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};
use tempfile::TempDir;

/// One in which the day is another one than in UTC.
const ZONE: Zone = Zone::Fixed(match FixedOffset::east_opt(3 * 3600) {
    Some(zone) => zone,
    None => panic!("there is such a zone"),
});

fn now() -> Instant {
    Utc.with_ymd_and_hms(2025, 12, 16, 22, 30, 0).unwrap()
}

/// An ecosystem with one program of its own.
struct Eco {
    dir: TempDir,
    program: String,
}

impl Eco {
    /// `script` is run by a shell; `more` are further keys of the program.
    fn new(script: &str, more: &str) -> Self {
        let eco = Self { dir: tempfile::tempdir().unwrap(), program: String::new() };
        fs::create_dir_all(eco.path("")).unwrap();
        fs::write(eco.path("run.sh"), script).unwrap();
        Self { program: format!("name = \"mine\"\ncommand = [\"sh\", \"run.sh\"]\n{more}"), ..eco }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("eco").join(below)
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn script(&self, script: &str) {
        fs::write(self.path("run.sh"), script).unwrap();
    }

    fn profile(&self) -> Profile {
        let text =
            format!("[ecosystem]\nroot = {:?}\n[[programs]]\n{}", self.path("").display(), self.program);
        parse(&text, Path::new("/p/caretaker.toml"), None).unwrap()
    }

    fn programs(&self) -> Programs {
        Programs::new(self.profile(), &self.state(), Arc::new(FixedClock::new(now())), ZONE)
    }

    fn run_with(&self, progress: &dyn Progress) -> Result<ProgramRun, Error> {
        self.programs().run("mine", progress)
    }

    fn run(&self) -> ProgramRun {
        self.run_with(&Unwatched).unwrap()
    }

    fn refused(&self) -> Error {
        self.run_with(&Unwatched).unwrap_err()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "run.sh")
            .collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

/// Somebody who waits for a sign and then asks to stop.
#[derive(Default)]
struct Impatient {
    stop_at: PathBuf,
    lines: AtomicU64,
    bytes: AtomicU64,
}

impl Progress for Impatient {
    fn printed(&self, lines: u64, bytes: u64) {
        self.lines.store(lines, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stop_at.exists()
    }
}

/// Whether it still runs a moment later: the system may take one to end it.
fn is_alive(pid: &str) -> bool {
    let runs = || {
        // A killed process that nobody waits for is a name without a program.
        fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
            .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
    };
    let begun = Stopwatch::now();
    while runs() && begun.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(10));
    }
    runs()
}

#[test]
fn what_it_prints_is_kept_as_the_file_of_the_day_and_nothing_is_lost() {
    let eco = Eco::new("echo '✅ one'; echo 'not this' >&2", "output = \"mine_{date}.txt\"");
    let first = eco.run();
    assert_eq!((first.ok, first.exit, first.fault, first.earlier), (true, Some(0), None, None));
    // The day is that of the wall clock.
    assert_eq!(eco.names(), ["mine_20251217.txt"]);
    assert_eq!(eco.read("mine_20251217.txt"), "✅ one\n");
    let mode = fs::metadata(eco.path("mine_20251217.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for number in 2..=4 {
        eco.script(&format!("echo {number}"));
        let earlier = eco.run().earlier.unwrap();
        assert!(earlier.contains("/mine_20251217_"), "{earlier}");
        assert_eq!(eco.read("mine_20251217.txt"), format!("{number}\n"));
    }
    let mut kept: Vec<String> = eco.names().iter().map(|name| eco.read(name)).collect();
    kept.sort();
    assert_eq!(kept, ["2\n", "3\n", "4\n", "✅ one\n"]);
}

#[test]
fn one_that_hangs_is_ended_with_all_that_it_forked() {
    let eco = Eco::new("sleep 300 & echo $! > child; echo begun; wait", "timeout = \"1s\"");
    let begun = Stopwatch::now();
    let run = eco.run();
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!((run.ok, run.exit), (false, None));
    assert!(!is_alive(&eco.read("child")));
    let kept = eco.read("mine_20251217.txt");
    assert!(kept.starts_with("begun\n❌ [Caretaker] mine did not answer within 1 s"), "{kept}");
}

#[test]
fn what_it_leaves_behind_goes_with_it() {
    let eco = Eco::new("sleep 300 & echo $! > child; echo done", "");
    let begun = Stopwatch::now();
    assert!(eco.run().ok);
    assert!(begun.elapsed() < Duration::from_secs(20), "the child holds its output open");
    assert!(!is_alive(&eco.read("child")));
    assert_eq!(eco.read("mine_20251217.txt"), "done\n");
}

#[test]
fn a_gigabyte_is_cut_at_the_cap_and_said_so() {
    let eco = Eco::new("yes | head -c 1000000000", "cap = \"1 MB\"");
    let run = eco.run();
    assert_eq!((run.ok, run.cut, run.bytes), (false, true, 1_000_000));
    let kept = eco.read("mine_20251217.txt");
    assert!(kept.len() < 1_000_200, "{}", kept.len());
    assert!(kept.ends_with("y\n❌ [Caretaker] cut here, after 1 MB: it was ended\n"), "{}", &kept[999_990..]);
}

#[test]
fn one_that_asks_for_an_answer_gets_none() {
    let eco = Eco::new("", "timeout = \"20s\"");
    fs::write(eco.path("ask.py"), "name = input('Your name? ')\n").unwrap();
    eco.script("exec python3 ask.py");
    let run = eco.run();
    assert_eq!((run.ok, run.exit), (false, Some(1)));
    assert!(run.fault.unwrap().contains("nobody is there to answer"));
    assert!(run.complaints.contains("EOFError"));
}

#[test]
fn what_cannot_run_is_explained_and_nothing_is_written() {
    let mut eco = Eco::new("", "");
    fs::write(eco.path("plain"), "#!/bin/sh\n").unwrap();
    fs::write(eco.path("odd"), "#!/nowhere/python9\n").unwrap();
    fs::set_permissions(eco.path("odd"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(eco.path("broken"), "\u{7f}ELF no program").unwrap();
    fs::set_permissions(eco.path("broken"), fs::Permissions::from_mode(0o755)).unwrap();
    let before = eco.names();
    for (command, why) in [
        ("[]", "it has no command"),
        ("[\"surely-not-installed\"]", "not installed"),
        ("[\"python3\", \"not_there.py\"]", "not_there.py is not in"),
        ("[\"python3\", \"-c\", \"from feature-02-x.src import y\"]", "no module's name holds a hyphen"),
        ("[\"./plain\"]", "not executable"),
        ("[\"./odd\"]", "/nowhere/python9 is not there"),
        ("[\"./broken\"]", "cannot start mine"),
        ("[\"./\"]", "is no file"),
    ] {
        eco.program = format!("name = \"mine\"\ncommand = {command}\n");
        let error = eco.refused();
        assert!(error.message.starts_with("cannot run mine: ") && error.message.contains(why), "{error}");
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(error.hint.unwrap().contains("[[programs]]"));
        assert_eq!(eco.names(), before, "{command}");
    }
    let error = eco.programs().run("other", &Unwatched).unwrap_err();
    assert!(error.hint.unwrap().contains("benchmark, verification, audit"));
}

#[test]
fn nothing_is_written_through_a_link_or_over_what_is_no_file() {
    let eco = Eco::new("echo x > ran; echo printed", "output = \"out/mine_{date}.txt\"");
    let canary = eco.dir.path().join("canary");
    fs::create_dir(&canary).unwrap();
    let file = eco.path("out/mine_20251217.txt");
    // The folder leads elsewhere.
    symlink(&canary, eco.path("out")).unwrap();
    assert_eq!(eco.refused().kind, ErrorKind::Denied);
    fs::remove_file(eco.path("out")).unwrap();
    // The name does.
    fs::create_dir(eco.path("out")).unwrap();
    symlink(canary.join("there"), &file).unwrap();
    assert!(eco.refused().message.contains("is a link"));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(eco.refused().message.contains("no regular file"));
    fs::remove_dir(&file).unwrap();
    fs::remove_dir(eco.path("out")).unwrap();
    assert!(!eco.path("ran").exists(), "it is told before anything runs");
    assert_eq!(fs::read_dir(&canary).unwrap().count(), 0);
    // A folder that is missing is made.
    assert!(eco.run().ok);
    assert_eq!(fs::read_to_string(&file).unwrap(), "printed\n");
}

#[test]
fn an_output_that_leaves_the_root_is_no_profile() {
    for output in ["../x_{date}.txt", "/tmp/x_{date}.txt", "~/x_{date}.txt", "x.txt", "x_{date}/"] {
        let text = format!(
            "ecosystem.root = '/eco'\n[[programs]]\nname = \"mine\"\ncommand = [\"true\"]\noutput = \"{output}\"\n"
        );
        let problems = parse(&text, Path::new("/p/caretaker.toml"), None).unwrap_err();
        assert_eq!(problems[0].key, "programs[1].output", "{output}");
    }
}

#[test]
fn entries_change_the_defaults_by_their_names_or_join_them() {
    let programs = |text: &str| {
        let text = format!("{text}\n[ecosystem]\nroot = '/eco'\n");
        parse(&text, Path::new("/p/caretaker.toml"), None).unwrap().programs
    };
    let defaults = programs("");
    let names = |of: &[caretaker_core::profile::ProgramSettings]| {
        of.iter().map(|one| one.name.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&defaults), "benchmark verification audit automation trends knowledge");
    assert!(programs("programs = []").is_empty());
    let own = programs(
        "[[programs]]\nname = \"nightly-check\"\ncommand = [\"true\"]\n[[programs]]\nname = \"trends\"\ncommand = [\"t\"]\n",
    );
    assert_eq!(names(&own), "benchmark verification audit automation trends knowledge nightly-check");
    assert_eq!(
        (own[4].command.as_slice(), own[4].title.as_str()),
        (["t".to_owned()].as_slice(), "Performance trends")
    );
    assert_eq!(own[4].output, Path::new("/eco/monthly_trends_{date}.txt"));
    let mine = own.last().unwrap();
    assert_eq!((mine.title.as_str(), mine.targets.len()), ("Nightly check", 0));
    assert_eq!(mine.output, Path::new("/eco/nightly-check_{date}.txt"));
    assert_eq!((mine.timeout, mine.cap), (defaults[0].timeout, defaults[0].cap));
    assert_eq!(own[0], defaults[0]);
}

#[test]
fn the_reports_of_the_profile_are_what_the_programs_write() {
    let profile = parse("ecosystem.root = '/eco'", Path::new("/p/caretaker.toml"), None).unwrap();
    for (program, report) in [
        ("benchmark", "weekly_performance"),
        ("verification", "monthly_verification"),
        ("audit", "monthly_security"),
    ] {
        let output = &profile.programs.iter().find(|one| one.name == program).unwrap().output;
        let pattern = &profile.reports.iter().find(|one| one.id == report).unwrap().pattern;
        assert_eq!(output, pattern);
    }
}

#[test]
fn two_at_once_would_measure_each_other() {
    let eco =
        Eco::new("echo begun; touch begun; while [ ! -e go ]; do sleep 0.05; done", "timeout = \"60s\"");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| eco.run());
        while !eco.path("begun").exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let second = eco.refused();
        assert_eq!(second.kind, ErrorKind::Busy);
        assert!(second.message.contains("was not started"), "{second}");
        fs::write(eco.path("go"), "").unwrap();
        assert!(first.join().unwrap().ok);
    });
    assert_eq!(eco.read("mine_20251217.txt"), "begun\n");
}

#[test]
fn whoever_asks_to_stop_keeps_nothing_of_it() {
    let eco =
        Eco::new("sleep 300 & echo $! > child; printf 'a\\nb\\n'; touch begun; wait", "timeout = \"60s\"");
    let impatient = Impatient { stop_at: eco.path("begun"), ..Impatient::default() };
    let error = eco.run_with(&impatient).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Busy);
    assert!(error.message.contains("nothing of it was kept"), "{error}");
    assert!(!is_alive(&eco.read("child")));
    assert_eq!(eco.names(), ["begun", "child"]);
}

#[test]
fn one_who_waits_sees_how_far_it_has_come() {
    let eco = Eco::new("printf 'a\\nb\\nc'; sleep 0.5", "");
    let patient = Impatient { stop_at: eco.path("never"), ..Impatient::default() };
    assert!(eco.run_with(&patient).unwrap().ok);
    assert_eq!((patient.lines.into_inner(), patient.bytes.into_inner()), (2, 5));
}

#[test]
fn a_draft_that_was_left_counts_for_nothing() {
    let eco = Eco::new("echo whole", "");
    fs::write(eco.path(".mine_20251217.txt.caretaker-draft"), "half").unwrap();
    assert!(eco.run().ok);
    assert_eq!(eco.names(), ["mine_20251217.txt"]);
    assert_eq!(eco.read("mine_20251217.txt"), "whole\n");
}

#[test]
fn a_name_that_is_swapped_for_a_link_meanwhile_is_not_followed() {
    let eco = Eco::new("", "output = \"out/mine_{date}.txt\"");
    let canary = eco.dir.path().join("canary");
    fs::create_dir(&canary).unwrap();
    fs::write(canary.join("mine_20251217.txt"), "untouched").unwrap();
    fs::create_dir(eco.path("out")).unwrap();
    // The program itself swaps folder and name.
    eco.script(&format!("mv out was; ln -s {} out; echo printed", canary.display()));
    let run = eco.run();
    assert!(run.ok);
    assert_eq!(fs::read_to_string(canary.join("mine_20251217.txt")).unwrap(), "untouched");
    assert_eq!(fs::read_dir(&canary).unwrap().count(), 1);
    assert_eq!(eco.read("was/mine_20251217.txt"), "printed\n");
}

#[test]
fn claims_stand_beside_the_run_before_the_baseline_and_the_measurement() {
    let targets = "targets = [\"cpu < 30 %\", \"memory < 4 GB\", \"success > 95 %\"]";
    let eco = Eco::new("printf '✅ CPU Usage: 12.5%%\\nMemory: 1.1 GB\\nSuccess Rate: 90 %%\\n'", targets);
    assert_eq!(eco.programs().keep_baseline("mine").unwrap_err().kind, ErrorKind::NotFound);
    let first = eco.run();
    let figure = |run: &ProgramRun, at: usize| run.claims.figures[at].clone();
    assert_eq!((figure(&first, 0).met, figure(&first, 2).met), (Some(true), Some(false)));
    assert_eq!((figure(&first, 0).before, figure(&first, 0).measured), (None, None));
    eco.programs().keep_baseline("mine").unwrap();

    // Nobody looked since an hour: that says nothing about now.
    let mut store = Store::open(&eco.state()).unwrap().store;
    let of = store.ecosystem(&eco.profile().root).unwrap();
    let mut look = |at: Instant, cpu: f64| {
        let seen = [
            (SignalId::ProcessCpu, Some(cpu), Level::Red),
            (SignalId::ProcessMemory, Some(1e9), Level::Green),
        ];
        store.record(of, at, Level::Red, &seen).unwrap();
    };
    look(now() - TimeDelta::hours(1), 60.0);
    assert_eq!(figure(&eco.run(), 0).measured, None);
    look(now() - TimeDelta::minutes(1), 60.0);
    eco.script("printf '✅ CPU Usage: 12.5%%\\nMemory: 900 MB\\nSuccess Rate: 90 %%\\n'");
    let third = eco.run();
    assert_eq!(third.claims.contradictions, ["It says CPU Usage is 12.5 %, but 60 % were measured."]);
    assert_eq!(figure(&third, 0).baseline, Some(12.5));
    assert_eq!((figure(&third, 1).before, figure(&third, 1).refuted), (Some(1100.0), None));
    assert!(!third.claims.constant);
    assert!(eco.run().claims.constant, "not one digit is another one");

    let listed = eco.programs().list().unwrap();
    let mine = listed.iter().find(|one| one.name == "mine").unwrap();
    assert_eq!(mine.last.as_ref().unwrap().claims.figures[1].value, 900.0);
    assert_eq!(mine.baseline.as_ref().unwrap().claims.figures[1].value, 1.1);
    let entries = Journal::new(&eco.state(), &eco.profile().root).entries(now(), "mine").unwrap();
    assert_eq!(entries.len(), 5);
    assert!(entries.iter().all(|entry| entry.kind == Entered::Program));
    assert!(entries[1].text.contains("60 % were measured"), "{}", entries[1].text);
}

#[test]
fn one_that_says_it_failed_or_ends_so_is_bad() {
    for (script, ok) in [
        ("echo '❌ backup'", false),
        ("echo '5/6 checks passed'", false),
        ("echo '✅ all'; exit 3", false),
        ("kill -SEGV $$", false),
        ("echo '✅ Passed: 6  ❌ Failed: 0'", true),
        (":", true),
    ] {
        let eco = Eco::new(script, "");
        assert_eq!(eco.run().ok, ok, "{script}");
    }
    let eco = Eco::new("echo said; echo why >&2; exit 3", "");
    let run = eco.run();
    assert_eq!((run.exit, run.complaints.as_str()), (Some(3), "why"));
    assert!(
        eco.read("mine_20251217.txt").starts_with("said\n❌ [Caretaker] mine failed (exit status: 3): why")
    );
}

#[test]
fn it_sees_little_of_the_environment_and_nothing_is_typed() {
    let eco = Eco::new("env | cut -d= -f1 | sort | tr '\\n' ' '; read line || echo none", "");
    eco.run();
    let kept = eco.read("mine_20251217.txt");
    let odd: Vec<&str> = kept
        .split_whitespace()
        .filter(|name| !["PATH", "HOME", "LANG", "TZ", "PWD", "OLDPWD", "SHLVL", "_", "none"].contains(name))
        .collect();
    assert!(odd.is_empty() && kept.ends_with("none\n"), "{kept}");
}
