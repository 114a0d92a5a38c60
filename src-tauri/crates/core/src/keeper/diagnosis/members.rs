//! What goes into a bundle, before anything is masked.

use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Diagnosis, DiagnosisPage};
use crate::error::{Error, Result};
use crate::fsio;
use crate::keeper::journal::Journal;
use crate::profile::{self, Profile};
use crate::store::Store;
use crate::upkeep::Tuning;

/// Bytes of the end of each log, and logs of one ecosystem.
const NEWEST: u64 = 256 * 1024;
const MOST_LOGS: usize = 20;
/// Bytes of all settings, and of a profile.
const MOST_SETTINGS: usize = 4 << 20;
const LARGEST_PROFILE: u64 = 1 << 20;
/// Incidents, newest first.
const MOST_INCIDENTS: usize = 200;
const JOURNAL: TimeDelta = TimeDelta::days(90);

/// A part of a bundle as it was read.
pub(super) enum Content {
    Text(String),
    /// A text whose own secrets are told by a closer look, and are in the list.
    Settings {
        text: String,
        secrets: Vec<String>,
    },
    Json(Value),
}

/// All parts with their names, and what is not among them, in words.
#[derive(Default)]
pub(super) struct Members {
    pub(super) parts: Vec<(String, Content)>,
    pub(super) left_out: Vec<String>,
}

impl Members {
    fn take(&mut self, name: String, content: Result<Option<Content>>) {
        match content {
            Ok(Some(content)) => self.parts.push((name, content)),
            Ok(None) => {}
            Err(error) => self.left_out.push(format!("{name}: {error}")),
        }
    }
}

pub(super) fn gather(of: &Diagnosis, page: &DiagnosisPage) -> Members {
    let mut all = Members::default();
    all.take("page.txt".into(), Ok(Some(Content::Text(page.text()))));
    all.take("page.json".into(), value(page).map(Some));
    all.take("versions.json".into(), Ok(Some(Content::Json(versions(of)))));
    all.take(
        "profile.toml".into(),
        fsio::read_bounded(&of.profile, LARGEST_PROFILE).map(|bytes| Some(Content::Text(readable(&bytes)))),
    );
    let Ok(profile) = profile::load(&of.profile, of.home.as_deref()) else {
        all.left_out.push("logs, settings, incidents and journal: the profile cannot be used".into());
        return all;
    };
    logs(&mut all, &profile);
    settings(&mut all, of, &profile);
    let incidents = || -> Result<Option<Content>> {
        let Some(store) = Store::open_read_only(&of.state_dir)? else { return Ok(None) };
        let Some(ecosystem) = store.find_ecosystem(&profile.root)? else { return Ok(None) };
        let mut incidents = store.incidents(ecosystem)?;
        incidents.truncate(MOST_INCIDENTS);
        value(&incidents).map(Some)
    };
    all.take("incidents.json".into(), incidents());
    let entries = Journal::new(&of.state_dir, &profile.root).entries(of.clock.now() - JOURNAL, "");
    all.take("journal.json".into(), entries.and_then(|entries| value(&entries).map(Some)));
    all
}

fn value(of: &(impl Serialize + ?Sized)) -> Result<Content> {
    let value = serde_json::to_value(of);
    value.map(Content::Json).map_err(|error| {
        Error::new(crate::error::ErrorKind::System, "it cannot be put into words").because(error)
    })
}

fn versions(of: &Diagnosis) -> Value {
    json!({
        "caretaker": env!("CARGO_PKG_VERSION"),
        "system": sysinfo::System::long_os_version().ok(),
        "kernel": sysinfo::System::kernel_version().ok(),
        "arch": std::env::consts::ARCH,
        "offset_seconds": of.zone.offset_seconds(of.clock.now()),
    })
}

fn logs(all: &mut Members, profile: &Profile) {
    for (number, log) in profile.logs.iter().take(MOST_LOGS).enumerate() {
        let name =
            log.path.file_name().map_or_else(|| "log".into(), |name| plain_name(&name.to_string_lossy()));
        // A twin in another folder must not be written over.
        let name = format!("logs/{:02}-{name}", number + 1);
        let end = end_of(&log.path).map(|bytes| Some(Content::Text(readable(&bytes))));
        all.take(name, end);
    }
    if profile.logs.len() > MOST_LOGS {
        all.left_out.push(format!("{} more logs", profile.logs.len() - MOST_LOGS));
    }
}

/// The end of a file from its first whole line on.
fn end_of(path: &Path) -> Result<Vec<u8>> {
    let (begin, mut bytes) = fsio::read_end(path, 0, NEWEST)?;
    if begin > 0 {
        // The first line is cut: what is left of a secret in it would not be known for one. A line longer than all goes wholly.
        let whole = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1);
        bytes.drain(..whole);
    }
    Ok(bytes)
}

fn settings(all: &mut Members, of: &Diagnosis, profile: &Profile) {
    let (files, broken) = match Tuning::new(profile, &of.state_dir).settings() {
        Ok(found) => found,
        Err(error) => return all.left_out.push(format!("settings: {error}")),
    };
    let mut bytes = 0;
    for file in files {
        bytes += file.text.len();
        if bytes > MOST_SETTINGS {
            all.left_out.push(format!("{} and what follows it: too much in all", file.name));
            break;
        }
        let secrets = file.values.iter().flat_map(|one| one.secrets.clone()).collect();
        let (text, _) = file.veiled();
        all.parts.push((format!("settings/{}", plain_name(&file.name)), Content::Settings { text, secrets }));
    }
    // What cannot be understood may hide a secret where nobody looks for one.
    all.left_out.extend(broken.into_iter().map(|file| format!("settings/{}: {}", file.name, file.why)));
}

/// Text for people from bytes of anywhere: without the zeros that a text in UTF-16 has between its letters, in which no secret is seen.
fn readable(bytes: &[u8]) -> String {
    let without: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&without).into_owned()
}

/// A name that leads nowhere, whatever unpacks it.
fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = name.chars().take(100).map(plain).collect();
    name.trim_start_matches(['.', '-']).to_owned()
}
