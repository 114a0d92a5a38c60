//! Verification and audit on real files: one defect is planted at a time, and exactly the check that speaks of it changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/examined.rs"]
mod examined;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use caretaker_core::clock::Instant;
use caretaker_core::observe::{ProcessSeen, ProcessTree, process};
use caretaker_core::profile::parse;
use caretaker_core::progress::{Progress, Unwatched};
use caretaker_core::upkeep::{Check, ExaminationKind, KnownOfIt, Outcome, Restarts, examine};
use chrono::{TimeDelta, Utc};

use ExaminationKind::{Audit, Verification};
use examined::{Eco, TOKEN};

/// What each check says, of both examinations.
fn said(eco: &Eco) -> BTreeMap<String, Option<bool>> {
    let all = [eco.examine(Audit).checks, eco.examine(Verification).checks].concat();
    all.into_iter().map(|check| (check.id, check.ok)).collect()
}

fn find<'a>(outcome: &'a Outcome, id: &str) -> &'a Check {
    outcome.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("there is no {id}"))
}

type Plant = fn(&Eco);

/// A defect, and the checks that fail by it.
const DEFECTS: &[(&[&str], Plant)] = &[
    (&["data/state-file"], |eco| eco.put("data/state.json", "{\"state\": ")),
    (&["data/json"], |eco| eco.put("data/deep/a.json", "{\"a\": 1,}")),
    (&["data/json"], |eco| eco.put("data/empty.json", "")),
    (&["data/json"], |eco| eco.put("data/a.yaml", "a: [1\n")),
    (&["data/json-lines"], |eco| eco.put("data/h.jsonl", "{\"a\": 1}\nbroken\n{\"a\": 2}\n")),
    (&["data/databases"], |eco| {
        let file = File::options().write(true).open(eco.path("data/facts.db")).unwrap();
        file.write_all_at(&[0xaa; 6_000], 4_096).unwrap();
    }),
    (&["data/secrets"], |eco| eco.put("data/notes.txt", format!("a\nb {TOKEN}\n"))),
    (&["data/leftovers"], |eco| {
        eco.put("data/state.json.tmp", "{");
        eco.age("data/state.json.tmp", 3);
    }),
    (&["data/future"], |eco| {
        let at = SystemTime::now() + Duration::from_secs(9 * 86_400);
        File::options().append(true).open(eco.path("data/h.jsonl")).unwrap().set_modified(at).unwrap();
    }),
    (&["access/code-writable"], |eco| eco.mode("config/more.json", 0o602)),
    (&["access/code-writable"], |eco| eco.mode("run.sh", 0o702)),
    (&["access/world-writable"], |eco| eco.mode("data/h.jsonl", 0o602)),
    (&["access/world-writable"], |eco| eco.mode("data", 0o1703)),
    (&["access/setuid"], |eco| eco.mode("data/h.jsonl", 0o4600)),
    (&["access/links-out"], |eco| symlink("/etc", eco.path("data/etc")).unwrap()),
    (&["access/links-out"], |eco| symlink("../../elsewhere", eco.path("data/gone")).unwrap()),
    (&["access/broken-links"], |eco| symlink("nothing", eco.path("data/link")).unwrap()),
    (&["access/broken-links"], |eco| symlink("loop", eco.path("data/loop")).unwrap()),
    (&["access/special-files"], |eco| fifo(&eco.path("data/pipe"))),
    (&["access/keys-readable"], |eco| {
        eco.put("id_rsa", "x");
        eco.mode("id_rsa", 0o640);
    }),
    (&["access/folders-above"], |eco| {
        fs::set_permissions(eco.dir.path(), Permissions::from_mode(0o777)).unwrap();
    }),
    (&["access/backups"], |eco| eco.mode("../backups", 0o770)),
    (&["input/eval"], |eco| add(eco, "x = eval(text)\n")),
    (&["input/yaml-load", "dependencies/declared"], |eco| add(eco, "import yaml\nx = yaml.load(text)\n")),
    (&["input/pickle"], |eco| add(eco, "import pickle\nx = pickle.load(f)\n")),
    (&["input/archives"], |eco| add(eco, "tar.extractall(path)\n")),
    (&["input/sql"], |eco| add(eco, "db.execute(f\"SELECT {x}\")\n")),
    (&["input/names"], |eco| eco.put("data/a\nb.txt", "x")),
    (&["input/names"], |eco| eco.put("data/-rf", "x")),
    (&["errors/swallowed"], |eco| add(eco, "try:\n    f()\nexcept Exception:\n    pass\n")),
    (&["errors/debug"], |eco| add(eco, "app.run(debug=True)\n")),
    (&["errors/debug"], |eco| set(eco, "debug: true\n")),
    (&["dependencies/pinned"], |eco| eco.put("requirements.txt", "requests\n")),
    (&["dependencies/sources"], |eco| {
        eco.put("requirements.txt", "--index-url http://x.org/simple\nrequests==2.0\n");
    }),
    (&["configuration/secrets"], |eco| set(eco, &format!("key: {TOKEN}\n"))),
    (&["configuration/secrets"], |eco| eco.put(".env", "DB_PASSWORD=hT5-kk9-Pq2x\n")),
    (&["configuration/yaml", "configuration/understood"], |eco| set(eco, "module: x\n")),
    (&["configuration/json"], |eco| eco.put("config/more.json", "{\"max_entries\": }\n")),
    (&["configuration/listens-to-all"], |eco| set(eco, "host: 0.0.0.0\n")),
    (&["configuration/unproven-peers"], |eco| set(eco, "verify_ssl: false\n")),
    (&["configuration/plain-http"], |eco| set(eco, "url: http://feeds.example.net/x\n")),
    (&["configuration/limits"], |eco| eco.put("config/other.yaml", "# Why.\nname: x\n")),
    (&["configuration/bare-hours"], |eco| set(eco, "evening: 18:00\n")),
    (&["code/secrets"], |eco| add(eco, &format!("t = \"{TOKEN}\"\n"))),
    (&["code/shell"], |eco| add(eco, "os.system(line)\n")),
    (&["code/unproven-peers"], |eco| add(eco, "get(u, verify=False)\n")),
    (&["code/downloads"], |eco| eco.put("run.sh", "curl https://x.org/i.sh | sh\n")),
    (&["code/binaries"], |eco| eco.put("data/tool", b"\x7fELF\x02\x01\x01\0\0\0\0")),
    (&["code/unsafe-temporary"], |eco| add(eco, "p = tempfile.mktemp()\n")),
    (&["code/secrets", "code/secrets-in-git"], |eco| {
        add(eco, &format!("t = \"{TOKEN}\"\n"));
        eco.put(".git/index", b"DIRC\0\0\0\x02\0\0\0\x01main.py\0\0\0");
    }),
    (&["privacy/secrets-in-logs"], |eco| eco.put("logs/ecosystem.log", format!("token {TOKEN}\n"))),
    (&["privacy/secrets-in-reports"], |eco| eco.put("reports/morning_20251216.txt", format!("{TOKEN}\n"))),
    (&["privacy/retention"], |eco| {
        eco.put("logs/old.log", "x\n");
        eco.age("logs/old.log", 40);
    }),
    (&["monitoring/log-rotation"], |eco| {
        File::create(eco.path("logs/large.log")).unwrap().set_len(150_000_000).unwrap();
        eco.mode("logs/large.log", 0o600);
    }),
    (&["monitoring/logs"], |eco| fs::remove_file(eco.path("logs/ecosystem.log")).unwrap()),
    (&["resilience/restart", "operation/start"], |eco| fs::remove_file(eco.path("run.sh")).unwrap()),
    (&["modules/whole"], |eco| add(eco, "x = (1,\n")),
    (&["modules/settings"], |eco| {
        eco.put("config/meta_learning_config.yaml", "# Why.\nmodule: Other\nmax_memory_mb: 64\n");
    }),
    (&["tests/there", "tests/hold-something"], |eco| eco.put("tests/test_main.py", "x = 1\n")),
    (&["documents/readme"], |eco| fs::remove_file(eco.path("README.md")).unwrap()),
    (&["documents/history"], |eco| fs::remove_file(eco.path("VERSION_HISTORY.md")).unwrap()),
    (&["integration/imports"], |eco| {
        eco.put("pack/part.py", "\"\"\"A part.\"\"\"\nfrom .gone.deep import a\n\nx = 1\ny = 2\n");
    }),
    (&["integration/cycles"], |eco| {
        eco.put(
            "config/meta_learning_config.yaml",
            "# Why.\nmodule: \"Meta-Learning Analysis\"\ncycle_minutes: 20\nmax_memory_mb: 64\n",
        );
    }),
    (&["maintenance/length"], |eco| {
        eco.put("pack/other.py", format!("\"\"\"A.\"\"\"\n{}", "x = 1\n".repeat(1_600)));
    }),
];

fn add(eco: &Eco, code: &str) {
    let text = fs::read_to_string(eco.path("main.py")).unwrap();
    eco.put("main.py", text + code);
}

fn set(eco: &Eco, line: &str) {
    let path = "config/meta_learning_config.yaml";
    let text = fs::read_to_string(eco.path(path)).unwrap();
    eco.put(path, text + line);
}

fn fifo(path: &Path) {
    let status = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap();
    assert!(status.success());
}

#[test]
fn each_defect_fails_its_check_and_no_other() {
    let well = said(&Eco::new());
    let failed: Vec<&String> = well.iter().filter(|(_, ok)| **ok == Some(false)).map(|(id, _)| id).collect();
    // What is true of a folder that nobody watches yet.
    assert_eq!(failed, ["maintenance/versions", "resilience/second-place", "security/audited"]);
    let mut seen_failing = BTreeSet::new();
    for (number, (expected, plant)) in DEFECTS.iter().enumerate() {
        let eco = Eco::new();
        plant(&eco);
        let now = said(&eco);
        let worse = |id: &&String| now[*id] == Some(false) && well[*id] != Some(false);
        let changed: BTreeSet<&str> = now.keys().filter(worse).map(String::as_str).collect();
        assert_eq!(changed, expected.iter().copied().collect(), "defect {number}");
        for id in *expected {
            seen_failing.insert(*id);
            assert!(
                well[*id] == Some(true) || *id == "dependencies/declared",
                "{id} passes where all is well: {:?}",
                well[*id]
            );
        }
    }
    assert!(seen_failing.len() >= 52, "{}", seen_failing.len());
}

#[test]
fn the_two_examinations_have_their_areas_and_each_check_one_name() {
    let eco = Eco::new();
    let mut names = BTreeSet::new();
    for (kind, least) in [(Audit, 41), (Verification, 30)] {
        let checks = eco.examine(kind).checks;
        assert!(checks.len() >= least, "{}", checks.len());
        let areas: BTreeSet<&str> = checks.iter().map(|check| check.area.as_str()).collect();
        assert_eq!(
            areas,
            kind.areas().iter().copied().collect(),
            "every area has its checks, and there is no other"
        );
        for check in &checks {
            assert!(names.insert(check.id.clone()), "{} stands twice", check.id);
            assert!(check.id.starts_with(&format!("{}/", check.area)), "{}", check.id);
            assert!(!check.remedy.is_empty() && !check.evidence.is_empty(), "{check:?}");
        }
    }
}

#[test]
fn evidence_names_file_and_line_and_never_the_secret() {
    let eco = Eco::new();
    eco.put("config/more.json", format!("{{\n  \"max_entries\": 3,\n  \"x\": \"{TOKEN}\"\n}}\n"));
    for number in 0..60 {
        eco.put(&format!("data/n{number:02}.txt"), TOKEN);
    }
    // A long log: the line of a secret is found in it all the same.
    let line = "2025-12-16 11:00:00,000 - X - INFO - nothing of interest stands here\n";
    let log = format!("{}password: hT5-kk9-Pq2x\n{}", line.repeat(120_000), line.repeat(20_000));
    eco.put("logs/long.log", log);
    let audit = eco.examine(Audit);
    let secret = find(&audit, "configuration/secrets");
    assert_eq!((secret.places[0].path.as_str(), secret.places[0].line), ("config/more.json", Some(3)));
    assert_eq!(secret.places[0].text, "GitHub token ghp_…");
    let many = find(&audit, "data/secrets");
    assert_eq!((many.places.len(), many.more), (40, 20), "some dozens, and how many more");
    let log = find(&audit, "privacy/secrets-in-logs");
    assert_eq!((log.places.len(), log.places[0].line), (1, Some(120_001)), "{log:?}");
    let all = format!("{:?}", audit.checks);
    assert!(!all.contains(&TOKEN[..8]) && !all.contains("kk9"), "no secret is shown");
}

#[test]
fn what_cannot_be_looked_at_is_unknown_and_what_is_left_out_is_counted() {
    let eco = Eco::new();
    for name in [
        "venv/pyvenv.cfg",
        "venv/lib/python3.11/site-packages/a.py",
        "node_modules/b.js",
        ".git/c",
        "__pycache__/d",
    ] {
        eco.put(name, "eval(x)\n");
    }
    eco.put(&format!("{}/e.py", caretaker_core::upkeep::QUARANTINE), "eval(x)\n");
    let audit = eco.examine(Audit);
    assert_eq!(find(&audit, "input/eval").ok, Some(true), "what others made is not looked into");
    let left: BTreeMap<&str, u64> = audit.left_out.iter().map(|one| (one.path.as_str(), one.files)).collect();
    for (path, files) in
        [("venv", 2), ("node_modules", 1), (".git", 1), ("__pycache__", 1), (".caretaker-quarantine", 1)]
    {
        assert_eq!(left.get(path), Some(&files), "{path}: {left:?}");
    }
    // Too large to be taken apart: neither whole nor broken.
    File::create(eco.path("data/huge.json")).unwrap().set_len(5 << 30).unwrap();
    let audit = eco.examine(Audit);
    assert_ne!(find(&audit, "data/json").ok, Some(true), "{:?}", find(&audit, "data/json"));
    assert_eq!(find(&audit, "data/databases").ok, Some(true), "of these all was seen");
}

#[test]
fn hostile_trees_are_walked_to_their_end() {
    let eco = Eco::new();
    // One line of 200 MB, a secret at its end.
    let mut long = vec![b'x'; 200_000_000];
    long.extend_from_slice(format!(" {TOKEN}").as_bytes());
    eco.put("logs/one-line.log", long);
    fifo(&eco.path("data/pipe"));
    symlink(".", eco.path("data/self")).unwrap();
    symlink("../data", eco.path("logs/data")).unwrap();
    let mut deep = eco.path("data");
    for _ in 0..50 {
        deep.push("deeper");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a.json"), "{").unwrap();
    fs::write(eco.path("data").join(std::ffi::OsStr::from_bytes(b"\xff\xfe.json")), "{}").unwrap();
    eco.put("data/zero.json", vec![0; 100_000]);
    eco.put("config/deep.yaml", format!("# max_\na: {}1{}\n", "[".repeat(100_000), "]".repeat(100_000)));
    eco.put(
        "config/aliases.yaml",
        "# max_\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c]\n",
    );
    eco.put("data/deep.json", format!("{}{}", "[".repeat(500_000), "]".repeat(500_000)));
    eco.put("broken.py", "(".repeat(300_000));
    let begun = std::time::Instant::now();
    let audit = eco.examine(Audit);
    eco.examine(Verification);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let log = find(&audit, "privacy/secrets-in-logs");
    assert_eq!((log.places.len(), log.places[0].line), (1, Some(1)), "{log:?}");
    let broken: Vec<&str> =
        find(&audit, "data/json").places.iter().map(|place| place.path.as_str()).collect();
    assert!(
        broken.iter().any(|path| path.ends_with("deeper/a.json")) && broken.contains(&"data/zero.json"),
        "{broken:?}"
    );
    assert_eq!(find(&audit, "input/names").places.len(), 1);
    assert_eq!(find(&audit, "access/special-files").places[0].path, "data/pipe");
    assert_eq!(find(&audit, "access/links-out").ok, Some(true), "links that stay within are none of these");
}

#[test]
fn nothing_is_written_into_what_is_examined() {
    let eco = Eco::new();
    let db = rusqlite::Connection::open(eco.path("data/facts.db")).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; INSERT INTO t VALUES (1)").unwrap();
    db.close().unwrap();
    let names = || {
        let out = std::process::Command::new("find")
            .arg(&eco.profile.root)
            .args(["-printf", "%p %s %T@\\n"])
            .output()
            .unwrap();
        let mut lines: Vec<String> =
            String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = names();
    assert_eq!(find(&eco.examine(Audit), "data/databases").ok, Some(true));
    eco.examine(Verification);
    assert_eq!(names(), before);
}

/// Ends a thread when the test ends, however it does.
struct Ends<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_state_that_is_being_written_is_not_called_broken() {
    let eco = Eco::new();
    let path = eco.path("data/state.json");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let text = format!("{{\"a\": \"{}\"}}", "x".repeat(20_000));
            while !stop.load(Ordering::SeqCst) {
                // In place, as the ecosystem does it.
                let file = File::create(&path).unwrap();
                for (index, part) in text.as_bytes().chunks(4_000).enumerate() {
                    file.write_all_at(part, index as u64 * 4_000).unwrap();
                    std::thread::sleep(Duration::from_micros(200));
                }
                drop(file);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let _ends = Ends(&stop);
        for _ in 0..12 {
            let audit = eco.examine(Audit);
            assert_eq!(
                find(&audit, "data/state-file").ok,
                Some(true),
                "{:?}",
                find(&audit, "data/state-file")
            );
        }
    });
}

#[test]
fn imports_are_held_against_what_an_installed_python_holds() {
    let eco = Eco::new();
    add(&eco, "import numpy\nimport yaml\ntry:\n    import faster\nexcept ImportError:\n    faster = None\n");
    let unknown = eco.examine(Audit);
    let check = find(&unknown, "dependencies/installed");
    assert_eq!(check.ok, None, "nobody knows which Python: {check:?}");
    assert!(check.evidence.contains("numpy"));
    for name in [
        "pyvenv.cfg",
        "lib/python3.9/site-packages/yaml/__init__.py",
        "lib/python3.9/site-packages/PyYAML-6.0.dist-info/top_level.txt",
    ] {
        eco.put(&format!("venv/{name}"), "yaml\n");
    }
    eco.put("requirements.txt", "PyYAML==6.0\n");
    let audit = eco.examine(Audit);
    let missing: Vec<&str> =
        find(&audit, "dependencies/installed").places.iter().map(|place| place.text.as_str()).collect();
    assert_eq!(missing, ["numpy is not installed"]);
    let unasked: Vec<&str> =
        find(&audit, "dependencies/declared").places.iter().map(|place| place.text.as_str()).collect();
    assert_eq!(unasked, ["numpy is not on the list"]);
    assert_eq!(
        find(&audit, "dependencies/python").ok,
        Some(false),
        "Python 3.9 is not looked after any more"
    );
    assert_eq!(find(&audit, "dependencies/writable").ok, Some(true));
    eco.mode("venv/lib/python3.9/site-packages", 0o777);
    assert_eq!(find(&eco.examine(Audit), "dependencies/writable").ok, Some(false));
}

#[test]
fn the_process_is_asked_where_it_listens_and_what_it_was_given() {
    let eco = Eco::new();
    eco.put(
        "serve.py",
        "import socket, sys, time\ns = socket.socket()\ns.bind((sys.argv[1], 0))\ns.listen()\nopen('ready', 'w').write('x')\ntime.sleep(60)\n",
    );
    for (address, open, secret) in [("127.0.0.1", false, false), ("0.0.0.0", true, true)] {
        let _ = fs::remove_file(eco.path("ready"));
        let mut python = std::process::Command::new("python3");
        python
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .args(["serve.py", address])
            .current_dir(&eco.profile.root);
        if secret {
            python.env("API_TOKEN", "hT5-kk9-Pq2x").args(["--password", "hT5-kk9-Pq2x"]);
        }
        let mut child = python.spawn().unwrap();
        while !eco.path("ready").exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let command = if secret {
            vec!["python3", "serve.py", "--password", "hT5-kk9-Pq2x"]
        } else {
            vec!["python3", "serve.py"]
        };
        let tree = tree_of(child.id(), &command);
        let known = KnownOfIt { process: Ok(Some(tree)), ..eco.known() };
        let audit = examine(Audit, &known, &Unwatched).unwrap();
        let _ = child.kill();
        let _ = child.wait();
        if cfg!(target_os = "linux") {
            for id in ["access/listening", "privacy/environment", "privacy/arguments"] {
                let bad = if id == "access/listening" { open } else { secret };
                assert_eq!(find(&audit, id).ok, Some(!bad), "{:?}", find(&audit, id));
            }
            assert!(!format!("{:?}", audit.checks).contains("kk9"));
        }
    }
    // One that is gone meanwhile cannot be asked.
    let known = KnownOfIt { process: Ok(Some(tree_of(u32::MAX >> 2, &["x"]))), ..eco.known() };
    assert_eq!(find(&examine(Audit, &known, &Unwatched).unwrap(), "access/listening").ok, None);
}

fn tree_of(pid: u32, command: &[&str]) -> ProcessTree {
    ProcessTree {
        pid,
        started_at: Utc::now() - TimeDelta::minutes(1),
        command: command.iter().map(|part| (*part).to_owned()).collect(),
        run_state: "running".into(),
        children: Vec::new(),
        cpu_percent: None,
        cpu_window: Duration::ZERO,
        memory: 0,
        twins: Vec::new(),
    }
}

#[test]
fn code_that_changed_under_a_running_process_and_one_that_runs_twice() {
    let eco = Eco::new();
    for name in ["main.py", "pack/__init__.py", "pack/part.py", "pack/other.py", "tests/test_main.py"] {
        eco.age(name, 2);
    }
    let judged = |tree: ProcessTree| {
        let known = KnownOfIt { process: Ok(Some(tree)), ..eco.known() };
        let audit = examine(Audit, &known, &Unwatched).unwrap();
        (find(&audit, "code/changed").ok, find(&audit, "resilience/one-instance").ok)
    };
    let tree = tree_of(std::process::id(), &["x"]);
    assert_eq!(judged(tree.clone()), (Some(true), Some(true)));
    add(&eco, "x = 1\n");
    assert_eq!(judged(ProcessTree { twins: vec![7], ..tree }), (Some(false), Some(false)));
}

#[test]
fn ends_again_and_again_and_logs_that_grow_are_told_from_the_record() {
    let eco = Eco::new();
    let now: Instant = Utc::now();
    let judged = |minutes: &[i64], growth: Option<f64>| {
        let at = minutes.iter().map(|minutes| now - TimeDelta::minutes(*minutes)).collect();
        let restarts = Some(Restarts { at, since: now - TimeDelta::days(3) });
        let known = KnownOfIt { restarts, log_growth: growth.map(|bytes| (bytes, 3.0)), ..eco.known() };
        let audit = examine(Audit, &known, &Unwatched).unwrap();
        (find(&audit, "resilience/crash-loop").ok, find(&audit, "monitoring/log-growth").ok)
    };
    assert_eq!(judged(&[], None), (Some(true), None));
    assert_eq!(judged(&[3_000, 300, 60], Some(1e6)), (Some(true), Some(true)));
    assert_eq!(judged(&[70, 40, 20], Some(5e8)), (Some(false), Some(false)));
    assert_eq!(judged(&[4_000, 3_000, 2_000, 1_000, 10], Some(-1e9)), (Some(false), Some(true)));
}

#[test]
fn what_belongs_to_others_is_named() {
    // Only root can give files away.
    if fs::metadata("/proc/self").map_or(1, |me| me.uid()) != 0 {
        return;
    }
    let eco = Eco::new();
    std::os::unix::fs::chown(eco.path("data/h.jsonl"), Some(65_534), None).unwrap();
    std::os::unix::fs::chown(eco.path("main.py"), Some(65_534), None).unwrap();
    std::os::unix::fs::chown(eco.path("logs/ecosystem.log"), None, Some(12_345)).unwrap();
    eco.mode("logs/ecosystem.log", 0o660);
    let audit = eco.examine(Audit);
    assert_eq!(find(&audit, "access/owner").places[0].path, "data/h.jsonl");
    assert_eq!(find(&audit, "access/foreign-code").places[0].path, "main.py");
    assert_eq!(find(&audit, "access/group-writable").places[0].path, "logs/ecosystem.log");
}

/// Stops after some looks.
struct Impatient(AtomicUsize);

impl Progress for Impatient {
    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst) > 3
    }
}

#[test]
fn a_person_can_stop_it() {
    let eco = Eco::new();
    let stopped = examine(Audit, &eco.known(), &Impatient(AtomicUsize::new(0)));
    assert_eq!(stopped.unwrap_err().kind, caretaker_core::error::ErrorKind::Busy);
    let gone = parse("[ecosystem]\nroot = \"/nowhere/at/all\"\n", Path::new("/p.toml"), None).unwrap();
    let known = KnownOfIt { profile: &gone, ..eco.known() };
    assert!(examine(Audit, &known, &Unwatched).is_err());
}

#[test]
fn the_profile_of_this_test_finds_no_process() {
    let eco = Eco::new();
    let seen =
        process::ProcessSensor::new(eco.profile.process.clone(), &eco.profile.sampling).look(Utc::now());
    assert!(matches!(seen, Ok(ProcessSeen::Gone)), "{seen:?}");
}
