//! Programs of the profile: run without a shell, in a group of their own, with an end, a cap and, if wanted, a pen.

mod find;
pub mod git;
mod pen;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

pub use self::find::find;
use crate::progress::Progress;

/// Bytes of standard error that are kept, from its end.
const ERRORS_KEPT: usize = 4_096;
/// What a program may see of Caretaker's environment.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "LANG", "TZ"];
/// Between two looks whether a person asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// A program and the bounds in which it runs.
pub struct Program<'a> {
    /// How it is called in messages, such as “the probe”.
    pub called: &'a str,
    /// The program and its arguments.
    pub line: &'a [String],
    /// Its working directory.
    pub folder: &'a Path,
    /// How long it may take.
    pub timeout: Duration,
    /// Bytes that it may print.
    pub cap: u64,
    /// The only folders in which it may write, the first of them for what it needs for a while; empty = anywhere.
    pub pen: &'a [PathBuf],
}

/// How a program ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// What it printed, cut at the cap.
    pub output: Vec<u8>,
    /// The last of what it printed as errors.
    pub complaints: Vec<u8>,
    /// Whether it ran at all.
    pub started: bool,
    /// What it ended with; `None` where it did not end by itself.
    pub exit: Option<i32>,
    /// Whether it was ended because it printed more than it may.
    pub cut: bool,
    /// Why it did not end well, in words.
    pub fault: Option<String>,
}

/// Runs it to its end; nothing of it stays behind, not what it forked either.
///
/// Blocks: to be called where waiting is allowed.
pub fn run(program: &Program<'_>, progress: &dyn Progress) -> Ended {
    if program.pen.is_empty() {
        return run_here(program, program.line, progress);
    }
    // What holds a program in its pen holds this thread too, for good: it is one that ends with it.
    std::thread::scope(|scope| {
        let penned = scope.spawn(|| match pen::close(program.line, program.pen) {
            Ok(line) => run_here(program, &line, progress),
            Err(problem) => failed(format!("{} cannot be kept to its folder: {problem}", program.called)),
        });
        penned.join().unwrap_or_else(|_| failed(format!("{} was broken off", program.called)))
    })
}

fn failed(fault: String) -> Ended {
    Ended { fault: Some(fault), ..Ended::default() }
}

fn run_here(program: &Program<'_>, line: &[String], progress: &dyn Progress) -> Ended {
    let called = program.called;
    let Some((first, arguments)) = line.split_first() else {
        return failed(format!("{called} names no program"));
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(format!("cannot start {called}: {error}")),
    };
    let ended = runtime.block_on(async {
        let mut command = Command::new(first);
        command
            .args(arguments)
            .current_dir(program.folder)
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(program.pen.first().map(|folder| ("TMPDIR", folder)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let name = program.line.first().map_or("", String::as_str);
                return failed(format!(
                    "cannot start {called} {} in {}: {error}",
                    clean(name, 200),
                    program.folder.display()
                ));
            }
        };
        let group = Group(child.id());
        let mut ended = Ended { started: true, ..Ended::default() };
        let printed = Cell::new((0, 0));
        let fault = tokio::select! {
            fault = listen(&mut child, program, &mut ended, &printed) => fault,
            () = tokio::time::sleep(program.timeout) => {
                Some(format!("{called} did not answer within {} s", program.timeout.as_secs_f64()))
            }
            () = asked_to_stop(progress, &printed) => Some(format!("{called} was cancelled")),
        };
        // Whatever happened, nothing of it may stay: not what it forked either.
        group.kill();
        let _ = tokio::time::timeout(Duration::from_secs(1), child.wait()).await;
        ended.fault = fault;
        ended
    });
    // A reader stuck in the runtime must not keep this thread.
    runtime.shutdown_background();
    ended
}

/// Says how far it has come until a person asks to stop.
async fn asked_to_stop(progress: &dyn Progress, printed: &Cell<(u64, u64)>) {
    while !progress.cancelled() {
        let (lines, bytes) = printed.get();
        progress.printed(lines, bytes);
        tokio::time::sleep(LOOK).await;
    }
}

/// Reads what it prints; a program that has ended but left its output open to a child of its is not waited for.
async fn listen(
    child: &mut Child,
    program: &Program<'_>,
    ended: &mut Ended,
    printed: &Cell<(u64, u64)>,
) -> Option<String> {
    let (called, cap) = (program.called, program.cap);
    let (Some(mut out), Some(mut err)) = (child.stdout.take(), child.stderr.take()) else {
        return Some(format!("what {called} prints cannot be read"));
    };
    let (mut out_open, mut err_open, mut status) = (true, true, None);
    while status.is_none() || out_open || err_open {
        tokio::select! {
            biased;
            read = take(&mut out, &mut ended.output), if out_open => {
                out_open = read > 0;
                let new = ended.output.len() - read;
                let lines = memchr::memchr_iter(b'\n', &ended.output[new..]).count() as u64;
                printed.set((printed.get().0 + lines, ended.output.len() as u64));
                if ended.output.len() as u64 > cap {
                    ended.output.truncate(usize::try_from(cap).unwrap_or(usize::MAX));
                    ended.cut = true;
                    return Some(format!("{called} printed more than {cap} bytes"));
                }
            }
            read = take(&mut err, &mut ended.complaints), if err_open => {
                err_open = read > 0;
                let excess = ended.complaints.len().saturating_sub(ERRORS_KEPT);
                ended.complaints.drain(..excess);
            }
            left = child.wait(), if status.is_none() => match left {
                Ok(left) => status = Some(left),
                Err(error) => return Some(format!("cannot wait for {called}: {error}")),
            },
            // All that it wrote itself is in the pipes by now and was read first.
            () = tokio::time::sleep(Duration::from_millis(50)), if status.is_some() => break,
        }
    }
    ended.exit = status.and_then(|status| status.code());
    let status = status.filter(|status| !status.success())?;
    let text = String::from_utf8_lossy(&ended.complaints);
    let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
    Some(format!("{called} failed ({status}): {}", clean(last, 200)))
}

async fn take(from: &mut (impl AsyncRead + Unpin), into: &mut Vec<u8>) -> usize {
    from.read_buf(into).await.unwrap_or(0)
}

/// The process group of a program, which is its own.
struct Group(Option<u32>);

impl Group {
    fn kill(&self) {
        if let Some(pid) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // Gone already is what was wanted.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Cuts `text` to `longest` characters and replaces what would move a cursor or turn text around.
pub fn clean(text: &str, longest: usize) -> String {
    text.chars()
        .take(longest)
        .map(|c| match c {
            c if c.is_control() => '\u{fffd}',
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect()
}
