//! A probe that is a program: run without a shell, in its own group, with an end and a cap.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::super::claims::clean;

/// Bytes of standard error that are kept, from its end.
const ERRORS_KEPT: usize = 4_096;
/// What a probe may see of Caretaker's environment.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "LANG", "TZ"];

/// Runs `line` in `root` and returns what it printed.
pub(super) fn run(line: &[String], root: &Path, timeout: Duration, cap: u64) -> Result<Vec<u8>, String> {
    let (program, arguments) = line.split_first().ok_or("the probe names no program")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("cannot start the probe: {e}"))?;
    let result = runtime.block_on(async {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(root)
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|e| {
            format!("cannot start the probe {} in {}: {e}", clean(program, 200), root.display())
        })?;
        let group = Group(child.id());
        let answer = tokio::time::timeout(timeout, listen(&mut child, cap)).await;
        // Whatever happened, nothing of it may stay: not what it forked either.
        group.kill();
        let _ = tokio::time::timeout(Duration::from_secs(1), child.wait()).await;
        answer.unwrap_or_else(|_| Err(format!("the probe did not answer within {}", seconds(timeout))))
    });
    // A reader stuck in the runtime must not keep this thread.
    runtime.shutdown_background();
    result
}

/// Reads the answer; a program that has ended but left its output open to a child of its is not waited for.
async fn listen(child: &mut Child, cap: u64) -> Result<Vec<u8>, String> {
    let (Some(mut out), Some(mut err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("the probe's output cannot be read".into());
    };
    let mut answer = Vec::new();
    let mut complaints = Vec::new();
    let (mut out_open, mut err_open, mut status) = (true, true, None);
    while status.is_none() || out_open || err_open {
        tokio::select! {
            biased;
            read = take(&mut out, &mut answer), if out_open => {
                out_open = read > 0;
                if answer.len() as u64 > cap {
                    return Err(format!("the probe printed more than {cap} bytes"));
                }
            }
            read = take(&mut err, &mut complaints), if err_open => {
                err_open = read > 0;
                let excess = complaints.len().saturating_sub(ERRORS_KEPT);
                complaints.drain(..excess);
            }
            ended = child.wait(), if status.is_none() => {
                status = Some(ended.map_err(|e| format!("cannot wait for the probe: {e}"))?);
            }
            // All that it wrote itself is in the pipes by now and was read first.
            () = tokio::time::sleep(Duration::from_millis(50)), if status.is_some() => break,
        }
    }
    match status {
        Some(status) if !status.success() => {
            let text = String::from_utf8_lossy(&complaints);
            let last = text.lines().rev().map(str::trim).find(|l| !l.is_empty()).unwrap_or("it says nothing");
            Err(format!("the probe failed ({status}): {}", clean(last, 200)))
        }
        _ => Ok(answer),
    }
}

async fn take(from: &mut (impl AsyncRead + Unpin), into: &mut Vec<u8>) -> usize {
    from.read_buf(into).await.unwrap_or(0)
}

/// The process group of a probe, which is its own.
struct Group(Option<u32>);

impl Group {
    fn kill(&self) {
        if let Some(pid) = self.0.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // Gone already is what was wanted.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

fn seconds(timeout: Duration) -> String {
    format!("{} s", timeout.as_secs_f64())
}
