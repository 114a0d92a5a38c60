//! Documents that must be whole: JSON, JSON lines, YAML, TOML.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use chrono::TimeDelta;
use serde::de::IgnoredAny;
use serde_saphyr::granit_parser::Parser;

use super::known::KnownOfIt;
use super::read::WHOLE;
use super::seen::{Of, Seen};
use super::sort::Sort;
use super::walk::Found;
use crate::program::clean;

/// JSON up to this size is taken apart.
const LARGEST_JSON: u64 = 256 << 20;
/// A file that changed within this time may be in the middle of being written.
const JUST_NOW: TimeDelta = TimeDelta::seconds(20);
/// How often such a file is read again, and how long is waited in between.
const AGAIN: usize = 12;
const BETWEEN: Duration = Duration::from_millis(40);
/// Characters of what a parser says.
const LONGEST: usize = 120;
/// YAML outside of the settings up to this size is taken apart.
const LARGEST_YAML: usize = 512 << 10;

/// What a document is by its name.
enum Form {
    Json,
    JsonLines,
    Yaml,
    Toml,
}

fn form(found: &Found<'_>) -> Option<Form> {
    let end = found.path.extension()?.to_str()?.to_ascii_lowercase();
    match end.as_str() {
        "json" => Some(Form::Json),
        "jsonl" | "ndjson" => Some(Form::JsonLines),
        "yaml" | "yml" => Some(Form::Yaml),
        "toml" => Some(Form::Toml),
        _ => None,
    }
}

/// The check that a broken document fails.
fn broken(sort: Sort, form: &Form) -> &'static str {
    match (sort, form) {
        (Sort::Settings, Form::Json | Form::Toml | Form::JsonLines) => "configuration/json",
        (_, Form::JsonLines) => "data/json-lines",
        _ => "data/json",
    }
}

/// Looks whether a document that is in memory is whole.
pub(super) fn look(
    bytes: &[u8],
    file: &File,
    found: &Found<'_>,
    sort: Sort,
    known: &KnownOfIt<'_>,
    seen: &mut Seen,
) {
    let Some(form) = form(found) else { return };
    let id = broken(sort, &form);
    match form {
        Form::Json => {
            seen.add_one(Of::Json);
            let is_state = known.profile.state.as_ref().is_some_and(|state| state.path == found.path);
            let parsed = parse_json(bytes).or_else(|fault| match is_fresh(found, known) {
                true => parse_again(file, fault),
                false => Err(fault),
            });
            if let Err((line, why)) = parsed {
                seen.note(if is_state { "data/state-file" } else { id }, found.shown, line, why);
            }
        }
        Form::JsonLines => {
            seen.add_one(Of::JsonLines);
            lines(bytes, true, id, found, seen);
        }
        // The settings are read more strictly.
        Form::Yaml if sort == Sort::Settings => {}
        Form::Yaml => {
            seen.add_one(Of::Json);
            if bytes.len() > LARGEST_YAML {
                return seen.cannot_tell(id, found.shown, "is too long to be taken apart");
            }
            let text = String::from_utf8_lossy(bytes);
            for next in Parser::new_from_str(&text) {
                if let Err(error) = next {
                    let line = error.marker().line() as u64;
                    return seen.note(id, found.shown, Some(line), error.info());
                }
            }
        }
        Form::Toml => {
            seen.add_one(Of::Json);
            let text = String::from_utf8_lossy(bytes);
            if let Err(error) = toml::from_str::<toml::Table>(&text) {
                let line = error.span().map(|span| {
                    memchr::memchr_iter(b'\n', &bytes[..span.start.min(bytes.len())]).count() as u64 + 1
                });
                seen.note(id, found.shown, line, error.message());
            }
        }
    }
}

/// A document that is no text at all.
pub(super) fn not_text(found: &Found<'_>, sort: Sort, known: &KnownOfIt<'_>, seen: &mut Seen) {
    let Some(form) = form(found) else { return };
    let is_state = known.profile.state.as_ref().is_some_and(|state| state.path == found.path);
    let id = if is_state { "data/state-file" } else { broken(sort, &form) };
    match form {
        Form::Yaml if sort == Sort::Settings => {
            seen.note("configuration/yaml", found.shown, None, "this is no text");
        }
        _ => seen.note(id, found.shown, None, "this is no text"),
    }
}

/// A document that is too long to be in memory.
pub(super) fn long(file: &File, found: &Found<'_>, sort: Sort, known: &KnownOfIt<'_>, seen: &mut Seen) {
    let Some(form) = form(found) else { return };
    let id = broken(sort, &form);
    match form {
        Form::Json if found.looks.size <= LARGEST_JSON => {
            seen.add_one(Of::Json);
            let parse = || serde_json::from_reader::<_, IgnoredAny>(BufReader::new(At { file, offset: 0 }));
            let parsed = parse().or_else(|error| if is_fresh(found, known) { parse() } else { Err(error) });
            if let Err(error) = parsed {
                let is_state = known.profile.state.as_ref().is_some_and(|state| state.path == found.path);
                let (line, why) = fault(&error);
                seen.note(if is_state { "data/state-file" } else { id }, found.shown, line, why);
            }
        }
        Form::JsonLines => {
            seen.add_one(Of::JsonLines);
            // Its beginning and its end: what is broken is broken where something was ended in its middle.
            for (offset, from_start) in [(0, true), (found.looks.size.saturating_sub(WHOLE), false)] {
                let mut bytes = vec![0; usize::try_from(WHOLE).unwrap_or(0)];
                if file.read_exact_at(&mut bytes, offset).is_err() {
                    return seen.cannot_tell(id, found.shown, "it became shorter meanwhile");
                }
                let begin = if from_start {
                    0
                } else {
                    memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1)
                };
                lines(&bytes[begin..], from_start, id, found, seen);
            }
            seen.unsearched(
                "the middle of long files of JSON lines, not taken apart",
                found.looks.size - 2 * WHOLE.min(found.looks.size / 2),
            );
        }
        _ => seen.cannot_tell(id, found.shown, "is too long to be taken apart"),
    }
}

/// Looks at lines of JSON; a last one without an end may still be written.
fn lines(bytes: &[u8], numbered: bool, id: &'static str, found: &Found<'_>, seen: &mut Seen) {
    let Some(end) = memchr::memrchr(b'\n', bytes) else { return };
    for (number, line) in bytes[..end].split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if let Err(error) = serde_json::from_slice::<IgnoredAny>(line) {
            let number = numbered.then_some(number as u64 + 1);
            seen.note(id, found.shown, number, without_place(&error));
        }
    }
}

fn is_fresh(found: &Found<'_>, known: &KnownOfIt<'_>) -> bool {
    known.now - found.looks.modified < JUST_NOW
}

/// What is wrong with a document: the line and why.
type Fault = (Option<u64>, String);

fn parse_json(bytes: &[u8]) -> Result<(), Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err((None, "it is empty".into()));
    }
    serde_json::from_slice::<IgnoredAny>(bytes).map(drop).map_err(|error| fault(&error))
}

/// It may be in the middle of being written: it is read again before it is called broken.
fn parse_again(file: &File, first: Fault) -> Result<(), Fault> {
    let mut fault = first;
    for _ in 0..AGAIN {
        std::thread::sleep(BETWEEN);
        let mut bytes = vec![0; usize::try_from(WHOLE).unwrap_or(0)];
        let Ok(length) = file.read_at(&mut bytes, 0) else { break };
        match parse_json(&bytes[..length]) {
            Ok(()) => return Ok(()),
            Err(why) => fault = why,
        }
    }
    Err(fault)
}

fn fault(error: &serde_json::Error) -> Fault {
    (Some(error.line() as u64), without_place(error))
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    clean(text.split(" at line ").next().unwrap_or(&text), LONGEST)
}

/// A file read from its beginning, whoever else reads from the same handle.
struct At<'a> {
    file: &'a File,
    offset: u64,
}

impl std::io::Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
