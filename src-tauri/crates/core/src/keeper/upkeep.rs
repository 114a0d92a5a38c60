//! Upkeep of what is watched, for whoever shows it and acts on it.

mod cleaning;
mod glance;
mod logbook;
mod plans;
mod room;
mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::cleaning::{
    CleanedShown, CleanupKind, CleanupPlanShown, CleanupShown, FileLeft, FileShown, KeptAside,
    said_of_cleanup, said_of_cleanup_undone,
};
pub use self::glance::UpkeepGlance;
pub use self::logbook::JournalShown;
pub use self::plans::Plans;
pub use self::room::{SpaceOf, SpaceShown};
pub use self::settings::{
    ModuleSwitch, ModulesShown, PresetShown, SettingShown, SettingsFileShown, SettingsShown, TUNING_UNDO,
    TunedShown, TuningPlanShown, TuningShown, said_of_tuning, said_of_tuning_undone,
};
use crate::clock::{Clock, Zone};
use crate::keeper::journal::Journal;
use crate::profile::Profile;
use crate::program::clean;

/// The upkeep of one ecosystem.
pub struct Upkeep {
    profile: Profile,
    home: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    zone: Zone,
    journal: Journal,
    state_dir: PathBuf,
    plans: Arc<Plans>,
}

impl Upkeep {
    /// The upkeep of what `profile` describes; what is shown is kept in `plans` until it is agreed to.
    pub fn new(
        profile: Profile,
        state_dir: &Path,
        home: Option<PathBuf>,
        clock: Arc<dyn Clock>,
        zone: Zone,
        plans: Arc<Plans>,
    ) -> Self {
        let journal = Journal::new(state_dir, &profile.root);
        Self { profile, home, clock, zone, journal, state_dir: state_dir.to_owned(), plans }
    }
}

/// Of a name or a text from outside so many characters are shown.
const LONGEST: usize = 1_000;

/// Text from outside as it may be shown.
fn shown(text: &str) -> String {
    clean(text, LONGEST)
}
