//! Work that may take long, done beside the tick: started when due, picked up when done, never waited for.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::Duration;

use crate::clock::Instant;

/// A piece of work that comes due again and again; at most one thread works on it, none while it is not due.
#[derive(Debug)]
pub(super) struct Background<T> {
    name: &'static str,
    every: Duration,
    /// After this long the work is called stuck; it is still not started a second time.
    patience: Duration,
    begun_at: Option<Instant>,
    running: Option<Receiver<Result<T, String>>>,
    /// A result that was waited for and not handed out yet.
    done: Option<Result<T, String>>,
}

impl<T: Send + 'static> Background<T> {
    pub(super) fn new(name: &'static str, every: Duration, patience: Duration) -> Self {
        Self { name, every, patience, begun_at: None, running: None, done: None }
    }

    /// Hands out a finished result with the time at which its work began, and begins anew when due.
    pub(super) fn tick(
        &mut self,
        now: Instant,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Option<(Result<T, String>, Instant)> {
        self.pick_up(Duration::ZERO);
        let result = self.done.take().map(|result| (result, self.begun_at.unwrap_or(now)));
        if self.running.is_none() && self.is_due(now) {
            self.begin(now, work);
        }
        match (&result, &self.running, self.begun_at) {
            (None, Some(_), Some(begun)) if !within(begun, now, self.patience) => {
                let minutes = (now - begun).num_minutes().max(1);
                Some((Err(format!("{} has not come back for {minutes} min", self.name)), now))
            }
            _ => result,
        }
    }

    /// Makes it due at once, unless it is under way.
    pub(super) fn hurry(&mut self) {
        if self.running.is_none() && self.done.is_none() {
            self.begun_at = None;
        }
    }

    /// Waits for work that is under way, at most for `limit`; the next tick hands out its result.
    pub(super) fn wait(&mut self, limit: Duration) {
        self.pick_up(limit);
    }

    fn is_due(&self, now: Instant) -> bool {
        self.begun_at.is_none_or(|begun| !within(begun, now, self.every))
    }

    fn begin(&mut self, now: Instant, work: impl FnOnce() -> Result<T, String> + Send + 'static) {
        // Room for one: the worker never waits for a tick that does not come.
        let (send, receive) = sync_channel(1);
        let thread = std::thread::Builder::new().name(self.name.into());
        self.begun_at = Some(now);
        match thread.spawn(move || drop(send.send(work()))) {
            Ok(_) => self.running = Some(receive),
            Err(e) => self.done = Some(Err(format!("{} could not be begun: {e}", self.name))),
        }
    }

    fn pick_up(&mut self, limit: Duration) {
        let Some(running) = &self.running else { return };
        let result = if limit.is_zero() {
            match running.try_recv() {
                Ok(result) => result,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => Err(format!("{} broke off", self.name)),
            }
        } else {
            match running.recv_timeout(limit) {
                Ok(result) => result,
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => Err(format!("{} broke off", self.name)),
            }
        };
        self.running = None;
        self.done = Some(result);
    }
}

/// Whether `now` lies within `span` after `then`; a clock that was set back is outside.
fn within(then: Instant, now: Instant, span: Duration) -> bool {
    (now - then).to_std().is_ok_and(|age| age < span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone, Utc};
    use std::sync::mpsc;

    fn at(seconds: i64) -> Instant {
        Utc.timestamp_opt(1_000_000 + seconds, 0).unwrap()
    }

    fn work() -> Background<u32> {
        Background::new("the count", Duration::from_secs(60), Duration::from_secs(300))
    }

    #[test]
    fn begins_when_due_and_hands_out_once() {
        let mut work = work();
        assert_eq!(work.tick(at(0), || Ok(1)), None);
        work.wait(Duration::from_secs(5));
        assert_eq!(work.tick(at(5), || Ok(2)), Some((Ok(1), at(0))));
        assert!(work.running.is_none());
        assert_eq!(work.tick(at(30), || Ok(2)), None);
        assert!(work.running.is_none());
        work.tick(at(60), || Ok(2));
        work.wait(Duration::from_secs(5));
        assert_eq!(work.tick(at(61), || Ok(3)), Some((Ok(2), at(60))));
    }

    #[test]
    fn what_hangs_is_named_and_not_begun_twice() {
        let mut work = work();
        let (release, hangs) = mpsc::channel::<()>();
        work.tick(at(0), move || {
            let _ = hangs.recv();
            Ok(1)
        });
        assert_eq!(work.tick(at(299), || panic!("begun twice")), None);
        let (result, when) = work.tick(at(600), || panic!("begun twice")).unwrap();
        assert_eq!((result, when), (Err("the count has not come back for 10 min".into()), at(600)));
        drop(release);
        work.wait(Duration::from_secs(5));
        assert_eq!(work.tick(at(601), || Ok(2)), Some((Ok(1), at(0))));
    }

    #[test]
    fn a_clock_set_back_begins_anew() {
        let mut work = work();
        work.tick(at(0), || Ok(1));
        work.wait(Duration::from_secs(5));
        work.tick(at(1), || Ok(1));
        work.tick(at(1) - TimeDelta::days(1), || Ok(2));
        assert!(work.running.is_some());
    }
}
