//! The one loop: observe → judge → alert → record; and what the window sees of it.

mod overview;

pub use overview::*;
