//! Work on many pieces at once whose results are taken in order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::tree::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::hands::hands;

/// So many results may wait for their turn: what bounds the memory.
const WINDOW: usize = 5;

/// Does `work` on every job with all cores and gives the results to `take` in the order of the jobs.
///
/// `hand` makes what each thread needs for itself.
///
/// # Errors
/// The first error of either; the work that is under way ends then.
pub fn in_order<J: Sync, H, O: Send>(
    jobs: &[J],
    hand: impl Fn() -> H + Sync,
    work: impl Fn(&mut H, usize, &J) -> Result<O> + Sync,
    mut take: impl FnMut(usize, O) -> Result<()>,
) -> Result<()> {
    let desk = Desk::<O> { state: Mutex::new(State::default()), turn: Condvar::new(), jobs: jobs.len() };
    std::thread::scope(|scope| {
        for _ in 0..hands().min(jobs.len()) {
            scope.spawn(|| {
                // A hand that panics must not let the others wait for ever.
                let _guard = Guard(&desk);
                let mut own = hand();
                while let Some(index) = desk.next() {
                    let Some(job) = jobs.get(index) else { break };
                    desk.put(index, work(&mut own, index, job));
                }
            });
        }
        for index in 0..jobs.len() {
            let taken = desk.take(index).and_then(|result| take(index, result));
            if taken.is_err() {
                desk.stop();
                return taken;
            }
        }
        Ok(())
    })
}

struct State<O> {
    next: usize,
    taken: usize,
    stopped: bool,
    done: BTreeMap<usize, Result<O>>,
}

impl<O> Default for State<O> {
    fn default() -> Self {
        Self { next: 0, taken: 0, stopped: false, done: BTreeMap::new() }
    }
}

struct Desk<O> {
    state: Mutex<State<O>>,
    turn: Condvar,
    jobs: usize,
}

struct Guard<'a, O>(&'a Desk<O>);

impl<O> Drop for Guard<'_, O> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

impl<O> Desk<O> {
    fn lock(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        while !state.stopped && state.next < self.jobs && state.next >= state.taken + WINDOW {
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped || state.next >= self.jobs {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn put(&self, index: usize, result: Result<O>) {
        self.lock().done.insert(index, result);
        self.turn.notify_all();
    }

    fn take(&self, index: usize) -> Result<O> {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.done.remove(&index) {
                state.taken = index + 1;
                drop(state);
                self.turn.notify_all();
                return result;
            }
            if state.stopped {
                return Err(Error::new(ErrorKind::System, "a part of the work broke down"));
            }
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.turn.notify_all();
    }
}

/// A hash over pieces that are at hand in any order, and are hashed in theirs.
pub struct Chain {
    state: Mutex<(usize, Sha256, bool)>,
    turn: Condvar,
}

impl Default for Chain {
    fn default() -> Self {
        Self { state: Mutex::new((0, Sha256::new(), false)), turn: Condvar::new() }
    }
}

impl Chain {
    /// Waits until all pieces before `index` are in, and adds this one.
    pub fn add(&self, index: usize, piece: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.0 < index && !state.2 {
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.1.update(piece);
        state.0 = index + 1;
        drop(state);
        self.turn.notify_all();
    }

    /// Lets nobody wait any more: a piece will never come.
    pub fn give_up(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).2 = true;
        self.turn.notify_all();
    }

    /// The hash of all pieces.
    pub fn finish(&self) -> Hash {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone().finalize().into()
    }
}

/// The hash of one piece.
pub fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_and_few_wait() {
        let jobs: Vec<usize> = (0..500).collect();
        let (chain, ahead, taken) = (Chain::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let mut seen = Vec::new();
        in_order(
            &jobs,
            || (),
            |(), index, job| {
                ahead.fetch_max(index - taken.load(Ordering::SeqCst).min(index), Ordering::SeqCst);
                chain.add(index, &job.to_le_bytes());
                Ok(*job)
            },
            |index, result| {
                seen.push(result);
                taken.store(index + 1, Ordering::SeqCst);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(seen, jobs);
        assert!(ahead.load(Ordering::SeqCst) <= WINDOW);
        let all: Vec<u8> = jobs.iter().flat_map(|job| job.to_le_bytes()).collect();
        assert_eq!(chain.finish(), hash(&all));
    }

    #[test]
    fn an_error_of_either_side_ends_the_work() {
        let jobs: Vec<usize> = (0..100).collect();
        let bad = || Error::new(ErrorKind::Damaged, "bad");
        let worked = in_order(
            &jobs,
            || (),
            |(), _, job| if *job == 50 { Err(bad()) } else { Ok(*job) },
            |_, _| Ok(()),
        );
        assert_eq!(worked.unwrap_err().kind, ErrorKind::Damaged);
        let taken = in_order(
            &jobs,
            || (),
            |(), _, job| Ok(*job),
            |index, _| if index == 3 { Err(bad()) } else { Ok(()) },
        );
        assert_eq!(taken.unwrap_err().kind, ErrorKind::Damaged);
        in_order(&[], || (), |(), _, job: &usize| Ok(*job), |_, _| Ok(())).unwrap();
    }
}
