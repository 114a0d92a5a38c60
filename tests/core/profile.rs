//! Profiles with mistakes: every fixture is named by its defect, and its messages are snapshots.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::profile::{LogFormat, ProbeTarget, Profile, load, parse};
use caretaker_core::signal::SignalId;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/profiles")
}

/// Loads bytes from a file that only its owner can write, as a user's file is.
fn load_bytes(bytes: &[u8]) -> Result<Profile, Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("caretaker.toml");
    caretaker_core::fsio::write_atomic(&path, bytes, 0o600).unwrap();
    load(&path, Some(Path::new("/home/me"))).map_err(|errors| {
        let folder = format!("{}/", dir.path().display());
        errors.into_problems().iter().map(|p| p.to_string().replace(&folder, "")).collect()
    })
}

fn parsed(text: &str) -> Profile {
    parse(text, Path::new("/p/caretaker.toml"), Some(Path::new("/home/me")))
        .unwrap_or_else(|p| panic!("{p:#?}"))
}

#[test]
fn every_mistake_is_named_with_its_place_and_its_remedy() {
    let mut fixtures: Vec<PathBuf> = fixtures()
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    fixtures.sort();
    assert!(fixtures.len() >= 20);
    let mut all = String::new();
    for path in fixtures {
        let problems = load_bytes(&std::fs::read(&path).unwrap()).expect_err(&path.display().to_string());
        all.push_str(&format!("{}\n", path.file_stem().unwrap().to_string_lossy()));
        for problem in problems {
            assert!(!problem.chars().any(char::is_control), "{problem:?}");
            all.push_str(&format!("  {problem}\n"));
        }
    }
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("profile_mistakes", all);
    });
}

#[test]
fn a_profile_of_one_line_takes_everything_else_from_the_defaults() {
    let profile = parsed("ecosystem.root = '~/vy-nexus/eco'");
    assert_eq!(profile.root, Path::new("/home/me/vy-nexus/eco"));
    assert_eq!(profile.name, "eco");
    assert_eq!(profile.process.directory.as_deref(), Some(profile.root.as_path()));
    assert_eq!(profile.data_dir, profile.root.join("data"));
    assert_eq!(profile.modules.len(), 10);
    assert_eq!(profile.reports.len(), 6);
    assert!(profile.probe.is_none());
    let cpu = profile.bands[&SignalId::ProcessCpu];
    assert_eq!((cpu.yellow, cpu.red), (Some(30.0), Some(50.0)));
    let disk = profile.bands[&SignalId::DiskFree];
    assert_eq!((disk.yellow, disk.red), (Some(10e9), Some(5e9)));
    assert!(!profile.bands.contains_key(&SignalId::MachineCpu), "none unless the profile sets them");
}

#[test]
fn tables_are_merged_key_by_key_and_lists_replaced_whole() {
    let profile = parsed(
        r#"
        modules = []
        [ecosystem]
        root = "eco"
        [bands."process.cpu"]
        red = 80
        [bands."execution.time"]
        red = "1s"
        [bands."data.size"]
        yellow = ""
        [bands."machine.memory"]
        yellow = 90
        [probe]
        url = "http://localhost:8080/health"
        [[logs]]
        path = "logs/own.log"
        format = "regex"
        pattern = '^(?<time>\S+ \S+) \[(?<level>\w+)\] (?<message>.*)'
        time_format = "%Y-%m-%d %H:%M:%S"
        error_levels = ["fatal"]
        "#,
    );
    assert_eq!(profile.root, Path::new("/p/eco"), "relative to the profile's folder");
    assert!(profile.modules.is_empty());
    assert_eq!(profile.reports.len(), 6);
    let band = |id| profile.bands.get(&id).map(|b| (b.yellow, b.red));
    assert_eq!(band(SignalId::ProcessCpu), Some((Some(30.0), Some(80.0))));
    assert_eq!(band(SignalId::ExecutionTime), Some((Some(10.0), Some(1000.0))));
    assert_eq!(band(SignalId::DataSize), None);
    assert_eq!(band(SignalId::MachineMemory), Some((Some(90.0), None)));
    assert_eq!(profile.probe.unwrap().target, ProbeTarget::Http("http://localhost:8080/health".into()));
    assert_eq!(profile.logs.len(), 1);
    let log = &profile.logs[0];
    assert!(matches!(log.format, LogFormat::Regex { .. }));
    assert_eq!(log.error_levels, ["FATAL"]);
    assert_eq!(log.module_patterns.len(), 2, "left out, so as in the first log of the defaults");
}

#[test]
fn editors_of_any_kind_may_write_the_file() {
    assert_eq!(
        load_bytes(b"\xef\xbb\xbf[ecosystem]\r\nroot = \"/eco\"\r\n").unwrap().root,
        Path::new("/eco")
    );
}

#[test]
fn what_is_no_profile_is_refused_before_it_costs_anything() {
    let large = format!("ecosystem.root = '/eco'\n# {}\n", "x".repeat(1_000_000));
    assert_eq!(
        load_bytes(large.as_bytes()).unwrap_err(),
        ["caretaker.toml:1:1: is larger than 1 MB, so it is no profile; name another file"]
    );
    let deep = format!("a = {}", "[".repeat(100_000));
    assert_eq!(load_bytes(deep.as_bytes()).unwrap_err().len(), 1);
    let deep = format!("{} = 1", vec!["a"; 100_000].join("."));
    assert_eq!(load_bytes(deep.as_bytes()).unwrap_err().len(), 1);
    let many: String = (0..50_000).map(|i| format!("k{i} = 1\n")).collect();
    assert_eq!(load_bytes(many.as_bytes()).unwrap_err().len(), 200);
    let modules: String = (0..20_000).map(|i| format!("[[modules]]\nname='{i}'\ncycle='5m'\n")).collect();
    let problems = load_bytes(format!("ecosystem.root = '/eco'\n{modules}").as_bytes()).unwrap_err();
    assert!(problems[0].contains("at most 1000"), "{problems:?}");
}

#[test]
fn a_file_that_is_not_there_names_the_command_that_makes_it() {
    let dir = tempfile::tempdir().unwrap();
    let errors = load(&dir.path().join("none.toml"), None).unwrap_err();
    assert!(errors.problems().is_empty());
    let error = Error::from(errors);
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.hint.unwrap().contains("caretaker profile init"));

    let folder = Error::from(load(dir.path(), None).unwrap_err());
    assert!(folder.message.contains("folder"), "{folder}");
    let zero = Error::from(load(Path::new("/dev/zero"), None).unwrap_err());
    assert!(zero.message.contains("device"), "{zero}");
}

#[test]
fn several_mistakes_make_one_error_that_names_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("caretaker.toml");
    caretaker_core::fsio::write_atomic(&path, b"a = 1\nb = 2\nc = 3\necosystem.root = '/eco'\n", 0o600)
        .unwrap();
    let error = Error::from(load(&path, None).unwrap_err());
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(
        error.message.contains("caretaker.toml:1:1: a: ") && error.message.ends_with("(and 2 more)"),
        "{error}"
    );
}
