//! Caretaker's own log goes to stderr, and only when it is asked for.

use tracing_subscriber::EnvFilter;

/// Starts logging as `CARETAKER_LOG` says (`info`, `caretaker_core=debug`, …); warnings only otherwise. With
/// `CARETAKER_LOG_FORMAT=json` each record is an object on a line of its own.
pub fn start() {
    let filter = EnvFilter::try_from_env("CARETAKER_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let json = std::env::var("CARETAKER_LOG_FORMAT").is_ok_and(|format| format == "json");
    let _ = if json { log.json().try_init() } else { log.try_init() };
}
