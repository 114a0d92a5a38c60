//! Lists error records one by one, for people who ask for them.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::os::unix::fs::FileExt;

use serde::Serialize;

use super::follow::{family, open_regular, refusal};
use super::grammar::{Grammar, cut};
use super::scan::{Place, scan};
use super::stamp::{Millis, Stamps, instant};
use super::tally::{AHEAD, millis};
use crate::clock::{Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::LogSource;

/// Bytes of a message with its traceback that are kept.
const MESSAGE_MAX: usize = 4096;

/// The errors of a stretch of time, with their records.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ErrorList {
    /// All errors of the stretch, also those not listed.
    pub count: u64,
    /// By module at fault.
    pub by_module: BTreeMap<String, u64>,
    /// The newest errors, newest last.
    pub records: Vec<ErrorRecord>,
    /// Parts of the logs that could not be read or counted, in words.
    pub gaps: Vec<String>,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorRecord {
    /// When it was written.
    pub at: Instant,
    /// Its level as it is written; empty where the log's records have none.
    pub level: String,
    /// The logger's name; may be empty.
    pub logger: String,
    /// The module at fault.
    pub module: String,
    /// The message with its traceback, cut to 4096 bytes.
    pub message: String,
}

/// Bytes of one log that are read for the errors around a moment; of a longer one only the end.
const MOMENT_MAX: u64 = 256 << 20;

/// Reads the errors from `since` to `now` out of the logs and their predecessors, at most `limit` records.
///
/// Errors without a readable time are left out and named in the gaps. Fails where no log can be read at all.
pub fn records(
    sources: &[LogSource],
    zone: Zone,
    since: Instant,
    now: Instant,
    limit: usize,
) -> Result<ErrorList> {
    let stretch = Stretch { since: millis(since), until: millis(now) + AHEAD, limit, past: false };
    read_all(sources, zone, &stretch, now)
}

/// Reads the errors around a moment of the past, from `since` to `until`, at most `limit` records.
///
/// Of a very long log only the end is read, which the gaps say. Fails where no log can be read at all.
pub fn between(
    sources: &[LogSource],
    zone: Zone,
    since: Instant,
    until: Instant,
    limit: usize,
) -> Result<ErrorList> {
    let stretch = Stretch { since: millis(since), until: millis(until), limit, past: true };
    read_all(sources, zone, &stretch, until)
}

fn read_all(sources: &[LogSource], zone: Zone, stretch: &Stretch, now: Instant) -> Result<ErrorList> {
    let mut list = ErrorList::default();
    let mut readable = sources.is_empty();
    let mut found: Vec<ErrorRecord> = Vec::new();
    for source in sources {
        let grammar = Grammar::new(source)?;
        let (predecessors, archives) = family(&source.path);
        for path in predecessors.iter().chain([&source.path]) {
            let (file, meta) = match open_regular(path) {
                Ok(opened) => opened,
                Err(e) => {
                    list.gaps.push(refusal(path, &e));
                    continue;
                }
            };
            readable = true;
            let written = meta.modified().map(Instant::from).unwrap_or(now);
            if path != &source.path && millis(written) < stretch.since {
                continue;
            }
            let mut one = OneFile { grammar: &grammar, stretch };
            let name = path.display().to_string();
            one.read(&file, &name, &mut Stamps::new(zone), &mut list, &mut found)
                .map_err(|e| Error::io("read", path, e))?;
        }
        for archive in archives.iter().filter(|a| a.modified() >= stretch.since - 1000) {
            list.gaps.push(format!("{} is compressed and was not read", archive.name()));
        }
    }
    if !readable {
        return Err(Error::new(ErrorKind::NotFound, format!("no log can be read: {}", list.gaps.join("; ")))
            .hint("check the [[logs]] of the profile"));
    }
    // Stable: records of the same moment stay in the order in which they were written.
    found.sort_by_key(|record| record.at);
    list.records = found.split_off(found.len().saturating_sub(stretch.limit));
    Ok(list)
}

/// The time that is asked for.
struct Stretch {
    since: Millis,
    until: Millis,
    limit: usize,
    /// What lies behind the end is no riddle then: it came later.
    past: bool,
}

struct OneFile<'a> {
    grammar: &'a Grammar,
    stretch: &'a Stretch,
}

impl OneFile<'_> {
    fn read(
        &mut self,
        file: &File,
        name: &str,
        stamps: &mut Stamps,
        list: &mut ErrorList,
        found: &mut Vec<ErrorRecord>,
    ) -> std::io::Result<()> {
        let (mut future, mut untimed) = (0u64, 0u64);
        let mut newest: VecDeque<(ErrorRecord, u64)> = VecDeque::new();
        let size = file.metadata()?.len();
        let mut place = Place::default();
        if self.stretch.past && size > MOMENT_MAX {
            list.gaps.push(format!("of {name} only the last 268 MB were read"));
            place = Place { offset: size - MOMENT_MAX, skipping: true };
        }
        scan(file, place, size, self.grammar, stamps, &mut Vec::new(), |hit, end| {
            let at = match hit.at {
                Some(at) if at > self.stretch.until => {
                    future += 1;
                    return;
                }
                Some(at) if at >= self.stretch.since => at,
                Some(_) => return,
                None => {
                    untimed += 1;
                    return;
                }
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            list.count += 1;
            let module = text(&hit.module);
            match list.by_module.get_mut(&module) {
                Some(count) => *count += 1,
                None => {
                    list.by_module.insert(module.clone(), 1);
                }
            }
            if newest.len() >= self.stretch.limit {
                newest.pop_front();
            }
            if let (Some(at), true) = (instant(at), self.stretch.limit > 0) {
                let mut message = text(cut(&hit.message, MESSAGE_MAX));
                if !hit.traceback.is_empty() {
                    message.push('\n');
                    message.push_str(text(cut(&hit.traceback, MESSAGE_MAX)).trim_end());
                }
                let record =
                    ErrorRecord { at, level: text(hit.level), logger: text(&hit.logger), module, message };
                newest.push_back((record, end));
            }
        })?;
        for (mut record, end) in newest {
            self.follow_up(file, end, stamps, &mut record.message);
            found.push(record);
        }
        if self.stretch.past {
            return Ok(());
        }
        for (count, what) in [(future, "with a time in the future"), (untimed, "without a readable time")] {
            if count > 0 {
                let s = if count == 1 { "" } else { "s" };
                list.gaps.push(format!("{name}: {count} error{s} {what}, not counted"));
            }
        }
        Ok(())
    }

    /// Adds the lines behind a record that belong to it.
    fn follow_up(&self, file: &File, end: u64, stamps: &mut Stamps, message: &mut String) {
        let mut behind = vec![0; MESSAGE_MAX];
        let read = file.read_at(&mut behind, end).unwrap_or(0);
        for line in behind[..read].split(|b| *b == b'\n') {
            if self.grammar.begins(line, stamps) || message.len() + line.len() > MESSAGE_MAX {
                break;
            }
            message.push('\n');
            message.push_str(&String::from_utf8_lossy(line));
        }
        message.truncate(message.trim_end().len());
    }
}
