//! `--all`: the same command for every ecosystem of this machine, one after the other.

use anyhow::Context;
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::profile::Site;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::args::{Cli, Command};
use crate::commands::{check, metrics, of_one, watch};
use crate::place::Place;
use crate::render::{self, Reply, exit};

/// What the command said of each ecosystem.
#[derive(Serialize)]
struct Body {
    ecosystems: Vec<Said>,
}

/// What it said of one.
#[derive(Serialize)]
struct Said {
    id: String,
    /// The exit code it would have had alone.
    exit: u8,
    /// Its own JSON object; `None` where it failed.
    reply: Option<Box<RawValue>>,
    /// Why it failed.
    error: Option<String>,
}

/// Runs the command for each; one that fails keeps no other from being asked.
pub fn run(place: &Place, cli: &Cli) -> anyhow::Result<Reply> {
    let sites = place.watched()?;
    match &cli.command {
        Command::Watch(args) => return watch::all(place, args, cli.json),
        Command::Metrics => {
            let places: Vec<_> = sites.iter().map(|site| (site.id.clone(), place.at(site))).collect();
            return metrics::run(&places, cli.json);
        }
        // Of the machine, or of a folder, rather than of an ecosystem that is watched.
        Command::Profile(_)
        | Command::Demo(_)
        | Command::Service(_)
        | Command::Export { .. }
        | Command::Import { .. }
        | Command::Uninstall { .. } => {
            return Err(Error::new(ErrorKind::Usage, "--all makes no sense here")
                .hint("Leave it out; `profile list` and `uninstall` speak of all ecosystems anyway.")
                .into());
        }
        _ => {}
    }
    let (mut ecosystems, mut texts) = (Vec::new(), Vec::new());
    for site in &sites {
        let (said, text) = ask(&place.at(site), site, cli)?;
        texts.push(format!("── {} ──\n{text}", site.id));
        ecosystems.push(said);
    }
    let codes = ecosystems.iter().map(|said| said.exit);
    let code = if matches!(cli.command, Command::Check) { worst_light(codes) } else { worst(codes) };
    Ok(Reply::new(&Body { ecosystems }, texts.join("\n\n"))?.exit(code))
}

fn ask(place: &Place, site: &Site, cli: &Cli) -> anyhow::Result<(Said, String)> {
    let id = site.id.clone();
    Ok(match of_one(place, &cli.command, cli.json) {
        Ok(reply) => {
            let json = RawValue::from_string(reply.json().to_owned()).context("a reply is no JSON")?;
            (Said { id, exit: reply.code(), reply: Some(json), error: None }, reply.text().to_owned())
        }
        Err(error) => {
            let error_text = render::error_text(&error);
            // What cannot be read says nothing about the light.
            let exit = match cli.command {
                Command::Check => check::UNKNOWN,
                _ => render::error_code(&error),
            };
            let text = format!("caretaker: {error_text}");
            (Said { id, exit, reply: None, error: Some(error_text) }, text)
        }
    })
}

/// The worst light: red over yellow over unknown over green.
fn worst_light(codes: impl Iterator<Item = u8>) -> u8 {
    let rank = |code: &u8| [exit::DONE, check::UNKNOWN, 1, 2].iter().position(|known| known == code);
    codes.max_by_key(rank).unwrap_or(check::UNKNOWN)
}

/// Wrong usage over something bad over a refusal.
fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    codes.max().unwrap_or(exit::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_unknown_is_worse_than_green_and_no_worse_than_yellow() {
        assert_eq!(worst_light([0, 3, 1, 0].into_iter()), 1);
        assert_eq!(worst_light([3, 0].into_iter()), 3);
        assert_eq!(worst_light([1, 2, 3].into_iter()), 2);
        assert_eq!(worst([0, 1, 64, 2].into_iter()), 64);
    }
}
