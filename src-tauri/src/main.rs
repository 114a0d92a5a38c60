//! Caretaker in the menu bar.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The demo's stand-in process is this same program under another name: it must come before any window.
    if let Some(code) = caretaker_app::stand_in() {
        return code;
    }
    caretaker_app::run()
}
