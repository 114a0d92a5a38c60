//! What the page can ask for: one file a view, one call into the core each.

mod alerts;
pub(crate) mod backups;
mod diagnosis;
mod ecosystems;
mod examination;
mod first_run;
mod history;
mod moving;
mod overview;
mod performance;
mod preferences;
mod process;
mod programs;
mod reports;
mod review;
mod rounds;
mod runbooks;
mod telling;
mod thresholds;
mod upkeep;
mod version;

use std::sync::Arc;

use caretaker_core::clock::{Clock, WallClock, Zone};
use caretaker_core::error::Error;
use caretaker_core::keeper::{Cared, Overview};
use caretaker_core::profile::{self, Editing, Profile};
use tauri::Wry;
use tauri::ipc::Invoke;

use crate::Caretaker;
use crate::error::{AppError, AppResult};

/// The handler of every command.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        overview::overview,
        overview::check_now,
        first_run::choose_folder,
        first_run::discover,
        first_run::adopt,
        first_run::start_demo,
        ecosystems::ecosystems,
        ecosystems::show_ecosystem,
        ecosystems::watch_ecosystem,
        overview::remedy,
        overview::close_panel,
        overview::wanted_view,
        history::incidents,
        history::chart,
        history::day,
        history::moment,
        history::export_history,
        thresholds::thresholds,
        thresholds::try_thresholds,
        thresholds::set_thresholds,
        telling::telling,
        telling::change_telling,
        telling::keep_secret,
        preferences::preferences,
        preferences::set_preferences,
        preferences::installed,
        preferences::start_at_login,
        preferences::install_tool,
        preferences::show_place,
        moving::export_all,
        moving::import_all,
        preferences::leaving_plan,
        preferences::remove_caretaker,
        backups::backups,
        backups::backup_files,
        backups::restore_plan,
        backups::back_up,
        backups::verify_backup,
        backups::drill_backup,
        backups::send_away,
        backups::fetch_away,
        backups::restore,
        backups::undo_restore,
        backups::let_go,
        backups::prune_plan,
        backups::prune,
        backups::cancel_job,
        reports::reports,
        reports::report,
        reports::review_report,
        reports::search_reports,
        rounds::rounds,
        rounds::tick_item,
        rounds::untick_item,
        rounds::note_item,
        rounds::skip_round,
        rounds::round_history,
        rounds::search_rounds,
        rounds::export_round,
        upkeep::upkeep,
        upkeep::cleanups,
        upkeep::cleanup_plan,
        upkeep::clean_up,
        upkeep::undo_cleanup,
        upkeep::space,
        upkeep::tuning,
        upkeep::settings,
        upkeep::modules,
        upkeep::preset_plan,
        upkeep::setting_plan,
        upkeep::module_plan,
        upkeep::tune,
        upkeep::revert_tuning,
        process::process,
        process::process_plan,
        process::process_act,
        upkeep::journal,
        upkeep::note_journal,
        alerts::incident_report,
        alerts::export_incident,
        diagnosis::diagnosis,
        diagnosis::save_bundle,
        programs::programs,
        programs::run_program,
        programs::keep_baseline,
        examination::examined,
        examination::examine,
        examination::accept_finding,
        performance::performance,
        performance::keep_performance,
        review::settings_review,
        review::review_settings,
        version::version_entry,
        version::write_version,
        version::undo_version,
        runbooks::runbooks,
        runbooks::runbook,
        runbooks::begin_runbook,
        runbooks::step_plan,
        runbooks::do_step,
        runbooks::see_step,
        runbooks::skip_step,
        runbooks::undo_step,
        runbooks::end_runbook,
        runbooks::past_runbooks,
        runbooks::runbook_report,
        runbooks::save_runbook_report,
        alerts::acknowledge,
        alerts::snooze,
        alerts::test_channel,
    ]
}

/// Opens reports and rounds of what is watched; to be called where waiting is no harm.
fn cared(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Cared> + Send + 'static> {
    let (profile, care) = (profile(caretaker)?, Arc::clone(&caretaker.shown().care));
    let state_dir = caretaker.place().state_dir;
    Ok(move || {
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        Ok(care.of(profile()?, &state_dir, &clock, Zone::Machine))
    })
}

/// Loads the profile in force; to be called where waiting is no harm.
fn profile(caretaker: &Caretaker) -> AppResult<impl FnOnce() -> AppResult<Profile> + Send + 'static> {
    let file = history::profile_file(caretaker)?;
    let home = caretaker.place().home;
    Ok(move || Ok(profile::load(&file, home.as_deref()).map_err(Error::from)?))
}

/// Writes a change into the profile in force, its comments kept, and looks by it at once.
async fn change_profile(
    caretaker: &Caretaker,
    change: impl FnOnce(&Editing) -> caretaker_core::error::Result<(String, Profile)> + Send + 'static,
) -> AppResult<Overview> {
    let keeper = caretaker.keeper()?;
    let file = history::profile_file(caretaker)?;
    let home = caretaker.place().home;
    off_thread(move || {
        let editing = Editing::open(&file, home.as_deref())?;
        let (text, _) = change(&editing)?;
        editing.write(&text)?;
        Ok(Overview::clone(&keeper.check_now()))
    })
    .await
}

/// Runs work that waits, off the threads that answer the page.
async fn off_thread<T, F>(work: F) -> AppResult<T>
where
    T: Send + 'static,
    F: FnOnce() -> AppResult<T> + Send + 'static,
{
    tauri::async_runtime::spawn_blocking(work)
        .await
        .map_err(|error| AppError::system(format!("the work was broken off: {error}")))?
}

#[cfg(test)]
mod tests {
    include!("commands/names.rs");

    /// The commands between the brackets of `generate_handler!`, without their module.
    fn handled() -> Vec<String> {
        let source = include_str!("commands.rs");
        let list = source.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
        list.split(',')
            .map(|name| name.trim().rsplit("::").next().unwrap().to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    }

    #[test]
    fn handler_and_build_script_name_the_same_commands() {
        assert_eq!(handled(), COMMANDS);
    }

    #[test]
    fn the_capability_allows_these_commands_to_the_panel_and_nothing_else() {
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/panel.json")).unwrap();
        // A round is printed by the page; on macOS that is a command of the web view.
        let expected: Vec<String> =
            ["core:event:allow-listen", "core:event:allow-unlisten", "core:webview:allow-print"]
                .into_iter()
                .map(str::to_owned)
                .chain(COMMANDS.iter().map(|name| format!("allow-{}", name.replace('_', "-"))))
                .collect();
        let allowed: Vec<&str> =
            capability["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        let mut sorted = (expected.iter().map(String::as_str).collect::<Vec<_>>(), allowed);
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1);
        assert_eq!(capability["windows"], serde_json::json!(["panel"]));
        assert!(capability.get("remote").is_none(), "no page from elsewhere may call");
    }
}
