//! Reports and rounds of what is watched, kept between two questions: what was read once need not be read again.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Zone};
use crate::keeper::reports::Reports;
use crate::keeper::rounds::Rounds;
use crate::profile::Profile;

/// Reports and rounds of one ecosystem.
#[derive(Clone)]
pub struct Cared {
    /// Its reports.
    pub reports: Arc<Reports>,
    /// Its rounds of care.
    pub rounds: Arc<Rounds>,
}

/// Those of the profile that was asked for last.
#[derive(Default)]
pub struct Care(Mutex<Option<(Profile, Cared)>>);

impl Care {
    /// Reports and rounds of what `profile` describes: the same ones as long as it says the same.
    pub fn of(&self, profile: Profile, state_dir: &Path, clock: &Arc<dyn Clock>, zone: Zone) -> Cared {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, cared)) = &*kept
            && *known == profile
        {
            return cared.clone();
        }
        let cared = Cared::new(profile.clone(), state_dir, clock, zone);
        *kept = Some((profile, cared.clone()));
        cared
    }
}

impl Cared {
    /// Reports and rounds that nobody keeps.
    pub fn new(profile: Profile, state_dir: &Path, clock: &Arc<dyn Clock>, zone: Zone) -> Self {
        let reports = Arc::new(Reports::new(profile.clone(), state_dir, Arc::clone(clock), zone));
        let rounds = Rounds::new(profile, state_dir, Arc::clone(clock), zone, Arc::clone(&reports));
        Self { reports, rounds: Arc::new(rounds) }
    }
}
