//! The settings: of the profile, of this computer, and the way out.

use std::path::PathBuf;

use caretaker_core::keeper::{Ground, Keeper, Leaving, Overview, leave, leaving};
use caretaker_core::profile::{self, Editing, Preference, PreferenceChange};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;

use crate::at_login::{self, AtLogin};
use crate::commands::history::profile_file;
use crate::commands::{change_profile, off_thread};
use crate::error::{AppError, AppResult};
use crate::place::Place;
use crate::{Caretaker, notify, tool};

/// What the profile says, and would say by default.
#[tauri::command]
pub async fn preferences(caretaker: State<'_, Caretaker>) -> AppResult<Vec<Preference>> {
    let file = profile_file(&caretaker)?;
    let home = caretaker.place().home;
    off_thread(move || Ok(profile::preferences(&Editing::open(&file, home.as_deref())?)?)).await
}

/// Writes changes into the profile, comments kept, and takes them at once.
#[tauri::command]
pub async fn set_preferences(
    caretaker: State<'_, Caretaker>,
    changes: Vec<PreferenceChange>,
) -> AppResult<Overview> {
    change_profile(&caretaker, move |editing| editing.with_preferences(&changes)).await
}

/// The app on this computer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Installed {
    /// Its version.
    version: &'static str,
    /// Whether it is started at login.
    at_login: AtLogin,
    /// Whether the system shows its notifications; `None` where it cannot tell, or nobody was asked.
    notifications: Option<bool>,
    /// Where a shell finds the command line.
    tool: Option<PathBuf>,
    /// Whether a link to it can be made.
    tool_offered: bool,
    /// Where the records lie.
    state_dir: PathBuf,
}

/// How the app is installed.
#[tauri::command]
pub async fn installed(caretaker: State<'_, Caretaker>) -> AppResult<Installed> {
    let place = caretaker.place();
    off_thread(move || look(&place)).await
}

/// Has the app started at login, or not any more.
#[tauri::command]
pub async fn start_at_login(caretaker: State<'_, Caretaker>, on: bool) -> AppResult<Installed> {
    let place = caretaker.place();
    off_thread(move || {
        let entry = place.paths.as_ref().and_then(|paths| paths.at_login.as_deref());
        at_login::set(entry, &program()?, on)?;
        look(&place)
    })
    .await
}

/// Makes a link to the command line where shells look.
#[tauri::command]
pub async fn install_tool(caretaker: State<'_, Caretaker>) -> AppResult<Installed> {
    let place = caretaker.place();
    off_thread(move || {
        let beside = tool::beside(&program()?)
            .ok_or_else(|| AppError::system("The command line does not lie beside this app."))?;
        let paths = place.paths.as_ref().ok_or_else(|| AppError::system("There is no home folder."))?;
        tool::install(&beside, &paths.tool)?;
        look(&place)
    })
    .await
}

fn program() -> AppResult<PathBuf> {
    std::env::current_exe()
        .map_err(|error| AppError::system(format!("Caretaker cannot find its own program: {error}")))
}

fn look(place: &Place) -> AppResult<Installed> {
    let program = program()?;
    let paths = place.paths.as_ref();
    let path = std::env::var("PATH").unwrap_or_default();
    let found = tool::on_path(&path, paths.map(|paths| paths.tool.as_path()));
    Ok(Installed {
        version: env!("CARGO_PKG_VERSION"),
        at_login: at_login::state(paths.and_then(|paths| paths.at_login.as_deref()), &program),
        notifications: notify::are_on(),
        tool_offered: found.is_none() && paths.is_some() && tool::beside(&program).is_some(),
        tool: found,
        state_dir: place.state_dir.clone(),
    })
}

/// What can be shown from the settings.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShownPlace {
    /// The profile, in the program that belongs to it.
    Profile,
    /// The folder of the records.
    Records,
    /// The folder of the backups.
    Backups,
    /// The system's settings of notifications.
    NotificationSettings,
    /// The system's settings of what may be read.
    PrivacySettings,
    /// The system's settings of login items.
    LoginSettings,
}

/// Shows a place that the settings speak of.
#[tauri::command]
pub async fn show_place(app: AppHandle, caretaker: State<'_, Caretaker>, of: ShownPlace) -> AppResult<()> {
    let profile_file = profile_file(&caretaker)?;
    let place = caretaker.place();
    off_thread(move || {
        let opener = app.opener();
        match of {
            ShownPlace::Profile => opener.open_path(profile_file.to_string_lossy(), None::<&str>)?,
            ShownPlace::Records => opener.open_path(place.state_dir.to_string_lossy(), None::<&str>)?,
            ShownPlace::Backups => {
                let profile = profile::load(&profile_file, place.home.as_deref())
                    .map_err(caretaker_core::error::Error::from)?;
                opener.open_path(profile.backups.folder.to_string_lossy(), None::<&str>)?;
            }
            ShownPlace::NotificationSettings => {
                opener.open_url(
                    "x-apple.systempreferences:com.apple.Notifications-Settings.extension",
                    None::<&str>,
                )?;
            }
            ShownPlace::PrivacySettings => opener.open_url(
                "x-apple.systempreferences:com.apple.preference.security?Privacy_AllFiles",
                None::<&str>,
            )?,
            ShownPlace::LoginSettings => {
                opener.open_url(
                    "x-apple.systempreferences:com.apple.LoginItems-Settings.extension",
                    None::<&str>,
                )?;
            }
        }
        Ok(())
    })
    .await
}

/// What goes when Caretaker is removed from this computer, and what stays; changes nothing.
#[tauri::command]
pub async fn leaving_plan(caretaker: State<'_, Caretaker>) -> AppResult<Leaving> {
    let ground = ground(&caretaker)?;
    off_thread(move || Ok(leaving(&ground)?)).await
}

/// Ends the watch, removes what was shown, and quits.
#[tauri::command]
pub async fn remove_caretaker(
    app: AppHandle,
    caretaker: State<'_, Caretaker>,
    shown: usize,
) -> AppResult<Vec<String>> {
    let (ground, keepers) = (ground(&caretaker)?, caretaker.keepers());
    let place = caretaker.own_place().clone();
    off_thread(move || {
        let plan = leaving(&ground)?;
        if plan.goes.len() + plan.secrets.len() != shown {
            return Err(AppError::from(
                caretaker_core::error::Error::new(
                    caretaker_core::error::ErrorKind::Busy,
                    "what would go has changed since it was shown; nothing was removed",
                )
                .hint("Look at it anew."),
            ));
        }
        keepers.iter().for_each(Keeper::stop);
        let entry = place.paths.as_ref().and_then(|paths| paths.at_login.as_deref());
        let left = leave(&ground, &plan)?;
        // On macOS the login item is the system's; elsewhere its entry has just gone.
        if let Err(error) = at_login::set(entry, &program()?, false) {
            tracing::warn!(%error, "the login item stays");
        }
        if left.is_empty() {
            app.exit(0);
        }
        Ok(left)
    })
    .await
}

/// Of the whole program, whichever ecosystem is shown.
fn ground(caretaker: &Caretaker) -> AppResult<Ground> {
    let place = caretaker.own_place();
    // What is watched without a profile at its usual place (the demo) is named by the loop.
    let file = if place.profile.exists() { place.profile.clone() } else { profile_file(caretaker)? };
    Ok(Ground::of(place.paths.as_ref(), &file, &place.state_dir, place.home.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_gets_what_its_types_say() {
        let installed = Installed {
            version: "1",
            at_login: AtLogin::NeedsApproval,
            notifications: None,
            tool: Some("/usr/bin/caretaker".into()),
            tool_offered: false,
            state_dir: "/s".into(),
        };
        assert_eq!(
            serde_json::to_value(installed).unwrap(),
            serde_json::json!({
                "version": "1", "at_login": "needs-approval", "notifications": null,
                "tool": "/usr/bin/caretaker", "tool_offered": false, "state_dir": "/s"
            })
        );
    }
}
