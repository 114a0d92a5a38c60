//! Incidents and what people do about them; the channels.

use caretaker_core::alerts::{Handling, Nap};
use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::keeper::Overview;
use tauri::State;

use crate::Caretaker;
use crate::commands::off_thread;
use crate::error::AppResult;

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
