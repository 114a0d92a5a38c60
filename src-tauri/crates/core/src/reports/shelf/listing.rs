//! What a folder of reports holds, told from names and without opening anything.

use std::fs::{DirEntry, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{DirEntryExt, FileTypeExt};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::fsio::Stamp;
use crate::reports::pattern::{Named, Pattern};

/// More names than this are not looked through.
const MOST_NAMES: usize = 500_000;
/// More reports than this are not kept.
const MOST_REPORTS: usize = 50_000;

/// Fewer questions to the file system are not worth a thread.
const WORTH_THREADS: usize = 1_000;
/// More threads wait for the same folder.
const MOST_THREADS: usize = 4;

/// A report that has to be read.
#[derive(Debug)]
pub(super) struct Task {
    /// The place of its kind.
    pub kind: usize,
    /// Its day.
    pub day: NaiveDate,
    /// The file, below the folder's true path.
    pub path: PathBuf,
    /// Whether its own name is that of a regular file.
    pub plain: bool,
    /// The state in which it was read last.
    pub known: Option<Stamp>,
    /// Why it is never opened, in words.
    pub refused: Option<String>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Files with the names of reports that are new, have changed, or must be opened to tell.
    pub tasks: Vec<Task>,
    /// Place of the kind and day of those that are as they were read last.
    pub unchanged: Vec<(usize, NaiveDate)>,
    /// Place of the kind, day and name of files that claim to be a report too.
    pub twins: Vec<(usize, NaiveDate, String)>,
    /// What is odd, in words.
    pub odd: Vec<String>,
}

/// A name that is a report's.
struct Candidate {
    kind: usize,
    day: NaiveDate,
    entry: DirEntry,
}

/// Looks through `folder` for what `patterns` fit; one that is not there holds nothing. `known` tells the state in which the
/// report of a kind and day was read last, and whether it is believed to be in it still if the file is the same one.
///
/// # Errors
/// Why it cannot be looked through, in words; it leads out of `root`, for example.
pub(super) fn list(
    folder: &Path,
    root: &Path,
    patterns: &[(usize, &Pattern)],
    known: impl Fn(usize, NaiveDate) -> (Option<Stamp>, bool),
) -> Result<Listed, String> {
    let cannot = |error: std::io::Error| format!("cannot look into {}: {error}", folder.display());
    let truly = match folder.canonicalize() {
        Ok(truly) if truly.starts_with(root) => truly,
        Ok(_) => return Err(format!("{} leads out of {}", folder.display(), root.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Listed::default()),
        Err(error) => return Err(cannot(error)),
    };
    let (mut listed, mut candidates) = (Listed::default(), Vec::new());
    for (count, entry) in truly.read_dir().map_err(cannot)?.enumerate() {
        if count == MOST_NAMES
            || candidates.len() + listed.tasks.len() + listed.unchanged.len() == MOST_REPORTS
        {
            listed.odd.push(format!("{} holds too much; only some of it was looked at", folder.display()));
            break;
        }
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name();
        // A name that is no text is none that a pattern fits.
        let Some(name) = name.to_str() else { continue };
        match named(patterns, name) {
            (_, _, Named::Stranger) => {}
            (_, _, Named::NoSuchDay) => listed.odd.push(format!("{name}: there is no such day")),
            (kind, _, Named::Twin(day)) => {
                listed.odd.push(format!("{name}: one more report of {day}"));
                listed.twins.push((kind, day, name.to_owned()));
            }
            (kind, Pattern { below: None, .. }, Named::Report(day)) => match known(kind, day) {
                (Some(stamp), true) if stamp.inode == entry.ino() => listed.unchanged.push((kind, day)),
                _ => candidates.push(Candidate { kind, day, entry }),
            },
            (kind, Pattern { below: Some(below), .. }, Named::Report(day)) => {
                let path = entry.path().join(below);
                if path.symlink_metadata().is_ok() {
                    let (known, _) = known(kind, day);
                    listed.tasks.push(Task { kind, day, path, plain: false, known, refused: None });
                }
            }
        }
    }
    for (Candidate { kind, day, entry }, metadata) in candidates.iter().zip(looked_at(&candidates)) {
        let (kind, day) = (*kind, *day);
        let metadata = match metadata {
            Ok(metadata) => metadata,
            // Gone since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(cannot(error)),
        };
        let (known, _) = known(kind, day);
        let plain = metadata.is_file();
        if plain && known == Some(Stamp::of(&metadata)) {
            listed.unchanged.push((kind, day));
            continue;
        }
        let path = entry.path();
        let refused =
            no_report(metadata.file_type()).map(|what| format!("{} is {what}, no report", path.display()));
        listed.tasks.push(Task { kind, day, path, plain, known, refused });
    }
    Ok(listed)
}

/// What the file system says of each, in their order; asked on several threads where there are many.
fn looked_at(candidates: &[Candidate]) -> Vec<std::io::Result<Metadata>> {
    let look = |some: &[Candidate]| some.iter().map(|one| one.entry.metadata()).collect::<Vec<_>>();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    if candidates.len() < WORTH_THREADS || threads == 1 {
        return look(candidates);
    }
    std::thread::scope(|scope| {
        let shares = candidates.chunks(candidates.len().div_ceil(threads));
        let running: Vec<_> = shares.map(|share| (share, scope.spawn(move || look(share)))).collect();
        running.into_iter().flat_map(|(share, one)| one.join().unwrap_or_else(|_| look(share))).collect()
    })
}

/// The first pattern whose report it is; else the first one that it resembles.
fn named<'a>(patterns: &[(usize, &'a Pattern)], name: &str) -> (usize, &'a Pattern, Named) {
    let mut best = None;
    for (kind, pattern) in patterns {
        match (pattern.named(name), &best) {
            (Named::Report(day), _) => return (*kind, pattern, Named::Report(day)),
            (Named::Stranger, Some(_)) => {}
            (found, None | Some((_, _, Named::Stranger))) => best = Some((*kind, *pattern, found)),
            _ => {}
        }
    }
    best.unwrap_or_else(|| (0, patterns[0].1, Named::Stranger))
}

/// What never is a report, whatever its name says; a link may lead to one.
fn no_report(kind: std::fs::FileType) -> Option<&'static str> {
    if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a FIFO (named pipe)")
    } else if kind.is_socket() || kind.is_char_device() || kind.is_block_device() {
        Some("a socket or a device")
    } else {
        None
    }
}
