//! The verbs, one file a noun; each is one call into the core and a reply.

mod alerts;
mod backup;
mod check;
mod consent;
mod demo;
mod forecast;
mod history;
mod logs;
mod paper;
mod process;
mod profile;
mod replay;
mod watch;

use crate::args::{Cli, Command};
use crate::place::Place;
use crate::render::Reply;

/// Runs the command that was typed.
///
/// # Errors
/// Whatever keeps the command from doing its work; nothing has changed then.
pub fn run(cli: Cli) -> anyhow::Result<Reply> {
    // Looked for only where it is needed: completions and manual pages must work without a home.
    let place = || Place::of(&cli);
    match &cli.command {
        Command::Profile(command) => profile::run(&place()?, command),
        Command::Demo(command) => demo::run(&place()?, command, cli.json),
        Command::Check => check::run(&place()?),
        Command::Watch(args) => watch::run(&place()?, args, cli.json),
        Command::History(args) => history::run(&place()?, args),
        Command::Forecast { signal } => forecast::run(&place()?, *signal),
        Command::Logs(command) => logs::run(&place()?, command),
        Command::Process(command) => process::run(&place()?, command),
        Command::Alerts(command) => alerts::run(&place()?, command),
        Command::Backup(command) => backup::run(&place()?, command, cli.json),
        Command::Completions { shell } => paper::completions(*shell),
        Command::Man { command } => paper::man(command),
    }
}
