//! The wish that the stand-in stops, from a signal or from a test.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A wish to stop that wakes whoever sleeps on it; clones share it.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<(Mutex<bool>, Condvar)>);

impl StopSignal {
    /// Makes one that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises it, for good.
    pub fn stop(&self) {
        let (raised, wake) = &*self.0;
        *raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        wake.notify_all();
    }

    /// Sleeps until it is raised or `span` is over; tells whether it is raised.
    pub fn wait(&self, span: Duration) -> bool {
        let (raised, wake) = &*self.0;
        let guard = raised.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, _) =
            wake.wait_timeout_while(guard, span, |raised| !*raised).unwrap_or_else(PoisonError::into_inner);
        *guard
    }
}
