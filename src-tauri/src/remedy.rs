//! Showing what a remedy points at: a log, a folder, the profile.

use std::path::{Path, PathBuf};

use caretaker_core::error::Error;
use caretaker_core::judge::RemedyAction;
use caretaker_core::keeper::Overview;
use caretaker_core::profile::{self, Profile};
use tauri::{AppHandle, Wry};
use tauri_plugin_opener::OpenerExt;

use crate::error::{AppError, AppResult};
use crate::place::Place;

/// How a thing is shown.
#[derive(Debug, PartialEq, Eq)]
enum Showing {
    /// Opened with the program that belongs to it.
    Open(PathBuf),
    /// Selected in the file manager.
    Reveal(PathBuf),
}

/// Shows what `action` points at; changes nothing.
///
/// # Errors
/// When the profile does not say where the thing is, when it is not there, or when the system cannot open it.
pub fn show(app: &AppHandle<Wry>, overview: &Overview, place: &Place, action: RemedyAction) -> AppResult<()> {
    let file =
        overview.ecosystem.as_ref().map_or_else(|| place.profile.clone(), |e| PathBuf::from(&e.profile));
    let showing = match action {
        RemedyAction::OpenProfile => Showing::Open(file),
        _ => {
            let profile = profile::load(&file, place.home.as_deref()).map_err(Error::from)?;
            target(&profile, action).ok_or_else(|| {
                AppError::system("The profile does not say where that is.")
                    .hint(format!("Add it to {}.", file.display()))
            })?
        }
    };
    let (Showing::Open(path) | Showing::Reveal(path)) = &showing;
    there(path)?;
    match showing {
        Showing::Open(path) => app.opener().open_path(path.to_string_lossy(), None::<&str>)?,
        Showing::Reveal(path) => app.opener().reveal_item_in_dir(path)?,
    }
    Ok(())
}

/// Where `action` points in `profile`; `None` where the profile names no such thing.
fn target(profile: &Profile, action: RemedyAction) -> Option<Showing> {
    match action {
        RemedyAction::ShowLog => profile.logs.first().map(|log| Showing::Reveal(log.path.clone())),
        RemedyAction::ShowRoot => Some(Showing::Open(profile.root.clone())),
        RemedyAction::ShowData => Some(Showing::Open(profile.data_dir.clone())),
        RemedyAction::ShowReports => {
            let folder = profile.reports.first()?.pattern.parent()?;
            Some(Showing::Open(folder.to_owned()))
        }
        // Done in the window, or by looking again.
        _ => None,
    }
}

/// The system's openers say nothing useful about a path that is not there.
fn there(path: &Path) -> AppResult<()> {
    match path.symlink_metadata() {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::io("open", path, error).into()),
    }
}
