//! What is done to an ecosystem to keep it well: for now its process, stopped and started.

mod control;

pub use self::control::{Control, Stopped, own_stop};
