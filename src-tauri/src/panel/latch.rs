//! What a press on the icon means. Pure.

use std::time::Duration;

/// A press that closed the panel by taking its focus away comes at most this long after the blur.
const SAME_PRESS: Duration = Duration::from_millis(250);

/// What a press on the icon does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Opens the panel.
    Opens,
    /// Closes the panel.
    Closes,
    /// Nothing: this very press has closed it already.
    Nothing,
}

/// Decides what a press does while the panel is `open` or not, so long after it lost the focus.
pub fn press(open: bool, since_blur: Option<Duration>) -> Press {
    match (open, since_blur) {
        (true, _) => Press::Closes,
        (false, Some(since)) if since < SAME_PRESS => Press::Nothing,
        (false, _) => Press::Opens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_toggles() {
        assert_eq!(press(false, None), Press::Opens);
        assert_eq!(press(true, None), Press::Closes);
        assert_eq!(press(false, Some(Duration::from_secs(3))), Press::Opens);
    }

    #[test]
    fn the_press_that_took_the_focus_does_not_open_it_again() {
        assert_eq!(press(false, Some(Duration::from_millis(40))), Press::Nothing);
        assert_eq!(press(true, Some(Duration::from_millis(40))), Press::Closes);
    }
}
