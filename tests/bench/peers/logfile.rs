//! Believable logs of any size.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use chrono::{Local, TimeDelta};

const MODULES: [&str; 5] = [
    "Continuous Learning Engine",
    "Meta-Learning Analysis",
    "Self-Improvement Cycle",
    "Knowledge Acquisition System",
    "Predictive Optimization",
];
/// About what one second of a busy ecosystem fills.
const SECOND: usize = 14_000;

/// Writes about `bytes` of records whose times end now and began at most twenty hours ago; one in five hundred is an error.
pub fn write(path: &Path, bytes: usize) -> Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let seconds = (bytes / SECOND).clamp(1, 20 * 3600);
    let per_second = bytes / seconds;
    let start = Local::now() - TimeDelta::seconds(i64::try_from(seconds)? + 60);
    let mut line = 0_usize;
    for second in 0..seconds {
        let stamp =
            (start + TimeDelta::seconds(i64::try_from(second)?)).format("%Y-%m-%d %H:%M:%S").to_string();
        let mut written = 0;
        while written < per_second {
            written += record(&mut file, &stamp, line)?;
            line += 1;
        }
    }
    file.flush()?;
    Ok(())
}

/// Adds what half a minute of a calm ecosystem brings.
pub fn append(path: &Path, lines: usize, seed: usize) -> Result<()> {
    let mut file = BufWriter::new(File::options().append(true).open(path)?);
    let stamp = Local::now().format("%Y-%m-%d %H:%M:%S").to_string();
    for line in 0..lines {
        record(&mut file, &stamp, seed + line)?;
    }
    file.flush()?;
    Ok(())
}

fn record(file: &mut impl Write, stamp: &str, line: usize) -> std::io::Result<usize> {
    let module = MODULES[line % MODULES.len()];
    let millis = line % 1000;
    let text = if line % 500 == 499 {
        format!(
            "{stamp},{millis:03} - EcosystemIntegration - ERROR - Error in {module}: division by zero\n\
             Traceback (most recent call last):\n  File \"cycle.py\", line {millis}, in run\nZeroDivisionError: division by zero\n"
        )
    } else if line % 7 == 3 {
        format!(
            "{stamp},{millis:03} - EcosystemIntegration - INFO - {module} finished its cycle, error_count: 0\n"
        )
    } else {
        format!(
            "{stamp},{millis:03} - EcosystemIntegration - INFO - {module} looked at {line} items and kept {millis}\n"
        )
    };
    file.write_all(text.as_bytes())?;
    Ok(text.len())
}
