//! Incidents and what people do about them, on paper too; the channels.

use std::path::PathBuf;

use caretaker_core::alerts::{Handling, Nap};
use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::fsio;
use caretaker_core::keeper::{self, Overview};
use tauri::{AppHandle, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, panel};

/// Notes that somebody has seen an incident.
#[tauri::command]
pub async fn acknowledge(caretaker: State<'_, Caretaker>, id: String) -> AppResult<Overview> {
    handle(&caretaker, Handling::Acknowledge { id }).await
}

/// Keeps an incident, or all that are open, silent for a while; or wakes it.
#[tauri::command]
pub async fn snooze(caretaker: State<'_, Caretaker>, id: Option<String>, nap: Nap) -> AppResult<Overview> {
    let until = nap.until(Zone::Machine, WallClock.now());
    handle(&caretaker, Handling::Snooze { id, until }).await
}

async fn handle(caretaker: &Caretaker, handling: Handling) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    off_thread(move || Ok(Overview::clone(&*keeper.handle(handling)?))).await
}

/// Sends a test by a channel; success means that it was handed over, which is all that can be known.
#[tauri::command]
pub async fn test_channel(caretaker: State<'_, Caretaker>, name: String) -> AppResult<()> {
    let keeper = caretaker.keeper()?;
    off_thread(move || Ok(keeper.test_channel(&name)?)).await
}

/// The report of an incident as Markdown.
#[tauri::command]
pub async fn incident_report(caretaker: State<'_, Caretaker>, id: String) -> AppResult<String> {
    report(&caretaker, id).await
}

/// Writes the report of an incident into a file that the person chooses; `None` when that was cancelled.
#[tauri::command]
pub async fn export_incident(
    app: AppHandle,
    caretaker: State<'_, Caretaker>,
    id: String,
) -> AppResult<Option<PathBuf>> {
    let Some(file) = panel::ask_for_new_file(&app, &format!("incident-{id}.md")).await? else {
        return Ok(None);
    };
    let text = report(&caretaker, id).await?;
    off_thread(move || {
        fsio::write_atomic(&file, text.as_bytes(), 0o644)?;
        Ok(Some(file))
    })
    .await
}

async fn report(caretaker: &Caretaker, id: String) -> AppResult<String> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    off_thread(move || Ok(keeper::incident_report(&state_dir, &profile()?, &id, &WallClock, Zone::Machine)?))
        .await
}
