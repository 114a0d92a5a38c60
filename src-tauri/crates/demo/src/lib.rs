//! A believable small ecosystem with weeks of history, and a real stand-in process that can misbehave.
//!
//! It shares nothing with the core that watches it: what Caretaker shows of the demo, it has seen from outside.

mod create;
mod error;
mod modules;
mod reports;
mod run;
mod scenario;
mod seed;
mod start;

pub use create::{Created, create, refresh};
pub use error::{Error, Result};
pub use run::{StopSignal, run};
pub use scenario::{Expectation, Scenario};
pub use start::{end_running, stand_in_command, stand_in_main, start};

/// The script whose place in the command line the stand-in process takes.
pub const SCRIPT: &str = "ecosystem_integration.py";

/// The profile that `create` writes, relative to the demo's folder.
pub const PROFILE: &str = "caretaker.toml";
