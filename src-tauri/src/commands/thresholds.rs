//! Thresholds: as they are, tried on what is on record, kept in the profile.

use caretaker_core::alerts::WhatIf;
use caretaker_core::clock::{Clock, WallClock};
use caretaker_core::keeper::Overview;
use caretaker_core::profile::{self, Editing, Threshold, ThresholdChange};
use chrono::TimeDelta;
use tauri::State;

use crate::Caretaker;
use crate::commands::change_profile;
use crate::commands::history::{look_back, profile_file};
use crate::error::AppResult;

/// Every look is kept for two days: that is what thresholds are tried on.
const ON_RECORD: TimeDelta = TimeDelta::days(2);

/// The thresholds of every signal that has a number.
#[tauri::command]
pub async fn thresholds(caretaker: State<'_, Caretaker>) -> AppResult<Vec<Threshold>> {
    look_back(&caretaker, |record| Ok(profile::thresholds(record.profile()))).await
}

/// What other thresholds would have changed; writes nothing.
#[tauri::command]
pub async fn try_thresholds(
    caretaker: State<'_, Caretaker>,
    changes: Vec<ThresholdChange>,
) -> AppResult<WhatIf> {
    let file = profile_file(&caretaker)?;
    let home = caretaker.place().home;
    look_back(&caretaker, move |record| {
        let (_, other) = Editing::open(&file, home.as_deref())?.with_thresholds(&changes)?;
        Ok(record.what_if(&other, WallClock.now() - ON_RECORD)?)
    })
    .await
}

/// Writes other thresholds into the profile, comments kept, and looks by them at once.
#[tauri::command]
pub async fn set_thresholds(
    caretaker: State<'_, Caretaker>,
    changes: Vec<ThresholdChange>,
) -> AppResult<Overview> {
    change_profile(&caretaker, move |editing| editing.with_thresholds(&changes)).await
}
