//! Counts one file without any state: for the benchmark and for whoever wants a figure at once.

use std::collections::HashMap;
use std::path::Path;

use super::follow::open_regular;
use super::grammar::Grammar;
use super::scan::{Place, scan};
use super::stamp::{Stamps, instant};
use super::tally::{shorten, sort};
use crate::clock::{Instant, Zone};
use crate::error::{Error, Result};
use crate::observe::ModuleErrors;
use crate::profile::LogSource;

/// Modules that are told apart.
const MODULES_MAX: usize = 500;

/// All errors of one file, whatever their age.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileCount {
    /// Error records.
    pub count: u64,
    /// By module at fault, worst first.
    pub by_module: Vec<ModuleErrors>,
    /// The earliest error's time.
    pub first_at: Option<Instant>,
    /// The latest error's time.
    pub last_at: Option<Instant>,
    /// Errors without a readable time; they are in `count`.
    pub untimed: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

/// Counts the errors of the file at `path` by `source`'s format, with level, time and module of each.
///
/// A last line without its newline is not counted. Errors: the file cannot be read, or the format is wrong.
pub fn count_file(path: &Path, source: &LogSource, zone: Zone) -> Result<FileCount> {
    let grammar = Grammar::new(source)?;
    let (file, meta) = open_regular(path).map_err(|e| Error::io("read", path, e))?;
    let (mut first, mut last) = (None, None);
    let mut result = FileCount::default();
    let mut ids: HashMap<Vec<u8>, usize> = HashMap::new();
    // Each module with its count, its newest time and the message of that.
    let mut modules: Vec<(u64, Option<i64>, Vec<u8>)> = Vec::new();
    let scanned = scan(
        &file,
        Place::default(),
        meta.len(),
        &grammar,
        &mut Stamps::new(zone),
        &mut Vec::new(),
        |hit, _| {
            result.count += 1;
            result.untimed += u64::from(hit.at.is_none());
            if let Some(at) = hit.at {
                first = Some(first.map_or(at, |first: i64| first.min(at)));
                last = last.max(Some(at));
            }
            let id = match ids.get(&*hit.module) {
                Some(id) => *id,
                None => {
                    let name = if modules.len() < MODULES_MAX { &*hit.module } else { b"other modules" };
                    *ids.entry(name.to_vec()).or_insert_with(|| {
                        modules.push((0, None, Vec::new()));
                        modules.len() - 1
                    })
                }
            };
            let (count, newest, message) = &mut modules[id];
            *count += 1;
            if hit.at >= *newest {
                *newest = hit.at;
                message.clear();
                message.extend_from_slice(super::grammar::cut(&hit.message, 1200));
            }
        },
    )
    .map_err(|e| Error::io("read", path, e))?;
    result.bytes = scanned.place.offset;
    result.first_at = first.and_then(instant);
    result.last_at = last.and_then(instant);
    result.by_module = ids
        .into_iter()
        .map(|(name, id)| {
            let (count, newest, message) = &modules[id];
            ModuleErrors {
                module: String::from_utf8_lossy(&name).into_owned(),
                count: *count,
                last_at: newest.and_then(instant),
                last_message: shorten(message),
            }
        })
        .collect();
    sort(&mut result.by_module);
    Ok(result)
}
