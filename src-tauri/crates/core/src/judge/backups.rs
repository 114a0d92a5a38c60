//! Signals of the backups: how old the newest proven ones are, and what is wrong with them.

use chrono::TimeDelta;

use crate::clock::Instant;
use crate::judge::scene::{Draft, Scene};
use crate::judge::words;
use crate::observe::{AwaySeen, BackupsSeen, PutOff};
use crate::signal::{Level, SignalId, Source};

/// So long a backup may wait before the light says so.
const WAITING: TimeDelta = TimeDelta::hours(12);
/// For so long the second place may be missing.
const PATIENCE: TimeDelta = TimeDelta::days(3);

/// Where there are backups, or one was tried.
pub(super) fn signals(scene: &Scene<'_>) -> Vec<Draft> {
    let Some(seen) = &scene.seen.backups else { return Vec::new() };
    let mut drafts = vec![newest(scene, seen)];
    drafts.extend(known(scene, SignalId::BackupWeekly, seen.full.as_ref(), "Everything was backed up"));
    drafts.extend(known(
        scene,
        SignalId::BackupMonthly,
        seen.monthly.as_ref(),
        "The last monthly archive was made",
    ));
    drafts.extend(drill(scene, seen));
    drafts
}

fn newest(scene: &Scene<'_>, seen: &BackupsSeen) -> Draft {
    let id = SignalId::BackupDaily;
    let draft = match &seen.newest {
        Some((at, name)) => {
            let draft = aged(scene, id, *at);
            let ago = &draft.signal.text;
            let reason = format!("The newest proven backup is {ago} old ({name}).");
            draft.because(reason)
        }
        None => scene.unknown(id, Source::Measured, "There is no proven backup yet.".into(), Some(scene.now)),
    };
    let draft = match &seen.problem {
        Some(problem) => {
            let reason = format!("The last backup failed: {}.", problem.trim_end_matches('.'));
            draft.worsen(Level::Yellow, reason)
        }
        None => draft,
    };
    let draft = match &seen.damaged {
        Some(name) => draft.worsen(Level::Yellow, format!("The backup {name} is not as it was written.")),
        None => draft,
    };
    let draft = match second_place(scene, seen) {
        Some(reason) => draft.worsen(Level::Yellow, reason),
        None => draft,
    };
    let draft = match seen.away.as_ref().and_then(|away| away_place(scene, seen, away)) {
        Some(reason) => draft.worsen(Level::Yellow, reason),
        None => draft,
    };
    let draft = match &seen.put_off {
        Some(put_off) => waits(scene, draft, put_off),
        None => draft,
    };
    match seen.losses {
        0 => draft,
        1 => draft.worsen(Level::Yellow, "One file did not get into the newest backup whole.".into()),
        losses => {
            draft.worsen(Level::Yellow, format!("{losses} files did not get into the newest backup whole."))
        }
    }
}

/// What waits is said wherever something is to be said, and by itself after a while.
fn waits(scene: &Scene<'_>, draft: Draft, put_off: &PutOff) -> Draft {
    let PutOff { kind, since, why } = put_off;
    let ago = words::between(*since, scene.now);
    let says = format!("The {kind} backup was due {ago} ago and is put off: {why}.");
    if draft.signal.level != Level::Green {
        let reason = format!("{} {says}", draft.signal.reason);
        return draft.because(reason);
    }
    if scene.now - *since > WAITING { draft.worsen(Level::Yellow, says) } else { draft }
}

/// A volume that is missing is no error at once: it is worth a look after a while.
fn second_place(scene: &Scene<'_>, seen: &BackupsSeen) -> Option<String> {
    Some(format!("{}.", behind(scene, seen, seen.copied?, "copied to the second place")?))
}

/// A network that is missing is patience too; what the store said last stands with it.
fn away_place(scene: &Scene<'_>, seen: &BackupsSeen, away: &AwaySeen) -> Option<String> {
    let since = behind(scene, seen, away.newest, "sent away")?;
    Some(match &away.problem {
        Some(problem) => format!("{since}: {}.", problem.trim_end_matches('.')),
        None => format!("{since}."),
    })
}

/// Since when a place has got nothing, where that is long ago; `newest` is what it got last.
fn behind(scene: &Scene<'_>, seen: &BackupsSeen, newest: Option<Instant>, done: &str) -> Option<String> {
    let long_ago = |at: Instant| scene.now - at > PATIENCE;
    match newest {
        Some(at) if long_ago(at) => Some(format!("Nothing was {done} for {}", words::between(at, scene.now))),
        None if seen.full.as_ref().is_some_and(|(made, _)| long_ago(*made)) => {
            Some(format!("Nothing was {done} yet"))
        }
        _ => None,
    }
}

fn known(scene: &Scene<'_>, id: SignalId, made: Option<&(Instant, String)>, says: &str) -> Option<Draft> {
    let (at, name) = made?;
    let draft = aged(scene, id, *at);
    let reason = format!("{says} {} ago ({name}).", draft.signal.text);
    Some(draft.because(reason))
}

/// Never drilled is grey: there is something to do, and nothing is known to be wrong.
fn drill(scene: &Scene<'_>, seen: &BackupsSeen) -> Option<Draft> {
    seen.newest.as_ref()?;
    let id = SignalId::BackupDrill;
    let draft = match seen.drilled {
        Some((at, took)) => {
            let draft = aged(scene, id, at);
            let reason = format!(
                "A backup came back whole {} ago; that took {}.",
                draft.signal.text,
                words::span(took)
            );
            draft.because(reason)
        }
        None => scene.unknown(id, Source::Measured, "No backup was drilled yet.".into(), Some(scene.now)),
    };
    Some(match &seen.drill_failed {
        // Since then another one came back whole.
        Some((at, ..)) if seen.drilled.is_some_and(|(good, _)| good >= *at) => draft,
        Some((_, name, why)) => {
            let reason = format!("The drill of {name} failed: {}.", why.trim_end_matches('.'));
            draft.worsen(Level::Yellow, reason)
        }
        None => draft,
    })
}

/// The age of something; of the future nothing is known.
fn aged(scene: &Scene<'_>, id: SignalId, at: Instant) -> Draft {
    if at > scene.now {
        let reason = "It was made in the future: the clock was another.".into();
        return scene.unknown(id, Source::Measured, reason, Some(scene.now));
    }
    scene.measured(id, words::seconds(scene.now - at), Some(scene.now))
}
