//! Upkeep: what can be done to keep the ecosystem well, each as a plan first.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{
    CleanedShown, CleanupPlanShown, CleanupShown, JournalShown, ModulesShown, SettingsShown, SpaceOf,
    SpaceShown, TuningPlanShown, TuningShown, Upkeep, UpkeepGlance,
};
use caretaker_core::progress::Progress;
use caretaker_core::store::Entered;
use chrono::{DateTime, Utc};
use tauri::{AppHandle, Manager, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, job};

/// What each part of upkeep has to say.
#[tauri::command]
pub async fn upkeep(caretaker: State<'_, Caretaker>) -> AppResult<UpkeepGlance> {
    ask(&caretaker, |upkeep| Ok(upkeep.glance())).await
}

/// Clean-ups that can be taken back.
#[tauri::command]
pub async fn cleanups(caretaker: State<'_, Caretaker>) -> AppResult<CleanupShown> {
    ask(&caretaker, |upkeep| Ok(upkeep.cleanups()?)).await
}

/// What a clean-up would do; changes nothing.
#[tauri::command]
pub async fn cleanup_plan(caretaker: State<'_, Caretaker>) -> AppResult<CleanupPlanShown> {
    ask(&caretaker, |upkeep| Ok(upkeep.plan_cleanup()?)).await
}

/// Puts aside exactly what a plan showed.
#[tauri::command]
pub async fn clean_up(app: AppHandle, number: u32) -> AppResult<CleanedShown> {
    work(app, move |upkeep, _| Ok(upkeep.clean_up(number)?)).await
}

/// Brings back what a clean-up put aside.
#[tauri::command]
pub async fn undo_cleanup(app: AppHandle, id: String) -> AppResult<CleanedShown> {
    work(app, move |upkeep, _| Ok(upkeep.undo_cleanup(&id)?)).await
}

/// What a folder takes, by its entries.
#[tauri::command]
pub async fn space(
    caretaker: State<'_, Caretaker>,
    of: SpaceOf,
    below: Vec<String>,
) -> AppResult<SpaceShown> {
    ask(&caretaker, move |upkeep| Ok(upkeep.space(of, &below)?)).await
}

/// The presets, and the change that can be taken back.
#[tauri::command]
pub async fn tuning(caretaker: State<'_, Caretaker>) -> AppResult<TuningShown> {
    ask(&caretaker, |upkeep| Ok(upkeep.tuning()?)).await
}

/// All settings files with their values.
#[tauri::command]
pub async fn settings(caretaker: State<'_, Caretaker>) -> AppResult<SettingsShown> {
    ask(&caretaker, |upkeep| Ok(upkeep.settings()?)).await
}

/// The modules with their switches.
#[tauri::command]
pub async fn modules(caretaker: State<'_, Caretaker>) -> AppResult<ModulesShown> {
    ask(&caretaker, |upkeep| Ok(upkeep.modules()?)).await
}

/// What a preset would change; changes nothing.
#[tauri::command]
pub async fn preset_plan(caretaker: State<'_, Caretaker>, id: String) -> AppResult<TuningPlanShown> {
    ask(&caretaker, move |upkeep| Ok(upkeep.plan_preset(&id)?)).await
}

/// What setting one key would change; changes nothing.
#[tauri::command]
pub async fn setting_plan(
    caretaker: State<'_, Caretaker>,
    file: String,
    key: String,
    value: String,
) -> AppResult<TuningPlanShown> {
    ask(&caretaker, move |upkeep| Ok(upkeep.plan_setting(&file, &key, &value)?)).await
}

/// What switching a module would change; changes nothing.
#[tauri::command]
pub async fn module_plan(
    caretaker: State<'_, Caretaker>,
    name: String,
    on: bool,
) -> AppResult<TuningPlanShown> {
    ask(&caretaker, move |upkeep| Ok(upkeep.plan_module(&name, on)?)).await
}

/// Changes exactly what a plan showed; what was done, in words.
#[tauri::command]
pub async fn tune(app: AppHandle, number: u32) -> AppResult<String> {
    work(app, move |upkeep, _| Ok(upkeep.tune(number)?)).await
}

/// Takes the last change of settings back, if it is the one that was shown; what was done, in words.
#[tauri::command]
pub async fn revert_tuning(app: AppHandle, at: DateTime<Utc>) -> AppResult<String> {
    work(app, move |upkeep, _| Ok(upkeep.revert_tuning(at)?)).await
}

/// Entries of the journal, newest first.
#[tauri::command]
pub async fn journal(
    caretaker: State<'_, Caretaker>,
    kind: Option<Entered>,
    part: String,
) -> AppResult<JournalShown> {
    ask(&caretaker, move |upkeep| Ok(upkeep.journal(kind, &part)?)).await
}

/// Adds a note of a person's own to the journal.
#[tauri::command]
pub async fn note_journal(caretaker: State<'_, Caretaker>, text: String) -> AppResult<()> {
    ask(&caretaker, move |upkeep| Ok(upkeep.note(&text)?)).await
}

async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&Upkeep) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let open = opener(caretaker)?;
    off_thread(move || ask(&open()?)).await
}

/// Does what changes something, alone, and looks at everything again.
async fn work<T: Send + 'static>(
    app: AppHandle,
    work: impl FnOnce(&Upkeep, &dyn Progress) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let caretaker = app.state::<Caretaker>();
    let (open, keeper) = (opener(&caretaker)?, caretaker.keeper()?);
    let handle = app.clone();
    off_thread(move || {
        let upkeep = open()?;
        let done = job::run(&handle, |progress| work(&upkeep, progress));
        keeper.check_now();
        done
    })
    .await
}

/// Opens the upkeep of what is watched; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Upkeep> + Send + 'static> {
    let (profile, place) = (profile(caretaker)?, caretaker.place());
    let plans = Arc::clone(&caretaker.plans);
    Ok(move || {
        let (clock, home) = (Arc::new(WallClock), place.home);
        Ok(Upkeep::new(profile()?, &place.state_dir, home, clock, Zone::Machine, plans))
    })
}
