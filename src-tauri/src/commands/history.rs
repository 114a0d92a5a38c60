//! What is on record: incidents, charts, days, moments.

use std::path::PathBuf;
use std::time::Duration;

use caretaker_core::alerts::Incident;
use caretaker_core::clock::{Clock, Instant, WallClock, Zone};
use caretaker_core::fsio;
use caretaker_core::keeper::{Chart, Day, LookBack, Moment, Span};
use caretaker_core::signal::SignalId;
use chrono::{NaiveDate, TimeDelta};
use tauri::{AppHandle, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, panel};

/// Files that are exported hold what is kept longest.
const EXPORTED: TimeDelta = TimeDelta::days(730);
/// In steps of this length.
const EXPORT_STEP: Duration = Duration::from_secs(300);

/// All incidents on record, newest first.
#[tauri::command]
pub async fn incidents(caretaker: State<'_, Caretaker>) -> AppResult<Vec<Incident>> {
    look_back(&caretaker, |record| Ok(record.incidents()?)).await
}

/// A signal over time.
#[tauri::command]
pub async fn chart(caretaker: State<'_, Caretaker>, signal: SignalId, span: Span) -> AppResult<Chart> {
    look_back(&caretaker, move |record| Ok(record.chart(signal, span, WallClock.now())?)).await
}

/// A day of the light; today where no date is named.
#[tauri::command]
pub async fn day(caretaker: State<'_, Caretaker>, date: Option<NaiveDate>) -> AppResult<Day> {
    look_back(&caretaker, move |record| {
        let now = WallClock.now();
        Ok(record.day(date.unwrap_or_else(|| Zone::Machine.local(now).date()), now)?)
    })
    .await
}

/// How everything stood at one moment.
#[tauri::command]
pub async fn moment(caretaker: State<'_, Caretaker>, at: Instant) -> AppResult<Moment> {
    look_back(&caretaker, move |record| Ok(record.moment(at)?)).await
}

/// Writes everything on record of a signal into a file that the person chooses; `None` when that was cancelled.
#[tauri::command]
pub async fn export_history(
    app: AppHandle,
    caretaker: State<'_, Caretaker>,
    signal: SignalId,
) -> AppResult<Option<PathBuf>> {
    let Some(file) = panel::ask_for_new_file(&app, &format!("{signal}.csv")).await? else { return Ok(None) };
    look_back(&caretaker, move |record| {
        let now = WallClock.now();
        let csv = record.csv(&[signal], now - EXPORTED, now, EXPORT_STEP)?;
        fsio::write_atomic(&file, csv.as_bytes(), 0o644)?;
        Ok(Some(file))
    })
    .await
}

/// The file of the profile in force.
///
/// # Errors
/// When the loop does not run.
pub(super) fn profile_file(caretaker: &Caretaker) -> AppResult<PathBuf> {
    let overview = caretaker.keeper()?.overview();
    let file = overview.ecosystem.as_ref().map(|ecosystem| PathBuf::from(&ecosystem.profile));
    Ok(file.unwrap_or_else(|| caretaker.place().profile))
}

/// Asks the record of what is watched, off the threads that answer the page.
pub(super) async fn look_back<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&LookBack) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    off_thread(move || ask(&LookBack::open(&state_dir, profile()?, Zone::Machine)?)).await
}
