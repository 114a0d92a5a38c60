//! Verification and audit: made anew, and what they found followed until it is gone.

use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{Examined, Examiner, FindingShown};
use caretaker_core::upkeep::ExaminationKind;
use tauri::{AppHandle, Manager, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, job};

/// The newest examination of a kind, with its findings as they stand now.
#[tauri::command]
pub async fn examined(caretaker: State<'_, Caretaker>, kind: ExaminationKind) -> AppResult<Option<Examined>> {
    let open = opener(&caretaker)?;
    off_thread(move || Ok(open()?.last(kind)?)).await
}

/// Examines anew.
#[tauri::command]
pub async fn examine(app: AppHandle, kind: ExaminationKind) -> AppResult<Examined> {
    let open = opener(&app.state::<Caretaker>())?;
    off_thread(move || {
        let examiner = open()?;
        job::run(&app, |progress| {
            Ok(match kind {
                ExaminationKind::Verification => examiner.verify(progress)?,
                ExaminationKind::Audit => examiner.audit(progress)?,
            })
        })
    })
    .await
}

/// Lets a finding stay, with the reason why; with `None` it is open again.
#[tauri::command]
pub async fn accept_finding(
    caretaker: State<'_, Caretaker>,
    id: String,
    reason: Option<String>,
) -> AppResult<FindingShown> {
    let open = opener(&caretaker)?;
    off_thread(move || {
        let examiner = open()?;
        Ok(match reason {
            Some(reason) => examiner.accept(&id, &reason)?,
            None => examiner.reopen(&id)?,
        })
    })
    .await
}

/// Opens the examiner of what is watched, with the newest judgement; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Examiner> + Send + 'static> {
    let (profile, state_dir) = (profile(caretaker)?, caretaker.place().state_dir);
    let verdict = caretaker.keeper()?.overview().verdict.clone();
    Ok(move || Ok(Examiner::new(profile()?, &state_dir, Arc::new(WallClock), Zone::Machine).judged(verdict)))
}
