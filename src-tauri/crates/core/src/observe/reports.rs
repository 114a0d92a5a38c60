//! The reports that were due last, whether they are there, and which figures they give.

mod figures;

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};

pub use self::figures::{Figure, ReportFigures, figures};
use super::{ReportSeen, ReportState};
use crate::clock::{Instant, Zone};
use crate::fsio::{self, Stamp};
use crate::profile::ReportKind;

/// Up to this size a report might be nothing but white space and is read to see.
const MAYBE_BLANK: u64 = 256;

/// Looks at the last due occurrence of each kind: today's once it is due, yesterday's before.
///
/// A report must lie under `root`; a link that leads out of it is not believed.
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
    let (day, due_at) = last_due(kind, now, zone)?;
    let path = path_of(kind, day);
    let grace = chrono::TimeDelta::from_std(kind.grace).unwrap_or(chrono::TimeDelta::MAX);
    let in_grace = due_at.checked_add_signed(grace).is_none_or(|end| now <= end);
    let (state, stamp) = state_of(&path, root, in_grace);
    let figures = stamp.map(|stamp| read.of(&path, stamp)).unwrap_or_default();
    Some(ReportSeen { kind: kind.id.clone(), due_at, path, state, figures })
}

/// The last day on which the report was due, and the instant.
fn last_due(kind: &ReportKind, now: Instant, zone: Zone) -> Option<(NaiveDate, Instant)> {
    let today = zone.local(now).date();
    (0..3_u64).find_map(|back| {
        let day = today.checked_sub_days(Days::new(back))?;
        let due = zone.instant(day.and_time(kind.due))?;
        (due <= now).then_some((day, due))
    })
}

fn path_of(kind: &ReportKind, day: NaiveDate) -> PathBuf {
    let pattern = kind.pattern.to_string_lossy();
    PathBuf::from(pattern.replace("{date}", &day.format("%Y%m%d").to_string()))
}

/// The state, and the file's stamp where there is something to read.
fn state_of(path: &Path, root: &Path, in_grace: bool) -> (ReportState, Option<Stamp>) {
    let unknown = |problem: String| (ReportState::Unknown { problem }, None);
    let absent = if in_grace { ReportState::Late } else { ReportState::Missing };
    let link = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        // Without its folder no report can be there; without the root nothing can be told.
        Err(e) if is_absence(&e) => {
            return if root.is_dir() {
                (absent, None)
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
    match fsio::open_regular(path) {
        Err(e) => unknown(e.to_string()),
        Ok((_, metadata)) if is_blank(path, &metadata) => (ReportState::Empty, None),
        Ok((_, metadata)) => match metadata.modified() {
            Ok(at) => (ReportState::Arrived { at: at.into() }, Some(Stamp::of(&metadata))),
            Err(e) => unknown(format!("cannot tell when {} was written: {e}", path.display())),
        },
    }
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
        Utc.with_ymd_and_hms(2025, 12, 16, hour, minute, 0).unwrap() + chrono::TimeDelta::hours(5)
    }

    fn morning(root: &Path) -> ReportKind {
        ReportKind {
            id: "morning".into(),
            pattern: root.join("reports/morning_{date}.txt"),
            due: NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
            grace: Duration::from_secs(1800),
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
        assert_eq!(report.state, ReportState::Missing);
        assert_eq!(seen(dir.path(), at(6, 0)).path, dir.path().join("reports/morning_20251216.txt"));
    }

    #[test]
    fn late_is_not_missing() {
        let dir = folder();
        assert_eq!(seen(dir.path(), at(6, 30)).state, ReportState::Late);
        assert_eq!(seen(dir.path(), at(6, 31)).state, ReportState::Missing);
        std::fs::remove_dir(dir.path().join("reports")).unwrap();
        assert_eq!(seen(dir.path(), at(6, 31)).state, ReportState::Missing);
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
