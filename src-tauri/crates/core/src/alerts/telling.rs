//! The words of notifications, several causes rolled into one. Pure.

use crate::alerts::rules::Tracked;
use crate::alerts::{Notification, NotificationKind};
use crate::signal::{Level, SignalId};

/// One notification for everything that turned red at this step: the first by importance, and how many more.
pub(super) fn raise(ecosystem: &str, open: &mut [Tracked], raised: &[SignalId]) -> Option<Notification> {
    let first = open
        .iter()
        .filter(|tracked| raised.contains(&tracked.incident.signal))
        .min_by_key(|t| t.incident.signal)?;
    let more = raised.len() - 1;
    let id = first.incident.id.clone();
    let mut body = first.incident.message.clone();
    if let Some(remedy) = &first.incident.remedy {
        body.push('\n');
        body.push_str(remedy);
    }
    if more > 0 {
        body.push_str(&format!("\nAnd {more} more."));
    }
    let title = format!("{ecosystem}: {} is red", first.incident.signal.label());
    for tracked in open.iter_mut().filter(|tracked| raised.contains(&tracked.incident.signal)) {
        tracked.announced_as = Some(id.clone());
    }
    Some(Notification { id, kind: NotificationKind::Raised, level: Level::Red, title, body })
}

/// One notification for each announcement of which everything is over now.
///
/// An announcement that is still owed is dropped together with its recovery: nobody heard of either.
pub(super) fn recover(
    ecosystem: &str,
    open: &[Tracked],
    closed: &mut [Tracked],
    owed: &mut Vec<Notification>,
) -> Vec<Notification> {
    let mut told: Vec<Notification> = Vec::new();
    for tracked in closed.iter() {
        let Some(id) = &tracked.announced_as else { continue };
        let goes_on = open.iter().any(|other| other.announced_as.as_ref() == Some(id));
        if goes_on || told.iter().any(|known| known.id == *id) {
            continue;
        }
        let unheard = owed.len();
        owed.retain(|notification| notification.id != *id);
        if owed.len() < unheard {
            continue;
        }
        let label = tracked.incident.signal.label();
        let minutes = (tracked.incident.closed_at.unwrap_or(tracked.incident.opened_at)
            - tracked.incident.opened_at)
            .num_minutes()
            .max(1);
        told.push(Notification {
            id: id.clone(),
            kind: NotificationKind::Recovered,
            level: Level::Green,
            title: format!("{ecosystem}: {label} is well again"),
            body: format!("It was over after {minutes} min."),
        });
    }
    told
}
