//! How icon and window look.

use super::super::appearance::{Appearance, IconStyle};
use super::super::reader::Section;

/// Percent of the usual size: smaller cannot be read, larger does not fit.
const TEXT: std::ops::RangeInclusive<u8> = 80..=200;

pub(super) fn appearance(section: &Section<'_>) -> Option<Appearance> {
    let icon = match section.text("icon")?.as_str() {
        "colour" => Some(IconStyle::Colour),
        "plain" => Some(IconStyle::Plain),
        _ => {
            section.wrong("icon", "must be \"colour\" or \"plain\"");
            None
        }
    };
    let text = section.whole("text", TEXT);
    section.refuse_others();
    Some(Appearance { icon: icon?, text: text? })
}
