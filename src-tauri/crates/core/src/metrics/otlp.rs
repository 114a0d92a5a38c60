//! What an OpenTelemetry collector takes: the same figures, and an event for whatever happens to an incident. Pure.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prometheus_client::registry::Unit;

use super::{Family, Ongoing, OwnCost, Reading, called, families, label, word_of};
use crate::alerts::IncidentState;
use crate::clock::Instant;
use crate::signal::Level;

/// The incidents that were told of, by the ecosystem's name on this machine and their own.
pub type Told = BTreeMap<(String, String), Ongoing>;

/// All readings, as a collector takes them at `/v1/metrics`.
pub fn metrics(readings: &[Reading], host: &str, cost: OwnCost, now: Instant) -> ExportMetricsServiceRequest {
    let metrics = families(readings, host, cost).into_iter().filter(|one| !one.series.is_empty());
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource(host)),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope()),
                metrics: metrics.map(|family| metric(family, now)).collect(),
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    }
}

/// What happened to incidents since `told`, as a collector takes it at `/v1/logs`, and what is told then; `None` where that
/// is nothing.
pub fn events(
    readings: &[Reading],
    told: &Told,
    host: &str,
    now: Instant,
) -> Option<(ExportLogsServiceRequest, Told)> {
    let mut next = Told::new();
    let mut records = Vec::new();
    for reading in readings {
        let name = called(reading, readings);
        for incident in &reading.incidents {
            let key = (reading.id.clone(), incident.id.clone());
            if let Some(happened) = happened(told.get(&key), incident) {
                let at = if happened == "opened" { incident.opened_at } else { now };
                records.push(record(happened, &name, incident, at, now));
            }
            next.insert(key, incident.clone());
        }
        let over =
            told.iter().filter(|((id, _), _)| *id == reading.id).filter(|(key, _)| !next.contains_key(*key));
        records.extend(
            over.map(|(_, incident)| record("closed", &name, incident, now, now)).collect::<Vec<_>>(),
        );
    }
    if records.is_empty() {
        return None;
    }
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource(host)),
            scope_logs: vec![ScopeLogs {
                scope: Some(scope()),
                log_records: records,
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };
    Some((request, next))
}

/// What happened to an incident since it was told of last.
fn happened(before: Option<&Ongoing>, now: &Ongoing) -> Option<&'static str> {
    let Some(before) = before else { return Some("opened") };
    if now.level != before.level {
        return Some("worsened");
    }
    match (before.state, now.state) {
        (one, other) if one == other => None,
        (_, IncidentState::Open) => Some("reopened"),
        (_, state) => Some(word_of(state)),
    }
}

fn record(happened: &str, ecosystem: &str, incident: &Ongoing, at: Instant, now: Instant) -> LogRecord {
    let (severity, text) = match (happened, incident.level) {
        ("closed", _) => (SeverityNumber::Info, "INFO"),
        (_, Level::Red) => (SeverityNumber::Error, "ERROR"),
        _ => (SeverityNumber::Warn, "WARN"),
    };
    LogRecord {
        time_unix_nano: nanos(at),
        observed_time_unix_nano: nanos(now),
        severity_number: severity.into(),
        severity_text: text.to_owned(),
        event_name: format!("caretaker.incident.{happened}"),
        body: Some(said(&incident.message)),
        attributes: attributes(&[
            ("ecosystem", &label(ecosystem)),
            ("incident", &incident.id),
            ("signal", incident.signal.as_str()),
            ("level", incident.level.as_str()),
        ]),
        ..LogRecord::default()
    }
}

fn metric(family: Family, now: Instant) -> Metric {
    let point = |(labels, value): (super::Labels, f64)| NumberDataPoint {
        attributes: labels.iter().map(|(key, value)| attribute(key, value)).collect(),
        time_unix_nano: nanos(now),
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    };
    // As the semantic conventions write units; a collector makes the names that Prometheus reads of both.
    let unit = match family.unit {
        Some(Unit::Seconds) => "s",
        Some(Unit::Bytes) => "By",
        Some(_) => "1",
        None => "",
    };
    Metric {
        name: format!("caretaker.{}", family.name),
        description: family.help.to_owned(),
        unit: unit.to_owned(),
        data: Some(Data::Gauge(Gauge { data_points: family.series.into_iter().map(point).collect() })),
        ..Metric::default()
    }
}

fn resource(host: &str) -> Resource {
    let known =
        [("service.name", "caretaker"), ("service.version", env!("CARGO_PKG_VERSION")), ("host.name", host)];
    Resource { attributes: attributes(&known), ..Resource::default() }
}

fn scope() -> InstrumentationScope {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    InstrumentationScope { name: "caretaker".to_owned(), version, ..InstrumentationScope::default() }
}

fn attributes(all: &[(&str, &str)]) -> Vec<KeyValue> {
    all.iter().map(|(key, value)| attribute(key, value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(said(value)), ..KeyValue::default() }
}

fn said(text: &str) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text.to_owned())) }
}

fn nanos(at: Instant) -> u64 {
    at.timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::SignalId;
    use chrono::TimeDelta;

    fn reading(incidents: Vec<Ongoing>) -> Reading {
        let signals = vec![
            (SignalId::ProcessCpu, Some(12.5), Level::Green),
            (SignalId::ProcessMemory, None, Level::Unknown),
        ];
        Reading { light: Level::Red, signals, incidents, ..Reading::unknown("main", "vy") }
    }

    fn incident(level: Level, state: IncidentState) -> Ongoing {
        Ongoing {
            id: "process.state-1".into(),
            signal: SignalId::ProcessState,
            level,
            state,
            opened_at: at(0),
            message: "it is gone".into(),
        }
    }

    fn at(minute: i64) -> Instant {
        chrono::DateTime::from_timestamp(1_765_000_000, 0).unwrap() + TimeDelta::minutes(minute)
    }

    #[test]
    fn a_figure_has_its_unit_and_labels_and_what_nobody_knows_is_missing() {
        let sent = metrics(&[reading(Vec::new())], "mac", OwnCost::default(), at(0));
        let all = &sent.resource_metrics[0].scope_metrics[0].metrics;
        let cpu = all.iter().find(|metric| metric.name == "caretaker.process_cpu").unwrap();
        assert_eq!(cpu.unit, "1");
        let Some(Data::Gauge(gauge)) = &cpu.data else { panic!("a gauge") };
        assert_eq!(gauge.data_points[0].value, Some(number_data_point::Value::AsDouble(0.125)));
        let keys: Vec<&str> = gauge.data_points[0].attributes.iter().map(|one| &*one.key).collect();
        assert_eq!(keys, ["ecosystem", "host"]);
        assert!(!all.iter().any(|metric| metric.name == "caretaker.process_memory"));
    }

    #[test]
    fn each_thing_that_happens_to_an_incident_is_told_once() {
        let mut told = Told::new();
        let steps = [
            (vec![incident(Level::Yellow, IncidentState::Open)], Some("opened")),
            (vec![incident(Level::Yellow, IncidentState::Open)], None),
            (vec![incident(Level::Red, IncidentState::Open)], Some("worsened")),
            (vec![incident(Level::Red, IncidentState::Acknowledged)], Some("acknowledged")),
            (vec![incident(Level::Red, IncidentState::Open)], Some("reopened")),
            (vec![], Some("closed")),
            (vec![], None),
        ];
        for (minute, (incidents, expected)) in (1..).zip(steps) {
            let told_of = events(&[reading(incidents)], &told, "mac", at(minute));
            let names: Vec<String> = told_of
                .iter()
                .flat_map(|(request, _)| {
                    request.resource_logs[0].scope_logs[0]
                        .log_records
                        .iter()
                        .map(|one| one.event_name.clone())
                })
                .collect();
            let expected: Vec<String> =
                expected.iter().map(|what| format!("caretaker.incident.{what}")).collect();
            assert_eq!(names, expected, "step {minute}");
            if let Some((_, next)) = told_of {
                told = next;
            }
        }
    }
}
