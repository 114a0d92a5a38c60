//! The state file: bounded, never waited for, and read again when it was caught half-written.

use std::time::Duration;

use super::StateSeen;
use super::claims::parse_claims;
use crate::clock::{Instant, Zone};
use crate::error::ErrorKind;
use crate::fsio;
use crate::profile::StateFile;

/// Larger than any believable state.
const LARGEST: u64 = 16_000_000;
/// The ecosystem rewrites the file in place: how often it is read before it is called damaged.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(30);

/// Reads the state file; the error names the file and what is wrong with it.
pub fn read_state(file: &StateFile, now: Instant, zone: Zone) -> Result<StateSeen, String> {
    let mut tries = 0;
    loop {
        tries += 1;
        let bytes = fsio::read_bounded(&file.path, LARGEST).map_err(|error| {
            if error.kind == ErrorKind::NotFound {
                format!("there is no state file {}", file.path.display())
            } else {
                error.to_string()
            }
        })?;
        match parse_claims(&bytes, zone, now) {
            Ok(claims) => {
                let metadata = std::fs::metadata(&file.path)
                    .map_err(|e| format!("cannot look at {}: {e}", file.path.display()))?;
                let written_at = metadata.modified().map_err(|e| e.to_string())?;
                return Ok(StateSeen { written_at: written_at.into(), claims });
            }
            Err(_) if tries < TRIES => std::thread::sleep(PAUSE),
            Err(problem) => {
                return Err(format!("{} is cut short or damaged ({problem})", file.path.display()));
            }
        }
    }
}
