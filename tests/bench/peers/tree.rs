//! A tree of 1 GB in 20,000 files, the same each time: JSON, JSON lines, databases, and blobs that nothing presses.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;

/// Numbers that look like any, the same for the same seed.
pub struct Seed(u64);

impl Seed {
    /// Begins.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The next one below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}

const WORDS: [&str; 24] = [
    "pattern",
    "cycle",
    "learning",
    "cache",
    "adaptation",
    "hypothesis",
    "evening",
    "improvement",
    "module",
    "report",
    "threshold",
    "experiment",
    "morning",
    "efficiency",
    "prediction",
    "insight",
    "optimise",
    "knowledge",
    "workflow",
    "interaction",
    "priority",
    "context",
    "baseline",
    "feedback",
];

/// Writes a tree of `files` files and about 50 kB each in the mean below `root`.
pub fn write(root: &Path, files: u64) -> Result<()> {
    for name in ["data", "config"] {
        fs::create_dir_all(root.join(name))?;
    }
    fs::write(root.join("config/settings.yaml"), "limits:\n  cpu: 30\n")?;
    let mut seed = Seed::new(files);
    for number in 0..files - 1 {
        let folder = root.join(format!("data/{:03}", number / 50));
        if number % 50 == 0 {
            fs::create_dir_all(&folder)?;
        }
        match number % 250 {
            0 => fs::write(folder.join(format!("{number}.blob")), blob(&mut seed, 3_700_000))?,
            1 if number % 1_000 == 1 => database(&folder.join(format!("{number}.db")), &mut seed)?,
            kind if kind % 10 < 3 => {
                let lines = lines(&mut seed, 95_000);
                fs::write(folder.join(format!("{number}.jsonl")), lines)?;
            }
            _ => fs::write(folder.join(format!("{number}.json")), json(&mut seed, 5_500))?,
        }
    }
    Ok(())
}

/// Writes a tree of `files` small files, of which only the number matters.
pub fn write_small(root: &Path, files: u64) -> Result<()> {
    fs::create_dir_all(root.join("config"))?;
    let mut seed = Seed::new(files);
    for number in 0..files {
        let folder = root.join(format!("data/{:04}", number / 50));
        if number % 50 == 0 {
            fs::create_dir_all(&folder)?;
        }
        fs::write(folder.join(format!("{number}.json")), json(&mut seed, 100))?;
    }
    Ok(())
}

/// Changes one file in a hundred.
pub fn touch(root: &Path, files: u64, round: u64) -> Result<()> {
    let mut seed = Seed::new(round + 7);
    for number in (3 + round % 5..files - 1).step_by(100) {
        let path = root.join(format!("data/{:03}/{number}.json", number / 50));
        if path.exists() {
            fs::write(path, json(&mut seed, 5_500))?;
        }
    }
    Ok(())
}

fn words(seed: &mut Seed, count: u64) -> String {
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(WORDS[seed.below(24) as usize]);
        text.push(' ');
    }
    text
}

fn json(seed: &mut Seed, length: usize) -> String {
    let mut text = String::from("{\n  \"items\": [\n");
    while text.len() < length {
        let (id, score, says) = (seed.below(1_000_000), seed.below(100_000), words(seed, 8));
        text.push_str(&format!(
            "    {{\"id\": {id}, \"score\": 0.{score:05}, \"note\": \"{says}\", \"tags\": [\"{}\", \"{}\"]}},\n",
            WORDS[seed.below(24) as usize],
            WORDS[seed.below(24) as usize]
        ));
    }
    text.push_str("    {\"id\": 0}\n  ]\n}\n");
    text
}

fn lines(seed: &mut Seed, length: usize) -> String {
    let mut text = String::new();
    let mut at = 1_765_000_000 + seed.below(1_000_000);
    while text.len() < length {
        at += seed.below(90);
        let (took, says) = (seed.below(90_000), words(seed, 5));
        text.push_str(&format!(
            "{{\"timestamp\": {at}, \"module\": \"{}\", \"event\": \"{says}\", \"duration_ms\": {took}, \"ok\": true}}\n",
            WORDS[seed.below(24) as usize]
        ));
    }
    text
}

fn blob(seed: &mut Seed, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.write_all(&seed.next().to_le_bytes()).unwrap_or_default();
    }
    bytes.truncate(length);
    bytes
}

fn database(path: &Path, seed: &mut Seed) -> Result<()> {
    let db = rusqlite::Connection::open(path)?;
    db.execute_batch("PRAGMA synchronous = OFF; CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER, module TEXT, note TEXT); BEGIN")?;
    for id in 0..60_000_i64 {
        let (at, note) = (seed.below(2_000_000), words(seed, 9));
        db.execute(
            "INSERT INTO event VALUES (?1, ?2, ?3, ?4)",
            rusqlite::params![id, at.cast_signed(), WORDS[seed.below(24) as usize], note],
        )?;
    }
    db.execute_batch("COMMIT; CREATE INDEX by_time ON event (at)")?;
    Ok(())
}
