//! A tree that is rewritten while it is packed: where files can be cloned, the archive is of the instant before that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it tried"
)]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;
#[cfg(target_os = "linux")]
#[path = "../support/volume.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod volume;

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use caretaker_core::backup::Cloner;
use caretaker_core::progress::Progress;
use trees::{Grove, noise, same_trees, verify};

/// Rewrites all of the tree when the packing begins.
struct Writer(PathBuf);

impl Progress for Writer {
    fn step(&self, what: &str) {
        if what == "Packing" {
            rewrite(&self.0);
        }
    }
}

/// Other content of the same length in each file, and one file fewer.
fn rewrite(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(".caretaker") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            rewrite(&entry.path());
        } else if name == "empty" {
            fs::remove_file(entry.path()).unwrap();
        } else {
            let length = entry.metadata().unwrap().len();
            fs::write(entry.path(), noise(usize::try_from(length).unwrap())).unwrap();
        }
    }
}

/// Backs a tree up while it is rewritten, and holds what `tar` gives back against a copy from before.
fn is_of_one_instant(grove: &Grove, cloner: &dyn Cloner) {
    let before = grove.scratch("before");
    let copied = Command::new("cp").arg("-a").arg(grove.root().join(".")).arg(&before).status().unwrap();
    assert!(copied.success());
    let written =
        grove.back_up_watched("weekly-20251214-200000", None, cloner, &Writer(grove.root())).unwrap();
    assert!(
        fs::read(grove.path("data/state.json")).unwrap() != fs::read(before.join("data/state.json")).unwrap()
    );
    assert!(written.manifest.flaws.is_empty(), "{:?}", written.manifest.flaws);
    verify(&written.path).unwrap();
    let out = grove.scratch("out");
    let unpacked =
        Command::new("tar").args(["-xzpf"]).arg(&written.path).arg("-C").arg(&out).status().unwrap();
    assert!(unpacked.success());
    same_trees(&before, &out);
    let left: Vec<_> = fs::read_dir(grove.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the clones are gone: {left:?}");
}

/// Copies byte by byte: every file system can.
struct ByHand;

impl Cloner for ByHand {
    fn clone_file(&self, from: &File, folder: &OwnedFd, name: &str) -> rustix::io::Result<()> {
        use rustix::fs::{Mode, OFlags};
        let to = rustix::fs::openat(folder, name, OFlags::WRONLY | OFlags::CREATE, Mode::RUSR | Mode::WUSR)?;
        let (mut from, mut to) = (from, File::from(to));
        std::io::copy(&mut from, &mut to).map(|_| ()).map_err(|_| rustix::io::Errno::IO)
    }
}

#[test]
fn what_was_cloned_is_what_is_kept() {
    is_of_one_instant(&Grove::new(), &ByHand);
}

#[cfg(target_os = "linux")]
#[test]
fn a_volume_that_can_clone_gives_the_archive_of_one_instant() {
    if !volume::may_mount("a_volume_that_can_clone_gives_the_archive_of_one_instant") {
        return;
    }
    let image = tempfile::NamedTempFile::new().unwrap();
    let mut mounted = None;
    let grove = Grove::on(|root| mounted = Some(volume::Volume::that_clones(root, image.path())));
    is_of_one_instant(&grove, &caretaker_core::backup::BySystem);
    drop(mounted);
}
