//! The ecosystem's process: how it is, started, stopped, started anew.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{Doing, ProcessCare, ProcessPlan, ProcessShown};
use tauri::{AppHandle, Manager, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, job};

/// How it is now.
#[tauri::command]
pub async fn process(caretaker: State<'_, Caretaker>) -> AppResult<ProcessShown> {
    let open = opener(&caretaker)?;
    off_thread(move || Ok(open()?.shown()?)).await
}

/// What would be done; changes nothing.
#[tauri::command]
pub async fn process_plan(caretaker: State<'_, Caretaker>, doing: Doing) -> AppResult<ProcessPlan> {
    let open = opener(&caretaker)?;
    off_thread(move || Ok(open()?.plan(doing)?)).await
}

/// Does it; what was done, in words, and how it is then.
#[tauri::command]
pub async fn process_act(app: AppHandle, doing: Doing, again: bool) -> AppResult<(String, ProcessShown)> {
    let caretaker = app.state::<Caretaker>();
    let (open, keeper) = (opener(&caretaker)?, caretaker.keeper()?);
    let handle = app.clone();
    off_thread(move || {
        let care = open()?;
        let said = job::run(&handle, |progress| Ok(care.act(doing, again, progress)?));
        keeper.check_now();
        Ok((said?, care.shown()?))
    })
    .await
}

/// Opens the process of what is watched; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<ProcessCare> + Send + 'static> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    Ok(move || Ok(ProcessCare::new(profile()?, &state_dir, Arc::new(WallClock), Zone::Machine)))
}
