//! The security audit: is it safe?

pub(super) mod access;
mod dependencies;
mod files;
mod standing;

pub(super) use standing::{backup, restart_as};

use super::check::{Check, Sheet};
use super::known::KnownOfIt;
use super::seen::Seen;

/// The manual's areas.
pub(super) const AREAS: [&str; 10] = [
    "data",
    "access",
    "input",
    "errors",
    "dependencies",
    "configuration",
    "code",
    "monitoring",
    "resilience",
    "privacy",
];

/// The areas in which there may be secrets.
const WITH_SECRETS: [&str; 4] = ["data", "configuration", "code", "privacy"];

/// All checks.
pub(super) fn checks(seen: &Seen, known: &KnownOfIt<'_>) -> Vec<Check> {
    let mut all = Vec::new();
    for area in AREAS.into_iter().filter(|area| !known.only_secrets || WITH_SECRETS.contains(area)) {
        let mut sheet = Sheet { area, seen, known, checks: Vec::new() };
        match area {
            "data" => files::data(&mut sheet),
            "access" => access::checks(&mut sheet),
            "input" => files::input(&mut sheet),
            "errors" => {
                files::errors(&mut sheet);
                standing::errors(&mut sheet);
            }
            "dependencies" => dependencies::checks(&mut sheet),
            "configuration" => files::configuration(&mut sheet),
            "code" => files::code(&mut sheet),
            "monitoring" => standing::monitoring(&mut sheet),
            "resilience" => standing::resilience(&mut sheet),
            _ => files::privacy(&mut sheet),
        }
        all.append(&mut sheet.checks);
    }
    all
}
