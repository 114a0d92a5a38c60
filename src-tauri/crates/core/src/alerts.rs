//! From levels to incidents and from incidents to people.

mod delivery;
mod incident;

pub use delivery::*;
pub use incident::*;
