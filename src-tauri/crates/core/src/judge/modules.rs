//! The modules, from the profile, from claims and from the logs.

use std::collections::BTreeMap;

use crate::judge::claims::Claimed;
use crate::judge::scene::{Draft, Scene};
use crate::judge::{Module, bands, words};
use crate::observe::{ModuleClaim, ModuleErrors};
use crate::signal::{Level, SignalId, Source, Unit};

/// Fewer runs than this say nothing about a share.
const RUNS_FOR_A_SHARE: u64 = 10;

/// Modules failing at once that make an emergency.
const EMERGENCY: usize = 3;

/// Every module of the profile in its order, then those known only from claims.
pub(super) fn modules(scene: &Scene<'_>, claimed: &Claimed<'_>) -> Vec<Module> {
    let current = claimed.current();
    let claims: BTreeMap<&str, &ModuleClaim> = claimed
        .last
        .map(|(last, _)| last)
        .into_iter()
        .chain(current)
        .flat_map(|claims| claims.modules.iter().map(|(name, claim)| (name.as_str(), claim)))
        .collect();
    let logged = scene.seen.errors.as_ref().and_then(|errors| errors.value.as_ref());
    let logged: BTreeMap<&str, &ModuleErrors> = logged
        .iter()
        .flat_map(|tally| tally.by_module.iter().map(|errors| (errors.module.as_str(), errors)))
        .collect();
    let in_profile = scene.profile.modules.iter().map(|module| module.name.as_str());
    let others = claims.keys().copied().filter(|name| scene.profile.modules.iter().all(|m| m.name != *name));
    in_profile
        .chain(others)
        .map(|name| {
            let cycle =
                scene.profile.modules.iter().find(|module| module.name == name).map(|module| module.cycle);
            let claim = claims.get(name).copied();
            let (level, reason) = match (current.is_some(), claim) {
                (true, Some(claim)) => assess(scene, name, claim, claimed.doubted(name)),
                (true, None) => (Level::Unknown, "The ecosystem does not speak of it.".to_owned()),
                (false, _) => (Level::Unknown, "Nothing current is known of it.".to_owned()),
            };
            Module {
                name: name.to_owned(),
                level,
                status: claim.and_then(|claim| claim.status.clone()),
                runs: claim.and_then(|claim| claim.runs),
                errors: claim.and_then(|claim| claim.errors),
                logged_errors: logged.get(name).map_or(0, |errors| errors.count),
                cycle_seconds: cycle.map(|cycle| cycle.as_secs()),
                last_run: claim.and_then(|claim| claim.last_run),
                reason,
            }
        })
        .collect()
}

/// What a module's claim makes of it: failed is red, many errors per run too.
fn assess(scene: &Scene<'_>, name: &str, claim: &ModuleClaim, doubt: Option<&str>) -> (Level, String) {
    match claim.status.as_deref() {
        Some("failed") => return (Level::Red, "It says that it failed.".into()),
        Some("not_integrated") => return (Level::Yellow, "It is not integrated.".into()),
        _ => {}
    }
    if let Some(doubt) = doubt {
        return (Level::Unknown, format!("What it says cannot be true: {doubt}."));
    }
    let Some(share) = share(claim) else { return (Level::Green, "It reports no trouble.".into()) };
    let level = scene.profile.bands.get(&SignalId::ModulesErrorShare).map_or(Level::Green, |bands| {
        bands::level(bands, SignalId::ModulesErrorShare.worse(), share, scene.module_before(name))
    });
    let runs = claim.runs.unwrap_or(0);
    let errors = claim.errors.unwrap_or(0);
    (level, format!("{errors} errors in {runs} runs ({}).", words::value(share, Unit::Percent)))
}

/// Errors per run in percent, when there were runs enough.
#[allow(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn share(claim: &ModuleClaim) -> Option<f64> {
    let (runs, errors) = (claim.runs?, claim.errors?);
    (runs >= RUNS_FOR_A_SHARE).then(|| (errors as f64 / runs as f64 * 100.0).min(100.0))
}

/// The two signals about modules; none where no module is known at all.
#[allow(clippy::cast_precision_loss, reason = "a count of modules")]
pub(super) fn signals(scene: &Scene<'_>, claimed: &Claimed<'_>, modules: &[Module]) -> Vec<Draft> {
    let doubt = claimed.probe_doubt();
    if modules.is_empty() && doubt.is_none() {
        return Vec::new();
    }
    let Some(current) = claimed.current().filter(|claims| !claims.modules.is_empty()) else {
        let because = |reason| scene.unknown(SignalId::ModulesFailing, Source::Claimed, reason, claimed.at());
        return vec![match doubt {
            // Somebody wants to know and is not told: that is no reason to be green.
            Some(doubt) => because(doubt).essential(),
            None => because("Nothing current is known of the modules.".into()),
        }];
    };
    let failing: Vec<&str> = modules
        .iter()
        .filter(|module| module.level == Level::Red && module.status.as_deref() == Some("failed"))
        .map(|module| module.name.as_str())
        .collect();
    let count = scene.claimed(SignalId::ModulesFailing, failing.len() as f64, claimed.at());
    let count = match failing.as_slice() {
        [] => count.because(format!("None of {} modules fails.", modules.len())),
        [one] => count.worsen(Level::Red, format!("The module “{one}” failed.")),
        many if many.len() < EMERGENCY => count.worsen(Level::Red, format!("{} modules failed.", many.len())),
        many => count.worsen(Level::Red, format!("{} modules failed at once: an emergency.", many.len())),
    };
    let count = match doubt {
        Some(doubt) => count.worsen(Level::Unknown, doubt).essential(),
        None => count,
    };
    let worst = current
        .modules
        .iter()
        .filter_map(|(name, claim)| Some((share(claim)?, name)))
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let share = worst.map(|(share, name)| {
        let draft = scene.claimed(SignalId::ModulesErrorShare, share, claimed.at());
        let reason = format!("“{name}” fails in {} of its runs.", draft.signal.text);
        draft.because(reason)
    });
    std::iter::once(count).chain(share).collect()
}
