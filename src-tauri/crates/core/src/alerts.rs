//! From levels to incidents and from incidents to people.

mod delivery;
mod handling;
mod incident;
mod rules;
mod state;
mod streak;
mod telling;

pub use delivery::*;
pub use handling::Handling;
pub use incident::*;
pub use rules::{Seen, due, settle, step};
pub use state::AlertState;
