//! Caretaker's own log goes to stderr, and only when it is asked for.

use tracing_subscriber::EnvFilter;

/// Starts logging as `CARETAKER_LOG` says (`info`, `caretaker_core=debug`, …); warnings only otherwise.
pub fn start() {
    let filter = EnvFilter::try_from_env("CARETAKER_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
