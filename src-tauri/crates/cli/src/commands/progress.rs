//! One line on the terminal that says how far long work has come; Ctrl-C asks it to stop.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use caretaker_core::judge::words;
use caretaker_core::progress::Progress;

use crate::render;

/// A line that is written over.
pub struct Line {
    shown: bool,
    step: Mutex<String>,
    percent: AtomicU64,
    begun: Instant,
    /// The second in which it was said last how much a program printed.
    said: AtomicU64,
    interrupted: Arc<AtomicBool>,
}

impl Line {
    /// A line; not shown where nobody would read it.
    pub fn new(json: bool) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Without it the work is broken off, and the next one sweeps what is left.
            let _ = signal_hook::flag::register(signal, Arc::clone(&interrupted));
        }
        let shown = !json && std::io::stderr().is_terminal();
        Self {
            shown,
            step: Mutex::default(),
            percent: AtomicU64::new(u64::MAX),
            begun: Instant::now(),
            said: AtomicU64::new(u64::MAX),
            interrupted,
        }
    }

    /// Leaves an empty line.
    pub fn done(&self) {
        if self.shown {
            render::over("");
        }
    }

    fn show(&self) {
        if self.shown {
            let step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
            match self.percent.load(Ordering::Relaxed) {
                u64::MAX => render::over(&format!("{step}…")),
                percent => render::over(&format!("{step}… {percent} %")),
            }
        }
    }
}

impl Progress for Line {
    fn step(&self, what: &str) {
        what.clone_into(&mut self.step.lock().unwrap_or_else(PoisonError::into_inner));
        self.percent.store(u64::MAX, Ordering::Relaxed);
        self.show();
    }

    fn bytes(&self, done: u64, total: u64) {
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100);
        if self.percent.swap(percent, Ordering::Relaxed) != percent {
            self.show();
        }
    }

    fn printed(&self, lines: u64, bytes: u64) {
        let second = self.begun.elapsed().as_secs();
        if self.shown && self.said.swap(second, Ordering::Relaxed) != second {
            let step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
            let (lines, bytes) = (counted(lines), words::bytes(bytes));
            render::over(&format!("{step}… {lines}, {bytes}, {second} s"));
        }
    }

    fn cancelled(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

fn counted(lines: u64) -> String {
    if lines == 1 { "1 line".into() } else { format!("{lines} lines") }
}
