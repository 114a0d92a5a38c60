//! The ecosystem's reports: by day, one read, searched.

use caretaker_core::judge::Verdict;
use caretaker_core::keeper::{Cared, ReportHit, ReportShown, Reports, ReportsShown};
use chrono::NaiveDate;
use tauri::State;

use crate::Caretaker;
use crate::commands::{cared, off_thread};
use crate::error::AppResult;

/// The reports of thirty days, the newest first; of the days before one where it is named.
#[tauri::command]
pub async fn reports(caretaker: State<'_, Caretaker>, before: Option<NaiveDate>) -> AppResult<ReportsShown> {
    ask(&caretaker, move |reports, _| Ok(reports.shown(before))).await
}

/// One report with its figures; the newest of its kind where no day is named.
#[tauri::command]
pub async fn report(
    caretaker: State<'_, Caretaker>,
    kind: String,
    date: Option<NaiveDate>,
) -> AppResult<ReportShown> {
    ask(&caretaker, move |reports, verdict| Ok(reports.report(&kind, date, verdict)?)).await
}

/// Notes that a person read a report.
#[tauri::command]
pub async fn review_report(caretaker: State<'_, Caretaker>, kind: String, date: NaiveDate) -> AppResult<()> {
    ask(&caretaker, move |reports, _| Ok(reports.review(&kind, date)?)).await
}

/// The places in all reports that hold a text, newest first.
#[tauri::command]
pub async fn search_reports(caretaker: State<'_, Caretaker>, text: String) -> AppResult<Vec<ReportHit>> {
    ask(&caretaker, move |reports, _| Ok(reports.search(&text))).await
}

async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&Reports, Option<&Verdict>) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let open = cared(caretaker)?;
    let overview = caretaker.keeper()?.overview();
    off_thread(move || {
        let Cared { reports, .. } = open()?;
        ask(&reports, overview.verdict.as_ref())
    })
    .await
}
