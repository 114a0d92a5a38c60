//! The manual's rounds in time: when each is due, what is to be seen to, what proves it, and what became of it.

pub mod book;
pub mod calendar;
pub mod changes;
pub mod checklist;
pub mod evidence;
pub mod item;
pub mod past;
pub mod round;
