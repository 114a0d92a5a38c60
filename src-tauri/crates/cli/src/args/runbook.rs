//! What is typed to go through an emergency.

use clap::Subcommand;

use super::Consent;

/// `caretaker runbook …`
#[derive(Debug, Subcommand)]
pub enum RunbookCommand {
    /// All runbooks, those that fit what is seen now first
    List,
    /// The steps of a runbook with their evidence, and how far it has come
    Show {
        /// The runbook, such as system-down
        name: String,
    },
    /// Begin a runbook, or go on with it
    Start {
        /// The runbook
        name: String,
        /// For this incident; the worst open one that fits otherwise
        #[arg(long, value_name = "ID")]
        incident: Option<String>,
    },
    /// Do a step
    Do {
        /// The runbook
        name: String,
        /// The step; the next one otherwise
        step: Option<String>,
        /// With this module, preset or backup rather than the one that is proposed
        #[arg(long, value_name = "WHAT")]
        with: Option<String>,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Say that a step was looked at
    Seen {
        /// The runbook
        name: String,
        /// The step; the next one otherwise
        step: Option<String>,
        /// A word about it
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Leave a step out
    Skip {
        /// The runbook
        name: String,
        /// The step
        step: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take back what a step did
    Undo {
        /// The runbook
        name: String,
        /// The step
        step: String,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// End a runbook and print the report
    End {
        /// The runbook
        name: String,
    },
    /// The runbooks that were gone through, newest first
    Past,
    /// Print the report of one that was gone through
    Report {
        /// Its name, as `runbook past` shows it
        id: String,
    },
}
