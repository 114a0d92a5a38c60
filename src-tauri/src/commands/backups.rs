//! Backups: all of them, a new one, proven, drilled, restored, taken back.

use std::sync::Arc;

use caretaker_core::backup::RestorePlan;
use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{Backups, BackupsShown, FilesShown, PruneShown};
use caretaker_core::progress::Progress;
use tauri::{AppHandle, Manager, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, job};

/// All backups, newest first.
#[tauri::command]
pub async fn backups(caretaker: State<'_, Caretaker>) -> AppResult<BackupsShown> {
    ask(&caretaker, |backups| Ok(backups.shown()?)).await
}

/// Files of a backup whose names hold a text.
#[tauri::command]
pub async fn backup_files(
    caretaker: State<'_, Caretaker>,
    id: String,
    part: String,
) -> AppResult<FilesShown> {
    ask(&caretaker, move |backups| Ok(backups.files(&id, &part)?)).await
}

/// What a restore would do; changes nothing.
#[tauri::command]
pub async fn restore_plan(
    caretaker: State<'_, Caretaker>,
    id: String,
    only: Option<String>,
) -> AppResult<RestorePlan> {
    ask(&caretaker, move |backups| Ok(backups.plan(&id, only.as_deref())?)).await
}

/// Makes a backup of everything and proves it.
#[tauri::command]
pub async fn back_up(app: AppHandle) -> AppResult<BackupsShown> {
    work(app, |backups, progress| Ok(backups.back_up(progress)?)).await.map(|(_, shown)| shown)
}

/// Proves a backup to the last byte; what is wrong with it, in words.
#[tauri::command]
pub async fn verify_backup(app: AppHandle, id: String) -> AppResult<(Vec<String>, BackupsShown)> {
    work(app, move |backups, progress| Ok(backups.verify(&id, progress)?)).await
}

/// Restores a backup into a scratch folder and looks at it; how long it took to come back, in seconds.
#[tauri::command]
pub async fn drill_backup(app: AppHandle, id: String) -> AppResult<(f64, BackupsShown)> {
    work(app, move |backups, progress| Ok(backups.drill(&id, progress)?.seconds)).await
}

/// Sends what waits to the place that is not on this machine; what was done, in words.
#[tauri::command]
pub async fn send_away(app: AppHandle) -> AppResult<(String, BackupsShown)> {
    work(app, |backups, progress| Ok(backups.send_away(progress)?)).await
}

/// Brings a backup back from there; what was done, in words.
#[tauri::command]
pub async fn fetch_away(app: AppHandle, id: String) -> AppResult<(String, BackupsShown)> {
    work(app, move |backups, progress| Ok(backups.fetch_away(&id, progress)?)).await
}

/// Restores into place; what was done, in words.
#[tauri::command]
pub async fn restore(app: AppHandle, id: String, only: Option<String>) -> AppResult<(String, BackupsShown)> {
    work(app, move |backups, progress| Ok(backups.restore(&id, only.as_deref(), progress)?)).await
}

/// Takes the last restore back; what was done, in words.
#[tauri::command]
pub async fn undo_restore(app: AppHandle) -> AppResult<(String, BackupsShown)> {
    work(app, |backups, progress| Ok(backups.undo(progress)?)).await
}

/// Lets go of what is kept of the tree before the last restore, if it is still what was shown.
#[tauri::command]
pub async fn let_go(app: AppHandle, folder: String) -> AppResult<BackupsShown> {
    work(app, move |backups, _| Ok(backups.let_go(&folder)?)).await.map(|(_, shown)| shown)
}

/// What pruning would do; changes nothing.
#[tauri::command]
pub async fn prune_plan(caretaker: State<'_, Caretaker>) -> AppResult<PruneShown> {
    ask(&caretaker, |backups| Ok(backups.prune_plan()?)).await
}

/// Removes exactly what a plan showed; how many went.
#[tauri::command]
pub async fn prune(
    app: AppHandle,
    first: Vec<String>,
    second: Vec<String>,
) -> AppResult<(usize, BackupsShown)> {
    work(app, move |backups, _| Ok(backups.prune(&first, &second)?)).await
}

/// Asks the running work to stop.
#[tauri::command]
pub async fn cancel_job(app: AppHandle) -> AppResult<()> {
    job::cancel(&app);
    Ok(())
}

async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&Backups) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let open = opener(caretaker)?;
    off_thread(move || ask(&open()?)).await
}

/// Does long work, looks at everything again, and gives the backups as they are then.
async fn work<T: Send + 'static>(
    app: AppHandle,
    work: impl FnOnce(&Backups, &dyn Progress) -> AppResult<T> + Send + 'static,
) -> AppResult<(T, BackupsShown)> {
    let caretaker = app.state::<Caretaker>();
    let (open, keeper) = (opener(&caretaker)?, caretaker.keeper()?);
    let handle = app.clone();
    off_thread(move || {
        let backups = open()?;
        let done = job::run(&handle, |progress| work(&backups, progress));
        keeper.check_now();
        Ok((done?, backups.shown()?))
    })
    .await
}

/// Opens the backups of what is watched; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Backups> + Send + 'static> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    let lists = caretaker.lists.clone();
    Ok(move || Ok(Backups::new(profile()?, &state_dir, Arc::new(WallClock), Zone::Machine)?.keeping(lists)))
}
