//! How everything stood at one moment.

use std::time::Duration;

use chrono::DateTime;
use rusqlite::params;

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

/// The newest look: when it was, the light, and each signal with its value and level.
pub type Newest = (Instant, Level, Vec<(SignalId, Option<f64>, Level)>);

impl Store {
    /// The newest look of all that was written down, not longer than `patience` before `now`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest(&self, of: EcosystemId, now: Instant, patience: Duration) -> Result<Option<Newest>> {
        let failed = |error| self.sql("read", error);
        let patience = i64::try_from(patience.as_secs()).unwrap_or(i64::MAX);
        let mut select = self
            .db
            .prepare_cached(
                "SELECT at, signal, value, level FROM fresh WHERE ecosystem = ?1 AND at >= ?2
                    AND at = (SELECT max(at) FROM fresh WHERE ecosystem = ?1)",
            )
            .map_err(failed)?;
        let mut rows =
            select.query(params![of.0, now.timestamp().saturating_sub(patience)]).map_err(failed)?;
        let (mut newest, mut light) = (None, Level::Unknown);
        let mut signals: Vec<(SignalId, Option<f64>, Level)> = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            newest = Some(row.get::<_, i64>(0).map_err(failed)?);
            let (name, value) = (row.get::<_, String>(1).map_err(failed)?, row.get(2).map_err(failed)?);
            let level = Level::of_rank(row.get(3).map_err(failed)?);
            match name.parse() {
                _ if name == LIGHT => light = level,
                Ok(signal) => signals.push((signal, value, level)),
                // Of a newer version.
                Err(_) => {}
            }
        }
        signals.sort_by_key(|(signal, ..)| *signal);
        Ok(newest.and_then(|at| DateTime::from_timestamp(at, 0)).map(|at| (at, light, signals)))
    }

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
