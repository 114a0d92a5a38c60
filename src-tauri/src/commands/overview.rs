//! The overview: the snapshot, another look, the remedy's click.

use caretaker_core::judge::RemedyAction;
use caretaker_core::keeper::Overview;
use tauri::{AppHandle, State};

use crate::commands::off_thread;
use crate::error::AppResult;
use crate::{Caretaker, panel, remedy};

/// The newest overview, without waiting.
#[tauri::command]
pub async fn overview(caretaker: State<'_, Caretaker>) -> AppResult<Overview> {
    Ok(Overview::clone(&caretaker.keeper()?.overview()))
}

/// Looks again and gives the result.
#[tauri::command]
pub async fn check_now(caretaker: State<'_, Caretaker>) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    off_thread(move || Ok(Overview::clone(&keeper.check_now()))).await
}

/// Carries out a remedy that one click can; none of them changes the ecosystem.
#[tauri::command]
pub async fn remedy(
    app: AppHandle,
    caretaker: State<'_, Caretaker>,
    action: RemedyAction,
) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    let place = caretaker.place();
    if let Some(view) = action.aim() {
        panel::open_at(&app, panel::From::Launch, view);
        return Ok(Overview::clone(&keeper.overview()));
    }
    off_thread(move || match action {
        RemedyAction::CheckAgain => Ok(Overview::clone(&keeper.check_now())),
        shown => {
            let overview = keeper.overview();
            remedy::show(&app, &overview, &place, shown)?;
            Ok(Overview::clone(&overview))
        }
    })
    .await
}

/// Closes the panel, as Escape does.
#[tauri::command]
pub async fn close_panel(app: AppHandle) -> AppResult<()> {
    panel::close(&app);
    Ok(())
}

/// The view that was asked for in the icon's menu or in a notification, once.
#[tauri::command]
pub fn wanted_view(app: AppHandle) -> Option<String> {
    panel::take_view(&app)
}
