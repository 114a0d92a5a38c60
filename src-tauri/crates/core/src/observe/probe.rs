//! The question to the running ecosystem: a program or a loopback address that answers in JSON.

mod command;
mod http;

use std::path::Path;

use super::Claims;
use super::claims::find_claims;
use crate::clock::{Instant, Zone};
use crate::profile::{Probe, ProbeTarget};

/// Asks and waits for the answer, at most for the probe's timeout; the error says what went wrong.
///
/// Blocks: to be called where waiting is allowed.
pub fn ask(probe: &Probe, root: &Path, now: Instant, zone: Zone) -> Result<Claims, String> {
    let answer = match &probe.target {
        ProbeTarget::Command(line) => command::run(line, root, probe.timeout, probe.max_output)?,
        ProbeTarget::Http(url) => http::get(url, probe.timeout, probe.max_output)?,
    };
    find_claims(&answer, zone, now)
}
