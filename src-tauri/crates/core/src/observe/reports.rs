//! The reports that were due last, whether they are there, and which figures they give.

mod figures;

use std::fs::Metadata;
use std::path::Path;

use chrono::{NaiveDate, TimeDelta};

pub use self::figures::{Figure, LARGEST, ReportFigures, figures};
use super::{ReportBefore, ReportSeen, ReportState};
use crate::clock::{Instant, Zone};
use crate::fsio::{self, Stamp};
use crate::profile::{ReportDue, ReportKind};

/// Up to this size a report might be nothing but white space and is read to see.
pub(crate) const MAYBE_BLANK: u64 = 256;

/// So long after it was last written to, a report may not be finished.
pub(crate) const SETTLES_IN: TimeDelta = TimeDelta::seconds(10);

/// So far back absent reports are counted: each costs a question to the file system at every tick.
const MOST_BACK: usize = 40;

/// Looks at the last due occurrence of each kind: today's once it is due, yesterday's before.
///
/// Where it is not there, those before it are looked for too: since when none came is what counts. A report must lie under
/// `root`; a link that leads out of it is not believed.
pub fn look(
    kinds: &[ReportKind],
    root: &Path,
    read: &mut ReportFigures,
    now: Instant,
    zone: Zone,
) -> Vec<ReportSeen> {
    let seen: Vec<ReportSeen> =
        kinds.iter().filter_map(|kind| look_at(kind, root, read, now, zone)).collect();
    read.keep_only(|path| seen.iter().any(|report| report.path == path));
    seen
}

fn look_at(
    kind: &ReportKind,
    root: &Path,
    read: &mut ReportFigures,
    now: Instant,
    zone: Zone,
) -> Option<ReportSeen> {
    let mut due = occurrences(kind.due.as_ref()?, now, zone);
    let (day, due_at) = due.next()?;
    let path = kind.path(day);
    let (state, stamp) = state_of(&path, root, now);
    let figures = stamp.map(|stamp| read.of(&path, stamp)).unwrap_or_default();
    let mut before = Vec::new();
    let mut absent = state == ReportState::Absent;
    while let Some((day, due_at)) = due.next().filter(|_| absent && before.len() < MOST_BACK) {
        let (state, _) = state_of(&kind.path(day), root, now);
        absent = state == ReportState::Absent;
        before.push(ReportBefore { due_at, state });
    }
    Some(ReportSeen { kind: kind.id.clone(), due_at, path, state, figures, before })
}

/// The days up to now on which a report was due, newest first, and the instants.
fn occurrences(due: &ReportDue, now: Instant, zone: Zone) -> impl Iterator<Item = (NaiveDate, Instant)> + '_ {
    let mut day = Some(zone.local(now).date());
    std::iter::from_fn(move || {
        let found = due.on_or_before(day?)?;
        day = found.pred_opt();
        Some((found, zone.instant(found.and_time(due.at))))
    })
    .filter_map(move |(day, due_at)| Some((day, due_at.filter(|due_at| *due_at <= now)?)))
}

/// The state, and the file's stamp where there is something to read.
fn state_of(path: &Path, root: &Path, now: Instant) -> (ReportState, Option<Stamp>) {
    let unknown = |problem: String| (ReportState::Unknown { problem }, None);
    let link = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        // Without its folder no report can be there; without the root nothing can be told.
        Err(e) if is_absence(&e) => {
            return if root.is_dir() {
                (ReportState::Absent, None)
            } else {
                unknown(format!("the folder {} is not there", root.display()))
            };
        }
        Err(e) => return unknown(format!("cannot look at {}: {e}", path.display())),
    };
    match resolve(path, root) {
        Ok(true) => {}
        Ok(false) => return unknown(format!("{} leads out of {}", path.display(), root.display())),
        Err(_) if link.is_symlink() => {
            return unknown(format!("{} is a link that leads nowhere", path.display()));
        }
        Err(e) => return unknown(format!("cannot look at {}: {e}", path.display())),
    }
    let (metadata, at) = match fsio::open_regular(path) {
        Err(e) => return unknown(e.to_string()),
        Ok((_, metadata)) => match metadata.modified() {
            Ok(at) => (metadata, Instant::from(at)),
            Err(e) => return unknown(format!("cannot tell when {} was written: {e}", path.display())),
        },
    };
    // Made a moment ago it may be without content for that reason alone.
    let writing = (TimeDelta::zero()..SETTLES_IN).contains(&(now - at));
    let blank = is_blank(path, &metadata);
    let state = match (writing, blank) {
        (true, _) => ReportState::Writing { at },
        (false, true) => ReportState::Empty,
        (false, false) => ReportState::Arrived { at },
    };
    (state, (!blank).then(|| Stamp::of(&metadata)))
}

fn is_absence(e: &std::io::Error) -> bool {
    matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn resolve(path: &Path, root: &Path) -> std::io::Result<bool> {
    Ok(path.canonicalize()?.starts_with(root.canonicalize()?))
}

fn is_blank(path: &Path, metadata: &Metadata) -> bool {
    metadata.len() == 0
        || metadata.len() <= MAYBE_BLANK
            && fsio::read_bounded(path, MAYBE_BLANK).is_ok_and(|bytes| {
                String::from_utf8_lossy(&bytes).chars().all(|c| c.is_whitespace() || c == '\u{feff}')
            })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, NaiveTime, TimeZone, Utc};
    use std::time::Duration;

    fn zone() -> Zone {
        Zone::Fixed(FixedOffset::west_opt(5 * 3600).unwrap())
    }

    /// 16 December 2025, at this local time.
    fn at(hour: u32, minute: u32) -> Instant {
        Utc.with_ymd_and_hms(2025, 12, 16, hour, minute, 0).unwrap() + TimeDelta::hours(5)
    }

    fn morning(root: &Path) -> ReportKind {
        ReportKind {
            id: "morning".into(),
            pattern: root.join("reports/morning_{date}.txt"),
            due: Some(ReportDue::daily(NaiveTime::from_hms_opt(6, 0, 0).unwrap())),
            grace: Duration::from_secs(1800),
            missing: Duration::from_secs(12 * 3600),
        }
    }

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("reports")).unwrap();
        dir
    }

    fn seen(root: &Path, now: Instant) -> ReportSeen {
        look(&[morning(root)], root, &mut ReportFigures::default(), now, zone()).remove(0)
    }

    #[test]
    fn before_it_is_due_yesterdays_counts() {
        let dir = folder();
        let report = seen(dir.path(), at(5, 59));
        assert_eq!(report.path, dir.path().join("reports/morning_20251215.txt"));
        assert_eq!(report.state, ReportState::Absent);
        assert_eq!(seen(dir.path(), at(6, 0)).path, dir.path().join("reports/morning_20251216.txt"));
    }

    #[test]
    fn those_before_an_absent_one_are_looked_for_up_to_the_first_that_is_there() {
        let dir = folder();
        let states = || {
            let report = seen(dir.path(), at(6, 30));
            report.before.into_iter().map(|one| one.state).collect::<Vec<_>>()
        };
        assert_eq!(states().len(), MOST_BACK);
        let there = |day: u32| {
            std::fs::write(dir.path().join(format!("reports/morning_202512{day}.txt")), "x: 1").unwrap();
        };
        there(14);
        assert!(matches!(states()[..], [ReportState::Absent, ReportState::Arrived { .. }]));
        there(16);
        assert_eq!(states(), []);
    }

    #[test]
    fn what_is_written_to_just_now_may_not_be_finished() {
        let dir = folder();
        let path = dir.path().join("reports/morning_20251216.txt");
        let written = |text: &str, seconds: i64| {
            std::fs::write(&path, text).unwrap();
            let now = at(7, 0);
            let at = std::time::SystemTime::from(now - TimeDelta::seconds(seconds));
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
            seen(dir.path(), now).state
        };
        assert!(matches!(written("", 9), ReportState::Writing { .. }));
        assert!(matches!(written("Improvements", 0), ReportState::Writing { .. }));
        assert!(matches!(written("Improvements", 10), ReportState::Arrived { .. }));
        assert_eq!(written("", 10), ReportState::Empty);
    }

    #[test]
    fn a_kind_that_is_written_by_hand_is_never_looked_for() {
        let dir = folder();
        let kind = ReportKind { due: None, ..morning(dir.path()) };
        assert_eq!(look(&[kind], dir.path(), &mut ReportFigures::default(), at(7, 0), zone()), []);
    }

    #[test]
    fn a_weekly_one_is_due_on_its_day() {
        let dir = folder();
        let due = ReportDue::new(NaiveTime::from_hms_opt(6, 0, 0).unwrap(), "SUN").unwrap();
        let kind = ReportKind { due: Some(due), ..morning(dir.path()) };
        let seen = look(&[kind], dir.path(), &mut ReportFigures::default(), at(7, 0), zone()).remove(0);
        assert_eq!(seen.path, dir.path().join("reports/morning_20251214.txt"));
    }

    #[test]
    fn content_arrives_and_white_space_does_not() {
        let dir = folder();
        let path = dir.path().join("reports/morning_20251216.txt");
        for blank in ["", " \n\t\n", "\u{feff}\n"] {
            std::fs::write(&path, blank).unwrap();
            assert_eq!(seen(dir.path(), at(7, 0)).state, ReportState::Empty, "{blank:?}");
        }
        std::fs::write(&path, "Improvements Deployed: 5").unwrap();
        let report = seen(dir.path(), at(7, 0));
        assert!(matches!(report.state, ReportState::Arrived { .. }));
        assert_eq!((report.figures[0].key.as_str(), report.figures[0].value), ("improvements deployed", 5.0));
    }

    #[test]
    fn figures_are_read_again_only_when_the_file_has_changed() {
        let dir = folder();
        let path = dir.path().join("reports/morning_20251216.txt");
        let mut read = ReportFigures::default();
        let mut value = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let seen = look(&[morning(dir.path())], dir.path(), &mut read, at(7, 0), zone());
            seen[0].figures[0].value
        };
        assert_eq!(value("Errors: 1"), 1.0);
        assert_eq!(value("Errors: 17"), 17.0);
    }

    #[test]
    fn folders_fifos_and_links_out_are_unknown_never_arrived() {
        let dir = folder();
        let path = dir.path().join("reports/morning_20251216.txt");
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(outside.path(), "not a report of this ecosystem").unwrap();
        let check = |says: &str| match seen(dir.path(), at(7, 0)).state {
            ReportState::Unknown { problem } => assert!(problem.contains(says), "{problem}"),
            other => panic!("{says}: {other:?}"),
        };
        std::fs::create_dir(&path).unwrap();
        check("folder");
        std::fs::remove_dir(&path).unwrap();
        std::os::unix::fs::symlink(outside.path(), &path).unwrap();
        check("leads out of");
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        check("leads nowhere");
        std::fs::remove_file(&path).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        check("FIFO");
    }

    #[test]
    fn without_the_root_nothing_can_be_told() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("gone");
        assert!(matches!(seen(&root, at(7, 0)).state, ReportState::Unknown { .. }));
    }
}
