//! Rounds of care: as they stand, ticked, left out, written on, of the past, on paper.

use std::path::PathBuf;

use caretaker_core::fsio;
use caretaker_core::judge::Verdict;
use caretaker_core::keeper::{Cared, PastRound, RoundHistory, Rounds, RoundsShown};
use caretaker_core::routines::round::Deed;
use chrono::NaiveDateTime;
use tauri::{AppHandle, State};

use crate::commands::{cared, off_thread};
use crate::error::AppResult;
use crate::{Caretaker, panel};

/// All rounds as they stand now.
#[tauri::command]
pub async fn rounds(caretaker: State<'_, Caretaker>) -> AppResult<RoundsShown> {
    ask(&caretaker, |rounds, verdict| {
        // Somebody looks: what is done is done now, and not at the loop's next look.
        if let Some(verdict) = verdict {
            rounds.finish_open(verdict)?;
        }
        Ok(rounds.shown(verdict)?)
    })
    .await
}

/// Says that an item is done, or will do.
#[tauri::command]
pub async fn tick_item(
    caretaker: State<'_, Caretaker>,
    round: String,
    slot: NaiveDateTime,
    item: String,
    note: Option<String>,
) -> AppResult<RoundsShown> {
    act(&caretaker, round, slot, Deed::Tick { item, note }).await
}

/// Takes back what was said of an item, or opens the whole round again.
#[tauri::command]
pub async fn untick_item(
    caretaker: State<'_, Caretaker>,
    round: String,
    slot: NaiveDateTime,
    item: Option<String>,
) -> AppResult<RoundsShown> {
    let deed = item.map_or(Deed::Reopen, |item| Deed::Untick { item });
    act(&caretaker, round, slot, deed).await
}

/// Writes something about an item.
#[tauri::command]
pub async fn note_item(
    caretaker: State<'_, Caretaker>,
    round: String,
    slot: NaiveDateTime,
    item: String,
    text: String,
) -> AppResult<RoundsShown> {
    act(&caretaker, round, slot, Deed::Note { item, text }).await
}

/// Leaves an item out, or the whole round.
#[tauri::command]
pub async fn skip_round(
    caretaker: State<'_, Caretaker>,
    round: String,
    slot: NaiveDateTime,
    item: Option<String>,
    reason: String,
) -> AppResult<RoundsShown> {
    act(&caretaker, round, slot, Deed::Skip { item, reason }).await
}

/// What became of the rounds of a year.
#[tauri::command]
pub async fn round_history(caretaker: State<'_, Caretaker>) -> AppResult<RoundHistory> {
    ask(&caretaker, |rounds, _| Ok(rounds.history()?)).await
}

/// The rounds on which something was written that holds a text.
#[tauri::command]
pub async fn search_rounds(caretaker: State<'_, Caretaker>, text: String) -> AppResult<Vec<PastRound>> {
    ask(&caretaker, move |rounds, _| Ok(rounds.search(&text)?)).await
}

/// Writes a round as Markdown into a file that the person chooses; `None` when that was cancelled.
#[tauri::command]
pub async fn export_round(
    app: AppHandle,
    caretaker: State<'_, Caretaker>,
    round: String,
    slot: NaiveDateTime,
) -> AppResult<Option<PathBuf>> {
    let name = format!("{round}-{}.md", slot.format("%Y-%m-%d"));
    let Some(file) = panel::ask_for_new_file(&app, &name).await? else { return Ok(None) };
    ask(&caretaker, move |rounds, verdict| {
        fsio::write_atomic(&file, rounds.markdown(&round, verdict)?.as_bytes(), 0o644)?;
        Ok(Some(file))
    })
    .await
}

async fn act(
    caretaker: &Caretaker,
    round: String,
    slot: NaiveDateTime,
    deed: Deed,
) -> AppResult<RoundsShown> {
    ask(caretaker, move |rounds, verdict| Ok(rounds.act(&round, Some(slot), &deed, verdict)?)).await
}

/// Asks the rounds of what is watched, by the newest judgement.
async fn ask<T: Send + 'static>(
    caretaker: &Caretaker,
    ask: impl FnOnce(&Rounds, Option<&Verdict>) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let open = cared(caretaker)?;
    let overview = caretaker.keeper()?.overview();
    off_thread(move || {
        let Cared { rounds, .. } = open()?;
        ask(&rounds, overview.verdict.as_ref())
    })
    .await
}
