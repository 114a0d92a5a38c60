//! Runbooks: what fits now, gone through step by step, taken back, on paper.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::fsio;
use caretaker_core::keeper::{CourseShown, Eyes, RunbookRow, RunbookShown, Runbooks, StepPlan};
use caretaker_core::progress::Progress;
use tauri::{AppHandle, Manager, State};

use crate::commands::{off_thread, profile};
use crate::error::AppResult;
use crate::{Caretaker, job, panel};

/// All runbooks, those that fit what is seen now first.
#[tauri::command]
pub async fn runbooks(caretaker: State<'_, Caretaker>) -> AppResult<Vec<RunbookRow>> {
    ask(&caretaker, |books| Ok(books.list()?)).await
}

/// A runbook with the evidence of its steps.
#[tauri::command]
pub async fn runbook(caretaker: State<'_, Caretaker>, id: String) -> AppResult<RunbookShown> {
    ask(&caretaker, move |books| Ok(books.show(&id)?)).await
}

/// Begins a runbook, or goes on with it.
#[tauri::command]
pub async fn begin_runbook(caretaker: State<'_, Caretaker>, id: String) -> AppResult<RunbookShown> {
    ask(&caretaker, move |books| Ok(books.start(&id, None)?)).await
}

/// What a step would do; changes nothing.
#[tauri::command]
pub async fn step_plan(
    caretaker: State<'_, Caretaker>,
    id: String,
    step: String,
    choice: Option<String>,
) -> AppResult<StepPlan> {
    ask(&caretaker, move |books| Ok(books.plan(&id, &step, choice.as_deref())?)).await
}

/// Does a step.
#[tauri::command]
pub async fn do_step(
    app: AppHandle,
    id: String,
    step: String,
    choice: Option<String>,
) -> AppResult<RunbookShown> {
    work(app, move |books, progress| Ok(books.act(&id, &step, choice.as_deref(), progress)?)).await
}

/// Says that a step was looked at.
#[tauri::command]
pub async fn see_step(
    caretaker: State<'_, Caretaker>,
    id: String,
    step: String,
    note: String,
) -> AppResult<RunbookShown> {
    ask(&caretaker, move |books| Ok(books.see(&id, &step, &note)?)).await
}

/// Leaves a step out, with a reason.
#[tauri::command]
pub async fn skip_step(
    caretaker: State<'_, Caretaker>,
    id: String,
    step: String,
    reason: String,
) -> AppResult<RunbookShown> {
    ask(&caretaker, move |books| Ok(books.skip(&id, &step, &reason)?)).await
}

/// Takes back what a step did.
#[tauri::command]
pub async fn undo_step(app: AppHandle, id: String, step: String) -> AppResult<RunbookShown> {
    work(app, move |books, progress| Ok(books.undo(&id, &step, progress)?)).await
}

/// Ends a runbook; the report of it as Markdown.
#[tauri::command]
pub async fn end_runbook(caretaker: State<'_, Caretaker>, id: String) -> AppResult<String> {
    ask(&caretaker, move |books| Ok(books.end(&id)?)).await
}

/// What was gone through, newest first.
#[tauri::command]
pub async fn past_runbooks(caretaker: State<'_, Caretaker>) -> AppResult<Vec<CourseShown>> {
    ask(&caretaker, |books| Ok(books.past()?)).await
}

/// The report of one that was gone through, as Markdown.
#[tauri::command]
pub async fn runbook_report(caretaker: State<'_, Caretaker>, course: String) -> AppResult<String> {
    ask(&caretaker, move |books| Ok(books.report(&course)?)).await
}

/// Writes that report into a file that the person chooses; `None` when that was cancelled.
#[tauri::command]
pub async fn save_runbook_report(
    app: AppHandle,
    caretaker: State<'_, Caretaker>,
    course: String,
) -> AppResult<Option<PathBuf>> {
    let name = format!("{course}.md");
    let Some(file) = panel::ask_for_new_file(&app, &name).await? else { return Ok(None) };
    ask(&caretaker, move |books| {
        fsio::write_atomic(&file, books.report(&course)?.as_bytes(), 0o644)?;
        Ok(Some(file))
    })
    .await
}

async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&Runbooks) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let open = opener(caretaker)?;
    off_thread(move || ask(&open()?)).await
}

/// Does a step, alone, and looks at everything again.
async fn work<T: Send + 'static>(
    app: AppHandle,
    work: impl FnOnce(&Runbooks, &dyn Progress) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let caretaker = app.state::<Caretaker>();
    let (open, keeper) = (opener(&caretaker)?, caretaker.keeper()?);
    let handle = app.clone();
    off_thread(move || {
        let books = open()?;
        let done = job::run(&handle, |progress| work(&books, progress));
        keeper.check_now();
        done
    })
    .await
}

/// Opens the runbooks of what is watched; to be called where waiting is no harm.
fn opener(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Runbooks> + Send + 'static> {
    let (profile, place, keeper) = (profile(caretaker)?, caretaker.place(), caretaker.keeper()?);
    let known = keeper.clone();
    let eyes = Eyes {
        newest: Box::new(move || known.overview().verdict.clone()),
        fresh: Box::new(move || keeper.check_now().verdict.clone()),
    };
    Ok(move || {
        let home = place.home.as_deref().map(Path::to_owned);
        let clock = Arc::new(WallClock);
        Ok(Runbooks::new(profile()?, &place.state_dir, home.as_deref(), clock, Zone::Machine, eyes))
    })
}
