//! The review of the ecosystem's settings.

use std::sync::Arc;

use caretaker_core::clock::WallClock;
use caretaker_core::keeper::{SettingsReview, SettingsReviewShown};
use tauri::State;

use crate::Caretaker;
use crate::commands::{off_thread, profile};
use crate::error::AppResult;

/// All settings in one view, beside what they were at the last review.
#[tauri::command]
pub async fn settings_review(caretaker: State<'_, Caretaker>) -> AppResult<SettingsReviewShown> {
    let open = opener(&caretaker)?;
    off_thread(move || Ok(open()?.shown()?)).await
}

/// Says that what was seen was reviewed.
#[tauri::command]
pub async fn review_settings(
    caretaker: State<'_, Caretaker>,
    seen: String,
    note: Option<String>,
) -> AppResult<SettingsReviewShown> {
    let (open, keeper) = (opener(&caretaker)?, caretaker.keeper()?);
    off_thread(move || {
        let review = open()?;
        review.done(&seen, note.as_deref())?;
        keeper.check_now();
        Ok(review.shown()?)
    })
    .await
}

/// Opens the review of what is watched; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<SettingsReview> + Send + 'static> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    Ok(move || Ok(SettingsReview::new(&profile()?, &state_dir, Arc::new(WallClock))))
}
