//! The month's entry of the version history, with real figures.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{Datelike, Months, NaiveDate, NaiveTime};
use serde::Serialize;

use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::words;
use crate::keeper::examiner::Examiner;
use crate::keeper::journal::Journal;
use crate::keeper::look_back::LookBack;
use crate::keeper::markdown::plain;
use crate::profile::Profile;
use crate::signal::{Level, SignalId};
use crate::store::{Entered, Entry, Point};
use crate::upkeep::{ExaminationKind, VERSION_FILE, VersionAction, VersionEdit, VersionFile};

/// Changes that are named; all of them are counted.
const NAMED: usize = 12;
/// The figures whose mean and worst are told.
const FIGURES: [SignalId; 3] = [SignalId::ProcessCpu, SignalId::ProcessMemory, SignalId::LogsErrors24h];

/// The entry of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct VersionShown {
    /// Which month, as `2026-11`.
    pub month: String,
    /// Its title.
    pub title: String,
    /// Its lines, in Markdown.
    pub text: String,
    /// The file that it belongs into.
    pub path: String,
    /// What writing it would do; `None` where it cannot be written.
    pub action: Option<VersionAction>,
    /// What would be replaced.
    pub before: Option<String>,
    /// Why it cannot be written.
    pub refused: Option<String>,
    /// The title of the section whose writing can be taken back.
    pub can_undo: Option<String>,
}

/// The version history of one ecosystem.
pub struct VersionHistory {
    profile: Profile,
    state_dir: std::path::PathBuf,
    file: VersionFile,
    journal: Journal,
    clock: Arc<dyn Clock>,
    zone: Zone,
}

impl VersionHistory {
    /// That of the ecosystem of `profile`.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Self {
        Self {
            file: VersionFile::new(&profile.root, state_dir),
            journal: Journal::new(state_dir, &profile.root),
            state_dir: state_dir.to_owned(),
            profile,
            clock,
            zone,
        }
    }

    /// The entry of `month` (`2026-11`), or of this month.
    ///
    /// # Errors
    /// `Usage` where that is no month up to now; when the record cannot be read.
    pub fn shown(&self, month: Option<&str>) -> Result<VersionShown> {
        Ok(self.planned(month)?.0)
    }

    /// Writes the entry into the file; all else in it stays. `text` is what was shown and agreed to.
    ///
    /// # Errors
    /// `Denied` where somebody wrote or edited that section, `Busy` where it would be another text by now or the file changed.
    pub fn write(&self, month: Option<&str>, text: &str) -> Result<VersionShown> {
        let (shown, edit) = self.planned(month)?;
        if shown.text != text {
            return Err(Error::new(ErrorKind::Busy, "the figures changed meanwhile")
                .hint("Look again; nothing was written."));
        }
        self.file.write(&edit?, &shown.title)?;
        let said = format!("{} was written into {VERSION_FILE}.", shown.title);
        self.journal.note_done(
            self.clock.now(),
            Entered::Version,
            said,
            Some("journal version --undo".into()),
        );
        Ok(shown)
    }

    /// Takes the last writing back, byte for byte; what was done, in words.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Busy` where the file was changed since.
    pub fn undo(&self) -> Result<String> {
        let title = self.file.undo()?;
        let said = format!("{title} was taken out of {VERSION_FILE}: the file is as it was before.");
        self.journal.note_done(self.clock.now(), Entered::Undo, said.clone(), None);
        Ok(said)
    }

    fn planned(&self, month: Option<&str>) -> Result<(VersionShown, Result<VersionEdit>)> {
        let now = self.clock.now();
        let first = match month {
            None => self.zone.local(now).date().with_day(1),
            Some(month) => NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok(),
        };
        let span = first.and_then(|first| {
            Some((first, self.starts(first)?, self.starts(first.checked_add_months(Months::new(1))?)?))
        });
        let Some((first, from, until)) = span.filter(|(_, from, _)| *from <= now) else {
            let said = format!("“{}” is no month up to now", month.unwrap_or_default());
            return Err(Error::new(ErrorKind::Usage, said).hint("Write it like 2026-11."));
        };
        let title = format!("Version {}", first.format("%Y.%m"));
        let text = self.text(first, from, until.min(now))?;
        let edit = self.file.plan(&title, &text);
        let shown = VersionShown {
            month: first.format("%Y-%m").to_string(),
            title,
            text,
            path: self.profile.root.join(VERSION_FILE).display().to_string(),
            action: edit.as_ref().ok().map(|edit| edit.action),
            before: edit.as_ref().ok().and_then(|edit| edit.before.clone()),
            refused: edit.as_ref().err().map(ToString::to_string),
            can_undo: self.file.can_undo()?,
        };
        Ok((shown, edit))
    }

    fn starts(&self, day: NaiveDate) -> Option<Instant> {
        self.zone.instant(day.and_time(NaiveTime::MIN))
    }

    fn text(&self, first: NaiveDate, from: Instant, until: Instant) -> Result<String> {
        let back = LookBack::open(&self.state_dir, self.profile.clone(), self.zone)?;
        let earlier =
            first.checked_sub_months(Months::new(1)).and_then(|day| self.starts(day)).unwrap_or(from);
        let day = |at: Instant| self.zone.local(at).format("%Y-%m-%d").to_string();
        let mut lines = vec![running(&back, from, until)?];
        for signal in FIGURES {
            let hour = Duration::from_secs(3_600);
            let (now, before) =
                (back.series(signal, from, until, hour)?, back.series(signal, earlier, from, hour)?);
            lines.push(figure(signal, &now, &before));
        }
        let mut incidents: BTreeMap<&str, usize> = BTreeMap::new();
        let mut open = 0;
        for incident in back.incidents()?.iter().filter(|one| (from..until).contains(&one.opened_at)) {
            *incidents.entry(incident.signal.label()).or_default() += 1;
            open += usize::from(incident.closed_at.is_none());
        }
        lines.push(match incidents.values().sum::<usize>() {
            0 => "Incidents: none".to_owned(),
            all => {
                let by: Vec<String> =
                    incidents.iter().map(|(label, count)| format!("{label} {count}")).collect();
                let still = if open == 0 { String::new() } else { format!("; {open} still open") };
                format!("Incidents: {all} ({}){still}", by.join(", "))
            }
        });
        let mut entries = self.journal.entries(from, "")?;
        entries.retain(|entry| entry.at < until);
        entries.reverse();
        lines.extend(deeds(&entries, &day));
        lines.push(self.findings()?);
        Ok(lines.iter().map(|line| format!("- {line}\n")).collect())
    }

    fn findings(&self) -> Result<String> {
        let examiner =
            Examiner::new(self.profile.clone(), &self.state_dir, Arc::clone(&self.clock), self.zone);
        // Nobody looked: that is not the same as nothing found.
        if examiner.last(ExaminationKind::Verification)?.is_none()
            && examiner.last(ExaminationKind::Audit)?.is_none()
        {
            return Ok("Findings open: it was never examined".to_owned());
        }
        let findings = examiner.findings()?;
        let open = findings.iter().filter(|one| one.closed_at.is_none() && one.accepted.is_none());
        let mut by: BTreeMap<&str, usize> = BTreeMap::new();
        open.for_each(|one| *by.entry(one.severity.word()).or_default() += 1);
        let by: Vec<String> = by.iter().map(|(word, count)| format!("{count} {word}")).collect();
        Ok(if by.is_empty() {
            "Findings open: none".to_owned()
        } else {
            format!("Findings open: {}", by.join(", "))
        })
    }
}

/// How much of the time it ran, and how often it was started anew.
fn running(back: &LookBack, from: Instant, until: Instant) -> Result<String> {
    let step = Duration::from_secs(300);
    let states = back.series(SignalId::ProcessState, from, until, step)?;
    let known: Vec<Level> =
        states.iter().map(|point| point.level).filter(|level| *level != Level::Unknown).collect();
    if known.is_empty() {
        return Ok("Uptime: nothing is on record".to_owned());
    }
    let ran = known.iter().filter(|level| **level != Level::Red).count();
    #[allow(clippy::cast_precision_loss, reason = "a share with one digit")]
    let share = ran as f64 / known.len() as f64 * 100.0;
    // It only grows while the same process runs.
    let uptimes: Vec<f64> = back
        .series(SignalId::ProcessUptime, from, until, step)?
        .iter()
        .filter_map(|point| point.min)
        .collect();
    let restarts = uptimes.windows(2).filter(|two| two[1] < two[0]).count();
    let times = if restarts == 1 { "1 restart".to_owned() } else { format!("{restarts} restarts") };
    Ok(format!("Uptime: {share:.1} % of the time that was watched, {times}"))
}

fn figure(signal: SignalId, now: &[Point], before: &[Point]) -> String {
    let label = signal.label();
    let say = |value: f64| words::value(value, signal.unit());
    let Some((mean, worst)) = sums(now) else { return format!("{label}: nothing is on record") };
    let past = sums(before).map_or_else(
        || "nothing on record of the month before".to_owned(),
        |(mean, worst)| format!("the month before {} and {}", say(mean), say(worst)),
    );
    format!("{label}: {} on average, {} at worst ({past})", say(mean), say(worst))
}

/// The mean of all hours, and the worst value.
#[allow(clippy::cast_precision_loss, reason = "a count of hours")]
fn sums(points: &[Point]) -> Option<(f64, f64)> {
    let means: Vec<f64> = points.iter().filter_map(|point| point.mean).collect();
    let worst = points.iter().filter_map(|point| point.max).reduce(f64::max)?;
    Some((means.iter().sum::<f64>() / means.len().max(1) as f64, worst))
}

/// What was done, as the journal has it; oldest first.
fn deeds(entries: &[Entry], day: &impl Fn(Instant) -> String) -> Vec<String> {
    let of = |kind: Entered| entries.iter().filter(move |entry| entry.kind == kind);
    let mut lines = Vec::new();
    lines.push(match (of(Entered::Backup).count(), of(Entered::Backup).next_back()) {
        (count, Some(last)) => format!("Backups: {count} made and proven, the last on {}", day(last.at)),
        _ => "Backups: none".to_owned(),
    });
    lines.push(match of(Entered::Drill).next_back() {
        Some(last) => format!("Drill: {} on {}", of(Entered::Drill).count(), day(last.at)),
        None => "Drill: none".to_owned(),
    });
    let changes: Vec<&Entry> = entries
        .iter()
        .filter(|entry| matches!(entry.kind, Entered::Tuning | Entered::Restore | Entered::Undo))
        .collect();
    if changes.is_empty() {
        lines.push("Changes by Caretaker: none".to_owned());
    }
    lines
        .extend(changes.iter().take(NAMED).map(|entry| format!("{}: {}", day(entry.at), plain(&entry.text))));
    if changes.len() > NAMED {
        lines.push(format!("and {} more changes", changes.len() - NAMED));
    }
    for (kind, what) in [
        (Entered::Cleanup, "Clean-ups"),
        (Entered::Review, "Reviews of the settings"),
        (Entered::Round, "Rounds of care done"),
        (Entered::Skip, "Rounds of care left out"),
    ] {
        let count = of(kind).count();
        if count > 0 {
            lines.push(format!("{what}: {count}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    #[test]
    fn a_figure_stands_beside_that_of_the_month_before() {
        let at = Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap();
        let point = |mean: f64, max: f64| Point {
            at,
            min: Some(0.0),
            mean: Some(mean),
            max: Some(max),
            level: Level::Green,
        };
        let said =
            figure(SignalId::ProcessCpu, &[point(10.0, 20.0), point(30.0, 60.0)], &[point(40.0, 41.0)]);
        assert_eq!(said, "CPU: 20 % on average, 60 % at worst (the month before 40 % and 41 %)");
        assert!(figure(SignalId::ProcessCpu, &[], &[]).ends_with("nothing is on record"));
        assert!(figure(SignalId::ProcessCpu, &[point(1.0, 1.0)], &[]).contains("of the month before"));
    }

    #[test]
    fn deeds_are_counted_and_changes_are_named_in_their_order() {
        let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 0, 0, 0).unwrap();
        let entry = |day, kind, text: &str| Entry { at: at(day), kind, text: text.into(), reference: None };
        let entries = [
            entry(1, Entered::Backup, "a"),
            entry(2, Entered::Tuning, "“Slower cycles”: 3 values\n# in 2 files"),
            entry(3, Entered::Backup, "b"),
            entry(4, Entered::Round, "c"),
        ];
        let lines = deeds(&entries, &|at| at.format("%Y-%m-%d").to_string());
        assert_eq!(
            lines,
            [
                "Backups: 2 made and proven, the last on 2026-11-03",
                "Drill: none",
                "2026-11-02: “Slower cycles”: 3 values \\# in 2 files",
                "Rounds of care done: 1"
            ]
        );
    }
}
