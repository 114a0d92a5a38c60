//! A look at folders as they really are, and the profile that is made of what was found.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use caretaker_core::error::ErrorKind;
use caretaker_core::profile::{
    Found, FoundLog, FoundModule, FoundReport, LogFormat, Profile, RunningProcess, discover, load, parse,
    render_profile, write_profile,
};
use proptest::prelude::*;

struct Ecosystem(tempfile::TempDir);

impl Ecosystem {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Laid out as a real one is: main program, state, settings, logs, reports.
    fn real() -> Self {
        let eco = Self::new();
        for name in ["ecosystem_integration.py", "performance_benchmark.py", "security_audit.py"] {
            eco.write(name, "if __name__ == '__main__':\n    main()\n");
        }
        eco.write(
            "data/ecosystem_state.json",
            r#"{"timestamp": "2025-12-16T03:00:00", "state": "shutdown", "modules": {
                "Continuous Learning Engine": {"status": "integrated", "run_count": 3, "error_count": 0},
                "Meta-Learning Analysis": {"status": "failed", "run_count": 1, "error_count": 1},
                "Own Invention": {"status": "integrated", "run_count": 1, "error_count": 0}}}"#,
        );
        eco.write("config/meta_learning_config.yaml", "# how often\ncycle_interval_minutes: 25\n");
        eco.write(
            "config/own_invention_config.yaml",
            "module_name: Own Invention\nschedule:\n  interval_minutes: 7.5\n",
        );
        eco.write("config/adaptive_architecture_config.yaml", "enabled: true\n");
        eco.write("config/database.yaml", "name: postgres\npool: 5\n");
        eco.write(
            "logs/ecosystem.log",
            "2025-12-16 03:00:01,123 - EcosystemIntegration - INFO - error_count: 0\n\
             2025-12-16 03:00:02,123 - EcosystemIntegration - ERROR - Error in Meta-Learning Analysis: division by zero\n\
             Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nZeroDivisionError: division by zero\n",
        );
        eco.write(
            "logs/error_log.jsonl",
            "{\"timestamp\": \"2025-12-16T04:00:02\", \"module\": \"x\", \"error_type\": \"E\", \"error_message\": \"the disk went away\"}\n",
        );
        eco.write(
            "logs/activity_log.jsonl",
            "{\"timestamp\": \"2025-12-16T04:00:02\", \"activity\": \"learned\"}\n",
        );
        eco.write("logs/health.log", "Tue Dec 16 04:00 healthy\n");
        eco.write("logs/ecosystem.log.1", "old\n");
        for day in 10..=16 {
            eco.write(&format!("reports/morning_202512{day}.txt"), "Improvements Deployed: 5\n");
            eco.write(&format!("reports/daily_summary_202512{day}.json"), "{}\n");
            eco.write(&format!("reports/weekly_202512{day}.txt"), "x\n");
        }
        eco.write("reports/morning_20259999.txt", "no such day\n");
        eco
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn look(&self) -> Found {
        discover(self.root(), &[]).unwrap()
    }

    fn process(&self, arguments: &[&str]) -> RunningProcess {
        RunningProcess {
            pid: 4711,
            arguments: arguments.iter().map(Into::into).collect(),
            directory: Some(self.root().canonicalize().unwrap()),
            started: None,
        }
    }
}

/// Reads what was rendered, which must be without a mistake.
fn reread(found: &Found) -> Profile {
    let text = render_profile(found);
    parse(&text, Path::new("/p/caretaker.toml"), None)
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

fn cycles(profile: &Profile) -> Vec<(&str, u64)> {
    profile.modules.iter().map(|m| (m.name.as_str(), m.cycle.as_secs())).collect()
}

#[test]
fn a_real_folder_gives_a_profile_that_describes_it() {
    let eco = Ecosystem::real();
    let found = eco.look();
    assert_eq!(found.program.as_deref(), Some("ecosystem_integration.py"));
    assert_eq!(found.running_pid, None);
    let reports: Vec<_> =
        found.reports.iter().map(|r| (r.kind.as_str(), r.pattern.as_str(), r.count)).collect();
    assert_eq!(
        reports,
        [
            ("morning", "reports/morning_{date}.txt", 7),
            ("daily_summary", "reports/daily_summary_{date}.json", 7),
            ("weekly", "reports/weekly_{date}.txt", 7),
        ]
    );

    let profile = reread(&found);
    assert_eq!(profile.root, eco.root());
    assert_eq!(profile.process.start, ["python3", "ecosystem_integration.py"]);
    let state = profile.state.as_ref().unwrap();
    assert_eq!(state.path, eco.root().join("data/ecosystem_state.json"));
    assert_eq!(state.stale_after, None, "nothing says that it is written while the process runs");
    let logs: Vec<_> = profile.logs.iter().map(|l| (l.path.clone(), l.format.clone())).collect();
    assert_eq!(
        logs,
        [
            (eco.root().join("logs/ecosystem.log"), LogFormat::Python),
            (eco.root().join("logs/error_log.jsonl"), LogFormat::JsonLines { errors_only: true }),
        ]
    );
    assert_eq!(
        cycles(&profile),
        [
            ("Continuous Learning Engine", 300),
            ("Meta-Learning Analysis", 1500),
            ("Own Invention", 450),
            ("Adaptive Architecture", 2700),
        ]
    );
    assert_eq!(
        profile.reports.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(),
        ["morning", "daily_summary", "weekly"]
    );
    assert_eq!(profile.reports[2].due, None, "nobody knows when it is due, so it is never late");
    let text = render_profile(&found);
    assert!(text.contains("# Left out: \"logs/health.log\""), "{text}");
}

#[test]
fn an_error_log_that_repeats_the_main_log_is_not_counted_twice() {
    let eco = Ecosystem::real();
    eco.write(
        "logs/error_log.jsonl",
        "{\"timestamp\": \"2025-12-16T03:00:02\", \"error_type\": \"Z\", \"error_message\": \"division by zero\"}\n",
    );
    let profile = reread(&eco.look());
    assert_eq!(profile.logs.len(), 1);
    assert_eq!(profile.logs[0].format, LogFormat::Python);
}

#[test]
fn the_running_process_is_found_by_its_folder_and_script() {
    let eco = Ecosystem::real();
    eco.write("service.py", "");
    let vim = eco.process(&["vim", "ecosystem_integration.py"]);
    assert_eq!(discover(eco.root(), &[vim]).unwrap().running_pid, None);
    let mut elsewhere = eco.process(&["python3", "ecosystem_integration.py"]);
    elsewhere.directory = Some("/".into());
    assert_eq!(discover(eco.root(), &[elsewhere]).unwrap().running_pid, None);
    let own = eco.process(&["python3", "-u", "service.py"]);
    let found = discover(eco.root(), &[own]).unwrap();
    assert_eq!((found.program.as_deref(), found.running_pid), (Some("service.py"), Some(4711)));
}

#[test]
fn a_state_that_the_running_process_rewrites_may_go_stale() {
    let eco = Ecosystem::real();
    let mut process = eco.process(&["python3", "ecosystem_integration.py"]);
    let written: chrono::DateTime<chrono::Utc> =
        eco.root().join("data/ecosystem_state.json").metadata().unwrap().modified().unwrap().into();
    process.started = Some(written - chrono::TimeDelta::hours(1));
    let profile = reread(&discover(eco.root(), std::slice::from_ref(&process)).unwrap());
    assert_eq!(profile.state.unwrap().stale_after, Some(Duration::from_secs(3600)));
    // Started after the last writing: it was written at the end of the run before.
    process.started = Some(written + chrono::TimeDelta::seconds(1));
    let profile = reread(&discover(eco.root(), &[process]).unwrap());
    assert_eq!(profile.state.unwrap().stale_after, None);
}

#[test]
fn an_empty_folder_gives_a_profile_that_expects_nothing() {
    let eco = Ecosystem::new();
    let found = eco.look();
    assert_eq!((found.program.as_ref(), found.state_file.as_ref()), (None, None));
    assert!(found.notes.len() >= 5, "{:#?}", found.notes);
    let profile = reread(&found);
    assert!(profile.state.is_none() && profile.logs.is_empty());
    assert!(profile.reports.is_empty() && profile.modules.is_empty());
}

#[test]
fn what_is_no_folder_is_named_with_the_next_step() {
    let eco = Ecosystem::real();
    let missing = discover(&eco.root().join("none"), &[]).unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
    let file = discover(&eco.root().join("security_audit.py"), &[]).unwrap_err();
    assert_eq!(file.kind, ErrorKind::Usage);
    assert!(file.message.contains("is a file"), "{file}");
    assert!(missing.hint.is_some() && file.hint.is_some());
}

#[test]
fn links_that_lead_out_are_not_followed() {
    let outside = Ecosystem::real();
    let eco = Ecosystem::new();
    for name in ["logs", "reports", "config", "data"] {
        symlink(outside.root().join(name), eco.root().join(name)).unwrap();
    }
    symlink(outside.root().join("ecosystem_integration.py"), eco.root().join("ecosystem_integration.py"))
        .unwrap();
    let found = eco.look();
    assert_eq!((found.program.as_ref(), found.state_file.as_ref()), (None, None));
    assert!(found.logs.is_empty() && found.reports.is_empty() && found.modules.is_empty());
    assert!(found.notes.iter().any(|n| n.contains("logs leads out")), "{:#?}", found.notes);
    reread(&found);
}

#[test]
fn hostile_files_and_names_neither_stop_the_look_nor_break_the_profile() {
    let eco = Ecosystem::real();
    eco.write("logs/a\"]]\nroot = \"x.log", "2025-12-16 03:00:01,123 - X - ERROR - Y\n");
    eco.write("logs/nul.log", vec![0_u8; 300_000]);
    eco.write("logs/latin.log", b"\xff\xfe\xff\n".repeat(1000));
    eco.write("logs/long.log", vec![b'x'; 1_000_000]);
    eco.write("logs/empty.log", "");
    symlink("/dev/zero", eco.root().join("logs/zero.log")).unwrap();
    let fifo = eco.root().join("logs/fifo.log");
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, kind, mode, 0).unwrap();
    fs::write(eco.root().join("logs").join(std::ffi::OsStr::from_bytes(b"\xff.log")), "x").ok();
    eco.write(
        "data/ecosystem_state.json",
        r#"{"modules": {"<img src=x onerror=alert(1)>": {}, "a\n[[modules]]\nname = \"b": {}, "": {}, "\u0000": {}, "Meta-Learning Analysis": {}}}"#,
    );
    eco.write("config/deep_config.yaml", "[".repeat(100_000));
    eco.write("config/a_config.yaml", "module_name: \"x\\n]]\\\"\"\ncycle_minutes: 5\n");
    eco.write("config/b_config.yaml", "module_name: B\ncycle_minutes: -1\n");
    eco.write("config/c_config.yaml", "module_name: C\ncycle_minutes: 1e400\n");
    eco.write("config/d_config.yaml", "module_name: D\ncycle_minutes: 18446744073709551616\n");
    let profile = reread(&eco.look());
    let mut read = cycles(&profile);
    read.sort_unstable();
    assert_eq!(
        read,
        [
            ("Adaptive Architecture", 2700),
            ("Meta-Learning Analysis", 1500),
            ("Own Invention", 450),
            ("x\n]]\"", 300)
        ]
    );
    assert!(profile.logs.iter().any(|l| l.path.to_string_lossy().contains('\n')));
}

#[test]
fn a_state_file_that_cannot_be_read_is_noted_not_fatal() {
    let eco = Ecosystem::real();
    let state = eco.root().join("data/ecosystem_state.json");
    for text in ["", "{\"modules\": {", "[1]", &"[".repeat(100_000)] {
        eco.write("data/ecosystem_state.json", text);
        let found = eco.look();
        assert!(found.notes.iter().any(|n| n.contains("no JSON object")), "{:#?}", found.notes);
        reread(&found);
    }
    fs::File::create(&state).unwrap().set_len(5_000_000_000).unwrap();
    reread(&eco.look());
}

#[test]
fn a_profile_is_written_for_its_owner_alone_and_never_over_another() {
    let eco = Ecosystem::real();
    let path = eco.root().join("new/folder/caretaker.toml");
    let text = render_profile(&eco.look());
    write_profile(&path, &text).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(load(&path, None).unwrap().root, eco.root());
    assert_eq!(write_profile(&path, "x").unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

prop_compose! {
    fn any_found()(
        (root, name, notes) in (any::<String>(), any::<String>(), prop::collection::vec(any::<String>(), 0..3)),
        (program, state_file) in (prop::option::of(any::<String>()), prop::option::of(any::<String>())),
        state_rewritten in any::<bool>(),
        logs in prop::collection::vec((path(), prop::sample::select(vec!["python", "json-lines", "unknown"]), any::<[bool; 3]>()), 0..4),
        reports in prop::collection::vec((prop::sample::select(vec!["morning", "evening", "weekly"]), path()), 0..4),
        modules in prop::collection::vec((any::<String>(), prop::option::of(any::<f64>())), 0..4),
    ) -> Found {
        Found {
            root: format!("/{}", root.replace('\0', "")),
            name, notes, program, state_file, state_rewritten,
            running_pid: None,
            logs: logs.into_iter().map(|(path, format, [errors_only, without_levels, repeats])| FoundLog {
                path, format: format.into(), bytes: 0, errors_only, without_levels, repeats,
            }).collect(),
            reports: reports.into_iter().map(|(kind, prefix)| FoundReport {
                kind: kind.into(), pattern: format!("{prefix}_{{date}}.txt"), count: 1,
            }).collect(),
            modules: modules.into_iter().map(|(name, cycle_minutes)| FoundModule {
                name, cycle_minutes, found_in: String::new(),
            }).collect(),
        }
    }
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z.~/]{0,12}",
        Just("logs/a.log".to_owned()),
        Just("logs/./a.log".to_owned()),
        Just("\"]]\n[[logs]]\npath = \"x".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_was_found_gives_a_profile_without_a_mistake(found in any_found()) {
        let text = render_profile(&found);
        let profile = parse(&text, Path::new("/p/caretaker.toml"), None);
        prop_assert!(profile.is_ok(), "{:#?}\n{text}", profile.unwrap_err());
        let root: PathBuf = Path::new(&found.root).components().collect();
        prop_assert_eq!(profile.unwrap().root, root);
    }
}
