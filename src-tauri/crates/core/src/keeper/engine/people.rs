//! What people ask of the engine about alerts, and what came of what they were told.

use super::Engine;
use crate::alerts::Handling;
use crate::clock::Instant;
use crate::error::Result;
use crate::keeper::courier::{Listener, Report};

impl Engine {
    /// Does what a person asks about an incident.
    ///
    /// # Errors
    /// When no such incident is open, or the snooze is too long.
    pub fn handle(&mut self, handling: &Handling, now: Instant) -> Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        if self.records.may_tell() {
            watched.alarm(&mut self.records, &self.courier, self.zone, now).handle(handling)?;
        } else {
            // Another process owns the loop: it takes the request, and this one shows what it expects of it.
            watched.alerts.clone().handle(handling, now)?;
            self.records.request(handling)?;
            watched.alerts.handle(handling, now)?;
        }
        self.overview.incidents = watched.alerts.open_incidents();
        Ok(())
    }

    /// Says who hears of letters that were carried on a thread, to give them to [`Engine::came_back`].
    pub fn report_to(&mut self, listener: Listener) {
        self.courier.report_to(listener);
    }

    /// Takes what came of a letter.
    pub fn came_back(&mut self, report: &Report, now: Instant) {
        let Some(watched) = &mut self.watched else { return };
        watched.alarm(&mut self.records, &self.courier, self.zone, now).came_back(report);
        self.overview.incidents = watched.alerts.open_incidents();
    }

    /// Sends a test by a channel, and calls `done` with what came of it, sooner or later.
    pub fn test_channel(&self, name: &str, now: Instant, done: impl FnOnce(Result<()>) + Send + 'static) {
        self.courier.test(name, now, done);
    }

    /// Takes what came of a test.
    pub fn tested(&mut self, name: &str, problem: Option<&str>, now: Instant) {
        let Some(watched) = self.watched.as_mut().filter(|_| self.records.may_tell()) else { return };
        watched.alerts.tested(name, problem, now);
        // What had to wait for this channel goes out now.
        watched.alarm(&mut self.records, &self.courier, self.zone, now).settle();
    }
}
