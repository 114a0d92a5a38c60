//! An agent of the user's launchd: `man launchd.plist`, `man launchctl`.

use std::path::Path;

use caretaker_core::error::{Error, ErrorKind, Result};
use serde::Serialize;

use super::Job;

/// What launchd calls it.
pub const LABEL: &str = "app.caretaker.watch";

/// The keys that are set, in launchd's spelling.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Agent<'a> {
    label: &'static str,
    program_arguments: Vec<&'a str>,
    environment_variables: std::collections::BTreeMap<&'a str, &'a str>,
    run_at_load: bool,
    keep_alive: KeepAlive,
    /// Seconds between two starts at least.
    throttle_interval: u32,
    /// Seconds until it is killed: a backup that is under way is ended in order.
    exit_time_out: u32,
    standard_error_path: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeepAlive {
    successful_exit: bool,
}

/// The agent's description.
///
/// # Errors
/// When a path is no text.
pub fn agent(job: &Job) -> Result<String> {
    let unspeakable = || Error::new(ErrorKind::Usage, "a path is no text, which launchd cannot name");
    let program = job.program.to_str().ok_or_else(unspeakable)?;
    let agent = Agent {
        label: LABEL,
        program_arguments: std::iter::once(program).chain(job.arguments.iter().map(String::as_str)).collect(),
        environment_variables: job.environment.iter().map(|(key, value)| (&**key, &**value)).collect(),
        run_at_load: true,
        keep_alive: KeepAlive { successful_exit: false },
        throttle_interval: 10,
        exit_time_out: 60,
        standard_error_path: job.log.to_str().ok_or_else(unspeakable)?,
    };
    let mut text = Vec::new();
    plist::to_writer_xml(&mut text, &agent).map_err(|error| {
        Error::new(ErrorKind::System, "the agent cannot be put into words").because(error)
    })?;
    String::from_utf8(text)
        .map_err(|error| Error::new(ErrorKind::System, "the agent cannot be put into words").because(error))
}

fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

fn launchctl(words: &[&str]) -> Vec<String> {
    std::iter::once("launchctl").chain(words.iter().copied()).map(str::to_owned).collect()
}

/// Loads it, now and at each login.
pub fn start(file: &Path) -> Vec<Vec<String>> {
    vec![
        launchctl(&["enable", &format!("{}/{LABEL}", domain())]),
        launchctl(&["bootstrap", &domain(), &file.to_string_lossy()]),
    ]
}

/// Ends and unloads it.
pub fn stop() -> Vec<Vec<String>> {
    vec![launchctl(&["bootout", &format!("{}/{LABEL}", domain())])]
}

/// How it stands.
pub fn ask() -> Vec<String> {
    launchctl(&["print", &format!("{}/{LABEL}", domain())])
}

/// Whether what `launchctl print` says is of an agent that runs.
pub fn is_running(said: &str) -> bool {
    said.lines().any(|line| line.trim() == "state = running")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_reads_back_as_it_was_meant() {
        let job = Job {
            program: "/Applications/Care & taker.app/caretaker".into(),
            arguments: vec!["--all".into(), "watch".into()],
            environment: vec![("CARETAKER_LOG_FORMAT".into(), "json".into())],
            log: "/Users/me/Library/Logs/Caretaker/watch.log".into(),
        };
        let text = agent(&job).unwrap();
        let read: plist::Value = plist::from_bytes(text.as_bytes()).unwrap();
        let read = read.as_dictionary().unwrap();
        let words: Vec<_> =
            read["ProgramArguments"].as_array().unwrap().iter().map(|one| one.as_string().unwrap()).collect();
        assert_eq!(words, ["/Applications/Care & taker.app/caretaker", "--all", "watch"]);
        assert_eq!(read["Label"].as_string(), Some(LABEL));
        assert_eq!(read["KeepAlive"].as_dictionary().unwrap()["SuccessfulExit"].as_boolean(), Some(false));
        assert_eq!(read["ExitTimeOut"].as_unsigned_integer(), Some(60));
        assert!(is_running("app = {\n\tstate = running\n}") && !is_running("\tstate = not running\n"));
    }
}
