//! Reports, rounds of care, incidents on paper, the journal.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::{Consent, parse_day, parse_span};

/// `caretaker reports …`
#[derive(Debug, Subcommand)]
pub enum ReportsCommand {
    /// Reports and gaps by day, newest first
    List {
        /// How many days, today included
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_600), value_name = "N")]
        days: u32,
    },
    /// Show a report, and note that it was read
    Show(WhichReport),
    /// Hold a report against the one before and the thirty days before
    Compare(WhichReport),
}

/// One report.
#[derive(Debug, Args)]
pub struct WhichReport {
    /// Its kind as the profile has it, such as daily_summary
    pub kind: String,
    /// The day it speaks of, such as 2025-12-16; the newest otherwise
    #[arg(value_parser = parse_day)]
    pub date: Option<NaiveDate>,
}

/// `caretaker checklist …`
#[derive(Debug, Subcommand)]
pub enum ChecklistCommand {
    /// All rounds as they stand, what can be done now first
    List,
    /// One round with every item and what speaks for it
    Show {
        /// The checklist, such as morning
        id: String,
    },
    /// Say that an item is done, or will do
    Tick {
        /// The checklist
        id: String,
        /// Its item
        item: String,
        /// A word about it; needed where the evidence says otherwise
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Take back what was said of an item
    Untick {
        /// The checklist
        id: String,
        /// Its item; without one the whole round is opened again
        item: Option<String>,
    },
    /// Leave an item out, or the whole round
    Skip {
        /// The checklist
        id: String,
        /// Its item; without one the whole round is left out
        item: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Write something about an item; it replaces what was written before
    Note {
        /// The checklist
        id: String,
        /// Its item
        item: String,
        /// What; nothing removes it
        text: String,
    },
    /// What became of the rounds of the last year
    History,
    /// Rounds on which something was written that holds a text
    Search {
        /// The text
        text: String,
    },
    /// A round as Markdown
    Export {
        /// The checklist
        id: String,
    },
}

/// `caretaker incident …`
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Its course, what was seen, told and done, and room for the cause, as Markdown
    Report {
        /// The incident's identifier, as `alerts list` shows it
        id: String,
    },
}

/// `caretaker journal`
#[derive(Debug, Args)]
pub struct JournalArgs {
    /// How far back
    #[arg(long, default_value = "7d", value_parser = parse_span, value_name = "TIME")]
    pub since: std::time::Duration,
    /// Only entries that hold this text
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub find: String,
    /// What else
    #[command(subcommand)]
    pub command: Option<JournalCommand>,
}

/// `caretaker journal …`
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Write something into it
    Note {
        /// What
        text: String,
    },
    /// See whether an entry was changed or taken out since it was written
    Check,
    /// The month's entry of the version history, with real figures
    Version {
        /// Which month, such as 2026-11; this one otherwise
        #[arg(long, value_name = "MONTH")]
        month: Option<String>,
        /// Write it into VERSION_HISTORY.md in the ecosystem's root
        #[arg(long)]
        write: bool,
        /// Take the last writing back, byte for byte
        #[arg(long, conflicts_with_all = ["month", "write"])]
        undo: bool,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
}
