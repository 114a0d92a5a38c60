//! Profiles with mistakes.
