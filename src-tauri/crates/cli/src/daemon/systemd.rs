//! A unit of the user's systemd: `man systemd.service`, `man systemd.syntax`.

use caretaker_core::error::{Error, ErrorKind, Result};

use super::Job;

/// The unit's name.
pub const UNIT: &str = "caretaker.service";

/// The unit's text.
///
/// # Errors
/// When a path holds what no unit can.
pub fn unit(job: &Job) -> Result<String> {
    let program = job.program.to_str().ok_or_else(unspeakable)?;
    let line: Vec<String> = std::iter::once(program)
        .chain(job.arguments.iter().map(String::as_str))
        .map(|word| quoted(word, true))
        .collect::<Result<_>>()?;
    let environment: Vec<String> = job
        .environment
        .iter()
        .map(|(key, value)| Ok(format!("Environment={}\n", quoted(&format!("{key}={value}"), false)?)))
        .collect::<Result<_>>()?;
    Ok(format!(
        "# Written by `caretaker service install`; `caretaker service uninstall` removes it.\n\
         [Unit]\n\
         Description=Caretaker watches this user's ecosystems\n\
         Documentation=man:caretaker(1)\n\
         \n\
         [Service]\n\
         ExecStart={}\n\
         {}\
         Restart=on-failure\n\
         RestartSec=10\n\
         # Wrong usage does not mend itself.\n\
         RestartPreventExitStatus=64\n\
         # A backup that is under way is ended in order.\n\
         TimeoutStopSec=60\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        line.join(" "),
        environment.concat(),
    ))
}

fn systemctl(words: &[&str]) -> Vec<String> {
    ["systemctl", "--user"].iter().chain(words).map(|word| (*word).to_owned()).collect()
}

/// Takes note of the unit, starts it anew and at each login.
pub fn start() -> Vec<Vec<String>> {
    vec![systemctl(&["daemon-reload"]), systemctl(&["enable", UNIT]), systemctl(&["restart", UNIT])]
}

/// Ends it, and starts it no longer.
pub fn stop() -> Vec<Vec<String>> {
    vec![systemctl(&["disable", "--now", UNIT])]
}

/// Takes note that it is gone.
pub fn forget() -> Vec<Vec<String>> {
    vec![systemctl(&["daemon-reload"])]
}

/// Whether it runs.
pub fn ask() -> Vec<String> {
    systemctl(&["is-active", UNIT])
}

/// A word of a command line: `%` and `$` mean something to systemd, quotes and backslashes too.
fn quoted(word: &str, command: bool) -> Result<String> {
    if word.chars().any(char::is_control) {
        return Err(unspeakable());
    }
    let word = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    let word = if command { word.replace('$', "$$") } else { word };
    Ok(format!("\"{word}\""))
}

fn unspeakable() -> Error {
    Error::new(ErrorKind::Usage, "a path holds control characters, which a unit of systemd cannot name")
        .hint("Move what lies there to a plainer place.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(program: &str, argument: &str) -> Job {
        Job {
            program: program.into(),
            arguments: vec!["--all".into(), argument.into()],
            environment: vec![("CARETAKER_LOG_FORMAT".into(), "json".into())],
            log: "/none".into(),
        }
    }

    #[test]
    fn names_with_a_meaning_for_systemd_lose_it() {
        let unit = unit(&job("/opt/a b/care\"taker", "50%$HOME\\")).unwrap();
        let line = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert_eq!(line, r#"ExecStart="/opt/a b/care\"taker" "--all" "50%%$$HOME\\""#);
        assert!(unit.contains("\nEnvironment=\"CARETAKER_LOG_FORMAT=json\"\n"), "{unit}");
    }

    #[test]
    fn a_line_break_never_becomes_another_setting() {
        assert_eq!(unit(&job("/x", "a\nExecStartPre=/bin/evil")).unwrap_err().kind, ErrorKind::Usage);
    }
}
