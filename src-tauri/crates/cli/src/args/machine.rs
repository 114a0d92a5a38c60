//! What is of the machine: its ecosystems, and who watches them.

use std::path::PathBuf;

use clap::Subcommand;

use super::Consent;

/// `caretaker profile …`
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Look at a folder and write a commented profile from what is found; never over an existing one
    Init {
        /// The ecosystem's folder
        #[arg(long, value_name = "DIR")]
        root: PathBuf,
        /// Only show what would be written
        #[arg(long)]
        dry_run: bool,
    },
    /// Name line and key of every mistake in the profile
    Check,
    /// The ecosystems of this machine: those that are watched, and those that were put off
    List,
    /// Watch one of them no longer; profile, records and backups stay
    Off {
        /// Its name, as `profile list` shows it
        name: String,
    },
    /// Watch it again
    On {
        /// Its name, as `profile list` shows it
        name: String,
    },
}

/// `caretaker service …`
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Write the service, start it, and have it started at each login
    Install {
        /// Log what happens as JSON, a record a line
        #[arg(long)]
        json_log: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// Whether it runs, and who watches
    Status,
    /// End it and remove it
    Uninstall {
        #[command(flatten)]
        consent: Consent,
    },
}
