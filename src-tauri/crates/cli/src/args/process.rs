//! What is typed to look at the ecosystem's process, to start it and to stop it.

use clap::Subcommand;

use super::Consent;

/// `caretaker process …`
#[derive(Debug, Subcommand)]
pub enum ProcessCommand {
    /// Whether the ecosystem's process runs, and which one it is
    Status,
    /// Start it, and see whether it stays
    Start {
        /// Although it was started several times lately and did not stay
        #[arg(long)]
        again: bool,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Ask it to end, wait, and kill it if it does not
    Stop {
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Stop it and start it again
    Restart {
        /// Although it was started several times lately and did not stay
        #[arg(long)]
        again: bool,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
}
