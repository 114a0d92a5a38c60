//! From levels to incidents and from incidents to people.

mod delivery;
mod incident;
mod rules;
mod telling;

pub use delivery::*;
pub use incident::*;
pub use rules::{AlertState, step};
