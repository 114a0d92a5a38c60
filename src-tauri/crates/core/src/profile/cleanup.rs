//! How old logs and reports become.

use std::time::Duration;

/// How old logs and reports become; `None` = any age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanupSettings {
    /// Logs that are not written any more.
    pub logs: Option<Duration>,
    /// Reports.
    pub reports: Option<Duration>,
    /// What was cleaned up, until it is removed for good.
    pub quarantine: Option<Duration>,
}
