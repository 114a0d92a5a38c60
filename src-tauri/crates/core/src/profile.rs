//! The description of one ecosystem: where it lives, how to find it, what is normal for it.

mod found;
mod holder;
mod load;
mod model;
mod parse;
mod problem;
mod reader;
mod units;

pub use found::*;
pub use holder::{Change, ProfileHolder};
pub use load::load;
pub use model::*;
pub use parse::{DEFAULTS, parse};
pub use problem::{ProfileErrors, ProfileProblem};
pub use units::{parse_bytes, parse_duration, show_duration};
