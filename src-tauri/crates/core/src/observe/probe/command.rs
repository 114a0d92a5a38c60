//! A probe that is a program.

use std::path::Path;
use std::time::Duration;

use crate::program::{self, Program};
use crate::progress::Unwatched;

/// Runs `line` in `root` and returns what it printed.
pub(super) fn run(line: &[String], root: &Path, timeout: Duration, cap: u64) -> Result<Vec<u8>, String> {
    let program = Program { called: "the probe", line, folder: root, timeout, cap, pen: &[] };
    let ended = program::run(&program, &Unwatched);
    ended.fault.map_or(Ok(ended.output), Err)
}
