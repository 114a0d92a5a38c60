//! An ecosystem examined from outside: verified in the manual's ten categories, audited in its ten areas. Nothing is changed,
//! nothing of it is run, and what cannot be told is unknown.

mod audit;
mod check;
mod code;
mod documents;
mod finding;
mod known;
mod packages;
mod python;
mod read;
mod running;
mod seen;
mod settings;
mod sort;
mod verification;
mod walk;

use serde::{Deserialize, Serialize};

pub use self::check::{Check, Place, Severity};
pub use self::finding::{Accepted, Finding, Settled, settle};
pub use self::known::{AuditKnown, KnownOfIt, Restarts};
pub use self::seen::LeftOut;
use crate::error::Result;
use crate::progress::Progress;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ExaminationKind {
    /// Is it complete, and fit to run and to grow?
    Verification,
    /// Is it safe?
    Audit,
}

impl ExaminationKind {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Audit => "audit",
        }
    }

    /// Its areas in the manual's order.
    pub fn areas(self) -> &'static [&'static str] {
        match self {
            Self::Verification => &verification::AREAS,
            Self::Audit => &audit::AREAS,
        }
    }
}

/// What came of an examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Every check, by area in the manual's order, what is worst of an area first.
    pub checks: Vec<Check>,
    /// What was not looked into, and how much of it.
    pub left_out: Vec<LeftOut>,
}

/// Examines what `known` speaks of.
///
/// # Errors
/// When its folder cannot be opened, or a person asked to stop; what cannot be looked at below it makes checks unknown.
pub fn examine(kind: ExaminationKind, known: &KnownOfIt<'_>, progress: &dyn Progress) -> Result<Outcome> {
    progress.step("Looking through the files");
    let seen = walk::walk(kind, known, progress)?;
    progress.go_on()?;
    progress.step("Judging what was seen");
    let mut checks = match kind {
        ExaminationKind::Verification => verification::checks(&seen, known),
        ExaminationKind::Audit => audit::checks(&seen, known),
    };
    if known.only_secrets {
        checks.retain(|check| check.id.contains("/secrets"));
    }
    let area = |check: &Check| kind.areas().iter().position(|area| *area == check.area);
    checks.sort_by_key(|check| (area(check), check.order()));
    progress.go_on()?;
    Ok(Outcome { checks, left_out: seen.left_out() })
}
