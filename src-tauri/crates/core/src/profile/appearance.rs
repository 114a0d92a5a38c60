//! How icon and window look.

use serde::Serialize;

/// How icon and window look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Appearance {
    /// Which set of pictures the icon is of.
    pub icon: IconStyle,
    /// How large the window's text is, in percent.
    pub text: u8,
}

impl Default for Appearance {
    fn default() -> Self {
        Self { icon: IconStyle::Colour, text: 100 }
    }
}

/// Which set of pictures the icon in the bar is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum IconStyle {
    /// Shape and colour.
    Colour,
    /// Shape alone, in the bar's own colour.
    Plain,
}
