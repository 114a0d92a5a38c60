//! The programs of the profile: run, and what they claim beside what was measured.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{ProgramRun, ProgramShown, Programs};
use tauri::{AppHandle, Manager, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, job};

/// All of them, with their last run.
#[tauri::command]
pub async fn programs(caretaker: State<'_, Caretaker>) -> AppResult<Vec<ProgramShown>> {
    let open = opener(&caretaker)?;
    off_thread(move || Ok(open()?.list()?)).await
}

/// Runs one to its end; what came of it, and all of them then.
#[tauri::command]
pub async fn run_program(app: AppHandle, name: String) -> AppResult<(ProgramRun, Vec<ProgramShown>)> {
    let caretaker = app.state::<Caretaker>();
    let open = opener(&caretaker)?;
    let handle = app.clone();
    off_thread(move || {
        let programs = open()?;
        let run = job::run(&handle, |progress| Ok(programs.run(&name, progress)?))?;
        Ok((run, programs.list()?))
    })
    .await
}

/// Keeps the last run of one as what others are compared with.
#[tauri::command]
pub async fn keep_baseline(caretaker: State<'_, Caretaker>, name: String) -> AppResult<Vec<ProgramShown>> {
    let open = opener(&caretaker)?;
    off_thread(move || {
        let programs = open()?;
        programs.keep_baseline(&name)?;
        Ok(programs.list()?)
    })
    .await
}

/// Opens the programs of what is watched; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Programs> + Send + 'static> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    Ok(move || Ok(Programs::new(profile()?, &state_dir, Arc::new(WallClock), Zone::Machine)))
}
