//! A whole small desktop without a screen: window manager, panel with a tray, notification daemon, and the ways to
//! see what an app says there. Linux only; on macOS this crate is empty.
#![cfg(target_os = "linux")]

mod desktop;
mod keyboard;
mod notices;
mod pixels;
mod stage;
mod started;
mod tray;
mod wait;
mod webdriver;

pub use desktop::{Desktop, Dress};
pub use keyboard::Keyboard;
pub use notices::{Notice, Notices};
pub use pixels::pixels;
pub use stage::Stage;
pub use started::Started;
pub use tray::{MenuItem, Tray};
pub use wait::until;
pub use webdriver::Page;
