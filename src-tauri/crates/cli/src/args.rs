//! The command line as people type it.

mod audit;
mod care;
mod cleanup;
mod machine;
mod process;
mod programs;
mod runbook;
mod settings;

use std::path::PathBuf;

use caretaker_core::backup::Kind;
use caretaker_core::signal::SignalId;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use self::audit::{AuditArgs, AuditCommand};
pub use self::care::*;
pub use self::cleanup::{CleanupArgs, CleanupCommand};
pub use self::machine::{ProfileCommand, ServiceCommand};
pub use self::process::ProcessCommand;
pub use self::programs::{PerformanceArgs, RunArgs};
pub use self::runbook::RunbookCommand;
pub use self::settings::{ModulesCommand, TuneCommand};

/// Watches a self-evolving AI ecosystem that lives in one folder.
#[derive(Debug, Parser)]
#[command(name = "caretaker", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: `check` gives 0 green, 1 yellow, 2 red, 3 unknown. Every other command: 0 done, \
    1 refused or failed and nothing changed, 2 the thing examined is bad, 64 wrong usage or a broken profile."
)]
pub struct Cli {
    /// The description of the ecosystem, or the name of one of this machine's (`profile list`)
    #[arg(long, global = true, env = "CARETAKER_PROFILE", value_name = "FILE|NAME")]
    pub profile: Option<PathBuf>,
    /// Of every ecosystem of this machine, one after the other
    #[arg(long, global = true, conflicts_with = "profile")]
    pub all: bool,
    /// Where Caretaker keeps its own records
    #[arg(long, global = true, env = "CARETAKER_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, global = true)]
    pub json: bool,
    /// Treat this time as the present: 2026-12-06T15:00, with or without a zone
    #[arg(long, global = true, value_name = "TIME")]
    pub at: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make or check the description of an ecosystem
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Make or run a demo ecosystem
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Look once and say how the ecosystem is doing
    Check,
    /// Keep looking until interrupted
    Watch(WatchArgs),
    /// Have it watched without a window: a service of this user, started at each login
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Print every signal as OpenMetrics text, for Prometheus
    Metrics,
    /// Show the recorded values of a signal
    History(HistoryArgs),
    /// Show when a trend reaches its band
    Forecast {
        /// Of this signal only, such as disk.free
        signal: Option<SignalId>,
    },
    /// Read the ecosystem's reports
    #[command(subcommand)]
    Reports(ReportsCommand),
    /// Look into the ecosystem's logs
    #[command(subcommand)]
    Logs(LogsCommand),
    /// Look at the watched process, start it and stop it
    #[command(subcommand)]
    Process(ProcessCommand),
    /// Look at incidents
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// See and do the rounds of care
    #[command(subcommand)]
    Checklist(ChecklistCommand),
    /// Put an incident on paper
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// What was done and seen
    #[command(args_conflicts_with_subcommands = true)]
    Journal(JournalArgs),
    /// Make, prove, prune and restore backups
    #[command(subcommand)]
    Backup(BackupCommand),
    /// See and switch the ecosystem's modules
    #[command(subcommand)]
    Modules(ModulesCommand),
    /// Change the ecosystem's settings, and take it back
    #[command(subcommand)]
    Tune(TuneCommand),
    /// Run a program of the profile and keep what it prints
    Run(RunArgs),
    /// How it performs: a week, a month or a quarter beside the one before and a baseline
    Performance(PerformanceArgs),
    /// Put old logs and reports aside, and see what takes space
    Cleanup(CleanupArgs),
    /// Everything about the ecosystem and Caretaker on one page
    Diagnose {
        /// Write all that helps to understand it into this zip archive, without secrets and home paths
        #[arg(long, value_name = "FILE")]
        bundle: Option<PathBuf>,
        /// Write over an archive that is there
        #[arg(long, requires = "bundle")]
        yes: bool,
    },
    /// Go through an emergency step by step
    #[command(subcommand)]
    Runbook(RunbookCommand),
    /// Verify the ecosystem from outside, in the manual's ten categories
    Verify,
    /// Audit its security from outside, in the manual's ten areas
    #[command(args_conflicts_with_subcommands = true)]
    Audit(AuditArgs),
    /// Write everything that Caretaker knows into one archive: profiles, checklists, records; no secrets, no backups
    Export {
        /// A .tar.gz
        file: PathBuf,
        /// Write over one that is there
        #[arg(long)]
        yes: bool,
    },
    /// Bring what such an archive holds; what is here already stays
    Import {
        /// A .tar.gz that `export` wrote
        file: PathBuf,
        #[command(flatten)]
        consent: Consent,
    },
    /// Remove everything that Caretaker itself put on this machine; backups and ecosystems stay
    Uninstall {
        #[command(flatten)]
        consent: Consent,
    },
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page
    Man {
        /// Of this command only, such as `check` or `logs errors`
        command: Vec<String>,
    },
}

/// `caretaker demo …`
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Make a realistic small ecosystem with weeks of history
    Create {
        /// An empty or new folder
        dir: PathBuf,
    },
    /// Run its stand-in process, which logs, reports, and can misbehave
    Run {
        /// A folder made by `demo create`
        dir: PathBuf,
        /// How it behaves
        #[arg(long, default_value_t = caretaker_demo::Scenario::Healthy, value_parser = parse_scenario, value_name = "SCENARIO")]
        scenario: caretaker_demo::Scenario,
        /// How many times faster than life
        #[arg(long, default_value_t = 1.0, value_name = "X")]
        speed: f64,
    },
}

/// `caretaker watch`
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Time between looks, such as 5s; the profile's `sampling.closed` otherwise
    #[arg(long, value_parser = parse_span, value_name = "TIME")]
    pub every: Option<std::time::Duration>,
    /// Stop after this many looks
    #[arg(long, value_name = "N")]
    pub ticks: Option<u64>,
    /// Say something only when a light or its sentence changes
    #[arg(long)]
    pub quiet: bool,
}

/// `caretaker history SIGNAL`
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Which signal, such as disk.free; with --csv all of them where none is named
    #[arg(required_unless_present = "csv")]
    pub signal: Option<SignalId>,
    /// How far back
    #[arg(long, default_value = "7d", value_parser = parse_span, value_name = "TIME")]
    pub since: std::time::Duration,
    /// One point for each of these spans
    #[arg(long, default_value = "5m", value_parser = parse_span, value_name = "TIME")]
    pub step: std::time::Duration,
    /// Print comma-separated values, times in UTC
    #[arg(long)]
    pub csv: bool,
}

/// `caretaker logs …`
#[derive(Debug, Subcommand)]
pub enum LogsCommand {
    /// Errors by module, with their records
    Errors {
        /// How far back, by the records' own time
        #[arg(long, default_value = "24h", value_parser = parse_span, value_name = "TIME")]
        since: std::time::Duration,
    },
    /// Size of each log and of the whole folder
    Size,
    /// Say that the errors so far were dealt with: only newer ones count in the light
    Settle {
        /// Let all errors of the last 24 hours count again
        #[arg(long)]
        undo: bool,
    },
}

/// `caretaker alerts …`
#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// Incidents, newest first
    List,
    /// Say that you have seen an incident: it is not told again until it gets worse
    Ack {
        /// The incident's identifier, as `alerts list` shows it
        id: String,
    },
    /// Run recorded values through the rules of a profile, delivering nothing
    Replay {
        /// Lines of JSON {"at", "signal", "value"}, oldest first; what is on record otherwise. Values of the same
        /// instant are one look. Of a signal without a number: 0 green, 1 unknown, 2 yellow, 3 red
        #[arg(long, value_name = "FILE")]
        samples: Option<PathBuf>,
    },
    /// Send a test by a channel of the profile
    Test {
        /// The channel's name; all channels otherwise
        channel: Option<String>,
    },
    /// Keep an incident silent for a while; it ends when it is over or gets worse
    Snooze {
        /// The incident's identifier, as `alerts list` shows it
        id: String,
        /// For how long, a week at most; 0s wakes it
        #[arg(long = "for", default_value = "1h", value_parser = parse_span, value_name = "TIME")]
        span: std::time::Duration,
    },
}

/// `caretaker backup …`
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Write an archive and prove it by reading it back
    Create {
        /// daily holds what changed since the last one; weekly, monthly and manual hold everything
        #[arg(long, default_value = "manual", value_parser = parse_kind, value_name = "KIND")]
        kind: Kind,
    },
    /// All backups, oldest first
    List,
    /// Send what waits to the place that is not on this machine, and remove there what is kept no longer
    Send {
        /// Only show what waits
        #[arg(long)]
        dry_run: bool,
    },
    /// Bring a backup, and all that it needs, back from the place that is not on this machine
    Fetch {
        /// A backup as `backup list` shows it
        id: String,
    },
    /// The key of what is sealed before it is sent away
    #[command(subcommand)]
    Key(KeyCommand),
    /// Prove every byte of a backup and of all that it needs
    Verify {
        /// A backup as `backup list` shows it, or an archive's file; the newest otherwise
        which: Option<String>,
        /// Where it lies in the place that is not on this machine
        #[arg(long)]
        away: bool,
    },
    /// Restore a backup into a scratch folder, compare every file, and say how long that took
    Drill {
        /// A backup as `backup list` shows it; the newest otherwise
        id: Option<String>,
    },
    /// Bring a backup back: into place, or beside it
    Restore {
        /// A backup as `backup list` shows it, or an archive's file
        which: String,
        /// Only this: data, config, or a path such as data/state.json
        #[arg(long, value_name = "PATH")]
        only: Option<String>,
        /// Into this new or empty folder rather than into place
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Take the last restore back
    Undo(Consent),
    /// Let go of what is kept since the last restore: it cannot be taken back then
    LetGo(Consent),
    /// Remove what is not kept any longer: the last proven one of each day, week and month stays
    Prune(Consent),
}

/// What is done with the key of sealed backups.
#[derive(Debug, Clone, Subcommand)]
pub enum KeyCommand {
    /// Make a new one: the file that opens, and the line to seal to
    New {
        /// The new file, which only you can read; a copy of it belongs elsewhere
        file: PathBuf,
    },
    /// Try whether a copy of it (or of the passphrase) opens what was sent away
    Check {
        /// The copy
        file: PathBuf,
    },
}

/// How a change is agreed to.
#[derive(Debug, Clone, Copy, Args)]
pub struct Consent {
    /// Go ahead without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    let known = || Kind::ALL.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Kind::ALL
        .into_iter()
        .find(|kind| kind.word() == text)
        .ok_or_else(|| format!("the kinds are: {}", known()))
}

/// Reads `2025-12-16`, or `20251216` as in the names of files.
fn parse_day(text: &str) -> Result<NaiveDate, String> {
    let plain = text.parse().or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"));
    plain.map_err(|_| format!("“{text}” is no day; write it like 2025-12-16"))
}

fn parse_scenario(text: &str) -> Result<caretaker_demo::Scenario, String> {
    text.parse().map_err(|_| {
        let known: Vec<String> = caretaker_demo::Scenario::ALL.iter().map(ToString::to_string).collect();
        format!("the scenarios are: {}", known.join(", "))
    })
}

/// Reads `90s`, `5m`, `24h`, `7d`.
fn parse_span(text: &str) -> Result<std::time::Duration, String> {
    caretaker_core::profile::parse_duration(text)
        .map_err(|_| format!("“{text}” is no span of time; write it like 90s, 5m, 24h or 7d"))
}
