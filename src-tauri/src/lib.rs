//! Caretaker in the menu bar: the composition root of the app. Nothing here decides anything.

mod args;
mod at_login;
mod commands;
mod demo;
mod ending;
mod error;
mod events;
mod fleet;
mod job;
#[cfg(not(target_os = "macos"))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod notify;
mod panel;
mod place;
mod remedy;
mod tool;
mod tray;

use std::process::ExitCode;

use tauri::{App, Builder, Manager, RunEvent, Wry};

use crate::args::{Args, Ask};
use crate::place::Place;

pub use crate::demo::stand_in;

pub(crate) use crate::fleet::Caretaker;

/// Runs the app until it is quit.
pub fn run() -> ExitCode {
    let args = match args::parse(std::env::args_os().skip(1)) {
        Ok(Ask::Run(args)) => args,
        Ok(Ask::Tell(text)) => return place::tell(&text, ExitCode::SUCCESS),
        Err(text) => return place::tell(&text, ExitCode::from(64)),
    };
    place::log_to_stderr();
    #[cfg(not(target_os = "macos"))]
    if let Err(text) = linux::display() {
        return place::tell(&text, ExitCode::FAILURE);
    }
    let place = match Place::of(&args) {
        Ok(place) => place,
        Err(error) => return place::tell(&error.message, ExitCode::from(64)),
    };
    match builder(args, place).build(tauri::generate_context!()) {
        Ok(app) => {
            app.run(on_run_event);
            ExitCode::SUCCESS
        }
        Err(error) => place::tell(&format!("Caretaker could not start: {error}"), ExitCode::FAILURE),
    }
}

fn builder(args: Args, place: Place) -> Builder<Wry> {
    let builder = Builder::default();
    // On macOS a bundle is launched once anyway, and asks for its window by `Reopen`.
    #[cfg(not(target_os = "macos"))]
    let builder = builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| {
        panel::open(app, panel::From::Launch);
    }));
    #[cfg(target_os = "macos")]
    let builder = builder.plugin(macos::panel_plugin());
    builder
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .manage(panel::Panel::default())
        .manage(job::Jobs::default())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            set_up(app, &args, place);
            // An error here would end in an abort and a relaunch: whatever fails is shown instead.
            Ok(())
        })
}

fn set_up(app: &mut App, args: &Args, place: Place) {
    #[cfg(target_os = "macos")]
    macos::become_menu_bar_app(app);
    let handle = app.handle().clone();
    ending::on_signal(&handle);
    if let Err(error) = tray::build(&handle, &place.scratch) {
        tracing::error!(%error, "there is no tray icon");
    }
    let caretaker = Caretaker::start(&handle, place);
    let first_run = caretaker.place().profile_in_force().is_none();
    app.manage(caretaker);
    app.state::<Caretaker>().present(&handle);
    if args.panel || first_run {
        panel::open(&handle, panel::From::Launch);
    }
}

fn on_run_event(app: &tauri::AppHandle, event: RunEvent) {
    match event {
        // Closing the panel ends no process; only Quit does, and that comes with a code.
        RunEvent::ExitRequested { api, code: None, .. } => api.prevent_exit(),
        RunEvent::Exit => {
            if let Some(caretaker) = app.try_state::<Caretaker>() {
                caretaker.stop();
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => panel::open(app, panel::From::Launch),
        _ => {}
    }
}
