//! Counts one file without any state: for the benchmark and for whoever wants a figure at once.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use memchr::memchr;

use super::follow::open_regular;
use super::grammar::Grammar;
use super::scan::{BUFFER, Place, scan};
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

/// Files from this size on are counted by two threads, each half of it: people wait for the first count.
const SHARED_FROM: u64 = 64 * 1024 * 1024;

/// Counts the errors of the file at `path` by `source`'s format, with level, time and module of each.
///
/// A last line without its newline is not counted. Errors: the file cannot be read, or the format is wrong.
pub fn count_file(path: &Path, source: &LogSource, zone: Zone) -> Result<FileCount> {
    let grammar = Grammar::new(source)?;
    let (file, meta) = open_regular(path).map_err(|e| Error::io("read", path, e))?;
    let failed = |e| Error::io("read", path, e);
    let size = meta.len();
    let middle = if size < SHARED_FROM { None } else { line_behind(&file, size / 2).map_err(failed)? };
    let Some(middle) = middle else {
        return Ok(Counting::of(&file, 0, size, &grammar, zone).map_err(failed)?.result());
    };
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| Counting::of(&file, middle, size, &grammar, zone));
        (Counting::of(&file, 0, middle, &grammar, zone), second.join())
    });
    let second = second.unwrap_or_else(|_| Err(std::io::Error::other("the second half was not counted")));
    let mut counting = first.map_err(failed)?;
    counting.add(second.map_err(failed)?);
    Ok(counting.result())
}

/// Where the first line begins behind `offset`; `None` where a line is too long to look for its end.
fn line_behind(file: &File, offset: u64) -> std::io::Result<Option<u64>> {
    let mut buffer = vec![0; BUFFER];
    let read = file.read_at(&mut buffer, offset)?;
    Ok(memchr(b'\n', &buffer[..read]).map(|newline| offset + newline as u64 + 1))
}

/// A count that is under way.
#[derive(Default)]
struct Counting {
    count: u64,
    untimed: u64,
    bytes: u64,
    first: Option<i64>,
    last: Option<i64>,
    /// Each module by its name.
    ids: HashMap<Vec<u8>, usize>,
    modules: Vec<Counted>,
}

/// One module's errors, with the newest of them.
#[derive(Default)]
struct Counted {
    count: u64,
    newest: Option<i64>,
    message: Vec<u8>,
}

impl Counting {
    /// Counts from `from`, where a line begins, to `until`.
    fn of(file: &File, from: u64, until: u64, grammar: &Grammar, zone: Zone) -> std::io::Result<Self> {
        let mut counting = Self::default();
        let place = Place { offset: from, skipping: false };
        let mut stamps = Stamps::new(zone);
        let scanned = scan(file, place, until, grammar, &mut stamps, &mut Vec::new(), |hit, _| {
            counting.count += 1;
            counting.untimed += u64::from(hit.at.is_none());
            if let Some(at) = hit.at {
                counting.first = Some(counting.first.map_or(at, |first| first.min(at)));
                counting.last = counting.last.max(Some(at));
            }
            let counted = counting.module(&hit.module);
            counted.count += 1;
            if hit.at >= counted.newest {
                counted.newest = hit.at;
                counted.message.clear();
                counted.message.extend_from_slice(super::grammar::cut(&hit.message, 1200));
            }
        })?;
        counting.bytes = scanned.place.offset;
        Ok(counting)
    }

    fn module(&mut self, name: &[u8]) -> &mut Counted {
        let id = match self.ids.get(name) {
            Some(id) => *id,
            None => {
                let name = if self.modules.len() < MODULES_MAX { name } else { b"other modules" };
                let modules = &mut self.modules;
                *self.ids.entry(name.to_vec()).or_insert_with(|| {
                    modules.push(Counted::default());
                    modules.len() - 1
                })
            }
        };
        &mut self.modules[id]
    }

    /// Adds what was counted behind this.
    fn add(&mut self, behind: Self) {
        self.count += behind.count;
        self.untimed += behind.untimed;
        self.bytes = behind.bytes;
        self.first = self.first.into_iter().chain(behind.first).min();
        self.last = self.last.max(behind.last);
        let mut modules: Vec<Option<Counted>> = behind.modules.into_iter().map(Some).collect();
        for (name, id) in behind.ids {
            let Some(other) = modules[id].take() else { continue };
            let counted = self.module(&name);
            counted.count += other.count;
            if other.newest >= counted.newest {
                (counted.newest, counted.message) = (other.newest, other.message);
            }
        }
    }

    fn result(self) -> FileCount {
        let mut by_module: Vec<ModuleErrors> = self
            .ids
            .into_iter()
            .map(|(name, id)| {
                let counted = &self.modules[id];
                ModuleErrors {
                    module: String::from_utf8_lossy(&name).into_owned(),
                    count: counted.count,
                    last_at: counted.newest.and_then(instant),
                    last_message: shorten(&counted.message),
                }
            })
            .collect();
        sort(&mut by_module);
        FileCount {
            count: self.count,
            by_module,
            first_at: self.first.and_then(instant),
            last_at: self.last.and_then(instant),
            untimed: self.untimed,
            bytes: self.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::profile::parse;

    #[test]
    fn two_halves_count_as_much_as_the_whole() {
        let profile = parse("ecosystem.root = '/eco'", "/p.toml".as_ref(), None).unwrap();
        let grammar = Grammar::new(&profile.logs[0]).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        for n in 0..5000 {
            let (second, module) = (n % 60, n % 7);
            let level = if n % 3 == 0 { "ERROR" } else { "INFO" };
            let minute = n / 60 % 60;
            writeln!(
                file,
                "2025-12-16 0{}:{minute:02}:{second:02},000 - E - {level} - Error in M{module}: {n}",
                n / 3600
            )
            .unwrap();
        }
        let size = file.metadata().unwrap().len();
        let whole = Counting::of(&file, 0, size, &grammar, Zone::Machine).unwrap().result();
        for part in 1..20 {
            let middle = line_behind(&file, size * part / 20).unwrap().unwrap();
            let mut halves = Counting::of(&file, 0, middle, &grammar, Zone::Machine).unwrap();
            halves.add(Counting::of(&file, middle, size, &grammar, Zone::Machine).unwrap());
            assert_eq!(halves.result(), whole, "{part}");
        }
        assert_eq!((whole.count, whole.bytes), (1667, size));
    }
}
