//! The one loop: observe → judge → alert → record; and what the window sees of it.
//!
//! [`start`] runs the loop on a thread of its own; [`Keeper`] is the handle that window, tray and command line hold.
//! The loop sleeps on the wall clock between ticks, since timers stand still while a Mac sleeps: a gap between two
//! ticks is how sleep is noticed.

mod announce;
mod cost;
mod engine;
mod overview;
mod past;
mod records;
mod run;

pub use engine::Engine;
pub use overview::*;
pub use run::{Event, Keeper, Setup, start};
