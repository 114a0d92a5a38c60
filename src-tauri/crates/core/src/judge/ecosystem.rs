//! Signals of the ecosystem's folder, its logs, its reports, and of the machine around it.

use crate::judge::claims::Claimed;
use crate::judge::scene::{Draft, Scene};
use crate::judge::words;
use crate::observe::Reading;
use crate::observe::drift::How;
use crate::program::clean;
use crate::signal::{Level, SignalId, Source};

/// Free disk and the sizes of data and logs.
#[allow(clippy::cast_precision_loss, reason = "sizes are shown with two digits")]
pub(super) fn space(scene: &Scene<'_>) -> Vec<Draft> {
    let id = SignalId::DiskFree;
    let disk = match scene.seen.disk.fresh(scene.now, scene.cheap()) {
        Some(space) => {
            let draft = scene.measured(id, space.free as f64, scene.seen.disk.at);
            let reason = format!("{} of {} are free.", draft.signal.text, words::bytes(space.total));
            draft.because(reason)
        }
        None => scene.unread(id, &scene.seen.disk),
    };
    let size = |id, reading: &Reading<u64>| match reading.fresh(scene.now, scene.sizes()) {
        Some(bytes) => scene.measured(id, *bytes as f64, reading.at),
        None => scene.unread(id, reading),
    };
    vec![
        disk.essential(),
        size(SignalId::DataSize, &scene.seen.data_size),
        size(SignalId::LogsSize, &scene.seen.logs_size),
    ]
}

/// Channels that fail, where the profile names any.
#[allow(clippy::cast_precision_loss, reason = "a handful")]
pub(super) fn channels(scene: &Scene<'_>) -> Option<Draft> {
    if scene.profile.channels.is_empty() {
        return None;
    }
    let failing = &scene.seen.failing_channels;
    let draft = scene.measured(SignalId::AlertsDelivery, failing.len() as f64, Some(scene.now));
    Some(match failing.as_slice() {
        [] => draft.because("Every channel took what it was to tell.".into()),
        [first, ..] => {
            let long = words::between(first.since, scene.now);
            let problem = first.problem.trim_end_matches('.');
            draft.because(format!("“{}” has failed for {long}: {problem}.", first.name))
        }
    })
}

/// Rounds of care that nobody did: worth a look, and never red.
#[allow(clippy::cast_precision_loss, reason = "a handful")]
pub(super) fn rounds(scene: &Scene<'_>) -> Option<Draft> {
    let overdue = scene.seen.overdue.as_ref()?;
    let mut draft = scene.measured(SignalId::ChecklistsOverdue, overdue.len() as f64, Some(scene.now));
    draft.signal.level = draft.signal.level.min(Level::Yellow);
    Some(draft.because(match overdue.as_slice() {
        [] => "No round of care is overdue.".into(),
        [one] => format!("{} was due until {}.", one.title, words::moment(one.by, scene.now, scene.zone)),
        [first, more @ ..] => {
            let by = words::moment(first.by, scene.now, scene.zone);
            format!("{} was due until {by}, and {} more are overdue.", first.title, more.len())
        }
    }))
}

/// Code and settings that changed unannounced: worth a look, and never red.
#[allow(clippy::cast_precision_loss, reason = "a count of files")]
pub(super) fn drift(scene: &Scene<'_>) -> Option<Draft> {
    let id = SignalId::SettingsDrift;
    let reading = scene.seen.drift.as_ref()?;
    let Some(drift) = reading.fresh(scene.now, scene.sizes()) else { return Some(scene.unread(id, reading)) };
    let mut draft = scene.measured(id, drift.count as f64, reading.at);
    draft.signal.level = draft.signal.level.min(Level::Yellow);
    let Some(first) = drift.files.first() else {
        return Some(draft.because("Code and settings are as they were announced.".into()));
    };
    let how = match first.how {
        How::New => "is new",
        How::Changed => "changed",
        How::Gone => "is gone",
    };
    let more = match drift.count - 1 {
        0 => String::new(),
        1 => ", and one more file changed".to_owned(),
        more => format!(", and {more} more files changed"),
    };
    let commit = drift.commit.as_ref().map_or_else(String::new, |commit| format!(": {commit}"));
    Some(draft.because(format!("{} {how}{more}, and nobody announced it{commit}.", clean(&first.path, 120))))
}

/// CPU and memory of the whole machine: shown, and judged only where the profile gives bands.
#[allow(clippy::cast_precision_loss, reason = "a share needs no more digits")]
pub(super) fn machine(scene: &Scene<'_>) -> Vec<Draft> {
    let cpu = scene.seen.machine_cpu.fresh(scene.now, scene.cheap());
    let cpu = match cpu {
        Some(percent) => scene.measured(SignalId::MachineCpu, *percent, scene.seen.machine_cpu.at),
        None => scene.unread(SignalId::MachineCpu, &scene.seen.machine_cpu),
    };
    let memory = match scene.seen.machine_memory.fresh(scene.now, scene.cheap()) {
        Some(memory) if memory.total > 0 => {
            let share = memory.used as f64 / memory.total as f64 * 100.0;
            let draft = scene.measured(SignalId::MachineMemory, share, scene.seen.machine_memory.at);
            let reason =
                format!("{} of {} are in use.", words::bytes(memory.used), words::bytes(memory.total));
            draft.because(reason)
        }
        _ => scene.unread(SignalId::MachineMemory, &scene.seen.machine_memory),
    };
    vec![cpu, memory]
}

/// Errors of the last 24 hours, when the profile names logs.
#[allow(clippy::cast_precision_loss, reason = "a count of errors")]
pub(super) fn errors(scene: &Scene<'_>) -> Option<Draft> {
    let id = SignalId::LogsErrors24h;
    let unread = Reading::default();
    let reading = match &scene.seen.errors {
        Some(reading) => reading,
        None if scene.profile.logs.is_empty() => return None,
        None => &unread,
    };
    let Some(tally) = reading.fresh(scene.now, scene.cheap()) else {
        return Some(scene.unread(id, reading).essential());
    };
    let draft = scene.measured(id, tally.count as f64, reading.at);
    let when = match tally.after {
        Some(after) => {
            format!("since {}, when older ones were dealt with", words::moment(after, scene.now, scene.zone))
        }
        None => "in 24 h".to_owned(),
    };
    let mut reason = match (tally.count, tally.by_module.first()) {
        (0, _) => format!("No errors {when}."),
        (1, Some(worst)) => format!("One error {when}, in {}.", worst.module),
        (count, Some(worst)) if worst.count == count => {
            format!("{count} errors {when}, all in {}.", worst.module)
        }
        (count, Some(worst)) => {
            format!("{count} errors {when}, most in {} ({}).", worst.module, worst.count)
        }
        (count, None) => format!("{count} errors {when}."),
    };
    if let Some(gap) = tally.gaps.first() {
        reason.push_str(&format!(" Not everything could be counted: {}.", gap.trim_end_matches('.')));
    }
    let draft = draft.because(reason);
    let draft = match tally.blind.first() {
        Some(gap) => {
            draft.worsen(Level::Unknown, format!("Errors may be hidden: {}.", gap.trim_end_matches('.')))
        }
        None => draft,
    };
    Some(draft.essential())
}

/// The state file: its age where it is written all the time, and whether it can be understood.
pub(super) fn state(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Option<Draft> {
    let id = SignalId::StateAge;
    let file = scene.profile.state.as_ref()?;
    let unread = Reading::default();
    let reading = scene.seen.state.as_ref().unwrap_or(&unread);
    let Some(state) = reading.fresh(scene.now, scene.cheap()) else {
        let never_tried = reading.problem.is_none() && reading.value.is_none();
        return Some(if never_tried && file.stale_after.is_none() {
            // Written only when it stops: before the first stop there is nothing to read.
            let reason = "It is written when the ecosystem stops.".to_owned();
            scene.draft(id, None, "not yet written".into(), Level::Green, Source::Measured, reason, None)
        } else {
            scene.unread(id, reading).essential()
        });
    };
    let age = words::seconds(scene.now - state.written_at);
    let text = words::span(age);
    let draft = scene.measured(id, age, reading.at).because(format!("Written {text} ago."));
    let stale = file.stale_after.is_some_and(|limit| age > limit.as_secs_f64());
    if stale && scene.process().is_some() {
        let reason = format!("The state file was last written {text} ago, though the process runs.");
        return Some(draft.worsen(Level::Yellow, reason));
    }
    // Figures that are left out must not look like figures that are fine.
    match claimed.file_doubt() {
        Some(doubt) => Some(draft.worsen(Level::Unknown, doubt).essential()),
        None => Some(draft),
    }
}

/// Figures that only the ecosystem can know; each only where it says it.
#[allow(clippy::cast_precision_loss, reason = "a share needs no more digits")]
pub(super) fn claimed_figures(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Vec<Draft> {
    let Some(says) = claimed.current() else { return Vec::new() };
    let rate = match (says.errors, says.cycles) {
        (Some(errors), Some(cycles)) if cycles > 0 => {
            Some((errors as f64 / cycles as f64 * 100.0).min(100.0))
        }
        _ => None,
    };
    [
        (SignalId::ErrorsRate, rate),
        (SignalId::SuccessRate, says.success_rate),
        (SignalId::EfficiencyScore, says.efficiency),
        (SignalId::ExecutionTime, says.execution_ms),
    ]
    .into_iter()
    .filter_map(|(id, value)| {
        let draft = scene.claimed(id, value?, claimed.at());
        let reason = format!("The ecosystem says: {} {}.", id.label().to_lowercase(), draft.signal.text);
        Some(draft.because(reason))
    })
    .collect()
}
