//! The light: the worst of all signals, and the sentence that says so.

use crate::clock::{Instant, Zone};
use crate::judge::claims::Claimed;
use crate::judge::scene::{Draft, Scene};
use crate::judge::{
    Memory, Module, Outlook, Signal, Verdict, backups, contradictions, ecosystem, forecast, modules, process,
    remedies, reports, words,
};
use crate::observe::{Observation, ProcessSeen};
use crate::profile::Profile;
use crate::signal::{Level, SignalId};

/// Holds an observation against the profile. Pure: the same input gives the same verdict.
///
/// The light is the worst signal in the order red, yellow, unknown, green; unknown counts only for readings without
/// which nothing can be said (process, free disk, errors where logs are named, a state file that cannot be
/// understood). What the ecosystem claims can make the light worse, never better.
pub fn judge(
    profile: &Profile,
    seen: &Observation,
    memory: &Memory,
    now: Instant,
    zone: Zone,
) -> (Verdict, Memory) {
    // A memory from the future was made under another clock: its times would be nonsense now.
    let empty = Memory::default();
    let memory = if memory.at.is_some_and(|at| at > now) { &empty } else { memory };
    let scene = Scene { profile, seen, memory, now, zone };
    let claimed = Claimed::of(&scene);
    let modules = modules::modules(&scene, &claimed);
    let contradictions = contradictions::find(&scene, &claimed);

    let mut drafts = process::signals(&scene, &claimed);
    drafts.extend(ecosystem::space(&scene));
    drafts.extend(ecosystem::errors(&scene));
    drafts.extend(ecosystem::state(&scene, &claimed));
    drafts.extend(modules::signals(&scene, &claimed, &modules));
    drafts.extend(ecosystem::claimed_figures(&scene, &claimed));
    drafts.extend(reports::signals(&scene));
    drafts.extend(backups::signals(&scene));
    drafts.extend(ecosystem::channels(&scene));
    drafts.extend(ecosystem::drift(&scene));
    drafts.extend(ecosystem::rounds(&scene));
    drafts.push(contradictions::signal(&scene, &contradictions));
    drafts.extend(ecosystem::machine(&scene));
    let (outlook, forecasts) = forecast::signal(&scene, &drafts);
    drafts.extend(outlook);

    let drafts: Vec<Draft> = drafts
        .into_iter()
        .map(|mut draft| {
            if let Some((_, level)) = memory.held.iter().find(|(held, _)| *held == draft.signal.id) {
                draft = draft.hold(*level);
            }
            let signal = &mut draft.signal;
            signal.since = Some(since(memory, signal.id, signal.level, now));
            let remedy = remedies::remedy(&scene, &modules, signal.id, signal.level);
            draft.remedy(remedy)
        })
        .collect();
    let weight = |draft: &Draft| match draft.signal.level {
        Level::Unknown if !draft.essential => Level::Green,
        level => level,
    };
    let light = drafts.iter().map(weight).max().unwrap_or(Level::Unknown);
    let light_since = memory.light.filter(|(known, _)| *known == light).map_or(now, |(_, since)| since);
    let mut causes: Vec<&Signal> = drafts
        .iter()
        .filter(|draft| light != Level::Green && weight(draft) == light)
        .map(|d| &d.signal)
        .collect();
    // A claim is never the headline while something was measured to be as bad, nor what is yet to come.
    causes.sort_by_key(|signal| match signal.id {
        SignalId::Forecast => (2, 0),
        SignalId::Contradictions => (1, 0),
        _ => (0, signal.source as u8),
    });
    let summary = match causes.as_slice() {
        [] => all_is_well(&scene, &modules),
        [first, more @ ..] => sentence(first, more.len(), now, zone),
    };
    let verdict = Verdict {
        at: now,
        light,
        summary,
        since: Some(light_since),
        remedy: causes.first().and_then(|signal| signal.remedy.clone()),
        cause: causes.first().map(|signal| signal.id),
        modules,
        contradictions,
        forecasts,
        signals: drafts.into_iter().map(|draft| draft.signal).collect(),
    };
    let restarted = contradictions::restart(&scene);
    let memory = Memory { restarted, ..remember(&verdict, seen, memory, light_since) };
    (verdict, memory)
}

fn since(memory: &Memory, id: SignalId, level: Level, now: Instant) -> Instant {
    let known = memory.levels.iter().find(|(known, before, _)| *known == id && *before == level);
    known.map_or(now, |(_, _, since)| *since)
}

/// The reason, since when where it has lasted, and how many more.
fn sentence(cause: &Signal, more: usize, now: Instant, zone: Zone) -> String {
    let mut text = headline(cause);
    if let Some(since) = cause.since.filter(|since| (now - *since).num_seconds() >= 60) {
        let end = text.trim_end_matches('.').len();
        text.truncate(end);
        text.push_str(&format!(", since {}.", words::moment(since, now, zone)));
    }
    match more {
        0 => {}
        1 => text.push_str(" And one more."),
        more => text.push_str(&format!(" And {more} more.")),
    }
    text
}

/// The reason without its last bracket, where it says why a reading failed: that is for the signal's own line.
fn headline(cause: &Signal) -> String {
    match cause.reason.rfind(" (") {
        Some(bracket) if cause.level == Level::Unknown && cause.reason.ends_with(").") => {
            format!("{}.", &cause.reason[..bracket])
        }
        _ => cause.reason.clone(),
    }
}

fn all_is_well(scene: &Scene<'_>, modules: &[Module]) -> String {
    let errors = scene.seen.errors.as_ref().and_then(|errors| errors.value.as_ref()).map(|tally| tally.count);
    let well = modules.iter().filter(|module| module.level == Level::Green).count();
    let parts: Vec<String> = [
        match well {
            0 => None,
            1 => Some("one module".to_owned()),
            well => Some(format!("{well} modules")),
        },
        match errors {
            None => None,
            Some(0) => Some("no errors in 24 h".into()),
            Some(1) => Some("one error in 24 h".into()),
            Some(errors) => Some(format!("{errors} errors in 24 h")),
        },
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "All is well.".to_owned() } else { format!("All is well: {}.", parts.join(", ")) }
}

fn remember(verdict: &Verdict, seen: &Observation, before: &Memory, light_since: Instant) -> Memory {
    let levels = verdict
        .signals
        .iter()
        .map(|signal| (signal.id, signal.level, signal.since.unwrap_or(verdict.at)))
        .collect();
    let process = match &seen.process.value {
        Some(ProcessSeen::Running(tree)) => Some((tree.pid, tree.started_at)),
        _ => before.process,
    };
    let known = |id: SignalId, level: Level| match level {
        Level::Unknown => before.known.iter().find(|(known, _)| *known == id).copied(),
        level => Some((id, level)),
    };
    Memory {
        light: Some((verdict.light, light_since)),
        levels,
        known: verdict
            .signals
            .iter()
            .filter_map(|signal| known(signal.id, signal.unheld.unwrap_or(signal.level)))
            .collect(),
        held: Vec::new(),
        outlook: Outlook::default(),
        modules: verdict
            .modules
            .iter()
            .filter(|module| module.level > Level::Unknown)
            .map(|module| (module.name.clone(), module.level))
            .collect(),
        process,
        restarted: None,
        own_stop: None,
        to_stay: before.to_stay,
        asleep: before.asleep.clone(),
        at: Some(verdict.at),
    }
}
