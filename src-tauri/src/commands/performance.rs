//! How the ecosystem performs: a span beside the one before and a baseline.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{Performance, PerformanceShown, PerformanceSpan};
use tauri::State;

use crate::Caretaker;
use crate::commands::{off_thread, profile};
use crate::error::AppResult;

/// The figures of a span beside those before.
#[tauri::command]
pub async fn performance(
    caretaker: State<'_, Caretaker>,
    span: PerformanceSpan,
) -> AppResult<PerformanceShown> {
    ask(&caretaker, move |performance| Ok(performance.shown(span)?)).await
}

/// Keeps a span as the baseline; the figures beside it.
#[tauri::command]
pub async fn keep_performance(
    caretaker: State<'_, Caretaker>,
    span: PerformanceSpan,
) -> AppResult<PerformanceShown> {
    ask(&caretaker, move |performance| {
        performance.keep_baseline(span)?;
        Ok(performance.shown(span)?)
    })
    .await
}

async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&Performance) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    off_thread(move || ask(&Performance::new(profile()?, &state_dir, Arc::new(WallClock), Zone::Machine)))
        .await
}
