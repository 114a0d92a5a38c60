//! Everything on one page, and as a bundle for whoever helps.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{Bundled, Diagnosis, DiagnosisPage};
use tauri::{AppHandle, Manager, State};

use crate::commands::{history, off_thread};
use crate::error::AppResult;
use crate::{Caretaker, job, panel};

/// Everything on one page; nothing is started.
#[tauri::command]
pub async fn diagnosis(caretaker: State<'_, Caretaker>) -> AppResult<DiagnosisPage> {
    let diagnosis = open(&caretaker)?;
    off_thread(move || Ok(diagnosis.page())).await
}

/// Writes the bundle into a file that the person chooses; `None` when that was cancelled.
#[tauri::command]
pub async fn save_bundle(app: AppHandle) -> AppResult<Option<Bundled>> {
    let diagnosis = open(&app.state::<Caretaker>())?;
    let Some(file) = panel::ask_for_new_file(&app, "caretaker-diagnosis.zip").await? else {
        return Ok(None);
    };
    // Whether a file may be replaced the dialogue has asked.
    off_thread(move || job::run(&app, |progress| Ok(Some(diagnosis.bundle(&file, true, progress)?)))).await
}

fn open(caretaker: &Caretaker) -> AppResult<Diagnosis> {
    let (file, place) = (history::profile_file(caretaker)?, &caretaker.place());
    let clock = Arc::new(WallClock);
    Ok(Diagnosis::new(&file, &place.state_dir, place.home.as_deref(), clock, Zone::Machine))
}
