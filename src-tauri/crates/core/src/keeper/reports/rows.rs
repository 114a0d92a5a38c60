//! One look at the shelf, held against what was due.

use chrono::{Days, NaiveDate};

use super::{ReportDay, ReportKindShown, ReportRow, ReportWord};
use crate::clock::{Gap, Instant, Zone};
use crate::judge::reports::{Absence, absence, came_late};
use crate::judge::words;
use crate::observe::reports::SETTLES_IN;
use crate::profile::ReportKind;
use crate::reports::{Compared, Condition, Facts, Report, Shelf, compare};

/// Of this long a kind's punctuality is told.
const PUNCTUAL_DAYS: u64 = 30;
/// What a comparison needs of what came before, at least.
const COMPARED: usize = 10;

/// What rows are made from.
pub(super) struct Look<'a> {
    pub shelf: &'a Shelf,
    pub now: Instant,
    pub zone: Zone,
    /// When nobody looked.
    pub asleep: Vec<Gap>,
    /// From which day on a report of each kind that is not there is a gap; `None` where none ever is.
    gaps_from: Vec<Option<NaiveDate>>,
}

impl<'a> Look<'a> {
    /// A look at `now`; nothing is missing of the time before the first report of its kind.
    ///
    /// Of a kind that has none, that is the time before the first report of the others, or before it was due last.
    pub fn new(shelf: &'a Shelf, now: Instant, zone: Zone, asleep: Vec<Gap>) -> Self {
        let mut look = Self { shelf, now, zone, asleep, gaps_from: Vec::new() };
        let kinds: Vec<(usize, &ReportKind)> = shelf.kinds().enumerate().collect();
        let first = |place: usize| look.files_up_to_today(place).next();
        let due = || kinds.iter().filter(|(_, kind)| kind.due.is_some());
        let first_of_all = due().filter_map(|(place, _)| first(*place)).min();
        let from = |(place, kind): &(usize, &ReportKind)| {
            kind.due.as_ref()?;
            first(*place).or(first_of_all).or_else(|| Some(look.last_due(kind)?.0))
        };
        let gaps_from = kinds.iter().map(from).collect();
        look.gaps_from = gaps_from;
        look
    }

    /// The day that it is.
    pub fn today(&self) -> NaiveDate {
        self.zone.local(self.now).date()
    }

    fn files_up_to_today(&self, place: usize) -> impl DoubleEndedIterator<Item = NaiveDate> + '_ {
        self.shelf.days(place).range(..=self.today()).map(|(day, _)| *day)
    }

    /// The last day on which a kind was due, and when.
    pub fn last_due(&self, kind: &ReportKind) -> Option<(NaiveDate, Instant)> {
        let due = kind.due.as_ref()?;
        let mut day = due.on_or_before(self.today())?;
        loop {
            let at = self.zone.instant(day.and_time(due.at))?;
            if at <= self.now {
                return Some((day, at));
            }
            day = due.on_or_before(day.pred_opt()?)?;
        }
    }

    /// The days up to `last` on which there is something to show, newest first, until `enough` says so.
    pub fn days(&self, last: NaiveDate, enough: impl Fn(usize, NaiveDate) -> bool) -> Vec<ReportDay> {
        let mut days = Vec::new();
        let mut next = Some(last.min(self.today()));
        let gaps_from = self.gaps_from.iter().flatten().min();
        while let Some(day) = next.filter(|day| !enough(days.len(), *day)) {
            let places = 0..self.gaps_from.len();
            let reports: Vec<ReportRow> = places.filter_map(|place| self.row(place, day)).collect();
            if !reports.is_empty() {
                days.push(ReportDay { date: day.to_string(), reports });
            }
            // Before the first gap there can be: from file to file.
            let may_lack = gaps_from.is_some_and(|first| *first < day);
            next = if may_lack { day.pred_opt() } else { self.last_file_before(day) };
        }
        days
    }

    fn last_file_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        let places = 0..self.shelf.kinds().count();
        places.filter_map(|place| Some(*self.shelf.days(place).range(..day).next_back()?.0)).max()
    }

    /// Whether there is a file of a day before `day`.
    pub fn has_earlier(&self, day: NaiveDate) -> bool {
        self.last_file_before(day).is_some()
    }

    /// The report of a day, or its gap; `None` where there is none and none was due.
    pub fn row(&self, place: usize, day: NaiveDate) -> Option<ReportRow> {
        let kind = self.shelf.kinds().nth(place)?;
        if day > self.today() {
            return None;
        }
        let due = kind.due.as_ref().filter(|due| due.is_on(day));
        let due_at = due.and_then(|due| self.zone.instant(day.and_time(due.at)));
        let report = self.shelf.days(place).get(&day);
        let (state, why) = match report {
            Some(report) => self.there(kind, report, due_at),
            None => self.gap(kind, place, day, due_at?)?,
        };
        let facts = report.map(|report| &report.facts);
        let figures = facts.map_or(&[][..], |facts| &facts.figures);
        Some(ReportRow {
            kind: kind.id.clone(),
            label: kind.label(),
            date: day.to_string(),
            path: kind.path(day).display().to_string(),
            state,
            why,
            due_at,
            arrived_at: report.and_then(|report| report.written_at),
            figures: figures.len(),
            values: figures
                .iter()
                .map(|(name, value)| (name.key.clone(), *value, name.unit.clone()))
                .collect(),
            warnings: facts.map_or(0, |facts| usize::try_from(facts.warnings).unwrap_or(usize::MAX)),
            lines: facts
                .map_or_else(Vec::new, |facts| facts.lines.iter().map(|line| (**line).to_owned()).collect()),
            unusual: facts.map_or_else(Vec::new, |facts| self.unusual(place, day, facts)),
            reviewed_at: None,
        })
    }

    fn there(&self, kind: &ReportKind, report: &Report, due_at: Option<Instant>) -> (ReportWord, String) {
        let at = report.written_at;
        let late = due_at.zip(at).filter(|(due_at, at)| came_late(kind, *due_at, *at, &self.asleep));
        let writing = at.is_some_and(|at| (chrono::TimeDelta::zero()..SETTLES_IN).contains(&(self.now - at)));
        match &report.condition {
            Condition::Unknown(why) => (ReportWord::Unknown, format!("It could not be looked at: {why}.")),
            _ if writing => (ReportWord::Writing, String::new()),
            Condition::Blank => (ReportWord::Empty, String::new()),
            _ if late.is_some() => {
                let long = late.map_or_else(String::new, |(due_at, at)| words::between(due_at, at));
                (ReportWord::ArrivedLate, format!("It came {long} after it was due."))
            }
            Condition::NoText => (ReportWord::Arrived, "It is no text.".into()),
            Condition::Text => (ReportWord::Arrived, String::new()),
        }
    }

    /// What was due on a day and is not there; `None` where it was not due yet, or before anything was expected.
    fn gap(
        &self,
        kind: &ReportKind,
        place: usize,
        day: NaiveDate,
        due_at: Instant,
    ) -> Option<(ReportWord, String)> {
        let from = self.gaps_from.get(place).copied().flatten()?;
        if due_at > self.now || day < from {
            return None;
        }
        if let Some(problem) = self.shelf.problem(place) {
            return Some((ReportWord::Unknown, format!("It could not be looked at: {problem}.")));
        }
        let twins = self.shelf.twins(place, day);
        let instead = twins.first().map_or_else(String::new, |twin| format!("There is only {twin}."));
        Some(match absence(kind, due_at, self.now, &self.asleep) {
            Absence::Due => (ReportWord::Due, instead),
            Absence::Late => (ReportWord::Late, instead),
            Absence::Missing => (ReportWord::Missing, instead),
            Absence::Excused => (ReportWord::Excused, "The machine slept when it was due.".into()),
        })
    }

    /// The report of a day beside those before it.
    pub fn compared(&self, place: usize, day: NaiveDate, facts: &Facts) -> Compared {
        let since = day.checked_sub_days(Days::new(compare::DAYS)).unwrap_or(NaiveDate::MIN);
        let mut before: Vec<(NaiveDate, &Facts)> = Vec::new();
        for (when, report) in self.shelf.days(place).range(..day).rev() {
            if *when < since && before.len() >= COMPARED {
                break;
            }
            if report.condition == Condition::Text {
                before.push((*when, &report.facts));
            }
        }
        before.reverse();
        let due = self.shelf.kinds().nth(place).and_then(|kind| kind.due.as_ref());
        compare(day, facts, &before, due.is_some_and(crate::profile::ReportDue::is_daily))
    }

    fn unusual(&self, place: usize, day: NaiveDate, facts: &Facts) -> Vec<String> {
        let figures = self.compared(place, day, facts).figures.into_iter();
        figures.filter(|one| one.unusual).map(|one| format!("{}: {}", one.label, one.says)).collect()
    }

    /// A kind, with how many of those that were due lately came.
    #[allow(clippy::cast_precision_loss, reason = "thirty at most")]
    pub fn kind(&self, place: usize, kind: &ReportKind) -> ReportKindShown {
        let (mut came, mut due) = (0_u32, 0_u32);
        for back in 0..=PUNCTUAL_DAYS {
            let Some(day) = self.today().checked_sub_days(Days::new(back)) else { break };
            let Some(row) = self.state_on(place, kind, day) else { continue };
            match row {
                ReportWord::Due | ReportWord::Excused | ReportWord::Unknown => {}
                ReportWord::Late | ReportWord::Missing | ReportWord::Empty => due += 1,
                ReportWord::Arrived | ReportWord::ArrivedLate | ReportWord::Writing => {
                    due += 1;
                    came += 1;
                }
            }
        }
        ReportKindShown {
            id: kind.id.clone(),
            label: kind.label(),
            due: kind.due.as_ref().map(crate::profile::ReportDue::words),
            punctual: (due > 0).then(|| f64::from(came) / f64::from(due) * 100.0),
        }
    }

    /// How what was due on a day stands; `None` where nothing was.
    fn state_on(&self, place: usize, kind: &ReportKind, day: NaiveDate) -> Option<ReportWord> {
        let due = kind.due.as_ref().filter(|due| due.is_on(day))?;
        let due_at = self.zone.instant(day.and_time(due.at)).filter(|due_at| *due_at <= self.now)?;
        match self.shelf.days(place).get(&day) {
            Some(report) => Some(self.there(kind, report, Some(due_at)).0),
            None => self.gap(kind, place, day, due_at).map(|(state, _)| state),
        }
    }
}
