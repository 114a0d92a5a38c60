//! The verbs, one file a noun; each is one call into the core and a reply.

mod alerts;
mod all;
mod backup;
mod check;
mod checklist;
mod cleanup;
mod consent;
mod daemon;
mod demo;
mod diagnose;
mod examine;
mod forecast;
mod history;
mod incident;
mod journal;
mod logs;
mod metrics;
mod modules;
mod moving;
mod paper;
mod performance;
mod process;
mod profile;
pub mod progress;
mod replay;
mod reports;
mod run;
mod runbook;
mod tune;
mod uninstall;
mod watch;

use crate::args::{Cli, Command};
use crate::place::Place;
use crate::render::Reply;

/// Runs the command that was typed.
///
/// # Errors
/// Whatever keeps the command from doing its work; nothing has changed then.
pub fn run(cli: &Cli) -> anyhow::Result<Reply> {
    match &cli.command {
        // These need no home.
        Command::Completions { shell } => paper::completions(*shell),
        Command::Man { command } => paper::man(command),
        _ if cli.all => all::run(&Place::of(cli)?, cli),
        command => of_one(&Place::of(cli)?, command, cli.json),
    }
}

/// Runs a command for the one ecosystem at `place`.
fn of_one(place: &Place, command: &Command, json: bool) -> anyhow::Result<Reply> {
    match command {
        Command::Profile(command) => profile::run(place, command),
        Command::Demo(command) => demo::run(place, command, json),
        Command::Check => check::run(place),
        Command::Watch(args) => watch::run(place, args, json),
        Command::Metrics => metrics::run(&[(String::new(), place.clone())], json),
        Command::History(args) => history::run(place, args),
        Command::Forecast { signal } => forecast::run(place, *signal),
        Command::Reports(command) => reports::run(place, command),
        Command::Logs(command) => logs::run(place, command),
        Command::Process(command) => process::run(place, command, json),
        Command::Alerts(command) => alerts::run(place, command),
        Command::Checklist(command) => checklist::run(place, command),
        Command::Incident(command) => incident::run(place, command),
        Command::Journal(args) => journal::run(place, args),
        Command::Backup(command) => backup::run(place, command, json),
        Command::Modules(command) => modules::run(place, command),
        Command::Tune(command) => tune::run(place, command),
        Command::Performance(args) => performance::run(place, args),
        Command::Run(args) => run::run(place, args, json),
        Command::Cleanup(args) => cleanup::run(place, args),
        Command::Diagnose { bundle, yes } => diagnose::run(place, bundle.as_deref(), *yes),
        Command::Runbook(command) => runbook::run(place, command, json),
        Command::Verify => examine::verify(place, json),
        Command::Audit(args) => examine::audit(place, args, json),
        Command::Service(command) => daemon::run(place, command),
        Command::Export { file, yes } => moving::export(place, file, *yes),
        Command::Import { file, consent } => moving::import(place, file, *consent),
        Command::Uninstall { consent } => uninstall::run(place, *consent),
        Command::Completions { shell } => paper::completions(*shell),
        Command::Man { command } => paper::man(command),
    }
}
