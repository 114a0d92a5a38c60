//! The way to the terminal: the only place that prints.

use std::io::{self, Write};

use caretaker_core::error::{Error, ErrorKind};
use serde::Serialize;

/// Exit codes of the contract.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// Refused or failed; nothing changed.
    pub const FAILED: u8 = 1;
    /// Wrong usage or a broken profile.
    pub const USAGE: u8 = 64;
}

/// What a command has to say: as text for people, as JSON for scripts, and as an exit code.
#[derive(Debug)]
pub struct Reply {
    text: String,
    json: String,
    exit: u8,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: u32,
    #[serde(flatten)]
    body: &'a T,
}

impl Reply {
    /// A reply whose JSON object is `body` with the schema number in front.
    ///
    /// # Errors
    /// When `body` cannot be written as JSON.
    pub fn new(body: &impl Serialize, text: impl Into<String>) -> anyhow::Result<Self> {
        let json = serde_json::to_string(&Envelope { schema: 1, body })?;
        Ok(Self { text: text.into(), json, exit: exit::DONE })
    }

    /// A reply of a command that has said everything already.
    pub fn silent() -> Self {
        Self { text: String::new(), json: String::new(), exit: exit::DONE }
    }

    /// The JSON object.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The same with another exit code.
    #[must_use]
    pub fn exit(mut self, code: u8) -> Self {
        self.exit = code;
        self
    }
}

/// Prints a reply and gives its exit code. A closed pipe is not an error: the reader had enough.
pub fn reply(reply: &Reply, json: bool) -> u8 {
    let said = if json { &reply.json } else { &reply.text };
    if !said.is_empty() {
        line(said);
    }
    reply.exit
}

/// Prints one line to stdout and says whether anyone still reads.
pub fn line(text: &str) -> bool {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()).is_ok()
}

/// Prints a message for people to stderr.
pub fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints an error with its hint and gives its exit code.
pub fn error(error: &anyhow::Error) -> u8 {
    let Some(known) = error.downcast_ref::<Error>() else {
        message(&format!("caretaker: {error:#}"));
        return exit::FAILED;
    };
    message(&format!("caretaker: {known}"));
    if let Some(hint) = &known.hint {
        message(&format!("  {hint}"));
    }
    if known.kind == ErrorKind::Usage { exit::USAGE } else { exit::FAILED }
}
