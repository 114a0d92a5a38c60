//! What the ecosystem claims, held against what was measured.

mod reports;

use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Instant;
use crate::judge::claims::Claimed;
use crate::judge::scene::{Draft, Scene};
use crate::judge::words;
use crate::observe::ModuleErrors;
use crate::signal::{Level, SignalId, Source};

/// A restart that nobody told of is worth knowing for this long.
const WORTH_KNOWING: TimeDelta = TimeDelta::hours(1);

/// What starts so soon after Caretaker stopped it was started by Caretaker, or by whoever it told.
const OWN_RESTART: TimeDelta = TimeDelta::minutes(5);

/// Claims and measurements of time may differ by this much.
pub(super) const SLACK: TimeDelta = TimeDelta::minutes(10);

/// An error that was logged this long before a statement must be in it.
pub(super) const WRITTEN_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// Claims that the measurements refute, each one sentence for people.
pub(super) fn find(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Vec<String> {
    let found = [
        gone_but_running(scene, claimed),
        uptime(scene, claimed),
        errors(scene, claimed),
        flawless_modules(scene, claimed),
        silence(scene),
        restart(scene).map(|at| {
            let when = words::moment(at, scene.now, scene.zone);
            format!("The uptime fell: the process was started anew at {when}, and nobody saw it stop.")
        }),
    ];
    found.into_iter().flatten().chain(reports::refuted(scene)).collect()
}

/// When the process was started anew although it was running at the look before: a restart nobody told of.
///
/// `None` once an hour has passed, and where the looks lie too far apart for a stop in between to be noticed.
pub(super) fn restart(scene: &Scene<'_>) -> Option<Instant> {
    let started = scene.process()?.started_at;
    if scene.now - started > WORTH_KNOWING {
        return None;
    }
    let memory = scene.memory;
    let ours = |at: Instant| started >= at - TimeDelta::seconds(2) && started <= at + OWN_RESTART;
    if memory.own_stop.is_some_and(ours) {
        return None;
    }
    if memory.restarted == Some(started) {
        return memory.restarted;
    }
    let (_, before) = memory.process?;
    let looked = memory.at.is_some_and(|at| (scene.now - at).to_std().is_ok_and(|gap| gap <= scene.cheap()));
    let ran = scene.before(SignalId::ProcessState).is_some_and(|level| level != Level::Red);
    (started > before && looked && ran).then_some(started)
}

/// The signal that counts them.
#[allow(clippy::cast_precision_loss, reason = "a handful")]
pub(super) fn signal(scene: &Scene<'_>, found: &[String]) -> Draft {
    let id = SignalId::Contradictions;
    let draft = scene.measured(id, found.len() as f64, Some(scene.now));
    debug_assert_eq!(draft.signal.source, Source::Measured, "comparing is Caretaker's own work");
    match found {
        [] => draft.because("Claims and measurements agree.".into()),
        [first, ..] => draft.worsen(Level::Yellow, first.clone()),
    }
}

fn gone_but_running(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Option<String> {
    let (last, _) = claimed.last?;
    let says = last.state.as_deref()?;
    // Written only at the end: what it holds is from before, and claims nothing about now.
    scene.profile.state.as_ref()?.stale_after?;
    (scene.is_gone() && matches!(says, "running" | "initializing" | "paused"))
        .then(|| format!("The state file says “{says}”, but no process runs."))
}

fn uptime(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Option<String> {
    let (claims, tree) = (claimed.current()?, scene.process()?);
    let hours = claims.uptime_hours.filter(|hours| hours.is_finite() && *hours >= 0.0)?;
    let measured = words::seconds(scene.now - tree.started_at);
    #[allow(clippy::cast_precision_loss, reason = "ten minutes")]
    let slack = SLACK.num_seconds() as f64;
    (hours * 3_600.0 > measured + slack).then(|| {
        let (says, is) = (words::span(hours * 3_600.0), words::span(measured));
        format!("It says it has run for {says}, but the process started {is} ago.")
    })
}

fn errors(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Option<String> {
    let (claims, tree) = (claimed.current()?, scene.process()?);
    let tally = scene.seen.errors.as_ref()?.fresh(scene.now, scene.cheap())?;
    // Only errors of this process' own time can refute what it says of itself.
    let since_start =
        tally.by_module.iter().filter(|module| module.last_at.is_some_and(|at| at > tree.started_at)).count();
    let ran_a_day = scene.now - tree.started_at >= TimeDelta::hours(24);
    (claims.errors == Some(0) && since_start > 0 && (tally.count >= 5 || ran_a_day))
        .then(|| format!("It says it met no errors, but the log holds {} of the last 24 h.", tally.count))
}

/// Modules that say they never failed, while the log tells of it.
///
/// Only what was logged after the process started and well before the statement was made can refute it.
fn flawless_modules(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Option<String> {
    let (claims, said_at, tree) = (claimed.current()?, claimed.at()?, scene.process()?);
    let tally = scene.seen.errors.as_ref()?.fresh(scene.now, scene.cheap())?;
    let refuted = |logged: &&ModuleErrors| {
        let flawless = claims.modules.get(&logged.module).is_some_and(|claim| claim.errors == Some(0));
        let in_time = |at: Instant| at > tree.started_at && at + WRITTEN_WITHIN <= said_at;
        flawless && logged.last_at.is_some_and(in_time)
    };
    let mut refuted = tally.by_module.iter().filter(refuted);
    let first = refuted.next()?;
    let at = words::moment(first.last_at?, scene.now, scene.zone);
    let more = match refuted.count() {
        0 => String::new(),
        1 => " Another module does the same.".to_owned(),
        more => format!(" {more} more modules do the same."),
    };
    Some(format!("“{}” says it met no errors, but the log holds one of {at}.{more}", first.module))
}

/// A log that stands still for longer than twice the slowest cycle, while the process runs.
fn silence(scene: &Scene<'_>) -> Option<String> {
    let tree = scene.process()?;
    let slowest = scene.profile.modules.iter().map(|module| module.cycle).max()?;
    let patience = TimeDelta::from_std(slowest.saturating_mul(2).max(Duration::from_secs(600))).ok()?;
    let tally = scene.seen.errors.as_ref()?.fresh(scene.now, scene.cheap())?;
    let last = tally.last_record_at?.max(tree.started_at);
    (scene.now - last > patience).then(|| {
        let quiet = words::between(last, scene.now);
        format!(
            "The process runs, but has logged nothing for {quiet}; its slowest module should run more often."
        )
    })
}
