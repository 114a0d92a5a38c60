//! The first run: choose a folder, see what was found, watch it; or the demo.

use std::path::{Path, PathBuf};

use caretaker_core::keeper::Overview;
use caretaker_core::observe::process;
use caretaker_core::profile::{self, Found};
use tauri::{AppHandle, Manager, State};

use crate::commands::off_thread;
use crate::error::AppResult;
use crate::{Caretaker, demo, panel};

/// Asks for a folder in the system's dialogue; `None` when it was cancelled.
#[tauri::command]
pub async fn choose_folder(app: AppHandle) -> AppResult<Option<PathBuf>> {
    panel::ask_for_folder(&app, "Choose the ecosystem’s folder").await
}

/// Looks at a folder and says what it found, changing nothing.
#[tauri::command]
pub async fn discover(root: PathBuf) -> AppResult<Found> {
    off_thread(move || look(&root)).await
}

/// Writes a profile for a folder, and watches it from now on, beside what is watched already.
#[tauri::command]
pub async fn adopt(app: AppHandle, root: PathBuf) -> AppResult<Overview> {
    off_thread(move || app.state::<Caretaker>().adopt(&app, &root)).await
}

fn look(root: &Path) -> AppResult<Found> {
    Ok(profile::discover(root, &process::list())?)
}

/// Makes the demo ecosystem if it is not there, starts its process and watches it if nothing else is watched.
#[tauri::command]
pub async fn start_demo(caretaker: State<'_, Caretaker>) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    let place = caretaker.place();
    off_thread(move || demo::start(&keeper, &place)).await
}
