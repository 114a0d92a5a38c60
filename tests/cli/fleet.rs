//! Caretaker among the engines that people run already: a real Prometheus, a real Alertmanager, and what is in config/fleet.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/posts.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod posts;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use home::{Home, Running, text};
use serde_json::Value;

/// Long enough for a slow machine; what is waited for comes much earlier.
const PATIENCE: Duration = Duration::from_secs(60);

fn fleet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../config/fleet")
}

fn promtool(args: &[&str], folder: &Path) -> String {
    let out = Command::new("promtool").args(args).current_dir(folder).output().expect("promtool is there");
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "promtool {args:?}: {said}");
    said
}

#[test]
fn the_rules_are_sound_and_do_what_their_tests_say() {
    promtool(&["check", "rules", "caretaker.rules.yml"], &fleet());
    promtool(&["test", "rules", "caretaker.rules.test.yml"], &fleet());
    promtool(&["check", "config", "prometheus.yml"], &fleet());
}

#[test]
fn the_rules_repeat_the_bands_of_the_manual() {
    let rules = std::fs::read_to_string(fleet().join("caretaker.rules.yml")).unwrap();
    let bands = std::fs::read_to_string(fleet().join("../default.toml")).unwrap();
    let home = Home::new();
    // A profile without a word about bands, and all that the manual knows to look at.
    let (root, _) = home.demo();
    let made = home.run(&["profile", "init", "--root", text(&root)]);
    assert_eq!(made.0, 0, "{}", made.2);
    let (_, said) = home.json(&["check"]);
    let mut compared = 0;
    for signal in said["signals"].as_array().unwrap() {
        let (id, unit) = (signal["id"].as_str().unwrap(), signal["unit"].as_str().unwrap());
        if !bands.contains(&format!("[bands.\"{id}\"]")) {
            continue;
        }
        let metric = match id.strip_prefix("backup.") {
            Some(kind) => format!("caretaker_backup_age_seconds{{kind=\"{kind}\"}}"),
            None => format!("caretaker_{}", id.replace('.', "_")),
        };
        let scale = match unit {
            "percent" => 0.01,
            "milliseconds" => 0.001,
            _ => 1.0,
        };
        for (colour, signs) in [("yellow", [">= ", "<= "]), ("red", ["> ", "< "])] {
            let Some(band) = signal["bands"][colour].as_f64().map(|band| band * scale) else { continue };
            let exprs = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
            let found = exprs.filter(|expr| expr.starts_with(&metric)).any(|expr| {
                signs.iter().any(|sign| {
                    let number = expr.rsplit_once(sign).map(|(_, number)| number.trim());
                    number
                        .and_then(|number| number.parse::<f64>().ok())
                        .is_some_and(|n| (n - band).abs() < 1e-9 * band.max(1.0))
                })
            });
            // What is only claimed is told by its red alone.
            let told_by_red = colour == "yellow" && signal["bands"]["red"].as_f64().is_some();
            assert!(found || told_by_red, "{id}: no rule has its {colour} band {band}");
            compared += usize::from(found);
        }
    }
    assert!(compared > 15, "only {compared} bands were compared");
}

#[test]
fn every_question_of_the_dashboard_is_one_that_prometheus_understands() {
    let dashboard: Value =
        serde_json::from_slice(&std::fs::read(fleet().join("grafana/caretaker.json")).unwrap()).unwrap();
    let mut rules = "groups:\n- name: dashboard\n  rules:\n".to_owned();
    let mut count = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expr = target["expr"].as_str().unwrap().replace("$ecosystem", ".*").replace("$host", ".*");
            writeln!(rules, "  - record: dashboard:{count}\n    expr: {expr:?}").unwrap();
            count += 1;
        }
    }
    assert!(count > 8, "{count}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
    promtool(&["check", "rules", "rules.yml"], folder.path());
}

#[test]
fn what_is_printed_passes_the_check_of_prometheus_with_hostile_names_too() {
    let home = Home::new();
    let (_, profile) = home.demo();
    let text = std::fs::read_to_string(&profile).unwrap();
    let hostile = format!("a\\\"b\\\\c\\n{}", "x".repeat(10_000));
    std::fs::write(&profile, text.replace("\"Demo Ecosystem\"", &format!("\"{hostile}\""))).unwrap();
    let printed = home.caretaker().env("CARETAKER_PROFILE", &profile).arg("metrics").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.contains("caretaker_light{ecosystem=\"a\\\"b\\\\c") && printed.ends_with("# EOF\n"),
        "{printed}"
    );
    let mut check = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(printed.as_bytes()).unwrap();
    let out = check.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn free() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

fn get(at: SocketAddr, path: &str, token: &str) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn until<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_crash_arrives_at_a_pager_by_prometheus_and_alertmanager() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let (figures, prometheus, manager) = (free(), free(), free());
    let (pager, hears) = posts::listens();
    std::fs::write(home.path("token"), "s3cret\n").unwrap();
    Command::new("chmod").arg("600").arg(home.path("token")).status().unwrap();
    let file = home.path("caretaker.prom");
    let text_of = std::fs::read_to_string(&profile).unwrap();
    let metrics = format!(
        "\n[metrics]\nfile = {file:?}\nlisten = \"{figures}\"\ntoken = \"file:{}\"\n",
        home.path("token").display()
    );
    std::fs::write(&profile, text_of + &metrics).unwrap();

    // The shipped files, with this test's ports and a shorter patience.
    let folder = home.path("prometheus");
    std::fs::create_dir(&folder).unwrap();
    let shipped = |name: &str| std::fs::read_to_string(fleet().join(name)).unwrap();
    std::fs::write(folder.join("caretaker.rules.yml"), shipped("caretaker.rules.yml")).unwrap();
    let mut config = shipped("prometheus.yml")
        .replace("30s", "1s")
        .replace("127.0.0.1:9093", &manager.to_string())
        .replace("127.0.0.1:9464", &figures.to_string());
    writeln!(config, "    authorization: {{ credentials_file: {} }}", home.path("token").display()).unwrap();
    std::fs::write(folder.join("prometheus.yml"), config).unwrap();
    let routes = shipped("alertmanager.yml")
        .replace("group_wait: 10s", "group_wait: 1s")
        .replace("http://127.0.0.1:9095/", &format!("http://{pager}/"));
    std::fs::write(folder.join("alertmanager.yml"), routes).unwrap();
    let start = |program: &str, args: &[String]| {
        let mut command = Command::new(program);
        command.args(args).current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap_or_else(|error| panic!("{program}: {error}")))
    };
    let _manager = start(
        "prometheus-alertmanager",
        &[
            "--config.file=alertmanager.yml".into(),
            "--storage.path=alerts".into(),
            format!("--web.listen-address={manager}"),
            "--cluster.listen-address=".into(),
        ],
    );
    let _prometheus = start(
        "prometheus",
        &[
            "--config.file=prometheus.yml".into(),
            "--storage.tsdb.path=data".into(),
            format!("--web.listen-address={prometheus}"),
        ],
    );
    let run = |args: &[&str]| {
        let mut command = home.caretaker();
        command.env("CARETAKER_PROFILE", &profile).args(args).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut healthy = Running(run(&["demo", "run", text(&root)]));
    let _watch = Running(run(&["watch", "--every", "1s"]));

    // Prometheus has the light, and the file for node_exporter says the same.
    let ask = |query: &str| {
        let answer = get(prometheus, &format!("/api/v1/query?query={query}"), "")?;
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
        body["data"]["result"].as_array()?.first()?["value"][1].as_str().map(str::to_owned)
    };
    until("a green light in Prometheus", || ask("caretaker_light").filter(|light| light == "0"));
    until("a file for node_exporter", || {
        std::fs::read_to_string(&file)
            .ok()?
            .contains("caretaker_light{ecosystem=\"Demo Ecosystem\"")
            .then_some(())
    });
    assert_eq!(ask("up").as_deref(), Some("1"), "with its token");
    assert!(get(figures, "/metrics", "wrong").unwrap().starts_with("HTTP/1.1 401"));

    // Crash: the pager hears of the dead process, and not of all that follows from it.
    healthy.0.kill().unwrap();
    healthy.0.wait().unwrap();
    let told = until("a word at the pager", || hears.try_recv().ok());
    let told: Value = serde_json::from_slice(&told.body).unwrap();
    let named: Vec<&str> = told["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["labels"]["alertname"].as_str().unwrap())
        .collect();
    assert!(named.contains(&"EcosystemDown"), "{told}");
    assert!(!named.contains(&"HighCpu") && !named.contains(&"EcosystemUnknown"), "{told}");
    let alert = &told["alerts"][0];
    assert_eq!(alert["labels"]["ecosystem"], "Demo Ecosystem");
    assert!(
        alert["annotations"]["description"].as_str().unwrap().contains("runbook start system-down"),
        "{alert}"
    );
}

#[test]
fn figures_are_answered_while_a_restore_runs_and_while_a_hundred_ask_at_once() {
    let home = Home::new();
    let (root, profile) = home.demo();
    let figures = free();
    let text_of = std::fs::read_to_string(&profile).unwrap();
    std::fs::write(&profile, text_of + &format!("\n[metrics]\nlisten = \"{figures}\"\n")).unwrap();
    for number in 0..3_000 {
        std::fs::write(root.join(format!("data/{number}.json")), format!("[{number}{}]", ",1".repeat(1_500)))
            .unwrap();
    }
    let run = |args: &[&str]| {
        let mut command = home.caretaker();
        command.env("CARETAKER_PROFILE", &profile).args(args).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let made =
        home.caretaker().env("CARETAKER_PROFILE", &profile).args(["backup", "create"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let list = home
        .caretaker()
        .env("CARETAKER_PROFILE", &profile)
        .args(["--json", "backup", "list"])
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let id = list["backups"][0]["id"].as_str().unwrap();
    let _watch = Running(run(&["watch", "--every", "1s"]));
    until("the first figures", || get(figures, "/metrics", "").filter(|answer| answer.contains("# EOF")));

    let whole = |answer: Option<String>| {
        let answer = answer.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("caretaker_light{") && answer.ends_with("# EOF\n"), "{answer}");
    };
    let mut restore = run(&["backup", "restore", id, "--yes"]);
    let mut during = 0;
    let ended = loop {
        whole(get(figures, "/metrics", ""));
        match restore.try_wait().unwrap() {
            Some(ended) => break ended,
            None => during += 1,
        }
    };
    assert!(ended.success() && during > 3, "{ended:?}, {during} answers");
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| whole(get(figures, "/metrics", "")));
        }
    });
}
