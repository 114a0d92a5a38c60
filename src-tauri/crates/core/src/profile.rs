//! The description of one ecosystem: where it lives, how to find it, what is normal for it.

mod found;
mod model;

pub use found::*;
pub use model::*;
