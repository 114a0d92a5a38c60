//! The system's wish that the app ends: a log-out, `kill`, Ctrl-C in a terminal.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tauri::AppHandle;

/// Ends the app on such a wish as its menu does, so that the loop writes down what is only in memory.
pub fn on_signal(app: &AppHandle) {
    let mut signals = match Signals::new([SIGHUP, SIGINT, SIGTERM]) {
        Ok(signals) => signals,
        // The app works without: what a sudden end may cost was written some minutes ago.
        Err(error) => return tracing::warn!(%error, "signals are not heard"),
    };
    let app = app.clone();
    // The thread sleeps in the kernel until a signal comes.
    let waiting = std::thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.forever().next().is_some() {
            app.exit(0);
        }
    });
    if let Err(error) = waiting {
        tracing::warn!(%error, "signals are not heard");
    }
}
