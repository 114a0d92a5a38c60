//! Takes the pictures in `docs/`: the real app on a real desktop, watching the real demo in each of its states, light and dark.
//!
//! `make pictures` runs it. The day before the present is made up (see `past`); everything else is what the app shows.

#[cfg(target_os = "linux")]
mod past;
#[cfg(target_os = "linux")]
mod studio;

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    studio::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("The pictures are taken on Linux, where a desktop needs no screen.");
}
