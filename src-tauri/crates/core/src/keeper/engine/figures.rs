//! The engine's side of the board: its newest figures, for whoever collects them.

use super::Engine;
use crate::clock::Instant;
use crate::keeper::exposed::reading_of;
use crate::keeper::overview::Notice;
use crate::profile::Profile;

impl Engine {
    /// Lays the figures out for Prometheus, and says where that fails.
    pub(super) fn lay_out(&mut self, profile: &Profile, now: Instant) {
        // By its root, which no two loops share.
        self.shared.board.put(reading_of(&profile.root.display().to_string(), &self.overview));
        if let Some(before) = self.listening.take_if(|before| profile.metrics.listen != Some(*before)) {
            self.shared.board.leave(before);
        }
        if !profile.metrics.any() {
            return;
        }
        self.listening = profile.metrics.listen;
        if let Err(error) = self.shared.board.show(&profile.metrics, self.courier.secrets(), now) {
            let text = format!("The figures for Prometheus cannot be laid out: {error}");
            self.overview.notices.push(Notice { text, hint: error.hint });
        }
    }
}
