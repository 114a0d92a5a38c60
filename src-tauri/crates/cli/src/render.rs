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
    /// The thing examined is bad.
    pub const BAD: u8 = 2;
    /// Wrong usage or a broken profile.
    pub const USAGE: u8 = 64;
}

/// What a command has to say: as text for people, as JSON for scripts, and as an exit code.
#[derive(Debug)]
pub struct Reply {
    text: String,
    json: String,
    exit: u8,
    verbatim: bool,
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
        Ok(Self { text: text.into(), json, exit: exit::DONE, verbatim: false })
    }

    /// A reply of a command that has said everything already.
    pub fn silent() -> Self {
        Self { text: String::new(), json: String::new(), exit: exit::DONE, verbatim: false }
    }

    /// The same with a file's text instead of a text for people; it must hold nothing from outside.
    #[must_use]
    pub fn instead(mut self, text: String) -> Self {
        self.text = text;
        self.verbatim = true;
        self
    }

    /// The JSON object.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The text for people.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.exit
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
    let said = match (json, reply.verbatim) {
        (true, _) => harmless_json(&reply.json),
        (false, true) => reply.text.clone(),
        (false, false) => harmless(&reply.text),
    };
    if !said.is_empty() {
        print(&said);
    }
    reply.exit
}

/// Prints text to stdout and says whether anyone still reads.
pub fn line(text: &str) -> bool {
    print(&harmless(text))
}

/// Prints a JSON object to stdout and says whether anyone still reads.
pub fn json_line(json: &str) -> bool {
    print(&harmless_json(json))
}

fn print(text: &str) -> bool {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush()).is_ok()
}

/// Prints a message for people to stderr.
pub fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless(text));
}

/// Writes over the last line of stderr.
pub fn over(text: &str) {
    let mut err = io::stderr().lock();
    let _ = write!(err, "\r\x1b[2K{}", harmless(text)).and_then(|()| err.flush());
}

/// Whether a character would steer a terminal, or turn around the text beside it.
fn steers(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from outside may be in whatever is printed: it is shown, and has no power.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// The same for JSON, where an escape keeps the text as it was.
fn harmless_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) {
            // All of them lie in the first plane, so that four digits are enough.
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Prints an error with its hint and gives its exit code.
pub fn error(error: &anyhow::Error) -> u8 {
    message(&format!("caretaker: {}", error_text(error)));
    if let Some(hint) = error.downcast_ref::<Error>().and_then(|known| known.hint.as_ref()) {
        message(&format!("  {hint}"));
    }
    error_code(error)
}

/// An error in one line.
pub fn error_text(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Error>() {
        Some(known) => known.to_string(),
        None => format!("{error:#}"),
    }
}

/// The exit code of an error.
pub fn error_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<Error>() {
        Some(known) if known.kind == ErrorKind::Usage => exit::USAGE,
        _ => exit::FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_steers_a_terminal() {
        let hostile = "a\u{1b}]0;x\u{7}\u{9b}31m\u{202e}b\n\tc";
        assert_eq!(harmless(hostile), "a\u{fffd}]0;x\u{fffd}\u{fffd}31m\u{fffd}b\n\tc");
        let json = serde_json::to_string(hostile).unwrap();
        let safe = harmless_json(&json);
        assert!(!safe.chars().any(steers), "{safe:?}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), hostile, "verbatim for a program");
    }
}
