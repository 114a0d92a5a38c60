//! Reports read on several threads where there are many.

use std::path::Path;

use super::listing::Task;
use super::{Condition, Stamped};
use crate::fsio::Stamp;
use crate::reports::read::{self, Parsed, parse};

/// So many are read before what they say is made small.
pub(super) const PORTION: usize = 1_024;
/// Fewer are not worth a thread.
const WORTH_THREADS: usize = 64;
/// More threads wait for the same disk.
const MOST_THREADS: usize = 4;

/// A report that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub condition: Condition,
    pub stamped: Stamped,
    pub parsed: Parsed,
}

impl Read {
    fn unknown(why: String) -> Self {
        Self { condition: Condition::Unknown(why), stamped: Stamped::default(), parsed: Parsed::default() }
    }
}

/// Reads them in their order; `None` for one that is as it was read last.
pub(super) fn read_all(tasks: &[Task], root: &Path) -> Vec<Option<Read>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    if tasks.len() < WORTH_THREADS || threads == 1 {
        return read_some(tasks, root);
    }
    std::thread::scope(|scope| {
        let shares: Vec<_> = tasks.chunks(tasks.len().div_ceil(threads)).collect();
        let running: Vec<_> =
            shares.iter().map(|share| (share.len(), scope.spawn(|| read_some(share, root)))).collect();
        let broken =
            |count| (0..count).map(|_| Some(Read::unknown("reading it was broken off".into()))).collect();
        running.into_iter().flat_map(|(count, one)| one.join().unwrap_or_else(|_| broken(count))).collect()
    })
}

fn read_some(tasks: &[Task], root: &Path) -> Vec<Option<Read>> {
    let mut buffer = Vec::new();
    tasks.iter().map(|task| read_one(task, root, &mut buffer)).collect()
}

fn read_one(task: &Task, root: &Path, buffer: &mut Vec<u8>) -> Option<Read> {
    if let Some(why) = &task.refused {
        return Some(Read::unknown(why.clone()));
    }
    let opened = read::open(&task.path, root, task.plain);
    let (file, metadata) = match opened {
        Ok(opened) => opened,
        Err(why) => return Some(Read::unknown(why)),
    };
    let stamp = Stamp::of(&metadata);
    if task.known == Some(stamp) {
        return None;
    }
    let stamped = Stamped { stamp: Some(stamp), written_at: metadata.modified().ok().map(Into::into) };
    let page = match read::page(file, &metadata, buffer) {
        Ok(page) => page,
        Err(why) => {
            return Some(Read { stamped, ..Read::unknown(format!("{}: {why}", task.path.display())) });
        }
    };
    let (condition, parsed) = match page.text {
        None => (Condition::NoText, Parsed::default()),
        Some(text) if text.chars().all(|c| c.is_whitespace() || c == '\u{feff}') && !page.cut => {
            (Condition::Blank, Parsed::default())
        }
        Some(text) => (Condition::Text, parse(&text)),
    };
    Some(Read { condition, stamped, parsed })
}
