//! The proof of a backup: restored into a scratch folder, every file compared, looked at by the profile's own program.

use std::path::Path;
use std::time::Instant as Stopwatch;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::desk::{Desk, Which};
use super::id::ArchiveId;
use super::restore::{bytes_of, room_for};
use super::shelf::DRILL;
use super::stage::{Part, compare};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::words;
use crate::profile::DrillProgram;
use crate::program::{self, Program, clean};
use crate::progress::Progress;

/// How the program is called in messages.
const PROGRAM: &str = "the verification program";
/// Of what it printed so many of the last lines are kept, of so many characters at most.
const LINES: usize = 20;
const LONGEST_LINE: usize = 300;

/// A backup that came back whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Drilled {
    /// How long it took to come back and to be compared.
    pub seconds: f64,
    /// What the profile's program said of it; `None` where there is none.
    pub program: Option<ProgramSaid>,
    /// What it shows, point by point.
    pub verified: DrillVerified,
}

/// What the profile's program said of a tree that came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramSaid {
    /// How long it took.
    pub seconds: f64,
    /// The last lines that it printed.
    pub tail: String,
}

/// A drill that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DrillFailed {
    /// When.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// Why, in words.
    pub why: String,
}

/// What a drill shows, point by point, in the order of the manual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DrillVerified {
    /// When.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// `backup`, `restore`, `works`, `loss`.
    pub points: Vec<DrillPoint>,
}

/// One point of a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DrillPoint {
    /// Its name.
    pub id: String,
    /// What came of it, with its numbers.
    pub text: String,
    /// Whether it is as it should be; `None` where it was not tried.
    pub ok: Option<bool>,
}

impl DrillPoint {
    /// The backup is made and whole.
    pub const BACKUP: &str = "backup";
    /// It came back.
    pub const RESTORE: &str = "restore";
    /// The ecosystem's own verification is content with what came back.
    pub const WORKS: &str = "works";
    /// Nothing is missing from it, and nothing is another.
    pub const LOSS: &str = "loss";
    /// All of them.
    pub const ALL: [&str; 4] = [Self::BACKUP, Self::RESTORE, Self::WORKS, Self::LOSS];
}

impl DrillVerified {
    /// None of it tried yet.
    fn new(at: Instant) -> Self {
        let untried = "Not tried: the drill ended before.";
        let point = |id: &str| DrillPoint { id: id.to_owned(), text: untried.to_owned(), ok: None };
        Self { at, points: DrillPoint::ALL.map(point).to_vec() }
    }

    fn set(&mut self, id: &str, ok: Option<bool>, text: String) {
        if let Some(point) = self.points.iter_mut().find(|point| point.id == id) {
            (point.ok, point.text) = (ok, text);
        }
    }

    fn fails(&mut self, id: &str, error: &Error) {
        self.set(id, Some(false), error.to_string());
    }
}

impl Desk {
    /// Restores a backup into a scratch folder, compares every file, and has the profile's program look at it.
    ///
    /// # Errors
    /// What is wrong with it, `Damaged` where it is no good; the scratch folder is gone in any case.
    pub fn drill(&self, id: ArchiveId, now: Instant, progress: &dyn Progress) -> Result<Drilled> {
        let _lock = self.shelf.lock()?;
        let (mut said, mut verified) = (None, DrillVerified::new(now));
        let drilled = self.try_out(id, &mut said, &mut verified, progress);
        // Whoever asks to stop has not found anything wrong.
        if drilled.is_ok() || !progress.cancelled() {
            let (mut catalogue, _) = self.catalogue_of(id)?;
            catalogue.change(id, |record| {
                record.drill_program.clone_from(&said);
                record.drill_verified = Some(verified.clone());
                record.drill_failed = None;
                match &drilled {
                    Ok(seconds) => (record.drilled_at, record.drill_seconds) = (Some(now), Some(*seconds)),
                    Err(error) => record.drill_failed = Some(DrillFailed { at: now, why: error.to_string() }),
                }
            });
            catalogue.save()?;
        }
        Ok(Drilled { seconds: drilled?, program: said, verified })
    }

    fn try_out(
        &self,
        id: ArchiveId,
        said: &mut Option<ProgramSaid>,
        verified: &mut DrillVerified,
        progress: &dyn Progress,
    ) -> Result<f64> {
        let begun = Stopwatch::now();
        let source =
            self.source(&Which::Id(id)).inspect_err(|error| verified.fails(DrillPoint::BACKUP, error))?;
        let (files, bytes) = source.manifest.totals();
        let all = format!("{files} files, {}", words::bytes(bytes));
        room_for(bytes_of(&source.manifest, &Part::Everything), self.shelf.folder())?;
        let scratch = self.scratch()?;
        progress.step("Restoring into a scratch folder");
        source.stage(&Part::Everything, scratch.path(), progress).inspect_err(|error| {
            // What is wrong in the archive shows while it is read; the rest is the restore's own.
            let damaged = error.kind == ErrorKind::Damaged;
            verified.fails(if damaged { DrillPoint::BACKUP } else { DrillPoint::RESTORE }, error);
        })?;
        let archives = match source.holders.len() {
            0 | 1 => String::new(),
            several => format!(" from {several} archives"),
        };
        verified.set(
            DrillPoint::BACKUP,
            Some(true),
            format!("The backup is whole: {all}, read to the end{archives}."),
        );
        let took = words::took(begun.elapsed().as_secs_f64());
        verified.set(
            DrillPoint::RESTORE,
            Some(true),
            format!("It came back into a scratch folder: {all}, in {took}."),
        );
        progress.step("Comparing every file");
        compare(&source.manifest, &Part::Everything, scratch.path(), progress)
            .inspect_err(|error| verified.fails(DrillPoint::LOSS, error))?;
        verified.set(
            DrillPoint::LOSS,
            Some(true),
            format!("Nothing was lost: each of {files} files was compared, its content and its mode."),
        );
        let seconds = begun.elapsed().as_secs_f64();
        let Some(program) = &self.drill_program else {
            let why = "Not tried: the profile names no program for it (`command` in [drill]).";
            verified.set(DrillPoint::WORKS, None, why.to_owned());
            return Ok(seconds);
        };
        progress.step("Running the verification program");
        let (report, fault) = look_at(program, scratch.path(), self.scratch()?.path(), progress);
        let took = words::took(report.seconds);
        *said = Some(report);
        progress.go_on()?;
        let content = format!("The verification program is content with it, after {took}.");
        verified.set(DrillPoint::WORKS, Some(fault.is_none()), fault.clone().unwrap_or(content));
        if let Some(fault) = fault {
            return Err(Error::new(ErrorKind::Damaged, fault)
                .hint("Every file came back as it was; what the program printed is kept with the backup."));
        }
        Ok(seconds)
    }

    /// A folder that is gone when it is dropped, and that the next job sweeps if this one is killed.
    fn scratch(&self) -> Result<TempDir> {
        let folder = self.shelf.folder();
        let scratch = tempfile::Builder::new().prefix(DRILL).tempdir_in(folder);
        scratch.map_err(|error| Error::io("write into", folder, error))
    }
}

/// Runs the program on the tree in `folder`; what it said, and what is wrong.
fn look_at(
    program: &DrillProgram,
    folder: &Path,
    aside: &Path,
    progress: &dyn Progress,
) -> (ProgramSaid, Option<String>) {
    let begun = Stopwatch::now();
    let place = folder.display().to_string();
    let line: Vec<String> =
        program.line.iter().map(|word| word.replace(DrillProgram::FOLDER, &place)).collect();
    let run = Program {
        called: PROGRAM,
        line: &line,
        folder,
        timeout: program.timeout,
        cap: program.max_output,
        pen: &[aside.to_owned(), folder.to_owned()],
    };
    let ended = program::run(&run, progress);
    let seconds = begun.elapsed().as_secs_f64();
    (ProgramSaid { seconds, tail: tail(&ended.output, &ended.complaints) }, ended.fault)
}

/// The last lines of both outputs, errors last.
fn tail(output: &[u8], complaints: &[u8]) -> String {
    let text = format!("{}\n{}", String::from_utf8_lossy(output), String::from_utf8_lossy(complaints));
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| clean(line, LONGEST_LINE)).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
