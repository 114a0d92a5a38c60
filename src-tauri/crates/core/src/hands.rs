//! Work for all cores: how many hands there are, and a board of tasks that bring about further tasks.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

/// More hands than this only get in each other's way.
const MOST: usize = 8;

/// How many threads work at once.
pub fn hands() -> usize {
    // The question costs several readings of files: asked once.
    static HANDS: OnceLock<usize> = OnceLock::new();
    *HANDS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from).min(MOST))
}

/// What waits to be done, and how many hands are at work: it ends when nothing waits and nobody can find more.
pub struct Board<T> {
    waiting: Mutex<(Vec<T>, usize)>,
    more: Condvar,
}

impl<T> Board<T> {
    /// A board with its first task.
    pub fn new(first: T) -> Self {
        Self { waiting: Mutex::new((vec![first], 0)), more: Condvar::new() }
    }

    /// Takes a task, the newest first so that little waits at a time; `None` when all is done.
    ///
    /// Whoever takes one must say when it is [`Board::done`].
    pub fn take(&self) -> Option<T> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(task) = waiting.0.pop() {
                waiting.1 += 1;
                return Some(task);
            }
            if waiting.1 == 0 {
                return None;
            }
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Adds tasks that were found in the middle of one.
    pub fn add(&self, tasks: &mut Vec<T>) {
        if tasks.is_empty() {
            return;
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).0.append(tasks);
        self.more.notify_all();
    }

    /// Says that a task is done, and what it brought about.
    pub fn done(&self, found: Vec<T>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.0.extend(found);
        waiting.1 -= 1;
        drop(waiting);
        self.more.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn all_that_tasks_bring_about_is_done_once() {
        // A tree of three branches, six deep.
        let (board, done) = (Board::new(6), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(depth) = board.take() {
                        done.fetch_add(1, Ordering::SeqCst);
                        let mut early = if depth > 0 { vec![depth - 1] } else { Vec::new() };
                        board.add(&mut early);
                        board.done(if depth > 0 { vec![depth - 1; 2] } else { Vec::new() });
                    }
                });
            }
        });
        assert_eq!(done.load(Ordering::SeqCst), (0..=6).map(|depth| 3_usize.pow(depth)).sum::<usize>());
    }
}
