//! Five weeks of logs, with the day's rhythm: phases, cycles, one to three errors a day.

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Timelike as _};
use serde_json::json;

use super::place::Place;
use crate::error::Result;
use crate::modules::{MODULES, Module, phase};
use crate::run::LOG_LIMIT;
use crate::seed::Seed;

/// The logger's name in the log.
const LOGGER: &str = "EcosystemIntegration";

/// One record in the format of Python's `logging`.
pub fn line(at: NaiveDateTime, level: &str, message: &str) -> String {
    format!(
        "{},{:03} - {LOGGER} - {level} - {message}\n",
        at.format("%Y-%m-%d %H:%M:%S"),
        at.and_utc().timestamp_subsec_millis()
    )
}

/// The lines that Python adds below the record of an exception.
pub fn traceback(module: &Module, error: &str) -> String {
    format!(
        "Traceback (most recent call last):\n  File \"ecosystem_integration.py\", line 412, in _run_module\n    \
         result = await module.run_cycle()\n  File \"modules/{}.py\", line 187, in run_cycle\n    \
         score = gained / attempts\n{}: {error}\n",
        module.key,
        kind(error),
    )
}

fn kind(error: &str) -> &'static str {
    if error.starts_with("division") { "ZeroDivisionError" } else { "RuntimeError" }
}

/// Everything that was logged, by time.
#[derive(Default)]
struct Logs {
    records: Vec<(NaiveDateTime, String)>,
    errors: String,
    activity: String,
    progress: String,
    health: String,
}

/// Writes the logs from `born` to `stopped`.
pub fn write(place: &Place, born: DateTime<FixedOffset>, stopped: DateTime<FixedOffset>) -> Result<()> {
    let mut seed = Seed::new(0xCA2E);
    let mut logs = Logs::default();
    let (from, to) = (born.naive_local(), stopped.naive_local());
    cycles(&mut logs, &mut seed, from, to);
    errors(&mut logs, &mut seed, from, to);
    days(&mut logs, &mut seed, from, to);
    logs.records.push((to, line(to, "INFO", "Stopping: state saved to data/ecosystem_state.json")));
    logs.records.sort_by_key(|record| record.0);

    // The handler begins a new file when the next record would make this one too long.
    let mut files: Vec<(NaiveDateTime, String)> = vec![(from, String::new())];
    for (at, record) in logs.records {
        let full = files.last().is_some_and(|f| (f.1.len() + record.len()) as u64 > LOG_LIMIT);
        if full {
            files.push((at, String::new()));
        }
        if let Some(file) = files.last_mut() {
            file.0 = at;
            file.1.push_str(&record);
        }
    }
    for (n, (last, text)) in files.into_iter().rev().enumerate() {
        let name = if n == 0 { "logs/ecosystem.log".into() } else { format!("logs/ecosystem.log.{n}") };
        place.put(&name, text, place.instant(last))?;
    }
    place.put("logs/error_log.jsonl", logs.errors, stopped)?;
    place.put("logs/activity_log.jsonl", logs.activity, stopped)?;
    place.put("logs/progress_log.jsonl", logs.progress, stopped)?;
    place.put("logs/health.log", logs.health, stopped)
}

/// Each module's runs.
fn cycles(logs: &mut Logs, seed: &mut Seed, from: NaiveDateTime, to: NaiveDateTime) {
    for (n, module) in MODULES.iter().enumerate() {
        let mut at = from + TimeDelta::seconds(7 * i64::try_from(n).unwrap_or(0));
        let mut runs = 0_u32;
        while at < to {
            runs += 1;
            let figure = if (6..22).contains(&at.hour()) { seed.between(8, 60) } else { seed.between(1, 12) };
            let said = seed.pick(&module.says).replace("{}", &figure.to_string());
            let took = seed.between(12, 940);
            let when = at + TimeDelta::milliseconds(i64::from(seed.between(0, 2_500)));
            logs.records.push((when, line(when, "INFO", &format!("{}: {said} ({took} ms)", module.name))));
            if runs.is_multiple_of(48) {
                // A line that a search for “error” finds although nothing is wrong.
                let text = format!("{}: run_count: {runs}, error_count: 0", module.name);
                logs.records.push((when, line(when, "INFO", &text)));
            }
            at += TimeDelta::minutes(i64::from(module.minutes));
        }
    }
}

/// One to three errors in each 24 hours, counted back from the end, and a single one in the last.
fn errors(logs: &mut Logs, seed: &mut Seed, from: NaiveDateTime, to: NaiveDateTime) {
    let mut all = Vec::new();
    let mut end = to;
    while end - TimeDelta::days(1) >= from {
        let count = if end == to { 1 } else { seed.between(1, 3) };
        for _ in 0..count {
            let at = end - TimeDelta::milliseconds(i64::from(seed.between(1_800_000, 86_000_000)));
            all.push((at, seed.between(0, 9) as usize, seed.between(0, 2) == 0));
        }
        end -= TimeDelta::days(1);
    }
    all.sort_unstable();
    for (at, n, long) in all {
        let module = &MODULES[n];
        let mut record = line(at, "ERROR", &format!("Error in {}: {}", module.name, module.fails));
        let trace = traceback(module, module.fails);
        if long {
            record.push_str(&trace);
        }
        logs.records.push((at, record));
        let back = at + TimeDelta::milliseconds(i64::from(seed.between(900, 4_000)));
        logs.records.push((back, line(back, "INFO", &format!("Recovered {} after 1 retry", module.name))));
        let entry = json!({
            "timestamp": at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            "module": module.name,
            "error_type": kind(module.fails),
            "error_message": module.fails,
            "traceback": trace,
        });
        let _ = writeln!(logs.errors, "{entry}");
    }
}

/// What happens by the clock: phases, warnings now and then, progress, the health check of the last week.
fn days(logs: &mut Logs, seed: &mut Seed, from: NaiveDateTime, to: NaiveDateTime) {
    let mut at = from.date().and_time(chrono::NaiveTime::MIN);
    let mut learned = 0;
    while at <= to {
        if at >= from {
            let hour = at.hour();
            if hour == 6 || hour == 12 {
                logs.records.push((at, line(at, "INFO", &format!("Entering phase {}", phase(hour)))));
            }
            if seed.between(0, 15) == 0 {
                let text = format!("Cache is {} % full, oldest entries released", seed.between(81, 94));
                logs.records.push((at, line(at, "WARNING", &text)));
            }
            let time = at.format("%Y-%m-%dT%H:%M:%S").to_string();
            let events = if (6..22).contains(&hour) { seed.between(4, 14) } else { seed.between(0, 3) };
            learned += events;
            let activity = json!({"timestamp": time, "activity": seed.pick(&["review", "experiment", "indexing", "prediction"]),
                "phase": phase(hour), "events": events, "duration_seconds": seed.between(5, 240)});
            let _ = writeln!(logs.activity, "{activity}");
            if hour == 22 {
                let progress = json!({"timestamp": time, "learning_events_total": learned,
                    "improvements": seed.between(3, 8), "efficiency": seed.between(81, 93)});
                let _ = writeln!(logs.progress, "{progress}");
            }
        }
        at += TimeDelta::hours(1);
    }
    let mut at = from.max(to - TimeDelta::days(7));
    while at <= to {
        let _ = writeln!(logs.health, "{} state=running modules=10/10", at.format("%Y-%m-%d %H:%M:%S"));
        at += TimeDelta::minutes(5);
    }
}
