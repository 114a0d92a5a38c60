//! What the ecosystem has learnt: hypotheses, a knowledge database and model blobs.

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, TimeDelta};
use rusqlite::{Connection, params};
use serde_json::json;

use super::place::Place;
use crate::error::Result;
use crate::seed::Seed;

const SUBJECTS: [&str; 8] = [
    "morning focus",
    "search results",
    "batch size",
    "cache age",
    "task order",
    "note length",
    "prefetching",
    "idle time",
];
const EFFECTS: [&str; 5] = ["shortens", "lengthens", "does not change", "predicts", "steadies"];

/// Writes everything under `data` but the state file.
pub fn write(place: &Place, born: DateTime<FixedOffset>, stopped: DateTime<FixedOffset>) -> Result<()> {
    let mut seed = Seed::new(0x4B4E_4F57);
    let minutes = u32::try_from((stopped - born).num_minutes()).unwrap_or(1);
    let mut times: Vec<u32> = (0..1_800).map(|_| seed.between(0, minutes)).collect();
    times.sort_unstable();

    let mut lines = String::new();
    for (n, minute) in times.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
        let at = born + TimeDelta::minutes(i64::from(*minute));
        let hypothesis = json!({
            "id": format!("hyp_{n:05}"),
            "timestamp": at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            "statement": format!("{} {} {}", seed.pick(&SUBJECTS), seed.pick(&EFFECTS), seed.pick(&SUBJECTS)),
            "confidence": f64::from(seed.between(30, 97)) / 100.0,
            "status": seed.pick(&["open", "testing", "confirmed", "rejected"]),
        });
        let _ = writeln!(lines, "{hypothesis}");
    }
    place.put("data/hypotheses/hypotheses.jsonl", lines, stopped)?;

    let path = place.path("data/knowledge/knowledge.sqlite3")?;
    let mut database = Connection::open(&path)?;
    let facts = database.transaction()?;
    facts.execute_batch(
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, learned_at TEXT NOT NULL, subject TEXT NOT NULL,
                             statement TEXT NOT NULL, confidence REAL NOT NULL);
         CREATE INDEX facts_subject ON facts (subject);",
    )?;
    {
        let mut insert = facts.prepare(
            "INSERT INTO facts (learned_at, subject, statement, confidence) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for minute in &times {
            let at = born + TimeDelta::minutes(i64::from(*minute));
            let (subject, effect) = (seed.pick(&SUBJECTS), seed.pick(&EFFECTS));
            insert.execute(params![
                at.format("%Y-%m-%dT%H:%M:%S").to_string(),
                subject,
                format!("{subject} {effect} {}", seed.pick(&SUBJECTS)),
                f64::from(seed.between(30, 97)) / 100.0,
            ])?;
        }
    }
    facts.commit()?;
    database.close().map_err(|(_, error)| error)?;
    place.date(&path, stopped)?;

    place.put("data/models/embeddings.bin", seed.bytes(1 << 20), born + TimeDelta::days(20))?;
    place.put("data/models/predictor_v3.bin", seed.bytes(300_000), born + TimeDelta::days(29))?;
    let weights = json!({"version": 3, "layers": [128, 64, 16], "trained_on": times.len()});
    place.put("data/models/predictor_v3.json", format!("{weights:#}\n"), born + TimeDelta::days(29))
}
