//! The ecosystems of this machine: listed, shown, put off and watched again.

use caretaker_core::keeper::Overview;
use tauri::{AppHandle, Manager};

use crate::Caretaker;
use crate::commands::off_thread;
use crate::error::AppResult;
use crate::fleet::EcosystemRow;

/// All of them.
#[tauri::command]
pub async fn ecosystems(app: AppHandle) -> AppResult<Vec<EcosystemRow>> {
    off_thread(move || Ok(app.state::<Caretaker>().rows())).await
}

/// Shows another one.
#[tauri::command]
pub async fn show_ecosystem(app: AppHandle, id: String) -> AppResult<Overview> {
    off_thread(move || app.state::<Caretaker>().show(&app, &id)).await
}

/// Watches one no longer, or again; its profile, records and backups stay.
#[tauri::command]
pub async fn watch_ecosystem(app: AppHandle, id: String, on: bool) -> AppResult<Vec<EcosystemRow>> {
    off_thread(move || app.state::<Caretaker>().turn(&app, &id, on)).await
}
