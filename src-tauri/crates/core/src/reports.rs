//! The reports of an ecosystem as files: which there are, what they say, and how that compares with what they usually say.
//!
//! Nothing here knows what is due; a report is a file whose name fits a pattern of the profile. Texts come from outside
//! and stay text.

pub mod compare;
mod facts;
mod findings;
mod pattern;
mod read;
mod sections;
mod shelf;

pub use self::compare::{Compared, FigureShown, compare};
pub use self::facts::{Facts, FigureName, Names};
pub use self::findings::{Finding, findings};
pub use self::pattern::{Named, Pattern};
pub use self::read::{Page, Parsed, parse};
pub use self::sections::sections;
pub use self::shelf::{Condition, Hit, Report, Shelf};
