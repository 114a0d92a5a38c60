//! The month's entry of the version history.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{VersionHistory, VersionShown};
use tauri::State;

use crate::Caretaker;
use crate::commands::{off_thread, profile};
use crate::error::AppResult;

/// The entry of a month, or of this one; changes nothing.
#[tauri::command]
pub async fn version_entry(
    caretaker: State<'_, Caretaker>,
    month: Option<String>,
) -> AppResult<VersionShown> {
    ask(&caretaker, move |history| Ok(history.shown(month.as_deref())?)).await
}

/// Writes the entry that was shown into the file.
#[tauri::command]
pub async fn write_version(
    caretaker: State<'_, Caretaker>,
    month: String,
    text: String,
) -> AppResult<VersionShown> {
    ask(&caretaker, move |history| {
        history.write(Some(&month), &text)?;
        Ok(history.shown(Some(&month))?)
    })
    .await
}

/// Takes the last writing back; what was done, in words, and the entry of the month.
#[tauri::command]
pub async fn undo_version(
    caretaker: State<'_, Caretaker>,
    month: String,
) -> AppResult<(String, VersionShown)> {
    ask(&caretaker, move |history| Ok((history.undo()?, history.shown(Some(&month))?))).await
}

async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&VersionHistory) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    off_thread(move || ask(&VersionHistory::new(profile()?, &state_dir, Arc::new(WallClock), Zone::Machine)))
        .await
}
