//! Caretaker in the menu bar: the composition root of the app. Nothing here decides anything.

mod args;
mod at_login;
mod commands;
mod demo;
mod ending;
mod error;
mod events;
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
use std::sync::Arc;

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::keeper::{self, Care, Keeper, Overview, Plans};
use caretaker_core::observe::power::MachinePower;
use caretaker_core::secrets::Secrets;
use tauri::{App, AppHandle, Builder, Manager, RunEvent, Wry};

use crate::args::{Args, Ask};
use crate::error::{AppError, AppResult};
use crate::place::Place;

pub use crate::demo::stand_in;

/// What every command and event handler can reach.
pub(crate) struct Caretaker {
    /// The running loop, or why it could not be started.
    keeper: AppResult<Keeper>,
    place: Place,
    /// Reports and rounds, kept between two questions of the page.
    care: Arc<Care>,
    /// Plans that were shown and not yet agreed to.
    plans: Arc<Plans>,
}

impl Caretaker {
    /// The running loop.
    fn keeper(&self) -> AppResult<Keeper> {
        self.keeper.clone()
    }
}

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
    let first_run = place.profile_in_force().is_none();
    let keeper = start_keeper(&handle, &place);
    let overview = match &keeper {
        Ok(keeper) => keeper.overview(),
        Err(error) => {
            tracing::error!(message = %error.message, "the loop did not start");
            Arc::new(Overview::empty())
        }
    };
    let problem = keeper.as_ref().err().map(|error| error.message.clone());
    app.manage(Caretaker { keeper, place, care: Arc::default(), plans: Arc::default() });
    tray::show(&handle, &overview, problem.as_deref());
    if args.panel || first_run {
        panel::open(&handle, panel::From::Launch);
    }
}

fn start_keeper(app: &AppHandle, place: &Place) -> AppResult<Keeper> {
    let setup = keeper::Setup {
        profile: place.profile_in_force(),
        state_dir: place.state_dir.clone(),
        clock: Arc::new(WallClock),
        zone: Zone::Machine,
        home: place.home.clone(),
        native: Some(Box::new(notify::Native::new(app.clone()))),
        secrets: Secrets::new(|name| std::env::var(name).ok()),
        power: Arc::new(MachinePower),
        every: None,
    };
    let app = app.clone();
    keeper::start(setup, move |event| events::relay(&app, &event)).map_err(AppError::from)
}

fn on_run_event(app: &AppHandle, event: RunEvent) {
    match event {
        // Closing the panel ends no process; only Quit does, and that comes with a code.
        RunEvent::ExitRequested { api, code: None, .. } => api.prevent_exit(),
        RunEvent::Exit => {
            if let Some(caretaker) = app.try_state::<Caretaker>()
                && let Ok(keeper) = &caretaker.keeper
            {
                keeper.stop();
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => panel::open(app, panel::From::Launch),
        _ => {}
    }
}
