//! Reads errors from logs: by record time and level, across rotation, each tick only what was appended.
//!
//! A record is an error by its level field alone. Lines without a time belong to the record above them. A line
//! longer than 64 KiB is judged by its head. A last line without its newline waits until it is complete.
//! Errors more than ten minutes in the future are not counted; those without a readable time are counted at the
//! time of reading when they were appended while Caretaker watched, and left out otherwise; both are named in
//! [`ErrorTally::gaps`]. The window of 24 hours is kept to the minute.

mod count;
mod follow;
mod grammar;
mod json;
mod needles;
mod newest;
mod records;
mod scan;
mod stamp;
mod tally;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::count::{FileCount, count_file};
pub use self::newest::newest_time;
pub use self::records::{ErrorList, ErrorRecord, between, records};

use self::follow::{Due, Followed, Kept};
use self::grammar::Grammar;
use self::scan::{Place, scan};
use self::stamp::{Millis, Stamps};
use self::tally::{AHEAD, Merged, Oddity, Tally, WINDOW, millis};
use super::ErrorTally;
use crate::clock::{Instant, Zone};
use crate::error::Result;
use crate::profile::LogSource;

/// Bytes of one file that are read at one look; of a longer one only the end.
const READ_MAX: u64 = 4 << 30;

/// Watches the logs of one ecosystem.
#[derive(Debug)]
pub struct LogSensor {
    logs: Vec<Watched>,
    stamps: Stamps,
    buffer: Vec<u8>,
    last_look: Option<Instant>,
    /// Errors of this time and before were dealt with and do not count.
    dealt_with: Option<Instant>,
}

/// One log with what is known of it.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// The description it is read by; memories of another one do not count.
    description: String,
    grammar: Grammar,
    followed: Followed,
    tally: Tally,
}

/// What a [`LogSensor`] keeps over a restart: places in files and counts, never more than a few megabytes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LogMemory {
    logs: BTreeMap<PathBuf, LogKept>,
    last_look: Option<Instant>,
    #[serde(default)]
    dealt_with: Option<Instant>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct LogKept {
    description: String,
    followed: Kept,
    tally: Tally,
}

impl LogSensor {
    /// Makes a sensor for `sources`; times without an offset are meant in `zone`.
    ///
    /// Fails only on an expression or a level that cannot be used.
    pub fn new(sources: &[LogSource], zone: Zone) -> Result<Self> {
        Self::after(sources, zone, None)
    }

    /// Makes a sensor that counts only errors after `dealt_with`.
    ///
    /// Fails only on an expression or a level that cannot be used.
    pub fn after(sources: &[LogSource], zone: Zone, dealt_with: Option<Instant>) -> Result<Self> {
        let logs = sources
            .iter()
            .map(|source| {
                Ok(Watched {
                    path: source.path.clone(),
                    description: format!("{source:?}"),
                    grammar: Grammar::new(source)?,
                    followed: Followed::default(),
                    tally: Tally::default(),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { logs, stamps: Stamps::new(zone), buffer: Vec::new(), last_look: None, dealt_with })
    }

    /// Reads what was appended since the last look and gives the errors of the last 24 hours.
    ///
    /// The first look reads each log whole, with the predecessors that were written within the window. Partial
    /// problems are in [`ErrorTally::gaps`]; only where no log can be read at all this is an error.
    pub fn look(&mut self, now: Instant) -> Result<ErrorTally, String> {
        let at = millis(now);
        // After a longer pause nobody can say when an untimed record was appended.
        let recent = self.last_look.is_some_and(|last| at - millis(last) <= WINDOW);
        let mut total = Merged::default();
        let mut readable = self.logs.is_empty();
        let dealt_with = self.dealt_with.map_or(Millis::MIN, millis);
        for log in &mut self.logs {
            for due in log.followed.due(&log.path, at - WINDOW) {
                log.read(&due, at, dealt_with, recent, &mut self.stamps, &mut self.buffer);
            }
            log.tally.prune(at);
            readable |= log.followed.readable;
            total.gaps.extend(log.followed.gaps.iter().cloned());
            total.blind.extend(log.followed.refused.clone());
            log.tally.add_to(&mut total, &log.path.display().to_string());
            if log.followed.holds_something() && log.tally.understood_nothing() {
                let path = log.path.display();
                total.hide(format!(
                    "{path}: no record in it could be understood; see whether its format is right"
                ));
            }
        }
        self.last_look = Some(now);
        // The buffer is needed again soon only where logs are busy, and holding it is not worth the memory.
        self.buffer = Vec::new();
        if !readable {
            return Err(total.gaps.join("; "));
        }
        let after = self.dealt_with.filter(|then| at - millis(*then) < WINDOW);
        Ok(ErrorTally { after, ..total.finish() })
    }

    /// What to keep so that the next start costs only what was appended meanwhile.
    pub fn save(&self) -> LogMemory {
        let keep = |log: &Watched| LogKept {
            description: log.description.clone(),
            followed: log.followed.keep(),
            tally: log.tally.clone(),
        };
        LogMemory {
            logs: self.logs.iter().map(|log| (log.path.clone(), keep(log))).collect(),
            last_look: self.last_look,
            dealt_with: self.dealt_with,
        }
    }

    /// Takes up what [`LogSensor::save`] gave; a log whose description changed since is read anew, and so are all
    /// when errors were dealt with meanwhile.
    pub fn restore(&mut self, mut memory: LogMemory) {
        if memory.dealt_with != self.dealt_with {
            return;
        }
        for log in &mut self.logs {
            if let Some(kept) = memory.logs.remove(&log.path).filter(|k| k.description == log.description) {
                log.followed = Followed::from_kept(kept.followed);
                log.tally = kept.tally;
            }
        }
        self.last_look = memory.last_look;
    }
}

impl Watched {
    fn read(
        &mut self,
        due: &Due,
        now: Millis,
        dealt_with: Millis,
        recent: bool,
        stamps: &mut Stamps,
        buffer: &mut Vec<u8>,
    ) {
        let mut place = self.followed.cursors[due.cursor].place();
        if due.size.saturating_sub(place.offset) > READ_MAX {
            self.followed.gaps.push(format!("of {} only the last 4 GB were read", due.path.display()));
            place = Place { offset: due.size - READ_MAX, skipping: true };
        }
        let tally = &mut self.tally;
        let (mut future, mut untimed) = (0, 0);
        let count_untimed = recent && !due.new;
        let scanned =
            scan(&due.file, place, due.size, &self.grammar, stamps, buffer, |hit, _| match hit.at {
                Some(at) if at > now + AHEAD => future += 1,
                Some(at) if at > (now - WINDOW).max(dealt_with) => tally.add(at, &hit.module, &hit.message),
                Some(_) => {}
                None => {
                    untimed += 1;
                    if count_untimed {
                        tally.add(now, &hit.module, &hit.message);
                    }
                }
            });
        match scanned {
            Ok(scanned) => {
                tally.note(Oddity::Future, future, now);
                let how = if count_untimed { Oddity::UntimedCounted } else { Oddity::UntimedLeftOut };
                tally.note(how, untimed, now);
                tally.note(Oddity::NotJson, scanned.odd, now);
                tally.note_last(scanned.last, now);
                self.followed.advance(due, scanned.place);
            }
            Err(e) => self.followed.gaps.push(follow::refusal(&due.path, &e)),
        }
    }
}
