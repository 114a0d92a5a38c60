//! Who is told what, when and by which way: shown, and kept in the profile.

use caretaker_core::keeper::Overview;
use caretaker_core::profile::{self, Telling, TellingChange};
use caretaker_core::secrets::Secrets;
use tauri::State;

use crate::Caretaker;
use crate::commands::history::look_back;
use crate::commands::{change_profile, off_thread};
use crate::error::AppResult;

/// Who is told what by the profile in force.
#[tauri::command]
pub async fn telling(caretaker: State<'_, Caretaker>) -> AppResult<Telling> {
    look_back(&caretaker, |record| Ok(profile::telling(record.profile()))).await
}

/// Writes a change into the profile, comments kept, and takes it at once.
#[tauri::command]
pub async fn change_telling(caretaker: State<'_, Caretaker>, change: TellingChange) -> AppResult<Overview> {
    change_profile(&caretaker, move |editing| editing.with_telling(&change)).await
}

/// Puts a secret into the keychain under a name that the profile can point to.
#[tauri::command]
pub async fn keep_secret(name: String, secret: String) -> AppResult<()> {
    off_thread(move || Ok(Secrets::new(|_| None).keep(&name, &secret)?)).await
}
