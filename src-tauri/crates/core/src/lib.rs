//! The engine of Caretaker: observes an ecosystem from outside, judges, alerts and remembers.
//!
//! Data flows downwards through the rooms in this order; a room may use those above it, never those below:
//! foundation (`error`, `clock`, `paths`, `fsio`, `signal`) → `profile` → `secrets` → `observe` → `judge` → `alerts` → `store` → `keeper`.

pub mod alerts;
pub mod backup;
pub mod clock;
pub mod error;
pub mod fsio;
pub mod judge;
pub mod keeper;
pub mod observe;
pub mod paths;
pub mod profile;
pub mod progress;
pub mod secrets;
pub mod signal;
pub mod store;
pub mod upkeep;
