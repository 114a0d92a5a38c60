//! Items that the modules prove, by what they say of themselves.

use super::{Judged, Known};
use crate::judge::Module;
use crate::routines::checklist::ModulesPart;
use crate::routines::item::ItemState;
use crate::signal::Level;

pub(super) fn modules(part: ModulesPart, known: &impl Known) -> Judged {
    let now = known.now();
    let all = known.modules();
    let told: Vec<&Module> = all.iter().filter(|module| module.status.is_some()).collect();
    if told.is_empty() {
        return Judged::new(ItemState::Unknown, "the ecosystem says nothing of its modules", now, "claimed");
    }
    let line = |module: &Module| {
        let count = |n: Option<u64>, what: &str| match n {
            None => format!("? {what}s"),
            Some(1) => format!("1 {what}"),
            Some(n) => format!("{n} {what}s"),
        };
        let status = module.status.as_deref().unwrap_or("unknown");
        format!("{}: {status}, {}, {}", module.name, count(module.runs, "run"), count(module.errors, "error"))
    };
    let bad: Vec<&Module> = match part {
        ModulesPart::Status => {
            told.iter().copied().filter(|module| module.status.as_deref() != Some("integrated")).collect()
        }
        ModulesPart::Errors => told.iter().copied().filter(|module| share(module) >= 5.0).collect(),
        ModulesPart::Runs => {
            told.iter().copied().filter(|module| has_hardly_run(module, known.uptime())).collect()
        }
    };
    let (count, all) = (bad.len(), told.len());
    let text = match (part, count) {
        (ModulesPart::Status, 0) => format!("all {all} integrated"),
        (ModulesPart::Status, _) => format!("{count} of {all} not integrated"),
        (ModulesPart::Errors, 0) => format!("below 5 % in all {all}"),
        (ModulesPart::Errors, _) => format!("5 % or more in {count} of {all}"),
        (ModulesPart::Runs, 0) => format!("as their cycles ask, in all {all}"),
        (ModulesPart::Runs, _) => format!("{count} of {all} hardly ran"),
    };
    let (state, level) = match count {
        0 => (ItemState::Passed, Level::Green),
        _ => (ItemState::Failed, bad.iter().map(|module| module.level).max().unwrap_or(Level::Yellow)),
    };
    let details = if bad.is_empty() { told } else { bad };
    Judged::new(state, text, now, "claimed")
        .level(level.max(if count > 0 { Level::Yellow } else { Level::Green }))
        .details(details.into_iter().map(line).collect())
}

#[allow(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn share(module: &Module) -> f64 {
    match (module.errors, module.runs) {
        (Some(errors), Some(runs)) if runs > 0 => errors as f64 / runs as f64 * 100.0,
        (Some(errors), _) if errors > 0 => 100.0,
        _ => 0.0,
    }
}

/// Whether a module ran less than half as often as its cycle asks for; nothing can be said of two cycles or less.
#[allow(clippy::cast_precision_loss, reason = "seconds and counts of runs")]
fn has_hardly_run(module: &Module, uptime: Option<f64>) -> bool {
    let (Some(cycle), Some(uptime), Some(runs)) = (module.cycle_seconds, uptime, module.runs) else {
        return module.runs == Some(0);
    };
    let asked = uptime / (cycle.max(1) as f64);
    asked > 2.0 && (runs as f64) < asked / 2.0
}
