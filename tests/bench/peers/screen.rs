//! When something has been painted, seen in the screen's own pixels.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// The desktop's own panel; what changes there is no window.
const PANEL_HEIGHT: u16 = 40;
/// A window without its content is one colour, or two with a frame; text brings its soft edges.
const COLOURS: usize = 8;
const PIXELS: usize = 5_000;

/// The screen of a desktop.
pub struct Screen {
    x: RustConnection,
    root: u32,
    size: (u16, u16),
}

impl Screen {
    /// Looks at `display`.
    pub fn of(display: &str) -> Result<Self> {
        let (x, number) = RustConnection::connect(Some(display))?;
        let screen = &x.setup().roots[number];
        let (root, size) = (screen.root, (screen.width_in_pixels, screen.height_in_pixels));
        Ok(Self { x, root, size })
    }

    /// All pixels below the desktop's panel.
    pub fn pixels(&self) -> Result<Vec<u8>> {
        let height = self.size.1 - PANEL_HEIGHT;
        let image = self.x.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            0,
            PANEL_HEIGHT.cast_signed(),
            self.size.0,
            height,
            !0,
        )?;
        Ok(image.reply()?.data)
    }

    /// Waits until a window with something in it has appeared since `before`; gives the moment.
    pub fn painted(&self, before: &[u8], limit: Duration) -> Result<Instant> {
        let start = Instant::now();
        loop {
            let now = self.pixels()?;
            let seen = Instant::now();
            if filled(before, &now) {
                return Ok(seen);
            }
            ensure!(start.elapsed() < limit, "no window was painted within {} s", limit.as_secs());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn filled(before: &[u8], now: &[u8]) -> bool {
    let mut colours = HashSet::new();
    let mut changed = 0;
    for (old, new) in before.chunks_exact(4).zip(now.chunks_exact(4)) {
        if old[..3] != new[..3] {
            changed += 1;
            if colours.len() < COLOURS {
                colours.insert([new[0], new[1], new[2]]);
            }
        }
    }
    changed >= PIXELS && colours.len() >= COLOURS
}
