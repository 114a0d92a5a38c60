//! The dead-man's switch: a report that does not come is worth a look, and after a while needs action.
//!
//! What counts is the time since the first one that did not come, without the time in which nobody looked: after a machine
//! slept, the ecosystem gets as long as ever to write what it owes.

use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::{Gap, Instant};
use crate::judge::scene::{Draft, Scene};
use crate::judge::{Module, words};
use crate::observe::{ReportSeen, ReportState};
use crate::profile::ReportKind;
use crate::signal::{Level, SignalId, Source};

/// How an absent report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Still in time.
    Due,
    /// After its grace.
    Late,
    /// For so long that nobody waits for it any more.
    Missing,
    /// Due while nobody looked.
    Excused,
}

/// How a report of `kind` stands at `now` that was due at `due_at` and is not there; `asleep` tells when nobody looked.
pub fn absence(kind: &ReportKind, due_at: Instant, now: Instant, asleep: &[Gap]) -> Absence {
    if excused(due_at, asleep) {
        return Absence::Excused;
    }
    let waited = awake(due_at, now, asleep);
    let longer = |limit: Duration| TimeDelta::from_std(limit).is_ok_and(|limit| waited >= limit);
    if longer(kind.missing.max(kind.grace)) {
        Absence::Missing
    } else if longer(kind.grace) {
        Absence::Late
    } else {
        Absence::Due
    }
}

/// Whether a report that came at `at` came after its grace; the time in which nobody looked does not count.
pub fn came_late(kind: &ReportKind, due_at: Instant, at: Instant, asleep: &[Gap]) -> bool {
    !excused(due_at, asleep)
        && TimeDelta::from_std(kind.grace).is_ok_and(|grace| awake(due_at, at, asleep) > grace)
}

/// The module that writes reports, told by its name.
pub fn writer(modules: &[Module]) -> Option<&Module> {
    modules.iter().find(|module| module.name.to_lowercase().contains("report"))
}

fn excused(due_at: Instant, asleep: &[Gap]) -> bool {
    asleep.iter().any(|gap| gap.from < due_at && due_at < gap.until)
}

/// The time between two instants without the gaps; gaps do not overlap.
fn awake(from: Instant, to: Instant, asleep: &[Gap]) -> TimeDelta {
    let slept = |gap: &Gap| (gap.until.min(to) - gap.from.max(from)).max(TimeDelta::zero());
    to - from - asleep.iter().map(slept).sum::<TimeDelta>()
}

/// The signals of the reports: one for each kind that has its own, and one for all others.
pub(super) fn signals(scene: &Scene<'_>) -> Vec<Draft> {
    let (mut drafts, mut others) = (Vec::new(), Vec::new());
    for seen in &scene.seen.reports {
        let Some(kind) = scene.profile.reports.iter().find(|kind| kind.id == seen.kind) else { continue };
        match own_signal(&kind.id) {
            Some(id) => drafts.push(stand(scene, id, id.label(), kind, seen)),
            None => {
                let called = format!("{} report", kind.label());
                others.push(stand(scene, SignalId::ReportsOther, &called, kind, seen));
            }
        }
    }
    let count = others.len();
    // The first of the worst: the profile's order decides among equals.
    let worst = others.into_iter().rev().max_by_key(|draft| draft.signal.level);
    drafts.extend(worst.map(|draft| match draft.signal.level {
        Level::Green if count > 1 => draft.because(format!("None of {count} other reports is late.")),
        _ => draft,
    }));
    drafts
}

fn own_signal(kind: &str) -> Option<SignalId> {
    match kind {
        "morning" => Some(SignalId::ReportsMorning),
        "evening" => Some(SignalId::ReportsEvening),
        "daily_summary" => Some(SignalId::ReportsDailySummary),
        _ => None,
    }
}

/// What is there decides; what is not, by the first in a row that did not come.
fn stand(scene: &Scene<'_>, id: SignalId, called: &str, kind: &ReportKind, seen: &ReportSeen) -> Draft {
    let asleep = &scene.memory.asleep;
    let moment = |at: Instant| words::moment(at, scene.now, scene.zone);
    let due = moment(seen.due_at);
    let draft = |text: &str, level, reason| {
        scene.draft(id, None, text.to_owned(), level, Source::Measured, reason, Some(scene.now))
    };
    let mut row: Vec<Instant> = Vec::new();
    let newest = (seen.due_at, &seen.state);
    for (due_at, state) in
        std::iter::once(newest).chain(seen.before.iter().map(|one| (one.due_at, &one.state)))
    {
        match state {
            ReportState::Absent if excused(due_at, asleep) => {}
            ReportState::Absent => row.push(due_at),
            // While the newest is still in time, the one before it decides.
            found => {
                let waits =
                    row.iter().all(|due_at| absence(kind, *due_at, scene.now, asleep) == Absence::Due);
                if due_at == seen.due_at
                    || waits && matches!(found, ReportState::Empty | ReportState::Unknown { .. })
                {
                    return there(&draft, called, &moment(due_at), found, moment);
                }
            }
        }
    }
    let (Some(last), Some(first)) = (row.first(), row.last()) else {
        return draft("excused", Level::Green, format!("{called} due {due} is excused: the machine slept."));
    };
    let since = moment(*first);
    match absence(kind, *first, scene.now, asleep) {
        Absence::Missing if row.len() > 1 => {
            let reason = format!("{called} has not come since the one due {since}: {} in a row.", row.len());
            draft("missing", Level::Red, reason)
        }
        Absence::Missing => draft("missing", Level::Red, format!("{called} due {since} is missing.")),
        Absence::Late => draft("late", Level::Yellow, format!("{called} due {since} is late.")),
        Absence::Due | Absence::Excused => {
            let since = moment(*last);
            draft("due", Level::Green, format!("{called} due since {since}, still in time."))
        }
    }
}

/// A report that is there, in whatever state.
fn there(
    draft: &impl Fn(&str, Level, String) -> Draft,
    called: &str,
    due: &str,
    state: &ReportState,
    moment: impl Fn(Instant) -> String,
) -> Draft {
    match state {
        ReportState::Arrived { at } => {
            draft("arrived", Level::Green, format!("{called} due {due}, arrived {}.", moment(*at)))
        }
        ReportState::Empty => draft("empty", Level::Yellow, format!("{called} due {due} is empty.")),
        ReportState::Unknown { problem } => {
            draft("unknown", Level::Unknown, format!("{called} could not be looked at: {problem}."))
        }
        ReportState::Writing { .. } | ReportState::Absent => {
            draft("being written", Level::Green, format!("{called} due {due} is being written."))
        }
    }
}
