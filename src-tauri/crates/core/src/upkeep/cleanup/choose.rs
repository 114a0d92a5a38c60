//! Which of them are put aside: by age alone, the newest of each series never. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use super::find::Candidate;
use super::held::Held;
use super::{Left, Move};
use crate::clock::Instant;
use crate::profile::CleanupSettings;

/// Splits what is too old into what goes and what stays all the same, with the reason.
pub(super) fn choose(
    candidates: Vec<Candidate>,
    settings: &CleanupSettings,
    device: u64,
    held: &Held,
    now: Instant,
) -> (Vec<Move>, Vec<Left>) {
    // What claims to be of the future says nothing of which one is the newest.
    let mut newest: BTreeMap<&str, Instant> = BTreeMap::new();
    for one in candidates.iter().filter(|one| one.speaks_of <= now + TimeDelta::days(1)) {
        let best = newest.entry(&one.series).or_insert(one.speaks_of);
        *best = one.speaks_of.max(*best);
    }
    let newest: BTreeMap<String, Instant> =
        newest.into_iter().map(|(series, at)| (series.to_owned(), at)).collect();
    let (mut moves, mut left) = (Vec::new(), Vec::new());
    for one in candidates {
        let limit = if one.is_log { settings.logs } else { settings.reports };
        if !limit.is_some_and(|limit| is_older(one.speaks_of, limit, now)) {
            continue;
        }
        let why = if one.written {
            Some("is written now")
        } else if newest.get(&one.series) == Some(&one.speaks_of) {
            Some("is the newest of its kind")
        } else if one.seen.names > 1 {
            Some("has another name too (a hard link)")
        } else if one.seen.device != device {
            Some("lies on another volume")
        } else {
            held.why(&one.seen, now)
        };
        match why {
            Some(why) => left.push(Left::new(&one.path, why)),
            None => moves.push(Move {
                path: one.path,
                bytes: one.seen.size,
                what: one.what,
                speaks_of: one.speaks_of,
                seen: one.seen,
            }),
        }
    }
    moves.sort_by(|one, two| one.path.cmp(&two.path));
    moves.dedup_by(|one, two| one.path == two.path);
    left.sort_by(|one, two| one.path.cmp(&two.path));
    (moves, left)
}

/// Whether `age` has gone by since `at`.
pub(super) fn is_older(at: Instant, age: Duration, now: Instant) -> bool {
    TimeDelta::from_std(age).ok().and_then(|age| at.checked_add_signed(age)).is_some_and(|end| end < now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upkeep::places::Sight;
    use chrono::{TimeZone, Utc};
    use rustix::fs::FileType;

    fn now() -> Instant {
        Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()
    }

    fn candidate(path: &str, what: &str, series: &str, days: i64) -> Candidate {
        Candidate {
            path: path.into(),
            is_log: what == "log",
            what: what.into(),
            series: series.into(),
            speaks_of: now() - TimeDelta::days(days),
            written: false,
            seen: Sight {
                device: 1,
                inode: 7,
                size: 10,
                modified: (0, 0),
                names: 1,
                kind: FileType::RegularFile,
                owner: 0,
                mode: 0o644,
            },
        }
    }

    fn chosen(candidates: Vec<Candidate>, settings: &CleanupSettings) -> (Vec<String>, Vec<String>) {
        let (moves, left) = choose(candidates, settings, 1, &Held::default(), now());
        let name = |path: &std::path::Path| path.display().to_string();
        (moves.iter().map(|one| name(&one.path)).collect(), left.iter().map(|one| name(&one.path)).collect())
    }

    const DAYS: u64 = 86_400;

    #[test]
    fn age_decides_to_the_second() {
        let settings =
            CleanupSettings { logs: Some(Duration::from_secs(30 * DAYS)), ..CleanupSettings::default() };
        let newest = candidate("new", "log", "a", 0);
        let at = candidate("at", "log", "a", 30);
        let mut beyond = candidate("beyond", "log", "a", 30);
        beyond.speaks_of -= TimeDelta::seconds(1);
        let report = candidate("report", "morning", "r", 400);
        let (moves, left) = chosen(vec![newest, at, beyond, report], &settings);
        assert_eq!((moves, left), (vec!["beyond".to_owned()], vec![]));
    }

    #[test]
    fn the_newest_of_a_series_stays_and_one_of_the_future_does_not_stand_in_for_it() {
        let settings = CleanupSettings {
            logs: Some(Duration::from_secs(DAYS)),
            reports: Some(Duration::from_secs(DAYS)),
            quarantine: None,
        };
        let all = vec![
            candidate("a1", "log", "a", 40),
            candidate("a2", "log", "a", 41),
            candidate("a3", "log", "a", -900),
            candidate("m1", "morning", "m", 50),
        ];
        let (moves, left) = chosen(all, &settings);
        assert_eq!((moves, left), (vec!["a2".to_owned()], vec!["a1".to_owned(), "m1".to_owned()]));
    }

    #[test]
    fn nothing_goes_where_no_age_is_given_and_what_is_not_ours_alone_stays() {
        let series = |names: u64, device: u64, written: bool| {
            let mut one = candidate("x", "log", "a", 90);
            (one.seen.names, one.seen.device, one.written) = (names, device, written);
            vec![candidate("new", "log", "a", 0), one]
        };
        let settings =
            CleanupSettings { logs: Some(Duration::from_secs(DAYS)), ..CleanupSettings::default() };
        assert_eq!(chosen(series(1, 1, false), &settings).0, ["x"]);
        for (names, device, written) in [(2, 1, false), (1, 2, false), (1, 1, true)] {
            assert_eq!(chosen(series(names, device, written), &settings), (vec![], vec!["x".to_owned()]));
        }
        assert_eq!(chosen(series(1, 1, false), &CleanupSettings::default()), (vec![], vec![]));
    }
}
