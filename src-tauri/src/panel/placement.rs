//! Where the panel goes. Pure; everything in logical points with the origin at the top left.

/// The panel's size, where the screen has room for it.
pub const SIZE: (f64, f64) = (420.0, 640.0);

/// Room between the panel and the icon or the edges.
const GAP: f64 = 6.0;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    fn right(self) -> f64 {
        self.x + self.width
    }

    fn bottom(self) -> f64 {
        self.y + self.height
    }

    fn middle(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The same rectangle in points, from pixels.
    pub fn scaled_down(self, scale: f64) -> Self {
        let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
        Self { x: self.x / scale, y: self.y / scale, width: self.width / scale, height: self.height / scale }
    }

    fn holds(self, (x, y): (f64, f64)) -> bool {
        x >= self.x && x < self.right() && y >= self.y && y < self.bottom()
    }
}

/// A screen: all of it, and what bars and docks leave free; in pixels of its own scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    /// All of it.
    pub whole: Area,
    /// Without bars and docks.
    pub free: Area,
    /// Pixels of a point.
    pub scale: f64,
}

/// Finds the screen that holds `anchor`, both in pixels, and gives anchor and free area in points.
///
/// Each screen has its own scale, so the anchor is read in each screen's scale in turn.
pub fn screen_of(anchor: Area, screens: &[Screen]) -> Option<(Area, Area)> {
    screens
        .iter()
        .find(|screen| screen.whole.holds(anchor.middle()))
        .map(|screen| (anchor.scaled_down(screen.scale), screen.free.scaled_down(screen.scale)))
}

/// Where the icon may be, from a pointer that has just chosen from its menu: right above or below it, in the bar
/// at the nearer edge of the pointer's screen. All in pixels.
pub fn in_bar(pointer: (f64, f64), screens: &[Screen]) -> Option<Area> {
    let screen = screens.iter().find(|screen| screen.whole.holds(pointer))?.whole;
    let y = if pointer.1 > screen.middle().1 { screen.bottom() - 1.0 } else { screen.y };
    Some(Area { x: pointer.0, y, width: 0.0, height: 0.0 })
}

/// Where the panel goes: centred under `anchor` (above it when the anchor is at the bottom), or in the upper
/// right corner when there is none; always wholly within `free`, smaller than [`SIZE`] if it must be.
pub fn place(anchor: Option<Area>, free: Area) -> Area {
    let width = SIZE.0.min((free.width - 2.0 * GAP).max(1.0)).min(free.width);
    let height = SIZE.1.min((free.height - 2.0 * GAP).max(1.0)).min(free.height);
    let (x, y) = match anchor {
        None => (free.right() - width - GAP, free.y + GAP),
        Some(icon) => {
            let (x, y) = icon.middle();
            let above = y > free.y + free.height / 2.0;
            let y = if above { icon.y - GAP - height } else { icon.bottom() + GAP };
            (x - width / 2.0, y)
        }
    };
    let aside = GAP.min((free.width - width) / 2.0).max(0.0);
    Area {
        // An icon near the edge must not press the panel against it.
        x: within(x, free.x + aside, free.right() - aside - width),
        y: within(y, free.y, free.bottom() - height),
        width,
        height,
    }
}

/// `f64::clamp` panics where the bounds cross, which rounding can bring about.
fn within(value: f64, least: f64, most: f64) -> f64 {
    if value.is_finite() { value.min(most).max(least) } else { least }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Area = Area { x: 0.0, y: 25.0, width: 1440.0, height: 875.0 };

    fn area(x: f64, y: f64, width: f64, height: f64) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn it_hangs_centred_under_the_icon() {
        assert_eq!(place(Some(area(1000.0, 0.0, 24.0, 24.0)), SCREEN), area(802.0, 30.0, 420.0, 640.0));
    }

    #[test]
    fn near_the_edge_it_stays_on_the_screen_and_a_little_off_the_edge() {
        assert_eq!(place(Some(area(1425.0, 0.0, 24.0, 24.0)), SCREEN).right(), 1440.0 - GAP);
        assert_eq!(place(Some(area(-10.0, 0.0, 24.0, 24.0)), SCREEN).x, GAP);
    }

    #[test]
    fn over_a_bar_at_the_bottom_it_stands_above_the_icon() {
        let free = area(0.0, 0.0, 1280.0, 770.0);
        assert_eq!(place(Some(area(1200.0, 772.0, 24.0, 24.0)), free), area(854.0, 126.0, 420.0, 640.0));
    }

    #[test]
    fn without_an_icon_it_goes_to_the_upper_right() {
        assert_eq!(place(None, SCREEN), area(1014.0, 31.0, 420.0, 640.0));
    }

    #[test]
    fn the_icon_is_read_in_the_scale_of_its_own_screen() {
        let small =
            Screen { whole: area(0.0, 0.0, 1280.0, 800.0), free: area(0.0, 24.0, 1280.0, 776.0), scale: 1.0 };
        let sharp = Screen {
            whole: area(1280.0, 0.0, 2880.0, 1800.0),
            free: area(1280.0, 50.0, 2880.0, 1750.0),
            scale: 2.0,
        };
        let icon = area(3000.0, 0.0, 48.0, 48.0);
        let (icon, free) = screen_of(icon, &[small, sharp]).unwrap();
        assert_eq!((icon.x, free.width), (1500.0, 1440.0));
        assert_eq!(screen_of(area(9000.0, 0.0, 1.0, 1.0), &[small, sharp]), None);
    }

    #[test]
    fn a_pointer_in_the_menu_stands_for_the_icon_in_the_bar() {
        let screen =
            Screen { whole: area(0.0, 0.0, 1280.0, 800.0), free: area(0.0, 26.0, 1280.0, 774.0), scale: 1.0 };
        assert_eq!(in_bar((1200.0, 190.0), &[screen]), Some(area(1200.0, 0.0, 0.0, 0.0)));
        assert_eq!(in_bar((1200.0, 610.0), &[screen]), Some(area(1200.0, 799.0, 0.0, 0.0)));
        assert_eq!(in_bar((5000.0, 0.0), &[screen]), None);
        assert_eq!(place(in_bar((600.0, 190.0), &[screen]), screen.free).y, 26.0);
    }

    /// Numbers from a fixed seed: the same cases at every run.
    fn numbers() -> impl Iterator<Item = f64> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        std::iter::from_fn(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Some((state % 8000) as f64 - 3000.0)
        })
    }

    #[test]
    fn wherever_the_icon_is_the_panel_is_wholly_on_the_screen() {
        let mut numbers = numbers();
        let mut next = || numbers.next().unwrap();
        for case in 0..20_000 {
            let free = area(next(), next(), next().abs() + 1.0, next().abs() + 1.0);
            let icon = (case % 5 > 0).then(|| area(next(), next(), next().abs(), next().abs()));
            let panel = place(icon, free);
            let fits = panel.x >= free.x
                && panel.y >= free.y
                && panel.right() <= free.right() + 1e-6
                && panel.bottom() <= free.bottom() + 1e-6;
            assert!(fits && panel.width > 0.0 && panel.height > 0.0, "{panel:?} in {free:?} for {icon:?}");
        }
        let odd = place(Some(area(f64::NAN, f64::INFINITY, 0.0, 0.0)), SCREEN);
        assert_eq!((odd.x, odd.y), (SCREEN.x + GAP, SCREEN.y));
    }
}
