//! What the page can ask for: one file a view, one call into the core each.

mod alerts;
pub(crate) mod backups;
mod first_run;
mod history;
mod overview;
mod telling;
mod thresholds;

use tauri::Wry;
use tauri::ipc::Invoke;

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
        overview::remedy,
        overview::close_panel,
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
        backups::backups,
        backups::backup_files,
        backups::restore_plan,
        backups::back_up,
        backups::verify_backup,
        backups::drill_backup,
        backups::restore,
        backups::undo_restore,
        backups::cancel_job,
        alerts::acknowledge,
        alerts::snooze,
        alerts::test_channel,
    ]
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
        let expected: Vec<String> = ["core:event:allow-listen", "core:event:allow-unlisten"]
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
