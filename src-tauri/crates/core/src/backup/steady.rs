//! Reading files that somebody may be writing: until they hold still, and never more than they said.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::time::{Duration, SystemTime};

use super::roots::{Roots, Sort, Stat};
use super::tree::{FileTime, FlawKind, TreePath};

/// Between two readings of a file that did not hold still; each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(2);
/// How often a file is read before it is called unstable: a quarter of a second in all.
const MOST_TIMES: u32 = 8;
/// Nobody is in the middle of writing a file whose content is older than this.
const SETTLED: Duration = Duration::from_secs(2);

/// What came of reading a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// Its content is in the buffer; what is wrong with it, if something is.
    Content(Stat, Option<FlawKind>),
    /// There is nothing to keep.
    Nothing(FlawKind),
}

/// Reads a whole file of at most `most` bytes into `buffer`, as often as it takes to find it unchanged and, where its
/// name ends in `.json`, to find JSON in it.
pub fn read_whole(roots: &Roots, path: &TreePath, most: u64, buffer: &mut Vec<u8>) -> Reading {
    let json = is_json(path);
    let mut wait = FIRST_WAIT;
    let mut outcome = Reading::Nothing(FlawKind::Vanished);
    for time in 1..=MOST_TIMES {
        let (mut file, before) = match open(roots, path) {
            Ok(opened) => opened,
            // Written anew under the same name: gone for a moment.
            Err(FlawKind::Vanished) if time < MOST_TIMES => {
                std::thread::sleep(wait);
                wait *= 2;
                continue;
            }
            Err(flaw) => return Reading::Nothing(flaw),
        };
        buffer.clear();
        let size = before.size.min(most);
        // Never more than it said: a file that grows would never end.
        let read = (&mut file).take(size).read_to_end(buffer);
        let after = rustix::fs::fstat(&file).map(|stat| Stat::of(&stat));
        let flaw = match (read, after) {
            (Ok(length), Ok(after)) if after == before && length as u64 == before.size => {
                if !json || is_good_json(buffer) {
                    return Reading::Content(before, None);
                }
                // Thousands of files may be broken for good: none of them is waited for.
                if is_settled(before.mtime, SystemTime::now()) {
                    return Reading::Content(before, Some(FlawKind::BrokenJson));
                }
                FlawKind::BrokenJson
            }
            (Ok(_), Ok(_)) => FlawKind::Unstable,
            _ => return Reading::Nothing(FlawKind::Unreadable),
        };
        // What there is must have the length that is written down for it.
        let stat = Stat { size: buffer.len() as u64, ..before };
        outcome = Reading::Content(stat, Some(flaw));
        if time < MOST_TIMES {
            std::thread::sleep(wait);
            wait *= 2;
        }
    }
    outcome
}

/// Whether a file was last written so long ago that it will not be whole a moment later.
fn is_settled(mtime: FileTime, now: SystemTime) -> bool {
    let Ok(seconds) = u64::try_from(mtime.seconds) else { return true };
    let written = SystemTime::UNIX_EPOCH + Duration::new(seconds, mtime.nanos);
    // A time in the future tells nothing.
    now.duration_since(written).is_ok_and(|age| age > SETTLED)
}

/// Opens a regular file.
///
/// # Errors
/// Why there is nothing to keep.
pub fn open(roots: &Roots, path: &TreePath) -> Result<(File, Stat), FlawKind> {
    match roots.open_file(path) {
        Ok((file, stat)) if stat.sort() == Sort::File => Ok((file, stat)),
        Ok(_) => Err(FlawKind::Special),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => Err(FlawKind::Vanished),
        Err(rustix::io::Errno::LOOP) => Err(FlawKind::Link),
        Err(rustix::io::Errno::NXIO) => Err(FlawKind::Special),
        Err(_) => Err(FlawKind::Unreadable),
    }
}

/// Reads a piece of an open file into `buffer`, whole; where the file has become shorter the rest is zeros.
///
/// Whether it was cut is the answer.
pub fn read_piece(file: &File, offset: u64, length: usize, buffer: &mut [u8]) -> std::io::Result<bool> {
    let mut done = 0;
    while done < length {
        match file.read_at(&mut buffer[done..length], offset + done as u64) {
            Ok(0) => {
                buffer[done..length].fill(0);
                return Ok(true);
            }
            Ok(read) => done += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Whether a file's name says that it holds JSON.
pub fn is_json(path: &TreePath) -> bool {
    path.bytes().ends_with(b".json")
}

/// Whether it does. `NaN` and `Infinity` pass: Python writes them and reads them.
pub fn is_good_json(bytes: &[u8]) -> bool {
    let parses = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    if parses(bytes) {
        return true;
    }
    let mut plain = bytes.to_vec();
    let mut found = false;
    for word in [&b"NaN"[..], b"Infinity"] {
        let places: Vec<usize> = memchr::memmem::find_iter(bytes, word).collect();
        for at in places {
            found = true;
            plain[at] = b'0';
            plain[at + 1..at + word.len()].fill(b' ');
        }
    }
    found && parses(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_just_written_may_be_whole_a_moment_later() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let at = |seconds, nanos| FileTime { seconds, nanos };
        for old in [at(997, 999_999_999), at(0, 0), at(-5, 0)] {
            assert!(is_settled(old, now), "{old:?}");
        }
        for fresh in [at(998, 0), at(1_000, 0), at(1_001, 0), at(5_000, 0)] {
            assert!(!is_settled(fresh, now), "{fresh:?}");
        }
    }

    #[test]
    fn json_as_python_writes_it_is_json() {
        for good in ["{\"a\": NaN, \"b\": [-Infinity, Infinity], \"NaN\": \"Infinity\"}", "1", "\"\""] {
            assert!(is_good_json(good.as_bytes()), "{good}");
        }
        for bad in ["", "{\"a\":", "{\"a\": NaN", "NaNa", "{} {}"] {
            assert!(!is_good_json(bad.as_bytes()), "{bad}");
        }
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(is_good_json(deep.as_bytes()));
    }
}
