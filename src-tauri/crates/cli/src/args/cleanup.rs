//! `caretaker cleanup …` as people type it.

use clap::{Args, Subcommand};

use super::Consent;

/// `caretaker cleanup`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CleanupArgs {
    /// What else than a clean-up
    #[command(subcommand)]
    pub command: Option<CleanupCommand>,
    /// How it is agreed to
    #[command(flatten)]
    pub consent: Consent,
}

/// `caretaker cleanup …`
#[derive(Debug, Subcommand)]
pub enum CleanupCommand {
    /// Bring back what the last clean-up put aside
    Undo {
        /// A clean-up as `cleanup list` shows it; the last one otherwise
        id: Option<String>,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// What was put aside and can be brought back, oldest first
    List,
    /// What takes space in the data and among the logs, the largest first
    Space {
        /// So many entries of each
        #[arg(long, default_value_t = 15, value_name = "N")]
        most: usize,
    },
}
