//! Mends what an earlier scenario broke, and takes reports away for `stale-reports`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use chrono::{DateTime, Days, FixedOffset};

use crate::error::{At, Result};
use crate::reports::Kind;

/// Where withheld reports wait.
const WITHHELD: &str = "reports/.withheld";
/// What `disk-fill` fills.
pub const CACHE: &str = "data/cache";

/// Removes the filled cache and puts withheld reports back.
pub fn heal(root: &Path) -> Result<()> {
    let cache = root.join(CACHE);
    match fs::remove_dir_all(&cache) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).at(&cache),
        _ => {}
    }
    let withheld = root.join(WITHHELD);
    let Ok(entries) = fs::read_dir(&withheld) else { return Ok(()) };
    for entry in entries {
        let entry = entry.at(&withheld)?;
        let back = root.join("reports").join(entry.file_name());
        if fs::symlink_metadata(&back).is_err() {
            fs::rename(entry.path(), &back).at(&back)?;
        }
    }
    // It stays when a report was written anew meanwhile: nothing is lost.
    let _ = fs::remove_dir(&withheld);
    Ok(())
}

/// Takes away the reports of the last two days.
pub fn withhold(root: &Path, now: DateTime<FixedOffset>) -> Result<()> {
    let withheld = root.join(WITHHELD);
    fs::create_dir_all(&withheld).at(&withheld)?;
    for kind in Kind::ALL {
        for days in 0..=2 {
            let file = root.join(kind.file(now.date_naive() - Days::new(days)));
            let Some(name) = file.file_name() else { continue };
            match fs::rename(&file, withheld.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).at(&file),
                _ => {}
            }
        }
    }
    Ok(())
}
