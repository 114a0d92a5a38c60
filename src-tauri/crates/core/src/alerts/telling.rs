//! The words of notifications, several causes rolled into one. Pure.

use crate::alerts::state::Tracked;
use crate::alerts::{Incident, IncidentState, Notification, NotificationKind};
use crate::clock::Instant;
use crate::signal::{Level, SignalId};

/// One notification for everything that turned bad together: the worst by colour, then by importance, and how many more.
pub(super) fn raise(
    ecosystem: &str,
    open: &mut [Tracked],
    raised: &[SignalId],
    now: Instant,
) -> Option<Notification> {
    let concerned =
        |tracked: &Tracked| raised.contains(&tracked.incident.signal) && !tracked.incident.flapping;
    let worst = |tracked: &&Tracked| (std::cmp::Reverse(tracked.incident.level), tracked.incident.signal);
    let first = open.iter().filter(|tracked| concerned(tracked)).min_by_key(worst)?.incident.clone();
    let more = open.iter().filter(|tracked| concerned(tracked)).count() - 1;
    let mut body = first.message.clone();
    if let Some(remedy) = &first.remedy {
        body.push('\n');
        body.push_str(remedy);
    }
    if more > 0 {
        body.push_str(&format!("\nAnd {more} more."));
    }
    for tracked in open.iter_mut().filter(|tracked| concerned(tracked)) {
        tracked.announced_as = Some(first.id.clone());
    }
    let title = format!("{ecosystem}: {} is {}", first.signal.label(), first.level);
    Some(Notification {
        id: first.id,
        kind: NotificationKind::Raised,
        level: first.level,
        title,
        body,
        at: now,
    })
}

/// The same again for what still goes on of an announcement; `None` where somebody has taken note of all of it.
pub(super) fn repeat(ecosystem: &str, open: &[Tracked], id: &str, now: Instant) -> Option<Notification> {
    let goes_on =
        |one: &&Tracked| one.announced_as.as_deref() == Some(id) && one.incident.state == IncidentState::Open;
    let worst = |one: &&Tracked| (std::cmp::Reverse(one.incident.level), one.incident.signal);
    let first = &open.iter().filter(goes_on).min_by_key(worst)?.incident;
    let mut body = format!("{}\nFor {} now.", first.message, lasted(first.opened_at, now));
    if let Some(remedy) = &first.remedy {
        body.push(' ');
        body.push_str(remedy);
    }
    let title = format!("{ecosystem}: {} is still {}", first.signal.label(), first.level);
    let kind = NotificationKind::Repeated;
    Some(Notification { id: id.to_owned(), kind, level: first.level, title, body, at: now })
}

/// One notice for a signal that keeps changing sides.
pub(super) fn flapping(ecosystem: &str, incident: &Incident, now: Instant) -> Notification {
    let label = incident.signal.label();
    Notification {
        id: incident.id.clone(),
        kind: NotificationKind::Flapping,
        level: incident.level,
        title: format!("{ecosystem}: {label} keeps changing"),
        body: format!(
            "It turns {} and recovers again and again: flapping. {}\nYou hear of it again when it stands still.",
            incident.level, incident.message
        ),
        at: now,
    }
}

/// One notification for each announcement of which everything is over now.
///
/// An announcement that is still owed is dropped together with its recovery: nobody heard of either.
pub(super) fn recover(
    ecosystem: &str,
    open: &[Tracked],
    closed: &mut [Tracked],
    owed: &mut Vec<Notification>,
    now: Instant,
) -> Vec<Notification> {
    let mut told: Vec<Notification> = Vec::new();
    for tracked in closed.iter() {
        let Some(id) = &tracked.announced_as else { continue };
        let goes_on = open.iter().any(|other| other.announced_as.as_ref() == Some(id));
        if goes_on || told.iter().any(|known| known.id == *id) {
            continue;
        }
        // A recovery that overtakes its own announcement would say that something is over which nobody heard of.
        let unheard = owed.len();
        owed.retain(|notification| notification.id != *id);
        if owed.len() < unheard {
            continue;
        }
        let label = tracked.incident.signal.label();
        let until = tracked.incident.closed_at.unwrap_or(now);
        told.push(Notification {
            id: id.clone(),
            kind: NotificationKind::Recovered,
            level: Level::Green,
            title: format!("{ecosystem}: {label} is well again"),
            body: format!("It was over after {}.", lasted(tracked.incident.opened_at, until)),
            at: now,
        });
    }
    told
}

fn lasted(from: Instant, until: Instant) -> String {
    let minutes = (until - from).num_minutes().max(1);
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}
