//! `caretaker service …`: the watch as a service of this user.

use std::path::PathBuf;

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::store::Owner;
use serde::Serialize;

use crate::args::{Consent, ServiceCommand};
use crate::commands::check::plain;
use crate::commands::consent::{Answer, ask};
use crate::daemon::{Job, Service};
use crate::place::Place;
use crate::render::{Reply, exit};

#[derive(Serialize)]
struct Body {
    /// Whether it was done, or is only what would be done.
    done: bool,
    file: String,
    /// What stands in the file; `None` where it goes.
    text: Option<String>,
    commands: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct StatusBody {
    installed: bool,
    running: Option<bool>,
    file: String,
    /// Who watches the ecosystem of `--profile` just now: the service, the app, or somebody's terminal.
    watched_by: Option<u32>,
}

/// Runs the command.
pub fn run(place: &Place, command: &ServiceCommand) -> anyhow::Result<Reply> {
    let file = place.paths.as_ref().and_then(|paths| paths.service.first()).ok_or_else(|| {
        Error::new(ErrorKind::Usage, "there is no home folder (HOME is not set)")
            .hint("A service belongs to a user.")
    })?;
    let service = Service::here(file);
    match command {
        ServiceCommand::Install { json_log, consent } => install(place, &service, *json_log, *consent),
        ServiceCommand::Status => status(place, &service),
        ServiceCommand::Uninstall { consent } => uninstall(&service, *consent),
    }
}

fn install(place: &Place, service: &Service, json_log: bool, consent: Consent) -> anyhow::Result<Reply> {
    // A service that cannot begin would only fail again and again.
    place.watched()?;
    let job = job(place, json_log)?;
    let text = service.text(&job)?;
    let commands = service.start_commands();
    let file = service.file.display().to_string();
    let plan = format!("{}:\n{}\nThen:\n{}", plain(&file), indented(&text), shown(&commands));
    let body = |done| Body { done, file: file.clone(), text: Some(text.clone()), commands: commands.clone() };
    if ask(consent, &plan, "Write this and start it?")? == Answer::OnlyShown {
        return Reply::new(&body(false), plan);
    }
    service.install(&text)?;
    let mut said = "The watch runs as a service from now on, and at each login.".to_owned();
    if let Some(hint) = service.hint() {
        said.push_str(&format!("\n{hint}"));
    }
    Reply::new(&body(true), said)
}

fn uninstall(service: &Service, consent: Consent) -> anyhow::Result<Reply> {
    let (file, commands) = (service.file.display().to_string(), service.stop_commands());
    if !service.state().installed {
        return Err(Error::new(ErrorKind::NotFound, "no service of Caretaker’s is installed").into());
    }
    let plan = format!(
        "{}\nThen {} is removed. Records, profiles and backups stay.",
        shown(&commands),
        plain(&file)
    );
    let body = |done| Body { done, file: file.clone(), text: None, commands: commands.clone() };
    if ask(consent, &plan, "End and remove it?")? == Answer::OnlyShown {
        return Reply::new(&body(false), plan);
    }
    service.uninstall()?;
    Reply::new(&body(true), "The service is gone. Records, profiles and backups stay.")
}

/// Exit codes: 0 it runs, 2 it does not.
fn status(place: &Place, service: &Service) -> anyhow::Result<Reply> {
    let state = service.state();
    let watched_by = Owner::last_pid(&place.state).filter(|_| Owner::is_held(&place.state));
    let file = service.file.display().to_string();
    let stands = match (state.installed, state.running) {
        (false, _) => "No service of Caretaker’s is installed.",
        (true, Some(true)) => "The service runs.",
        (true, Some(false)) => "The service is installed and does not run.",
        (true, None) => "The service is installed; its manager does not say whether it runs.",
    };
    let who = match watched_by {
        Some(pid) => format!("Process {pid} watches."),
        None => "Nobody watches.".to_owned(),
    };
    let body = StatusBody { installed: state.installed, running: state.running, file, watched_by };
    let fine = state.installed && state.running == Some(true);
    Ok(Reply::new(&body, format!("{stands}\n{who}"))?.exit(if fine { exit::DONE } else { exit::BAD }))
}

/// What the service runs: this program, on all ecosystems, with the records that are used here.
fn job(place: &Place, json_log: bool) -> anyhow::Result<Job> {
    let mut environment = Vec::new();
    if json_log {
        environment.push(("CARETAKER_LOG_FORMAT".to_owned(), "json".to_owned()));
        environment.push(("CARETAKER_LOG".to_owned(), "info".to_owned()));
    }
    // What was said otherwise than by default must hold for the service too.
    for key in ["CARETAKER_STATE", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        environment.extend(std::env::var(key).ok().map(|value| (key.to_owned(), value)));
    }
    let log = match &place.home {
        Some(home) if cfg!(target_os = "macos") => home.join("Library/Logs/Caretaker/watch.log"),
        _ => PathBuf::from("/dev/null"),
    };
    if let Some(folder) = log.parent().filter(|_| cfg!(target_os = "macos")) {
        std::fs::create_dir_all(folder).map_err(|error| Error::io("create the folder", folder, error))?;
    }
    let arguments = ["--all", "watch", "--quiet"].map(str::to_owned).to_vec();
    Ok(Job { program: std::env::current_exe()?, arguments, environment, log })
}

fn shown(commands: &[Vec<String>]) -> String {
    commands.iter().map(|line| format!("  {}", line.join(" "))).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
