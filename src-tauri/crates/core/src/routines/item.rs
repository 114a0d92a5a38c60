//! The vocabulary of rounds: how a round and an item stand, what proves an item, what can be done about it.

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::judge::RemedyAction;
use crate::signal::Level;

/// How often a round comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Cadence {
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
}

/// How a round stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum RoundState {
    /// It comes later; what is shown is a look ahead.
    Upcoming,
    /// It comes soon.
    DueSoon,
    /// It can be done now.
    Due,
    /// Its end has passed; it can still be done.
    Overdue,
    /// Done.
    Done,
    /// Left out, with a reason.
    Skipped,
}

impl RoundState {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::DueSoon => "due-soon",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Done => "done",
            Self::Skipped => "skipped",
        }
    }

    /// Whether it can be done now.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Due | Self::Overdue)
    }
}

/// Who can tell whether an item is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ItemKind {
    /// Caretaker itself.
    Auto,
    /// Only a person.
    Person,
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ItemState {
    /// Nobody has looked at it yet, or what proves it is not due yet.
    Open,
    /// Proven to be as it should.
    Passed,
    /// Proven not to be as it should.
    Failed,
    /// It cannot be told.
    Unknown,
    /// A person said that it is done.
    Ticked,
    /// A person said that it will do, whatever the evidence says.
    Overruled,
    /// Left out, with a reason.
    Skipped,
}

impl ItemState {
    /// Whether nothing is left to do about it.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Passed | Self::Ticked | Self::Overruled | Self::Skipped)
    }

    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Ticked => "ticked",
            Self::Overruled => "overruled",
            Self::Skipped => "skipped",
        }
    }
}

/// What speaks for the state of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ItemEvidence {
    /// The value, in words: `12 %, usually 14 %`.
    pub text: String,
    /// When it was seen.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// Who says so: `measured`, `claimed`, or a file.
    pub source: String,
    /// The colour, where the evidence has one.
    pub level: Option<Level>,
    /// More lines, such as what changed in a quarter.
    #[serde(default)]
    pub details: Vec<String>,
}

/// What a click can do about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "does", content = "of", rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ItemAction {
    /// The same as the remedy of a signal.
    Remedy(RemedyAction),
    /// Opens a view of the window: `backups`, `alerts`, `history`, `overview`.
    View(String),
    /// Opens the newest report of a kind.
    Report(String),
    /// Makes a backup of everything.
    BackUp,
    /// Restores the newest backup into a scratch folder and looks at it.
    Drill,
}

/// The views of the window that an item may open.
const VIEWS: [&str; 6] = ["overview", "alerts", "reports", "history", "backups", "settings"];

impl ItemAction {
    /// Reads `show-log`, `view:backups`, `report:morning`, `back-up`, `drill`.
    pub fn parse(text: &str) -> Option<Self> {
        match (text, text.split_once(':')) {
            ("back-up", _) => Some(Self::BackUp),
            ("drill", _) => Some(Self::Drill),
            (_, Some(("view", view))) => VIEWS.contains(&view).then(|| Self::View(view.to_owned())),
            (_, Some(("report", kind))) if !kind.is_empty() => Some(Self::Report(kind.to_owned())),
            (word, _) => serde_json::from_value(serde_json::Value::from(word)).ok().map(Self::Remedy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_and_nonsense_is_not() {
        assert_eq!(ItemAction::parse("show-log"), Some(ItemAction::Remedy(RemedyAction::ShowLog)));
        assert_eq!(ItemAction::parse("view:backups"), Some(ItemAction::View("backups".into())));
        assert_eq!(ItemAction::parse("report:morning"), Some(ItemAction::Report("morning".into())));
        assert_eq!(ItemAction::parse("back-up"), Some(ItemAction::BackUp));
        for bad in ["", "rm -rf", "view:", "view:nowhere", "report:", "start"] {
            assert_eq!(ItemAction::parse(bad), None, "{bad}");
        }
    }
}
