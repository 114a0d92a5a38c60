//! Long work: one at a time, told to the page while it runs, stopped when a person asks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::progress::Progress;
use serde::Serialize;
use tauri::{AppHandle, Emitter, EventTarget, Manager};

use crate::error::{AppError, AppResult};
use crate::panel;

/// The event that carries the state of the work to the page.
pub const EVENT: &str = "job";
/// The page is told so often at most.
const OFTEN: Duration = Duration::from_millis(100);

/// The one piece of long work.
#[derive(Default)]
pub struct Jobs(Mutex<Option<Arc<AtomicBool>>>);

/// How far it is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct JobState {
    step: String,
    done: u64,
    total: u64,
    /// Since it began.
    seconds: f64,
}

/// Runs `work`, unless other work runs.
///
/// # Errors
/// `Busy` while other work runs; those of the work.
pub fn run<T>(app: &AppHandle, work: impl FnOnce(&dyn Progress) -> AppResult<T>) -> AppResult<T> {
    let jobs = app.state::<Jobs>();
    let cancel = Arc::new(AtomicBool::new(false));
    {
        let mut running = jobs.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            let busy = Error::new(ErrorKind::Busy, "another job is under way")
                .hint("Wait until it is done, or cancel it.");
            return Err(AppError::from(busy));
        }
        *running = Some(Arc::clone(&cancel));
    }
    let _running = Running(app);
    #[cfg(target_os = "macos")]
    let _awake = crate::macos::awake::Activity::begin("a job of Caretaker’s");
    let teller = Teller {
        app: app.clone(),
        cancel,
        begun: Instant::now(),
        state: Mutex::default(),
        told: Mutex::new(None),
    };
    work(&teller)
}

/// Ends the work for everybody, however it ends.
struct Running<'a>(&'a AppHandle);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.state::<Jobs>().0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        emit(self.0, None);
    }
}

/// Asks the running work to stop.
pub fn cancel(app: &AppHandle) {
    let jobs = app.state::<Jobs>();
    if let Some(cancel) = &*jobs.0.lock().unwrap_or_else(PoisonError::into_inner) {
        cancel.store(true, Ordering::Relaxed);
    }
}

struct Teller {
    app: AppHandle,
    cancel: Arc<AtomicBool>,
    begun: Instant,
    state: Mutex<JobState>,
    told: Mutex<Option<Instant>>,
}

impl Teller {
    fn tell(&self, at_once: bool, change: impl FnOnce(&mut JobState)) {
        let state = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state);
            state.seconds = self.begun.elapsed().as_secs_f64();
            state.clone()
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if at_once || told.is_none_or(|at| at.elapsed() >= OFTEN) {
            *told = Some(Instant::now());
            emit(&self.app, Some(&state));
        }
    }
}

fn emit(app: &AppHandle, state: Option<&JobState>) {
    if app.get_webview_window(panel::LABEL).is_some()
        && let Err(error) = app.emit_to(EventTarget::webview_window(panel::LABEL), EVENT, state)
    {
        tracing::warn!(%error, "the panel did not take the state of a job");
    }
}

impl Progress for Teller {
    fn step(&self, what: &str) {
        self.tell(true, |state| {
            (state.done, state.total) = (0, 0);
            what.clone_into(&mut state.step);
        });
    }

    fn bytes(&self, done: u64, total: u64) {
        self.tell(false, |state| (state.done, state.total) = (done, total));
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}
