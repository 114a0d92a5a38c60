//! The engine of Caretaker: observes an ecosystem from outside, judges, alerts and remembers.
//!
//! Data flows downwards through the rooms in this order; a room may use those above it, never those below:
//! foundation (`error`, `clock`, `paths`, `fsio`, `mask`, `program`, `signal`) → `profile` → `secrets` → `observe` → `judge` → `alerts` →
//! `reports` → `routines`, `backup`, `upkeep` → `store` → `metrics` → `keeper`.

pub mod alerts;
pub mod backup;
pub mod clock;
mod database;
pub mod error;
pub mod fsio;
mod hands;
mod hold;
pub mod judge;
pub mod keeper;
pub mod mask;
pub mod metrics;
pub mod observe;
pub mod paths;
pub mod profile;
pub mod program;
pub mod progress;
pub mod reports;
pub mod routines;
pub mod secrets;
pub mod signal;
pub mod store;
pub mod upkeep;
mod web;
