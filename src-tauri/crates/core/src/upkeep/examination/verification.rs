//! The verification: is it complete, and fit to run and to grow?

mod made;
mod runs;

use super::check::{Check, Sheet};
use super::known::KnownOfIt;
use super::seen::Seen;

/// The manual's categories.
pub(super) const AREAS: [&str; 10] = [
    "modules",
    "tests",
    "documents",
    "integration",
    "configuration",
    "performance",
    "security",
    "operation",
    "scale",
    "maintenance",
];

/// All checks.
pub(super) fn checks(seen: &Seen, known: &KnownOfIt<'_>) -> Vec<Check> {
    let mut all = Vec::new();
    for area in AREAS {
        let mut sheet = Sheet { area, seen, known, checks: Vec::new() };
        match area {
            "modules" => {
                made::modules(&mut sheet);
                runs::modules(&mut sheet);
            }
            "tests" => made::tests(&mut sheet),
            "documents" => made::documents(&mut sheet),
            "integration" => made::integration(&mut sheet),
            "configuration" => made::configuration(&mut sheet),
            "performance" => runs::performance(&mut sheet),
            "security" => runs::security(&mut sheet),
            "operation" => runs::operation(&mut sheet),
            "scale" => runs::scale(&mut sheet),
            _ => made::maintenance(&mut sheet),
        }
        all.append(&mut sheet.checks);
    }
    all
}
