//! `caretaker`: the engine without a window, for ssh, scripts and launchd.

mod args;
mod commands;
mod daemon;
mod logging;
mod place;
mod render;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // The demo's stand-in process is this same program under another name; it never comes back.
    if let Some(code) = caretaker_demo::stand_in_main() {
        return code;
    }
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => {
            let _ = answer.print();
            let asked_for = !answer.use_stderr();
            return ExitCode::from(if asked_for { render::exit::DONE } else { render::exit::USAGE });
        }
    };
    logging::start();
    let json = cli.json;
    ExitCode::from(match commands::run(&cli) {
        Ok(reply) => render::reply(&reply, json),
        Err(error) => render::error(&error),
    })
}
