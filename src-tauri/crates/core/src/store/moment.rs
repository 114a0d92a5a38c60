//! How everything stood at one moment.

use std::time::Duration;

use chrono::DateTime;

use super::history::LIGHT;
use super::{EcosystemId, Store};
use crate::clock::Instant;
use crate::error::Result;
use crate::signal::{Level, SignalId};

/// What is on record of one signal at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// When it was seen; the beginning of the five minutes, or of the hour, where nothing finer is left.
    pub at: Instant,
    /// Its value, or the mean of those five minutes or that hour; `None` where there was no number.
    pub value: Option<f64>,
    /// Its level, the worst of the five minutes or the hour.
    pub level: Level,
}

/// What is on record of everything at a moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standings {
    /// The light.
    pub light: Option<Level>,
    /// The signals that are on record, in the order in which they are shown.
    pub signals: Vec<(SignalId, Standing)>,
}

impl Store {
    /// The light and the signals as they were seen last before `at`, not longer than `patience` before; what is not on
    /// record is missing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn moment(&self, of: EcosystemId, at: Instant, patience: Duration) -> Result<Standings> {
        let patience = i64::try_from(patience.as_secs()).unwrap_or(i64::MAX);
        let find = |name: &str| self.nearest(of, name, at.timestamp(), patience);
        let mut standings = Standings { light: find(LIGHT)?.map(|(_, _, level)| level), signals: Vec::new() };
        for signal in SignalId::ALL {
            if let Some((at, value, level)) = find(signal.as_str())?
                && let Some(at) = DateTime::from_timestamp(at, 0)
            {
                standings.signals.push((*signal, Standing { at, value, level }));
            }
        }
        Ok(standings)
    }
}
