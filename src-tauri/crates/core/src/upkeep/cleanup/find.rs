//! What lies among the logs and the reports, and the time that each of them speaks of.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta};
use rustix::fs::{Dir, FileType, Mode};

use super::Left;
use super::name::log_name;
use crate::clock::{Instant, Zone};
use crate::observe::logs::newest_time;
use crate::reports::{Named, Pattern};
use crate::upkeep::places::{FOLDER, Sight, Tree, in_words, open_file};

/// Folders below the logs are looked into so far.
const DEEPEST: usize = 8;
/// Names that are looked at in all.
const MOST: usize = 500_000;
/// Of a log so much is read, from its end, to know its newest record.
const TAIL: u64 = 64 << 10;

/// A log or a report.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Below the root.
    pub path: PathBuf,
    /// Whether it is a log; else it is a report.
    pub is_log: bool,
    /// `log`, or the report's kind.
    pub what: String,
    /// The same for all of which the newest stays.
    pub series: String,
    /// Until when it tells.
    pub speaks_of: Instant,
    /// Whether the profile says that it is written now.
    pub written: bool,
    /// What it is.
    pub seen: Sight,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Logs and reports.
    pub candidates: Vec<Candidate>,
    /// What was not looked at, and why.
    pub left: Vec<Left>,
    looked_at: usize,
}

/// Where to look.
pub(super) struct Search<'a> {
    /// The root.
    pub tree: &'a Tree,
    /// The zone of days in names.
    pub zone: Zone,
}

impl Search<'_> {
    /// Reports of all kinds, by name alone: `patterns` are their ids and patterns, the folders below the root.
    pub(super) fn reports(&self, patterns: &[(String, Pattern)], found: &mut Found) {
        for (what, pattern) in patterns {
            let Some((handle, names)) = self.list(&pattern.folder, found) else { continue };
            for (name, _) in names {
                let Named::Report(day) = pattern.named(&name) else { continue };
                let path = pattern.folder.join(&name);
                let (path, seen) = match &pattern.below {
                    None => (path, Sight::at(&handle, &name)),
                    Some(below) => {
                        let path = path.join(below);
                        let seen =
                            self.tree.parent(&path).and_then(|(folder, name)| Sight::at(&folder, name));
                        (path, seen)
                    }
                };
                match seen {
                    Ok(seen) if seen.is_file() => {
                        let Some(speaks_of) = self.end_of(day) else { continue };
                        let (what, series) = (what.clone(), format!("report {what}"));
                        found.candidates.push(Candidate {
                            path,
                            is_log: false,
                            what,
                            series,
                            speaks_of,
                            written: false,
                            seen,
                        });
                    }
                    Ok(seen) => found.left.extend(Left::special(&path, &seen)),
                    Err(_) => {}
                }
            }
        }
    }

    /// Logs in `folder` and below; `written` are those that the profile names, below the root.
    pub(super) fn logs(&self, folder: &Path, written: &[PathBuf], found: &mut Found) {
        let reports: HashSet<PathBuf> = found.candidates.iter().map(|one| one.path.clone()).collect();
        let mut singles = Vec::new();
        let mut waiting = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            let Some((handle, names)) = self.list(&folder, found) else { continue };
            let here: Vec<&str> = written
                .iter()
                .filter(|path| path.parent() == Some(folder.as_path()))
                .filter_map(|path| path.file_name()?.to_str())
                .collect();
            for (name, kind) in names {
                let path = folder.join(&name);
                if kind == FileType::Directory {
                    if depth < DEEPEST {
                        waiting.push((path, depth + 1));
                    }
                    continue;
                }
                let Some(log) = log_name(&name, &here).filter(|_| !reports.contains(&path)) else { continue };
                let Ok(seen) = Sight::at(&handle, &name) else { continue };
                if !seen.is_file() {
                    found.left.extend(Left::special(&path, &seen));
                    continue;
                }
                if !log.follows {
                    singles.push((found.candidates.len(), folder.clone()));
                }
                found.candidates.push(Candidate {
                    written: here.contains(&name.as_str()),
                    speaks_of: self.time_of(&handle, &name, log.day, &seen),
                    is_log: true,
                    what: "log".into(),
                    series: folder.join(log.series).display().to_string(),
                    path,
                    seen,
                });
            }
        }
        join_singles(&mut found.candidates, &singles);
    }

    /// The names in a folder with their kinds; nothing where it is not there.
    fn list(&self, folder: &Path, found: &mut Found) -> Option<(OwnedFd, Vec<(String, FileType)>)> {
        let handle = match self.tree.folder(folder) {
            Ok(handle) => handle,
            Err(rustix::io::Errno::NOENT) => return None,
            Err(errno) => {
                found.left.push(Left::new(folder, in_words(errno)));
                return None;
            }
        };
        match Sight::open(&handle) {
            Ok(seen) if seen.device == self.tree.device => {}
            Ok(_) => {
                found.left.push(Left::new(folder, "lies on another volume"));
                return None;
            }
            Err(errno) => {
                found.left.push(Left::new(folder, in_words(errno)));
                return None;
            }
        }
        let read = || rustix::fs::openat(&handle, ".", FOLDER, Mode::empty()).and_then(Dir::new);
        let mut names = Vec::new();
        match read() {
            Ok(dir) => {
                for entry in dir.flatten() {
                    // A name that is no text is none that Caretaker knows.
                    let Ok(name) = entry.file_name().to_str() else { continue };
                    if matches!(name, "." | "..") {
                        continue;
                    }
                    found.looked_at += 1;
                    if found.looked_at > MOST {
                        found.left.push(Left::new(folder, "holds too much: only some of it was looked at"));
                        break;
                    }
                    let kind = match entry.file_type() {
                        FileType::Unknown => {
                            Sight::at(&handle, name).map_or(FileType::Unknown, |seen| seen.kind)
                        }
                        kind => kind,
                    };
                    names.push((name.to_owned(), kind));
                }
            }
            Err(errno) => found.left.push(Left::new(folder, in_words(errno))),
        }
        Some((handle, names))
    }

    /// Until when a log tells: the day in its name or its newest record, whichever is later; else when it changed.
    fn time_of(&self, folder: &OwnedFd, name: &str, day: Option<NaiveDate>, seen: &Sight) -> Instant {
        let told = day.and_then(|day| self.end_of(day)).max(self.newest_record(folder, name));
        told.or_else(|| DateTime::from_timestamp(seen.modified.0, 0)).unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn newest_record(&self, folder: &OwnedFd, name: &str) -> Option<Instant> {
        let (mut file, seen) = open_file(folder, name).ok()?;
        file.seek(SeekFrom::Start(seen.size.saturating_sub(TAIL))).ok()?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail).ok()?;
        newest_time(&tail, self.zone)
    }

    fn end_of(&self, day: NaiveDate) -> Option<Instant> {
        let next = day.checked_add_signed(TimeDelta::days(1))?.and_hms_opt(0, 0, 0)?;
        self.zone.instant(next)
    }
}

/// Logs that nothing follows by name are of one kind with the others of their folder and ending.
fn join_singles(candidates: &mut [Candidate], singles: &[(usize, PathBuf)]) {
    let mut followed: HashSet<String> = HashSet::new();
    let alone: HashSet<usize> = singles.iter().map(|(at, _)| *at).collect();
    for (at, one) in candidates.iter().enumerate() {
        if !alone.contains(&at) {
            followed.insert(one.series.clone());
        }
    }
    for (at, folder) in singles {
        if !followed.contains(&candidates[*at].series) {
            let ending = candidates[*at].path.extension().unwrap_or_default().to_string_lossy().into_owned();
            candidates[*at].series = format!("{}/*.{ending}", folder.display());
        }
    }
}
