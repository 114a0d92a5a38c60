//! Waiting until something is so, never for a fixed time.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Tries `look` until it gives something, and names `what` was missed when `limit` has passed.
///
/// # Errors
/// When `limit` passed; the last error of `look` is told.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        let last = match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => String::new(),
            Err(error) => format!(": {error:#}"),
        };
        if start.elapsed() > limit {
            bail!("{what}: not within {} s{last}", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
