//! Plans between being shown and being agreed to: what was shown is what is carried out.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::upkeep::{CleanupPlan, TuningPlan};

/// The plans that were shown last, each until it is carried out.
#[derive(Default)]
pub struct Plans {
    pub(super) cleanup: Kept<CleanupPlan>,
    pub(super) tuning: Kept<TuningPlan>,
}

/// The newest plan of one sort.
pub(super) struct Kept<T>(Mutex<Turns<T>>);

struct Turns<T> {
    /// How many there were.
    count: u32,
    /// The newest, with the root that it is for.
    newest: Option<(PathBuf, T)>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Turns { count: 0, newest: None }))
    }
}

impl<T> Kept<T> {
    /// Keeps a plan for the ecosystem in `root` in place of the one before; its number.
    pub(super) fn keep(&self, root: &Path, plan: T) -> u32 {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.count = turns.count.wrapping_add(1);
        turns.newest = Some((root.to_owned(), plan));
        turns.count
    }

    /// Takes the plan of that number.
    ///
    /// # Errors
    /// `Busy` when another one was shown since, it was carried out, or something else is watched now.
    pub(super) fn take(&self, root: &Path, number: u32) -> Result<T> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = turns.count == number && turns.newest.as_ref().is_some_and(|(of, _)| of == root);
        let plan = if known { turns.newest.take() } else { None };
        plan.map(|(_, plan)| plan).ok_or_else(|| {
            Error::new(ErrorKind::Busy, "what was shown is out of date; nothing was changed")
                .hint("Look at it again, then agree.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_carried_out_once_and_only_the_newest_and_only_where_it_belongs() {
        let (kept, root) = (Kept::<&str>::default(), Path::new("/eco"));
        let old = kept.keep(root, "old");
        let new = kept.keep(root, "new");
        assert_eq!(kept.take(root, old).unwrap_err().kind, ErrorKind::Busy);
        assert_eq!(kept.take(Path::new("/other"), new).unwrap_err().kind, ErrorKind::Busy);
        assert_eq!(kept.take(root, new).unwrap(), "new");
        assert_eq!(kept.take(root, new).unwrap_err().kind, ErrorKind::Busy);
    }
}
