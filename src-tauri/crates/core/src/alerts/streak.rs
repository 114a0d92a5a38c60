//! What the newest looks said of one signal, and how long they must say it before anything follows. Pure.

use std::collections::VecDeque;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::profile::AlertSettings;
use crate::signal::{Level, SignalId};

/// A streak grows by at most this factor, however often its signal changed sides.
const MOST_GROWN: usize = 8;

/// The newest known levels of one signal, and when it lately changed sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Streak {
    /// Oldest first; as many as are looked at.
    levels: VecDeque<Level>,
    /// When its incidents opened and closed within the flap window, oldest first.
    flips: Vec<Instant>,
    /// Since when every look has been on the same side: green, or not.
    still_since: Option<Instant>,
}

impl Streak {
    /// Takes the level of one look.
    pub fn push(&mut self, id: SignalId, level: Level, settings: &AlertSettings, now: Instant) {
        let sides = |level: Level| level == Level::Green;
        if self.levels.back().map(|last| sides(*last)) != Some(sides(level)) {
            self.still_since = Some(now);
        }
        // A clock that went back: what lies in the future now did not happen.
        self.flips.retain(|at| *at <= now && now - *at <= window(settings));
        self.levels.push_back(level);
        let longest = settings.streak(id).samples * self.factor();
        while self.levels.len() > longest {
            self.levels.pop_front();
        }
    }

    /// Forgets the looks; the changes of side stay known.
    pub fn forget_looks(&mut self) {
        self.levels.clear();
        self.still_since = None;
    }

    /// The level that enough of the newest looks reached, if it is a breach.
    pub fn sustained(&self, id: SignalId, settings: &AlertSettings) -> Option<Level> {
        let needed = settings.streak(id).breaches * self.factor();
        let at_least = |level: Level| self.levels.iter().filter(|seen| **seen >= level).count() >= needed;
        if at_least(Level::Red) {
            Some(Level::Red)
        } else if at_least(Level::Yellow) {
            Some(Level::Yellow)
        } else {
            None
        }
    }

    /// Whether as many looks in a row as open an incident were green.
    pub fn cleared(&self, id: SignalId, settings: &AlertSettings) -> bool {
        let needed = settings.streak(id).breaches * self.factor();
        self.levels.len() >= needed && self.levels.iter().rev().take(needed).all(|seen| *seen == Level::Green)
    }

    /// Notes that an incident opened or closed; true when that was once too often.
    pub fn flip(&mut self, settings: &AlertSettings, now: Instant) -> bool {
        if settings.flaps == 0 {
            return false;
        }
        self.flips.push(now);
        self.flips.len() >= usize::from(settings.flaps)
    }

    /// For how long all looks have been on the same side.
    pub fn still_for(&self, now: Instant) -> TimeDelta {
        self.still_since.map_or(TimeDelta::zero(), |since| now - since)
    }

    /// Whether its newest look was green.
    pub fn is_green(&self) -> bool {
        self.levels.back() == Some(&Level::Green)
    }

    /// Begins anew once it has settled.
    pub fn settle(&mut self) {
        self.flips.clear();
    }

    /// Each time it opens again, twice as many looks must agree.
    fn factor(&self) -> usize {
        (1_usize << (self.flips.len() / 2).min(8)).min(MOST_GROWN)
    }
}

/// The time within which changes of side count together.
pub(super) fn window(settings: &AlertSettings) -> TimeDelta {
    TimeDelta::from_std(settings.flap_window).unwrap_or(TimeDelta::MAX)
}
