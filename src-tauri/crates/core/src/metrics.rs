//! What Prometheus reads: the newest judgement of each ecosystem as OpenMetrics text. Pure.

mod names;
#[cfg(feature = "otlp")]
pub mod otlp;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use serde::Serialize;

use crate::alerts::{Incident, IncidentState};
use crate::clock::Instant;
use crate::signal::{Level, SignalId};

/// The content type of what [`open_metrics`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Characters of a label at most: names come from outside.
const LONGEST: usize = 200;

/// What tells one value of a metric from the others.
pub type Labels = Vec<(&'static str, String)>;

/// What is told of one ecosystem.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its name on this machine.
    pub id: String,
    /// What people call it.
    pub ecosystem: String,
    /// When it was looked at; `None` while nobody did.
    pub observed_at: Option<Instant>,
    /// Its light.
    pub light: Level,
    /// Each signal with its value, in the signal's unit, and its level.
    pub signals: Vec<(SignalId, Option<f64>, Level)>,
    /// The modules and their levels; none where only the record was read.
    pub modules: Vec<(String, Level)>,
    /// The incidents that go on.
    pub incidents: Vec<Ongoing>,
}

/// An incident that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ongoing {
    /// Its name, which it keeps.
    pub id: String,
    /// The signal that breached.
    pub signal: SignalId,
    /// The worst level it reached.
    pub level: Level,
    /// Whether somebody has taken note.
    pub state: IncidentState,
    /// When it began.
    pub opened_at: Instant,
    /// Why, in words.
    pub message: String,
}

impl From<&Incident> for Ongoing {
    fn from(incident: &Incident) -> Self {
        Self {
            id: incident.id.clone(),
            signal: incident.signal,
            level: incident.level,
            state: incident.state,
            opened_at: incident.opened_at,
            message: incident.message.clone(),
        }
    }
}

impl Reading {
    /// One of which nothing is known.
    pub fn unknown(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            ecosystem: name.to_owned(),
            observed_at: None,
            light: Level::Unknown,
            signals: Vec::new(),
            modules: Vec::new(),
            incidents: Vec::new(),
        }
    }
}

/// What Caretaker itself costs, measured over the last minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OwnCost {
    /// Share of one core in percent.
    pub cpu_percent: Option<f64>,
    /// Resident memory in bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub memory: Option<u64>,
}

/// One metric with all its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Its name, without what stands before it and without its unit.
    pub name: String,
    /// What it is, in words.
    pub help: &'static str,
    /// Its base unit.
    pub unit: Option<Unit>,
    /// Its values, each with its labels.
    pub series: Vec<(Labels, f64)>,
}

impl Family {
    fn new(name: impl Into<String>, help: &'static str, unit: Option<Unit>) -> Self {
        Self { name: name.into(), help, unit, series: Vec::new() }
    }

    fn set(&mut self, labels: Labels, value: f64) {
        self.series.push((labels, value));
    }
}

/// All readings as one text; `cost` is what Caretaker itself costs on `host`.
///
/// A figure that nobody knows is missing, never zero; its level says that it is unknown.
pub fn open_metrics(readings: &[Reading], host: &str, cost: OwnCost) -> String {
    let mut registry = Registry::with_prefix("caretaker");
    for family in families(readings, host, cost) {
        let gauges = prometheus_client::metrics::family::Family::<Labels, Gauge<f64, AtomicU64>>::default();
        match family.unit {
            Some(unit) => registry.register_with_unit(family.name, family.help, unit, gauges.clone()),
            None => registry.register(family.name, family.help, gauges.clone()),
        }
        for (labels, value) in family.series {
            gauges.get_or_create(&labels).set(value);
        }
    }
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = encode(&mut text, &registry);
    text
}

/// All readings as metrics.
pub fn families(readings: &[Reading], host: &str, cost: OwnCost) -> Vec<Family> {
    let host = label(host);
    let mut build = Family::new("build_info", "The version of Caretaker; always 1", None);
    build.set(vec![("host", host.clone()), ("version", env!("CARGO_PKG_VERSION").to_owned())], 1.0);
    let levels_of = |name: &str, help: &'static str| Family::new(name, help, None);
    let mut light = levels_of("light", "The light of the ecosystem: 0 green, 1 unknown, 2 yellow, 3 red");
    let mut levels =
        levels_of("signal_level", "The level of each signal: 0 green, 1 unknown, 2 yellow, 3 red");
    let mut modules =
        levels_of("module_level", "The level of each module: 0 green, 1 unknown, 2 yellow, 3 red");
    let mut incidents = levels_of("incidents", "Incidents that go on, by their level and state");
    let mut observed = Family::new(
        "observed_timestamp",
        "When the ecosystem was looked at last, in seconds since 1970",
        Some(Unit::Seconds),
    );
    let mut figures = names::Figures::new();
    for reading in readings {
        let own = vec![("ecosystem", label(&called(reading, readings))), ("host", host.clone())];
        let and = |more: &[(&'static str, &str)]| -> Labels {
            own.iter().cloned().chain(more.iter().map(|(key, value)| (*key, label(value)))).collect()
        };
        light.set(own.clone(), reading.light.rank().into());
        if let Some(at) = reading.observed_at {
            #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are below 2^52")]
            observed.set(own.clone(), at.timestamp_millis() as f64 / 1_000.0);
        }
        for (signal, value, level) in &reading.signals {
            levels.set(and(&[("signal", signal.as_str())]), level.rank().into());
            let (Some(value), Some((family, figure))) = (value, figures.get(*signal)) else { continue };
            family.set(figure.label.map_or_else(|| own.clone(), |label| and(&[label])), value * figure.scale);
        }
        for (module, level) in &reading.modules {
            modules.set(and(&[("module", module)]), level.rank().into());
        }
        for level in [Level::Yellow, Level::Red] {
            for state in [IncidentState::Open, IncidentState::Acknowledged, IncidentState::Snoozed] {
                let count = reading.incidents.iter().filter(|one| (one.level, one.state) == (level, state));
                let labels = and(&[("level", level.as_str()), ("state", word_of(state))]);
                incidents.set(labels, u32::try_from(count.count()).unwrap_or(u32::MAX).into());
            }
        }
    }
    [build, light, levels, modules, incidents, observed]
        .into_iter()
        .chain(figures.into_families())
        .chain(own_cost(&host, cost))
        .collect()
}

/// What an ecosystem is called where several are told of.
fn called(reading: &Reading, all: &[Reading]) -> String {
    let twice = all.iter().filter(|other| other.ecosystem == reading.ecosystem).count() > 1;
    if twice { format!("{} ({})", reading.ecosystem, reading.id) } else { reading.ecosystem.clone() }
}

fn word_of(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Open => "open",
        IncidentState::Acknowledged => "acknowledged",
        IncidentState::Snoozed => "snoozed",
        IncidentState::Closed => "closed",
    }
}

fn own_cost(host: &str, cost: OwnCost) -> [Family; 2] {
    let labels = || vec![("host", host.to_owned())];
    let ratio = Unit::Other("ratio".to_owned());
    let mut memory = Family::new("own_memory", "Resident memory of Caretaker itself", Some(Unit::Bytes));
    let mut cpu = Family::new("own_cpu", "Share of one core that Caretaker itself used lately", Some(ratio));
    if let Some(bytes) = cost.memory {
        #[allow(clippy::cast_precision_loss, reason = "memory is below 2^52 bytes")]
        memory.set(labels(), bytes as f64);
    }
    if let Some(percent) = cost.cpu_percent {
        cpu.set(labels(), percent / 100.0);
    }
    [memory, cpu]
}

/// A name from outside as the value of a label; the encoder escapes what has a meaning.
fn label(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(id: &str, name: &str) -> Reading {
        Reading {
            id: id.into(),
            ecosystem: name.into(),
            observed_at: chrono::DateTime::from_timestamp(1_765_000_000, 500_000_000),
            light: Level::Yellow,
            signals: vec![
                (SignalId::ProcessCpu, Some(12.5), Level::Green),
                (SignalId::ProcessMemory, None, Level::Unknown),
                (SignalId::ExecutionTime, Some(250.0), Level::Green),
                (SignalId::BackupWeekly, Some(7_200.0), Level::Yellow),
                (SignalId::ProcessState, None, Level::Green),
            ],
            modules: vec![("MetaLearning".into(), Level::Red)],
            incidents: vec![Ongoing {
                id: "process.state-1".into(),
                signal: SignalId::ProcessState,
                level: Level::Red,
                state: IncidentState::Snoozed,
                opened_at: chrono::DateTime::UNIX_EPOCH,
                message: "it is gone".into(),
            }],
        }
    }

    fn lines(text: &str) -> Vec<&str> {
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn figures_have_base_units_and_what_nobody_knows_is_missing() {
        let cost = OwnCost { memory: Some(12_000_000), cpu_percent: Some(1.5) };
        let text = open_metrics(&[reading("main", "vy")], "mac", cost);
        let own = r#"ecosystem="vy",host="mac""#;
        for line in [
            format!("caretaker_light{{{own}}} 2.0"),
            format!("caretaker_process_cpu_ratio{{{own}}} 0.125"),
            format!("caretaker_execution_time_seconds{{{own}}} 0.25"),
            format!("caretaker_backup_age_seconds{{{own},kind=\"weekly\"}} 7200.0"),
            format!("caretaker_observed_timestamp_seconds{{{own}}} 1765000000.5"),
            format!("caretaker_signal_level{{{own},signal=\"process.memory\"}} 1.0"),
            format!("caretaker_module_level{{{own},module=\"MetaLearning\"}} 3.0"),
            format!("caretaker_incidents{{{own},level=\"red\",state=\"snoozed\"}} 1.0"),
            format!("caretaker_incidents{{{own},level=\"red\",state=\"open\"}} 0.0"),
            "caretaker_own_memory_bytes{host=\"mac\"} 12000000.0".to_owned(),
            "caretaker_own_cpu_ratio{host=\"mac\"} 0.015".to_owned(),
        ] {
            assert!(lines(&text).contains(&&*line), "{line}\n{text}");
        }
        assert!(!text.contains("caretaker_process_memory_bytes{"), "{text}");
        assert!(text.contains("# UNIT caretaker_process_cpu_ratio ratio"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn hostile_names_stay_values_and_two_of_one_name_stay_two() {
        let hostile = format!("a\"b\\c\nd{}", "x".repeat(10_000));
        let text = open_metrics(&[reading("main", &hostile)], "h\"", OwnCost::default());
        let light = lines(&text).into_iter().find(|line| line.starts_with("caretaker_light")).unwrap();
        assert!(light.starts_with(r#"caretaker_light{ecosystem="a\"b\\c\ndxx"#), "{light}");
        assert!(light.ends_with(r#"…",host="h\""} 2.0"#) && light.len() < 900, "{light}");

        let text = open_metrics(&[reading("main", "vy"), reading("lab", "vy")], "h", OwnCost::default());
        let lights: Vec<_> =
            lines(&text).into_iter().filter(|line| line.starts_with("caretaker_light")).collect();
        assert_eq!(
            lights,
            [
                r#"caretaker_light{ecosystem="vy (lab)",host="h"} 2.0"#,
                r#"caretaker_light{ecosystem="vy (main)",host="h"} 2.0"#
            ]
        );
    }

    #[test]
    fn every_signal_with_a_number_has_a_name_of_its_own() {
        let mut figures = names::Figures::new();
        for signal in SignalId::ALL {
            let has = figures.get(*signal).is_some();
            assert_eq!(has, signal.unit() != crate::signal::Unit::None, "{signal}");
        }
    }
}
