//! When a breach becomes an incident, when it is over, and what is owed to people. Pure.
//!
//! An incident opens when enough of a signal's newest known levels are yellow or worse, and closes when as many in a
//! row are green ([`Streak`](super::streak::Streak)); each time it opens again within the flap window that takes twice
//! as long, and after some changes of side it is flapping: told once, its worse colour held until it has stood still.
//! Unknown neither opens nor closes: it is no sample. After start and sleep (`quiet`) the looks are dropped, since what
//! was seen before says nothing about now.
//!
//! [`step`] takes a look; [`settle`] does what only time brings about (roll-up, repeats, the end of a snooze), and
//! [`due`] says when that is.

use chrono::TimeDelta;

use super::handling::LONGEST_SNOOZE;
use super::state::{AlertState, Gathered, Told, Tracked};
use super::streak::window;
use crate::alerts::telling;
use crate::alerts::{EventKind, Incident, IncidentState, Notification, NotificationKind};
use crate::clock::Instant;
use crate::judge::Signal;
use crate::profile::AlertSettings;
use crate::signal::{Level, SignalId, Source};

/// What follows from a process that is gone: no incident of its own opens for these, and none is repeated.
const FOLLOWS_FROM_DEATH: &[SignalId] = &[
    SignalId::ProcessCpu,
    SignalId::ProcessMemory,
    SignalId::ProcessUptime,
    SignalId::StateAge,
    SignalId::ModulesFailing,
    SignalId::ModulesErrorShare,
    SignalId::Contradictions,
];

/// What the rules need to know of one signal at one look.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Which.
    pub signal: SignalId,
    /// How it is doing, as it was seen: no colour that is held.
    pub level: Level,
    /// Who says so.
    pub source: Source,
    /// Why, in a sentence.
    pub reason: &'a str,
    /// What to do.
    pub remedy: Option<&'a str>,
    /// Whether a person brought it about on purpose: on record like any other, and told to nobody.
    pub wanted: bool,
}

impl<'a> From<&'a Signal> for Seen<'a> {
    fn from(signal: &'a Signal) -> Self {
        Self {
            signal: signal.id,
            level: signal.unheld.unwrap_or(signal.level),
            source: signal.source,
            reason: &signal.reason,
            remedy: signal.remedy.as_ref().map(|remedy| remedy.text.as_str()),
            wanted: false,
        }
    }
}

/// Takes one look, and gives the incidents that opened, changed or closed, for the record.
///
/// What is to be told waits in [`AlertState::owed`].
pub fn step(
    settings: &AlertSettings,
    ecosystem: &str,
    state: &mut AlertState,
    seen: &[Seen<'_>],
    quiet: bool,
    now: Instant,
) -> Vec<Incident> {
    if quiet {
        for streak in state.streaks.values_mut() {
            streak.forget_looks();
        }
        return Vec::new();
    }
    // Only what was measured silences: a process that merely says “error” still has a CPU to be measured.
    state.dead = seen.iter().any(|seen| {
        seen.signal == SignalId::ProcessState && seen.level == Level::Red && seen.source == Source::Measured
    });
    let mut changed = Vec::new();
    for seen in seen {
        if seen.level != Level::Unknown && !state.is_held(seen.signal) {
            changed.extend(take(settings, ecosystem, state, seen, now));
        }
    }
    changed.extend(close(settings, ecosystem, state, seen, now));
    changed.extend(settle(settings, ecosystem, state, now));
    newest(changed)
}

/// Each incident once, as it stands now.
fn newest(changed: Vec<Incident>) -> Vec<Incident> {
    let mut kept: Vec<Incident> = Vec::with_capacity(changed.len());
    for incident in changed {
        match kept.iter_mut().find(|known| known.id == incident.id) {
            Some(known) => *known = incident,
            None => kept.push(incident),
        }
    }
    kept
}

/// Does what only time brings about, and gives the incidents that changed by it.
pub fn settle(
    settings: &AlertSettings,
    ecosystem: &str,
    state: &mut AlertState,
    now: Instant,
) -> Vec<Incident> {
    // A clock that went back: what was told in the future was told now.
    for told in state.told.values_mut() {
        told.at = told.at.min(now);
    }
    for one in &mut state.gathering {
        one.since = one.since.min(now);
    }
    let mut changed = wake(ecosystem, state, now);
    if gathered_at(settings, state).is_some_and(|at| at <= now) {
        let gathered = std::mem::take(&mut state.gathering);
        let signals: Vec<SignalId> = gathered.iter().map(|one| one.signal).collect();
        let notification = telling::raise(ecosystem, &mut state.open, &signals, now);
        announce(state, notification, now, &mut changed);
    }
    for (id, at) in repeats(settings, state) {
        if at <= now {
            let notification = telling::repeat(ecosystem, &state.open, &id, now);
            announce(state, notification, now, &mut changed);
        }
    }
    changed
}

/// When [`settle`] has something to do next; `None` while nothing is waiting for its time.
pub fn due(settings: &AlertSettings, state: &AlertState) -> Option<Instant> {
    let snoozes = state.open.iter().filter_map(|tracked| tracked.incident.snoozed_until);
    let repeats = repeats(settings, state).into_iter().map(|(_, at)| at);
    snoozes.chain(repeats).chain(gathered_at(settings, state)).chain(state.outbox().due()).min()
}

/// Takes the level of one signal.
fn take(
    settings: &AlertSettings,
    ecosystem: &str,
    state: &mut AlertState,
    seen: &Seen<'_>,
    now: Instant,
) -> Option<Incident> {
    let streak = state.streaks.entry(seen.signal).or_default();
    streak.push(seen.signal, seen.level, settings, now);
    let sustained = streak.sustained(seen.signal, settings);
    let silenced = state.dead && FOLLOWS_FROM_DEATH.contains(&seen.signal);
    let known = state.open.iter_mut().find(|tracked| tracked.incident.signal == seen.signal);
    let incident = match (known, sustained) {
        (None, Some(level)) if !silenced && seen.level != Level::Green => {
            let mut tracked = Tracked { incident: opened(seen, level, now), announced_as: None };
            if streak.flip(settings, now) {
                state.owed.extend(flaps(&mut tracked, settings, ecosystem, now));
            }
            let incident = tracked.incident.clone();
            state.open.push(tracked);
            incident
        }
        (Some(tracked), Some(Level::Red)) if tracked.incident.level < Level::Red => {
            let incident = &mut tracked.incident;
            incident.level = Level::Red;
            seen.reason.clone_into(&mut incident.message);
            // Whoever took note of a yellow light has not seen the red one.
            incident.state = IncidentState::Open;
            (incident.snoozed_until, incident.acknowledged_at) = (None, None);
            incident.note(now, EventKind::Worsened, seen.reason);
            incident.clone()
        }
        _ => return None,
    };
    if settings.tells(seen.signal, incident.level) && !incident.flapping && !seen.wanted {
        state.gathering.push(Gathered { signal: seen.signal, since: now });
    }
    Some(incident)
}

fn opened(seen: &Seen<'_>, level: Level, now: Instant) -> Incident {
    let mut incident = Incident {
        id: format!("{}-{}", seen.signal, now.format("%Y%m%d-%H%M%S")),
        signal: seen.signal,
        level,
        state: IncidentState::Open,
        opened_at: now,
        closed_at: None,
        acknowledged_at: None,
        snoozed_until: None,
        flapping: false,
        message: seen.reason.to_owned(),
        remedy: seen.remedy.map(str::to_owned),
        timeline: Vec::new(),
        evidence: None,
        deliveries: Vec::new(),
    };
    incident.note(now, EventKind::Opened, seen.reason);
    if seen.wanted {
        (incident.state, incident.acknowledged_at) = (IncidentState::Acknowledged, Some(now));
        incident.note(now, EventKind::Acknowledged, "Somebody wanted it so.");
    }
    incident
}

/// Marks an incident whose signal changed sides too often; one notice for all its changes, where it tells at all.
fn flaps(
    tracked: &mut Tracked,
    settings: &AlertSettings,
    ecosystem: &str,
    now: Instant,
) -> Option<Notification> {
    let incident = &mut tracked.incident;
    incident.flapping = true;
    incident.note(
        now,
        EventKind::Flapping,
        "It keeps changing; the worse colour is held until it stands still.",
    );
    if !settings.tells(incident.signal, incident.level) {
        return None;
    }
    // From now on it is announced on its own, whatever it was rolled up with before.
    tracked.announced_as = Some(tracked.incident.id.clone());
    Some(telling::flapping(ecosystem, &tracked.incident, now))
}

/// Takes out the incidents that are over: green long enough, or about a signal that the profile no longer has.
fn close(
    settings: &AlertSettings,
    ecosystem: &str,
    state: &mut AlertState,
    seen: &[Seen<'_>],
    now: Instant,
) -> Vec<Incident> {
    let mut changed = Vec::new();
    let mut over = Vec::new();
    for mut tracked in std::mem::take(&mut state.open) {
        let signal = tracked.incident.signal;
        let streak = state.streaks.entry(signal).or_default();
        let still = streak.still_for(now) >= window(settings) / 2;
        let gone = !seen.iter().any(|seen| seen.signal == signal);
        let ends = if tracked.incident.flapping {
            still && streak.is_green()
        } else {
            streak.cleared(signal, settings)
        };
        if gone || (tracked.incident.flapping && ends) {
            streak.settle();
            over.push(tracked);
            continue;
        }
        if tracked.incident.flapping && still {
            // It has settled on the bad side: an ordinary incident from now on.
            tracked.incident.flapping = false;
            streak.settle();
            changed.push(tracked.incident.clone());
        } else if !tracked.incident.flapping && ends {
            if !streak.flip(settings, now) {
                over.push(tracked);
                continue;
            }
            state.owed.extend(flaps(&mut tracked, settings, ecosystem, now));
            changed.push(tracked.incident.clone());
        }
        state.open.push(tracked);
    }
    for tracked in &mut over {
        // Its breaches have had their incident: they count towards no new one.
        if let Some(streak) = state.streaks.get_mut(&tracked.incident.signal) {
            streak.forget_looks();
        }
        let incident = &mut tracked.incident;
        (incident.state, incident.closed_at) = (IncidentState::Closed, Some(now));
        (incident.snoozed_until, incident.flapping) = (None, false);
        incident.note(now, EventKind::Closed, "It is over.");
    }
    state.gathering.retain(|one| state.open.iter().any(|tracked| tracked.incident.signal == one.signal));
    changed.extend(over.iter().map(|tracked| tracked.incident.clone()));
    recover(ecosystem, state, over, now);
    changed
}

/// Owes people the word that what was announced is over; once all of one announcement is.
fn recover(ecosystem: &str, state: &mut AlertState, mut over: Vec<Tracked>, now: Instant) {
    let recovered = telling::recover(ecosystem, &state.open, &mut over, &mut state.owed, now);
    // Those that were announced wait for that word.
    state.closing.extend(over.into_iter().filter(|tracked| tracked.announced_as.is_some()));
    state.owed.extend(recovered);
    let open = &state.open;
    state.told.retain(|id, _| open.iter().any(|tracked| tracked.announced_as.as_ref() == Some(id)));
}

/// Ends the snoozes whose time has come; what is still bad is told again.
fn wake(ecosystem: &str, state: &mut AlertState, now: Instant) -> Vec<Incident> {
    let mut changed = Vec::new();
    let mut woken = Vec::new();
    for tracked in &mut state.open {
        let incident = &mut tracked.incident;
        // A clock that went back must not make a snooze last for ever.
        let ends = incident.snoozed_until.is_some_and(|until| until <= now || until - now > LONGEST_SNOOZE);
        if ends {
            incident.state = IncidentState::Open;
            incident.snoozed_until = None;
            incident.note(now, EventKind::SnoozeEnded, "The snooze is over, and it still goes on.");
            woken.extend(tracked.announced_as.clone());
            changed.push(incident.clone());
        }
    }
    woken.dedup();
    for id in woken {
        let notification = telling::repeat(ecosystem, &state.open, &id, now);
        announce(state, notification, now, &mut changed);
    }
    changed
}

/// Owes people a notification, and keeps when that was decided.
fn announce(
    state: &mut AlertState,
    notification: Option<Notification>,
    now: Instant,
    changed: &mut Vec<Incident>,
) {
    let Some(notification) = notification else { return };
    let kind = match notification.kind {
        NotificationKind::Repeated => EventKind::Repeated,
        _ => EventKind::Told,
    };
    for tracked in state.open.iter_mut().filter(|one| one.announced_as.as_ref() == Some(&notification.id)) {
        tracked.incident.note(now, kind, "");
        changed.push(tracked.incident.clone());
    }
    let told = state.told.entry(notification.id.clone()).or_insert(Told { at: now, times: 0 });
    (told.at, told.times) = (now, told.times.saturating_add(1));
    state.owed.push(notification);
}

/// When what was gathered is told of: after the time for roll-up, or at once where the process is gone.
fn gathered_at(settings: &AlertSettings, state: &AlertState) -> Option<Instant> {
    let first = state.gathering.iter().map(|one| one.since).min()?;
    let urgent = state.gathering.iter().any(|one| one.signal == SignalId::ProcessState);
    Some(if urgent { first } else { first + span(settings.roll_up) })
}

/// When each announcement is told again, if nobody takes note: after ever longer times, up to a cap.
fn repeats(settings: &AlertSettings, state: &AlertState) -> Vec<(String, Instant)> {
    let Some(first) = settings.repeat else { return Vec::new() };
    let bothers = |tracked: &Tracked| {
        let incident = &tracked.incident;
        incident.state == IncidentState::Open
            && incident.level == Level::Red
            && !incident.flapping
            && !(state.dead && FOLLOWS_FROM_DEATH.contains(&incident.signal))
    };
    let again = |told: &Told| {
        let doubled = first.saturating_mul(1 << told.times.saturating_sub(1).min(16));
        told.at + span(doubled.min(settings.repeat_at_most))
    };
    let open =
        |id: &str| state.open.iter().any(|one| one.announced_as.as_deref() == Some(id) && bothers(one));
    state.told.iter().filter(|(id, _)| open(id)).map(|(id, told)| (id.clone(), again(told))).collect()
}

fn span(duration: std::time::Duration) -> TimeDelta {
    // A year is as good as never, and adding it to an instant cannot overflow.
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX).min(TimeDelta::days(366))
}
