//! Everything that Caretaker knows, taken along to another computer and brought here.

use std::path::PathBuf;

use caretaker_core::keeper::{Overview, bring, take_along};
use tauri::{AppHandle, Manager};

use crate::commands::off_thread;
use crate::error::AppResult;
use crate::{Caretaker, notify, panel};

/// Writes everything into a file that the person chooses; `None` when that was cancelled.
#[tauri::command]
pub async fn export_all(app: AppHandle) -> AppResult<Option<PathBuf>> {
    let sites = app.state::<Caretaker>().all_sites()?;
    let Some(file) = panel::ask_for_new_file(&app, "caretaker.tar.gz").await? else { return Ok(None) };
    off_thread(move || {
        take_along(&sites, &file)?;
        Ok(Some(file))
    })
    .await
}

/// Brings what a file holds that the person chooses, and watches it; `None` when that was cancelled.
#[tauri::command]
pub async fn import_all(app: AppHandle) -> AppResult<Option<Overview>> {
    let sites = app.state::<Caretaker>().all_sites()?;
    let Some(file) = panel::ask_for_file(&app, "Choose what Caretaker exported").await? else {
        return Ok(None);
    };
    off_thread(move || {
        bring(&sites, &file)?;
        notify::ask_permission();
        let caretaker = app.state::<Caretaker>();
        caretaker.follow(&app);
        Ok(Some(Overview::clone(&caretaker.keeper()?.check_now())))
    })
    .await
}
