//! What is typed to change the ecosystem's own settings.

use clap::Subcommand;

use super::Consent;

/// `caretaker modules …`
#[derive(Debug, Subcommand)]
pub enum ModulesCommand {
    /// All modules: switched on or off, and what the ecosystem says of them
    List,
    /// Switch a module off in the ecosystem's settings
    Disable {
        /// Its name, as `modules list` shows it
        name: String,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Switch a module on again
    Enable {
        /// Its name, as `modules list` shows it
        name: String,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
}

/// `caretaker tune …`
#[derive(Debug, Subcommand)]
pub enum TuneCommand {
    /// The presets, what they set, and what is to be expected of them
    List,
    /// What a preset would change, beside what is there today
    Show {
        /// The preset, such as calmer
        preset: String,
    },
    /// Change the settings as a preset says; comments and all else stay
    Apply {
        /// The preset, such as calmer
        preset: String,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Set one key by hand
    Set {
        /// The settings file, such as `meta_learning_config.yaml`
        file: String,
        /// The key with its sections, such as pruning.enabled
        key: String,
        /// What it is set to
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// How it is agreed to
        #[command(flatten)]
        consent: Consent,
    },
    /// Take the last change back, byte for byte
    Revert(Consent),
    /// Every setting in one view: what changed since the last review, what is new, what is broken
    Review {
        /// Say that they were reviewed: what changes from now on is told
        #[arg(long)]
        done: bool,
        /// A word about it
        #[arg(long, requires = "done", value_name = "TEXT")]
        note: Option<String>,
    },
}
