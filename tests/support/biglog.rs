//! Writes believable logs of any size, the same for the same arguments: for tests and the benchmark.

use std::io::{self, Write};

/// What a log is to hold.
#[derive(Debug, Clone, Copy)]
pub struct BigLog {
    /// Bytes to write at least; the last record is completed.
    pub bytes: u64,
    /// Errors among 10,000 records.
    pub errors_per_10k: u32,
    /// Day of the first record as `(year, month)`; records go on from its first morning, ten a second.
    pub month: (u32, u32),
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub bytes: u64,
    /// Records of any level.
    pub records: u64,
    /// Records whose level is ERROR or CRITICAL.
    pub errors: u64,
}

const MODULES: [&str; 10] = [
    "Continuous Learning Engine",
    "Background Process Optimization",
    "Real-Time Adaptation System",
    "Meta-Learning Analysis",
    "Self-Improvement Cycle",
    "Knowledge Acquisition System",
    "Evolution Reporting System",
    "System Evolution Tracking",
    "Predictive Optimization",
    "Adaptive Architecture",
];

/// Writes a log in Python's usual format, with tracebacks behind some errors and the word "error" in harmless records.
pub fn write(log: BigLog, out: &mut impl Write) -> io::Result<Written> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut written = Written::default();
    let mut line = Vec::with_capacity(1024);
    while written.bytes < log.bytes {
        line.clear();
        let error = dice.roll(10_000) < u64::from(log.errors_per_10k);
        record(&mut line, log.month, written.records, error, &mut dice)?;
        out.write_all(&line)?;
        written.bytes += line.len() as u64;
        written.records += 1;
        written.errors += u64::from(error);
    }
    Ok(written)
}

fn record(out: &mut Vec<u8>, month: (u32, u32), number: u64, error: bool, dice: &mut Dice) -> io::Result<()> {
    let (year, month) = month;
    let (tenths, seconds) = (number % 10, number / 10);
    // After 28 days it begins again: no month is shorter.
    let (day, hour) = (1 + seconds / 86_400 % 28, seconds / 3600 % 24);
    let (minute, second, millis) = (seconds / 60 % 60, seconds % 60, tenths * 100 + dice.roll(100));
    write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{millis:03} - ")?;
    let module = MODULES[dice.roll(10) as usize];
    let figure = dice.roll(1000);
    if error {
        match dice.roll(20) {
            0 => writeln!(out, "EcosystemIntegration - CRITICAL - Failed to integrate {module}: no answer"),
            1..=4 => {
                writeln!(out, "EcosystemIntegration - ERROR - Error in {module}: division by zero")?;
                writeln!(out, "Traceback (most recent call last):")?;
                writeln!(out, "  File \"ecosystem_integration.py\", line {figure}, in run_cycle")?;
                writeln!(out, "    share = done / total")?;
                writeln!(out, "ZeroDivisionError: division by zero")
            }
            5 => writeln!(out, "PersistenceLayer - ERROR - cannot write data/metrics_{figure}.json"),
            _ => {
                writeln!(out, "EcosystemIntegration - ERROR - Error in {module}: timed out after {figure} ms")
            }
        }
    } else {
        match dice.roll(50) {
            0 => writeln!(out, "EcosystemIntegration - WARNING - {module} took {figure} ms, expected 50"),
            1 => writeln!(
                out,
                "EcosystemIntegration - INFO - Health: modules 10, error_count: 0, runs {figure}"
            ),
            2..=20 => {
                writeln!(out, "EcosystemIntegration - INFO - Completed cycle of {module} in {figure} ms")
            }
            21..=40 => {
                writeln!(
                    out,
                    "LearningEngine - DEBUG - pattern {figure} seen again, confidence 0.{figure:03}"
                )
            }
            _ => {
                writeln!(out, "AdaptationSystem - INFO - parameter {figure} kept, no better value was found")
            }
        }
    }
}

/// Chance that is the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
