//! The first run: choose a folder, see what was found, watch it; or the demo.

use std::path::{Path, PathBuf};

use caretaker_core::keeper::Overview;
use caretaker_core::observe::process;
use caretaker_core::profile::{self, Found};
use tauri::{AppHandle, State};

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

/// Writes a profile for a folder and watches it from now on.
#[tauri::command]
pub async fn adopt(caretaker: State<'_, Caretaker>, root: PathBuf) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    let target = caretaker.place.profile.clone();
    off_thread(move || {
        write_profile(&root, &target)?;
        Ok(Overview::clone(&*keeper.use_profile(target)?))
    })
    .await
}

fn look(root: &Path) -> AppResult<Found> {
    Ok(profile::discover(root, &process::list())?)
}

fn write_profile(root: &Path, target: &Path) -> AppResult<()> {
    Ok(profile::write_profile(target, &profile::render_profile(&look(root)?))?)
}

/// Makes the demo ecosystem if it is not there, starts its process and watches it if nothing else is watched.
#[tauri::command]
pub async fn start_demo(caretaker: State<'_, Caretaker>) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    let place = caretaker.place.clone();
    off_thread(move || demo::start(&keeper, &place)).await
}
