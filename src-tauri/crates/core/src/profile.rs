//! The description of one ecosystem: where it lives, how to find it, what is normal for it.

mod appearance;
mod away;
pub mod channels;
mod cleanup;
mod discover;
mod due;
mod edit;
mod findings;
mod found;
mod holder;
mod load;
mod metrics;
mod model;
mod parse;
mod problem;
mod programs;
mod reader;
mod render;
mod sites;
mod template;
mod units;

pub use appearance::{Appearance, IconStyle};
pub use away::{AwayProof, AwaySettings, SealSettings, SealedTo, StoreKind};
pub use cleanup::CleanupSettings;
pub use discover::{RunningProcess, discover};
pub use due::ReportDue;
pub use edit::{
    ChannelDraft, Editing, Preference, PreferenceChange, PreferenceKind, QuietDraft, Telling, TellingChange,
    Threshold, ThresholdChange, ToldFrom, preferences, telling, thresholds,
};
pub use found::*;
pub use holder::{Change, ProfileHolder};
pub use load::load;
pub use metrics::MetricsSettings;
pub use model::*;
pub use parse::{DEFAULTS, check_web_address, parse};
pub use problem::{ProfileErrors, ProfileProblem};
pub use programs::{ProgramSettings, Target, number as number_with_unit};
pub use render::{render_profile, write_profile};
pub use sites::{MAIN_SITE, Site, Sites, SitesStamp, is_site_name};
pub(crate) use sites::{SITES_FOLDER, off};
pub use template::fill_template;
pub use units::{parse_bytes, parse_duration, show_duration};
