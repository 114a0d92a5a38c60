//! `caretaker audit …` as people type it.

use clap::{Args, Subcommand};

/// `caretaker audit`
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Only look for secrets in code, settings, data, logs and reports; nothing is written down
    #[arg(long)]
    pub secrets: bool,
    /// What else than an audit
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
}

/// `caretaker audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// What verification and audit found and nobody mended yet, what presses first
    Findings,
    /// Let a finding stay, with the reason why; it speaks again when there is more of it
    Accept {
        /// The finding, as `audit findings` shows it
        id: String,
        /// Why it may stay
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take it back that a finding may stay
    Reopen {
        /// The finding, as `audit findings` shows it
        id: String,
    },
}
