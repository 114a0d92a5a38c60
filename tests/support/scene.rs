//! A small ecosystem in memory: a profile, and an observation in which all is well.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use caretaker_core::clock::Instant;
use caretaker_core::observe::{
    Claims, DiskSpace, ErrorTally, MemoryUse, ModuleClaim, Observation, ProcessSeen, ProcessTree, Reading,
    ReportSeen, ReportState, StateSeen,
};
use caretaker_core::profile::{
    Bands, ForecastSettings, ModuleCycle, Probe, ProbeTarget, ProcessMatch, Profile, Sampling, StateFile,
};
use caretaker_core::signal::SignalId;
use chrono::{NaiveTime, TimeDelta, TimeZone, Utc};

const MODULE: &str = "Meta-Learning Analysis";

/// Noon of a winter day.
pub fn now() -> Instant {
    Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()
}

/// A probe that answers every five minutes.
#[allow(dead_code, reason = "not every test asks")]
pub fn probe() -> Probe {
    let target = ProbeTarget::Http("http://127.0.0.1:1/health".into());
    Probe { target, timeout: Duration::from_secs(5), max_output: 1_000, every: Duration::from_secs(300) }
}

/// The manual's bands for a folder with one module.
pub fn profile() -> Profile {
    let band = |yellow: f64, red: f64| Bands { yellow: Some(yellow), red: Some(red), margin: 0.1 };
    let root = PathBuf::from("/eco");
    let defaults =
        caretaker_core::profile::parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap();
    Profile {
        appearance: caretaker_core::profile::Appearance::default(),
        name: "Eco".into(),
        root: root.clone(),
        demo: false,
        process: ProcessMatch {
            argument: Some("ecosystem_integration.py".into()),
            directory: Some(root.clone()),
            own_only: true,
            agents: None,
            start: Vec::new(),
        },
        state: Some(StateFile {
            path: root.join("data/ecosystem_state.json"),
            stale_after: Some(Duration::from_secs(900)),
        }),
        probe: None,
        logs: Vec::new(),
        reports: defaults.reports,
        modules: vec![ModuleCycle { name: MODULE.into(), cycle: Duration::from_secs(900) }],
        programs: Vec::new(),
        data_dir: root.join("data"),
        logs_dir: root.join("logs"),
        config_dir: root.join("config"),
        bands: BTreeMap::from([
            (SignalId::ProcessCpu, band(30.0, 50.0)),
            (SignalId::ProcessMemory, band(4e9, 6e9)),
            (SignalId::DiskFree, band(10e9, 5e9)),
            (SignalId::LogsErrors24h, band(5.0, 20.0)),
            (SignalId::ModulesErrorShare, band(5.0, 10.0)),
            (SignalId::ErrorsRate, band(5.0, 10.0)),
            (SignalId::SuccessRate, band(95.0, 90.0)),
            (SignalId::EfficiencyScore, band(80.0, 70.0)),
        ]),
        sampling: Sampling {
            open: Duration::from_secs(5),
            closed: Duration::from_secs(30),
            discovery: Duration::from_secs(60),
            sizes: Duration::from_secs(900),
            cpu_window: Duration::from_secs(300),
        },
        alerts: defaults.alerts,
        forecast: ForecastSettings {
            horizon: Some(Duration::from_secs(7 * 86_400)),
            signals: BTreeMap::new(),
        },
        backups: defaults.backups,
        away: defaults.away,
        cleanup: defaults.cleanup,
        metrics: defaults.metrics,
        routines: defaults.routines,
        quiet: None,
        channels: Vec::new(),
    }
}

/// All is well, seen just now.
pub fn healthy() -> Observation {
    let at = now();
    let tree = ProcessTree {
        pid: 4_711,
        started_at: at - TimeDelta::days(2),
        command: vec!["python3".into(), "ecosystem_integration.py".into()],
        run_state: "sleeping".into(),
        children: Vec::new(),
        cpu_percent: Some(4.0),
        cpu_window: Duration::from_secs(300),
        memory: 300_000_000,
        twins: Vec::new(),
    };
    let module = ModuleClaim {
        status: Some("integrated".into()),
        runs: Some(100),
        errors: Some(0),
        last_run: Some(at - TimeDelta::minutes(3)),
    };
    let claims = Claims {
        state: Some("running".into()),
        uptime_hours: Some(48.0),
        modules: BTreeMap::from([(MODULE.to_owned(), module)]),
        ..Claims::default()
    };
    let due = at.date_naive().and_time(NaiveTime::from_hms_opt(6, 0, 0).unwrap()).and_utc();
    Observation {
        process: Reading::seen(ProcessSeen::Running(tree), at),
        machine_cpu: Reading::seen(12.0, at),
        machine_memory: Reading::seen(MemoryUse { used: 8_000_000_000, total: 16_000_000_000 }, at),
        disk: Reading::seen(DiskSpace { free: 80_000_000_000, total: 250_000_000_000 }, at),
        data_size: Reading::seen(1_000_000, at),
        logs_size: Reading::seen(1_000_000, at),
        state: Some(Reading::seen(StateSeen { written_at: at - TimeDelta::seconds(20), claims }, at)),
        probe: None,
        errors: Some(Reading::seen(
            ErrorTally { last_record_at: Some(at - TimeDelta::minutes(1)), ..ErrorTally::default() },
            at,
        )),
        backups: None,
        failing_channels: Vec::new(),
        overdue: None,
        drift: None,
        reports: vec![ReportSeen {
            kind: "morning".into(),
            due_at: due,
            path: "/eco/reports/morning_20251216.txt".into(),
            state: ReportState::Arrived { at: due },
            figures: Vec::new(),
            before: Vec::new(),
        }],
    }
}
