//! The reports of one ecosystem: listed, read, compared, searched, and noted as read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use super::rows::Look;
use super::{
    FigureShown, ReportDay, ReportFinding, ReportHit, ReportRow, ReportShown, ReportWord, ReportWriter,
    ReportsShown,
};
use crate::clock::{Clock, Gap, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Memory, Verdict, reports::writer};
use crate::keeper::records::JUDGE;
use crate::profile::{Profile, ReportKind};
use crate::reports::{Compared, Condition, Page, Shelf, findings};
use crate::store::Store;

/// Days that are shown at once.
const PAGE: usize = 30;
/// Places of a text that are shown.
const MOST_HITS: usize = 200;
/// What is odd and shown.
const MOST_ODDITIES: usize = 50;

/// The reports of one ecosystem; each is read once for as long as its file stays as it is.
pub struct Reports {
    profile: Profile,
    state_dir: PathBuf,
    clock: Arc<dyn Clock>,
    zone: Zone,
    shelf: Mutex<Shelf>,
}

/// The report of one day, with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportOfDay {
    /// As it is shown: its row, figures with comparison, findings.
    pub shown: ReportShown,
    /// Its headings, in the order of the text.
    pub sections: Vec<String>,
}

impl Reports {
    /// The reports of `profile`; the state folder is only read, but by [`Self::review`]. Nothing is looked at yet.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Self {
        let shelf = Mutex::new(Shelf::new(&profile.root, &profile.reports));
        Self { profile, state_dir: state_dir.to_owned(), clock, zone, shelf }
    }

    /// Thirty days with reports or gaps, newest first: those before the day `before`, or the last ones.
    pub fn shown(&self, before: Option<NaiveDate>) -> ReportsShown {
        let last = before.map_or(NaiveDate::MAX, |day| day.pred_opt().unwrap_or(NaiveDate::MIN));
        self.look(|look| self.listed_by(look, last, |count, _| count >= PAGE))
    }

    /// All days from `days` days ago on, newest first; 1 is today.
    pub fn listed(&self, days: u32) -> ReportsShown {
        self.look(|look| {
            let back = chrono::Days::new(u64::from(days.saturating_sub(1)));
            let first = look.today().checked_sub_days(back).unwrap_or(NaiveDate::MIN);
            self.listed_by(look, NaiveDate::MAX, |_, day| day < first)
        })
    }

    fn listed_by(
        &self,
        look: &Look<'_>,
        last: NaiveDate,
        enough: impl Fn(usize, NaiveDate) -> bool,
    ) -> ReportsShown {
        let mut days = look.days(last, enough);
        self.note_reviewed(&mut days);
        let oldest = days.last().and_then(|day| day.date.parse().ok()).unwrap_or(last.min(look.today()));
        let kinds = look.shelf.kinds().enumerate().map(|(place, kind)| look.kind(place, kind)).collect();
        let today = look.today();
        let places = || (0..self.profile.reports.len()).zip(&self.profile.reports);
        let ahead = places().flat_map(|(place, kind)| {
            let days = look.shelf.days(place).range(today..).filter(|(day, _)| **day > today);
            days.map(|(day, _)| format!("{} lies in the future", kind.path(*day).display()))
        });
        ReportsShown {
            kinds,
            has_earlier: look.has_earlier(oldest),
            days,
            files: places().map(|(place, _)| look.shelf.days(place).len()).sum(),
            oddities: look.shelf.oddities().iter().cloned().chain(ahead).take(MOST_ODDITIES).collect(),
        }
    }

    /// The report of a kind and day, the newest where no day is given; `verdict` tells how the module is that writes them.
    ///
    /// # Errors
    /// When there is no such kind, or no report and no gap on that day: it names what there is.
    pub fn report(
        &self,
        kind: &str,
        date: Option<NaiveDate>,
        verdict: Option<&Verdict>,
    ) -> Result<ReportShown> {
        self.look_at(date, |look| {
            let (place, day) = self.wanted(look, kind, date)?;
            Ok(self.whole(look, place, day, verdict).ok_or_else(|| self.nothing(look, place, day))?.shown)
        })
    }

    /// The report of a kind and day, or its gap; `None` where there is no such kind, or nothing on that day.
    pub fn of_day(&self, kind: &str, date: NaiveDate) -> Option<ReportOfDay> {
        self.look_at(Some(date), |look| self.whole(look, look.shelf.place_of(kind)?, date, None))
    }

    /// The day of the newest report of a kind that is there, whatever it holds.
    pub fn newest(&self, kind: &str) -> Option<NaiveDate> {
        self.look(|look| newest(look, look.shelf.place_of(kind)?))
    }

    /// Whether the profile names such a kind.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.profile.reports.iter().any(|known| known.id == kind)
    }

    /// The day of the newest report of a kind from `since` to `until`.
    pub fn newest_between(&self, kind: &str, since: NaiveDate, until: NaiveDate) -> Option<NaiveDate> {
        self.look(|look| {
            let days = look.shelf.days(look.shelf.place_of(kind)?);
            days.range(since..=until.max(since)).next_back().map(|(day, _)| *day)
        })
    }

    /// The first of `keys` (names in lower case: `time saved`) that the newest report of a kind gives.
    pub fn figure(&self, kind: &str, keys: &[&str]) -> Option<FigureShown> {
        self.look(|look| {
            let place = look.shelf.place_of(kind)?;
            let day = newest(look, place)?;
            let compared = look.compared(place, day, &look.shelf.days(place).get(&day)?.facts);
            let named = |key: &&str| compared.figures.iter().find(|figure| figure.key == *key);
            keys.iter().find_map(named).cloned()
        })
    }

    /// Notes that somebody read a report; the first time counts.
    ///
    /// # Errors
    /// When there is no such report, or the state folder cannot be written.
    pub fn review(&self, kind: &str, date: NaiveDate) -> Result<()> {
        self.look(|look| {
            let (place, day) = self.wanted(look, kind, Some(date))?;
            if day > look.today() || !look.shelf.days(place).contains_key(&day) {
                return Err(self.nothing(look, place, day));
            }
            Ok(())
        })?;
        let mut store = Store::open(&self.state_dir)?.store;
        let ecosystem = store.ecosystem(&self.profile.root)?;
        store.review(ecosystem, kind, &date.to_string(), self.clock.now())
    }

    /// Where a text stands in the reports, in whatever case: newest first, at most two hundred places.
    pub fn search(&self, text: &str) -> Vec<ReportHit> {
        self.look(|look| {
            let hits = look.shelf.search(text, look.today(), MOST_HITS);
            let shown = |hit: crate::reports::Hit| {
                let kind = &self.profile.reports[hit.kind];
                ReportHit {
                    kind: kind.id.clone(),
                    label: kind.label(),
                    date: hit.day.to_string(),
                    line: hit.line,
                    text: hit.text,
                }
            };
            hits.into_iter().map(shown).collect()
        })
    }

    /// One look at what is there now.
    fn look<T>(&self, see: impl FnOnce(&Look<'_>) -> T) -> T {
        self.look_at(None, see)
    }

    /// The same, and surely at the reports of `day`.
    fn look_at<T>(&self, day: Option<NaiveDate>, see: impl FnOnce(&Look<'_>) -> T) -> T {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.refresh(day);
        see(&Look::new(&shelf, self.clock.now(), self.zone, self.asleep()))
    }

    fn wanted(&self, look: &Look<'_>, kind: &str, date: Option<NaiveDate>) -> Result<(usize, NaiveDate)> {
        let place = look.shelf.place_of(kind).ok_or_else(|| {
            let known: Vec<&str> = self.profile.reports.iter().map(|kind| kind.id.as_str()).collect();
            let error = Error::new(ErrorKind::NotFound, format!("there is no kind of report “{kind}”"));
            match known.as_slice() {
                [] => error.hint("The profile lists none: see [[reports]]."),
                known => error.hint(format!("The kinds are: {}.", known.join(", "))),
            }
        })?;
        let last_due = || look.last_due(&self.profile.reports[place]).map(|(day, _)| day);
        let day = date.or_else(|| newest(look, place)).or_else(last_due);
        let day = day.ok_or_else(|| self.nothing(look, place, look.today()))?;
        Ok((place, day))
    }

    /// That there is no report of a day, and which there are.
    fn nothing(&self, look: &Look<'_>, place: usize, day: NaiveDate) -> Error {
        let kind: &ReportKind = &self.profile.reports[place];
        let days = look.shelf.days(place);
        let error = Error::new(ErrorKind::NotFound, format!("there is no report “{}” of {day}", kind.id));
        match (days.keys().next(), newest(look, place)) {
            (Some(first), Some(newest)) => {
                error.hint(format!("There are {}, from {first} to {newest}.", days.len()))
            }
            _ => {
                error.hint(format!("There is none of this kind yet; it would be {}.", kind.pattern.display()))
            }
        }
    }

    fn whole(
        &self,
        look: &Look<'_>,
        place: usize,
        day: NaiveDate,
        verdict: Option<&Verdict>,
    ) -> Option<ReportOfDay> {
        let mut row = look.row(place, day)?;
        row.reviewed_at = self
            .reviewed(&row.date)
            .into_iter()
            .find_map(|(kind, date, at)| (kind == row.kind && date == row.date).then_some(at));
        let report = look.shelf.days(place).get(&day);
        let readable = report.is_some_and(|report| !matches!(report.condition, Condition::Unknown(_)));
        let page = if readable { look.shelf.page(place, day) } else { Ok(nothing_read()) };
        let page = page.unwrap_or_else(|problem| {
            (row.state, row.why) = (ReportWord::Unknown, format!("It could not be read: {problem}."));
            nothing_read()
        });
        let text = page.text.unwrap_or_default();
        let compared = report.map(|report| look.compared(place, day, &report.facts));
        let sections =
            report.map_or_else(Vec::new, |one| one.facts.sections.iter().map(ToString::to_string).collect());
        // What is not written to its end may still get what it lacks.
        let written = report.is_some_and(|report| report.condition == Condition::Text)
            && row.state != ReportWord::Writing;
        let Compared { before, of_reports, figures, missing_figures, missing_sections } =
            compared.unwrap_or_else(|| look.compared(place, day, &crate::reports::Facts::default()));
        let shown = ReportShown {
            cut: page.cut,
            bytes: page.bytes,
            figures,
            // Of what is not there, nothing is missing but itself.
            missing_figures: if written { missing_figures } else { Vec::new() },
            missing_sections: if written { missing_sections } else { Vec::new() },
            findings: findings(&text)
                .into_iter()
                .map(|one| ReportFinding { line: one.line, level: one.level, text: one.text })
                .collect(),
            before: before.map(|day| day.to_string()),
            of_reports,
            twins: look.shelf.twins(place, day).to_vec(),
            writer: verdict.filter(|_| did_not_come_as_it_should(&row)).and_then(writer_of),
            text,
            row,
        };
        Some(ReportOfDay { shown, sections })
    }

    fn note_reviewed(&self, days: &mut [ReportDay]) {
        let Some(oldest) = days.last().map(|day| day.date.clone()) else { return };
        for (kind, date, at) in self.reviewed(&oldest) {
            // Newest first, so turned around.
            let Ok(found) = days.binary_search_by(|day| date.cmp(&day.date)) else { continue };
            let rows = days[found].reports.iter_mut().filter(|row| row.kind == kind);
            rows.for_each(|row| row.reviewed_at = Some(at));
        }
    }

    fn reviewed(&self, since: &str) -> Vec<(String, String, Instant)> {
        self.stored(|store, ecosystem| store.reviewed(ecosystem, since)).unwrap_or_default()
    }

    /// When nobody looked, as the owner of the loop remembers.
    fn asleep(&self) -> Vec<Gap> {
        let note = self.stored(|store, ecosystem| store.note(ecosystem, JUDGE)).flatten();
        let memory = note.and_then(|text| serde_json::from_str::<Memory>(&text).ok());
        memory.map(|memory| memory.asleep).unwrap_or_default()
    }

    /// What the record says; a record that cannot be read keeps nobody from a report.
    fn stored<T>(&self, read: impl FnOnce(&Store, crate::store::EcosystemId) -> Result<T>) -> Option<T> {
        let found = Store::open_read_only(&self.state_dir).and_then(|store| {
            let Some(store) = store else { return Ok(None) };
            let Some(ecosystem) = store.find_ecosystem(&self.profile.root)? else { return Ok(None) };
            read(&store, ecosystem).map(Some)
        });
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, "what is on record of the reports is not read");
            None
        })
    }
}

fn newest(look: &Look<'_>, place: usize) -> Option<NaiveDate> {
    look.shelf.days(place).range(..=look.today()).next_back().map(|(day, _)| *day)
}

fn nothing_read() -> Page {
    Page { text: None, cut: false, bytes: 0 }
}

fn did_not_come_as_it_should(row: &ReportRow) -> bool {
    use ReportWord::{ArrivedLate, Empty, Late, Missing, Unknown};
    matches!(row.state, ArrivedLate | Late | Missing | Empty | Unknown)
}

fn writer_of(verdict: &Verdict) -> Option<ReportWriter> {
    let module = writer(&verdict.modules)?;
    Some(ReportWriter { module: module.name.clone(), level: module.level, text: module.reason.clone() })
}
