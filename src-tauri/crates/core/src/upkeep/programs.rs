//! Programs of the profile: a benchmark, a verification, an audit. What they print is kept as a file of the day, and what they
//! say there of themselves is read as their claim.

mod beside;
mod claims;
mod kept;
mod literal;
mod ready;

use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

pub use self::beside::{ProgramFigureShown, are_constants, beside};
pub use self::claims::{ProgramClaims, ProgramCount, ProgramFigure};
use self::kept::{Draft, lock};
use self::ready::why_not;
use super::places::Tree;
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::words;
use crate::profile::ProgramSettings;
use crate::program::{self, Program, clean};
use crate::progress::Progress;

/// Of what it printed as errors so many of the last lines are shown.
const LINES: usize = 20;
const LONGEST_LINE: usize = 300;

/// A program that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramRan {
    /// What it ended with; `None` where it was ended.
    pub exit: Option<i32>,
    /// Why it did not end well, in words.
    pub fault: Option<String>,
    /// How long it ran.
    pub seconds: f64,
    /// The file that keeps what it printed, below the root.
    pub output: PathBuf,
    /// Bytes that it printed.
    pub bytes: u64,
    /// Whether it printed more than is kept.
    pub cut: bool,
    /// Where the file of an earlier run of the day is now, below the root.
    pub earlier: Option<PathBuf>,
    /// The last lines that it printed as errors.
    pub complaints: String,
    /// What it claims.
    pub claims: ProgramClaims,
}

impl ProgramRan {
    /// Whether it says that something failed, or failed itself.
    pub fn is_bad(&self) -> bool {
        self.fault.is_some() || self.claims.says_failed()
    }
}

/// Why `program` cannot be run, in words; nothing of it is run.
pub fn cannot_run(program: &ProgramSettings, root: &Path) -> Option<String> {
    why_not(program, root)
}

/// Runs `program` to its end and keeps what it printed.
///
/// # Errors
/// When it cannot be run, when another one runs, when its file cannot be written, or when a person asked to stop: no file has
/// changed then.
pub fn run(
    program: &ProgramSettings,
    root: &Path,
    now: Instant,
    zone: Zone,
    progress: &dyn Progress,
) -> Result<ProgramRan> {
    let refused = |why: &str| {
        let text = format!("cannot run {}: {why}", program.name);
        Error::new(ErrorKind::NotFound, text).hint(format!(
            "Set `command` of [[programs]] with the name \"{}\" in the profile: the program and its arguments.",
            program.name
        ))
    };
    if let Some(why) = why_not(program, root) {
        return Err(refused(&why));
    }
    let tree = Tree::open(root)?;
    let _hold = lock(&tree, root)?;
    let below = program.output_of(zone.local(now).date(), root);
    let draft = Draft::begin(&tree, root, &below)?;
    progress.step(&program.title);
    let begun = Stopwatch::now();
    let ended = program::run(
        &Program {
            called: &program.name,
            line: &program.command,
            folder: root,
            timeout: program.timeout,
            cap: program.cap,
            pen: &[],
        },
        progress,
    );
    let seconds = begun.elapsed().as_secs_f64();
    if progress.cancelled() && ended.exit.is_none() {
        return Err(Error::new(
            ErrorKind::Busy,
            format!("{} was cancelled; nothing of it was kept", program.name),
        ));
    }
    let fault = ended.fault.map(|fault| explained(&fault, &ended.complaints));
    if let (false, Some(why)) = (ended.started, &fault) {
        return Err(refused(why));
    }
    let text = String::from_utf8_lossy(&ended.output);
    let claims = ProgramClaims::of(&text);
    let note = fault.as_deref().map(|fault| note(fault, ended.cut, program.cap, &text)).unwrap_or_default();
    let earlier = draft.keep(&[&ended.output, note.as_bytes()], zone)?;
    Ok(ProgramRan {
        exit: ended.exit,
        fault,
        seconds,
        output: below,
        bytes: ended.output.len() as u64,
        cut: ended.cut,
        earlier,
        complaints: tail(&ended.complaints),
        claims,
    })
}

/// What the file says at its end where its program did not end well: a reader must not take it for the whole.
fn note(fault: &str, cut: bool, cap: u64, text: &str) -> String {
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let what =
        if cut { format!("cut here, after {}: it was ended", words::bytes(cap)) } else { fault.to_owned() };
    format!("{newline}❌ [Caretaker] {what}\n")
}

/// A fault that people meet often, with its reason.
fn explained(fault: &str, complaints: &[u8]) -> String {
    let asked = [&b"EOFError"[..], b"EOF when reading", b"not a tty", b"Inappropriate ioctl"];
    if asked.iter().any(|word| memchr::memmem::find(complaints, word).is_some()) {
        return format!("{fault} (it asks somebody something, and nobody is there to answer)");
    }
    fault.to_owned()
}

fn tail(complaints: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaints);
    let lines: Vec<String> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .map(|line| clean(line, LONGEST_LINE))
        .collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
