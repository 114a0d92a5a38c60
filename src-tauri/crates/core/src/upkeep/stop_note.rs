//! What is written down of our own stops, so that nobody takes them for a mishap: that one was made, and that it was wished for.

use std::path::Path;

use crate::clock::Instant;
use crate::fsio;

/// Any stop by us, the one within a restart too.
const STOPPED: &str = "stopped";
/// A stop after which it is to stay down, until it is started.
const TO_STAY: &str = "stopped-to-stay";
/// The longest such note, in bytes.
const LONGEST: u64 = 8_192;

/// When Caretaker itself last stopped the process of the ecosystem in `root`, and so brought its restart about.
pub fn own_stop(state_dir: &Path, root: &Path) -> Option<Instant> {
    read(state_dir, STOPPED, root)
}

/// Since when the ecosystem in `root` is down because a person wanted it so.
pub fn stopped_to_stay(state_dir: &Path, root: &Path) -> Option<Instant> {
    read(state_dir, TO_STAY, root)
}

/// Notes that we stop it.
pub(super) fn note_stop(state_dir: &Path, root: &Path, now: Instant) {
    write(state_dir, STOPPED, root, now);
}

/// Notes that it is to stay down.
pub(super) fn note_stay(state_dir: &Path, root: &Path, now: Instant) {
    write(state_dir, TO_STAY, root, now);
}

/// From now on it is to run: what becomes of it is of interest again.
pub(super) fn end_stay(state_dir: &Path) {
    let path = state_dir.join(TO_STAY);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "the note that it is to stay down stays");
        }
        _ => {}
    }
}

fn read(state_dir: &Path, name: &str, root: &Path) -> Option<Instant> {
    let text = fsio::read_bounded(&state_dir.join(name), LONGEST).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (at, of) = text.trim_end().split_once(' ')?;
    (Path::new(of) == root).then(|| at.parse().ok()).flatten()
}

fn write(state_dir: &Path, name: &str, root: &Path, now: Instant) {
    let text = format!("{} {}\n", now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), root.display());
    let written = fsio::create_private_dir(state_dir)
        .and_then(|()| fsio::write_atomic(&state_dir.join(name), text.as_bytes(), 0o600));
    if let Err(error) = written {
        tracing::warn!(%error, "the stop was not noted: it will look like a mishap");
    }
}
